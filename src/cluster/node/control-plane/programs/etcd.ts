/** etcd: a member in the data directory, served on the addresses and with the TLS that the flags say. */
import { EtcdGroup } from '../../../etcd/group.ts';
import { ETCD_VERSION, EtcdMember, type PeerLink } from '../../../etcd/member.ts';
import { type ClientTls, type HttpResponse, type Listening, NetworkError, type ServerTls } from '../../../network/types.ts';
import type { ProcessContext } from '../../process.ts';
import type { Flags } from '../flags.ts';
import { checkKeyPair, etcdFatal, FatalError, program, readFlagFile } from '../program.ts';
import type { EtcdDisk, EtcdDisks } from './etcd-disks.ts';

type Fatal = (text: string) => FatalError;
type Place = Pick<EtcdDisk, 'group' | 'id'>;

/** The program. */
export const etcdProgram = (disks: EtcdDisks) => program('etcd', (flags, context) => {
  const fatal: Fatal = (error) => new FatalError(etcdFatal(context, error));
  const clientTls = serverTls(flags, context, '');
  const peerTls = serverTls(flags, context, 'peer-');
  const clientUrls = urls(flags, 'listen-client-urls', ['http://localhost:2379'], fatal);
  const peerUrls = urls(flags, 'listen-peer-urls', [], fatal);
  checkTimes(flags, fatal);
  const asClient: ClientTls = { ca: peerTls?.clientCa, certificate: peerTls?.certificate, key: peerTls?.key };
  const peer = (url: string) => peerAt(context, url, asClient);
  const { group, id } = place(disks, flags, context, peer, fatal);
  const log = (caller: string, msg: string, more: object = {}) => context.write(`${JSON.stringify({ level: 'info', ts: new Date(context.world.clock.now()).toISOString(), caller, msg, ...more })}\n`, 'stderr');
  const member = new EtcdMember({
    world: context.world, group, id, name: flags.text('name') ?? 'default', clientUrls: flags.list('advertise-client-urls'), quotaBytes: flags.int('quota-backend-bytes', 0),
    dial: (url, peerId) => {
      const found = peer(url);
      if (found?.member.memberId === peerId && found.member.group === group) return found.link;
      found?.link.close();
      return undefined;
    },
    onRemoved: () => {
      log('etcdserver/server.go:1219', 'the member has been permanently removed from the cluster');
      context.world.soon('etcd removed', () => context.exit(0));
    },
  });
  const open: Listening[] = [];
  const http = ({ path }: { path: string }) => answer(member, path);
  const listen = (url: URL, service: Parameters<ProcessContext['network']['listen']>[2], tls: ServerTls | undefined) => open.push(context.network.listen(host(url), Number(url.port), service, url.protocol === 'https:' ? required(tls, url, fatal) : undefined));
  try {
    for (const url of clientUrls) listen(url, { etcd: member, http }, clientTls);
    for (const url of peerUrls) listen(url, { etcdPeer: member }, peerTls);
    for (const url of urls(flags, 'listen-metrics-urls', [], fatal)) listen(url, { http }, clientTls);
  } catch (error) {
    for (const listening of open) listening.close();
    if (error instanceof NetworkError) throw fatal(error.message);
    throw error;
  }
  context.useMemory(60 * 1024 * 1024);
  log('etcdserver/server.go:514', 'starting etcd server', { 'local-member-id': id, 'local-server-version': ETCD_VERSION, 'cluster-id': group.clusterId });
  log('embed/serve.go:210', 'serving client traffic', { address: flags.text('listen-client-urls') ?? '' });
  member.start();
  return {
    stop() {
      for (const listening of open) listening.close();
      member.stop();
    },
  };
});

/** What this process serves: its data directory's member, or a new one as the flags describe it. */
function place(disks: EtcdDisks, flags: Flags, context: ProcessContext, peer: (url: string) => Peer | undefined, fatal: Fatal): Place {
  const name = flags.text('name') ?? 'default';
  const dataDir = flags.text('data-dir') ?? `/${name}.etcd`;
  const known = findDisk(disks, context, dataDir, fatal);
  if (known) {
    if (flags.bool('force-new-cluster', false)) known.group.forceNew(known.id);
    if (!known.group.records.has(known.id)) throw fatal('the member has been permanently removed from the cluster');
    return known;
  }
  const disk = flags.text('initial-cluster-state') === 'existing' ? joined(flags, context, peer, fatal) : founded(flags, context, peer, fatal);
  disks.write(context.files, dataDir, disk);
  return disk;
}

