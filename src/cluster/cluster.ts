/**
 * A whole cluster: machines, network, control plane, cloud. The only file that knows all of them, with that of hollow ones.
 * A kubeadm cluster boots its control plane from static Pods; a hollow one (pretend nodes) has it outside.
 */
import type { Lateness } from '../time/clock.ts';
import type { Random } from '../time/random.ts';
import { Simulation } from '../time/simulation.ts';
import type { ApiServer, RequestRecord } from './apiserver/api-server.ts';
import { kubeadmPolicy } from './apiserver/auth/bootstrap-policy.ts';
import { ensurePolicy } from './apiserver/auth/reconcile-policy.ts';
import type { ApiTransport } from './apiserver/request.ts';
import { createClient } from './client/client.ts';
import type { ApiClient } from './client/types.ts';
import { leases, nodes as nodeResource } from './client/resources.ts';
import { networkTransport } from './client/transport.ts';
import { Cloud, type Instance } from './cloud/cloud.ts';
import { healthCheck } from './cloud/health-check.ts';
import type { NodeGroupSpec } from './cloud/node-groups.ts';
import { EtcdGroup } from './etcd/group.ts';
import { HOLLOW_SERVER, HollowControlPlane } from './hollow.ts';
import { ClusterNetwork } from './network/network.ts';
import type { NetworkStack } from './network/types.ts';
import { addonManifests, createAddon, clusterInfo } from './node/control-plane/addons.ts';
import { type AddonName, OPTIONAL_ADDONS, publishAddons } from './node/control-plane/optional-addons.ts';
import { certificateFor, type ClusterPki, createClusterPki, kubeconfig, layOutControlPlane, layOutWorker } from './node/control-plane/kubeadm.ts';
import { controlPlaneImages, preloaded } from './node/control-plane/images.ts';
import { EtcdDisks } from './node/control-plane/programs/etcd-disks.ts';
import { versionOf } from './node/control-plane/versions.ts';
import { imageCatalogue } from './node/images/catalogue.ts';
import type { ImageCatalogue } from './node/process.ts';
import type { KnownImage } from './node/images/known.ts';
import type { NodeDescription } from './node/kubelet/node-status.ts';
import { Machine } from './node/machine.ts';
import type { SavedCluster } from './saved-cluster.ts';
import { AttemptLog } from './scheduler/attempt.ts';

/** When simulated worlds begin: a Monday morning. */
export const WORLD_START_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
const WORKSTATION_ADDRESS = '10.0.0.5';
/** The load balancer before the API servers, where there are several control-plane nodes. */
const CONTROL_PLANE_ENDPOINT = '10.0.0.4';
const NODE_LEASES = 'kube-node-lease';
const BOOT_LIMIT_MS = 300_000;
/** What machines that come back have before it is said that the cluster is there: whatever was broken stays so. */
const RESTART_LIMIT_MS = 80_000;
const RESTART_REST_MS = 12_000;

export interface ClusterOptions {
  seed: string | number;
  nodes: readonly NodeDescription[];
  /** Nodes with pretend containers and a control plane outside of the cluster (kubemark). */
  hollow?: boolean;
  images?: Readonly<Record<string, KnownImage>>;
  startMs?: number;
  /** Add-ons that are there from the start. */
  addons?: readonly AddonName[];
  /** Machines that the cloud makes on demand. */
  nodeGroups?: readonly NodeGroupSpec[];
  onRequest?: (record: RequestRecord) => void;
  /** For testing under other orders of events. */
  lateMs?: Lateness;
  shuffle?: Random;
}

export class Cluster {
  readonly world: Simulation;
  readonly network: ClusterNetwork;
  readonly cloud: Cloud;
  readonly etcdDisks = new EtcdDisks();
  readonly pki: ClusterPki;
  readonly machines = new Map<string, Machine>();
  /** The network of the player's own machine, outside of the cluster. */
  readonly workstation: NetworkStack;
  /** How the last attempt to place each Pod went, node by node and plugin by plugin. */
  readonly attempts = new AttemptLog();
  readonly #options: ClusterOptions;
  readonly #serving = new Set<ApiServer>();
  readonly #saved: SavedCluster | undefined;
  #hollow: HollowControlPlane | undefined;
  #images: ImageCatalogue | undefined;
  #cloudMachines = 0;

