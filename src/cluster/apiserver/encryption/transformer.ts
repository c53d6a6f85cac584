/** Encryption at rest: what a resource's values go through on their way to etcd and back. */
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { type EncryptionConfiguration, EncryptionConfigurationError, type EncryptionKey, type KeyedProvider, type ProviderConfiguration } from './configuration.ts';
import { splitGroupResource } from './validation.ts';

/** Turns an object's bytes into those that etcd keeps. `key` is the etcd key, for messages and, with aesgcm, for authentication. */
export interface Transformer {
  encode(plain: Uint8Array, key: string): Uint8Array;
  /** Throws an Error in kube-apiserver's words when no provider can read the bytes. */
  decode(bytes: Uint8Array, key: string): Uint8Array;
  /** True if the bytes would be written in another way today: by an older key, another provider, or none. */
  isStale(bytes: Uint8Array): boolean;
}

/**
 * The transformer for a resource (`secrets`, `deployments.apps`), or undefined where the configuration does not name
 * it, alone or by a wildcard. Throws EncryptionConfigurationError for a KMS plugin, which nobody here serves.
 */
export function transformerFor(configuration: EncryptionConfiguration, groupResource: string): Transformer | undefined {
  const providers = providersOf(configuration, groupResource).map(prefixed);
  const first = providers[0];
  if (!first) return undefined;
  return {
    encode: (plain, key) => first.encode(plain, key),
    decode: (bytes, key) => decodeWithAny(providers, bytes, key),
    isStale: (bytes) => (first.prefix === '' ? startsWith(bytes, ENCRYPTED) : !startsWith(bytes, first.written)),
  };
}

/** For resources that no configuration names: plain text, and no reading of what was encrypted before. */
export const plainTransformer: Transformer = {
  encode: (plain) => plain,
  decode(bytes, key) {
    if (startsWith(bytes, ENCRYPTED)) throw unreadable(key, 'identity transformer tried to read encrypted data');
    return bytes;
  },
  isStale: () => false,
};

/** A provider, or one key of it: tried for bytes with its prefix. */
interface Prefixed {
  prefix: string;
  /** The prefix of what it writes, its first key's name included. */
  written: string;
  encode(plain: Uint8Array, key: string): Uint8Array;
  /** Gets the bytes behind the prefix; throws what the real cipher would say. */
  decode(rest: Uint8Array, key: string): Uint8Array;
}

const ENCRYPTED = 'k8s:enc:';
const NO_KEY: Readonly<Record<KeyedProvider, string>> = {
  aescbc: 'no matching key was found for the provided AES transformer',
  aesgcm: 'no matching key was found for the provided AES transformer',
  secretbox: 'no matching key was found for the provided Secretbox transformer',
};

function providersOf({ resources }: EncryptionConfiguration, groupResource: string): ProviderConfiguration[] {
  const wanted = splitGroupResource(groupResource);
  const isNamed = (name: string) => {
    const { resource, group } = splitGroupResource(name);
    return (group === '*' || group === wanted.group) && (resource === '*' || resource === wanted.resource);
  };
  const first = resources.find((entry) => entry.resources.some(isNamed));
  if (!first?.resources.includes(groupResource)) return [...(first?.providers ?? [])];
  // Entries that name the very resource add to one another; a wildcard hides all that follows it.
  return resources.filter((entry) => entry.resources.includes(groupResource)).flatMap((entry) => entry.providers);
}