function findDisk(disks: EtcdDisks, { files }: ProcessContext, dataDir: string, fatal: Fatal): EtcdDisk | undefined {
  try {
    return disks.find(files, dataDir);
  } catch (error) {
    throw fatal(error instanceof Error ? error.message : String(error));
  }
}

/** `--initial-cluster-state=new`: a cluster of the members that the flags name. */
function founded(flags: Flags, context: ProcessContext, peer: (url: string) => Peer | undefined, fatal: Fatal): EtcdDisk {
  const members = initialCluster(flags);
  const name = flags.text('name') ?? 'default';
  const own = members.find((member) => member.name === name);
  if (!own) throw fatal(`couldn't find local name "${name}" in the initial cluster configuration`);
  const advertised = advertisedUrls(flags);
  const missing = advertised.find((url) => !own.peerUrls.includes(url));
  if (missing) throw fatal(`--initial-cluster has ${own.peerUrls.map((url) => `${name}=${url}`).join(',')} but missing from --initial-advertise-peer-urls=${advertised.join(',')} `);
  const fresh = new EtcdGroup({ world: context.world, token: flags.text('initial-cluster-token') ?? 'etcd-cluster', members });
  const id = fresh.recordAt(own.peerUrls)?.id ?? '';
  const there = members.filter((member) => member !== own).map(({ peerUrls }) => peer(peerUrls[0] ?? '')?.member.group).find((group) => group?.clusterId === fresh.clusterId);
  if (there?.records.get(id)?.isBootstrapped) throw fatal(`member ${id} has already been bootstrapped`);
  return { group: there ?? fresh, id };
}

/** `--initial-cluster-state=existing`: a member that was added to a cluster whose others answer. */
function joined(flags: Flags, context: ProcessContext, peer: (url: string) => Peer | undefined, fatal: Fatal): EtcdDisk {
  const own = advertisedUrls(flags);
  const members = initialCluster(flags);
  const group = members.flatMap(({ peerUrls }) => peerUrls).filter((url) => !own.includes(url)).map((url) => peer(url)?.member.group).find((found) => found !== undefined);
  if (!group) throw fatal('cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs');
  const record = group.recordAt(own);
  if (group.records.size !== members.length) throw fatal(`error validating peerURLs {ClusterID:${group.clusterId} Members:[${[...group.records.values()].map((each) => `&{ID:${each.id} RaftAttributes:{PeerURLs:[${each.peerUrls.join(' ')}] IsLearner:${each.isLearner}} Attributes:{Name:${each.name} ClientURLs:[${each.clientUrls.join(' ')}]}}`).join(' ')}] RemovedMemberIDs:[]}: member count is unequal`);
  if (!record) throw fatal('error validating peerURLs: unmatched member while checking PeerURLs');
  // A member that lost its disk may not come back under its old ID: the leader sends it what comes after a log that it no longer has.
  if (record.isBootstrapped) throw new FatalError(JSON.stringify({ level: 'panic', ts: new Date(context.world.clock.now()).toISOString(), logger: 'raft', caller: 'etcdserver/zap_raft.go:101', msg: `tocommit(${group.raftIndex}) is out of range [lastIndex(0)]. Was the raft log corrupted, truncated, or lost?` }), 2);
  return { group, id: record.id };
}

function initialCluster(flags: Flags): { name: string; peerUrls: string[] }[] {
  const text = flags.text('initial-cluster') ?? advertisedUrls(flags).map((url) => `${flags.text('name') ?? 'default'}=${url}`).join(',');
  return parseInitialCluster(text);
}

/** `a=https://…,b=https://…` as members; a name may come several times. */
export function parseInitialCluster(text: string): { name: string; peerUrls: string[] }[] {
  const byName = new Map<string, string[]>();
  for (const [name = '', url = ''] of text.split(',').filter(Boolean).map((part) => part.split('='))) byName.set(name, [...(byName.get(name) ?? []), url]);
  return [...byName].map(([name, peerUrls]) => ({ name, peerUrls }));
}

