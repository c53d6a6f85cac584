/** InterPodAffinity: Pods that want to be near others, or away from them; those that run are honoured too. */
import { type AffinityTerm, termMatches } from '../affinity-term.ts';
import type { SchedulerCache } from '../cache.ts';
import type { ClusterEvent } from '../cluster-event.ts';
import { type NodeFilter, type NodeScorer, type Plugin, PluginError, SCORE_MAX, unresolvable, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodTally } from '../pod-tally.ts';
import type { TermEntry } from '../term-index.ts';

export interface InterPodAffinityArgs {
  /** Score for a Pod that others require near them, 0..100. */
  hardPodAffinityWeight?: number;
  /** Unless the incoming Pod has preferences of its own. */
  ignorePreferredTermsOfExistingPods?: boolean;
}

const AFFINITY = unresolvable("node(s) didn't match pod affinity rules");
const ANTI_AFFINITY = unschedulable("node(s) didn't match pod anti-affinity rules");
const EXISTING_ANTI_AFFINITY = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

/** The plugin with its arguments. */
export function interPodAffinity({ hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods = false }: InterPodAffinityArgs = {}): Plugin {
  return {
    name: 'InterPodAffinity',
    preFilter(pod, cluster) {
      const error = parseErrorOf(pod);
      if (error) return unresolvable(`parsing pod: ${error}`);
      const existing = existingAntiTerms(pod, cluster);
      if (existing.size === 0 && pod.affinity.required.length + pod.antiAffinity.required.length === 0) return undefined;
      return filterFor(pod, cluster, existing);
    },
    preScore(pod, cluster) {
      const ownTerms = pod.affinity.preferred.length + pod.antiAffinity.preferred.length;
      const error = parseErrorOf(pod);
      if (error) throw new PluginError(`parsing pod: ${error}`);
      if (ignorePreferredTermsOfExistingPods && ownTerms === 0) return undefined;
      return scorerFor(pod, cluster, hardPodAffinityWeight);
    },
    wakesOn: ['NodeAdd', 'NodeUpdate', 'PodAdd', 'PodUpdate', 'PodDelete'],
    mayHelp,
  };
}

/** What is wrong with the Pod's own terms; the API server lets none of this in. */
function parseErrorOf({ affinity, antiAffinity }: PodInfo): string | undefined {
  const errors = [
    ...affinity.required.map(({ error }) => error && `requiredAffinityTerms: ${error}`),
    ...antiAffinity.required.map(({ error }) => error && `requiredAntiAffinityTerms: ${error}`),
    ...affinity.preferred.map(({ term: { error } }) => error && `preferredAffinityTerms: ${error}`),
    ...antiAffinity.preferred.map(({ term: { error } }) => error && `preferredAntiAffinityTerms: ${error}`),
  ].filter((error) => error !== undefined);
  return errors.length > 1 ? `[${errors.join(', ')}]` : errors[0];
}

/** Entries of required anti-affinity that speak of the Pod, by topology key. */
function existingAntiTerms(pod: PodInfo, cluster: SchedulerCache): Map<string, TermEntry[]> {
  const found = new Map<string, TermEntry[]>();
  for (const entry of cluster.terms.entries('requiredAntiAffinity')) {
    if (!termMatches(entry.term, pod, cluster.namespaceLabels)) continue;
    const { topologyKey } = entry.term;
    found.set(topologyKey, [...found.get(topologyKey) ?? [], entry]);
  }
  return found;
}

