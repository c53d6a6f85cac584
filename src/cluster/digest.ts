/** Names made from hashes, as Kubernetes makes them. */
import { createHash } from 'node:crypto';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The first bytes of the SHA-256 of a text in base32 without padding. */
export function base32Digest(text: string, bytes: number): string {
  let bits = '';
  for (const byte of createHash('sha256').update(text).digest().subarray(0, bytes)) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => BASE32[parseInt(five.padEnd(5, '0'), 2)]).join('');
}