function advertisedUrls(flags: Flags): string[] {
  return flags.has('initial-advertise-peer-urls') ? flags.list('initial-advertise-peer-urls') : ['http://localhost:2380'];
}

interface Peer { member: EtcdMember; link: PeerLink }

function peerAt({ network }: ProcessContext, text: string, tls: ClientTls): Peer | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  try {
    const link = network.connect(host(url), Number(url.port), url.protocol === 'https:' ? tls : undefined);
    const member = link.service.etcdPeer;
    if (member instanceof EtcdMember) return { member, link };
    link.close();
    return undefined;
  } catch (error) {
    if (error instanceof NetworkError) return undefined;
    throw error;
  }
}

/** The health pages: alive while it can read its own data, ready while it hears a leader. */
function answer(member: EtcdMember, path: string): HttpResponse {
  if (path === '/version') return { status: 200, body: `{"etcdserver":"${ETCD_VERSION}","etcdcluster":"3.6.0","storage":"3.6.0"}` };
  if (path.startsWith('/livez')) return { status: 200, body: 'ok\n' };
  const alarm = member.group.alarms[0];
  const reason = alarm ? `ALARM ${alarm.alarm}` : member.hasLeader ? '' : 'RAFT NO LEADER';
  if (path.startsWith('/readyz')) return member.hasLeader ? { status: 200, body: 'ok\n' } : { status: 503, body: '[-]linearizable_read failed: etcdserver: no leader\n' };
  if (path.startsWith('/health')) return { status: reason ? 503 : 200, body: `{"health":"${String(!reason)}","reason":"${reason}"}` };
  return { status: 404, body: '404 page not found\n' };
}

function checkTimes(flags: Flags, fatal: Fatal): void {
  const heartbeat = flags.int('heartbeat-interval', 100);
  const election = flags.int('election-timeout', 1000);
  if (5 * heartbeat > election) throw fatal(`--election-timeout[${election}ms] should be at least as 5 times as --heartbeat-interval[${heartbeat}ms]`);
  if (election > 50_000) throw fatal(`--election-timeout[${election}ms] is too long, and should be set less than 50000ms`);
}

function serverTls(flags: Flags, context: ProcessContext, prefix: string): ServerTls | undefined {
  const certificate = flags.text(`${prefix}cert-file`);
  const key = flags.text(`${prefix}key-file`);
  const ca = flags.text(`${prefix}trusted-ca-file`);
  const wantsClients = flags.bool(`${prefix}client-cert-auth`, false);
  if (!certificate || !key) return undefined;
  if (wantsClients && !ca) throw new FatalError(etcdFatal(context, `client certificate authentication is enabled but no ${prefix}trusted-ca-file was given`));
  const pair = { certificate: readFlagFile(context, certificate), key: readFlagFile(context, key) };
  checkKeyPair(pair.certificate, pair.key);
  return { ...pair, clientCa: ca ? readFlagFile(context, ca) : undefined, requireClientCertificate: ca !== undefined };
}

function urls(flags: Flags, name: string, usual: string[], fatal: Fatal): URL[] {
  const texts = flags.has(name) ? flags.list(name) : usual;
  return texts.map((text) => {
    if (!/^https?:\/\//.test(text)) throw fatal(`error setting up initial cluster: URL scheme must be http, https, unix, or unixs: ${text}`);
    if (!URL.canParse(text)) throw fatal(`error setting up initial cluster: parse ${JSON.stringify(text)}: invalid URL`);
    const url = new URL(text);
    if (!url.port) throw fatal(`URL address does not have the form "host:port": ${text}`);
    return url;
  });
}

function required(tls: ServerTls | undefined, url: URL, fatal: Fatal): ServerTls {
  if (!tls) throw fatal(`cannot listen on TLS for ${host(url)}:${url.port}: KeyFile and CertFile are not presented`);
  return tls;
}

function host(url: URL): string {
  return url.hostname === 'localhost' ? '127.0.0.1' : url.hostname;
}
