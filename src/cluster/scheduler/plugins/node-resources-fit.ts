/** NodeResourcesFit: whether the Pod's requests fit into what is left of a node, and how full it would be. */
import type { ClusterEvent } from '../cluster-event.ts';
import { type Plugin, type Rejection, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import type { Resources } from '../resources.ts';
import { type ScoringStrategy, strategyScorer } from './resource-scoring.ts';

export interface NodeResourcesFitArgs {
  /** Extended resources, or their groups (`example.com`), that somebody else accounts for. */
  ignoredResources?: readonly string[];
  ignoredResourceGroups?: readonly string[];
  scoringStrategy?: ScoringStrategy;
}

const TOO_MANY_PODS = unschedulable('Too many pods');

/** The plugin with its arguments. */
export function nodeResourcesFit({ ignoredResources = [], ignoredResourceGroups = [], scoringStrategy }: NodeResourcesFitArgs = {}): Plugin {
  const scorerFor = strategyScorer(scoringStrategy ?? { type: 'LeastAllocated' });
  const isIgnored = (name: string) => ignoredResources.includes(name) || ignoredResourceGroups.includes(name.split('/')[0]!);
  return {
    name: 'NodeResourcesFit',
    preFilter({ requests }) {
      const scalars = [...requests.scalars].filter(([name, amount]) => amount > 0 && !isIgnored(name));
      const asksNothing = requests.cpu + requests.memory + requests.ephemeralStorage === 0 && scalars.length === 0;
      return { filter: (node) => (node.pods.size >= node.podsMax || !(asksNothing || hasRoom(requests, scalars, node)) ? shortages(requests, scalars, node) : undefined) };
    },
    preScore: (pod) => ({ score: scorerFor(pod) }),
    wakesOn: ['NodeAdd', 'NodeUpdate', 'PodDelete', 'PodUpdate'],
    mayHelp: (event, pod) => mayHelp(event, pod),
  };
}

function hasRoom(wanted: Resources, scalars: readonly [string, number][], { allocatable, requested }: NodeInfo): boolean {
  if (wanted.cpu > 0 && wanted.cpu > allocatable.cpu - requested.cpu) return false;
  if (wanted.memory > 0 && wanted.memory > allocatable.memory - requested.memory) return false;
  if (wanted.ephemeralStorage > 0 && wanted.ephemeralStorage > allocatable.ephemeralStorage - requested.ephemeralStorage) return false;
  return scalars.length === 0 || scalars.every(([name, amount]) => amount <= allocatable.get(name) - requested.get(name));
}

/** Everything that is short. Evictions cannot help when even the empty node would be too small. */
function shortages(wanted: Resources, scalars: readonly [string, number][], node: NodeInfo): Rejection {
  const reasons: string[] = [];
  let hopeless = false;
  if (node.pods.size >= node.podsMax) reasons.push(...TOO_MANY_PODS.reasons);
  for (const name of ['cpu', 'memory', 'ephemeral-storage', ...scalars.map(([scalar]) => scalar).sort()]) {
    const amount = wanted.get(name);
    if (amount === 0 || amount <= node.allocatable.get(name) - node.requested.get(name)) continue;
    reasons.push(`Insufficient ${name}`);
    hopeless ||= amount > node.allocatable.get(name);
  }
  return { reasons, unresolvable: hopeless };
}

/** Room appears when a Pod goes that held something the other wants, when a node joins, or when one grows. */
function mayHelp(event: ClusterEvent, { requests }: PodInfo): boolean {
  switch (event.type) {
    case 'PodDelete': return true;
    case 'PodUpdate': return shrinks(event.before.requests, event.pod.requests);
    case 'NodeAdd': return fitsEmpty(requests, event.node);
    case 'NodeUpdate': return event.changed.has('allocatable') && fitsEmpty(requests, event.node);
    default: return false;
  }
}

function shrinks(before: Resources, now: Resources): boolean {
  return now.cpu < before.cpu || now.memory < before.memory || now.ephemeralStorage < before.ephemeralStorage;
}

function fitsEmpty(wanted: Resources, { allocatable }: NodeInfo): boolean {
  return wanted.cpu <= allocatable.cpu && wanted.memory <= allocatable.memory && wanted.ephemeralStorage <= allocatable.ephemeralStorage
    && [...wanted.scalars].every(([name, amount]) => amount <= allocatable.get(name));
}
