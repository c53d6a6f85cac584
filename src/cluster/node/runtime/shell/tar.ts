/** tar: packs and unpacks ustar archives on standard input and output or in files, as `kubectl cp` asks for. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import type { FileSystem } from '../../file-system.ts';
import { errorWords, FileError } from '../../file-system.ts';
import { bytesOfText, textOfBytes } from '../../byte-text.ts';
import { parentOf } from '../../os/paths.ts';

const BLOCK = 512;
const RECORD = 20 * BLOCK;

interface Entry { name: string; type: 'file' | 'directory' | 'link'; mode: number; mtime: number; content: Buffer; target: string }
interface Asked { does: 'c' | 'x' | 't' | undefined; file: string; folder: string; isTelling: boolean; names: string[]; unknown?: string }

/** The command over a file system. */
export function tarCommand(files: FileSystem): CustomCommand {
  return defineCommand('tar', async (args, shell) => {
    const { does, file, folder, isTelling, names, unknown } = asked(args);
    const fail = (message: string, exitCode = 1) => ({ stdout: '', stderr: `tar: ${message}\n`, exitCode });
    if (unknown !== undefined) return fail(`unrecognized option '${unknown}'`, 2);
    if (!does) return fail('You must specify one of the c, x or t options', 2);
    const base = shell.fs.resolvePath(shell.cwd, folder);
    try {
      if (does === 'c') {
        if (names.length === 0) return fail('empty archive', 2);
        const { archive, told } = pack(files, base, names);
        if (file !== '-') files.write(shell.fs.resolvePath(shell.cwd, file), archive);
        return { stdout: file === '-' ? archive.toString('latin1') : isTelling ? told : '', stdoutKind: 'bytes' as const, stdoutEncoding: 'binary' as const, stderr: isTelling && file === '-' ? told : '', exitCode: 0 };
      }
      const archive = file === '-' ? Buffer.from(String(shell.stdin), 'latin1') : Buffer.from(files.readBytes(shell.fs.resolvePath(shell.cwd, file)));
      const found = entriesIn(archive).filter(({ name }) => names.length === 0 || names.some((each) => name === each || name.startsWith(`${each.replace(/\/$/, '')}/`)));
      if (does === 'x') for (const entry of found) unpack(files, base, entry);
      return { stdout: does === 't' || isTelling ? found.map(({ name }) => `${name}\n`).join('') : '', stderr: '', exitCode: 0 };
    } catch (error) {
      if (error instanceof FileError) return fail(`${error.path}: ${errorWords(error)}`);
      if (error instanceof RangeError) return fail(error.message);
      throw error;
    }
  });
}

function asked(args: readonly string[]): Asked {
  const result: Asked = { does: undefined, file: '-', folder: '.', isTelling: false, names: [] };
  const rest = args[0] && !args[0].startsWith('-') ? [`-${args[0]}`, ...args.slice(1)] : [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--no-same-permissions' || word === '--no-same-owner') continue;
    if (word.startsWith('--')) return { ...result, unknown: word };
    if (!/^-./.test(word)) { result.names.push(word); continue; }
    for (const letter of word.slice(1)) {
      if (letter === 'c' || letter === 'x' || letter === 't') result.does = letter;
      else if (letter === 'f') result.file = rest.shift() ?? '-';
      else if (letter === 'C') result.folder = rest.shift() ?? '.';
      else if (letter === 'v') result.isTelling = true;
      else if (!'mpoh'.includes(letter)) return { ...result, unknown: `-${letter}` };
    }
  }
  return result;
}

