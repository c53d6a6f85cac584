/** `ls` as coreutils prints it: modes, owners and times are the files' own. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { MONTHS } from '../../os/calendar.ts';
import { parentOf } from '../../os/paths.ts';
import { errorWords, FileError, type FileStat, type FileSystem } from '../../file-system.ts';

/** What `ls` needs of the process that runs it. */
export interface Lister { files: FileSystem; nowMs(): number }

const HALF_A_YEAR_MS = 182 * 24 * 3600_000;
const BLOCK_BYTES = 4096;
const KNOWN = 'aAdFhlRrStn1';

interface Entry { name: string; path: string; stat: FileStat }

/** `ls [-aAdFhlnRrSt1] [FILE…]` */
export function listCommand({ files, nowMs }: Lister): CustomCommand {
  return defineCommand('ls', async (args, shell) => {
    const flags = new Set(args.filter(isFlag).flatMap((arg) => (arg.startsWith('--') ? longFlag(arg) : arg.slice(1).split(''))));
    const unknown = [...flags].find((flag) => !KNOWN.includes(flag));
    if (unknown !== undefined) return { stdout: '', stderr: `ls: invalid option -- '${unknown}'\nTry 'ls --help' for more information.\n`, exitCode: 2 };
    const listing = new Listing(files, flags, nowMs());
    const paths = args.filter((arg) => !isFlag(arg));
    const stdout = listing.of(paths.length > 0 ? paths : ['.'], (path) => shell.fs.resolvePath(shell.cwd, path));
    return { stdout, stderr: listing.errors, exitCode: listing.errors ? 2 : 0 };
  });
}

const isFlag = (arg: string) => arg.startsWith('-') && arg.length > 1;
const LONG: Readonly<Record<string, string>> = { '--all': 'a', '--almost-all': 'A', '--directory': 'd', '--classify': 'F', '--human-readable': 'h', '--recursive': 'R', '--reverse': 'r', '--numeric-uid-gid': 'n' };
const longFlag = (arg: string): string[] => (/^--(color|time-style|full-time|group-directories-first)/.test(arg) || arg === '--' ? [] : [LONG[arg] ?? arg.slice(2)]);

class Listing {
  errors = '';
  readonly #files: FileSystem;
  readonly #flags: ReadonlySet<string>;
  readonly #nowMs: number;

  constructor(files: FileSystem, flags: ReadonlySet<string>, nowMs: number) {
    this.#files = files;
    this.#flags = flags;
    this.#nowMs = nowMs;
  }

