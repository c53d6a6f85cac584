/** Terms of inter-Pod affinity, parsed once: which Pods they speak of, and over which topology. */
import { formatSelector, matches, newRequirement, type Selector, selectorOf } from '../api/labels.ts';
import type { Labels, PodSpec } from '../api/types.ts';

type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
type RawTerm = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];
type RawPreferred = NonNullable<PodAffinity['preferredDuringSchedulingIgnoredDuringExecution']>[number];

const TERMS_KNOWN_MAX = 2048;
const knownTerms = new Map<string, AffinityTerm>();

/** A Pod, as far as a term looks at it. */
export interface TermSubject { readonly namespace: string; readonly labels: Labels }
/** The labels of a Namespace; undefined when there is no such Namespace. */
export type NamespaceLabels = (name: string) => Labels | undefined;

export interface AffinityTerm {
  /** Equal for terms that mean the same. */
  readonly key: string;
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  /** Also Pods of the Namespaces that this selects; undefined: of none. */
  readonly namespaceSelector: Selector | undefined;
  /** undefined: no Pod at all. */
  readonly selector: Selector | undefined;
  /** What is wrong with a selector that can match nothing. */
  readonly error: string | undefined;
}

interface WeightedTerm { readonly weight: number; readonly term: AffinityTerm }

/** Required and preferred terms of a Pod's podAffinity or podAntiAffinity. */
export interface AffinityTerms { readonly required: readonly AffinityTerm[]; readonly preferred: readonly WeightedTerm[] }

export const NO_TERMS: AffinityTerms = { required: [], preferred: [] };

/** The parsed terms; without namespaces or a selector of them, they speak of the Pod's own. */
export function termsOf(namespace: string, affinity: PodAffinity | undefined): AffinityTerms {
  if (!affinity) return NO_TERMS;
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const preferred: readonly RawPreferred[] = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    required: required.map((term) => termOf(namespace, term)),
    preferred: preferred.map(({ weight, podAffinityTerm }) => ({ weight, term: termOf(namespace, podAffinityTerm) })),
  };
}

function termOf(namespace: string, raw: RawTerm): AffinityTerm {
  const text = `${namespace} ${JSON.stringify(raw)}`;
  const known = knownTerms.get(text);
  if (known) return known;
  if (knownTerms.size >= TERMS_KNOWN_MAX) knownTerms.clear();
  const term = parse(namespace, raw);
  knownTerms.set(text, term);
  return term;
}

function parse(namespace: string, raw: RawTerm): AffinityTerm {
  const listed = raw.namespaces?.length || raw.namespaceSelector ? raw.namespaces ?? [] : [namespace];
  const namespaces = [...new Set(listed)].sort();
  const namespaceSelector = selectorOf(raw.namespaceSelector);
  const selector = selectorOf(raw.labelSelector);
  const key = JSON.stringify([raw.topologyKey, namespaces, namespaceSelector && formatSelector(namespaceSelector), selector && formatSelector(selector)]);
  return { key, topologyKey: raw.topologyKey, namespaces: new Set(namespaces), namespaceSelector, selector, error: errorIn(selector) ?? errorIn(namespaceSelector) };
}

function errorIn(selector: Selector | undefined): string | undefined {
  for (const { key, operator, values } of selector ?? []) {
    const checked = newRequirement(key, operator, values);
    if (typeof checked === 'string') return checked;
  }
  return undefined;
}

/** Whether the term speaks of the Pod. */
export function termMatches(term: AffinityTerm, pod: TermSubject, namespaceLabels: NamespaceLabels): boolean {
  if (!term.selector) return false;
  return (term.namespaces.has(pod.namespace) || selectsNamespace(term, pod.namespace, namespaceLabels)) && matches(term.selector, pod.labels);
}

function selectsNamespace({ namespaceSelector }: AffinityTerm, namespace: string, namespaceLabels: NamespaceLabels): boolean {
  if (!namespaceSelector) return false;
  if (namespaceSelector.length === 0) return true;
  const labels = namespaceLabels(namespace);
  return labels !== undefined && matches(namespaceSelector, labels);
}
