/** How the plugins for resources turn a node's load into a score. */
import { SCORE_MAX } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { Demand, Resources } from '../resources.ts';

export interface ResourceSpec { name: string; weight?: number }
interface UtilizationPoint { utilization: number; score: number }

export interface ScoringStrategy {
  type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  resources?: readonly ResourceSpec[];
  requestedToCapacityRatio?: { shape: readonly UtilizationPoint[] };
}

export const CPU_AND_MEMORY: readonly ResourceSpec[] = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];
const CUSTOM_SCORE_MAX = 10; // config.MaxCustomPriorityScore

/** Scores a node for the demand it was made for. */
export type NodeScore = (demand: Demand, node: NodeInfo) => number;

/** Score of one resource, from the amounts with the Pod on the node. */
type ResourceScore = (requested: number, allocatable: number) => number;

/** Scores nodes by a NodeResourcesFit strategy. */
export function strategyScorer({ type, resources = CPU_AND_MEMORY, requestedToCapacityRatio }: ScoringStrategy): (demand: Demand) => NodeScore {
  if (type === 'LeastAllocated') return weighted(resources, leastAllocated, { countsZero: true });
  if (type === 'MostAllocated') return weighted(resources, mostAllocated, { countsZero: true });
  return weighted(resources, byShape(requestedToCapacityRatio?.shape ?? []), { countsZero: false });
}

const leastAllocated: ResourceScore = (requested, allocatable) =>
  (requested > allocatable ? 0 : Math.floor(((allocatable - requested) * SCORE_MAX) / allocatable));

const mostAllocated: ResourceScore = (requested, allocatable) => Math.floor((Math.min(requested, allocatable) * SCORE_MAX) / allocatable);

/** A line through the points of the shape; utilization in percent, scores 0..10 stretched to 0..100. */
function byShape(shape: readonly UtilizationPoint[]): ResourceScore {
  const points = shape.map(({ utilization, score }) => ({ utilization, score: score * (SCORE_MAX / CUSTOM_SCORE_MAX) }));
  return (requested, allocatable) => {
    const utilization = requested > allocatable ? 100 : Math.floor((requested * 100) / allocatable);
    const i = points.findIndex((point) => utilization <= point.utilization);
    if (i < 0) return points.at(-1)?.score ?? 0;
    const [before, after] = [points[i - 1], points[i]!];
    if (!before) return after.score;
    return before.score + Math.trunc(((after.score - before.score) * (utilization - before.utilization)) / (after.utilization - before.utilization));
  };
}

/** The weighted mean over the resources that the node has; a strategy may leave out those that score nothing. */
function weighted(resources: readonly ResourceSpec[], scoreOf: ResourceScore, { countsZero }: { countsZero: boolean }): (demand: Demand) => NodeScore {
  return perDemand((demand) => {
    const wanted = considered(resources, demand, demand.scoredContainers);
    return (_, node) => {
      let sum = 0;
      let weights = 0;
      for (const resource of wanted) {
        const allocatable = amountIn(node.allocatable, resource);
        if (allocatable === 0) continue;
        // Pods without requests count as small ones, for CPU and memory.
        const load = amountIn(resource.sort === 'scalar' ? node.requested : node.scored, resource);
        const score = scoreOf(load + resource.wanted, allocatable);
        if (score <= 0 && !countsZero) continue;
        sum += score * resource.weight;
        weights += resource.weight;
      }
      if (weights === 0) return 0;
      return countsZero ? Math.floor(sum / weights) : Math.round(sum / weights);
    };
  });
}

/** Makes each scorer once: Pods with the same demand share the object that says so. */
export function perDemand(make: (demand: Demand) => NodeScore): (demand: Demand) => NodeScore {
  const made = new WeakMap<Demand, NodeScore>();
  return (demand) => {
    let scorer = made.get(demand);
    if (!scorer) made.set(demand, (scorer = make(demand)));
    return scorer;
  };
}

/** A resource of a strategy, and what is wanted of it. */
interface Considered { readonly sort: 'cpu' | 'memory' | 'scalar'; readonly name: string; readonly weight: number; readonly wanted: number }

/** Extended resources count only for Pods that ask for them. */
function considered(resources: readonly ResourceSpec[], { requests }: Demand, amounts: Resources): Considered[] {
  return resources.flatMap(({ name, weight = 1 }): Considered[] => {
    if (name === 'cpu' || name === 'memory') return [{ sort: name, name, weight, wanted: amounts.get(name) }];
    const wanted = requests.get(name);
    return wanted === 0 && name !== 'ephemeral-storage' ? [] : [{ sort: 'scalar', name, weight, wanted }];
  });
}

function amountIn(amounts: Resources, { sort, name }: Considered): number {
  if (sort === 'cpu') return amounts.cpu;
  return sort === 'memory' ? amounts.memory : amounts.get(name);
}

/** Scores nodes by how much more even the use of their resources would be with the Pod: 75 is neither better nor worse. */
export function balanceScorer(resources: readonly ResourceSpec[], demand: Demand): NodeScore {
  const wanted = considered(resources, demand, demand.requests);
  return (_, node) => {
    const gain = balance(wanted, node, 1) - balance(wanted, node, 0);
    return SCORE_MAX / 2 + Math.trunc((SCORE_MAX / 2 + gain) / 2);
  };
}

/** 100 for equal shares of all resources in use, less for uneven ones; with so many such Pods on top. */
function balance(wanted: readonly Considered[], node: NodeInfo, pods: 0 | 1): number {
  let count = 0;
  let sum = 0;
  let first = 0;
  let second = 0;
  for (const resource of wanted) {
    const share = shareOf(resource, node, pods);
    if (share === undefined) continue;
    if (count === 0) first = share;
    else second = share;
    sum += share;
    count++;
  }
  if (count < 2) return SCORE_MAX;
  // Two values have a form of their own upstream, and truncation shows the difference.
  if (count === 2) return Math.trunc((1 - Math.abs((first - second) / 2)) * SCORE_MAX);
  const mean = sum / count;
  let squares = 0;
  for (const resource of wanted) squares += ((shareOf(resource, node, pods) ?? mean) - mean) ** 2;
  return Math.trunc((1 - Math.sqrt(squares / count)) * SCORE_MAX);
}

function shareOf(resource: Considered, node: NodeInfo, pods: 0 | 1): number | undefined {
  const allocatable = amountIn(node.allocatable, resource);
  return allocatable === 0 ? undefined : Math.min(1, (amountIn(node.requested, resource) + pods * resource.wanted) / allocatable);
}
