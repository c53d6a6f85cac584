/** etcdctl and etcdutl: etcd as an operator sees it, in the words of version 3.6. */
import { EtcdStore } from '../../cluster/etcd/store.ts';
import { readSnapshot } from '../../cluster/etcd/snapshot.ts';
import { EtcdError, type EtcdFace, type KeyValue, prefixEnd } from '../../cluster/etcd/face.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { type ClientTls, NetworkError } from '../../cluster/network/types.ts';
import type { Host } from '../host.ts';
import { failed, readFlags, type Result, said } from './result.ts';

const VALUED = ['--endpoints', '--cacert', '--cert', '--key', '-w', '--write-out', '--limit', '--rev', '--data-dir', '--name', '--initial-cluster', '--initial-cluster-token', '--initial-advertise-peer-urls', '--bump-revision', '--command-timeout', '--dial-timeout'];

interface Call { host: Host; cluster: Cluster; env: ReadonlyMap<string, string>; resolve: (path: string) => string; stdin: string }

export function etcdctl(args: readonly string[], call: Call): Result {
  const { words, flags } = readFlags(args, VALUED);
  const [verb = '', ...rest] = words;
  const format = flags.get('-w') ?? flags.get('--write-out') ?? 'simple';
  if (verb === 'version' || flags.has('--version')) return said('etcdctl version: 3.6.8\nAPI version: 3.6\n');
  if (!verb || flags.has('--help') || flags.has('-h')) return said('NAME:\n\tetcdctl - A simple command line client for etcd3.\n\nCOMMANDS:\n\tget, put, del, member list, endpoint health|status, snapshot save, compaction, defrag, alarm list|disarm, version\n');
  if (verb === 'endpoint') return endpoint(rest[0] ?? '', flags, call, format);
  return withEtcd(flags, call, (etcd, url) => {
    switch (verb) {
      case 'get': return get(etcd, rest, flags, format);
      case 'put': { const value = Buffer.from(rest[1] ?? call.stdin); etcd.put(rest[0] ?? '', { bytes: () => value }); return said('OK\n'); }
      case 'del': { const [key = ''] = rest; return said(`${etcd.delete(key, flags.has('--prefix') ? { rangeEnd: prefixEnd(key) } : {}).deleted.length}\n`); }
      case 'member': return members(etcd, format);
      case 'snapshot': return snapshot(etcd, rest, call);
      case 'compaction': case 'compact': etcd.compact(Number(rest[0])); return said(`compacted revision ${rest[0]}\n`);
      case 'defrag': if (etcd instanceof EtcdStore) etcd.defragment(); return said(`Finished defragmenting etcd member[${url}]. took 12.3ms\n`);
      case 'alarm': return said('');
      default: return failed(`Error: unknown command "${verb}" for "etcdctl"\n`);
    }
  });
}

function endpoints(flags: ReadonlyMap<string, string>, env: ReadonlyMap<string, string>): string[] {
  return (flags.get('--endpoints') ?? env.get('ETCDCTL_ENDPOINTS') ?? '127.0.0.1:2379').split(',').map((e) => e.trim());
}

function tlsOf(flags: ReadonlyMap<string, string>, { host, env, resolve }: Call): ClientTls | { missing: string } {
  const read = (flag: string, variable: string): string | undefined => {
    const path = flags.get(flag) ?? env.get(variable);
    if (!path) return undefined;
    const full = resolve(path);
    if (!host.files.exists(full)) throw new MissingFile(path);
    return host.files.read(full);
  };
  try {
    return { ca: read('--cacert', 'ETCDCTL_CACERT'), certificate: read('--cert', 'ETCDCTL_CERT'), key: read('--key', 'ETCDCTL_KEY'), insecureSkipVerify: flags.has('--insecure-skip-tls-verify') };
  } catch (error) {
    if (error instanceof MissingFile) return { missing: error.message };
    throw error;
  }
}

class MissingFile extends Error {}

/** A connection to one endpoint. Throws NetworkError. */
function dial(endpoint: string, tls: ClientTls, { host }: Call): EtcdFace {
  const hasScheme = /^https?:\/\//.test(endpoint);
  const wantsTls = hasScheme ? endpoint.startsWith('https') : tls.ca !== undefined || tls.certificate !== undefined;
  const { hostname, port } = new URL(hasScheme ? endpoint : `http://${endpoint}`);
  const { etcd } = host.network.connect(hostname, Number(port) || 2379, wantsTls ? tls : undefined).service;
  if (!etcd) throw new NetworkError('refused', `${endpoint}: not an etcd server`);
  return etcd;
}

