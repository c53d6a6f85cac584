/** One scheduling cycle: filter, score, choose; or say why no node will do. */
import type { Random } from '../../time/random.ts';
import type { Attempt, FilterPlugin, Rejection, ScorePlugin } from './framework.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

const MIN_FEASIBLE_NODES = 100; // schedule_one.go: minFeasibleNodesToFind
const MIN_FEASIBLE_PERCENT = 5; // schedule_one.go: minFeasibleNodesPercentageToFind

export interface CycleInput {
  pod: PodInfo;
  nodes: readonly NodeInfo[];
  /** Where the search begins; it goes round so that all nodes get their turn. */
  startIndex: number;
  filters: readonly FilterPlugin[];
  scorers: readonly ScorePlugin[];
  random: Random;
}

export interface CycleResult {
  chosen?: NodeInfo;
  /** Nodes looked at. */
  examined: number;
  rejections: { node: NodeInfo; plugin: string; rejection: Rejection }[];
  nodes: Attempt['nodes'];
}

/** Runs one cycle. */
export function runCycle({ pod, nodes, startIndex, filters, scorers, random }: CycleInput): CycleResult {
  const wanted = feasibleNodesToFind(nodes.length);
  const feasible: NodeInfo[] = [];
  const rejections: CycleResult['rejections'] = [];
  let examined = 0;
  for (; examined < nodes.length && feasible.length < wanted; examined++) {
    const node = nodes[(startIndex + examined) % nodes.length]!;
    const failure = firstFailure(pod, node, filters);
    if (failure) rejections.push({ node, ...failure });
    else feasible.push(node);
  }
  const { chosen, scored } = choose(pod, feasible, scorers, random);
  const filtered = rejections.map(({ node, plugin, rejection }) => ({ name: node.name, filteredBy: plugin, reasons: rejection.reasons }));
  return { chosen, examined, rejections, nodes: [...scored, ...filtered] };
}

function firstFailure(pod: PodInfo, node: NodeInfo, filters: readonly FilterPlugin[]): { plugin: string; rejection: Rejection } | undefined {
  for (const plugin of filters) {
    const rejection = plugin.filter(pod, node);
    if (rejection) return { plugin: plugin.name, rejection };
  }
  return undefined;
}

function choose(pod: PodInfo, feasible: readonly NodeInfo[], scorers: readonly ScorePlugin[], random: Random): { chosen?: NodeInfo; scored: Attempt['nodes'] } {
  if (feasible.length <= 1) return { chosen: feasible[0], scored: feasible.map(({ name }) => ({ name })) };
  const tables = scorers.map((plugin) => ({ plugin, scores: plugin.score(pod, feasible) }));
  const scored = feasible.map(({ name }, i) => {
    const scores: Record<string, number> = {};
    for (const { plugin, scores: all } of tables) if (all) scores[plugin.name] = all[i]! * plugin.weight;
    return { name, scores, total: Object.values(scores).reduce((a, b) => a + b, 0) };
  });
  const best = Math.max(...scored.map(({ total }) => total));
  const ties = feasible.filter((_, i) => scored[i]!.total === best);
  return { chosen: ties.length === 1 ? ties[0] : random.pick(ties), scored };
}

/** How many feasible nodes are enough (schedule_one.go: numFeasibleNodesToFind). */
export function feasibleNodesToFind(count: number): number {
  if (count < MIN_FEASIBLE_NODES) return count;
  const percent = Math.max(MIN_FEASIBLE_PERCENT, Math.floor(50 - count / 125));
  return Math.max(MIN_FEASIBLE_NODES, Math.floor((count * percent) / 100));
}

/** The FailedScheduling message. Reasons are sorted as texts, counts included. */
export function failureMessage(rejections: CycleResult['rejections'], nodeCount: number, preemptionPolicy: string | undefined): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const head = `0/${nodeCount} nodes are available: ${counted(rejections.flatMap(({ rejection }) => rejection.reasons))}.`;
  if (preemptionPolicy === 'Never') return `${head} no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.`;
  const reasons = rejections.map(({ rejection }) => (rejection.unresolvable ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod'));
  return `${head} no new claims to deallocate, preemption: 0/${nodeCount} nodes are available: ${counted(reasons)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}
