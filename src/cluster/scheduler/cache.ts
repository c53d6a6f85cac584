/**
 * The scheduler's picture of the cluster: nodes with their Pods, changed one event at a time and never copied.
 * Pods that it has just placed are in it before the API server says so (assumed), so that the next cycle sees them.
 */
import type { KubeObject, Labels, Node, Pod } from '../api/types.ts';
import { namespaces } from '../client/resources.ts';
import type { ResourceRef } from '../client/types.ts';
import { NodeInfo } from './node-info.ts';
import { type PodInfo, podInfoOf } from './pod-info.ts';
import { PodTallies, type PodTally, type TallyQuestion } from './pod-tally.ts';
import { TermIndex } from './term-index.ts';
import { zoneOf } from './topology.ts';

/** Other objects that plugins look at, by key or Namespace; the informers behind it know what there is. */
export interface ObjectLister {
  get<T extends KubeObject>(resource: ResourceRef<T>, key: string): T | undefined;
  /** Of one Namespace; of all if none is given. */
  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly T[];
}

export class SchedulerCache {
  readonly objects: ObjectLister;
  readonly terms = new TermIndex();
  /** How many nodes have an image, by each of its names. */
  readonly imageNodes = new Map<string, number>();
  /** How many Pods use a claim, by its key. */
  readonly claimUsers = new Map<string, number>();
  /** How many nodes have PreferNoSchedule taints. */
  nodesWithSoftTaints = 0;
  readonly #tallies = new PodTallies();
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #pods = new Map<string, { info: PodInfo; nodeName: string }>();
  readonly #podsOfNamespace = new Map<string, Set<PodInfo>>();
  /** Pods on nodes that are not known (yet, or any more). */
  readonly #homeless = new Map<string, Set<PodInfo>>();
  #inOrder: readonly NodeInfo[] | undefined;

  constructor(objects: ObjectLister) {
    this.objects = objects;
  }