function withEtcd(flags: ReadonlyMap<string, string>, call: Call, use: (etcd: EtcdFace, url: string) => Result): Result {
  const tls = tlsOf(flags, call);
  if ('missing' in tls) return failed(`Error: open ${tls.missing}: no such file or directory\n`);
  let failure = '';
  for (const url of endpoints(flags, call.env)) {
    try {
      return use(dial(url, tls, call), url);
    } catch (error) {
      if (error instanceof EtcdError) return failed(`{"level":"warn","msg":"retrying of unary invoker failed","target":"${url}","error":"rpc error: code = Unknown desc = ${error.message}"}\nError: ${error.message}\n`);
      if (!(error instanceof NetworkError)) throw error;
      failure = `{"level":"warn","logger":"etcd-client","msg":"retrying of unary invoker failed","target":"${url}","attempt":0,"error":"rpc error: code = DeadlineExceeded desc = latest balancer error: last connection error: connection error: desc = \\"transport: ${error.message.startsWith('dial') ? `Error while dialing: ${error.message}` : `authentication handshake failed: ${error.message}`}\\""}\n`;
    }
  }
  return failed(`${failure}Error: context deadline exceeded\n`);
}

function get(etcd: EtcdFace, [key = '', end]: readonly string[], flags: ReadonlyMap<string, string>, format: string): Result {
  const rangeEnd = flags.has('--prefix') ? prefixEnd(key || '\0') : flags.has('--from-key') ? '\uffff' : end;
  const from = flags.has('--prefix') && !key ? '\0' : key;
  const { kvs, count, revision } = etcd.range(from, { rangeEnd, limit: Number(flags.get('--limit') ?? 0), revision: Number(flags.get('--rev') ?? 0), countOnly: flags.has('--count-only') });
  if (format === 'json') {
    const base64 = (text: string | Uint8Array) => Buffer.from(text).toString('base64');
    return said(`${JSON.stringify({ header: { revision }, kvs: kvs.map((kv) => ({ key: base64(kv.key), create_revision: kv.createRevision, mod_revision: kv.modRevision, version: kv.version, ...(flags.has('--keys-only') ? {} : { value: base64(kv.value.bytes()) }) })), count })}\n`);
  }
  if (format === 'fields' || flags.has('--count-only')) return said(`"Count" : ${count}\n`);
  if (flags.has('--keys-only')) return said(kvs.map((kv) => `${kv.key}\n\n`).join(''));
  return said(kvs.map((kv) => `${flags.has('--print-value-only') ? '' : `${kv.key}\n`}${text(kv)}\n`).join(''));
}

/** A value as a terminal gets it: bytes that are no text stay recognisable as such. */
function text(kv: KeyValue): string {
  return Buffer.from(kv.value.bytes()).toString('utf8');
}

function members(etcd: EtcdFace, format: string): Result {
  const all = etcd.members();
  if (format === 'json') return said(`${JSON.stringify({ members: all })}\n`);
  const rows = all.map((m) => [m.id, m.started ? 'started' : 'unstarted', m.name, m.peerUrls.join(','), m.clientUrls.join(','), String(m.isLearner)]);
  if (format === 'table') return said(table([['ID', 'STATUS', 'NAME', 'PEER ADDRS', 'CLIENT ADDRS', 'IS LEARNER'], ...rows]));
  return said(rows.map((row) => `${row.join(', ')}\n`).join(''));
}

