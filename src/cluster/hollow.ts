/** A hollow cluster, as kubemark's: an API server, controllers and a scheduler beside the cluster, and kubelets that only pretend to run their Pods. */
import type { Simulation } from '../time/simulation.ts';
import { allKinds } from './api/kinds/index.ts';
import { ApiServer, type RequestRecord } from './apiserver/api-server.ts';
import { createSecurity } from './apiserver/auth/security.ts';
import { bootstrap } from './apiserver/bootstrap.ts';
import { keepHouse } from './apiserver/housekeeping.ts';
import type { ApiTransport } from './apiserver/request.ts';
import { VIRTUAL_KINDS } from './apiserver/virtual-kinds.ts';
import { createClient } from './client/client.ts';
import { ApiError } from './client/types.ts';
import { networkTransport } from './client/transport.ts';
import { ControllerManager } from './controllers/controller-manager.ts';
import { EtcdStore } from './etcd/store.ts';
import type { ClusterNetwork } from './network/network.ts';
import type { NetworkStack } from './network/types.ts';
import { certificateFor, type ClusterPki } from './node/control-plane/kubeadm.ts';
import { API_SERVICE_IP, SERVICE_CIDR } from './node/control-plane/versions.ts';
import { imageCatalogue } from './node/images/catalogue.ts';
import { Kubelet } from './node/kubelet/kubelet.ts';
import type { NodeDescription } from './node/kubelet/node-status.ts';
import { MemoryFileSystem } from './node/os/memory-file-system.ts';
import { ContainerRuntime } from './node/runtime/container-runtime.ts';
import type { AttemptLog } from './scheduler/attempt.ts';
import { Scheduler } from './scheduler/scheduler.ts';

/** Where a hollow control plane serves. */
export const HOLLOW_SERVER = 'https://127.0.0.1:6443';
const HOSTNAME = 'control-plane';
const NODES_A_NETWORK = 200;
const NODES_A_BLOCK = 250;

export interface HollowOptions {
  world: Simulation;
  network: ClusterNetwork;
  pki: ClusterPki;
  /** The machine that the control plane runs on. */
  workstation: NetworkStack;
  workstationAddress: string;
  attempts: AttemptLog;
  nodes: readonly NodeDescription[];
  /** etcd's snapshot in base64, of a cluster that was saved. */
  saved?: string | undefined;
  onRequest?: ((record: RequestRecord) => void) | undefined;
}

export class HollowControlPlane {
  readonly server: ApiServer;
  readonly #options: HollowOptions;
  readonly #etcd: EtcdStore;
  readonly #kubelets = new Map<string, Kubelet>();

  /** Starts everything. */
  constructor(options: HollowOptions) {
    this.#options = options;
    const { world, pki, attempts, nodes, saved } = options;
    this.#etcd = saved === undefined ? new EtcdStore({ clock: world.clock }) : EtcdStore.restore(Buffer.from(saved, 'base64'), { clock: world.clock });
    this.server = this.#serve();
    const common = { world, credential: {}, hostname: HOSTNAME };
    new ControllerManager({ ...common, random: world.random.fork('kcm'), transport: this.#transportAs('system:kube-controller-manager', 'system:masters'), rootCa: pki.ca.certificate, serviceAccountKey: pki.serviceAccountKey, signingAuthority: pki.ca }).start();
    new Scheduler({ ...common, random: world.random.fork('scheduler'), transport: this.#transportAs('system:kube-scheduler', 'system:masters'), attempts }).start();
    for (const [i, node] of nodes.entries()) this.#startKubelet(node, i);
  }

  /** What lies in etcd, in base64. */
  saved(): string { return Buffer.from(this.#etcd.snapshot()).toString('base64'); }

  #transportAs(commonName: string, organization: string): ApiTransport {
    const { world, pki, workstation } = this.#options;
    const { certificate, key } = certificateFor({ random: world.random.fork(commonName), nowMs: world.clock.now() }, pki.ca, commonName, { organizations: [organization] });
    return networkTransport(workstation, HOLLOW_SERVER, { ca: pki.ca.certificate, certificate, key });
  }

  #serve(): ApiServer {
    const { world, pki, workstation, workstationAddress, onRequest } = this.#options;
    const random = world.random.fork('apiserver');
    const server = new ApiServer({
      world, random, etcd: this.#etcd, kinds: allKinds, virtualKinds: VIRTUAL_KINDS, serviceClusterIpRange: SERVICE_CIDR, health: { 'etcd-0': () => undefined, scheduler: () => undefined, 'controller-manager': () => undefined }, onRequest,
      security: (storage) => createSecurity(storage, {
        clock: world.clock, random: random.fork('security'), clientCa: pki.ca.certificate, serviceAccountKey: pki.serviceAccountPublicKey, serviceAccountSigningKey: pki.serviceAccountKey,
        anonymous: true, authorizationModes: ['Node', 'RBAC'],
      }),
      fetch: (url, request) => workstation.fetch(url, request, { insecureSkipVerify: true }),
      dialKubelet: (nodeName) => {
        const kubelet = this.#kubelets.get(nodeName);
        if (!kubelet) throw new Error(`no kubelet ${nodeName}`);
        return kubelet;
      },
    });
    server.start();
    const serving = certificateFor({ random, nowMs: world.clock.now() }, pki.ca, 'kube-apiserver', { usages: ['server auth'], altNames: ['127.0.0.1', 'localhost', workstationAddress, API_SERVICE_IP] });
    workstation.listen('0.0.0.0', 6443, { api: server }, { certificate: serving.certificate, key: serving.key, clientCa: pki.ca.certificate });
    const client = createClient({ transport: server.loopback() });
    const own = { serviceIP: API_SERVICE_IP, serviceRange: SERVICE_CIDR, address: '127.0.0.1', port: 6443 };
    try {
      bootstrap(client, own, world.clock.now());
    } catch (error) {
      // An API server on loopback is nobody's endpoint: its Service has none, as with kubemark.
      if (!(error instanceof ApiError)) throw error;
    }
    keepHouse({ world, client, hostname: HOSTNAME, own, instance: random.uuid(), compact: () => server.compact() });
    return server;
  }

  #startKubelet(node: NodeDescription, index: number): void {
    const { world, network } = this.#options;
    const files = new MemoryFileSystem({ now: () => world.clock.now() });
    const stack = network.nodeStack(node.name, `10.0.${Math.floor(index / NODES_A_NETWORK) + 1}.${(index % NODES_A_NETWORK) + 10}`);
    let nextAddress = 2;
    const runtime = new ContainerRuntime({
      world, random: world.random.fork(`runtime ${node.name}`), nodeName: node.name, hostname: node.name, files, network, hostStack: stack, images: imageCatalogue({}),
      allocateAddress: () => `10.${64 + Math.floor(index / NODES_A_BLOCK)}.${index % NODES_A_BLOCK}.${nextAddress++ % 250}`, version: node.nodeInfo.containerRuntimeVersion, pretend: true,
    });
    const kubelet = new Kubelet({ world, transport: this.#transportAs(`system:node:${node.name}`, 'system:nodes'), runtime, files, network: stack, node });
    this.#kubelets.set(node.name, kubelet);
    kubelet.start();
  }
}
