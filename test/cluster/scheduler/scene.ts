/** A control plane for tests of the scheduler: a real API server, the scheduler, nodes and Pods as manifests. */
import { allKinds } from '../../../src/cluster/api/kinds/index.ts';
import type { Event, KubeObject, Node, Pod, PodSpec } from '../../../src/cluster/api/types.ts';
import { ApiServer } from '../../../src/cluster/apiserver/api-server.ts';
import type { ApiTransport } from '../../../src/cluster/apiserver/request.ts';
import { OPEN_SECURITY } from '../../../src/cluster/apiserver/security.ts';
import { createClient } from '../../../src/cluster/client/client.ts';
import { events, namespaces, nodes, pods } from '../../../src/cluster/client/resources.ts';
import type { ApiClient, ResourceRef } from '../../../src/cluster/client/types.ts';
import { EtcdStore } from '../../../src/cluster/etcd/store.ts';
import { NetworkError } from '../../../src/cluster/network/types.ts';
import { AttemptLog } from '../../../src/cluster/scheduler/attempt.ts';
import { Scheduler, type SchedulerOptions } from '../../../src/cluster/scheduler/scheduler.ts';
import { Simulation } from '../../../src/time/simulation.ts';

export class Scene {
  readonly world = new Simulation({ seed: 1, startMs: Date.UTC(2026, 0, 5, 9) });
  readonly client: ApiClient;
  readonly transport: ApiTransport;
  readonly scheduler: Scheduler;
  readonly attempts = new AttemptLog();
  /** While set, the scheduler's requests fail. */
  isApiDown = false;

  constructor(options: Partial<SchedulerOptions> = {}) {
    const { world } = this;
    const etcd = new EtcdStore({ clock: world.clock });
    const server = new ApiServer({ world, random: world.random.fork('api'), etcd, kinds: allKinds, security: () => OPEN_SECURITY, dialKubelet: () => { throw new NetworkError('refused', 'no kubelet'); } });
    server.start();
    this.transport = { server: 'https://10.0.0.1:6443', handle: (r) => server.handle(r), watch: (r, s) => server.watch(r, s), connect: (r, s) => server.connect(r, s) };
    this.client = createClient({ transport: this.transport, userAgent: 'test' });
    for (const name of ['default', 'kube-system']) this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} });
    this.scheduler = this.createScheduler(options);
  }

  createScheduler(options: Partial<SchedulerOptions> = {}): Scheduler {
    const guarded: ApiTransport = {
      ...this.transport,
      handle: (request) => {
        if (this.isApiDown) throw new NetworkError('refused', 'connection refused');
        return this.transport.handle(request);
      },
    };
    const scheduler = new Scheduler({ world: this.world, random: this.world.random.fork('scheduler'), transport: guarded, credential: {}, hostname: 'cp', leaderElect: false, attempts: this.attempts, ...options });
    scheduler.start();
    return scheduler;
  }

  /** A node with 4 CPUs, 8Gi and room for 110 Pods, unless given otherwise. */
  node(name: string, part: { allocatable?: Record<string, string>; labels?: Record<string, string>; spec?: Node['spec'] } = {}): void {
    const allocatable = { cpu: '4', memory: '8Gi', pods: '110', ...part.allocatable };
    this.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...part.labels } }, spec: part.spec ?? {}, status: { allocatable, capacity: allocatable } });
  }

  /** A Pod of one container that asks for `requests`. */
  pod(name: string, part: { requests?: Record<string, string>; labels?: Record<string, string>; spec?: Partial<PodSpec> } = {}): void {
    const containers = [{ name: 'c', image: 'nginx', resources: { requests: part.requests ?? {} } }];
    this.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...(part.labels ? { labels: part.labels } : {}) }, spec: { containers, ...part.spec } });
    this.settle();
  }

  create(resource: ResourceRef<KubeObject>, object: object): void {
    this.client.create(resource, object as KubeObject); // manifests as a user writes them
  }

  settle(): void { this.world.settleSync(); }
  advance(ms: number): Promise<void> { return this.world.advance(ms); }
  get(name: string): Pod { return this.client.get(pods, name, 'default')!; }
  nodeOf(name: string): string | undefined { return this.get(name).spec.nodeName; }
  condition(name: string) { return this.get(name).status.conditions?.find(({ type }) => type === 'PodScheduled'); }

  events(name: string): Event[] {
    return this.client.list(events, { namespace: 'default' }).filter((event) => event.involvedObject.name === name);
  }

  /** `reason: message` of a Pod's events, in order. */
  told(name: string): string[] {
    return this.events(name).map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** The Pod is gone at once. */
  kill(name: string): void {
    this.client.delete(pods, name, 'default', { gracePeriodSeconds: 0 });
    this.settle();
  }
}
