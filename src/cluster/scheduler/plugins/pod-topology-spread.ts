/** PodTopologySpread: Pods of a group are spread evenly over zones, nodes or any other label's values. */
import type { SchedulerCache } from '../cache.ts';
import type { ClusterEvent } from '../cluster-event.ts';
import { type NodeFilter, type NodeScorer, type Plugin, SCORE_MAX, unresolvable, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodTally } from '../pod-tally.ts';
import { HOSTNAME_LABEL } from '../topology.ts';
import { constraintsFor, hasAllKeys, inclusionOf, type RawConstraint, selects, type SpreadConstraint, SYSTEM_DEFAULTS, tallyFor } from './spread-constraint.ts';

export interface PodTopologySpreadArgs { defaultingType?: 'System' | 'List'; defaultConstraints?: readonly RawConstraint[] }

const SKEWED = unschedulable("node(s) didn't match pod topology spread constraints");
const LABEL_MISSING = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");

/** The plugin with its arguments. */
export function podTopologySpread({ defaultingType = 'System', defaultConstraints = [] }: PodTopologySpreadArgs = {}): Plugin {
  const isSystem = defaultingType === 'System';
  const defaults = isSystem ? SYSTEM_DEFAULTS : defaultConstraints;
  return {
    name: 'PodTopologySpread',
    preFilter(pod, cluster) {
      const constraints = constraintsFor(pod, 'DoNotSchedule', defaults, cluster);
      return constraints.length === 0 ? undefined : filterBy(constraints, pod, cluster);
    },
    preScore(pod, cluster, feasible) {
      const constraints = constraintsFor(pod, 'ScheduleAnyway', defaults, cluster);
      if (constraints.length === 0) return undefined;
      // Nodes without a zone still get their Pods spread by hostname when the system's defaults ask for both.
      const needsAllKeys = !isSystem || Boolean(pod.pod.spec.topologySpreadConstraints?.length);
      return scoreBy(constraints, needsAllKeys, pod, cluster, feasible);
    },
    wakesOn: ['NodeAdd', 'NodeUpdate', 'NodeDelete', 'PodAdd', 'PodUpdate', 'PodDelete'],
    mayHelp: (event, pod, cluster) => mayHelp(event, constraintsFor(pod, 'DoNotSchedule', defaults, cluster), pod),
  };
}

/** One constraint's domains with their Pods, for one Pod. */
interface Domains { constraint: SpreadConstraint; includes: (node: NodeInfo) => boolean; counts: Map<string, number>; selfMatch: 0 | 1 }

function filterBy(constraints: readonly SpreadConstraint[], pod: PodInfo, cluster: SchedulerCache): NodeFilter {
  const all = constraints.map((constraint): Domains => {
    const inclusion = inclusionOf(constraint, pod.pod);
    const includes = (node: NodeInfo) => hasAllKeys(node, constraints) && (!inclusion || inclusion(node));
    const counts = countDomains(constraint, tallyFor(constraint, pod.namespace, cluster), cluster.nodes.filter(includes));
    return { constraint, includes, counts, selfMatch: selects(constraint.selector, pod.labels) ? 1 : 0 };
  });
  let minimums = all.map(minimumOf);
  const change = (other: PodInfo, node: NodeInfo, difference: 1 | -1) => {
    if (other.namespace !== pod.namespace) return;
    for (const { constraint: { selector, topologyKey }, includes, counts } of all) {
      const value = node.labels[topologyKey];
      if (value !== undefined && selects(selector, other.labels) && includes(node)) counts.set(value, (counts.get(value) ?? 0) + difference);
    }
    minimums = all.map(minimumOf);
  };
  return {
    filter(node) {
      for (const [i, { constraint, counts, selfMatch }] of all.entries()) {
        const value = node.labels[constraint.topologyKey];
        if (value === undefined) return LABEL_MISSING;
        if ((counts.get(value) ?? 0) + selfMatch - minimums[i]! > constraint.maxSkew) return SKEWED;
      }
      return undefined;
    },
    podAdded: (other, node) => change(other, node, 1),
    podRemoved: (other, node) => change(other, node, -1),
  };
}

function countDomains({ topologyKey }: SpreadConstraint, tally: PodTally, nodes: readonly NodeInfo[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const value = node.labels[topologyKey] ?? '';
    counts.set(value, (counts.get(value) ?? 0) + tally.onNode(node));
  }
  return counts;
}

