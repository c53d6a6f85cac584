/** DefaultPreemption: on which node the fewest and least important Pods would have to go so that this one fits. */
import type { Random } from '../../time/random.ts';
import { matchesLabelSelector } from '../api/labels.ts';
import type { PodDisruptionBudget } from '../api/types.ts';
import { podDisruptionBudgets } from '../client/resources.ts';
import type { SchedulerCache } from './cache.ts';
import type { CycleResult } from './cycle.ts';
import { countedReasons } from './diagnosis.ts';
import { addPod, checkNodeWithNominated, type PreparedFilter, removePod } from './filtering.ts';
import { PluginError, type Rejection, unresolvable } from './framework.ts';
import type { NodeInfo } from './node-info.ts';
import type { Nominator } from './nominator.ts';
import type { PodInfo } from './pod-info.ts';

export interface PreemptionArgs { minCandidateNodesPercentage: number; minCandidateNodesAbsolute: number }
export const DEFAULT_PREEMPTION: PreemptionArgs = { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 };

const NO_VICTIMS = unresolvable('No preemption victims found for incoming pod');
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const PRIORITY_OFFSET = 2 ** 31; // makes every priority positive, so that fewer victims sum up to less

/** A node that would do without the victims, the most important first. */
export interface Candidate { readonly node: NodeInfo; readonly victims: readonly PodInfo[]; readonly violations: number }

export interface PreemptionInput {
  readonly args: PreemptionArgs;
  readonly pod: PodInfo;
  readonly cluster: SchedulerCache;
  readonly nominator: Nominator;
  readonly random: Random;
  readonly nowMs: number;
}

/** A candidate, or why there is none. */
export type PreemptionResult = { readonly candidate: Candidate } | { readonly message: string };

/** Looks for a node where evictions would let the Pod in; changes nothing. */
export function preempt(input: PreemptionInput, { preparation, failures }: Pick<CycleResult, 'preparation' | 'failures'>): PreemptionResult {
  const { pod, cluster, random, args, nowMs } = input;
  const refusal = refusalFor(pod, cluster, (node) => failures.some((failure) => failure.node === node && failure.rejection.unresolvable));
  if (refusal) return { message: `preemption: ${refusal}` };
  const potential = new Set(failures.filter(({ rejection }) => !rejection.unresolvable).map(({ node }) => node));
  const nodes = cluster.nodes.filter((node) => potential.has(node));
  const offset = nodes.length > 0 ? random.int(nodes.length) : 0;
  const { candidates, rejections, error } = findCandidates(input, preparation.filters, nodes, offset, candidatesWanted(args, nodes.length));
  const cheapest = cheapestCandidates(candidates, nowMs);
  if (cheapest.length > 0) return { candidate: random.pick(cheapest) };
  if (error) return { message: `preemption: ${error.message}` };
  const count = cluster.nodes.length;
  const reasons = [...rejections.values()].flatMap((rejection) => rejection.reasons);
  for (let i = rejections.size; i < count; i++) reasons.push(NOT_HELPFUL);
  return { message: `preemption: 0/${count} nodes are available: ${countedReasons(reasons)}.` };
}

