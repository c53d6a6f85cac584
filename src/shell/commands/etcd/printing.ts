/** What etcdctl and etcdutl print, in each of their forms. */
import type { EtcdServerFace, KeyValue } from '../../../cluster/etcd/face.ts';
import type { Flags } from './connection.ts';

/** Rows as tablewriter draws them: headers in the middle, cells to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i]!.length)));
  const rule = `+${widths.map((w) => '-'.repeat(w + 2)).join('+')}+\n`;
  const line = (cells: readonly string[]) => `|${cells.map((cell) => ` ${cell} `).join('|')}|\n`;
  const middle = header.map((cell, i) => cell.padStart(Math.floor((widths[i]! - cell.length) / 2) + cell.length).padEnd(widths[i]!));
  return rule + line(middle) + rule + rows.map((row) => line(row.map((cell, i) => cell.padStart(widths[i]!)))).join('') + rule;
}

/** Rows in the simple form. */
export function simple(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.join(', ')}\n`).join('');
}

/** `45 kB`, `2.1 MB`: humanize.Bytes. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = count < 10 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = Math.floor((count / 1000 ** power) * 10 + 0.5) / 10;
  return `${value < 10 && power > 0 ? value.toFixed(1) : value.toFixed(0)} ${units[power]}`;
}

/** JSON with IDs as the 64-bit numbers that they are. */
export function json(value: unknown): string {
  const text = JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? `\u0001${each}\u0001` : each));
  return `${text.replaceAll(/"\\u0001(\d+)\\u0001"/g, '$1')}\n`;
}

/** Go's %q lines of the `fields` form. */
export function fields(entries: readonly (readonly [name: string, value: unknown])[]): string {
  return entries.map(([name, value]) => `"${name}" : ${typeof value === 'string' ? JSON.stringify(value) : String(value)}\n`).join('');
}

export const idOf = (hex: string): bigint => BigInt(`0x${hex}`);

/** `694d81417acd4b01` */
export const leaseId = (id: number): string => `694d${id.toString(16).padStart(12, '0')}`;

/** The header of every answer. */
export function header(etcd: EtcdServerFace): { cluster_id: bigint; member_id: bigint; revision: number; raft_term: number } {
  const { revision, raftTerm } = etcd.status();
  return { cluster_id: idOf(etcd.clusterId), member_id: idOf(etcd.memberId), revision, raft_term: raftTerm };
}

export function headerFields(etcd: EtcdServerFace): [string, unknown][] {
  const { cluster_id, member_id, revision, raft_term } = header(etcd);
  return [['ClusterID', cluster_id], ['MemberID', member_id], ['Revision', revision], ['RaftTerm', raft_term]];
}

/** A key with its value as the API gives it. */
export function kvJson(kv: KeyValue, keysOnly: boolean): object {
  const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
  return {
    key: base64(kv.key), create_revision: kv.createRevision, mod_revision: kv.modRevision, version: kv.version,
    ...(keysOnly ? {} : { value: base64(kv.value.bytes()) }), ...(kv.lease ? { lease: idOf(leaseId(kv.lease)) } : {}),
  };
}

/** Lines of the simple form; `--hex` shows bytes as `\x2f`. */
export function kvLines(kv: KeyValue, flags: Flags): string {
  const show = (value: string | Uint8Array) => (flags.has('hex') ? [...Buffer.from(value)].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('') : Buffer.from(value).toString());
  const value = flags.has('keys-only') ? '' : show(kv.value.bytes());
  return `${flags.has('print-value-only') ? '' : `${show(kv.key)}\n`}${value}\n`;
}

export function kvFields(kv: KeyValue, keysOnly: boolean): [string, unknown][] {
  const value = keysOnly ? '' : Buffer.from(kv.value.bytes()).toString();
  return [['Key', kv.key], ['CreateRevision', kv.createRevision], ['ModRevision', kv.modRevision], ['Version', kv.version], ['Value', value], ['Lease', kv.lease ? idOf(leaseId(kv.lease)) : 0]];
}
