/** A node's or container's disk: folders, files, links, modes and owners, in memory. */
import { stored, textOfBytes } from '../byte-text.ts';
import { FileError, type FileStat, type FileSystem } from '../file-system.ts';
import { byteLength, countOf, type Entry, entryOf, type FileNode, type Folder, savedEntry, type SavedEntry, sizeOf, statOf, toBytes } from './disk-entries.ts';
import { normalize, parentOf, split } from './paths.ts';

const LINKS_MAX = 40; // Linux: MAXSYMLINKS

/** Where a path leads: `real` is the same path without links. */
interface Place { entry: Entry; folder: Folder | undefined; name: string; real: string }

export interface MemoryFileSystemOptions {
  /** Virtual milliseconds, for modification times. */
  now: () => number;
  /** Files to begin with, path to content; folders are made. */
  files?: Readonly<Record<string, string>>;
  /** Bytes the disk holds; more is ENOSPC. Unlimited unless given. */
  capacityBytes?: number;
  /** What is left on the disk that it shares with others; more is ENOSPC. */
  freeBytes?: () => number;
}

export class MemoryFileSystem implements FileSystem {
  readonly #now: () => number;
  readonly #root: Folder;
  readonly #watchers = new Set<{ path: string; listener: (changed: string) => void }>();
  /** Bytes the disk holds; a level may fill it up by lowering this. */
  capacityBytes: number;
  readonly #freeBytes: () => number;
  #usedBytes = 0;

  constructor({ now, files = {}, capacityBytes = Infinity, freeBytes = () => Infinity }: MemoryFileSystemOptions) {
    this.#now = now;
    this.capacityBytes = capacityBytes;
    this.#freeBytes = freeBytes;
    this.#root = { type: 'directory', entries: new Map(), mode: 0o755, uid: 0, gid: 0, mtimeMs: now() };
    for (const [path, content] of Object.entries(files)) {
      this.makeDirectory(parentOf(path));
      this.write(path, content);
    }
  }

