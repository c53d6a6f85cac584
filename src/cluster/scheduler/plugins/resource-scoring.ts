/** How the plugins for resources turn a node's load into a score. */
import { SCORE_MAX } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';

export interface ResourceSpec { name: string; weight?: number }
export interface UtilizationPoint { utilization: number; score: number }

export interface ScoringStrategy {
  type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
  resources?: readonly ResourceSpec[];
  requestedToCapacityRatio?: { shape: readonly UtilizationPoint[] };
}

export const CPU_AND_MEMORY: readonly ResourceSpec[] = [{ name: 'cpu', weight: 1 }, { name: 'memory', weight: 1 }];
const CUSTOM_SCORE_MAX = 10; // config.MaxCustomPriorityScore

/** Score of one resource, from the amounts with the Pod on the node. */
type ResourceScore = (requested: number, allocatable: number) => number;

/** Scores a node for a Pod by a NodeResourcesFit strategy. */
export function strategyScorer({ type, resources = CPU_AND_MEMORY, requestedToCapacityRatio }: ScoringStrategy): (pod: PodInfo, node: NodeInfo) => number {
  if (type === 'LeastAllocated') return weighted(resources, leastAllocated, { countsZero: true });
  if (type === 'MostAllocated') return weighted(resources, mostAllocated, { countsZero: true });
  return weighted(resources, byShape(requestedToCapacityRatio?.shape ?? []), { countsZero: false });
}

const leastAllocated: ResourceScore = (requested, allocatable) =>
  (requested > allocatable ? 0 : Math.floor(((allocatable - requested) * SCORE_MAX) / allocatable));

const mostAllocated: ResourceScore = (requested, allocatable) => Math.floor((Math.min(requested, allocatable) * SCORE_MAX) / allocatable);

/** A line through the points of the shape; utilization in percent, scores 0..10 stretched to 0..100. */
export function byShape(shape: readonly UtilizationPoint[]): ResourceScore {
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
function weighted(resources: readonly ResourceSpec[], scoreOf: ResourceScore, { countsZero }: { countsZero: boolean }): (pod: PodInfo, node: NodeInfo) => number {
  return (pod, node) => {
    let sum = 0;
    let weights = 0;
    for (const { name, weight = 1 } of resources) {
      const allocatable = consideredAllocatable(name, pod, node);
      if (allocatable === 0) continue;
      const score = scoreOf(loadWith(name, pod, node), allocatable);
      if (score <= 0 && !countsZero) continue;
      sum += score * weight;
      weights += weight;
    }
    if (weights === 0) return 0;
    return countsZero ? Math.floor(sum / weights) : Math.round(sum / weights);
  };
}

/** Extended resources count only for Pods that ask for them. */
function consideredAllocatable(name: string, pod: PodInfo, node: NodeInfo): number {
  if (isScalar(name) && pod.requests.get(name) === 0) return 0;
  return node.allocatable.get(name);
}

function loadWith(name: string, pod: PodInfo, node: NodeInfo): number {
  if (name === 'cpu') return node.scored.cpu + pod.scoredContainers.cpu;
  if (name === 'memory') return node.scored.memory + pod.scoredContainers.memory;
  return node.requested.get(name) + pod.requests.get(name);
}

function isScalar(name: string): boolean {
  return name !== 'cpu' && name !== 'memory' && name !== 'ephemeral-storage';
}

/** 100 for equal shares of all resources, less for uneven ones; without `withPod`, as the node is now. */
export function balance(resources: readonly ResourceSpec[], pod: PodInfo, node: NodeInfo, options: { withPod: boolean }): number {
  const shares: number[] = [];
  for (const { name } of resources) {
    const allocatable = consideredAllocatable(name, pod, node);
    if (allocatable > 0) shares.push(Math.min(1, (node.requested.get(name) + (options.withPod ? pod.requests.get(name) : 0)) / allocatable));
  }
  return Math.trunc((1 - deviation(shares)) * SCORE_MAX);
}

/** Standard deviation. Two values have a form of their own: truncated scores must come out as upstream's. */
function deviation(values: readonly number[]): number {
  if (values.length < 2) return 0;
  if (values.length === 2) return Math.abs((values[0]! - values[1]!) / 2);
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) * (value - mean);
  return Math.sqrt(squares / values.length);
}