  /** Files first, then each folder with what is in it. */
  of(paths: readonly string[], resolve: (path: string) => string): string {
    const found = paths.flatMap((name) => this.#entry(name, resolve(name), !this.#isLong) ?? []);
    const folders = this.#flags.has('d') ? [] : this.#sorted(found.filter(({ stat }) => stat.type === 'directory'));
    const others = this.#sorted(found.filter((entry) => !folders.includes(entry)));
    const isTitled = paths.length > 1 || this.#flags.has('R');
    return [...(others.length > 0 ? [this.#lines(others)] : []), ...folders.flatMap((folder) => this.#folder(folder, isTitled))].join('\n');
  }

  get #isLong(): boolean { return this.#flags.has('l') || this.#flags.has('n'); }

  #folder({ name, path }: Entry, isTitled: boolean): string[] {
    const inside = this.#try(name, 'open directory', () => this.#files.list(path));
    if (!inside) return [];
    const shown = inside.filter((each) => this.#flags.has('a') || this.#flags.has('A') || !each.startsWith('.'));
    const own = this.#flags.has('a') ? ['.', '..'].flatMap((each) => this.#entry(each, this.#files.realPath(each === '.' ? path : parentOf(path))) ?? []) : [];
    const entries = this.#sorted(shown.flatMap((each) => this.#entry(each, `${path === '/' ? '' : path}/${each}`) ?? []));
    const all = [...own, ...entries];
    const total = this.#isLong ? `total ${all.reduce((sum, { stat }) => sum + blocksOf(stat), 0)}\n` : '';
    const text = `${isTitled ? `${name}:\n` : ''}${total}${this.#lines(all)}`;
    const below = this.#flags.has('R') ? entries.filter(({ stat }) => stat.type === 'directory') : [];
    return [text, ...below.flatMap((each) => this.#folder({ ...each, name: `${name === '/' ? '' : name}/${each.name}` }, true))];
  }

  #entry(name: string, path: string, follows = false): Entry | undefined {
    return this.#try(name, 'access', () => ({ name, path, stat: follows && this.#files.exists(path) ? this.#files.stat(path) : this.#files.lstat(path) }));
  }

  #try<T>(name: string, what: string, look: () => T): T | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.errors += `ls: cannot ${what} '${name}': ${errorWords(error)}\n`;
      return undefined;
    }
  }

  #sorted(entries: readonly Entry[]): Entry[] {
    const by = this.#flags.has('t') ? (a: Entry, b: Entry) => b.stat.mtimeMs - a.stat.mtimeMs : this.#flags.has('S') ? (a: Entry, b: Entry) => b.stat.size - a.stat.size : () => 0;
    const sorted = [...entries].sort((a, b) => by(a, b) || (a.name < b.name ? -1 : 1));
    return this.#flags.has('r') ? sorted.reverse() : sorted;
  }

  #lines(entries: readonly Entry[]): string {
    if (!this.#isLong) return entries.map(({ name, stat }) => `${name}${this.#mark(stat)}\n`).join('');
    const rows = entries.map(({ name, path, stat }) => [modeText(stat), stat.type === 'directory' ? '2' : '1', this.#owner(stat.uid), this.#owner(stat.gid), this.#size(stat), this.#time(stat.mtimeMs), `${name}${this.#mark(stat)}${stat.type === 'symlink' ? ` -> ${this.#files.readLink(path)}` : ''}`]);
    const widths = [0, 1, 2, 3, 4, 5].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
    const pad = (text: string, column: number) => (column === 6 ? text : column === 1 || column === 4 ? text.padStart(widths[column]!) : text.padEnd(widths[column]!));
    return rows.map((row) => `${row.map(pad).join(' ')}\n`).join('');
  }

  #mark({ type, mode }: FileStat): string {
    if (!this.#flags.has('F')) return '';
    return type === 'directory' ? '/' : type === 'symlink' ? '' : mode & 0o111 ? '*' : '';
  }

  #owner(id: number): string { return id === 0 && !this.#flags.has('n') ? 'root' : String(id); }

  #size({ type, size }: FileStat): string {
    const bytes = type === 'directory' ? BLOCK_BYTES : size;
    if (!this.#flags.has('h') || bytes < 1024) return String(bytes);
    const power = Math.min(4, Math.floor(Math.log2(bytes) / 10));
    const amount = bytes / 1024 ** power;
    return `${amount < 10 ? (Math.ceil(amount * 10) / 10).toFixed(1) : Math.ceil(amount)}${' KMGT'[power]}`;
  }

  /** `Jan  5 09:00`, or with the year when that is long ago. */
  #time(ms: number): string {
    const at = new Date(ms);
    const two = (value: number) => String(value).padStart(2, '0');
    const isRecent = Math.abs(this.#nowMs - ms) < HALF_A_YEAR_MS;
    return `${MONTHS[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${isRecent ? `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}` : ` ${at.getUTCFullYear()}`}`;
  }
}

/** `-rw-r--r--`, with set-ID and sticky bits. */
export function modeText({ type, mode }: FileStat): string {
  const bits = [6, 3, 0].map((shift, i) => {
    const special = (mode >> (11 - i)) & 1;
    const runs = (mode >> shift) & 1;
    const last = special ? (i === 2 ? 'Tt' : 'Ss')[runs ? 1 : 0] : runs ? 'x' : '-';
    return `${(mode >> shift) & 4 ? 'r' : '-'}${(mode >> shift) & 2 ? 'w' : '-'}${last}`;
  });
  return `${type === 'directory' ? 'd' : type === 'symlink' ? 'l' : '-'}${bits.join('')}`;
}

/** In kilobytes, as `total` counts. */
function blocksOf({ type, size }: FileStat): number { return type === 'symlink' ? 0 : (Math.ceil((type === 'directory' ? BLOCK_BYTES : size) / BLOCK_BYTES) * BLOCK_BYTES) / 1024; }