function endpoint(what: string, flags: ReadonlyMap<string, string>, call: Call, format: string): Result {
  const tls = tlsOf(flags, call);
  if ('missing' in tls) return failed(`Error: open ${tls.missing}: no such file or directory\n`);
  const out = { stdout: '', stderr: '', exitCode: 0 };
  const rows: string[][] = [];
  for (const url of endpoints(flags, call.env)) {
    try {
      const status = dial(url, tls, call).status();
      if (what === 'health') out.stdout += `${url} is healthy: successfully committed proposal: took = 9.1ms\n`;
      else rows.push([url, status.memberId, status.version, '3.6.0', bytes(status.dbSizeBytes), bytes(status.dbSizeInUseBytes), `${Math.round(100 * (1 - status.dbSizeInUseBytes / status.dbSizeBytes))}%`, '0 B', String(status.leader === status.memberId), String(status.isLearner), String(status.raftTerm), String(status.raftIndex), String(status.raftIndex), status.errors.join(','), '', 'false']);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      out.stderr += what === 'health' ? `${url} is unhealthy: failed to commit proposal: context deadline exceeded\n` : `Failed to get the status of endpoint ${url} (context deadline exceeded)\n`;
      out.exitCode = 1;
    }
  }
  if (what === 'health' && out.exitCode) out.stderr += 'Error: unhealthy cluster\n';
  const header = ['ENDPOINT', 'ID', 'VERSION', 'STORAGE VERSION', 'DB SIZE', 'IN USE', 'PERCENTAGE NOT IN USE', 'QUOTA', 'IS LEADER', 'IS LEARNER', 'RAFT TERM', 'RAFT INDEX', 'RAFT APPLIED INDEX', 'ERRORS', 'DOWNGRADE TARGET VERSION', 'DOWNGRADE ENABLED'];
  if (what === 'status' && rows.length) out.stdout += format === 'table' ? table([header, ...rows]) : rows.map((row) => `${row.join(', ')}\n`).join('');
  return out;
}

function snapshot(etcd: EtcdFace, [action = '', path = '']: readonly string[], { host, resolve }: Call): Result {
  if (action !== 'save') return failed(`Error: unknown command "${action}" for "etcdctl snapshot"\n`);
  if (!path) return failed('Error: snapshot save expects one argument\n', 128);
  host.files.write(resolve(path), etcd.snapshot(), { mode: 0o600 });
  return said(`Snapshot saved at ${path}\nServer version 3.6.0\n`);
}

export function etcdutl(args: readonly string[], { host, cluster, resolve }: Call): Result {
  const { words: [topic = '', action = '', path = ''], flags } = readFlags(args, VALUED);
  if (topic !== 'snapshot') return failed(`Error: unknown command "${topic}" for "etcdutl"\n`);
  if (!host.files.exists(resolve(path))) return failed(`Error: stat ${path}: no such file or directory\n`);
  const data = host.files.readBytes(resolve(path));
  const { revision, kvs, hash } = readSnapshot(data);
  if (action === 'status') {
    const row = [hash, String(revision), String(kvs.length), bytes(data.length), '3.6.0'];
    return said((flags.get('-w') ?? flags.get('--write-out')) === 'table' ? table([['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE', 'VERSION'], row]) : `${row.join(', ')}\n`);
  }
  if (action !== 'restore') return failed(`Error: unknown command "${action}" for "etcdutl snapshot"\n`);
  const folder = resolve(flags.get('--data-dir') ?? `${flags.get('--name') ?? 'default'}.etcd`);
  if (host.files.exists(folder) && host.files.list(folder).length > 0) return failed(`Error: data-dir "${folder}" not empty or could not be read\n`);
  const { world } = cluster;
  const store = EtcdStore.restore(data, { clock: world.clock, random: world.random.fork(`restore ${world.clock.now()}`), name: flags.get('--name') ?? host.name });
  host.files.makeDirectory(`${folder}/member/snap`, { mode: 0o700 });
  host.files.write(`${folder}/member/snap/db`, cluster.etcdDisks.register(store), { mode: 0o600 });
  return { stdout: '', stderr: `{"level":"info","msg":"restoring snapshot","path":"${path}","data-dir":"${folder}"}\n{"level":"info","msg":"restored snapshot","path":"${path}","data-dir":"${folder}"}\n`, exitCode: 0 };
}

function bytes(count: number): string {
  return count > 1_000_000 ? `${(count / 1_000_000).toFixed(1)} MB` : `${Math.round(count / 1000)} kB`;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const rule = `+${widths.map((w) => '-'.repeat(w + 2)).join('+')}+\n`;
  const lines = rows.map((row) => `|${row.map((cell, i) => ` ${cell.padStart(Math.ceil((widths[i]! + cell.length) / 2)).padEnd(widths[i]!)} `).join('|')}|\n`);
  return rule + lines[0] + rule + lines.slice(1).join('') + rule;
}
