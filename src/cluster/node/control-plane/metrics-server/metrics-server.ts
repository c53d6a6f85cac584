/** metrics-server: scrapes the kubelets each 15 s, and serves metrics.k8s.io behind the API server's aggregation layer. */
import type { Timer } from '../../../../time/clock.ts';
import { formatGoDuration, timestamp } from '../../../api/duration.ts';
import { groupVersion, type Kind } from '../../../api/kind.ts';
import { matches, parseSelector } from '../../../api/labels.ts';
import { addQuantities, milliValue } from '../../../api/quantity.ts';
import type { KubeObject, Node, Pod } from '../../../api/types.ts';
import { badRequest, forbidden, methodNotAllowed, notFound, refusal, resourceNotFound, StatusError } from '../../../apiserver/errors.ts';
import type { ApiRequest, ApiResponse, ApiServerFace } from '../../../apiserver/request.ts';
import { requestInfo, type RequestInfo } from '../../../apiserver/request-info.ts';
import { tableOf } from '../../../apiserver/table.ts';
import { discover } from '../../../apiserver/discovery.ts';
import { inCluster } from '../../../client/in-cluster.ts';
import { createInformer } from '../../../client/informer.ts';
import { nodes, pods } from '../../../client/resources.ts';
import type { Informer } from '../../../client/types.ts';
import { NetworkError } from '../../../network/types.ts';
import type { Behaviour, ProcessContext } from '../../process.ts';
import { FatalError, klogTime, program, type Running } from '../program.ts';
import type { Flags } from '../flags.ts';
import { pointsOf, UsageStore, type Point, type UsageOfTime } from './usage-store.ts';

const MEMORY_BYTES = 25 * 1024 * 1024;
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

interface Metrics extends KubeObject { timestamp: string; window: string; usage?: UsageOfTime['usage']; containers?: { name: string; usage: UsageOfTime['usage'] }[] }

const kind = (name: string, plural: string, namespaced: boolean): Kind => ({
  group: 'metrics.k8s.io', version: 'v1beta1', kind: name, plural, singular: '', shortNames: [], namespaced, verbs: ['get', 'list'],
  columns: [
    { name: 'Name', format: 'name', cell: ({ metadata }) => metadata.name }, { name: 'cpu', cell: (object) => total(object as Metrics, 'cpu') },
    { name: 'memory', cell: (object) => total(object as Metrics, 'memory') }, { name: 'Window', cell: (object) => (object as Metrics).window },
  ],
});
const KINDS = { nodes: kind('NodeMetrics', 'nodes', false), pods: kind('PodMetrics', 'pods', true) } as const;

/** The program `/metrics-server`. */
export const metricsServerProgram: Behaviour = program('metrics-server', (flags, context) => {
  const options = inCluster(context, 'metrics-server');
  if (typeof options === 'string') throw new FatalError(`F${klogTime(context.world.clock.now())}       1 main.go:40] ${options}`, 255);
  const server = new MetricsServer(flags, context, createInformer(nodes, options), createInformer(pods, options));
  server.start();
  context.useMemory(MEMORY_BYTES);
  return server;
});

class MetricsServer implements Running {
  readonly #flags: Flags;
  readonly #context: ProcessContext;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #store = new UsageStore();
  #timer: Timer | undefined;
  #listening: { close(): void } | undefined;

  constructor(flags: Flags, context: ProcessContext, nodeInformer: Informer<Node>, podInformer: Informer<Pod>) {
    this.#flags = flags;
    this.#context = context;
    this.#nodes = nodeInformer;
    this.#pods = podInformer;
  }

