/** hexdump and xxd: bytes of files, or of what comes down a pipe, with their letters beside them. */
import { failed, readFlags, type Result, said } from './result.ts';

const ROW_BYTES = 16;

/** `read` gives a file's bytes; names the file in strerror's words when there is none. */
export interface DumpCall { stdin: Buffer; read(path: string): Promise<Buffer> }

type Row = (offset: number, bytes: Buffer) => string;

/** `hexdump -C` in the canonical form, without -C as two-byte words. */
export const hexdump = (args: readonly string[], call: DumpCall): Promise<Result> =>
  dump('hexdump', args, call, { limit: '-n', row: args.some((arg) => /^-[a-zA-Z]*C/.test(arg) || arg === '--canonical') ? canonical : words, isSqueezed: !args.includes('-v') });

export const xxd = (args: readonly string[], call: DumpCall): Promise<Result> => dump('xxd', args, call, { limit: '-l', row: paired, isSqueezed: false });

async function dump(name: string, args: readonly string[], call: DumpCall, { limit, row, isSqueezed }: { limit: string; row: Row; isSqueezed: boolean }): Promise<Result> {
  const { words: files, flags } = readFlags(args.map((arg) => arg.replace(/^-Cn$/, '-n')), [limit, '-s']);
  let bytes: Buffer;
  try {
    bytes = files.length > 0 ? Buffer.concat(await Promise.all(files.filter((file) => file !== '-').map((file) => call.read(file)))) : call.stdin;
  } catch (error) {
    return failed(`${name}: ${files.join(' ')}: ${error instanceof Error && !error.message.startsWith('ENOENT') ? error.message : 'No such file or directory'}\n`);
  }
  const from = Number(flags.get('-s') ?? 0);
  const shown = bytes.subarray(from, from + Number(flags.get(limit) ?? Infinity));
  let text = '';
  let last: Buffer | undefined;
  for (let at = 0; at < shown.length; at += ROW_BYTES) {
    const part = shown.subarray(at, at + ROW_BYTES);
    if (isSqueezed && last?.equals(part)) { text += text.endsWith('\n*\n') ? '' : '*\n'; continue; }
    text += row(from + at, part);
    last = part;
  }
  return said(text + (isSqueezed && shown.length > 0 ? `${(from + shown.length).toString(16).padStart(row === words ? 7 : 8, '0')}\n` : ''));
}

const hex = (bytes: Buffer) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0'));
const letters = (bytes: Buffer) => [...bytes].map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');

function canonical(offset: number, bytes: Buffer): string {
  const [left, right] = [hex(bytes.subarray(0, 8)), hex(bytes.subarray(8))].map((half) => half.join(' ').padEnd(23));
  return `${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  |${letters(bytes)}|\n`;
}

function words(offset: number, bytes: Buffer): string {
  const pairs = hex(bytes).reduce<string[]>((all, byte, i) => (i % 2 === 0 ? [...all, `00${byte}`] : all.with(-1, byte + all.at(-1)!.slice(2))), []);
  return `${offset.toString(16).padStart(7, '0')} ${pairs.join(' ')}\n`;
}

function paired(offset: number, bytes: Buffer): string {
  const pairs = hex(bytes).join('').match(/.{1,4}/g) ?? [];
  return `${offset.toString(16).padStart(8, '0')}: ${pairs.join(' ').padEnd(39)}  ${letters(bytes)}\n`;
}
