/** A pack in a .tgz, as `npm pack` and `tar czf` write it: ustar with pax and GNU long names, read in memory. */
import { gunzipSync } from 'node:zlib';
import { FileCollector, refuse, type SourceFile } from './files.ts';

const BLOCK = 512;
const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

/** The pack's files. `name` is for messages. Throws PackError. */
export function filesOfArchive(name: string, bytes: Uint8Array): SourceFile[] {
  const tar = unpack(name, bytes);
  const collector = new FileCollector();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= tar.length;) {
    const header = tar.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const size = parseInt(text(header, 124, 12).trim() || '0', 8);
    if (!Number.isSafeInteger(size) || size < 0 || at + BLOCK + size > tar.length) refuse(name, 'is not a whole tar archive');
    const body = tar.subarray(at + BLOCK, at + BLOCK + size);
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    const type = String.fromCharCode(header[156] ?? 0);
    if (type === 'L') { longName = text(body, 0, size); continue; }
    if (type === 'x') { longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1]; continue; }
    if (type === 'g') continue;
    const prefix = text(header, 257, 5) === 'ustar' ? text(header, 345, 155) : '';
    const path = (longName ?? (prefix ? `${prefix}/${text(header, 0, 100)}` : text(header, 0, 100))).replace(/^(\.\/)+/, '');
    longName = undefined;
    if (type === '5' || path.split('/').some((part) => part.startsWith('.') && part !== '.' && part !== '..') || path.includes('node_modules/')) continue;
    if (type === '1' || type === '2') refuse(path, 'is a link; a pack holds plain files only');
    if (type === '0' || type === '\0') collector.add(path, size, () => body.toString('utf8'));
  }
  return collector.finish();
}

function unpack(name: string, bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (error) {
    const isTooLarge = error instanceof RangeError || (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE');
    return refuse(name, isTooLarge ? `unpacks to more than ${UNPACKED_BYTES_MAX / 1024 / 1024} MiB` : 'is not a .tgz archive');
  }
}

function text(bytes: Uint8Array, from: number, length: number): string {
  const field = Buffer.from(bytes.subarray(from, from + length));
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}