function prefixed(provider: ProviderConfiguration): Prefixed {
  const { aescbc, aesgcm, secretbox, kms } = provider;
  if (aescbc) return keyed('aescbc', aescbc.keys);
  if (aesgcm) return keyed('aesgcm', aesgcm.keys);
  if (secretbox) return keyed('secretbox', secretbox.keys);
  if (kms) {
    const socket = (kms.endpoint ?? '').replace(/^unix:\/\//, '');
    throw new EncryptionConfigurationError(`failed to perform status section of the healthz check for KMS Provider ${kms.name ?? ''}, error: connection error: desc = "transport: Error while dialing: dial unix ${socket}: connect: no such file or directory"`);
  }
  return { prefix: '', written: '', encode: plainTransformer.encode, decode: plainTransformer.decode };
}

function keyed(provider: KeyedProvider, keys: readonly EncryptionKey[]): Prefixed {
  const ciphers = keys.map(({ name, secret }) => ({ prefix: `${name}:`, cipher: cipherOf(provider, Buffer.from(secret, 'base64')) }));
  const prefix = `${ENCRYPTED}${provider}:v1:`;
  const first = ciphers[0]!; // validation wants at least one key
  return {
    prefix,
    written: prefix + first.prefix,
    encode(plain, key) {
      return Buffer.concat([Buffer.from(prefix + first.prefix), first.cipher.encrypt(plain, key)]);
    },
    decode(rest, key) {
      const errors: string[] = [];
      for (const { prefix: name, cipher } of ciphers) {
        if (!startsWith(rest, name)) continue;
        const plain = cipher.decrypt(rest.subarray(Buffer.byteLength(name)), key);
        if (typeof plain !== 'string') return plain;
        errors.push(plain);
      }
      throw new Error(errors[0] ?? NO_KEY[provider]);
    },
  };
}

function decodeWithAny(providers: readonly Prefixed[], bytes: Uint8Array, key: string): Uint8Array {
  const errors: string[] = [];
  for (const provider of providers) {
    if (!startsWith(bytes, provider.prefix)) continue;
    try {
      return provider.decode(bytes.subarray(Buffer.byteLength(provider.prefix)), key);
    } catch (error) {
      // Identity meets encrypted bytes whenever one migrates away from encryption: not worth a word.
      if (provider.prefix !== '' && error instanceof Error) errors.push(error.message);
    }
  }
  const distinct = [...new Set(errors)];
  throw unreadable(key, distinct.length > 1 ? `[${distinct.join(', ')}]` : distinct[0] ?? 'no matching prefix found');
}

function unreadable(key: string, why: string): Error {
  return new Error(`unable to transform key ${JSON.stringify(key)}: ${why}`);
}

function startsWith(bytes: Uint8Array, prefix: string): boolean {
  return Buffer.from(bytes.subarray(0, Buffer.byteLength(prefix))).toString('latin1') === prefix;
}

interface Cipher {
  encrypt(plain: Uint8Array, context: string): Uint8Array;
  /** The plain text, or the error's text. */
  decrypt(bytes: Uint8Array, context: string): Uint8Array | string;
}

/**
 * The initialization vector comes from key, place and content instead of chance: a run must give the same bytes each
 * time. Equal content at one place then gives equal bytes, which tells an attacker only that nothing changed.
 */
function vectorOf(secret: Uint8Array, context: string, plain: Uint8Array, length: number): Buffer {
  return createHash('sha256').update(secret).update(context).update('\0').update(plain).digest().subarray(0, length);
}

function cipherOf(provider: KeyedProvider, secret: Buffer): Cipher {
  if (provider === 'aescbc') return cbc(secret);
  return provider === 'aesgcm' ? gcm(secret) : secretbox(secret);
}

function cbc(secret: Buffer): Cipher {
  const algorithm = `aes-${secret.length * 8}-cbc`;
  return {
    encrypt(plain, context) {
      const iv = vectorOf(secret, context, plain, 16);
      const cipher = createCipheriv(algorithm, secret, iv);
      return Buffer.concat([iv, cipher.update(plain), cipher.final()]);
    },
    decrypt(bytes) {
      if (bytes.length < 32 || bytes.length % 16 !== 0) return 'the stored data is not a multiple of the block size';
      const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, 16));
      return attempt(() => Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]), 'invalid padding on input');
    },
  };
}

function gcm(secret: Buffer): Cipher {
  const algorithm = secret.length === 16 ? 'aes-128-gcm' : secret.length === 24 ? 'aes-192-gcm' : 'aes-256-gcm';
  return {
    encrypt(plain, context) {
      const nonce = vectorOf(secret, context, plain, 12);
      const cipher = createCipheriv(algorithm, secret, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(bytes, context) {
      if (bytes.length < 28) return 'the stored data was shorter than the required size';
      const decipher = createDecipheriv(algorithm, secret, bytes.subarray(0, 12)).setAAD(Buffer.from(context));
      decipher.setAuthTag(bytes.subarray(-16));
      return attempt(() => Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]), 'cipher: message authentication failed');
    },
  };
}

/** Node has no XSalsa20-Poly1305; its nearest relative, keyed anew by the long nonce, has the same layout and strength. */
function secretbox(secret: Buffer): Cipher {
  const keyFor = (nonce: Uint8Array) => createHash('sha256').update(secret).update(nonce).digest();
  const options = { authTagLength: 16 };
  return {
    encrypt(plain, context) {
      const nonce = vectorOf(secret, context, plain, 24);
      const cipher = createCipheriv('chacha20-poly1305', keyFor(nonce), nonce.subarray(0, 12), options);
      const body = Buffer.concat([cipher.update(plain), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]);
    },
    decrypt(bytes) {
      if (bytes.length < 40) return 'the stored data was shorter than the required size';
      const nonce = bytes.subarray(0, 24);
      const decipher = createDecipheriv('chacha20-poly1305', keyFor(nonce), nonce.subarray(0, 12), options);
      decipher.setAuthTag(bytes.subarray(24, 40));
      return attempt(() => Buffer.concat([decipher.update(bytes.subarray(40)), decipher.final()]), 'failed to decrypt data');
    },
  };
}

function attempt(decrypt: () => Uint8Array, otherwise: string): Uint8Array | string {
  try {
    return decrypt();
  } catch {
    return otherwise; // OpenSSL says it in its own words
  }
}
