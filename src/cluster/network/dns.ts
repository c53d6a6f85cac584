/** CoreDNS: answers for Services and Pods from what the API server says; runs as an ordinary Pod. */
import type { Timer } from '../../time/clock.ts';
import { createInformer } from '../client/informer.ts';
import { endpointSlices, services } from '../client/resources.ts';
import { inCluster } from '../client/in-cluster.ts';
import { FileError } from '../node/file-system.ts';
import type { Behaviour, Process, ProcessContext } from '../node/process.ts';
import { type ClusterObjects, clusterRecords, reverseRecords, SERVICE_INDEX, sliceService } from './cluster-records.ts';
import { type Corefile, CorefileError, parseCorefile } from './corefile.ts';
import { SERVER_FAILURE } from './resolver.ts';
import { type DnsRecord, type Listening, NetworkError, type Peer, type RecordType } from './types.ts';

const RELOAD_MS = 30_000; // plugin/reload: default interval
const ALIASES_MAX = 8; // CNAME chains longer than this are loops

/** The program `coredns`. */
export const dnsProgram: Behaviour = (context) => {
  const server = new CoreDns(context);
  try {
    server.start();
  } catch (error) {
    if (!(error instanceof CorefileError) && !(error instanceof NetworkError)) throw error;
    context.write(`${error.message}\n`, 'stderr');
    context.world.soon('coredns exits', () => context.exit(1));
  }
  return server;
};

class CoreDns implements Process {
  readonly #context: ProcessContext;
  readonly #open: Listening[] = [];
  #text = '';
  #corefile: Corefile | undefined;
  #objects: ClusterObjects | undefined;
  #timer: Timer | undefined;
  #isForwarding = false;

  constructor(context: ProcessContext) {
    this.#context = context;
  }

