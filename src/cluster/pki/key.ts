/** Private and public keys of the model. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { Random } from '../../time/random.ts';
import { parsePayload, pemDecode, pemEncode } from './pem.ts';

/** A new private key: PEM text as kubeadm writes its `.key` files. */
export function createKey(random: Random): string {
  return pemEncode('RSA PRIVATE KEY', JSON.stringify({ seed: random.hex(64) }));
}

/** The identity of a key's public half, or undefined if the text holds no private key. */
export function publicKeyOf(keyPem: string): string | undefined {
  if (publicKeys.has(keyPem)) return publicKeys.get(keyPem);
  const seed = seedOf(keyPem);
  return remember(publicKeys, keyPem, seed === undefined ? realPublicKey(keyPem) : sha256(`public:${seed}`));
}

/** The public half as a PEM file (`sa.pub`). Throws if the text holds no private key. */
export function publicKeyPem(keyPem: string): string {
  const publicKey = publicKeyOf(keyPem);
  if (publicKey === undefined) throw new Error('publicKeyPem: no private key in the given text');
  return pemEncode('PUBLIC KEY', JSON.stringify({ publicKey, signatureKey: signaturePublicKey(signatureKeyOf(keyPem)!) }));
}

/** What checks the signatures made with the keys in a PEM text, by key id. */
export function verifyingKeysIn(pem: string): Map<string, KeyObject> {
  const found = new Map<string, KeyObject>();
  const add = (publicKey: unknown, text: unknown) => {
    const key = typeof text === 'string' ? verifyingKey(text) : undefined;
    if (key && typeof publicKey === 'string') found.set(Buffer.from(publicKey, 'hex').toString('base64url'), key);
  };
  for (const payload of pemDecode('PUBLIC KEY', pem)) {
    const { publicKey, signatureKey } = parsePayload(payload) ?? {};
    add(publicKey, signatureKey);
  }
  const own = signatureKeyOf(pem);
  if (own) add(publicKeyOf(pem), signaturePublicKey(own));
  return found;
}

/**
 * The real signature key behind a private key's seed. Certificates are signed with Ed25519: it is deterministic,
 * and a certificate can then not be forged from what every client holds, the CA's certificate.
 */
export function signatureKeyOf(keyPem: string): KeyObject | undefined {
  const seed = seedOf(keyPem);
  if (seed === undefined) return undefined;
  let key = signatureKeys.get(seed);
  if (!key) {
    const raw = createHash('sha256').update(`signature:${seed}`).digest();
    key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, raw]), format: 'der', type: 'pkcs8' });
    remember(signatureKeys, seed, key);
  }
  return key;
}

/** The public half of a signature key, as it stands in an authority's certificate. */
export function signaturePublicKey(key: KeyObject): string {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** The other direction: a key that can check signatures. */
export function verifyingKey(text: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    return undefined; // edited by hand: nothing verifies with it
  }
}

export function sha256(text: string | Buffer): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Keeps a result that depends on its key alone; memory stays bounded. */
export function remember<K, V>(memory: Map<K, V>, key: K, value: V): V {
  if (memory.size >= MEMORY_MAX) memory.clear();
  memory.set(key, value);
  return value;
}

/** Of a key that a real tool has made: its SubjectPublicKeyInfo in base64. */
function realPublicKey(keyPem: string): string | undefined {
  if (!keyPem.includes('PRIVATE KEY-----')) return undefined;
  try {
    return signaturePublicKey(createPrivateKey(keyPem));
  } catch {
    return undefined; // neither a model's nor a real one
  }
}

const MEMORY_MAX = 20_000;
/** The fixed head of a PKCS#8 Ed25519 key (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');
const signatureKeys = new Map<string, KeyObject>();
const publicKeys = new Map<string, string | undefined>();

function seedOf(keyPem: string): string | undefined {
  const payload = pemDecode('PRIVATE KEY', keyPem)[0];
  const seed = payload === undefined ? undefined : parsePayload(payload)?.['seed'];
  return typeof seed === 'string' ? seed : undefined;
}