  get usedBytes(): number { return this.#usedBytes; }

  read(path: string): string {
    const { content } = this.#file(path);
    return typeof content === 'string' ? content : textOfBytes(content);
  }

  readBytes(path: string): Uint8Array {
    const { content } = this.#file(path);
    return typeof content === 'string' ? Buffer.from(content) : content;
  }

  write(path: string, given: string | Uint8Array, options: { mode?: number } = {}): void {
    const content = stored(given);
    const { folder, name, real } = this.#place(path);
    const old = folder.entries.get(name);
    if (old?.type === 'directory') throw new FileError('EISDIR', path);
    const size = byteLength(content);
    this.#reserve(size - (old ? sizeOf(old) : 0), path);
    const mode = options.mode ?? (old?.type === 'file' ? old.mode : 0o644);
    const owner = old?.type === 'file' ? { uid: old.uid, gid: old.gid } : { uid: 0, gid: 0 };
    folder.entries.set(name, { type: 'file', content, bytes: size, mode, ...owner, mtimeMs: this.#now() });
    this.#changed(real);
  }

  append(path: string, given: string | Uint8Array): void {
    const content = stored(given);
    if (!this.exists(path)) return this.write(path, content);
    const file = this.#file(path);
    const more = byteLength(content);
    this.#reserve(more, path);
    file.bytes += more;
    file.content = typeof file.content === 'string' && typeof content === 'string'
      ? file.content + content
      : Buffer.concat([toBytes(file.content), toBytes(content)]);
    file.mtimeMs = this.#now();
    this.#changed(this.realPath(path));
  }

  allocate(path: string, bytes: number): void {
    if (!this.exists(path)) this.write(path, '');
    const file = this.#file(path);
    const more = Math.max(0, bytes - sizeOf(file));
    this.#reserve(more, path);
    file.allocated = (file.allocated ?? 0) + more;
    this.#changed(this.realPath(path));
  }

  count(path: string): number { return this.exists(path) ? countOf(this.#find(path).entry) : 0; }

  usage(path: string): number { return this.exists(path) ? sizeOf(this.#find(path).entry) : 0; }

  exists(path: string): boolean {
    return typeof this.#walk(path) !== 'string';
  }

  stat(path: string): FileStat { return statOf(this.#find(path).entry); }
  lstat(path: string): FileStat { return statOf(this.#find(path, false).entry); }

  list(path: string): string[] {
    const { entry } = this.#find(path);
    if (entry.type !== 'directory') throw new FileError('ENOTDIR', path);
    return [...entry.entries.keys()].sort();
  }

  makeDirectory(path: string, options: { mode?: number } = {}): void {
    let current = '';
    for (const part of split(path)) {
      const parent = current || '/';
      current = `${current}/${part}`;
      if (this.exists(current)) {
        if (this.stat(current).type !== 'directory') throw new FileError('ENOTDIR', current);
        continue;
      }
      const { entry } = this.#find(parent);
      if (entry.type !== 'directory') throw new FileError('ENOTDIR', parent);
      entry.entries.set(part, { type: 'directory', entries: new Map(), mode: options.mode ?? 0o755, uid: 0, gid: 0, mtimeMs: this.#now() });
      this.#changed(current);
    }
  }

  remove(path: string, options: { recursive?: boolean; force?: boolean } = {}): void {
    if (options.force && !this.#existsItself(path)) return;
    const { folder, name, entry, real } = this.#find(path, false);
    if (!folder) throw new FileError('EINVAL', path);
    if (entry.type === 'directory' && entry.entries.size > 0 && !options.recursive) throw new FileError('ENOTEMPTY', path);
    folder.entries.delete(name);
    this.#usedBytes -= sizeOf(entry);
    this.#changed(real);
  }

  rename(from: string, to: string): void {
    const source = this.#find(from, false);
    if (!source.folder) throw new FileError('EINVAL', from);
    const target = this.#place(to);
    const old = target.folder.entries.get(target.name);
    if (old?.type === 'directory') {
      if (source.entry.type !== 'directory') throw new FileError('EISDIR', to);
      if (old.entries.size > 0) throw new FileError('ENOTEMPTY', to);
    }
    if (old) this.#usedBytes -= sizeOf(old);
    source.folder.entries.delete(source.name);
    target.folder.entries.set(target.name, source.entry);
    this.#changed(source.real);
    this.#changed(target.real);
  }

  changeMode(path: string, mode: number): void {
    const { entry, real } = this.#find(path);
    entry.mode = mode & 0o7777;
    this.#changed(real);
  }

  changeOwner(path: string, uid: number, gid: number): void {
    const { entry } = this.#find(path);
    entry.uid = uid;
    entry.gid = gid;
  }

  link(target: string, path: string): void {
    const { folder, name, real } = this.#place(path, false);
    if (folder.entries.has(name)) throw new FileError('EEXIST', path);
    folder.entries.set(name, { type: 'symlink', target, mode: 0o777, uid: 0, gid: 0, mtimeMs: this.#now() });
    this.#changed(real);
  }

  readLink(path: string): string {
    const { entry } = this.#find(path, false);
    if (entry.type !== 'symlink') throw new FileError('EINVAL', path);
    return entry.target;
  }

  realPath(path: string): string { return this.#find(path).real; }

  watch(path: string, listener: (changed: string) => void): { close(): void } {
    const watcher = { path: normalize(path), listener };
    this.#watchers.add(watcher);
    return { close: () => void this.#watchers.delete(watcher) };
  }

  /** All that is on it. */
  saved(): SavedEntry { return savedEntry(this.#root); }

  /** Replaces all that is on it by what was saved. */
  load(saved: SavedEntry): void {
    const entry = entryOf(saved);
    if (entry.type !== 'directory') throw new FileError('ENOTDIR', '/');
    Object.assign(this.#root, entry);
    this.#usedBytes = sizeOf(entry);
  }

  #existsItself(path: string): boolean {
    return typeof this.#walk(path, false) !== 'string';
  }

  #file(path: string): FileNode {
    const { entry } = this.#find(path);
    if (entry.type === 'directory') throw new FileError('EISDIR', path);
    if (entry.type !== 'file') throw new FileError('EINVAL', path);
    return entry;
  }

  #find(path: string, followLast = true): Place {
    const found = this.#walk(path, followLast);
    if (typeof found === 'string') throw new FileError(found, path);
    return found;
  }

  /** Walks to a path, through links; the last part's link is followed unless `followLast` is false. Gives what stands in the way, if anything. */
  #walk(path: string, followLast = true, depth = 0): Place | FileError['code'] {
    if (depth > LINKS_MAX) return 'ELOOP';
    const parts = split(path);
    let entry: Entry = this.#root;
    let folder: Folder | undefined;
    let real = '';
    for (const [i, part] of parts.entries()) {
      if (entry.type !== 'directory') return 'ENOTDIR';
      folder = entry;
      const next = entry.entries.get(part);
      if (!next) return 'ENOENT';
      const isLast = i === parts.length - 1;
      if (next.type === 'symlink' && (!isLast || followLast)) {
        const target = next.target.startsWith('/') ? next.target : `${real}/${next.target}`;
        return this.#walk([target, ...parts.slice(i + 1)].join('/'), followLast, depth + 1);
      }
      real = `${real}/${part}`;
      entry = next;
    }
    return { entry, folder, name: parts.at(-1) ?? '', real: real || '/' };
  }

  /** Where a new entry goes: its folder must exist; a link at the path is followed. */
  #place(path: string, follow = true): { folder: Folder; name: string; real: string } {
    const name = split(path).at(-1);
    if (name === undefined) throw new FileError('EISDIR', path);
    const parent = this.#find(parentOf(path));
    if (parent.entry.type !== 'directory') throw new FileError('ENOTDIR', path);
    const existing = parent.entry.entries.get(name);
    if (follow && existing?.type === 'symlink') {
      const target = existing.target.startsWith('/') ? existing.target : `${parent.real}/${existing.target}`;
      return this.#place(target);
    }
    return { folder: parent.entry, name, real: parent.real === '/' ? `/${name}` : `${parent.real}/${name}` };
  }

  #reserve(bytes: number, path: string): void {
    if (bytes > 0 && (this.#usedBytes + bytes > this.capacityBytes || bytes > this.#freeBytes())) throw new FileError('ENOSPC', path);
    this.#usedBytes += bytes;
  }

  #changed(path: string): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of this.#watchers) {
      if (path === watcher.path || path.startsWith(watcher.path === '/' ? '/' : `${watcher.path}/`)) watcher.listener(path);
    }
  }
}
