/** etcdutl: snapshots and data directories, without a server. */
import { readSnapshot } from '../../../cluster/etcd/snapshot.ts';
import { parseInitialCluster } from '../../../cluster/node/control-plane/programs/etcd.ts';
import { failed, type Result, said } from '../result.ts';
import { CommandError, type EtcdCall, type Flags, parse } from './connection.ts';
import { bytes, fields, json, simple, table } from './printing.ts';

const VALUED = new Set('write-out data-dir wal-dir name initial-cluster initial-cluster-token initial-advertise-peer-urls bump-revision'.split(' '));
const PLAIN = new Set('help skip-hash-check mark-compacted'.split(' '));
const BAD_ARGUMENTS = 128;

export function etcdutl(args: readonly string[], call: EtcdCall): Result {
  try {
    const { words: [topic = '', action = '', path], flags } = parse(args, VALUED, PLAIN);
    if (topic === 'version') return said('etcdutl version: 3.6.8\nAPI version: 3.6\n');
    if (topic === '' || flags.has('help')) return said('Usage:\n  etcdutl [command]\n\nAvailable Commands:\n  defrag      Defragments the storage of the etcd\n  snapshot    Manages etcd node snapshots\n  version     Prints the version of etcdutl\n');
    if (topic === 'defrag') return defrag(flags, call);
    if (topic !== 'snapshot') throw new CommandError(`unknown command "${topic}" for "etcdutl"`);
    if (action !== 'status' && action !== 'restore') throw new CommandError(`unknown command "${action}" for "etcdutl snapshot"`);
    if (path === undefined) throw new CommandError(`snapshot ${action} requires exactly one argument`, BAD_ARGUMENTS);
    return action === 'status' ? status(path, flags, call) : restore(path, flags, call);
  } catch (error) {
    if (error instanceof CommandError) return failed(`${error.log}Error: ${error.message}\n`, error.exitCode);
    throw error;
  }
}

/** A snapshot file. Throws CommandError in etcd's words. */
function read(path: string, { host, resolve }: EtcdCall): { data: Uint8Array } & ReturnType<typeof readSnapshot> {
  if (!host.files.exists(resolve(path))) throw new CommandError(`stat ${path}: no such file or directory`);
  const data = host.files.readBytes(resolve(path));
  try {
    return { data, ...readSnapshot(data) };
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

function status(path: string, flags: Flags, call: EtcdCall): Result {
  const { data, hash, revision, kvs } = read(path, call);
  const number = parseInt(hash, 16);
  const row = [number.toString(16), String(revision), String(kvs.length), bytes(data.length), '3.6.0'];
  switch (flags.get('write-out')) {
    case 'json': return said(json({ hash: number, revision, totalKey: kvs.length, totalSize: data.length, version: '3.6.0' }));
    case 'fields': return said(fields([['Hash', number], ['Revision', revision], ['Keys', kvs.length], ['Size', data.length], ['Version', '3.6.0']]));
    case 'table': return said(table(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE', 'VERSION'], [row]));
    default: return said(simple([row]));
  }
}

function restore(path: string, flags: Flags, call: EtcdCall): Result {
  const { host, cluster, resolve } = call;
  const { data, hash } = read(path, call);
  const name = flags.get('name') ?? 'default';
  const folder = flags.get('data-dir') ?? `${name}.etcd`;
  const full = resolve(folder);
  if (host.files.exists(full) && host.files.list(full).length > 0) throw new CommandError(`data-dir "${folder}" not empty or could not be read`);
  const members = parseInitialCluster(flags.get('initial-cluster') ?? `${name}=http://localhost:2380`);
  const own = members.find((member) => member.name === name);
  if (!own) throw new CommandError(`couldn't find local name "${name}" in the initial cluster configuration`);
  const advertised = (flags.get('initial-advertise-peer-urls') ?? 'http://localhost:2380').split(',');
  if (advertised.some((url) => !own.peerUrls.includes(url))) throw new CommandError(`--initial-cluster has ${own.peerUrls.map((url) => `${name}=${url}`).join(',')} but missing from --initial-advertise-peer-urls=${advertised.join(',')} `);
  const bump = Number(flags.get('bump-revision') ?? 0);
  if (!Number.isInteger(bump) || bump < 0) throw new CommandError(`invalid argument "${flags.get('bump-revision')}" for "--bump-revision" flag: strconv.ParseUint: parsing "${flags.get('bump-revision')}": invalid syntax`);
  if (flags.has('mark-compacted') !== bump > 0) throw new CommandError('--mark-compacted and --bump-revision must be used together');
  const disk = cluster.etcdDisks.restore(data, hash, { world: cluster.world, name, token: flags.get('initial-cluster-token') ?? 'etcd-cluster', members, bump, markCompacted: flags.has('mark-compacted') });
  host.files.makeDirectory(full, { mode: 0o700 });
  cluster.etcdDisks.write(host.files, full, disk);
  const log = (caller: string, msg: string, more: object) => `${JSON.stringify({ level: 'info', ts: new Date(cluster.world.clock.now()).toISOString(), caller, msg, ...more })}\n`;
  const place = { path, 'wal-dir': `${folder}/member/wal`, 'data-dir': folder, 'snap-dir': `${folder}/member/snap` };
  const joined = [...disk.group.records.values()].map(({ id, peerUrls }) => log('membership/cluster.go:421', 'added member', { 'cluster-id': disk.group.clusterId, 'local-member-id': '0', 'added-peer-id': id, 'added-peer-peer-urls': peerUrls, 'added-peer-is-learner': false }));
  return { stdout: '', exitCode: 0, stderr: log('snapshot/v3_snapshot.go:305', 'restoring snapshot', { ...place, 'initial-memory-map-size': 10737418240 }) + joined.join('') + log('snapshot/v3_snapshot.go:333', 'restored snapshot', { ...place, 'initial-memory-map-size': 10737418240 }) };
}

/** The database of a stopped member. */
function defrag(flags: Flags, { host, cluster, resolve }: EtcdCall): Result {
  const folder = flags.get('data-dir');
  if (folder === undefined) throw new CommandError('required flag(s) "data-dir" not set');
  const disk = cluster.etcdDisks.find(host.files, resolve(folder));
  if (!disk) throw new CommandError(`Failed to defragment etcd data[${folder}] (open ${folder}/member/snap/db: no such file or directory)`);
  disk.group.defragment(disk.id);
  return said('');
}
