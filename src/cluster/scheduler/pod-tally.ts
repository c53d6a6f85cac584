/**
 * How many Pods of one sort run on each node and in each topology domain, kept up to date as Pods come and go.
 * A replica set's Pods all ask the same question, so the answer is counted once and then only changed.
 */
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

const TALLIES_MAX = 256;

export class PodTally {
  readonly matches: (pod: PodInfo) => boolean;
  readonly #onNode = new Map<NodeInfo, number>();
  readonly #inDomain = new Map<string, { counts: Map<string, number>; total: number }>();

  constructor(matches: (pod: PodInfo) => boolean) {
    this.matches = matches;
  }

  onNode(node: NodeInfo): number { return this.#onNode.get(node) ?? 0; }

  /** Pods for each value of a node label; nodes without the label do not count. */
  inDomains(topologyKey: string): { readonly counts: ReadonlyMap<string, number>; readonly total: number } {
    let domains = this.#inDomain.get(topologyKey);
    if (!domains) {
      domains = { counts: new Map(), total: 0 };
      this.#inDomain.set(topologyKey, domains);
      for (const [node, count] of this.#onNode) changeDomain(domains, node.labels[topologyKey], count);
    }
    return domains;
  }

  change(node: NodeInfo, difference: number): void {
    const count = (this.#onNode.get(node) ?? 0) + difference;
    if (count === 0) this.#onNode.delete(node);
    else this.#onNode.set(node, count);
    for (const [topologyKey, domains] of this.#inDomain) changeDomain(domains, node.labels[topologyKey], difference);
  }

  /** Node labels have changed: domains are counted again when they are next asked for. */
  forgetDomains(): void { this.#inDomain.clear(); }
}

function changeDomain(domains: { counts: Map<string, number>; total: number }, value: string | undefined, difference: number): void {
  if (value === undefined) return;
  domains.total += difference;
  const count = (domains.counts.get(value) ?? 0) + difference;
  if (count === 0) domains.counts.delete(value);
  else domains.counts.set(value, count);
}

/** What a tally counts. */
export interface TallyQuestion {
  /** Equal for equal questions. */
  key: string;
  /** The Namespaces its Pods are in; undefined: any. */
  namespaces: Iterable<string> | undefined;
  matches: (pod: PodInfo) => boolean;
}

/** The tallies in use; of many, those asked for last are kept. */
export class PodTallies {
  readonly #tallies = new Map<string, { tally: PodTally; namespaces: readonly string[] | undefined }>();
  readonly #ofNamespace = new Map<string, Set<PodTally>>();
  readonly #ofAll = new Set<PodTally>();

  /** The tally for a question, counted over `pods` when it is new. */
  get({ key, namespaces, matches }: TallyQuestion, pods: (namespaces: readonly string[] | undefined) => Iterable<[PodInfo, NodeInfo]>): PodTally {
    const known = this.#tallies.get(key);
    if (known) {
      this.#tallies.delete(key);
      this.#tallies.set(key, known);
      return known.tally;
    }
    const tally = new PodTally(matches);
    const scope = namespaces && [...namespaces];
    for (const [pod, node] of pods(scope)) if (matches(pod)) tally.change(node, 1);
    this.#keep(key, tally, scope);
    return tally;
  }

  change(pod: PodInfo, node: NodeInfo, difference: 1 | -1): void {
    for (const tally of this.#ofAll) if (tally.matches(pod)) tally.change(node, difference);
    for (const tally of this.#ofNamespace.get(pod.namespace) ?? []) if (tally.matches(pod)) tally.change(node, difference);
  }

  forgetDomains(): void {
    for (const { tally } of this.#tallies.values()) tally.forgetDomains();
  }

  /** Drops everything: what Namespaces are selected has changed. */
  clear(): void {
    this.#tallies.clear();
    this.#ofNamespace.clear();
    this.#ofAll.clear();
  }

  #keep(key: string, tally: PodTally, namespaces: readonly string[] | undefined): void {
    if (this.#tallies.size >= TALLIES_MAX) this.#dropOldest();
    this.#tallies.set(key, { tally, namespaces });
    if (!namespaces) return void this.#ofAll.add(tally);
    for (const namespace of namespaces) {
      const tallies = this.#ofNamespace.get(namespace) ?? new Set();
      this.#ofNamespace.set(namespace, tallies.add(tally));
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#tallies;
    if (!oldest) return;
    const [key, { tally, namespaces }] = oldest;
    this.#tallies.delete(key);
    this.#ofAll.delete(tally);
    for (const namespace of namespaces ?? []) this.#ofNamespace.get(namespace)?.delete(tally);
  }
}
