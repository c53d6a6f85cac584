/** What the scheduler knows of nodes and Pods: parsed once, kept up to date as Pods come and go. */
import { podRequests } from '../api/pod-resources.ts';
import { milliValue, quantityValue } from '../api/quantity.ts';
import type { Node, Pod, Taint } from '../api/types.ts';

/** CPU in thousandths, everything else in units (bytes, devices). */
export type Amounts = ReadonlyMap<string, number>;

const UNREQUESTED_CPU_MILLIS = 100; // schedutil: DefaultMilliCPURequest
const UNREQUESTED_MEMORY_BYTES = 200 * 1024 * 1024; // schedutil: DefaultMemoryRequest

export interface HostPort { ip: string; port: number; protocol: string }

export interface PodInfo {
  pod: Pod;
  key: string;
  requests: Amounts;
  /** As `requests`, with the defaults for Pods that ask for nothing; used for scoring only. */
  scored: { cpu: number; memory: number };
  hostPorts: readonly HostPort[];
}

/** The parsed form of a Pod. */
export function podInfo(pod: Pod): PodInfo {
  const requests = amountsOf(podRequests(pod.spec));
  const hostPorts = pod.spec.containers.flatMap((c) => (c.ports ?? []).filter((p) => p.hostPort).map((p) => ({ ip: p.hostIP || '0.0.0.0', port: p.hostPort!, protocol: p.protocol ?? 'TCP' })));
  return {
    pod, key: `${pod.metadata.namespace}/${pod.metadata.name}`, requests, hostPorts,
    scored: { cpu: requests.get('cpu') ?? UNREQUESTED_CPU_MILLIS, memory: requests.get('memory') ?? UNREQUESTED_MEMORY_BYTES },
  };
}

/** Quantities of a resource list as numbers. */
export function amountsOf(list: Readonly<Record<string, string | number>> | undefined): Amounts {
  return new Map(Object.entries(list ?? {}).map(([name, quantity]) => [name, name === 'cpu' ? milliValue(quantity) : quantityValue(quantity)]));
}

export class NodeInfo {
  node: Node;
  allocatable: Amounts;
  taints: readonly Taint[];
  readonly pods = new Map<string, PodInfo>();
  readonly requested = new Map<string, number>();
  scored = { cpu: 0, memory: 0 };

  constructor(node: Node) {
    this.node = node;
    this.allocatable = amountsOf(node.status.allocatable ?? node.status.capacity);
    this.taints = node.spec.taints ?? [];
  }

  get name(): string { return this.node.metadata.name; }
  get podsMax(): number { return this.allocatable.get('pods') ?? 0; }

  /** Takes over a changed node; its Pods stay. */
  update(node: Node): void {
    this.node = node;
    this.allocatable = amountsOf(node.status.allocatable ?? node.status.capacity);
    this.taints = node.spec.taints ?? [];
  }

  add(info: PodInfo): void {
    this.remove(info.key);
    this.pods.set(info.key, info);
    this.#count(info, 1);
  }

  remove(key: string): void {
    const info = this.pods.get(key);
    if (!info) return;
    this.pods.delete(key);
    this.#count(info, -1);
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    for (const [name, amount] of info.requests) this.requested.set(name, (this.requested.get(name) ?? 0) + sign * amount);
    this.scored = { cpu: this.scored.cpu + sign * info.scored.cpu, memory: this.scored.memory + sign * info.scored.memory };
  }
}