  /** A new cluster; with `saved` one whose machines have been off since then. */
  constructor(options: ClusterOptions, saved?: SavedCluster) {
    this.#options = options;
    this.#saved = saved;
    this.world = new Simulation({ seed: options.seed, startMs: options.startMs ?? WORLD_START_MS, lateMs: options.lateMs, shuffle: options.shuffle });
    const { world } = this;
    this.network = new ClusterNetwork(world);
    this.cloud = new Cloud({ announce: (address, route) => void (route ? this.network.loadBalancers.set(address, route) : this.network.loadBalancers.delete(address)), isHealthy: healthCheck(this.network), zoneOf: (name) => this.machines.get(name)?.description.labels?.['topology.kubernetes.io/zone'], nodeGroups: { clock: world.clock, launch: (instance, spec) => this.#addMachine(instance, spec), destroy: ({ name }) => this.#removeMachine(name), power: ({ name }, isOn) => this.machines.get(name)?.os[isOn ? 'powerOn' : 'powerOff']() } });
    this.pki = saved?.pki ?? createClusterPki(world.random.fork('pki'), world.clock.now());
    this.workstation = this.network.nodeStack('workstation', WORKSTATION_ADDRESS);
    publishAddons(this.network);
    if (!options.hollow) this.#buildMachines();
    if (saved) this.#load(saved);
  }

  /** A cluster as it was saved, its machines off, at `startMs` or when it was saved, whatever is later. Throws an Error on what cannot be. */
  static restore(saved: SavedCluster, { startMs = 0, ...options }: Pick<ClusterOptions, 'startMs' | 'onRequest'> = {}): Cluster {
    const { seed, restarts, nowMs, nodes, hollow } = saved;
    return new Cluster({ ...options, seed: `${seed} restart ${restarts + 1}`, nodes, hollow: hollow !== undefined, startMs: Math.max(startMs, nowMs) }, { ...saved, restarts: restarts + 1 });
  }

  /** What would be left if the power of all machines went now. Machines of node groups are not kept. */
  saved(): SavedCluster {
    const { pki, cloud } = this;
    return {
      seed: this.#saved?.seed ?? String(this.#options.seed), restarts: this.#saved?.restarts ?? 0, nowMs: this.world.clock.now(), nodes: this.#options.nodes, pki,
      machines: Object.fromEntries([...this.machines].map(([name, machine]) => [name, machine.saved()])), disks: cloud.disks.saved(), loadBalancers: cloud.loadBalancers(), etcd: this.etcdDisks.saved(),
      ...(this.#hollow ? { hollow: this.#hollow.saved() } : {}),
    };
  }

  #load({ machines, disks, loadBalancers, etcd }: SavedCluster): void {
    this.etcdDisks.load(this.world, etcd);
    this.cloud.disks.load(disks);
    this.cloud.load(loadBalancers);
    for (const [name, saved] of Object.entries(machines)) this.machines.get(name)?.load(saved);
  }

  /** The URL of the API server, as in kubeconfigs. */
  get server(): string {
    if (this.#options.hollow) return HOLLOW_SERVER;
    return `https://${this.controlPlanes.length > 1 ? CONTROL_PLANE_ENDPOINT : this.controlPlane.os.address}:6443`;
  }

  get controlPlanes(): Machine[] { return [...this.machines.values()].filter((machine) => machine.isControlPlane); }

  /** The first control-plane node. Throws if there is none (hollow clusters). */
  get controlPlane(): Machine {
    const [machine] = this.controlPlanes;
    if (!machine) throw new Error('this cluster has no control-plane node');
    return machine;
  }

  /** An API server that serves at the moment, one that etcd answers if there is any. */
  get apiServer(): ApiServer | undefined { return [...this.#serving].find((server) => server.isReady) ?? [...this.#serving][0]; }

  /** A client past authentication, for checks and setups; throws NetworkError while no API server serves. */
  admin(): ApiClient { return createClient({ transport: this.adminTransport(), userAgent: 'kube-quest' }); }

  /** The API server's loopback; throws what connecting would while none serves. */
  adminTransport(): ApiTransport {
    const through = () => this.apiServer?.loopback() ?? networkTransport(this.workstation, this.server, { insecureSkipVerify: true });
    return { server: this.server, handle: (r) => through().handle(r), watch: (r, s) => through().watch(r, s), connect: (r, s) => through().connect(r, s) };
  }

  /** A way in from outside for a user whose certificate the cluster's authority signs; without a user, with no certificate. */
  transportAs(user?: { name: string; groups: readonly string[] }): ApiTransport {
    const { pki, world } = this;
    const pair = user && certificateFor({ random: world.random.fork('visitor'), nowMs: world.clock.now() }, pki.ca, user.name, { organizations: [...user.groups] });
    return networkTransport(this.workstation, this.server, { ca: pki.ca.certificate, certificate: pair?.certificate, key: pair?.key });
  }

  /** Who an administrator is. */
  get adminUser(): { name: string; groups: string[] } { return { name: 'kubernetes-admin', groups: [this.#options.hollow ? 'system:masters' : 'kubeadm:cluster-admins'] }; }

  /** A kubeconfig for a cluster administrator. */
  adminKubeconfig(): string {
    const layout = { random: this.world.random.fork('admin'), nowMs: this.world.clock.now() };
    const { name, groups } = this.adminUser;
    return kubeconfig({ pki: this.pki, apiServer: this.server }, name, certificateFor(layout, this.pki.ca, name, { organizations: groups }));
  }

  /** Starts everything and lets time pass until the nodes are ready. Throws, naming what is missing, if they never are. */
  async boot(): Promise<void> {
    if (this.#saved) return this.#restart(this.#saved);
    if (this.#options.hollow) this.#startHollow();
    else for (const machine of this.machines.values()) machine.os.powerOn();
    await this.#until('an API server', () => this.apiServer !== undefined);
    if (!this.#options.hollow) this.#installAddons();
    for (const spec of this.#options.nodeGroups ?? []) this.cloud.nodeGroups.add(spec);
    const expected = this.#options.hollow ? this.#options.nodes.length : this.machines.size;
    await this.#until('registered nodes', () => this.admin().list(nodeResource).length >= expected);
    if (!this.#options.hollow) this.#markRoles();
    await this.#until('ready nodes', () => this.#readyNodes() === expected);
  }

  /** The power comes back; a node or an API server that does not come back by itself is not waited for long. */
  async #restart({ machines }: SavedCluster): Promise<void> {
    if (this.#options.hollow) this.#startHollow();
    else for (const [name, machine] of this.machines) if (machines[name]?.isOn !== false) machine.os.powerOn();
    const { clock } = this.world;
    const startMs = clock.now();
    const expected = this.#options.hollow ? this.#options.nodes.length : [...this.machines.values()].filter(({ os }) => os.isOn).length;
    const heard = () => (this.apiServer?.isReady ? this.admin().list(leases, { namespace: NODE_LEASES }).filter(({ spec }) => Date.parse(spec.renewTime ?? '') >= startMs).length : 0);
    const isBack = () => this.#readyNodes() >= expected && heard() >= expected;
    while (clock.now() < startMs + RESTART_LIMIT_MS && !isBack()) await this.world.advance(500);
    await this.world.advance(RESTART_REST_MS); // containers start, probes answer, what is known of them is told
  }

  async #until(what: string, isSo: () => boolean): Promise<void> {
    const untilMs = this.world.clock.now() + BOOT_LIMIT_MS;
    await this.world.settle();
    while (!isSo()) {
      if (this.world.clock.now() > untilMs) throw new Error(`the cluster did not boot: no ${what} after ${BOOT_LIMIT_MS / 1000}s`);
      await this.world.advance(500);
    }
  }

  #readyNodes(): number {
    if (!this.apiServer?.isReady) return 0;
    return this.admin().list(nodeResource).filter((node) => node.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).length;
  }

  #buildMachines(): void {
    for (const [i, description] of this.#options.nodes.entries()) this.#addDescribed(description, description.podCIDR ?? `10.244.${i}.0/24`);
    if (!this.#saved) for (const machine of this.machines.values()) this.#layOut(machine);
    if (this.controlPlanes.length > 1) this.#stackControlPlanes();
  }

  #addDescribed(description: NodeDescription, podCidr: string): Machine {
    const { world, network, pki } = this;
    const machine = new Machine({ world, network, pki, images: (this.#images ??= this.#createImages()), description, podCidr, random: world.random.fork(description.name), disks: this.cloud.disks });
    this.machines.set(machine.name, machine);
    return machine;
  }

  #createImages(): ImageCatalogue {
    return imageCatalogue({
      extra: {
        ...controlPlaneImages({
          disks: this.etcdDisks, cloud: this.cloud, network: this.network,
          onServing: (server, isServing) => void (isServing ? this.#serving.add(server) : this.#serving.delete(server)),
          onRequest: this.#options.onRequest, attempts: this.attempts,
        }),
        ...this.#options.images,
      },
    });
  }

  #layOut(machine: Machine): void {
    const { world, pki } = this;
    const layout = { files: machine.os.files, hostname: machine.name, address: machine.os.address, random: world.random.fork(`layout ${machine.name}`), nowMs: world.clock.now(), pki, apiServer: this.server, runtime: machine.runtime.face, version: versionOf(machine.description.nodeInfo) };
    if (machine.isControlPlane) layOutControlPlane({ ...layout, etcdMembers: this.#etcdPlaces().slice(0, this.controlPlanes.indexOf(machine)) });
    else layOutWorker(layout);
    for (const reference of preloaded(layout.version)) machine.runtime.preload(reference);
  }

  /** A machine that the cloud has made for a node group: its kubelet registers, the cloud's controller says who it is. */
  #addMachine({ name, providerID, ...instance }: Instance, { name: group, machine }: NodeGroupSpec): void {
    const number = ++this.#cloudMachines;
    const addresses = [{ type: 'InternalIP', address: `10.0.1.${number}` }, { type: 'Hostname', address: name }];
    this.cloud.setInstance({ ...instance, name, providerID, addresses });
    const taints = [...(machine.taints ?? []), { key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' as const }];
    const podCIDR = `10.244.${100 + number}.0/24`;
    const added = this.#addDescribed({ ...machine, name, addresses, taints, podCIDR, labels: { ...machine.labels, 'pretend.cloud/node-group': group } }, podCIDR);
    this.#layOut(added);
    added.os.powerOn();
  }

  #removeMachine(name: string): void {
    this.machines.get(name)?.os.powerOff();
    this.machines.delete(name);
  }

  #etcdPlaces(): { hostname: string; address: string }[] {
    return this.controlPlanes.map(({ name, os }) => ({ hostname: name, address: os.address }));
  }

  /** What joining more control-plane nodes has left: etcd's members know each other, and a load balancer knows the API servers. */
  #stackControlPlanes(): void {
    if (!this.#saved) {
      const members = this.#etcdPlaces().map(({ hostname, address }) => ({ name: hostname, peerUrls: [`https://${address}:2380`] }));
      const group = new EtcdGroup({ world: this.world, token: 'etcd-cluster', members });
      for (const { id, name } of group.records.values()) this.etcdDisks.write(this.machines.get(name)!.os.files, '/var/lib/etcd', { group, id });
    }
    let next = 0;
    this.network.loadBalancers.set(CONTROL_PLANE_ENDPOINT, (port) => {
      const alive = this.controlPlanes.filter(({ os }) => !this.network.isCut(os.hostname) && this.network.listening(os.hostname).some((listener) => listener.port === port));
      const chosen = alive[next++ % alive.length];
      return chosen ? { address: chosen.os.address, port } : 'reject';
    });
  }

  #installAddons(): void {
    const client = this.admin();
    ensurePolicy(client, kubeadmPolicy());
    const chosen = (this.#options.addons ?? []).flatMap((name) => OPTIONAL_ADDONS[name]());
    createAddon(this.adminTransport(), clusterInfo(this.pki.ca.certificate, this.server));
    for (const object of [...addonManifests({ server: this.server, nodeCount: this.#options.nodes.length, version: versionOf(this.controlPlane.description.nodeInfo) }), ...chosen]) createAddon(this.adminTransport(), object);
  }

  /** What `kubeadm init` does last: the control plane's nodes get their role. */
  #markRoles(): void {
    const client = this.admin();
    for (const { description } of this.machines.values()) {
      const roles = Object.fromEntries(Object.entries(description.labels ?? {}).filter(([key]) => key.startsWith('node-role.kubernetes.io/')));
      if (Object.keys(roles).length > 0) client.patch(nodeResource, description.name, undefined, { metadata: { labels: roles } });
    }
  }

  #startHollow(): void {
    const { world, network, pki, workstation, attempts } = this;
    const { nodes, onRequest } = this.#options;
    this.#hollow = new HollowControlPlane({ world, network, pki, workstation, workstationAddress: WORKSTATION_ADDRESS, attempts, nodes, saved: this.#saved?.hollow, onRequest });
    this.#serving.add(this.#hollow.server);
  }
}
