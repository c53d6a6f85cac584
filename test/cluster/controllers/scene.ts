/** A control plane for tests of controllers: a real API server, the controllers asked for, and nodes that pretend to run Pods. */
import { allKinds } from '../../../src/cluster/api/kinds/index.ts';
import { timestamp } from '../../../src/cluster/api/duration.ts';
import type { Draft, KubeObject, Node, Pod } from '../../../src/cluster/api/types.ts';
import { ApiServer } from '../../../src/cluster/apiserver/api-server.ts';
import type { ApiRequest, ApiResponse, ApiTransport } from '../../../src/cluster/apiserver/request.ts';
import { OPEN_SECURITY, type Security } from '../../../src/cluster/apiserver/security.ts';
import { createClient } from '../../../src/cluster/client/client.ts';
import { createInformer } from '../../../src/cluster/client/informer.ts';
import { events, leases, namespaces, nodes, pods } from '../../../src/cluster/client/resources.ts';
import type { ApiClient, Informer, ResourceRef } from '../../../src/cluster/client/types.ts';
import { ControllerManager, type ControllerManagerOptions } from '../../../src/cluster/controllers/controller-manager.ts';
import { EtcdStore } from '../../../src/cluster/etcd/store.ts';
import { NetworkError } from '../../../src/cluster/network/types.ts';
import { Simulation } from '../../../src/time/simulation.ts';

const START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);

/** What a pretended Pod does once it is bound: becomes ready, only runs, ends, or never starts. */
export type Fate = 'ready' | 'running' | 'pending' | 'Succeeded' | 'Failed';

/** A node with what matters to the scene. */
export interface GivenNode { metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string> }; spec?: Node['spec']; status?: Node['status'] }

export interface SceneOptions {
  /** Names as in `--controllers`. */
  controllers: readonly string[];
  nodes?: readonly (string | GivenNode)[];
  manager?: Partial<ControllerManagerOptions>;
  security?: Partial<Security>;
}

export class Scene {
  readonly world = new Simulation({ seed: 1, startMs: START_MS });
  readonly client: ApiClient;
  readonly server: ApiServer;
  readonly transport: ApiTransport;
  readonly manager: ControllerManager;
  readonly #podInformer: Informer<Pod>;
  /** Nodes whose kubelet is silent. */
  readonly silent = new Set<string>();
  /** Whether Pods without a node are given one. */
  schedules = true;
  fate: (pod: Pod) => Fate = () => 'ready';
  /** How long a Pod takes to start and to stop. */
  startMs = 1000;
  stopMs = 1000;
  isApiDown = false;
  requests = 0;
  /** Told of each write of a controller that is about to be carried out. */
  beforeWrite: ((request: ApiRequest) => void) | undefined;
  /** Told of each write of a controller that was carried out; what it throws is heard in the answer's place. */
  afterWrite: (() => void) | undefined;
  /** A group version whose discovery fails, as that of an aggregated API without a server. */
  breakGroup: string | undefined;
  #turn = 0;
  #address = 1;
  readonly #busy = new Set<string>();