function filterFor(pod: PodInfo, cluster: SchedulerCache, existing: Map<string, TermEntry[]>): NodeFilter {
  const { namespaceLabels } = cluster;
  const wanted = pod.affinity.required;
  const unwanted = pod.antiAffinity.required;
  const matchesAll = (other: PodInfo) => wanted.every((term) => termMatches(term, other, namespaceLabels));
  const near = wanted.length > 0 ? tallyOf(wanted, cluster) : undefined;
  const away = unwanted.map((term) => tallyOf([term], cluster));
  const whatIf = new Differences();

  const inDomain = (sort: string, tally: PodTally, topologyKey: string, value: string) =>
    (tally.inDomains(topologyKey).counts.get(value) ?? 0) + whatIf.of(sort, topologyKey, value);
  const satisfiesAffinity = (node: NodeInfo, tally: PodTally) => {
    let areNear = true;
    for (const { topologyKey } of wanted) {
      const value = node.labels[topologyKey];
      if (value === undefined) return false;
      areNear &&= inDomain('near', tally, topologyKey, value) > 0;
    }
    // The first Pod of a group that wants to be together would otherwise never start.
    return areNear || (wanted.every(({ topologyKey }) => tally.inDomains(topologyKey).total + whatIf.total('near', topologyKey) === 0) && matchesAll(pod));
  };
  const violatesAntiAffinity = (node: NodeInfo) => unwanted.some(({ topologyKey }, i) => {
    const value = node.labels[topologyKey];
    return value !== undefined && inDomain(`away ${i}`, away[i]!, topologyKey, value) > 0;
  });
  const violatesExisting = (node: NodeInfo) => {
    for (const [topologyKey, entries] of existing) {
      const value = node.labels[topologyKey];
      if (value === undefined) continue;
      let count = whatIf.of('existing', topologyKey, value);
      for (const { inDomain: counts } of entries) count += counts.get(value) ?? 0;
      if (count > 0) return true;
    }
    return false;
  };
  const change = (other: PodInfo, node: NodeInfo, difference: 1 | -1) => {
    if (near && matchesAll(other)) for (const { topologyKey } of wanted) whatIf.change('near', topologyKey, node, difference);
    for (const [i, term] of unwanted.entries()) if (termMatches(term, other, namespaceLabels)) whatIf.change(`away ${i}`, term.topologyKey, node, difference);
    for (const term of other.antiAffinity.required) {
      if (!termMatches(term, pod, namespaceLabels)) continue;
      if (!existing.has(term.topologyKey)) existing.set(term.topologyKey, []);
      whatIf.change('existing', term.topologyKey, node, difference);
    }
  };
  return {
    filter(node) {
      if (near && !satisfiesAffinity(node, near)) return AFFINITY;
      if (violatesAntiAffinity(node)) return ANTI_AFFINITY;
      return violatesExisting(node) ? EXISTING_ANTI_AFFINITY : undefined;
    },
    podAdded: (other, node) => change(other, node, 1),
    podRemoved: (other, node) => change(other, node, -1),
  };
}

/** The Pods that all of the terms speak of. */
function tallyOf(terms: readonly AffinityTerm[], cluster: SchedulerCache): PodTally {
  const bounded = terms.find(({ namespaceSelector }) => !namespaceSelector);
  return cluster.tally({
    key: `affinity ${terms.map(({ key }) => key).join(' ')}`,
    namespaces: bounded?.namespaces,
    matches: (pod) => terms.every((term) => termMatches(term, pod, cluster.namespaceLabels)),
  });
}

/** What a what-if changes in the counts of domains. */
class Differences {
  readonly #by = new Map<string, number>();

  of(sort: string, topologyKey: string, value: string): number {
    return this.#by.size === 0 ? 0 : this.#by.get(`${sort} ${topologyKey}=${value}`) ?? 0;
  }

  total(sort: string, topologyKey: string): number {
    return this.#by.size === 0 ? 0 : this.#by.get(`${sort} ${topologyKey}`) ?? 0;
  }

  change(sort: string, topologyKey: string, node: NodeInfo, difference: 1 | -1): void {
    const value = node.labels[topologyKey];
    if (value === undefined) return;
    for (const key of [`${sort} ${topologyKey}`, `${sort} ${topologyKey}=${value}`]) this.#by.set(key, (this.#by.get(key) ?? 0) + difference);
  }
}

