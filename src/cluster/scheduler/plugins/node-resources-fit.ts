/** NodeResourcesFit: whether the Pod's requests fit into what is left of a node, and how full it would be. */
import type { ClusterEvent } from '../cluster-event.ts';
import type { Plugin, Rejection } from '../framework.ts';
import { memoSlot, type NodeInfo } from '../node-info.ts';
import type { Demand, Resources } from '../resources.ts';
import { type ScoringStrategy, strategyScorer } from './resource-scoring.ts';

export interface NodeResourcesFitArgs {
  /** Extended resources, or their groups (`example.com`), that somebody else accounts for. */
  ignoredResources?: readonly string[];
  ignoredResourceGroups?: readonly string[];
  scoringStrategy?: ScoringStrategy;
}

/** The plugin with its arguments. */
export function nodeResourcesFit({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy }: NodeResourcesFitArgs = {}): Plugin {
  const strategy = strategyScorer(scoringStrategy ?? { type: 'LeastAllocated' });
  const isIgnored = (name: string) => ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/')[0]!);
  const [filterSlot, scoreSlot] = [memoSlot(), memoSlot()];
  return {
    name: 'NodeResourcesFit',
    preFilter({ demand }) {
      const wanted = wantedOf(demand.requests, isIgnored);
      const fits = (_: Demand, node: NodeInfo) => (hasRoom(wanted, node) ? 1 : 0);
      return { filter: (node) => (node.remembered(filterSlot, demand, fits) === 1 ? undefined : shortages(wanted, node)) };
    },
    preScore({ demand }) {
      const score = strategy(demand);
      return { score: (node) => node.remembered(scoreSlot, demand, score) };
    },
    wakesOn: ['NodeAdd', 'NodeUpdate', 'PodDelete', 'PodUpdate'],
    mayHelp: (event, { demand: { requests } }) => mayHelp(event, wantedOf(requests, isIgnored)),
  };
}

/** A request as the filter reads it. */
interface Wanted { readonly requests: Resources; readonly scalars: readonly [string, number][] }

function wantedOf(requests: Resources, isIgnored: (name: string) => boolean): Wanted {
  return { requests, scalars: [...requests.scalars].filter(([name, amount]) => amount > 0 && !isIgnored(name)) };
}

function hasRoom({ requests, scalars }: Wanted, { allocatable, requested, pods, podsMax }: NodeInfo): boolean {
  if (pods.size >= podsMax) return false;
  // Who asks for nothing fits even where others have taken too much.
  if (requests.cpu > 0 && requests.cpu > allocatable.cpu - requested.cpu) return false;
  if (requests.memory > 0 && requests.memory > allocatable.memory - requested.memory) return false;
  if (requests.ephemeralStorage > 0 && requests.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage) return false;
  return scalars.every(([name, amount]) => amount <= allocatable.get(name) - requested.get(name));
}

/** Everything that is short. Evictions cannot help when even the empty node would be too small. */
function shortages(wanted: Wanted, node: NodeInfo): Rejection {
  const { requests } = wanted;
  const reasons: string[] = [];
  let hopeless = false;
  if (node.pods.size >= node.podsMax) reasons.push('Too many pods');
  for (const name of namesOf(wanted)) {
    const amount = requests.get(name);
    if (amount === 0 || amount <= node.allocatable.get(name) - node.requested.get(name)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= amount > node.allocatable.get(name);
  }
  return { reasons, unresolvable: hopeless };
}

/** Room appears when a Pod goes, or asks for less of what is wanted; when a node joins that is large enough, or grows in what is wanted. */
function mayHelp(event: ClusterEvent, wanted: Wanted): boolean {
  const isLess = (a: Resources, b: Resources) => namesOf(wanted).some((name) => wanted.requests.get(name) > 0 && a.get(name) < b.get(name));
  switch (event.type) {
    case 'PodDelete': return true;
    case 'PodUpdate': return isLess(event.pod.demand.requests, event.before.demand.requests);
    case 'NodeAdd': return fitsEmpty(wanted, event.node);
    case 'NodeUpdate': {
      const { node, before } = event;
      return event.changed.has('allocatable') && fitsEmpty(wanted, node) && (node.podsMax > before.podsMax || isLess(before.allocatable, node.allocatable));
    }
    default: return false;
  }
}

function namesOf({ scalars }: Wanted): string[] {
  return ['cpu', 'memory', 'ephemeral-storage', ...scalars.map(([scalar]) => scalar).sort()];
}

function fitsEmpty(wanted: Wanted, { allocatable, podsMax }: NodeInfo): boolean {
  return podsMax > 0 && namesOf(wanted).every((name) => wanted.requests.get(name) <= allocatable.get(name));
}
