/** What the scheduler knows of a node: its parsed form, and the sums over its Pods. */
import type { Labels, Node, Taint } from '../api/types.ts';
import type { PodInfo } from './pod-info.ts';
import { Resources, resourcesOf } from './resources.ts';

const NO_LABELS: Labels = {};

export class NodeInfo {
  readonly name: string;
  node!: Node;
  labels!: Labels;
  allocatable!: Resources;
  podsMax!: number;
  isUnschedulable!: boolean;
  /** NoSchedule and NoExecute. */
  hardTaints!: readonly Taint[];
  /** PreferNoSchedule. */
  softTaints!: readonly Taint[];
  /** Sizes in bytes of the images that the node has, by each of their names. */
  images!: ReadonlyMap<string, number>;

  readonly pods = new Map<string, PodInfo>();
  /** Those of them that take ports of the node. */
  readonly podsWithPorts = new Set<PodInfo>();
  readonly requested = new Resources();
  /** As `requested`, for scoring. */
  readonly scored = new Resources();

  constructor(node: Node) {
    this.name = node.metadata.name;
    this.update(node);
  }

  /** Takes over a changed node; its Pods stay. */
  update(node: Node): void {
    const { allocatable, images = [] } = node.status ?? {};
    const taints = node.spec?.taints ?? [];
    this.node = node;
    this.labels = node.metadata.labels ?? NO_LABELS;
    this.allocatable = resourcesOf(allocatable);
    this.podsMax = Number(allocatable?.['pods'] ?? 0);
    this.isUnschedulable = node.spec?.unschedulable ?? false;
    this.hardTaints = taints.filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
    this.softTaints = taints.filter(({ effect }) => effect === 'PreferNoSchedule');
    this.images = new Map(images.flatMap(({ names = [], sizeBytes = 0 }) => names.map((name): [string, number] => [name, sizeBytes])));
  }

  add(info: PodInfo): void {
    this.pods.set(info.key, info);
    this.#count(info, 1);
    if (info.hostPorts.length > 0) this.podsWithPorts.add(info);
  }

  /** Takes the Pod off; it must be there. */
  remove(info: PodInfo): void {
    this.pods.delete(info.key);
    this.#count(info, -1);
    if (info.hostPorts.length > 0) this.podsWithPorts.delete(info);
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    this.requested.change(info.requests, sign);
    this.scored.change(info.scored, sign);
  }
}