function pack(files: FileSystem, base: string, names: readonly string[]): { archive: Buffer; told: string } {
  const parts: Buffer[] = [];
  let told = '';
  const add = (name: string) => {
    const path = name.startsWith('/') ? name : `${base}/${name}`;
    const shown = name.replace(/^\/+/, '').replace(/\/+$/, '');
    const { type, mode, mtimeMs } = files.lstat(path);
    const content = type === 'file' ? Buffer.from(files.readBytes(path)) : Buffer.alloc(0);
    const entry = { mode, mtime: Math.floor(mtimeMs / 1000), content, target: type === 'symlink' ? files.readLink(path) : '' };
    told += `${shown}${type === 'directory' ? '/' : ''}\n`;
    parts.push(...blocksOf({ name: type === 'directory' ? `${shown}/` : shown, type: type === 'symlink' ? 'link' : type, ...entry }));
    if (type === 'directory') for (const child of files.list(path)) add(`${name.replace(/\/$/, '')}/${child}`);
  };
  for (const name of names) add(name);
  const size = parts.reduce((sum, { length }) => sum + length, 2 * BLOCK);
  return { archive: Buffer.concat([...parts, Buffer.alloc(2 * BLOCK + ((RECORD - (size % RECORD)) % RECORD))]), told };
}

const TYPES = { file: '0', link: '2', directory: '5' } as const;

function blocksOf(entry: Entry): Buffer[] {
  const name = Buffer.from(entry.name);
  const long = name.length > 100 ? [header({ ...entry, name: '././@LongLink', type: 'file', content: name, target: '' }, 'L'), ...padded(Buffer.concat([name, Buffer.alloc(1)]))] : [];
  return [...long, header(entry, TYPES[entry.type]), ...padded(entry.content)];
}

function header({ name, mode, mtime, content, target }: Entry, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, '0')}\0`;
  const size = type === 'L' ? content.length + 1 : content.length;
  block.write(Buffer.from(name).subarray(0, 100).toString('latin1'), 0, 'latin1');
  block.write(octal(mode & 0o7777, 8) + octal(0, 8) + octal(0, 8) + octal(size, 12) + octal(mtime, 12), 100, 'latin1');
  block.write(`        ${type}`, 148, 'latin1');
  block.write(target, 157, 100);
  block.write('ustar\x0000root', 257, 'latin1');
  block.write('root', 297, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

function padded(content: Buffer): Buffer[] {
  return [content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}

/** Throws RangeError for what is no archive. */
function entriesIn(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let longName: string | undefined;
  if (archive.length > 0 && archive.length < BLOCK) throw new RangeError('short read');
  for (let at = 0; at + BLOCK <= archive.length;) {
    const block = archive.subarray(at, at + BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const text = (from: number, length: number) => block.toString('utf8', from, from + length).split('\0')[0]!;
    const number = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8);
    const size = number(124, 12);
    if (!text(257, 5).startsWith('ustar') || Number.isNaN(size) || at + BLOCK + size > archive.length) throw new RangeError(entries.length > 0 ? 'short read' : 'invalid tar magic');
    const content = archive.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = text(156, 1) || '0';
    if (type === 'L') longName = content.toString('utf8').replace(/\0+$/, '');
    else if (type === 'x') longName = /\d+ path=(.*)\n/.exec(content.toString('utf8'))?.[1] ?? longName;
    else if (type !== 'g') {
      const prefix = text(345, 155);
      const name = longName ?? (prefix && block[262] === 0 ? `${prefix}/${text(0, 100)}` : text(0, 100));
      longName = undefined;
      entries.push({ name, type: type === '5' ? 'directory' : type === '2' ? 'link' : 'file', mode: number(100, 8), mtime: number(136, 12), content: Buffer.from(content), target: text(157, 100) });
    }
  }
  return entries;
}

/** Names that lead out of the folder are cut, as tar does. */
function unpack(files: FileSystem, base: string, { name, type, mode, content, target }: Entry): void {
  const path = `${base}/${name.split('/').filter((part) => part !== '' && part !== '.' && part !== '..').join('/')}`;
  if (type === 'directory') return void (files.exists(path) ? undefined : files.makeDirectory(path, { mode }));
  if (!files.exists(parentOf(path))) files.makeDirectory(parentOf(path));
  if (type === 'link') {
    files.remove(path, { force: true });
    return files.link(target, path);
  }
  const text = textOfBytes(content);
  files.write(path, bytesOfText(text).equals(Buffer.from(text)) ? text : content, { mode: mode & 0o7777 });
}