/** Why the Pod may not preempt at all. */
function refusalFor(pod: PodInfo, cluster: SchedulerCache, isHopeless: (node: NodeInfo) => boolean): string | undefined {
  if (pod.pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = cluster.node(pod.pod.status?.nominatedNodeName ?? '');
  if (!nominated || isHopeless(nominated)) return undefined;
  const isLeaving = [...nominated.pods.values()].some((other) => other.priority < pod.priority && isPreempted(other));
  return isLeaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isPreempted({ isTerminating, pod }: PodInfo): boolean {
  return isTerminating && Boolean(pod.status?.conditions?.some(({ type, status, reason }) => type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler'));
}

function candidatesWanted({ minCandidateNodesPercentage, minCandidateNodesAbsolute }: PreemptionArgs, count: number): number {
  return Math.min(count, Math.max(Math.floor((count * minCandidateNodesPercentage) / 100), minCandidateNodesAbsolute));
}

export interface Candidates { readonly candidates: readonly Candidate[]; readonly rejections: ReadonlyMap<NodeInfo, Rejection>; readonly error?: PluginError }

/** Tries node after node, from `offset` round, until there are enough candidates and one of them violates no budget. */
export function findCandidates(input: Pick<PreemptionInput, 'pod' | 'cluster' | 'nominator' | 'nowMs'>, filters: readonly PreparedFilter[], nodes: readonly NodeInfo[], offset: number, wanted: number): Candidates {
  const budgets = input.cluster.objects.list(podDisruptionBudgets);
  const harmless: Candidate[] = [];
  const violating: Candidate[] = [];
  const rejections = new Map<NodeInfo, Rejection>();
  let failed: PluginError | undefined;
  for (let i = 0; i < nodes.length; i++) {
    if (harmless.length > 0 && harmless.length + violating.length >= wanted) break;
    const node = nodes[(offset + i) % nodes.length]!;
    const answer = victimsOrError(node, input, filters, budgets);
    if (answer instanceof PluginError) failed ??= answer;
    else if ('reasons' in answer) rejections.set(node, answer);
    else if (answer.violations === 0) harmless.push(answer);
    else if (violating.length < wanted) violating.push(answer);
  }
  return { candidates: [...harmless, ...violating], rejections, error: failed };
}

function victimsOrError(...[node, ...more]: Parameters<typeof victimsOn>): Candidate | Rejection | PluginError {
  const pods = [...node.pods.values()];
  try {
    return victimsOn(node, ...more);
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    for (const pod of pods) if (!node.pods.has(pod.key)) node.add(pod);
    return error;
  }
}

/** The fewest victims on a node: all lesser Pods go, then as many as possible are let stay, the important ones first. */
function victimsOn(node: NodeInfo, { pod, nominator, nowMs }: Pick<PreemptionInput, 'pod' | 'nominator' | 'nowMs'>, filters: readonly PreparedFilter[], budgets: readonly PodDisruptionBudget[]): Candidate | Rejection {
  const lesser = [...node.pods.values()].filter((other) => other.priority < pod.priority).sort((a, b) => byImportance(a, b, nowMs));
  if (lesser.length === 0) return NO_VICTIMS;
  const check = () => checkNodeWithNominated(filters, pod, node, nominator)?.rejection;
  for (const other of lesser) removePod(filters, other, node);
  const rejection = check();
  const victims: PodInfo[] = [];
  const staysOr = (other: PodInfo) => {
    addPod(filters, other, node);
    if (!check()) return;
    removePod(filters, other, node);
    victims.push(other);
  };
  let violations = 0;
  if (rejection) for (const other of lesser) addPod(filters, other, node);
  else {
    const { violating, others } = splitByBudgets(lesser, budgets);
    for (const other of violating) staysOr(other);
    violations = victims.length;
    for (const other of others) staysOr(other);
    for (const victim of victims) addPod(filters, victim, node);
  }
  if (rejection) return rejection;
  // It would fit without evictions: something has changed since the filters ran, and the next cycle will see it.
  if (victims.length === 0) return unresolvable(`expected at least one victim pod on node "${node.name}"`);
  return { node, victims: victims.sort((a, b) => byImportance(a, b, nowMs)), violations };
}

/** Higher priority first, then those that have run longer. */
function byImportance(a: PodInfo, b: PodInfo, nowMs: number): number {
  return b.priority - a.priority || startedMs(a, nowMs) - startedMs(b, nowMs);
}

function startedMs({ pod }: PodInfo, nowMs: number): number {
  const startTime = pod.status?.startTime;
  return startTime ? Date.parse(String(startTime)) : nowMs;
}

/** Pods whose eviction would exceed a disruption budget, counted in their order; and the others. */
function splitByBudgets(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): { violating: PodInfo[]; others: PodInfo[] } {
  const left = budgets.map(({ status }) => status?.disruptionsAllowed ?? 0);
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let isViolated = false;
    for (const [i, budget] of budgets.entries()) {
      if (!covers(budget, pod)) continue;
      left[i] = left[i]! - 1;
      isViolated ||= left[i]! < 0;
    }
    (isViolated ? violating : others).push(pod);
  }
  return { violating, others };
}

function covers({ metadata, spec, status }: PodDisruptionBudget, { namespace, labels, pod }: PodInfo): boolean {
  const selector = spec.selector;
  const isEmpty = !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0);
  if (metadata.namespace !== namespace || isEmpty || Object.keys(labels).length === 0) return false;
  return matchesLabelSelector(selector, labels) && status?.disruptedPods?.[pod.metadata.name] === undefined;
}

/** Those that cost least: fewest violations, least important top victim, least priority in sum, fewest victims, latest start. */
export function cheapestCandidates(candidates: readonly Candidate[], nowMs: number): readonly Candidate[] {
  const costs: ((candidate: Candidate) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => victims[0]?.priority ?? -PRIORITY_OFFSET,
    ({ victims }) => victims.reduce((sum, { priority }) => sum + priority + PRIORITY_OFFSET, 0),
    ({ victims }) => victims.length,
    ({ victims }) => -Math.min(...victims.filter(({ priority }) => priority === victims[0]?.priority).map((victim) => startedMs(victim, nowMs))),
  ];
  let left = candidates;
  for (const cost of costs) {
    if (left.length <= 1) break;
    const least = Math.min(...left.map(cost));
    left = left.filter((candidate) => cost(candidate) === least);
  }
  return left;
}
