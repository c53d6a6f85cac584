/** Bytes as text and back without a loss: what is no UTF-8 becomes lone surrogates, as Python's `surrogateescape` has it. */

const FIRST = 0xdc00;
const ESCAPED = /[\udc80-\udcff]/;

/** Text for bytes; `bytesOfText` gives the same bytes again. */
export function textOfBytes(bytes: Uint8Array): string {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = whole.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  const parts: string[] = [];
  for (let at = 0; at < whole.length;) {
    const length = lengthAt(whole, at);
    if (length > 0) parts.push(whole.toString('utf8', at, at + length));
    else parts.push(String.fromCharCode(FIRST + whole[at]!));
    at += length || 1;
  }
  return parts.join('');
}

/** The bytes of a text: UTF-8, and each escaped byte as it was. */
export function bytesOfText(text: string): Buffer {
  if (!ESCAPED.test(text)) return Buffer.from(text, 'utf8');
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) { at++; continue; } // a pair is a character
    if (code < FIRST + 0x80 || code > FIRST + 0xff) continue;
    parts.push(Buffer.from(text.slice(from, at), 'utf8'), Buffer.from([code - FIRST]));
    from = at + 1;
  }
  return Buffer.concat([...parts, Buffer.from(text.slice(from), 'utf8')]);
}

/** A text as a disk keeps it: text, or bytes if it holds some. */
export const stored = (content: string | Uint8Array): string | Uint8Array => (typeof content === 'string' && ESCAPED.test(content) && /[\udc80-\udcff]/u.test(content) ? bytesOfText(content) : content);

/** How many bytes the character at a place has; 0 where none begins. */
function lengthAt(bytes: Buffer, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  for (let i = 1; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1]!;
  const isWrong = (first === 0xe0 && second < 0xa0) || (first === 0xed && second > 0x9f) || (first === 0xf0 && second < 0x90) || (first === 0xf4 && second > 0x8f);
  return isWrong ? 0 : length;
}
