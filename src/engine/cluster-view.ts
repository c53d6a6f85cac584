/** The cluster as the screen shows it: nodes with their Pods, the control plane's programs; rebuilt only when something changed. */
import { amountOf, podRequests } from '../cluster/api/pod-resources.ts';
import { isFinished, summarizePod } from '../cluster/api/pod-status.ts';
import { nodeRoles, nodeStatus } from '../cluster/api/kinds/node.ts';
import type { EndpointSlice, Node, Pod, Service } from '../cluster/api/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Machine } from '../cluster/node/machine.ts';
import { ownersOf, refTo } from './lens/owners.ts';
import type { ObjectRef } from './lens/lens-view.ts';
import type { Storage } from '../cluster/apiserver/storage.ts';
import type { ClusterView, ComponentView, Health, NodeView, PodView, ServiceView } from './view.ts';

const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-scheduler', 'kube-controller-manager', 'cloud-controller-manager'];
const BUSY = /^(ContainerCreating|PodInitializing|Init:\d|Pending|Terminating|NotReady)/;

/** Makes views of one cluster, sharing what has not changed. */
export class ClusterViewer {
  readonly #cluster: Cluster;
  #view: ClusterView = { controlPlane: [], nodes: [], pending: [] };
  #key = '';
  readonly #nodes = new Map<string, { key: string; view: NodeView }>();
  /** By the uid of what controls a Pod. */
  readonly #owners = new Map<string, ObjectRef>();
  readonly #pods = new WeakMap<Pod, PodView>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  view(): ClusterView {
    const controlPlane = this.#components();
    const storage = this.#cluster.apiServer?.storage;
    const key = `${storage?.revision ?? 'down'}|${controlPlane.map((c) => c.word).join()}`;
    if (key === this.#key) return this.#view;
    this.#key = key;
    if (!storage) return (this.#view = { ...this.#view, controlPlane });
    const pods = byNode(storage.list({ group: '', plural: 'pods' }) as Pod[]);
    const nodes = (storage.list({ group: '', plural: 'nodes' }) as Node[]).map((node) => this.#node(node, pods.get(node.metadata.name) ?? [], storage));
    const pending = (pods.get('') ?? []).map((pod) => this.#pod(pod, storage));
    const view = { controlPlane, nodes, pending, services: servicesOf(storage) };
    return isSame(view, this.#view) ? this.#view : (this.#view = view);
  }

  #node(node: Node, pods: readonly Pod[], storage: Storage): NodeView {
    const key = [node, ...pods].map((object) => object.metadata.resourceVersion).join();
    const known = this.#nodes.get(node.metadata.name);
    if (known?.key === key) return known.view;
    const view = { ...nodeView(node, pods), pods: [...pods].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1)).map((pod) => this.#pod(pod, storage)) };
    this.#nodes.set(node.metadata.name, { key, view });
    return view;
  }

  #pod(pod: Pod, storage: Storage): PodView {
    const known = this.#pods.get(pod);
    if (known) return known;
    const view = podView(pod, this.#owner(pod, storage));
    this.#pods.set(pod, view);
    return view;
  }

  #owner(pod: Pod, storage: Storage): ObjectRef | undefined {
    const [nearest] = pod.metadata.ownerReferences ?? [];
    if (!nearest || nearest.kind === 'Node') return undefined; // A static Pod is nobody's but the kubelet's.
    const known = this.#owners.get(nearest.uid);
    if (known) return known;
    const root = ownersOf(storage, pod).at(-1);
    if (root) this.#owners.set(nearest.uid, refTo(root));
    return root && refTo(root);
  }

  #components(): ComponentView[] {
    const machines = [...this.#cluster.machines.values()];
    const controlPlane = machines.find((m) => m.isControlPlane);
    return [
      ...CONTROL_PLANE.map((name) => component(name, controlPlane)),
      counted('kubelet', machines, (m) => m.kubelet !== undefined), counted('container runtime', machines, (m) => m.os.isOn && m.runtime.isUp),
      counted('kube-proxy', machines, (m) => m.runtime.containers().some((c) => c.config.name === 'kube-proxy' && c.state === 'Running')),
    ];
  }
}

/** A Lease or an Event is a new revision, too, and changes nothing that is shown. */
function isSame(now: ClusterView, before: ClusterView): boolean {
  const each = <T>(a: readonly T[], b: readonly T[]) => a.length === b.length && a.every((item, index) => item === b[index]);
  return each(now.nodes, before.nodes) && each(now.pending, before.pending) && JSON.stringify([now.controlPlane, now.services]) === JSON.stringify([before.controlPlane, before.services]);
}

/** Services with what their EndpointSlices say. */
function servicesOf(storage: Storage): ServiceView[] {
  const counts = new Map<string, { ready: number; endpoints: number }>();
  // Casts: a list of a resource holds its kind.
  for (const { metadata: { namespace, labels }, endpoints } of storage.list({ group: 'discovery.k8s.io', plural: 'endpointslices' }) as EndpointSlice[]) {
    const key = `${namespace}/${labels?.['kubernetes.io/service-name']}`;
    const count = counts.get(key) ?? { ready: 0, endpoints: 0 };
    counts.set(key, { ready: count.ready + (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).length, endpoints: count.endpoints + (endpoints?.length ?? 0) });
  }
  return (storage.list({ group: '', plural: 'services' }) as Service[]).map(({ metadata: { namespace = '', name }, spec: { type = 'ClusterIP' } }): ServiceView => {
    const { ready, endpoints } = counts.get(`${namespace}/${name}`) ?? { ready: 0, endpoints: 0 };
    return { namespace, name, type, ready, endpoints, health: type === 'ExternalName' || (ready > 0 && ready === endpoints) ? 'good' : ready > 0 ? 'warning' : 'bad' };
  }).sort((a, b) => (keyOfService(a) < keyOfService(b) ? -1 : 1));
}

const keyOfService = ({ namespace, name }: ServiceView) => `${namespace}/${name}`;

/** Pods by the name of their node; those without one under ''. */
function byNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const found = new Map<string, Pod[]>();
  for (const pod of pods) {
    const name = pod.spec.nodeName ?? '';
    const there = found.get(name);
    if (there) there.push(pod);
    else found.set(name, [pod]);
  }
  return found;
}

function component(name: string, machine: Machine | undefined): ComponentView {
  const containers = machine?.runtime.containers().filter((c) => c.config.name === name) ?? [];
  const newest = containers.at(-1);
  if (!machine?.os.isOn || !newest) return { name, word: 'stopped', health: 'off' };
  const pod: ObjectRef = { resource: 'pod', namespace: 'kube-system', name: `${name}-${machine.name}` };
  if (newest.state === 'Running') return { name, pod, word: 'running', health: 'good' };
  return { name, pod, ...(newest.config.attempt > 0 || newest.exitCode !== 0 ? { word: 'crashing', health: 'bad' } : { word: 'starting', health: 'busy' }) };
}

function counted(name: string, machines: readonly Machine[], runs: (machine: Machine) => boolean): ComponentView {
  const up = machines.filter(runs).length;
  return { name, word: `${up}/${machines.length}`, health: up === machines.length ? 'good' : up === 0 ? 'bad' : 'warning' };
}

function nodeView(node: Node, pods: readonly Pod[]): Omit<NodeView, 'pods'> {
  const status = nodeStatus(node);
  const running = pods.filter((pod) => !isFinished(pod));
  const used = (resource: string) => running.reduce((sum, pod) => sum + amountOf(resource, podRequests(pod.spec)[resource]), 0);
  const capacity = (resource: string) => amountOf(resource, String(node.status.allocatable?.[resource] ?? '0'));
  const scale = (resource: string, by: number) => ({ used: used(resource) / by, capacity: capacity(resource) / by });
  const zone = node.metadata.labels?.['topology.kubernetes.io/zone'];
  const gpu = node.status.allocatable?.['nvidia.com/gpu'];
  return {
    name: node.metadata.name, roles: nodeRoles(node), status, health: status === 'Ready' ? 'good' : status.startsWith('Ready') ? 'warning' : 'bad',
    ...(node.spec.taints?.length ? { taints: node.spec.taints } : {}),
    cpu: scale('cpu', 1000), memory: scale('memory', 1), ...(gpu ? { gpu: scale('nvidia.com/gpu', 1) } : {}),
    slots: { used: running.length, capacity: capacity('pods') }, ...(zone ? { zone } : {}),
  };
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

function podView(pod: Pod, owner: ObjectRef | undefined): PodView {
  const placed = pod.spec.nodeName && pod.status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'True')?.lastTransitionTime;
  const { status, readyContainers, totalContainers, restarts } = summarizePod(pod);
  return {
    name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', status, health: healthOf(pod, status, readyContainers === totalContainers),
    ready: { count: readyContainers, of: totalContainers }, restarts, isDeleting: pod.metadata.deletionTimestamp !== undefined,
    ...(owner ? { owner } : {}), ...(placed ? { placedMs: Date.parse(placed) } : {}),
  };
}

function healthOf(pod: Pod, status: string, isReady: boolean): Health {
  if (pod.metadata.deletionTimestamp) return 'off';
  if (status === 'Running') return isReady ? 'good' : 'warning';
  if (status === 'Completed' || status === 'Succeeded') return 'off';
  if (status === 'Pending' || status === 'SchedulingGated') return 'waiting';
  return BUSY.test(status) ? 'busy' : 'bad';
}
