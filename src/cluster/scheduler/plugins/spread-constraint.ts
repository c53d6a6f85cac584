/** Topology spread constraints, parsed: the Pod's own, or the profile's defaults for Pods that belong to something. */
import { formatSelector, matches, type Selector, selectorOf } from '../../api/labels.ts';
import type { LabelSelector, Labels, Pod, PodSpec, ReplicaSet, ReplicationController, Service, StatefulSet } from '../../api/types.ts';
import { replicaSets, replicationControllers, services, statefulSets } from '../../client/resources.ts';
import type { SchedulerCache } from '../cache.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodTally } from '../pod-tally.ts';
import { HOSTNAME_LABEL, ZONE_LABEL } from '../topology.ts';
import { hasNodeSelection, matchesNodeSelection } from '../../api/node-selector.ts';
import { untolerated } from '../../api/tolerations.ts';

export type RawConstraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];
type Action = 'DoNotSchedule' | 'ScheduleAnyway';

export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: Selector | undefined;
  readonly honorsNodeAffinity: boolean;
  readonly honorsTaints: boolean;
}

/** Default constraints of the default profile (`defaultingType: System`). */
export const SYSTEM_DEFAULTS: readonly RawConstraint[] = [
  { topologyKey: HOSTNAME_LABEL, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: ZONE_LABEL, maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
];

/** The constraints of one sort that hold for the Pod. */
export function constraintsFor(pod: PodInfo, action: Action, defaults: readonly RawConstraint[], cluster: SchedulerCache): readonly SpreadConstraint[] {
  const own = pod.pod.spec.topologySpreadConstraints;
  if (own?.length) return own.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action).map((raw) => parse(raw, pod.labels));
  const wanted = defaults.filter(({ whenUnsatisfiable }) => whenUnsatisfiable === action);
  if (wanted.length === 0) return [];
  const selector = selectorOfOwners(pod, cluster);
  return selector.length === 0 ? [] : wanted.map((raw) => ({ ...parse(raw, pod.labels), selector }));
}

function parse(raw: RawConstraint, labels: Labels): SpreadConstraint {
  return {
    topologyKey: raw.topologyKey, maxSkew: raw.maxSkew, minDomains: raw.minDomains ?? 1,
    selector: withLabelKeys(raw.labelSelector, raw.matchLabelKeys ?? [], labels),
    honorsNodeAffinity: (raw.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorsTaints: raw.nodeTaintsPolicy === 'Honor',
  };
}

function withLabelKeys(selector: LabelSelector | undefined, keys: readonly string[], labels: Labels): Selector | undefined {
  const own = keys.filter((key) => labels[key] !== undefined).map((key) => ({ key, operator: '=' as const, values: [labels[key] ?? ''] }));
  const given = selectorOf(selector);
  return own.length === 0 ? given : [...own, ...given ?? []];
}

/** What the Services, and the controller, of a Pod select: the group that defaults spread. Empty: it belongs to none. */
function selectorOfOwners({ pod, namespace, labels }: PodInfo, { objects }: SchedulerCache): Selector {
  const bySelector = (found: Service | ReplicationController | undefined) => Object.entries(found?.spec.selector ?? {});
  const pairs = new Map<string, string>();
  for (const service of objects.list(services, namespace)) {
    const wanted = bySelector(service);
    if (wanted.every(([key, value]) => labels[key] === value)) for (const [key, value] of wanted) pairs.set(key, value);
  }
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller);
  const key = `${namespace}/${owner?.name}`;
  if (owner?.kind === 'ReplicationController') for (const [name, value] of bySelector(objects.get(replicationControllers, key))) pairs.set(name, value);
  const requirements = [...pairs].map(([name, value]) => ({ key: name, operator: '=' as const, values: [value] }));
  let set: ReplicaSet | StatefulSet | undefined;
  if (owner?.kind === 'ReplicaSet') set = objects.get(replicaSets, key);
  if (owner?.kind === 'StatefulSet') set = objects.get(statefulSets, key);
  return [...requirements, ...(set && selectorOf(set.spec.selector)) ?? []];
}

/** The Pods that a constraint counts: of the Pod's Namespace, selected, not on their way out. */
export function tallyFor({ selector }: SpreadConstraint, namespace: string, cluster: SchedulerCache): PodTally {
  return cluster.tally({
    key: `spread ${namespace} ${selector ? formatSelector(selector) : 'nothing'}`,
    namespaces: [namespace],
    matches: (pod) => !pod.isTerminating && pod.namespace === namespace && selects(selector, pod.labels),
  });
}

export function selects(selector: Selector | undefined, labels: Labels): boolean {
  return selector !== undefined && matches(selector, labels);
}

export function hasAllKeys(node: NodeInfo, constraints: readonly SpreadConstraint[]): boolean {
  return constraints.every(({ topologyKey }) => node.labels[topologyKey] !== undefined);
}

/** Which nodes a constraint counts as domains, by its inclusion policies; undefined: every node. */
export function inclusionOf(constraint: SpreadConstraint, { spec }: Pod): ((node: NodeInfo) => boolean) | undefined {
  const bySelection = constraint.honorsNodeAffinity && hasNodeSelection(spec);
  if (!bySelection && !constraint.honorsTaints) return undefined;
  return (node) => (!bySelection || matchesNodeSelection(spec, node)) && (!constraint.honorsTaints || !untolerated(node.hardTaints, spec.tolerations ?? []));
}
