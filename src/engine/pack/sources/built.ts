/** A pack in one file, as `pack build` writes it: the texts, their digest, and who vouches for them. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { FileCollector, refuse, type PackFiles, type SourceFile } from './files.ts';

const FORMAT = 'kube-quest pack';

/** SHA-256 over all files: attempts name it, so that a score is of this very pack. */
export function digestOf(files: readonly SourceFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of files) hash.update(`${path}\0${text}\0`);
  return `sha256:${hash.digest('hex')}`;
}

/** The one file. With `key` (an Ed25519 private key in PEM) it is signed. Throws PackError for another kind of key. */
export function buildPack(files: readonly SourceFile[], key?: string): string {
  const digest = digestOf(files);
  return `${JSON.stringify({ format: FORMAT, version: 1, digest, ...(key === undefined ? {} : { signature: signatureOf(digest, key) }), files: Object.fromEntries(files.map(({ path, text }) => [path, text])) }, null, 1)}\n`;
}

/** The files of a built pack, once digest and signature are found right. Throws PackError. */
export function filesOfBuilt(name: string, text: string): PackFiles {
  const data = parse(name, text);
  const { format, version, digest, files, signature } = data;
  if (format !== FORMAT) refuse(name, 'is not a file that `kube-quest pack build` wrote');
  if (typeof version !== 'number') refuse(name, 'does not say in which version of the format it is');
  if (version !== 1) refuse(name, `was built by a newer kube-quest (format ${version})`);
  if (typeof files !== 'object' || files === null || Array.isArray(files)) refuse(name, 'holds no files');
  const collector = new FileCollector();
  for (const [path, content] of Object.entries(files)) {
    if (typeof content !== 'string') refuse(name, `"${path}" is not a text`);
    collector.add(path, Buffer.byteLength(content), () => content);
  }
  const found = collector.finish();
  if (digestOf(found) !== digest) refuse(name, 'was changed after it was built: its digest does not match');
  return { files: found, ...(signature === undefined ? {} : { signedBy: signerOf(name, String(digest), signature) }) };
}

/** SHA-256 of a public key, by which people tell each other which one it is. */
function fingerprintOf(key: KeyObject): string {
  return `SHA256:${createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest('base64').replace(/=+$/, '')}`;
}

function parse(name: string, text: string): Record<string, unknown> {
  try {
    const data: unknown = JSON.parse(text);
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Record<string, unknown>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return refuse(name, 'is not a file that `kube-quest pack build` wrote');
}

function signatureOf(digest: string, pem: string): { algorithm: 'ed25519'; publicKey: string; value: string } {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    return refuse('--key', 'is not a private key in PEM; make one with `openssl genpkey -algorithm ed25519`');
  }
  if (key.asymmetricKeyType !== 'ed25519') refuse('--key', `is a key of the kind ${key.asymmetricKeyType}; packs are signed with ed25519`);
  return { algorithm: 'ed25519', publicKey: createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64'), value: sign(null, Buffer.from(digest), key).toString('base64') };
}

function signerOf(name: string, digest: string, signature: unknown): string {
  try {
    const { publicKey, value } = signature as { publicKey: string; value: string }; // anything else fails to verify
    const key = createPublicKey({ key: Buffer.from(publicKey, 'base64'), type: 'spki', format: 'der' });
    if (verify(null, Buffer.from(digest), key, Buffer.from(value, 'base64'))) return fingerprintOf(key);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return refuse(name, 'its signature is not right: somebody else changed it');
}