  /** All nodes, taking turns among the zones so that a search that ends early still sees each. */
  get nodes(): readonly NodeInfo[] { return (this.#inOrder ??= inTurns([...this.#nodes.values()])); }
  node(name: string): NodeInfo | undefined { return this.#nodes.get(name); }
  pod(key: string): PodInfo | undefined { return this.#pods.get(key)?.info; }
  nodeOf(key: string): string | undefined { return this.#pods.get(key)?.nodeName; }

  /** Labels of a Namespace; undefined when there is none of that name. */
  readonly namespaceLabels = (name: string): Labels | undefined => {
    const found = this.objects.get(namespaces, name);
    return found && (found.metadata.labels ?? {});
  };

  tally(question: TallyQuestion): PodTally { return this.#tallies.get(question, (scope) => this.#podsIn(scope)); }

  /** Terms may select other Pods now. */
  namespacesChanged(): void { this.#tallies.clear(); }

  setNode(node: Node): NodeInfo {
    const info = this.#nodes.get(node.metadata.name);
    if (!info) return this.#addNode(node);
    const before = info.labels;
    const relabelled = !sameLabels(before, node.metadata.labels ?? {});
    if (relabelled) this.#countTerms(info, -1);
    this.#countNode(info, -1);
    info.update(node);
    this.#countNode(info, 1);
    if (relabelled) {
      this.#countTerms(info, 1);
      this.#tallies.forgetDomains();
      if (zoneOf(before) !== zoneOf(info.labels)) this.#inOrder = undefined;
    }
    return info;
  }

  removeNode(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name);
    if (!info) return undefined;
    for (const pod of info.pods.values()) {
      this.#take(pod, info);
      this.#wait(pod, name);
    }
    this.#countNode(info, -1);
    this.#nodes.delete(name);
    this.#inOrder = undefined;
    return info;
  }

  /** Puts a Pod where it runs, or is about to. */
  setPod(pod: Pod, nodeName: string): PodInfo {
    return this.place(podInfoOf(pod), nodeName);
  }

  /** The same for a Pod that is parsed already. */
  place(info: PodInfo, nodeName: string): PodInfo {
    this.removePod(info.key);
    this.#pods.set(info.key, { info, nodeName });
    const node = this.#nodes.get(nodeName);
    if (node) this.#put(info, node);
    else this.#wait(info, nodeName);
    return info;
  }

  removePod(key: string): PodInfo | undefined {
    const known = this.#pods.get(key);
    if (!known) return undefined;
    const { info, nodeName } = known;
    this.#pods.delete(key);
    const node = this.#nodes.get(nodeName);
    if (node?.pods.has(key)) this.#take(info, node);
    this.#homeless.get(nodeName)?.delete(info);
    return info;
  }

  #addNode(node: Node): NodeInfo {
    const info = new NodeInfo(node);
    this.#nodes.set(info.name, info);
    this.#inOrder = undefined;
    this.#countNode(info, 1);
    for (const pod of this.#homeless.get(info.name) ?? []) this.#put(pod, info);
    this.#homeless.delete(info.name);
    return info;
  }

  #put(pod: PodInfo, node: NodeInfo): void {
    node.add(pod);
    const others = this.#podsOfNamespace.get(pod.namespace) ?? new Set();
    this.#podsOfNamespace.set(pod.namespace, others.add(pod));
    this.#tallies.change(pod, node, 1);
    if (pod.hasAffinity) this.terms.change(pod, node, 1);
    this.#countClaims(pod, 1);
  }

  #take(pod: PodInfo, node: NodeInfo): void {
    node.remove(pod);
    const others = this.#podsOfNamespace.get(pod.namespace);
    others?.delete(pod);
    if (others?.size === 0) this.#podsOfNamespace.delete(pod.namespace);
    this.#tallies.change(pod, node, -1);
    if (pod.hasAffinity) this.terms.change(pod, node, -1);
    this.#countClaims(pod, -1);
  }

  #countClaims({ claims }: PodInfo, difference: 1 | -1): void {
    for (const key of claims) changeCount(this.claimUsers, key, difference);
  }

  #wait(pod: PodInfo, nodeName: string): void {
    const waiting = this.#homeless.get(nodeName) ?? new Set();
    this.#homeless.set(nodeName, waiting.add(pod));
  }

  *#podsIn(scope: readonly string[] | undefined): Generator<[PodInfo, NodeInfo]> {
    for (const namespace of scope ?? this.#podsOfNamespace.keys()) {
      for (const pod of this.#podsOfNamespace.get(namespace) ?? []) {
        const node = this.#nodes.get(this.#pods.get(pod.key)?.nodeName ?? '');
        if (node) yield [pod, node];
      }
    }
  }

  #countTerms(node: NodeInfo, difference: 1 | -1): void {
    for (const pod of node.pods.values()) if (pod.hasAffinity) this.terms.change(pod, node, difference);
  }

  #countNode(node: NodeInfo, difference: 1 | -1): void {
    if (node.softTaints.length > 0) this.nodesWithSoftTaints += difference;
    for (const name of node.images.keys()) changeCount(this.imageNodes, name, difference);
  }
}

function changeCount(counts: Map<string, number>, key: string, difference: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + difference;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}

function sameLabels(a: Labels, b: Labels): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** One node of each zone, then the next of each, as long as there are any. */
function inTurns(nodes: readonly NodeInfo[]): readonly NodeInfo[] {
  const zones = new Map<string, NodeInfo[]>();
  for (const node of nodes) {
    const zone = zoneOf(node.labels);
    const members = zones.get(zone) ?? [];
    members.push(node);
    zones.set(zone, members);
  }
  if (zones.size <= 1) return nodes;
  const longest = Math.max(...[...zones.values()].map(({ length }) => length));
  return Array.from({ length: longest }, (_, turn) => [...zones.values()].flatMap((members) => members[turn] ?? [])).flat();
}
