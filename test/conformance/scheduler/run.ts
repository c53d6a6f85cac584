/** Runs one case through the real plugins. */
import { Random } from '../../../src/time/random.ts';
import type { SchedulerCache } from '../../../src/cluster/scheduler/cache.ts';
import { type CycleResult, feasibleNodesToFind, runCycle, scoreNodes, totalScores } from '../../../src/cluster/scheduler/cycle.ts';
import { failureMessage } from '../../../src/cluster/scheduler/diagnosis.ts';
import { checkNode, prepareFilters } from '../../../src/cluster/scheduler/filtering.ts';
import { type NodeScorer, type Plugin, PluginError } from '../../../src/cluster/scheduler/framework.ts';
import type { NodeInfo } from '../../../src/cluster/scheduler/node-info.ts';
import { Nominator } from '../../../src/cluster/scheduler/nominator.ts';
import { type PodInfo, podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { postFilter } from '../../../src/cluster/scheduler/post-filter.ts';
import { DEFAULT_PREEMPTION, findCandidates, preempt, type PreemptionInput, cheapestCandidates } from '../../../src/cluster/scheduler/preemption.ts';
import { defaultProfile, type EnabledPlugin, pluginFactories, type Profile } from '../../../src/cluster/scheduler/profile.ts';
import { type Case, clusterOf, type ProfileWant } from './case.ts';
import { Differences } from './compare.ts';
import { pretendPlugin } from './pretend-plugins.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** What differs from what is wanted; nothing if the case passes. */
export function runCase(each: Case): string[] {
  const differences = new Differences();
  const run = { filter: runFilter, score: runScore, preempt: runPreempt, schedule: runPipeline, profile: runProfile }[each.kind];
  run(each, differences);
  if (each.defaultProfile) compareProfile('default profile', each, each.defaultProfile, differences);
  return differences.found;
}

function pluginOf(name: string, { name: caseName, args }: Pick<Case, 'name' | 'args'>): Plugin {
  const plugin = pretendPlugin(name, caseName) ?? pluginFactories[name]?.(args as never);
  if (!plugin) throw new Error(`no plugin ${name}`);
  return plugin;
}

function runFilter(each: Case, differences: Differences): void {
  const { want } = each;
  const cluster = clusterOf(each);
  const preparation = prepareFilters([{ plugin: pluginOf(each.plugin, each), weight: 0 }], podInfoOf(each.pod), cluster);
  const { rejected, filters, narrowed } = preparation;
  if (want.preFilter?.code === 'Skip') differences.same('interested', filters.length > 0, false);
  else if (want.preFilter) differences.same('preFilter', rejected && { code: codeOf(rejected.rejection.unresolvable), reasons: rejected.rejection.reasons }, want.preFilter);
  differences.same('preFilterNodeNames', [...narrowed?.nodeNames ?? []].sort(), want.preFilterNodeNames);
  const rejections = cluster.nodes.map((node) => ({ name: node.name, rejection: rejected?.rejection ?? checkNode(filters, node)?.rejection }));
  const failed = rejections.flatMap(({ name, rejection }) => (rejection ? [{ name, rejection }] : []));
  differences.same('feasible', rejections.filter(({ rejection }) => !rejection).map(({ name }) => name).sort(), want.feasible?.toSorted());
  differences.same('reasons', Object.fromEntries(failed.map(({ name, rejection }) => [name, rejection.reasons.toSorted()])), sortedReasons(want.reasons));
  differences.same('codes', Object.fromEntries(failed.map(({ name, rejection }) => [name, codeOf(rejection.unresolvable)])), want.codes);
}

function codeOf(isUnresolvable: boolean): string {
  return isUnresolvable ? 'UnschedulableAndUnresolvable' : 'Unschedulable';
}

function sortedReasons(reasons: Record<string, string[]> | undefined): Record<string, string[]> | undefined {
  return reasons && Object.fromEntries(Object.entries(reasons).map(([name, list]) => [name, list.toSorted()]));
}

function runScore(each: Case, differences: Differences): void {
  const { want, scoreNodes: only } = each;
  const cluster = clusterOf(each);
  const nodes = cluster.nodes.filter(({ name }) => !only || only.includes(name));
  const scorer = scorerOf(each, cluster, nodes);
  if (want.preScore === 'Skip') return differences.same('interested', scorer !== undefined, false);
  if (want.preScore ?? scorer === 'Error') differences.same('preScore', scorer === 'Error' ? scorer : 'no error', want.preScore ?? 'no error');
  if (scorer === 'Error') return;
  const scores = nodes.map((node) => scorer?.score(node) ?? 0);
  const byNode = () => Object.fromEntries(nodes.map(({ name }, i) => [name, scores[i]]));
  differences.same('raw scores', byNode(), want.rawScores);
  scorer?.normalize?.(scores);
  differences.same('scores', byNode(), want.scores);
}

function scorerOf(each: Case, cluster: SchedulerCache, nodes: readonly NodeInfo[]): NodeScorer | undefined | 'Error' {
  try {
    return pluginOf(each.plugin, each).preScore?.(podInfoOf(each.pod), cluster, nodes);
  } catch (error) {
    if (error instanceof PluginError) return 'Error';
    throw error;
  }
}

function runPreempt(each: Case, differences: Differences): void {
  const { want, candidateNodes, filteredNodesStatuses: statuses, filterPlugins = [] } = each;
  const cluster = clusterOf(each);
  const pod = podInfoOf(each.pod);
  const plugins = filterPlugins.map((name): EnabledPlugin => ({ plugin: pluginOf(name, { name: each.name }), weight: 0 }));
  const preparation = prepareFilters(plugins, pod, cluster);
  const input = { args: { ...DEFAULT_PREEMPTION, ...(each.args as object | undefined) }, pod, cluster, nominator: new Nominator(), random: new Random(1), nowMs: NOW_MS };
  if (want.dryRun && candidateNodes) {
    const nodes = candidateNodes.map((name) => cluster.node(name)!);
    const { candidates } = findCandidates(input, preparation.filters, nodes, want.dryRun.offset, want.dryRun.numCandidates);
    // Victims of equal importance come in any order upstream.
    const shown = candidates.map(({ node, victims, violations }) => ({ node: node.name, victims: victims.map(nameOf).sort(), pdbViolations: violations }));
    differences.same('candidates', shown.sort((a, b) => (a.node < b.node ? -1 : 1)), want.dryRun.candidates.map((candidate) => ({ ...candidate, victims: candidate.victims.toSorted() })));
    const selected = cheapestCandidates(candidates, NOW_MS).map(({ node }) => node.name);
    if (want.anyOf) for (const name of selected) differences.oneOf('selected', name, want.anyOf);
    else if (want.selectedNode) differences.oneOf('selected', want.selectedNode, selected);
  }
  if (want.postFilterMessage === undefined) return;
  const failures = cluster.nodes.flatMap((node) => {
    if (statuses) return statuses[node.name] ? [{ node, plugin: 'NodeResourcesFit', rejection: { reasons: [], unresolvable: statuses[node.name] !== 'Unschedulable' } }] : [];
    return candidateNodes?.includes(node.name) ? [{ node, plugin: 'NodeResourcesFit', rejection: { reasons: [], unresolvable: false } }] : [];
  });
  const result = preempt(input, { preparation, failures });
  differences.same('nominated', 'candidate' in result ? result.candidate.node.name : '', want.nominatedNode);
  differences.same('message', 'message' in result ? result.message : '', want.postFilterMessage);
}

function nameOf({ pod }: PodInfo): string {
  return pod.metadata.name;
}

function runPipeline(each: Case, differences: Differences): void {
  const { want, plugins = {} } = each;
  const scored = new Map((plugins['Score'] ?? []).map((text) => text.split('*')).map(([name = '', weight]) => [name, Number(weight)]));
  const filtering = [...new Set([...plugins['PreFilter'] ?? [], ...plugins['Filter'] ?? []])];
  const enabled = [
    ...filtering.map((name) => ({ plugin: { ...pluginOf(name, each), preScore: undefined }, weight: 0 })),
    ...[...scored].map(([name, weight]) => ({ plugin: { ...pluginOf(name, each), preFilter: undefined }, weight })),
  ];
  const cluster = clusterOf(each);
  const result = cycleOrError(each, cluster, { schedulerName: 'test', plugins: enabled, preemption: undefined });
  if (typeof result === 'string') return differences.same('error', result, want.error ?? '');
  if (want.error !== undefined) {
    differences.same('error', result.chosen ? `scheduled on ${result.chosen.name}` : failureMessage(result, cluster.nodes.length, ''), want.error);
    differences.same('reasons', reasonsOf(result), sortedReasons(want.reasons));
    differences.same('preFilter message', result.preparation.rejected?.rejection.reasons.join(), want.preFilterMessage);
    return;
  }
  differences.same('evaluated', result.feasible.length + result.failures.length, want.evaluatedNodes);
  differences.same('feasible', result.feasible.length, want.feasibleCount);
  differences.oneOf('host', result.chosen?.name, want.hostAnyOf);
}

function cycleOrError(each: Case, cluster: SchedulerCache, profile: Profile): CycleResult | string {
  try {
    return cycle(each, cluster, profile);
  } catch (error) {
    if (error instanceof PluginError) return error.message;
    throw error;
  }
}

function cycle(each: Case, cluster: SchedulerCache, profile: Profile): CycleResult {
  return runCycle({ profile, pod: podInfoOf(each.pod), cluster, nominator: new Nominator(), random: new Random(1), startIndex: 0 });
}

function runProfile(each: Case, differences: Differences): void {
  compareProfile('profile', each, { feasible: [], ...each.want }, differences);
}

function compareProfile(what: string, each: Case, want: ProfileWant, differences: Differences): void {
  const cluster = clusterOf(each, { budgetsAsGiven: true });
  const profile = defaultProfile();
  const pod = podInfoOf(each.pod);
  const result = cycle(each, cluster, profile);
  const { feasible } = result;
  differences.same(`${what}: feasible`, feasible.map(({ name }) => name).sort(), want.feasible.toSorted());
  if (!result.preparation.rejected) differences.same(`${what}: reasons`, reasonsOf(result), sortedReasons(want.reasons));
  if (feasible.length > 0) return compareScores(what, pod, cluster, profile, result, want, differences);
  const input = { args: DEFAULT_PREEMPTION, pod, cluster, nominator: new Nominator(), random: new Random(1), nowMs: NOW_MS };
  const outcome = postFilter(input, result);
  differences.same(`${what}: message`, failureMessage(result, cluster.nodes.length, outcome.message), want.message);
  differences.same(`${what}: nominates`, outcome.candidate !== undefined, Boolean(want.nominatedNode));
  if (want.nominatedNode) compareVictims(what, input, result, want, differences);
}

/** Of candidates that cost the same, upstream takes any. */
function compareVictims(what: string, input: PreemptionInput, { preparation, failures }: CycleResult, want: ProfileWant, differences: Differences): void {
  const nodes = failures.filter(({ rejection }) => !rejection.unresolvable).map(({ node }) => node);
  const { candidates } = findCandidates(input, preparation.filters, nodes, 0, nodes.length);
  const cheapest = cheapestCandidates(candidates, NOW_MS);
  differences.oneOf(`${what}: nominated`, want.nominatedNode, cheapest.map(({ node }) => node.name));
  differences.same(`${what}: victims`, cheapest.find(({ node }) => node.name === want.nominatedNode)?.victims.map(({ key }) => key).sort(), want.victims?.toSorted());
}

function reasonsOf({ failures }: CycleResult): Record<string, readonly string[]> {
  return Object.fromEntries(failures.map(({ node, rejection }) => [node.name, rejection.reasons.toSorted()]));
}

/** A plugin without interest and one that gives 0 to all come to the same. */
function compareScores(what: string, pod: PodInfo, cluster: SchedulerCache, profile: Profile, result: CycleResult, want: ProfileWant, differences: Differences): void {
  const { feasible } = result;
  const tables = scoreNodes(profile.plugins, pod, cluster, feasible);
  const withoutZeros = (scores: Record<string, number>) => Object.fromEntries(Object.entries(scores).filter(([, score]) => score !== 0));
  for (const [i, { name }] of feasible.entries()) {
    const wanted = want.weightedScores?.[name];
    const found = Object.fromEntries(tables.map(({ plugin, scores }) => [plugin, typeof scores === 'number' ? scores : scores[i]!]));
    differences.same(`${what}: scores of ${name}`, withoutZeros(found), wanted && withoutZeros(wanted));
  }
  const totals = totalScores(tables, feasible.length);
  differences.same(`${what}: totals`, Object.fromEntries(feasible.map(({ name }, i) => [name, totals[i]])), want.totalScores);
  if (feasible.length < feasibleNodesToFind(cluster.nodes.length) || feasible.length > 1) differences.oneOf(`${what}: best`, result.chosen?.name, want.best);
}
