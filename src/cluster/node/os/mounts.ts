/** A container's root: an image's files with volumes mounted into it. */
import { FileError, type FileStat, type FileSystem } from '../file-system.ts';
import { normalize, parentOf } from './paths.ts';

export interface Mount {
  /** Where it appears. */
  path: string;
  source: FileSystem;
  /** Folder or file of the source that appears there. */
  sourcePath: string;
  readOnly?: boolean;
}

/** A file system that shows `base` (read-only if told so) with the mounts over it; the longest matching path wins. */
export function mountFileSystem(base: FileSystem, mounts: readonly Mount[], isReadOnly = false): FileSystem {
  const ordered = mounts.map((m) => ({ ...m, path: normalize(m.path) })).sort((a, b) => b.path.length - a.path.length);
  for (const mount of ordered) prepareMountPoint(base, mount);

  const locate = (path: string): { files: FileSystem; path: string; readOnly: boolean; mount?: Mount } => {
    const wanted = normalize(path);
    const mount = ordered.find((m) => wanted === m.path || wanted.startsWith(m.path === '/' ? '/' : `${m.path}/`));
    if (!mount) return { files: base, path: wanted, readOnly: isReadOnly };
    return { files: mount.source, path: normalize(`${mount.sourcePath}/${wanted.slice(mount.path.length)}`), readOnly: mount.readOnly ?? false, mount };
  };
  const reading = <T>(path: string, use: (files: FileSystem, path: string) => T): T => {
    const at = locate(path);
    return withOwnPath(path, () => use(at.files, at.path));
  };
  const writing = <T>(path: string, use: (files: FileSystem, path: string) => T): T => {
    const at = locate(path);
    if (at.readOnly) throw new FileError('EROFS', path);
    return withOwnPath(path, () => use(at.files, at.path));
  };
  return {
    read: (path) => reading(path, (f, p) => f.read(p)),
    readBytes: (path) => reading(path, (f, p) => f.readBytes(p)),
    write: (path, content, options) => writing(path, (f, p) => f.write(p, content, options)),
    append: (path, content) => writing(path, (f, p) => f.append(p, content)),
    allocate: (path, bytes) => writing(path, (f, p) => f.allocate(p, bytes)),
    usage: (path) => reading(path, (f, p) => f.usage(p)),
    count: (path) => reading(path, (f, p) => f.count(p)),
    exists: (path) => reading(path, (f, p) => f.exists(p)),
    stat: (path): FileStat => reading(path, (f, p) => f.stat(p)),
    lstat: (path): FileStat => reading(path, (f, p) => f.lstat(p)),
    list: (path) => reading(path, (f, p) => f.list(p)),
    makeDirectory: (path, options) => writing(path, (f, p) => f.makeDirectory(p, options)),
    remove: (path, options) => writing(path, (f, p) => f.remove(p, options)),
    rename: (from, to) => {
      const [source, target] = [locate(from), locate(to)];
      if (source.files === target.files) return writing(to, (f, p) => f.rename(source.path, p));
      writing(to, (f, p) => f.write(p, source.files.readBytes(source.path), { mode: source.files.stat(source.path).mode }));
      writing(from, (f, p) => f.remove(p));
    },
    changeMode: (path, mode) => writing(path, (f, p) => f.changeMode(p, mode)),
    changeOwner: (path, uid, gid) => writing(path, (f, p) => f.changeOwner(p, uid, gid)),
    link: (target, path) => writing(path, (f, p) => f.link(target, p)),
    readLink: (path) => reading(path, (f, p) => f.readLink(p)),
    realPath: (path) => { reading(path, (f, p) => f.stat(p)); return normalize(path); },
    watch: (path, listener) => reading(path, (f, p) => f.watch(p, () => listener(path))),
  };
}

function prepareMountPoint(base: FileSystem, { path, source, sourcePath }: Mount): void {
  if (base.exists(path)) return;
  const isFolder = !source.exists(sourcePath) || source.stat(sourcePath).type === 'directory';
  base.makeDirectory(isFolder ? path : parentOf(path));
  if (!isFolder) base.write(path, '');
}

/** Errors speak of the path that was asked for, not of where it is kept. */
function withOwnPath<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof FileError) throw new FileError(error.code, path);
    throw error;
  }
}
