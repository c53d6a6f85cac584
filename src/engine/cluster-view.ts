/** The cluster as the screen shows it: nodes with their Pods, the control plane's programs; rebuilt only when something changed. */
import { amountOf, podRequests } from '../cluster/api/pod-resources.ts';
import { isFinished, summarizePod } from '../cluster/api/pod-status.ts';
import { nodeRoles, nodeStatus } from '../cluster/api/kinds/node.ts';
import type { Node, Pod } from '../cluster/api/types.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Machine } from '../cluster/node/machine.ts';
import type { ClusterView, ComponentView, Health, NodeView, PodView } from './view.ts';

const CONTROL_PLANE = ['etcd', 'kube-apiserver', 'kube-scheduler', 'kube-controller-manager', 'cloud-controller-manager'];
const BUSY = /^(ContainerCreating|PodInitializing|Init:\d|Pending|Terminating|NotReady)/;

/** Makes views of one cluster, sharing what has not changed. */
export class ClusterViewer {
  readonly #cluster: Cluster;
  #view: ClusterView = { controlPlane: [], nodes: [], pending: [] };
  #key = '';
  readonly #nodes = new Map<string, { key: string; view: NodeView }>();

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
    const allPods = storage.list({ group: '', plural: 'pods' }) as Pod[];
    const nodes = (storage.list({ group: '', plural: 'nodes' }) as Node[]).map((node) => this.#node(node, allPods.filter((pod) => pod.spec.nodeName === node.metadata.name)));
    const pending = allPods.filter((pod) => !pod.spec.nodeName).map(podView);
    return (this.#view = { controlPlane, nodes, pending });
  }

  #node(node: Node, pods: readonly Pod[]): NodeView {
    const key = [node, ...pods].map((object) => object.metadata.resourceVersion).join();
    const known = this.#nodes.get(node.metadata.name);
    if (known?.key === key) return known.view;
    const view = nodeView(node, pods);
    this.#nodes.set(node.metadata.name, { key, view });
    return view;
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

function component(name: string, machine: Machine | undefined): ComponentView {
  const containers = machine?.runtime.containers().filter((c) => c.config.name === name) ?? [];
  const newest = containers.at(-1);
  if (!machine?.os.isOn || !newest) return { name, word: 'stopped', health: 'off' };
  if (newest.state === 'Running') return { name, word: 'running', health: 'good' };
  return newest.config.attempt > 0 || newest.exitCode !== 0 ? { name, word: 'crashing', health: 'bad' } : { name, word: 'starting', health: 'busy' };
}

function counted(name: string, machines: readonly Machine[], runs: (machine: Machine) => boolean): ComponentView {
  const up = machines.filter(runs).length;
  return { name, word: `${up}/${machines.length}`, health: up === machines.length ? 'good' : up === 0 ? 'bad' : 'warning' };
}

function nodeView(node: Node, pods: readonly Pod[]): NodeView {
  const status = nodeStatus(node);
  const running = pods.filter((pod) => !isFinished(pod));
  const used = (resource: string) => running.reduce((sum, pod) => sum + amountOf(resource, podRequests(pod.spec)[resource]), 0);
  const capacity = (resource: string) => amountOf(resource, String(node.status.allocatable?.[resource] ?? '0'));
  const scale = (resource: string, by: number) => ({ used: used(resource) / by, capacity: capacity(resource) / by });
  const gpu = node.status.allocatable?.['nvidia.com/gpu'];
  return {
    name: node.metadata.name, roles: nodeRoles(node), status, health: status === 'Ready' ? 'good' : status.startsWith('Ready') ? 'warning' : 'bad',
    ...(node.spec.taints?.length ? { taints: node.spec.taints } : {}),
    cpu: scale('cpu', 1000), memory: scale('memory', 1), ...(gpu ? { gpu: scale('nvidia.com/gpu', 1) } : {}),
    pods: [...pods].sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(podView),
  };
}

function key(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

function podView(pod: Pod): PodView {
  const { status, readyContainers, totalContainers, restarts } = summarizePod(pod);
  return {
    name: pod.metadata.name, namespace: pod.metadata.namespace ?? '', status, health: healthOf(pod, status, readyContainers === totalContainers),
    ready: { count: readyContainers, of: totalContainers }, restarts, isDeleting: pod.metadata.deletionTimestamp !== undefined,
  };
}

function healthOf(pod: Pod, status: string, isReady: boolean): Health {
  if (pod.metadata.deletionTimestamp) return 'off';
  if (status === 'Running') return isReady ? 'good' : 'warning';
  if (status === 'Completed' || status === 'Succeeded') return 'off';
  if (status === 'Pending' || status === 'SchedulingGated') return 'waiting';
  return BUSY.test(status) ? 'busy' : 'bad';
}
