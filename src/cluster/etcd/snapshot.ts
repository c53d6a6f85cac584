/** A database as one file, with a checksum: what `etcdctl snapshot save` writes and `etcdutl snapshot restore` reads. */
import { createHash } from 'node:crypto';
import type { KeyValue } from './face.ts';
import type { SavedLease } from './lessor.ts';

const MAGIC = 'kube-quest etcd snapshot 1\n';

interface Row { key: string; value: string; createRevision: number; modRevision: number; version: number; lease?: number }

/** The bytes of a snapshot of these keys at this revision, with the leases that some of them hang on. */
export function writeSnapshot(revision: number, kvs: readonly KeyValue[], leases: readonly SavedLease[]): Uint8Array {
  const rows = kvs.map((kv): Row => ({
    key: kv.key, value: Buffer.from(kv.value.bytes()).toString('base64'),
    createRevision: kv.createRevision, modRevision: kv.modRevision, version: kv.version, ...(kv.lease ? { lease: kv.lease } : {}),
  }));
  const body = JSON.stringify({ revision, leases, rows });
  return Buffer.from(`${MAGIC}${checksum(body)}\n${body}`);
}

/** Reads a snapshot. Throws an Error that says what is wrong with the file. */
export function readSnapshot(bytes: Uint8Array): { revision: number; leases: readonly SavedLease[]; kvs: KeyValue[]; hash: string } {
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith(MAGIC)) throw new Error('snapshot missing hash but --skip-hash-check=false');
  const [hash = '', ...rest] = text.slice(MAGIC.length).split('\n');
  const body = rest.join('\n');
  if (checksum(body) !== hash) throw new Error(`expected sha256 [${hash}], got [${checksum(body)}]`);
  const { revision, leases, rows } = JSON.parse(body) as { revision: number; leases: SavedLease[]; rows: Row[] }; // its checksum is right
  const kvs = rows.map(({ value, ...row }): KeyValue => {
    const stored = Buffer.from(value, 'base64');
    return { ...row, value: { bytes: () => stored } };
  });
  return { revision, leases, kvs, hash: hash.slice(0, 8) };
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