interface Pull { topologyKey: string; counts: ReadonlyMap<string, number>; weight: number }

function scorerFor(pod: PodInfo, cluster: SchedulerCache, hardWeight: number): NodeScorer | undefined {
  const pulls: Pull[] = [];
  const pull = (topologyKey: string, counts: ReadonlyMap<string, number>, weight: number) => {
    if (counts.size > 0 && weight !== 0) pulls.push({ topologyKey, counts, weight });
  };
  const own = ({ topologyKey, ...rest }: AffinityTerm, weight: number) => pull(topologyKey, tallyOf([{ topologyKey, ...rest }], cluster).inDomains(topologyKey).counts, weight);
  for (const { term, weight } of pod.affinity.preferred) own(term, weight);
  for (const { term, weight } of pod.antiAffinity.preferred) own(term, -weight);
  for (const { term, inDomain } of cluster.terms.entries('requiredAffinity')) if (hardWeight > 0 && termMatches(term, pod, cluster.namespaceLabels)) pull(term.topologyKey, inDomain, hardWeight);
  for (const { term, weight, inDomain } of cluster.terms.entries('preferred')) if (termMatches(term, pod, cluster.namespaceLabels)) pull(term.topologyKey, inDomain, weight);
  if (pulls.length === 0) return undefined;
  return {
    score(node) {
      let score = 0;
      for (const { topologyKey, counts, weight } of pulls) {
        const value = node.labels[topologyKey];
        if (value !== undefined) score += (counts.get(value) ?? 0) * weight;
      }
      return score;
    },
    normalize,
  };
}

function normalize(scores: number[]): void {
  let min = Infinity;
  let max = -Infinity;
  for (const score of scores) {
    min = Math.min(min, score);
    max = Math.max(max, score);
  }
  for (let i = 0; i < scores.length; i++) scores[i] = max > min ? Math.trunc(SCORE_MAX * ((scores[i]! - min) / (max - min))) : 0;
}

/** A Pod to be near has come; one to be away from, or that wanted this one away, has gone; a node has got a domain. */
function mayHelp(event: ClusterEvent, pod: PodInfo, { namespaceLabels }: SchedulerCache): boolean {
  const isWanted = (other: PodInfo) => pod.affinity.required.every((term) => termMatches(term, other, namespaceLabels));
  const isUnwanted = (other: PodInfo) => pod.antiAffinity.required.some((term) => termMatches(term, other, namespaceLabels));
  const repels = (other: PodInfo) => other.antiAffinity.required.some((term) => termMatches(term, pod, namespaceLabels));
  switch (event.type) {
    case 'PodAdd': return pod.affinity.required.length > 0 && isWanted(event.pod);
    case 'PodUpdate': return (pod.affinity.required.length > 0 && isWanted(event.pod) && !isWanted(event.before)) || (isUnwanted(event.before) && !isUnwanted(event.pod));
    case 'PodDelete': return isUnwanted(event.pod) || repels(event.pod) || (pod.affinity.required.length > 0 && isWanted(event.pod) && isWanted(pod));
    case 'NodeAdd': return gotDomain(pod, event.node, undefined);
    case 'NodeUpdate': return event.changed.has('labels') && gotDomain(pod, event.node, event.before);
    default: return false;
  }
}

/** Whether the node is in another domain than before. Without terms of its own the Pod is kept away by others', over any label. */
function gotDomain({ affinity, antiAffinity }: PodInfo, node: NodeInfo, before: NodeInfo | undefined): boolean {
  const isOther = ({ topologyKey }: AffinityTerm) => node.labels[topologyKey] !== before?.labels[topologyKey];
  if (affinity.required.some(isOther)) return true;
  if (antiAffinity.required.length > 0) return !before || antiAffinity.required.some(isOther);
  return affinity.required.length === 0;
}
