/** What the scheduler needs of a Pod, worked out once. */
import type { Labels, Pod } from '../api/types.ts';
import { type AffinityTerms, NO_TERMS, termsOf } from './affinity-term.ts';
import { claimNameOf } from '../api/volume-binding.ts';
import { type Demand, demandOf } from './resources.ts';

export interface HostPort { readonly ip: string; readonly port: number; readonly protocol: string }

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
const NO_PORTS: readonly HostPort[] = [];
const NO_CLAIMS: readonly string[] = [];

/** The parsed form of a Pod. */
export function podInfoOf(pod: Pod): PodInfo {
  const { name, namespace = '', labels = NO_LABELS, deletionTimestamp } = pod.metadata;
  const affinity = termsOf(namespace, pod.spec.affinity?.podAffinity);
  const antiAffinity = termsOf(namespace, pod.spec.affinity?.podAntiAffinity);
  return {
    pod, key: `${namespace}/${name}`, namespace, labels, priority: pod.spec.priority ?? 0, isTerminating: deletionTimestamp !== undefined && deletionTimestamp !== null,
    demand: demandOf(pod), hostPorts: hostPortsOf(pod), claims: claimsOf(pod),
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

/** Ports of the node that the Pod takes; those of sidecars too. */
function hostPortsOf({ spec }: Pod): readonly HostPort[] {
  let ports: HostPort[] | undefined;
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of sidecars.length > 0 ? [...spec.containers, ...sidecars] : spec.containers) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort) (ports ??= []).push({ ip: hostIP || '0.0.0.0', port: hostPort, protocol: protocol ?? 'TCP' });
    }
  }
  return ports ?? NO_PORTS;
}

/** Whether the two take the same port of a node. */
export function portsConflict(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');
}

/** Whether two versions of a Pod are the same to the scheduler: heartbeats and phases change nothing. */
export function isSamePod(a: Pod, b: Pod): boolean {
  return a.metadata.uid === b.metadata.uid && (a.spec === b.spec || a.metadata.generation === b.metadata.generation)
    && a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && a.status?.resourceClaimStatuses?.length === b.status?.resourceClaimStatuses?.length && (a.metadata.labels === b.metadata.labels || sameLabels(a.metadata.labels, b.metadata.labels));
}

function sameLabels(a: Labels | undefined, b: Labels | undefined): boolean {
  return JSON.stringify(a ?? {}) === JSON.stringify(b ?? {});
}