  /** Throws CorefileError or NetworkError. */
  start(): void {
    const { context, path } = { context: this.#context, path: this.#path() };
    this.#text = readCorefile(context, path);
    this.#use(parseCorefile(this.#text, path));
    context.write(`.:${this.#corefile?.port}\nCoreDNS-1.14.2\nlinux/amd64, go1.26.1\n`);
    context.useMemory(20 * 1024 * 1024);
    context.useCpu(2);
    this.#reloadLater();
  }

  terminate(): void {
    const { world, exit } = this.#context;
    world.clock.after(this.#corefile?.lameduckMs ?? 0, 'coredns lameduck', () => exit(0));
  }

  cleanUp(): void {
    this.#timer?.cancel();
    this.#close();
  }

  #path(): string {
    const { argv } = this.#context;
    const at = argv.findIndex((arg) => arg === '-conf' || arg === '--conf');
    return (at < 0 ? undefined : argv[at + 1]) ?? argv.find((arg) => /^--?conf=/.test(arg))?.replace(/^--?conf=/, '') ?? '/Corefile';
  }

  #use(corefile: Corefile): void {
    const { network } = this.#context;
    const objects = corefile.kubernetes ? clusterObjects(this.#context) : undefined;
    this.#close();
    this.#corefile = corefile;
    this.#objects = objects;
    const serve = (port: number | undefined, http: () => { status: number; body: string }) => { if (port) this.#open.push(network.listen('0.0.0.0', port, { http })); };
    this.#open.push(network.listen('0.0.0.0', corefile.port, { dns: (name, type, peer) => this.#logged(name, type, peer) }));
    serve(corefile.healthPort, () => ({ status: 200, body: 'OK' }));
    serve(corefile.readyPort, () => (this.#isReady ? { status: 200, body: 'OK' } : { status: 503, body: 'kubernetes' }));
    serve(corefile.metricsPort, () => ({ status: 200, body: 'coredns_build_info{version="1.14.2"} 1\n' }));
    objects?.services.start();
    objects?.slices.start();
  }

  #close(): void {
    for (const listening of this.#open.splice(0)) listening.close();
    this.#objects?.services.stop();
    this.#objects?.slices.stop();
  }

  get #isReady(): boolean {
    return this.#objects === undefined || (this.#objects.services.hasSynced && this.#objects.slices.hasSynced);
  }

  /** Takes a changed Corefile over; a broken one is reported and the old one stays. */
  #reloadLater(): void {
    const { world } = this.#context;
    if (!this.#corefile?.reloads) return;
    this.#timer = world.clock.after(RELOAD_MS, 'coredns reload', () => {
      this.#reload();
      this.#reloadLater();
    });
  }

  #reload(): void {
    const context = this.#context;
    try {
      const text = readCorefile(context, this.#path());
      if (text === this.#text) return;
      this.#text = text;
      context.write('[INFO] Reloading\n');
      this.#use(parseCorefile(text, this.#path()));
      context.write('[INFO] Reloading complete\n');
    } catch (error) {
      if (!(error instanceof CorefileError) && !(error instanceof NetworkError)) throw error;
      context.write(`[ERROR] Restart failed: ${error.message}\n[ERROR] plugin/reload: Corefile changed but reload failed: ${error.message}\n`);
    }
  }

  #logged(name: string, type: RecordType, peer: Peer | undefined): DnsRecord[] {
    const { random, write } = this.#context;
    const log = (code: string) => { if (this.#corefile?.logsQueries) write(`[INFO] ${peer?.address ?? '-'} - "${type} IN ${name}. udp" ${code}\n`); };
    try {
      const found = [...this.#answer(name.toLowerCase().replace(/\.$/, ''), type, 0)];
      log(found.length > 0 ? 'NOERROR' : 'NXDOMAIN');
      const first = found.findIndex((record) => record.type === 'A');
      if (found.length - first > 1 && first >= 0) found.splice(first, 0, ...found.splice(first + random.int(found.length - first))); // plugin/loadbalance: round robin
      return found;
    } catch (error) {
      if (error instanceof NetworkError) log('SERVFAIL');
      throw error;
    }
  }

  #answer(asked: string, type: RecordType, depth: number): readonly DnsRecord[] {
    const { kubernetes, hosts, rewrites = [] } = this.#corefile ?? {};
    if (depth > ALIASES_MAX) throw serverFailure();
    const name = rewritten(asked, rewrites);
    const known = hosts?.names.get(name);
    if (known && type === 'A') return [{ name, type, data: known }];
    if (hosts && !hosts.fallthrough) return [];
    const zone = kubernetes?.zones.find((z) => name.endsWith(`.${z}`));
    if (kubernetes && this.#objects && type === 'PTR') return reverseRecords(name, kubernetes.zones[0]!, this.#objects);
    if (!zone || !kubernetes || !this.#objects) return this.#forward(name, type);
    if (!this.#isReady) throw serverFailure();
    const found = clusterRecords({ name, zone, type }, this.#objects, kubernetes.pods);
    const alias = found.find((record) => record.type === 'CNAME');
    return alias && type !== 'CNAME' ? [...found, ...this.#answer(alias.data.replace(/\.$/, ''), type, depth + 1)] : found;
  }

  #forward(name: string, type: RecordType): readonly DnsRecord[] {
    const forward = this.#corefile?.forwards.find(({ zone }) => zone === '' || name === zone || name.endsWith(`.${zone}`));
    if (!forward) throw serverFailure(); // REFUSED: no plugin knows the name
    if (this.#isForwarding) return this.#looped();
    this.#isForwarding = true;
    try {
      return this.#askUpstream(name, type, forward.to);
    } finally {
      this.#isForwarding = false;
    }
  }

  /** The name server of CoreDNS leads back to CoreDNS (plugin/loop). */
  #looped(): never {
    const { world, write, exit } = this.#context;
    if (this.#corefile?.detectsLoops) {
      write('[FATAL] plugin/loop: Loop (127.0.0.1:53 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting.\n');
      world.soon('coredns exits', () => exit(1));
    }
    throw serverFailure();
  }

  #askUpstream(name: string, type: RecordType, upstreams: readonly string[]): readonly DnsRecord[] {
    const { network } = this.#context;
    for (const upstream of upstreams) {
      try {
        if (upstream.startsWith('/')) return network.resolve(`${name}.`).map((data) => ({ name, type: 'A', data }));
        const connection = network.connect(upstream.replace(/:\d+$/, ''), Number(/:(\d+)$/.exec(upstream)?.[1] ?? 53));
        if (connection.service.dns) return connection.service.dns(name, type, connection.peer);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        this.#context.write(`[ERROR] plugin/errors: 2 ${name}. A: ${error.message}\n`);
      }
    }
    throw serverFailure();
  }
}

function clusterObjects(context: ProcessContext): ClusterObjects {
  const options = inCluster(context, 'coredns/1.14.2');
  if (typeof options === 'string') throw new CorefileError(`plugin/kubernetes: ${options}`);
  const slices = createInformer(endpointSlices, options);
  slices.indexBy(SERVICE_INDEX, (slice) => [sliceService(slice)]);
  return { services: createInformer(services, options), slices };
}

function readCorefile({ files }: ProcessContext, path: string): string {
  try {
    return files.read(path);
  } catch (error) {
    if (error instanceof FileError) throw new CorefileError(`loading Caddyfile via flag: open ${path}: no such file or directory`);
    throw error;
  }
}

/** A name as the plugin `rewrite` passes it on: the first rule that fits ends the search, unless it says `continue`. */
export function rewritten(asked: string, rules: Corefile['rewrites']): string {
  let name = asked;
  for (const rule of rules) {
    const found = rewrite(name, rule);
    if (found !== undefined) name = found;
    if (found !== undefined && !rule.continues) break;
  }
  return name;
}

/** A name as a rule makes it; undefined where it does not fit. */
function rewrite(name: string, { kind, from, to }: Corefile['rewrites'][number]): string | undefined {
  if (kind === 'exact') return name === from ? to : undefined;
  if (kind === 'prefix') return name.startsWith(from) ? to + name.slice(from.length) : undefined;
  if (kind === 'regex') {
    const groups = new RegExp(from).exec(`${name}.`);
    return groups ? to.replace(/\{(\d+)\}/g, (_, group: string) => groups[Number(group)] ?? '').replace(/\.$/, '') : undefined;
  }
  if (kind === 'suffix') return name.endsWith(from) ? name.slice(0, -from.length) + to : undefined;
  return name.includes(from) ? name.replaceAll(from, to) : undefined;
}

function serverFailure(): NetworkError {
  return new NetworkError('timeout', SERVER_FAILURE);
}
