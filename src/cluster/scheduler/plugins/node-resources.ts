/** Resources: what fits, and how evenly and lightly a node would be loaded. */
import { type FilterPlugin, SCORE_MAX, type ScorePlugin } from '../framework.ts';
import type { NodeInfo, PodInfo } from '../node-info.ts';

/** Every resource that is short is named; a request beyond the whole node cannot be helped by evictions. */
export const nodeResourcesFit: FilterPlugin & ScorePlugin = {
  name: 'NodeResourcesFit',
  weight: 1,
  filter({ requests }, node) {
    const reasons: string[] = [];
    let hopeless = false;
    if (node.pods.size + 1 > node.podsMax) reasons.push('Too many pods');
    for (const [name, amount] of requests) {
      if (amount === 0) continue;
      const allocatable = node.allocatable.get(name) ?? 0;
      if (amount <= allocatable - (node.requested.get(name) ?? 0)) continue;
      reasons.push(`Insufficient ${name}`);
      if (amount > allocatable) hopeless = true;
    }
    return reasons.length > 0 ? { reasons, unresolvable: hopeless } : undefined;
  },
  score: (pod, nodes) => nodes.map((node) => {
    const free = loads(pod, node).map(({ requested, allocatable }) => (requested > allocatable ? 0 : Math.floor(((allocatable - requested) * SCORE_MAX) / allocatable)));
    return free.length === 0 ? 0 : Math.floor(free.reduce((a, b) => a + b, 0) / free.length);
  }),
};

export const nodeResourcesBalancedAllocation: ScorePlugin = {
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  score(pod, nodes) {
    if (![...pod.requests.values()].some((amount) => amount > 0)) return undefined;
    return nodes.map((node) => {
      const fractions = exactLoads(pod, node).map(({ requested, allocatable }) => Math.min(1, requested / allocatable));
      return Math.floor((1 - deviation(fractions)) * SCORE_MAX);
    });
  },
};

interface Load { requested: number; allocatable: number }

/** cpu and memory with the Pod on the node, Pods without requests counted with defaults. */
function loads({ scored }: PodInfo, node: NodeInfo): Load[] {
  return present([
    { requested: node.scored.cpu + scored.cpu, allocatable: node.allocatable.get('cpu') ?? 0 },
    { requested: node.scored.memory + scored.memory, allocatable: node.allocatable.get('memory') ?? 0 },
  ]);
}

/** The same, by what was really requested. */
function exactLoads({ requests }: PodInfo, node: NodeInfo): Load[] {
  return present(['cpu', 'memory'].map((name) => ({ requested: (node.requested.get(name) ?? 0) + (requests.get(name) ?? 0), allocatable: node.allocatable.get(name) ?? 0 })));
}

function present(all: readonly Load[]): Load[] {
  return all.filter(({ allocatable }) => allocatable > 0);
}

function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  if (values.length === 2) return Math.abs(values[0]! - values[1]!) / 2;
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}
