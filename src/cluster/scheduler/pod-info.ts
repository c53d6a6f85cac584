/** What the scheduler needs of a Pod, worked out once. */
import { type HostPort, hostPortsOf } from '../api/host-ports.ts';
import type { Labels, Pod } from '../api/types.ts';
import { type AffinityTerms, NO_TERMS, termsOf } from './affinity-term.ts';
import { claimNameOf } from '../api/volume-binding.ts';
import { type Demand, demandOf } from './resources.ts';

export interface PodInfo {
  /** The newest version; what the other fields tell does not differ from it. */
  pod: Pod;
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly isTerminating: boolean;
  /** One object for all Pods that ask for the same. */
  readonly demand: Demand;
  readonly hostPorts: readonly HostPort[];
  /** Keys of the claims behind its volumes: `namespace/name`. */
  readonly claims: readonly string[];
  readonly affinity: AffinityTerms;
  readonly antiAffinity: AffinityTerms;
  readonly hasAffinity: boolean;
}

const NO_LABELS: Labels = {};
const NO_CLAIMS: readonly string[] = [];

/** The parsed form of a Pod. */
export function podInfoOf(pod: Pod): PodInfo {
  const { name, namespace = '', labels = NO_LABELS, deletionTimestamp } = pod.metadata;
  const affinity = termsOf(namespace, pod.spec.affinity?.podAffinity);
  const antiAffinity = termsOf(namespace, pod.spec.affinity?.podAntiAffinity);
  return {
    pod, key: `${namespace}/${name}`, namespace, labels, priority: pod.spec.priority ?? 0, isTerminating: deletionTimestamp !== undefined && deletionTimestamp !== null,
    demand: demandOf(pod), hostPorts: hostPortsOf(pod.spec), claims: claimsOf(pod),
    affinity, antiAffinity, hasAffinity: hasTerms(affinity) || hasTerms(antiAffinity),
  };
}

function hasTerms(terms: AffinityTerms): boolean {
  return terms !== NO_TERMS && terms.required.length + terms.preferred.length > 0;
}

function claimsOf(pod: Pod): readonly string[] {
  let claims: string[] | undefined;
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name !== undefined) (claims ??= []).push(`${pod.metadata.namespace}/${name}`);
  }
  return claims ?? NO_CLAIMS;
}

/** Whether two versions of a Pod are the same to the scheduler: heartbeats and phases change nothing. */
export function isSamePod(a: Pod, b: Pod): boolean {
  return a.metadata.uid === b.metadata.uid && (a.spec === b.spec || a.metadata.generation === b.metadata.generation)
    && a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && a.status?.resourceClaimStatuses?.length === b.status?.resourceClaimStatuses?.length && (a.metadata.labels === b.metadata.labels || sameLabels(a.metadata.labels, b.metadata.labels));
}

function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  return JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});
}
