/** One scheduling cycle: filter, score, choose. */
import type { Random } from '../../time/random.ts';
import type { SchedulerCache } from './cache.ts';
import { checkNodeWithNominated, type PluginRejection, type Preparation, prepareFilters } from './filtering.ts';
import { type NodeScorer, type Plugin, whileDoing } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { Nominator } from './nominator.ts';
import type { PodInfo } from './pod-info.ts';
import type { EnabledPlugin, Profile } from './profile.ts';

const FEASIBLE_NODES_MIN = 100; // schedule_one.go: minFeasibleNodesToFind
const FEASIBLE_PERCENT_MIN = 5; // schedule_one.go: minFeasibleNodesPercentageToFind

interface NodeFailure extends PluginRejection { readonly node: NodeInfo }
/** Weighted scores of one plugin: for the feasible nodes in their order, or one for all. */
export interface ScoreTable { readonly plugin: string; readonly scores: readonly number[] | number }

export interface CycleInput {
  readonly profile: Profile;
  readonly pod: PodInfo;
  readonly cluster: SchedulerCache;
  readonly nominator: Nominator;
  readonly random: Random;
  /** Where the search begins; it goes round, so that all nodes get their turn. */
  readonly startIndex: number;
}

/** The nodes that were looked at: so many, round from the first. */
interface Searched { readonly nodes: readonly NodeInfo[]; readonly from: number; readonly count: number }

export interface CycleResult {
  readonly preparation: Preparation;
  readonly searched: Searched;
  readonly feasible: readonly NodeInfo[];
  readonly failures: readonly NodeFailure[];
  /** Empty when there was nothing to choose from. */
  readonly tables: readonly ScoreTable[];
  readonly chosen?: NodeInfo;
}

/** Runs one cycle. It changes nothing. */
export function runCycle(input: CycleInput): CycleResult {
  const { profile, pod, cluster, random } = input;
  const preparation = prepareFilters(profile.plugins, pod, cluster);
  if (preparation.rejected) return { preparation, searched: { nodes: [], from: 0, count: 0 }, feasible: [], failures: [], tables: [] };
  const found = findFeasible(input, preparation);
  const { feasible } = found;
  if (feasible.length <= 1) return { preparation, ...found, tables: [], chosen: feasible[0] };
  const tables = scoreNodes(profile.plugins, pod, cluster, feasible);
  return { preparation, ...found, tables, chosen: best(feasible, tables, random) };
}

function findFeasible(input: CycleInput, preparation: Preparation): Pick<CycleResult, 'searched' | 'feasible' | 'failures'> {
  const { pod, nominator, cluster, startIndex } = input;
  const check = (node: NodeInfo) => checkNodeWithNominated(preparation.filters, pod, node, nominator);
  const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  if (nominated && !check(nominated)) return { searched: { nodes: [nominated], from: 0, count: 1 }, feasible: [nominated], failures: [] };
  const nodes = narrow(cluster, preparation);
  const enough = hasScorer(input.profile.plugins) ? feasibleNodesToFind(nodes.length, input.profile.percentageOfNodesToScore) : 1;
  const feasible = Array.from<NodeInfo>({ length: enough }); // an array that grows costs more than it holds
  const failures: NodeFailure[] = [];
  let found = 0;
  let i = 0;
  for (; i < nodes.length && found < enough; i++) {
    const node = nodes[(startIndex + i) % nodes.length]!;
    const failure = check(node);
    if (failure) failures.push({ node, plugin: failure.plugin, rejection: failure.rejection });
    else feasible[found++] = node;
  }
  feasible.length = found;
  return { searched: { nodes, from: startIndex, count: i }, feasible, failures };
}

function narrow(cluster: SchedulerCache, { narrowed }: Preparation): readonly NodeInfo[] {
  return narrowed ? [...narrowed.nodeNames].sort().flatMap((name) => cluster.node(name) ?? []) : cluster.nodes;
}

function hasScorer(plugins: readonly EnabledPlugin[]): boolean {
  return plugins.some(({ plugin, weight }) => plugin.preScore && weight > 0);
}

/** How many feasible nodes are enough to score (schedule_one.go: numFeasibleNodesToFind). */
export function feasibleNodesToFind(count: number, percentage = 0): number {
  if (count < FEASIBLE_NODES_MIN) return count;
  const percent = percentage > 0 ? percentage : Math.max(FEASIBLE_PERCENT_MIN, 50 - Math.floor(count / 125));
  if (percent >= 100) return count;
  return Math.max(FEASIBLE_NODES_MIN, Math.floor((count * percent) / 100));
}

/** Each plugin's scores of the nodes, times its weight. Plugins without interest in the Pod have no table. */
export function scoreNodes(plugins: readonly EnabledPlugin[], pod: PodInfo, cluster: SchedulerCache, nodes: readonly NodeInfo[]): ScoreTable[] {
  const tables: ScoreTable[] = [];
  for (const { plugin, weight } of plugins) {
    const scorer = weight > 0 ? askBefore(plugin, pod, cluster, nodes) : undefined;
    if (!scorer) continue;
    if (scorer.same !== undefined) {
      tables.push({ plugin: plugin.name, scores: scorer.same * weight });
      continue;
    }
    const scores = scoresOf(plugin, scorer, nodes);
    if (weight !== 1) for (let i = 0; i < scores.length; i++) scores[i] = scores[i]! * weight;
    tables.push({ plugin: plugin.name, scores });
  }
  return tables;
}

function askBefore({ name, preScore }: Plugin, pod: PodInfo, cluster: SchedulerCache, nodes: readonly NodeInfo[]): NodeScorer | undefined {
  try {
    return preScore?.(pod, cluster, nodes);
  } catch (error) {
    throw whileDoing(`running PreScore plugin "${name}": `, error);
  }
}

function scoresOf({ name }: Plugin, scorer: NodeScorer, nodes: readonly NodeInfo[]): number[] {
  try {
    const scores = nodes.map((node) => scorer.score(node));
    scorer.normalize?.(scores);
    return scores;
  } catch (error) {
    throw whileDoing(`running Score plugins: plugin "${name}" failed with: `, error);
  }
}

/** Sums over the tables, for the nodes in their order. */
export function totalScores(tables: readonly ScoreTable[], count: number): number[] {
  let base = 0;
  let totals: number[] | undefined;
  for (const { scores } of tables) {
    if (typeof scores === 'number') base += scores;
    else if (!totals) totals = scores.slice();
    else for (let i = 0; i < count; i++) totals[i] = totals[i]! + scores[i]!;
  }
  totals ??= Array.from({ length: count }, () => 0);
  if (base !== 0) for (let i = 0; i < count; i++) totals[i] = totals[i]! + base;
  return totals;
}

function best(nodes: readonly NodeInfo[], tables: readonly ScoreTable[], random: Random): NodeInfo | undefined {
  const totals = totalScores(tables, nodes.length);
  let max = -Infinity;
  let ties = 0;
  for (const total of totals) {
    if (total < max) continue;
    ties = total > max ? 1 : ties + 1;
    max = total;
  }
  let skip = ties > 1 ? random.int(ties) : 0;
  return nodes[totals.findIndex((total) => total === max && skip-- === 0)];
}
