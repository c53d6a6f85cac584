import { expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/api/types.ts';
import { runCycle } from '../../../src/cluster/scheduler/cycle.ts';
import { Nominator } from '../../../src/cluster/scheduler/nominator.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { type Candidate, cheapestCandidates, DEFAULT_PREEMPTION, findCandidates, preempt, type PreemptionArgs } from '../../../src/cluster/scheduler/preemption.ts';
import { defaultProfile } from '../../../src/cluster/scheduler/profile.ts';
import { Random } from '../../../src/time/random.ts';
import { clusterOf, node, pod } from './builders.ts';

const NOW = Date.UTC(2026, 0, 5, 9);
const filler = (name: string, on: string, { priority = 0, app = 'none', cpu = '3', startTime }: { priority?: number; app?: string; cpu?: string; startTime?: string } = {}): Pod =>
  ({ ...pod(name, { on, priority, labels: { app }, requests: { cpu } }), status: startTime ? { startTime } : {} });
const budget = (app: string, disruptionsAllowed: number) => ({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { ...pod(app).metadata, name: app }, spec: { selector: { matchLabels: { app } } }, status: { disruptionsAllowed } });
const vip = pod('vip', { requests: { cpu: '3' }, priority: 1000 });

interface Part { budgets?: ReturnType<typeof budget>[]; args?: PreemptionArgs }

/** All candidates of a cluster of nodes with fillers, and the one that is taken. */
function search(pods: readonly Pod[], { budgets = [], args = DEFAULT_PREEMPTION }: Part = {}) {
  const cluster = clusterOf([...new Set(pods.map(({ spec }) => spec.nodeName!))].map((name) => node(name)), pods, { poddisruptionbudgets: budgets });
  const given = { profile: defaultProfile(), pod: podInfoOf(vip), cluster, nominator: new Nominator(), random: new Random(1), startIndex: 0, nowMs: NOW, args };
  const result = runCycle(given);
  const { candidates } = findCandidates(given, result.preparation.filters, cluster.nodes, 0, args.minCandidateNodesAbsolute);
  return { candidates, result: preempt(given, result) };
}

const victims = (candidate: Candidate | undefined) => candidate?.victims.map(({ pod: { metadata } }) => metadata.name);
const taken = (found: ReturnType<typeof search>) => ('candidate' in found.result ? found.result.candidate.node.name : found.result.message);

test('a budget that is used up makes a node dearer, also than one with a more important victim', () => {
  const found = search([filler('kept', 'a', { app: 'kept' }), filler('other', 'b', { priority: 10 })], { budgets: [budget('kept', 0)] });
  expect(found.candidates.map(({ node: { name }, violations }) => [name, violations])).toEqual([['b', 0], ['a', 1]]);
  expect(taken(found)).toBe('b');
});

test('Pods whose budget is used up are let stay first', () => {
  const pods = [filler('kept', 'a', { app: 'kept', cpu: '2' }), filler('spare', 'a', { priority: 10, cpu: '2' })];
  const smaller = pod('vip', { requests: { cpu: '2' }, priority: 1000 });
  const cluster = clusterOf([node('a')], pods, { poddisruptionbudgets: [budget('kept', 0)] });
  const given = { profile: defaultProfile(), pod: podInfoOf(smaller), cluster, nominator: new Nominator(), random: new Random(1), startIndex: 0, nowMs: NOW };
  const { candidates } = findCandidates(given, runCycle(given).preparation.filters, cluster.nodes, 0, 1);
  expect(candidates.map((candidate) => [victims(candidate), candidate.violations])).toEqual([[['spare'], 0]]);
});

test('the search ends when there are enough candidates and one of them breaks no budget', () => {
  const pods = ['a', 'b', 'c', 'd'].map((name) => filler(`on-${name}`, name, { app: name }));
  const count = (wanted: number, budgets: ReturnType<typeof budget>[] = []) => search(pods, { budgets, args: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: wanted } }).candidates.length;
  expect(count(2)).toBe(2);
  expect(count(1)).toBe(1);
  expect(count(4)).toBe(4);
  expect(search(pods, { budgets: ['a', 'b', 'c'].map((name) => budget(name, 0)), args: { minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 2 } }).candidates.map(({ node: { name } }) => name)).toEqual(['d', 'a', 'b']);
});

test('how many nodes are tried is a share of them rounded down, but never below the least', () => {
  const pods = Array.from({ length: 15 }, (_, i) => filler(`p${i}`, `n${i}`, { priority: 100 - i })); // each node is cheaper than the one before
  const at = (minCandidateNodesPercentage: number, minCandidateNodesAbsolute = 1) => {
    const name = taken(search(pods, { args: { minCandidateNodesPercentage, minCandidateNodesAbsolute } }));
    return Number(name?.slice(1));
  };
  const first = at(0);
  expect([at(10), at(20), at(0, 2)]).toEqual([first, first + 2, first + 1]);
  expect(at(100)).toBe(14);
});

