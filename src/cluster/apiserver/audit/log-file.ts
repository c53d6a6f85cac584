/** The log backend of --audit-log-path: a file that is rotated by size, its backups kept by number and age (lumberjack). */
import type { FileSystem } from '../../node/file-system.ts';

export interface LogFileOptions { files: FileSystem; path: string; now: () => number; /** Megabytes; backups; days. */ maxSize: number; maxBackup: number; maxAge: number }

const MEGABYTE = 1024 * 1024;
const DAY_MS = 86_400_000;

/** A function that adds a line. Makes the folder if it must. Throws FileError when the file cannot be written. */
export function logFile({ files, path, now, maxSize, maxBackup, maxAge }: LogFileOptions): (line: string) => void {
  const folder = path.slice(0, path.lastIndexOf('/')) || '/';
  if (!files.exists(folder)) files.makeDirectory(folder, { mode: 0o700 });
  if (!files.exists(path)) files.write(path, '', { mode: 0o600 });
  let size = files.stat(path).size;
  return (line) => {
    const text = `${line}\n`;
    if (size + text.length > maxSize * MEGABYTE) rotate();
    if (!files.exists(path)) files.write(path, '', { mode: 0o600 });
    files.append(path, text);
    size += text.length;
  };

  function rotate(): void {
    const [stem = '', ending = ''] = [path.replace(/\.[^./]*$/, ''), /\.[^./]*$/.exec(path)?.[0]];
    files.rename(path, `${stem}-${new Date(now()).toISOString().replaceAll(':', '-').replace('Z', '')}${ending}`);
    files.write(path, '', { mode: 0o600 });
    size = 0;
    const name = stem.slice(folder.length).replace(/^\//, '');
    const backups = files.list(folder).filter((file) => file.startsWith(`${name}-`) && file.endsWith(ending)).sort().reverse();
    const madeMs = (file: string) => Date.parse(file.slice(name.length + 1, file.length - ending.length).replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:').concat('Z'));
    backups.filter((file, index) => (maxBackup > 0 && index >= maxBackup) || (maxAge > 0 && now() - madeMs(file) > maxAge * DAY_MS)).forEach((file) => files.remove(`${folder}/${file}`));
  }
}
