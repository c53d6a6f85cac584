/** Lets bash work on a file system of the simulation; special files pass output on while a script still runs. */
import type { IFileSystem } from 'just-bash/browser';
import { FileError, type FileStat, type FileSystem } from '../../file-system.ts';
import { textOfBytes } from '../../byte-text.ts';
import { normalize, parentOf } from '../../os/paths.ts';

type Stat = Awaited<ReturnType<IFileSystem['stat']>>;
type Content = Parameters<IFileSystem['writeFile']>[1];

/** What is written to these paths goes to a function at once, as to a terminal. */
export type Outlets = Readonly<Record<string, (text: string) => void>>;

/** An IFileSystem over `files`; `programs` are found in /usr/bin and /bin, whatever lies there; failures that are `isNoted` are no failures here. */
export function bashFileSystem(files: FileSystem, outlets: Outlets = {}, programs: ReadonlySet<string> = new Set(), isNoted: (path: string, error: FileError) => boolean = () => false): IFileSystem {
  const isProgram = (path: string) => {
    const name = /^\/(?:usr\/)?bin\/([^/]+)$/.exec(path)?.[1];
    return name !== undefined && programs.has(name);
  };
  const outlet = (path: string) => (Object.hasOwn(outlets, path) ? outlets[path] : undefined);
  const put = (path: string, content: Content, how: 'write' | 'append', options?: unknown) => {
    const send = outlet(path);
    const data = decode(content, options);
    if (send) send(typeof data === 'string' ? data : textOfBytes(data));
    else if (path === '/dev/null') return;
    else {
      try {
        files[how](path, data);
      } catch (error) {
        if (!(error instanceof FileError) || !isNoted(path, error)) throw error;
      }
    }
  };
  const own: IFileSystem = {
    readFile: async (path) => (path === '/dev/null' ? '' : files.read(path)),
    readFileBuffer: async (path) => (path === '/dev/null' ? new Uint8Array() : files.readBytes(path)),
    writeFile: async (path, content, options) => put(path, content, 'write', options),
    appendFile: async (path, content, options) => put(path, content, 'append', options),
    exists: async (path) => outlet(path) !== undefined || path === '/dev/null' || isProgram(path) || files.exists(path),
    stat: async (path) => (outlet(path) || path === '/dev/null' ? DEVICE : isProgram(path) ? PROGRAM : stat(files.stat(path), files.realPath(path))),
    lstat: async (path) => (outlet(path) || path === '/dev/null' ? DEVICE : isProgram(path) ? PROGRAM : stat(files.lstat(path), normalize(path))),
    mkdir: async (path, options) => {
      if (!options?.recursive) {
        if (files.exists(path)) throw new FileError('EEXIST', path);
        files.stat(parentOf(path));
      }
      files.makeDirectory(path);
    },
    readdir: async (path) => files.list(path),
    readdirWithFileTypes: async (path) => files.list(path).map((name) => {
      const { type } = files.lstat(`${path}/${name}`);
      return { name, isFile: type === 'file', isDirectory: type === 'directory', isSymbolicLink: type === 'symlink' };
    }),
    rm: async (path, options) => files.remove(path, options),
    cp: async (from, to, options) => copy(files, from, to, options?.recursive ?? false),
    mv: async (from, to) => files.rename(from, to),
    resolvePath: (base, path) => normalize(path.startsWith('/') ? path : `${base}/${path}`),
    getAllPaths: () => allPaths(files, '/'),
    chmod: async (path, mode) => files.changeMode(path, mode),
    symlink: async (target, path) => files.link(target, path),
    link: async (existing, path) => files.write(path, files.readBytes(existing), { mode: files.stat(existing).mode }),
    readlink: async (path) => files.readLink(path),
    realpath: async (path) => files.realPath(path),
    utimes: async (path) => { if (files.stat(path).type === 'file') files.append(path, ''); },
  };
  return own;
}

const DEVICE: Stat = { isFile: true, isDirectory: false, isSymbolicLink: false, mode: 0o666, size: 0, mtime: new Date(0) };
const PROGRAM: Stat = { ...DEVICE, mode: 0o755 };

/** `identity` tells cp and mv whether two paths are one file. */
function stat({ type, mode, size, mtimeMs }: FileStat, identity: string): Stat {
  return { identity, isFile: type === 'file', isDirectory: type === 'directory', isSymbolicLink: type === 'symlink', mode, size, mtime: new Date(mtimeMs) };
}

function decode(content: Content, options: unknown): string | Uint8Array {
  if (typeof content !== 'string') return content;
  const encoding = typeof options === 'string' ? options : typeof options === 'object' && options !== null && 'encoding' in options ? String(options.encoding) : 'utf8';
  return encoding === 'binary' || encoding === 'latin1' ? bytesOrText(content) : content;
}

/** A latin1-shaped string: text again where its bytes are UTF-8, else the bytes. */
function bytesOrText(content: string): string | Uint8Array {
  const bytes = Buffer.from(content, 'latin1');
  const text = bytes.toString('utf8');
  return text.includes('\ufffd') ? bytes : text;
}

function copy(files: FileSystem, from: string, to: string, recursive: boolean): void {
  const { type, mode } = files.stat(from);
  if (type === 'directory') {
    if (!recursive) throw new FileError('EISDIR', from);
    files.makeDirectory(to, { mode });
    for (const name of files.list(from)) copy(files, `${from}/${name}`, `${to}/${name}`, true);
    return;
  }
  files.write(to, files.readBytes(from), { mode });
}

function allPaths(files: FileSystem, folder: string): string[] {
  return files.list(folder).flatMap((name) => {
    const path = folder === '/' ? `/${name}` : `${folder}/${name}`;
    return files.lstat(path).type === 'directory' ? [path, ...allPaths(files, path)] : [path];
  });
}