  constructor(options: SceneOptions) {
    const { world } = this;
    const etcd = new EtcdStore({ clock: world.clock });
    this.server = new ApiServer({
      world, random: world.random.fork('api'), etcd, kinds: allKinds, security: () => ({ ...OPEN_SECURITY, ...options.security }),
      dialKubelet: () => { throw new NetworkError('refused', 'no kubelet'); },
    });
    this.server.start();
    const direct: ApiTransport = { server: 'https://10.0.0.1:6443', handle: (r) => this.server.handle(r), watch: (r, s) => this.server.watch(r, s), connect: (r, s) => this.server.connect(r, s) };
    this.transport = this.#guarded(direct);
    this.client = createClient({ transport: direct, userAgent: 'test' });
    for (const name of ['default', 'kube-system', 'kube-node-lease']) this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} });
    for (const node of options.nodes ?? ['worker-1', 'worker-2', 'worker-3']) this.addNode(node);
    this.#podInformer = createInformer(pods, { world, transport: direct });
    this.#podInformer.onChange((now) => { if (now) this.#live(now); });
    this.#podInformer.start();
    this.manager = this.createManager(options);
    this.manager.start();
  }

  createManager(options: SceneOptions): ControllerManager {
    const { world } = this;
    return new ControllerManager({
      world, random: world.random.fork('kcm'), transport: this.transport, credential: {}, hostname: 'control-plane',
      controllers: options.controllers, leaderElect: false, ...options.manager,
    });
  }

  /** A node whose kubelet renews its lease until the node is in `silent`. */
  addNode(given: string | GivenNode): void {
    const part: GivenNode = typeof given === 'string' ? { metadata: { name: given } } : given;
    const { name } = part.metadata;
    const now = timestamp(this.world.clock.now());
    const ready = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status', lastHeartbeatTime: now, lastTransitionTime: now };
    this.client.create(nodes, {
      apiVersion: 'v1', kind: 'Node', metadata: { ...part.metadata, name, labels: { 'kubernetes.io/hostname': name, ...part.metadata.labels } }, spec: part.spec ?? {},
      status: part.status ?? { conditions: [ready], addresses: [{ type: 'InternalIP', address: `10.0.0.${this.#address++}` }] },
    } as Draft<Node>);
    this.client.create(leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: 'kube-node-lease' }, spec: { holderIdentity: name, renewTime: this.#micro() } });
    this.#beat(name);
  }

  #beat(name: string): void {
    this.world.clock.after(10_000, `heartbeat ${name}`, () => {
      if (!this.isApiDown && !this.silent.has(name) && this.client.get(nodes, name)) {
        this.client.patch(leases, name, 'kube-node-lease', { spec: { renewTime: this.#micro() } });
        if (this.node(name).status.conditions?.some((c) => c.type === 'Ready' && c.status === 'Unknown')) this.report(name, 'True');
      }
      this.#beat(name);
    });
  }

  /** The node's kubelet posts its Ready condition. */
  report(name: string, status: 'True' | 'False'): void {
    const now = timestamp(this.world.clock.now());
    const others = (this.node(name).status.conditions ?? []).filter((c) => c.type !== 'Ready').map((c) => ({ ...c, status: 'False' }));
    this.client.patch(nodes, name, undefined, { status: { conditions: [...others, { type: 'Ready', status, reason: status === 'True' ? 'KubeletReady' : 'KubeletNotReady', message: '', lastHeartbeatTime: now, lastTransitionTime: now }] } }, { subresource: 'status' });
  }

  #micro(): string { return new Date(this.world.clock.now()).toISOString().replace('Z', '000Z'); }

  #live(pod: Pod): void {
    const { uid, name, namespace, deletionTimestamp } = pod.metadata;
    if (!pod.spec.nodeName) {
      if (this.schedules && !deletionTimestamp) this.#once(`bind ${uid}`, 0, () => this.#bind(pod));
      return;
    }
    if (this.silent.has(pod.spec.nodeName)) return;
    if (deletionTimestamp) return this.#once(`stop ${uid}`, this.stopMs, () => this.client.delete(pods, name, namespace, { gracePeriodSeconds: 0 }));
    if ((pod.status.phase ?? 'Pending') === 'Pending' && this.fate(pod) !== 'pending') this.#once(`start ${uid}`, this.startMs, () => this.setPod(pod, this.fate(pod)));
  }

  #once(what: string, delayMs: number, act: () => void): void {
    if (this.#busy.has(what)) return;
    this.#busy.add(what);
    this.world.clock.after(delayMs, what, () => {
      this.#busy.delete(what);
      try { act(); } catch { /* the Pod is gone */ }
    });
  }

  #bind(pod: Pod): void {
    const wanted = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
    const free = this.client.list(nodes).filter((node) => !node.spec.unschedulable && !node.spec.taints?.length).map((node) => node.metadata.name).sort();
    const target = wanted ?? free[this.#turn++ % Math.max(1, free.length)];
    if (!target) return;
    const { name, namespace } = pod.metadata;
    this.client.createSubresource(pods, name, namespace, 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace }, target: { apiVersion: 'v1', kind: 'Node', name: target } });
  }

  /** Writes the status that a kubelet would. */
  setPod(pod: Pod, fate: Fate): void {
    const now = timestamp(this.world.clock.now());
    const isOver = fate === 'Succeeded' || fate === 'Failed';
    const current = this.client.get(pods, pod.metadata.name, pod.metadata.namespace);
    const podIP = current?.status.podIP ?? `10.244.0.${this.#address++}`;
    const phase = isOver ? fate : fate === 'pending' ? 'Pending' : 'Running';
    const ready = { type: 'Ready', status: fate === 'ready' ? 'True' : 'False', lastTransitionTime: now };
    const others = (current?.status.conditions ?? []).filter((c) => c.type !== 'Ready');
    const terminated = { terminated: { exitCode: fate === 'Failed' ? 1 : 0, finishedAt: now, startedAt: now, reason: fate === 'Failed' ? 'Error' : 'Completed' } };
    const containerStatuses = pod.spec.containers.map((c) => ({ name: c.name, image: c.image ?? '', imageID: '', ready: fate === 'ready', restartCount: 0, state: isOver ? terminated : { running: { startedAt: now } } }));
    this.client.patch(pods, pod.metadata.name, pod.metadata.namespace, { status: { phase, podIP, startTime: now, conditions: [...others, ready], ...(fate === 'pending' ? {} : { containerStatuses }) } }, { subresource: 'status' });
  }

  create<T extends KubeObject>(resource: ResourceRef<T>, object: unknown): T {
    return this.client.create(resource, object as Draft<T>); // scenes write only what matters
  }

  get<T extends KubeObject>(resource: ResourceRef<T>, name: string, namespace = 'default'): T {
    const found = this.client.get(resource, name, resource.namespaced ? namespace : undefined);
    if (!found) throw new Error(`no ${resource.plural} ${name}`);
    return found;
  }

  has(resource: ResourceRef<KubeObject>, name: string, namespace = 'default'): boolean {
    return this.client.get(resource, name, resource.namespaced ? namespace : undefined) !== undefined;
  }

  node(name: string): Node { return this.get(nodes, name); }
  pods(labelSelector?: string): Pod[] { return this.client.list(pods, { namespace: 'default', labelSelector }); }
  names(resource: ResourceRef<KubeObject>, labelSelector?: string): string[] { return this.client.list(resource, { namespace: resource.namespaced ? 'default' : undefined, labelSelector }).map((o) => o.metadata.name).sort(); }
  wait(seconds: number): Promise<void> { return this.world.advance(seconds * 1000); }

  /** `reason: message` of the events about an object. */
  eventsOf(name: string): string[] {
    return this.client.list(events).filter((event) => event.involvedObject.name === name).map(({ reason, message }) => `${reason}: ${message}`);
  }

  #told(request: ApiRequest, handle: () => ApiResponse): ApiResponse {
    if (request.method !== 'GET') this.beforeWrite?.(request);
    const response = handle();
    if (request.method !== 'GET' && response.code < 400) this.afterWrite?.();
    return response;
  }

  #guarded(direct: ApiTransport): ApiTransport {
    const guard = <R>(use: () => R): R => {
      this.requests++;
      if (this.isApiDown) throw new NetworkError('refused', 'dial tcp 10.0.0.1:6443: connect: connection refused');
      return use();
    };
    return { server: direct.server, handle: (r) => guard(() => (this.breakGroup && r.path === `/apis/${this.breakGroup}` ? { code: 503, body: 'service unavailable' } : this.#told(r, () => direct.handle(r)))), watch: (r, s) => guard(() => direct.watch(r, s)), connect: (r, s) => guard(() => direct.connect(r, s)) };
  }
}

/** A Pod template with one container. */
export function template(labels: Record<string, string>, image = 'nginx:1.27', spec: object = {}): object {
  return { metadata: { labels }, spec: { containers: [{ name: 'main', image }], ...spec } };
}

export function deployment(name: string, spec: object = {}, image = 'nginx:1.27'): object {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' }, spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: template({ app: name }, image), ...spec } };
}

export function replicaSet(name: string, spec: object = {}): object {
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, namespace: 'default', labels: { app: name } }, spec: { replicas: 3, selector: { matchLabels: { app: name } }, template: template({ app: name }), ...spec } };
}
