/** Programs as files on a node's disk: they can be missing, linked, copied, of another version. */
import { FileError, type FileSystem } from '../file-system.ts';

export interface Binary { name: string; version: string }

const FORM = /^\x7fELF (\S+) (\S+)\n$/;

/** Puts a program on the disk. */
export function installBinary(files: FileSystem, path: string, { name, version }: Binary): void {
  files.write(path, `\x7fELF ${name} ${version}\n`, { mode: 0o755 });
}

/** The program at a path, links followed; undefined where the file is none. Throws FileError when it is missing or not executable. */
export function binaryAt(files: FileSystem, path: string): Binary | undefined {
  if ((files.stat(path).mode & 0o111) === 0) throw new FileError('EACCES', path);
  const [, name, version] = FORM.exec(files.read(path)) ?? [];
  return name && version ? { name, version } : undefined;
}
