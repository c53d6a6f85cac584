/** What the scheduler knows of a node: its parsed form, and the sums over its Pods. */
import type { Labels, Node, Taint } from '../api/types.ts';
import type { PodInfo } from './pod-info.ts';
import { Resources, resourcesOf } from './resources.ts';

/** A place in the memory of every node; each function that is remembered has its own. */
export type MemoSlot = number;

let slots: MemoSlot = 0;
/** A new place. */
export const memoSlot = (): MemoSlot => slots++;

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

  readonly #keys: unknown[] = [];
  readonly #answers: number[] = [];

  constructor(node: Node) {
    this.name = node.metadata.name;
    this.update(node);
  }

  /** Takes over a changed node; its Pods stay. */
  update(node: Node): void {
    const { allocatable, images = [] } = node.status ?? {};
    const taints = node.spec?.taints ?? [];
    this.#keys.fill(undefined);
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

  /**
   * What `compute` says of this node for `key`, asked again only after the node has changed.
   * Most Pods of a stream are alike, and each changes one node only.
   */
  remembered<K extends object>(slot: MemoSlot, key: K, compute: (key: K, node: NodeInfo) => number): number {
    if (this.#keys[slot] === key) return this.#answers[slot]!;
    const answer = compute(key, this);
    this.#keys[slot] = key;
    this.#answers[slot] = answer;
    return answer;
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    this.requested.change(info.demand.requests, sign);
    this.scored.change(info.demand.scored, sign);
    this.#keys.fill(undefined);
  }
}