test('who has preempted waits for its victims to go, not for Pods that go by themselves', () => {
  const leaving = (conditions: object[], deletionTimestamp?: string): Pod => ({ ...filler('low', 'a'), metadata: { ...filler('low', 'a').metadata, ...(deletionTimestamp ? { deletionTimestamp } : {}) }, status: { conditions } } as Pod); // as they are written
  const preempted = { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' };
  const message = (low: Pod) => {
    const cluster = clusterOf([node('a')], [low]);
    const given = { profile: defaultProfile(), pod: podInfoOf({ ...vip, status: { nominatedNodeName: 'a' } }), cluster, nominator: new Nominator(), random: new Random(1), startIndex: 0, nowMs: NOW, args: DEFAULT_PREEMPTION };
    const result = preempt(given, runCycle(given));
    return 'message' in result ? result.message : 'again';
  };
  const GONE = '2026-01-05T09:00:00Z';
  expect(message(leaving([preempted], GONE))).toBe('preemption: not eligible due to a terminating pod on the nominated node.');
  expect(message(leaving([preempted]))).toBe('again');
  expect(message(leaving([], GONE))).toBe('again');
  expect(message(leaving([{ ...preempted, reason: 'EvictionByEvictionAPI' }], GONE))).toBe('again');
  expect(message(leaving([{ ...preempted, status: 'False' }], GONE))).toBe('again');
});

test('of several victims of one priority the one that has run longest counts', () => {
  const of = (name: string, ...times: string[]): Candidate => ({ node: clusterOf([node(name)]).node(name)!, violations: 0, victims: times.map((startTime, i) => podInfoOf(filler(`${name}${i}`, name, { startTime }))) });
  const early = of('a', '2026-01-05T07:00:00Z', '2026-01-05T08:59:00Z');
  const late = of('b', '2026-01-05T08:00:00Z', '2026-01-05T08:30:00Z');
  expect(cheapestCandidates([early, late], NOW).map(({ node: { name } }) => name)).toEqual(['b']);
});

test('a budget without a status covers its Pods, one that has counted a Pod as gone does not', () => {
  const unread = { ...budget('kept', 0), status: undefined };
  const counted = { ...budget('kept', 0), status: { disruptionsAllowed: 0, disruptedPods: { kept: '2026-01-05T08:59:00Z' } } };
  const violations = (one: object) => search([filler('kept', 'a', { app: 'kept' })], { budgets: [one as ReturnType<typeof budget>] }).candidates.map((candidate) => candidate.violations);
  expect([violations(unread), violations(counted)]).toEqual([[1], [0]]);
});

test('who was nominated to a node that nobody could free any more looks for another', () => {
  const low = { ...filler('low', 'a'), metadata: { ...filler('low', 'a').metadata, deletionTimestamp: '2026-01-05T09:00:00Z' }, status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }] } } as Pod; // as it is written
  const cordoned = node('a', { spec: { unschedulable: true } });
  const cluster = clusterOf([cordoned, node('b')], [low, filler('other', 'b')]);
  const given = { profile: defaultProfile(), pod: podInfoOf({ ...vip, status: { nominatedNodeName: 'a' } }), cluster, nominator: new Nominator(), random: new Random(1), startIndex: 0, nowMs: NOW, args: DEFAULT_PREEMPTION };
  const result = preempt(given, runCycle(given));
  expect('candidate' in result && result.candidate.node.name).toBe('b');
});

test('of candidates the one goes whose top victim matters least, then the lesser sum, the fewer, the youngest', () => {
  const of = (name: string, ...pods: Pod[]): Candidate => ({ node: clusterOf([node(name)]).node(name)!, violations: 0, victims: pods.map((each) => podInfoOf(each)) });
  const cheapest = (...candidates: Candidate[]) => cheapestCandidates(candidates, NOW).map(({ node: { name } }) => name);
  expect(cheapest(of('a', filler('x', 'a', { priority: 5 })), of('b', filler('y', 'b', { priority: 4 })))).toEqual(['b']);
  expect(cheapest(of('a', filler('x', 'a', { priority: 5 }), filler('z', 'a', { priority: 3 })), of('b', filler('y', 'b', { priority: 5 }), filler('w', 'b', { priority: 2 })))).toEqual(['b']);
  expect(cheapest(of('a', filler('x', 'a'), filler('z', 'a')), of('b', filler('y', 'b')))).toEqual(['b']);
  expect(cheapest(of('a', filler('x', 'a', { startTime: '2026-01-05T08:00:00Z' })), of('b', filler('y', 'b', { startTime: '2026-01-05T08:30:00Z' })))).toEqual(['b']);
  expect(cheapest(of('a', filler('x', 'a')), of('b', filler('y', 'b')))).toEqual(['a', 'b']);
  expect(cheapest()).toEqual([]);
});
