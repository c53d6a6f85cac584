/** The texts that make a pack, whatever they came in: bounded, with plain paths, nothing else. */
import { PackError } from '../problems.ts';

export interface SourceFile { path: string; text: string }

/** What was read, and who signed it. */
export interface PackFiles { files: readonly SourceFile[]; /** SHA-256 of the public key that signed a built pack. */ signedBy?: string }

const FILE_BYTES_MAX = 256 * 1024;
const FILES_MAX = 2000;
export const PACK_BYTES_MAX = 8 * 1024 * 1024;
export const DEPTH_MAX = 6;

/** Fails with one sentence about a file or place. */
export function refuse(file: string, message: string): never {
  throw new PackError([{ file, line: 0, column: 0, message }]);
}

/** Takes in files one by one and refuses what no honest pack holds. */
export class FileCollector {
  readonly files: SourceFile[] = [];
  #bytes = 0;

  /** Adds a file when it is one of a pack's (`*.yaml`). `read` is called only when its size is allowed. */
  add(path: string, bytes: number, read: () => string): void {
    assertPlainPath(path);
    if (!path.endsWith('.yaml')) return;
    if (bytes > FILE_BYTES_MAX) refuse(path, `is larger than ${FILE_BYTES_MAX / 1024} KiB`);
    if (this.files.length >= FILES_MAX) refuse(path, `a pack holds ${FILES_MAX} files at most`);
    if (this.files.some((file) => file.path === path)) refuse(path, 'is in the pack twice');
    this.#bytes += bytes;
    if (this.#bytes > PACK_BYTES_MAX) refuse(path, `a pack holds ${PACK_BYTES_MAX / 1024 / 1024} MiB at most`);
    this.files.push({ path, text: read() });
  }

  /** The files in order of their paths; those of a folder that wraps the whole pack lose its name. */
  finish(): SourceFile[] {
    const wrapper = this.files.some(({ path }) => path === 'pack.yaml') ? undefined : this.files.find(({ path }) => /^[^/]+\/pack\.yaml$/.test(path))?.path.split('/')[0];
    const files = wrapper === undefined ? this.files : this.files.filter(({ path }) => path.startsWith(`${wrapper}/`)).map(({ path, text }) => ({ path: path.slice(wrapper.length + 1), text }));
    return [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** A relative path that stays where it is on every system. */
function assertPlainPath(path: string): void {
  const parts = path.split('/');
  if (/[\\:\0-\x1f\x7f]/.test(path) || parts.some((part) => part === '' || part === '.' || part === '..')) refuse(path, 'is a path that leads out of the pack');
  if (parts.length > DEPTH_MAX + 1) refuse(path, `lies deeper than ${DEPTH_MAX} folders`);
}
