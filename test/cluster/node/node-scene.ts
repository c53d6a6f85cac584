/** A small world for tests of nodes: an API server without rules, a network, machines with a runtime and a kubelet. */
import { allKinds } from '../../../src/cluster/api/kinds/index.ts';
import type { Draft, KubeObject, Pod, PodSpec } from '../../../src/cluster/api/types.ts';
import { ApiServer } from '../../../src/cluster/apiserver/api-server.ts';
import type { ApiTransport } from '../../../src/cluster/apiserver/request.ts';
import { OPEN_SECURITY } from '../../../src/cluster/apiserver/security.ts';
import { createClient } from '../../../src/cluster/client/client.ts';
import { configMaps, events, namespaces, nodes, pods } from '../../../src/cluster/client/resources.ts';
import type { ApiClient, ResourceRef } from '../../../src/cluster/client/types.ts';
import { EtcdStore } from '../../../src/cluster/etcd/store.ts';
import { ClusterNetwork } from '../../../src/cluster/network/network.ts';
import { NetworkError } from '../../../src/cluster/network/types.ts';
import { imageCatalogue } from '../../../src/cluster/node/images/catalogue.ts';
import type { KubeletOptions } from '../../../src/cluster/node/kubelet/kubelet-options.ts';
import { Kubelet } from '../../../src/cluster/node/kubelet/kubelet.ts';
import { MemoryFileSystem } from '../../../src/cluster/node/os/memory-file-system.ts';
import { ContainerRuntime } from '../../../src/cluster/node/runtime/container-runtime.ts';
import { Simulation } from '../../../src/time/simulation.ts';

const START_MS = Date.UTC(2026, 10, 23, 17, 0, 0);

export interface Machine { name: string; kubelet: Kubelet; runtime: ContainerRuntime; files: MemoryFileSystem; makeKubelet: () => Kubelet }

export class NodeScene {
  /** The registries that its nodes pull from. */
  images = imageCatalogue();
  readonly world = new Simulation({ seed: 1, startMs: START_MS });
  readonly network = new ClusterNetwork(this.world);
  readonly client: ApiClient;
  readonly server: ApiServer;
  readonly machines: Machine[] = [];
  readonly transport: ApiTransport;
  /** Cut: every request fails as if the API server were down. */
  isApiDown = false;
  requests = 0;
  #nextAddress = 2;

  constructor() {
    const { world } = this;
    const etcd = new EtcdStore({ clock: world.clock });
    this.server = new ApiServer({
      world, random: world.random.fork('api'), etcd, kinds: allKinds,
      security: () => ({ ...OPEN_SECURITY, issueToken: (_account, request) => ({ ...request, status: { token: 'a.b.c', expirationTimestamp: '2027-01-01T00:00:00Z' } }) }),
      dialKubelet: (name) => this.machine(name).kubelet,
    });
    this.server.start();
    this.transport = this.#guarded();
    this.client = createClient({ transport: { ...this.#direct(), server: 'https://10.0.0.1:6443' }, userAgent: 'test' });
    for (const name of ['default', 'kube-system', 'kube-node-lease']) this.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {} });
    this.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace: 'default' }, data: { 'ca.crt': 'CA' } });
  }

  /** A machine whose kubelet has started. */
  addMachine(name: string, options: { pretend?: boolean; kubelet?: Partial<KubeletOptions>; capacity?: Record<string, string>; files?: Record<string, string> } = {}): Machine {
    const { world, network } = this;
    const address = `10.0.0.${this.#nextAddress++}`;
    const stack = network.nodeStack(name, address);
    network.setCut(name, false);
    const files = new MemoryFileSystem({ now: () => world.clock.now(), files: options.files ?? {} });
    for (const folder of ['/var/log/pods', '/var/lib/kubelet/pods']) files.makeDirectory(folder);
    let next = 2;
    const runtime = new ContainerRuntime({
      world, random: world.random.fork(name), nodeName: name, hostname: name, files, network, hostStack: stack, images: this.images,
      allocateAddress: () => `10.244.${address.split('.')[3]}.${next++}`, version: options.pretend ? 'fakeRuntime://0.1.0' : 'containerd://2.1.4', pretend: options.pretend,
    });
    const makeKubelet = () => new Kubelet({
      world, transport: this.transport, runtime, files, network: stack,
      node: {
        name, addresses: [{ type: 'InternalIP', address }, { type: 'Hostname', address: name }], capacity: options.capacity ?? { cpu: '4', memory: '8Gi', pods: '110' },
        nodeInfo: { architecture: 'amd64', operatingSystem: 'linux', kubeletVersion: 'v1.36.2', containerRuntimeVersion: runtime.version, kernelVersion: '6.1', osImage: 'Debian', machineID: '', systemUUID: '', bootID: 'b', kubeProxyVersion: '' },
      },
      ...options.kubelet,
    });
    const machine = { name, kubelet: makeKubelet(), runtime, files, makeKubelet };
    this.machines.push(machine);
    machine.kubelet.start();
    return machine;
  }

  machine(name: string): Machine {
    const found = this.machines.find((machine) => machine.name === name);
    if (!found) throw new NetworkError('no such host', name);
    return found;
  }

  /** Creates a Pod that is bound already. */
  run(name: string, spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>, metadata: Partial<Pod['metadata']> = {}): Pod {
    const draft: Draft<Pod> = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', ...metadata }, spec: { nodeName: 'worker-1', ...spec } };
    return this.client.create(pods, draft);
  }

  pod(name: string): Pod {
    const found = this.client.get(pods, name, 'default');
    if (!found) throw new Error(`no pod ${name}`);
    return found;
  }

  podGone(name: string): boolean { return this.client.get(pods, name, 'default') === undefined; }
  get<T extends KubeObject>(resource: ResourceRef<T>, name: string, namespace?: string): T | undefined { return this.client.get(resource, name, namespace); }
  node(name: string) { return this.client.get(nodes, name); }

  /** `reason: message` of the events about an object, with `(xN)` when counted. */
  eventsOf(name: string): string[] {
    return this.client.list(events, { namespace: 'default' }).filter((event) => event.involvedObject.name === name)
      .map(({ reason, message, count }) => `${reason}: ${message}${count && count > 1 ? ` (x${count})` : ''}`);
  }

  logs(name: string, options = ''): string {
    const response = this.server.handle({ method: 'GET', path: `/api/v1/namespaces/default/pods/${name}/log${options}` });
    return typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
  }

  wait(seconds: number): Promise<void> { return this.world.advance(seconds * 1000); }

  #direct(): Pick<ApiTransport, 'handle' | 'watch' | 'connect'> {
    return { handle: (r) => this.server.handle(r), watch: (r, s) => this.server.watch(r, s), connect: (r, s) => this.server.connect(r, s) };
  }

  #guarded(): ApiTransport {
    const guard = <T>(use: () => T): T => {
      this.requests++;
      if (this.isApiDown) throw new NetworkError('refused', 'dial tcp 10.0.0.1:6443: connect: connection refused');
      return use();
    };
    const direct = this.#direct();
    return { server: 'https://10.0.0.1:6443', handle: (r) => guard(() => direct.handle(r)), watch: (r, s) => guard(() => direct.watch(r, s)), connect: (r, s) => guard(() => direct.connect(r, s)) };
  }
}