/** The fewest Pods in a domain; too few domains count as if there were an empty one. */
function minimumOf({ constraint, counts }: Domains): number {
  if (counts.size < constraint.minDomains) return 0;
  let minimum = Infinity;
  for (const count of counts.values()) if (count < minimum) minimum = count;
  return minimum;
}

function scoreBy(constraints: readonly SpreadConstraint[], needsAllKeys: boolean, pod: PodInfo, cluster: SchedulerCache, feasible: readonly NodeInfo[]): NodeScorer {
  const isIgnored = (node: NodeInfo) => needsAllKeys && !hasAllKeys(node, constraints);
  const scored = needsAllKeys ? feasible.filter((node) => !isIgnored(node)) : feasible;
  const parts = constraints.map((constraint) => partOf(constraint, needsAllKeys ? constraints : [], pod, cluster, scored));
  return {
    score(node) {
      if (isIgnored(node)) return 0;
      let score = 0;
      for (const { topologyKey, maxSkew, weight, countOn } of parts) {
        const value = node.labels[topologyKey];
        if (value !== undefined) score += countOn(node, value) * weight + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize: (scores) => normalize(scores, (i) => isIgnored(feasible[i]!)),
  };
}

interface ScorePart { topologyKey: string; maxSkew: number; weight: number; countOn: (node: NodeInfo, value: string) => number }

/** Small topologies get as much say as large ones: counts weigh by the logarithm of the number of domains. */
function partOf(constraint: SpreadConstraint, required: readonly SpreadConstraint[], pod: PodInfo, cluster: SchedulerCache, scored: readonly NodeInfo[]): ScorePart {
  const { topologyKey, maxSkew } = constraint;
  const tally = tallyFor(constraint, pod.namespace, cluster);
  if (topologyKey === HOSTNAME_LABEL) return { topologyKey, maxSkew, weight: Math.log(scored.length + 2), countOn: (node) => tally.onNode(node) };
  const values = new Set<string>();
  for (const node of scored) values.add(node.labels[topologyKey] ?? '');
  const includes = inclusionOf(constraint, pod.pod);
  const counts = includes || required.length > 0
    ? countDomains(constraint, tally, cluster.nodes.filter((node) => hasAllKeys(node, required) && (!includes || includes(node))))
    : tally.inDomains(topologyKey).counts;
  return { topologyKey, maxSkew, weight: Math.log(values.size + 2), countOn: (_, value) => counts.get(value) ?? 0 };
}

/** The fewer Pods, the better; nodes that lack a label get nothing. */
function normalize(scores: number[], isIgnored: (i: number) => boolean): void {
  let min = Infinity;
  let max = 0;
  for (let i = 0; i < scores.length; i++) {
    if (isIgnored(i)) continue;
    min = Math.min(min, scores[i]!);
    max = Math.max(max, scores[i]!);
  }
  for (let i = 0; i < scores.length; i++) {
    if (isIgnored(i)) scores[i] = 0;
    else scores[i] = max === 0 ? SCORE_MAX : Math.trunc((SCORE_MAX * (max + min - scores[i]!)) / max);
  }
}

/** Pods of the group that come, go or change; nodes that bring or take a domain. */
function mayHelp(event: ClusterEvent, constraints: readonly SpreadConstraint[], { namespace }: PodInfo): boolean {
  const isCounted = (other: PodInfo) => other.namespace === namespace && constraints.some(({ selector }) => selects(selector, other.labels));
  switch (event.type) {
    case 'PodAdd': case 'PodDelete': return isCounted(event.pod);
    case 'PodUpdate': return isCounted(event.pod) !== isCounted(event.before) || event.pod.isTerminating !== event.before.isTerminating;
    case 'NodeAdd': case 'NodeDelete': return hasAllKeys(event.node, constraints);
    case 'NodeUpdate': {
      const { node, before, changed } = event;
      if (hasAllKeys(node, constraints) !== hasAllKeys(before, constraints)) return true;
      return hasAllKeys(node, constraints) && (changed.has('taints') || constraints.some(({ topologyKey }) => node.labels[topologyKey] !== before.labels[topologyKey]));
    }
    default: return false;
  }
}