  /** Throws NetworkError when its port is taken. */
  start(): void {
    const refuse = () => refusal(methodNotAllowed());
    const api: ApiServerFace = { handle: (request) => this.#answer(request), watch: refuse, connect: refuse };
    this.#listening = this.#context.network.listen('0.0.0.0', this.#flags.int('secure-port', 10250), { api, http: ({ path }) => this.#health(path) }, { certificate: 'self-signed', key: 'self-signed' });
    this.#nodes.start();
    this.#pods.start();
    this.#later(0);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#listening?.close();
    this.#nodes.stop();
    this.#pods.stop();
  }

  get #resolutionMs(): number { return this.#flags.ms('metric-resolution', 60_000); }

  #later(delayMs: number): void {
    this.#timer = this.#context.world.clock.after(delayMs, 'metrics-server scrape', () => {
      this.#scrapeAll();
      this.#later(this.#resolutionMs);
    });
  }

  #health(path: string): { status: number; body: string } {
    if (path === '/livez' || path === '/healthz') return { status: 200, body: 'ok' };
    if (path !== '/readyz') return { status: 403, body: 'Forbidden\n' };
    return this.#store.isEmpty ? { status: 500, body: '[-]metric-storage-ready failed: reason withheld\nreadyz check failed\n' } : { status: 200, body: 'ok' };
  }

  #scrapeAll(): void {
    const points = new Map<string, Point>();
    for (const node of this.#nodes.list()) for (const [key, point] of this.#scrape(node)) points.set(key, point);
    this.#store.add(points, this.#resolutionMs);
  }

  /** What a node's kubelet tells; nothing, and a line in the log, when it does not. */
  #scrape({ metadata: { name }, status }: Node): ReadonlyMap<string, Point> {
    const { network, files } = this.#context;
    const address = status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
    const read = (file: string) => (files.exists(`${ACCOUNT}/${file}`) ? files.read(`${ACCOUNT}/${file}`) : '');
    const tls = this.#flags.bool('kubelet-insecure-tls', false) ? { insecureSkipVerify: true } : { ca: read('ca.crt') };
    try {
      const answer = network.fetch(`https://${address}:10250/metrics/resource`, { headers: { authorization: `Bearer ${read('token').trim()}` } }, tls);
      if (answer.status === 200) return pointsOf(name, answer.body);
      this.#failed(name, `request failed, status: "${answer.status} ${answer.body.trim().split(' ')[0]}"`);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      this.#failed(name, `Get \\"https://${address}:10250/metrics/resource\\": ${error.message}`);
    }
    return new Map();
  }

  #failed(node: string, why: string): void {
    this.#context.write(`E${klogTime(this.#context.world.clock.now())}       1 scraper.go:149] "Failed to scrape node" err="${why}" node="${node}"\n`, 'stderr');
  }

  /** An answer to the API server, which has asked who the client is and what it may. */
  #answer(request: ApiRequest): ApiResponse {
    const info = requestInfo(request);
    try {
      if (!request.remoteUser) throw forbidden({ group: info.group, plural: info.resource, kind: '' }, info.name, `User "system:anonymous" cannot ${info.verb} resource "${info.resource}" in API group "${info.group}" at the cluster scope`);
      if (!info.isResource) return { code: 200, body: discover(info.path, { kinds: Object.values(KINDS), virtual: [] }) ?? { kind: 'Status', status: 'Failure', code: 404 } };
      return this.#metrics(request, info);
    } catch (error) {
      if (error instanceof StatusError) return refusal(error);
      throw error;
    }
  }

  #metrics(request: ApiRequest, info: RequestInfo): ApiResponse {
    const found = info.resource === 'nodes' ? KINDS.nodes : info.resource === 'pods' ? KINDS.pods : undefined;
    if (!found || info.subresource) throw resourceNotFound();
    if (info.verb !== 'get' && info.verb !== 'list') throw methodNotAllowed();
    const all = found === KINDS.nodes ? this.#ofNodes() : this.#ofPods(info.namespace);
    const wantsTable = request.accept?.includes('as=Table');
    const table = (objects: readonly KubeObject[]) => tableOf(found, objects, {}, { nowMs: this.#context.world.clock.now(), include: 'Metadata' });
    if (info.verb === 'get') {
      const one = all.find(({ metadata }) => metadata.name === info.name);
      if (!one) throw notFound({ group: found.group, plural: found.kind.toLowerCase(), kind: found.kind }, found.namespaced ? `${info.namespace}/${info.name}` : info.name);
      return { code: 200, body: wantsTable ? table([one]) : one };
    }
    const items = all.filter(selection(info.query));
    return { code: 200, body: wantsTable ? table(items) : { kind: `${found.kind}List`, apiVersion: groupVersion(found), metadata: {}, items } };
  }

  #ofNodes(): Metrics[] {
    return this.#nodes.list().flatMap((node) => {
      const known = this.#store.usage(node.metadata.name);
      return known ? [{ ...this.#header(KINDS.nodes, node, known), usage: known.usage }] : [];
    });
  }

  /** Of Pods that run, once all their containers are known. */
  #ofPods(namespace: string): Metrics[] {
    const wanted = this.#pods.list().filter(({ metadata, status }) => (!namespace || metadata.namespace === namespace) && status.phase === 'Running');
    return wanted.flatMap((pod) => {
      const { name, namespace: own } = pod.metadata;
      const known = pod.spec.containers.map((container) => ({ name: container.name, of: this.#store.usage(`${own}/${name}/${container.name}`) }));
      const [first] = known;
      if (!first?.of || known.some(({ of }) => !of)) return [];
      const sidecars = (pod.spec.initContainers ?? []).flatMap((container) => ({ name: container.name, of: this.#store.usage(`${own}/${name}/${container.name}`) }));
      const containers = [...known, ...sidecars].flatMap(({ name: container, of }) => (of ? [{ name: container, usage: of.usage }] : []));
      return [{ ...this.#header(KINDS.pods, pod, first.of), containers }];
    });
  }

  #header(of: Kind, { metadata: { name, namespace, labels } }: KubeObject, { atMs, windowMs }: UsageOfTime): Metrics {
    const metadata = { name, ...(namespace ? { namespace } : {}), creationTimestamp: timestamp(this.#context.world.clock.now()), ...(labels ? { labels } : {}) };
    return { kind: of.kind, apiVersion: groupVersion(of), metadata: metadata as Metrics['metadata'], timestamp: timestamp(atMs), window: formatGoDuration(windowMs) }; // metrics have neither UID nor version
  }
}

function selection(query: URLSearchParams): (object: KubeObject) => boolean {
  const selector = parseSelector(query.get('labelSelector') ?? '');
  const fields = (query.get('fieldSelector') ?? '').split(',').filter(Boolean).map((term) => /^(metadata\.(?:name|namespace))(=|==|!=)(.*)$/.exec(term) ?? fail(term));
  return ({ metadata }) => matches(selector, metadata.labels) && fields.every(([, field, operator, value]) => ((field === 'metadata.name' ? metadata.name : metadata.namespace) === value) === (operator !== '!='));
}

function fail(term: string): never {
  throw badRequest(`field label not supported: ${term.split(/[!=]/)[0]}`);
}

function total({ usage, containers = [] }: Metrics, what: 'cpu' | 'memory'): string {
  if (usage) return shown(usage[what], what);
  const values = containers.map((container) => container.usage[what]);
  return shown(values.length === 0 ? '0' : values.reduce(addQuantities), what);
}

function shown(quantity: string, what: 'cpu' | 'memory'): string {
  return what === 'cpu' ? `${milliValue(quantity)}m` : quantity;
}
