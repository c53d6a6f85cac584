/** A file system as the simulation uses it: synchronous, with modes, times and change notification. */
import { ExpectedError } from '../expected-error.ts';

/** Errors in the words of strerror; `code` as in errno. */
export class FileError extends ExpectedError {
  constructor(readonly code: 'ENOENT' | 'EISDIR' | 'ENOTDIR' | 'EEXIST' | 'ENOTEMPTY' | 'EACCES' | 'EPERM' | 'EROFS' | 'ELOOP' | 'ENOSPC' | 'EINVAL', readonly path: string) {
    super(`${code}: ${STRERROR[code]}, '${path}'`);
    this.name = 'FileError';
  }
}

/** What is wrong, as programs print it: `Read-only file system`. */
export function errorWords({ code }: FileError): string {
  return STRERROR[code].charAt(0).toUpperCase() + STRERROR[code].slice(1);
}

const STRERROR = {
  ENOENT: 'no such file or directory', EISDIR: 'is a directory', ENOTDIR: 'not a directory', EEXIST: 'file exists',
  ENOTEMPTY: 'directory not empty', EACCES: 'permission denied', EPERM: 'operation not permitted', EROFS: 'read-only file system',
  ELOOP: 'too many levels of symbolic links', ENOSPC: 'no space left on device', EINVAL: 'invalid argument',
} as const;

export interface FileStat {
  type: 'file' | 'directory' | 'symlink';
  /** Permission bits, e.g. 0o644. */
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtimeMs: number;
}

/** All paths are absolute; symbolic links are followed unless said otherwise. Methods throw FileError. */
export interface FileSystem {
  read(path: string): string;
  readBytes(path: string): Uint8Array;
  /** Creates or replaces; parent folders must exist. A new file gets `mode` (0o644 unless given), an old one keeps its own unless given. */
  write(path: string, content: string | Uint8Array, options?: { mode?: number }): void;
  append(path: string, content: string | Uint8Array): void;
  /** Takes space for a file up to a size without filling it, as fallocate does; the file is made if need be. */
  allocate(path: string, bytes: number): void;
  /** Bytes that a file, or all files of a folder, take on the disk; 0 if it is not there. */
  usage(path: string): number;
  /** Files, folders and links there, the path itself too: the inodes they take. */
  count(path: string): number;
  exists(path: string): boolean;
  stat(path: string): FileStat;
  /** Like stat, of the link itself. */
  lstat(path: string): FileStat;
  /** Names in a folder, sorted. */
  list(path: string): string[];
  /** Creates a folder and its parents; an existing folder is fine. */
  makeDirectory(path: string, options?: { mode?: number }): void;
  /** Removes a file or link; a folder only when empty or `recursive`. Missing is an error unless `force`. */
  remove(path: string, options?: { recursive?: boolean; force?: boolean }): void;
  rename(from: string, to: string): void;
  changeMode(path: string, mode: number): void;
  changeOwner(path: string, uid: number, gid: number): void;
  link(target: string, path: string): void;
  readLink(path: string): string;
  realPath(path: string): string;
  /** Calls `listener` (with the changed path) after each change at or below `path`. */
  watch(path: string, listener: (changed: string) => void): { close(): void };
}
