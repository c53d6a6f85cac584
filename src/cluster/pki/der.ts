/** DER, as much as an X.509 certificate needs. */

/** A value with its tag and length; several contents are joined. */
export function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...contents: Uint8Array[]): Buffer => der(0x30, ...contents);
export const setOf = (...contents: Uint8Array[]): Buffer => der(0x31, ...contents);
export const octets = (content: Uint8Array): Buffer => der(0x04, content);
export const utf8 = (text: string): Buffer => der(0x0c, Buffer.from(text, 'utf8'));
export const bits = (content: Uint8Array, unused = 0): Buffer => der(0x03, Buffer.from([unused]), content);
export const yes: Buffer = der(0x01, Buffer.from([0xff]));

/** A positive integer. */
export function integer(value: Uint8Array): Buffer {
  const first = value[0] ?? 0;
  return der(0x02, first >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : Buffer.from(value));
}

/** An object identifier such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A moment in whole seconds; years from 2050 on need the longer form. */
export function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z').replace(/[-:T]/g, '');
  return Number(digits.slice(0, 4)) < 2050 ? der(0x17, Buffer.from(digits.slice(2))) : der(0x18, Buffer.from(digits));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.from([0x80 | digits.length, ...digits]);
}

/** A value that was read: its tag, what it holds, and all its bytes. */
export interface DerValue { tag: number; content: Buffer; bytes: Buffer }

/** Not DER, or not what was expected there. */
export class DerError extends Error {}

/** The values that follow each other in some bytes. Throws DerError. */
export function readAll(bytes: Buffer): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at + 1] ?? 0x80;
    const digits = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || digits > 4 || at + 2 + digits > bytes.length) throw new DerError('malformed length');
    const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits);
    const begin = at + 2 + digits;
    if (begin + length > bytes.length) throw new DerError('truncated');
    values.push({ tag: bytes[at]!, content: bytes.subarray(begin, begin + length), bytes: bytes.subarray(at, begin + length) });
    at = begin + length;
  }
  return values;
}

/** What a constructed value of this tag holds. Throws DerError. */
export function inside(value: DerValue | undefined, tag = 0x30): DerValue[] {
  if (value?.tag !== tag) throw new DerError(`expected tag ${tag}`);
  return readAll(value.content);
}
