/** kube-proxy: follows Services and EndpointSlices and programs the node's packet filter. */
import type { Random } from '../../../time/random.ts';
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import type { ApiTransport, Credential } from '../../apiserver/request.ts';
import type { EndpointSlice, Node, Service } from '../../api/types.ts';
import { createClient } from '../../client/client.ts';
import { createInformer, keyOf } from '../../client/informer.ts';
import { createRecorder } from '../../client/recorder.ts';
import { endpointSlices, nodes, services } from '../../client/resources.ts';
import type { Component, Informer } from '../../client/types.ts';
import type { PacketRules } from '../../network/network.ts';
import { type HttpResponse, type Listening, NetworkError, type NetworkStack } from '../../network/types.ts';
import { NodeRules } from './node-rules.ts';
import { type ServicePort, servicePorts } from './rules.ts';

const SYNC_MIN_MS = 1000; // kube-proxy: --iptables-min-sync-period
const USER_AGENT = 'kube-proxy/v1.36.2';
const BY_SERVICE = 'service';
const ZONE = 'topology.kubernetes.io/zone';

export interface KubeProxyOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential?: Credential;
  nodeName: string;
  network: NetworkStack;
  /** Installs rules in the node's kernel, where they stay. */
  setRules: (rules: PacketRules) => void;
  /** `0.0.0.0:10256` */
  healthz?: { address: string; port: number };
  /** `127.0.0.1:10249` */
  metrics?: { address: string; port: number };
  mode?: string;
}

export class KubeProxy implements Component {
  readonly name = 'kube-proxy';
  readonly #options: KubeProxyOptions;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #node: Informer<Node>;
  readonly #rules: NodeRules;
  readonly #changed = new Set<string>();
  readonly #healthPorts = new Map<string, { port: number; listening: Listening }>();
  readonly #listening: Listening[] = [];
  #timer: Timer | undefined;
  #lastSyncMs = -Infinity;
  #isInstalled = false;

  constructor(options: KubeProxyOptions) {
    this.#options = options;
    const { world, transport, credential, nodeName, random, mode } = options;
    const informerOptions = { world, transport, credential, userAgent: USER_AGENT };
    this.#services = createInformer(services, { ...informerOptions, labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name' });
    this.#slices = createInformer(endpointSlices, { ...informerOptions, labelSelector: '!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name' });
    this.#node = createInformer(nodes, { ...informerOptions, fieldSelector: `metadata.name=${nodeName}` });
    this.#rules = new NodeRules({ clock: world.clock, random, node: { name: nodeName }, mode });
    this.#slices.indexBy(BY_SERVICE, (slice) => [serviceOf(slice)]);
    this.#services.onChange((now, old) => this.#markChanged(keyOf((now ?? old)!)));
    this.#slices.onChange((now, old) => this.#markChanged(serviceOf((now ?? old)!)));
    this.#node.onChange((now) => this.#placed(now));
  }

  /** The rules as they stand, for iptables-save. */
  get rules(): NodeRules { return this.#rules; }

  /** Throws NetworkError if a port it listens on is taken. */
  start(): void {
    const { network, healthz, metrics, mode = 'iptables' } = this.#options;
    const pages: Record<string, () => string> = { '/proxyMode': () => mode, '/healthz': () => 'ok', '/metrics': () => this.#measured() };
    if (healthz) this.#listening.push(network.listen(healthz.address, healthz.port, { http: () => this.#health() }));
    if (metrics) this.#listening.push(network.listen(metrics.address, metrics.port, { http: ({ path }) => ({ status: pages[path] ? 200 : 404, body: pages[path]?.() ?? '' }) }));
    for (const informer of [this.#services, this.#slices, this.#node]) informer.start();
    this.#announce(mode);
  }

  #announce(mode: string): void {
    const { world, transport, credential, nodeName } = this.#options;
    const recorder = createRecorder({ world, client: createClient({ transport, credential, userAgent: USER_AGENT }), component: 'kube-proxy', host: nodeName });
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, uid: nodeName, creationTimestamp: '', resourceVersion: '' } };
    if (mode === 'ipvs') recorder.event(node, 'Warning', 'IPVSDeprecation', "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.");
    recorder.event(node, 'Normal', 'Starting', '');
  }

  /** Ends; what is in the kernel stays. */
  stop(): void {
    for (const informer of [this.#services, this.#slices, this.#node]) informer.stop();
    for (const listening of this.#listening.splice(0)) listening.close();
    for (const { listening } of this.#healthPorts.values()) listening.close();
    this.#healthPorts.clear();
    this.#timer?.cancel();
  }

  #markChanged(service: string): void {
    this.#changed.add(service);
    if (this.#timer) return;
    const waitMs = Math.max(0, this.#lastSyncMs + SYNC_MIN_MS - this.#options.world.clock.now());
    this.#timer = this.#options.world.clock.after(waitMs, 'sync proxy rules', () => {
      this.#timer = undefined;
      this.#sync();
    });
  }

  #sync(): void {
    if (!this.#services.hasSynced || !this.#slices.hasSynced) return; // the list that is missing marks its Services when it comes
    this.#lastSyncMs = this.#options.world.clock.now();
    for (const key of this.#changed) {
      const service = this.#services.get(key);
      const ports = service ? servicePorts(service, this.#slices.byIndex(BY_SERVICE, key)) : [];
      this.#rules.set(key, ports);
      this.#serveHealth(key, ports[0]);
    }
    this.#changed.clear();
    // The kernel keeps a predecessor's rules until the first full set is there.
    if (!this.#isInstalled) this.#options.setRules(this.#rules);
    this.#isInstalled = true;
  }

  #placed(node: Node | undefined): void {
    const zone = node?.metadata.labels?.[ZONE];
    if (zone !== this.#rules.node.zone) this.#rules.moveTo({ name: this.#options.nodeName, zone });
  }

  #health(): HttpResponse {
    const lastUpdated = new Date(Math.max(0, this.#lastSyncMs)).toISOString();
    return { status: this.#isInstalled ? 200 : 503, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ lastUpdated, currentTime: new Date(this.#options.world.clock.now()).toISOString(), nodeEligible: true }) };
  }

  #measured(): string {
    const gauges = { sync_proxy_rules_last_timestamp_seconds: this.#lastSyncMs / 1000, sync_proxy_rules_service_changes_pending: this.#changed.size };
    return Object.entries(gauges).map(([name, value]) => `# TYPE kubeproxy_${name} gauge\nkubeproxy_${name} ${value}\n`).join('');
  }

  /** For externalTrafficPolicy Local: load balancers ask here whether the node has endpoints. */
  #serveHealth(service: string, rule: ServicePort | undefined): void {
    const open = this.#healthPorts.get(service);
    const port = rule?.healthCheckNodePort;
    if (open?.port === port) return;
    open?.listening.close();
    this.#healthPorts.delete(service);
    if (port === undefined) return;
    try {
      const listening = this.#options.network.listen('0.0.0.0', port, { http: () => this.#localEndpoints(service) });
      this.#healthPorts.set(service, { port, listening });
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error; // a taken port: kube-proxy goes on without it
    }
  }

  #localEndpoints(service: string): HttpResponse {
    const [namespace, name] = service.split('/');
    const rule = this.#rules.of(service)[0];
    const localEndpoints = rule ? this.#rules.usable(rule).local.filter(({ isReady }) => isReady).length : 0;
    return { status: localEndpoints > 0 ? 200 : 503, body: JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true }) };
  }
}

function serviceOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}
