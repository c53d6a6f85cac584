/** A lowdb adapter that never leaves half a file: written aside, synced, renamed, with the version before as a backup. */
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, lstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { SyncAdapter } from 'lowdb';
import { nanoid } from 'nanoid';

/** Replaces a file by a text, for the owner's eyes: written aside, synced, renamed. Throws SaveError; what was there is then still there. */
export function replaceFile(path: string, text: string, { advice, before }: { advice: string; before?: () => void }): void {
  const aside = `${path}.${process.pid}.${nanoid(6)}.tmp`;
  try {
    const file = openSync(aside, 'wx', 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    before?.();
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw new SaveError(`${path} cannot be written: ${reason(error)}; ${advice}`);
  }
}

/** Says in one sentence why a save cannot be read or written. */
export class SaveError extends Error { override name = 'SaveError'; }

export class AtomicFile implements SyncAdapter<unknown> {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The data, or null when there is no file. Throws SaveError. */
  read(): unknown {
    this.#refuseLinks();
    if (!existsSync(this.path)) return null;
    try {
      return JSON.parse(readFileSync(this.path, 'utf8')) as unknown;
    } catch (error) {
      throw new SaveError(`${this.path} cannot be read: ${reason(error)}`);
    }
  }

  /** Throws SaveError; the old file is then still there. */
  write(data: unknown): void {
    this.#refuseLinks();
    replaceFile(this.path, `${JSON.stringify(data, null, 1)}\n`, {
      advice: 'your progress is kept in memory, free some space or name another place with --saves DIR',
      before: () => this.#backUp(),
    });
  }

  /** Made anew each time: a link in its place is not followed. */
  #backUp(): void {
    if (!existsSync(this.path)) return;
    rmSync(`${this.path}.bak`, { force: true });
    copyFileSync(this.path, `${this.path}.bak`, constants.COPYFILE_EXCL);
  }

  #refuseLinks(): void {
    if (lstatSync(this.path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new SaveError(`${this.path} is a symbolic link; a save must be a file of its own`);
  }
}

/** What an error of the file system means. */
export function reason(error: unknown): string {
  if (error instanceof Error && 'code' in error) {
    const texts: Record<string, string> = { EACCES: 'permission denied', EROFS: 'the file system is read-only', ENOSPC: 'the disk is full', EDQUOT: 'your share of the disk is full', EFBIG: 'files may not be that large here', ENOTDIR: 'there is a file where its folder should be', ENOENT: 'the folder is gone', EISDIR: 'it is a folder' };
    return texts[String(error.code)] ?? String(error.code);
  }
  return error instanceof Error ? error.message : String(error);
}
