/** Paths of a POSIX file system. */

/** An absolute path without `.`, `..` and doubled slashes. */
export function normalize(path: string): string {
  return `/${split(path).join('/')}`;
}

/** The folder of a path. */
export function parentOf(path: string): string {
  return `/${split(path).slice(0, -1).join('/')}`;
}

/** The names on the way, without `.`, `..` and empty ones. */
export function split(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}
