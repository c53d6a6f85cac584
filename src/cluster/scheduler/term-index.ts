/**
 * The affinity terms of the Pods that run: equal terms are one entry with its Pods counted by domain,
 * so that a new Pod is compared with each distinct term, not with each Pod.
 */
import type { AffinityTerm } from './affinity-term.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export type TermSort = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferred';

export interface TermEntry {
  readonly term: AffinityTerm;
  /** Of preferred terms; negative for anti-affinity. */
  readonly weight: number;
  /** Pods that have the term, by the value of its topology key on their nodes. */
  readonly inDomain: Map<string, number>;
  pods: number;
}

export class TermIndex {
  readonly #entries: Record<TermSort, Map<string, TermEntry>> = { requiredAffinity: new Map(), requiredAntiAffinity: new Map(), preferred: new Map() };

  entries(sort: TermSort): Iterable<TermEntry> { return this.#entries[sort].values(); }
  has(sort: TermSort): boolean { return this.#entries[sort].size > 0; }

  change(pod: PodInfo, node: NodeInfo, difference: 1 | -1): void {
    const { affinity, antiAffinity } = pod;
    for (const term of affinity.required) this.#change('requiredAffinity', term, 1, node, difference);
    for (const term of antiAffinity.required) this.#change('requiredAntiAffinity', term, 1, node, difference);
    for (const { term, weight } of affinity.preferred) this.#change('preferred', term, weight, node, difference);
    for (const { term, weight } of antiAffinity.preferred) this.#change('preferred', term, -weight, node, difference);
  }

  #change(sort: TermSort, term: AffinityTerm, weight: number, node: NodeInfo, difference: 1 | -1): void {
    const entries = this.#entries[sort];
    const key = `${weight} ${term.key}`;
    const entry = entries.get(key) ?? { term, weight, inDomain: new Map(), pods: 0 };
    entry.pods += difference;
    if (entry.pods === 0) return void entries.delete(key);
    entries.set(key, entry);
    const value = node.labels[term.topologyKey];
    if (value === undefined) return;
    const count = (entry.inDomain.get(value) ?? 0) + difference;
    if (count === 0) entry.inDomain.delete(value);
    else entry.inDomain.set(value, count);
  }
}
