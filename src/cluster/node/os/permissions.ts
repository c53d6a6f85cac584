/** Who may do what to files: a process's user and groups against the modes, as the kernel decides. */
import { FileError, type FileStat, type FileSystem } from '../file-system.ts';
import { parentOf } from './paths.ts';

/** What containerd gives to root in a container unless told otherwise. */
const DEFAULT_CAPABILITIES = ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'];

export interface Identity { uid: number; groups: readonly number[]; /** Without CAP_. */ capabilities: ReadonlySet<string> }

/** The capabilities of a container's process: those of root, less what is dropped; nobody else has any. */
export function capabilitiesOf(uid: number, { drop = [], add = [] }: { drop?: readonly string[]; add?: readonly string[] } = {}): ReadonlySet<string> {
  if (uid !== 0) return new Set();
  const plain = (names: readonly string[]) => names.map((name) => name.replace(/^CAP_/, ''));
  const dropped = plain(drop);
  return new Set([...dropped.includes('ALL') ? [] : DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)), ...plain(add)]);
}

const READ = 4;
const WRITE = 2;

/** The same files for one user: what the mode does not allow is EACCES, what only the owner may is EPERM. */
export function asUser(files: FileSystem, { uid, groups, capabilities }: Identity): FileSystem {
  const isExempt = uid === 0 && (capabilities.has('DAC_OVERRIDE') || capabilities.has('ALL'));
  const mayChown = capabilities.has('CHOWN') || capabilities.has('ALL');
  if (isExempt && mayChown) return files;
  const mayUse = ({ mode, uid: owner, gid }: FileStat, bit: number) => isExempt || ((owner === uid ? mode >> 6 : groups.includes(gid) ? mode >> 3 : mode) & bit) !== 0;
  const check = (path: string, bit: number) => { if (files.exists(path) && !mayUse(files.stat(path), bit)) throw new FileError('EACCES', path); };
  /** A name is made or taken away in the folder that is there. */
  const checkFolder = (path: string) => {
    let at = parentOf(path);
    while (!files.exists(at) && at !== '/') at = parentOf(at);
    if (files.exists(at) && !mayUse(files.stat(at), WRITE)) throw new FileError('EACCES', path);
  };
  const checkOwner = (path: string) => { if (uid !== 0 && files.stat(path).uid !== uid) throw new FileError('EPERM', path); };
  /** What is new belongs to who made it, and to the group of a folder that hands its own down (setgid). */
  const making = (path: string, make: () => void) => {
    const isNew = !files.exists(path);
    if (isNew) checkFolder(path); else check(path, WRITE);
    make();
    if (!isNew || uid === 0) return;
    const { mode, gid } = files.stat(parentOf(path));
    files.changeOwner(path, uid, (mode & 0o2000) === 0 ? groups[0] ?? 0 : gid);
  };
  return {
    ...files,
    read: (path) => { check(path, READ); return files.read(path); },
    readBytes: (path) => { check(path, READ); return files.readBytes(path); },
    list: (path) => { check(path, READ); return files.list(path); },
    write: (path, content, options) => making(path, () => files.write(path, content, options)),
    append: (path, content) => making(path, () => files.append(path, content)),
    allocate: (path, bytes) => making(path, () => files.allocate(path, bytes)),
    makeDirectory: (path, options) => { if (!files.exists(path)) making(path, () => files.makeDirectory(path, options)); },
    remove: (path, options) => { if (files.exists(path)) checkFolder(path); files.remove(path, options); },
    rename: (from, to) => { checkFolder(from); checkFolder(to); files.rename(from, to); },
    link: (target, path) => { checkFolder(path); files.link(target, path); },
    changeMode: (path, mode) => { checkOwner(path); files.changeMode(path, mode); },
    changeOwner: (path, owner, group) => { if (!mayChown) throw new FileError('EPERM', path); files.changeOwner(path, owner, group); },
  };
}
