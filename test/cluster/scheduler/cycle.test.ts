import { expect, test } from 'vitest';
import { type KubeSchedulerConfiguration, parseConfiguration } from '../../../src/cluster/scheduler/configuration.ts';
import { profilesOf } from '../../../src/cluster/scheduler/configured-profiles.ts';
import { feasibleNodesToFind, runCycle, totalScores } from '../../../src/cluster/scheduler/cycle.ts';
import { failureMessage } from '../../../src/cluster/scheduler/diagnosis.ts';
import { Nominator } from '../../../src/cluster/scheduler/nominator.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { findCandidates } from '../../../src/cluster/scheduler/preemption.ts';
import { defaultProfile, type EnabledPlugin } from '../../../src/cluster/scheduler/profile.ts';
import { Random } from '../../../src/time/random.ts';
import { clusterOf, node, pod } from './builders.ts';

const names = (count: number) => Array.from({ length: count }, (_, i) => `node-${i}`);
const input = (cluster: ReturnType<typeof clusterOf>, given = pod('p'), seed = 1, startIndex = 0) =>
  ({ profile: defaultProfile(), pod: podInfoOf(given), cluster, nominator: new Nominator(), random: new Random(seed), startIndex });

test.each([[10, 10], [99, 99], [100, 100], [250, 120], [1000, 420], [6000, 300]])('of %i nodes, %i feasible ones are enough', (count, wanted) => {
  expect(feasibleNodesToFind(count)).toBe(wanted);
});

test.each([[1000, 30, 300], [1000, 5, 100], [1000, 100, 1000], [1000, 250, 1000], [1000, 0, 420]])('of %i nodes with %i percent asked for, %i are enough', (count, percentage, wanted) => {
  expect(feasibleNodesToFind(count, percentage)).toBe(wanted);
});

test('totals are sums over the plugins, those that say the same of all nodes included', () => {
  expect(totalScores([{ plugin: 'A', scores: 10 }, { plugin: 'B', scores: [1, 2] }, { plugin: 'C', scores: [5, 6] }], 2)).toEqual([16, 18]);
  expect(totalScores([{ plugin: 'A', scores: 10 }], 2)).toEqual([10, 10]);
  expect(totalScores([], 2)).toEqual([0, 0]);
});

test('nodes that plugins did not look at are counted under their names', () => {
  const only: EnabledPlugin = { plugin: { name: 'P', preFilter: () => ({ nodeNames: new Set(['a']), filter: () => ({ reasons: ['no'], unresolvable: false }) }) }, weight: 0 };
  const cluster = clusterOf([node('a'), node('b'), node('c')]);
  const result = runCycle({ ...input(cluster), profile: { ...defaultProfile(), plugins: [only] } });
  expect(failureMessage(result, 3, '')).toBe("0/3 nodes are available: 1 no, 2 node(s) didn't satisfy plugin(s) [P].");
});

test('a place is kept for Pods of the same or a higher priority only', () => {
  const nominator = new Nominator();
  const info = (name: string, priority: number) => podInfoOf(pod(name, { priority }));
  const asked = (priority: number) => nominator.podsFor('a', info('p', priority)).map(({ pod: { metadata } }) => metadata.name);
  expect(asked(0)).toEqual([]);
  nominator.set(info('vip', 10), 'a');
  expect([asked(5), asked(10), asked(11)]).toEqual([['vip'], ['vip'], []]);
  expect(nominator.podsFor('b', info('p', 5))).toEqual([]);
  expect(nominator.podsFor('a', info('vip', 10))).toEqual([]); // not against itself
  expect(nominator.lesserPodsFor('a', info('p', 11)).map(({ key }) => key)).toEqual(['default/vip']);
  nominator.set(info('vip', 10), 'b');
  expect([asked(5), nominator.nodeOf('default/vip')]).toEqual([[], 'b']);
  nominator.delete('default/vip');
  expect(nominator.nodeOf('default/vip')).toBeUndefined();
});

test('a node that is kept for others is not free, nor is one that only they would make fit', () => {
  const cluster = clusterOf([node('a')], [pod('there', { requests: { cpu: '1' }, on: 'a' })]);
  const nominator = new Nominator();
  const given = { ...input(cluster, pod('p', { requests: { cpu: '2' } })), nominator };
  expect(runCycle(given).chosen?.name).toBe('a');
  nominator.set(podInfoOf(pod('vip', { requests: { cpu: '2' }, priority: 10, labels: { app: 'vip' } })), 'a');
  expect(runCycle(given).chosen).toBeUndefined();
  expect(runCycle({ ...given, pod: podInfoOf(pod('p', { requests: { cpu: '1' } })) }).chosen?.name).toBe('a');
  const friend = pod('friend', { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'vip' } } }] } } } });
  expect(runCycle({ ...given, pod: podInfoOf(friend) }).chosen).toBeUndefined();
});

test('an image counts as long as a node has it', () => {
  const image = { names: ['nginx:1'], sizeBytes: 1 };
  const cluster = clusterOf([node('a', { images: [image] }), node('b', { images: [image] })]);
  expect(cluster.imageNodes.get('nginx:1')).toBe(2);
  cluster.setNode(node('a'));
  expect(cluster.imageNodes.get('nginx:1')).toBe(1);
  cluster.setNode(node('b'));
  expect(cluster.imageNodes.has('nginx:1')).toBe(false);
});

test('a large cluster is searched from where the last search ended', () => {
  const cluster = clusterOf(names(300).map((name) => node(name)));
  const { feasible } = runCycle(input(cluster, pod('p'), 1, 250));
  expect(feasible).toHaveLength(feasibleNodesToFind(300));
  expect(feasible[0]?.name).toBe('node-250');
  expect(feasible.at(-1)?.name).toBe('node-93');
});

test('zones take turns in the search', () => {
  const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
  const cluster = clusterOf([node('a1', zone('a')), node('a2', zone('a')), node('a3', zone('a')), node('b1', zone('b'))]);
  expect(cluster.nodes.map(({ name }) => name)).toEqual(['a1', 'b1', 'a2', 'a3']);
});

test('of equals any may be taken, and the same seed takes the same', () => {
  const cluster = clusterOf(names(5).map((name) => node(name)));
  const chosen = (seed: number) => runCycle(input(cluster, pod('p'), seed)).chosen?.name;
  expect(chosen(7)).toBe(chosen(7));
  expect(new Set(names(20).map((_, seed) => chosen(seed))).size).toBeGreaterThan(1);
});

test('a cycle and a search for victims leave the cluster as it was', () => {
  const cluster = clusterOf([node('a')], [pod('x', { requests: { cpu: '3' }, on: 'a' }), pod('y', { requests: { cpu: '500m' }, on: 'a' })]);
  const before = JSON.stringify(cluster.node('a')?.requested);
  const given = { ...input(cluster, pod('vip', { requests: { cpu: '2' }, priority: 10 })), nowMs: 0 };
  const { preparation, failures } = runCycle(given);
  const { candidates } = findCandidates(given, preparation.filters, failures.map((failure) => failure.node), 0, 1);
  expect(candidates[0]?.victims.map(({ key }) => key)).toEqual(['default/x']);
  expect(JSON.stringify(cluster.node('a')?.requested)).toBe(before);
});

test('a configuration chooses plugins, weights and arguments', () => {
  const configuration: KubeSchedulerConfiguration = {
    profiles: [{
      schedulerName: 'packer',
      plugins: { score: { disabled: [{ name: 'NodeResourcesBalancedAllocation' }], enabled: [{ name: 'NodeResourcesFit', weight: 5 }] }, multiPoint: { disabled: [{ name: 'ImageLocality' }] }, postFilter: { disabled: [{ name: '*' }] } },
      pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy: { type: 'MostAllocated' } } }],
    }],
  };
  const [profile] = profilesOf(configuration);
  const weights = Object.fromEntries(profile!.plugins.map(({ plugin, weight }) => [plugin.name, weight]));
  expect(weights).toMatchObject({ NodeResourcesFit: 5, NodeResourcesBalancedAllocation: 0 });
  expect(weights).not.toHaveProperty('ImageLocality');
  expect(profile).toMatchObject({ schedulerName: 'packer', preemption: undefined });
  const cluster = clusterOf([node('empty'), node('half')], [pod('x', { requests: { cpu: '2', memory: '4Gi' }, on: 'half' })]);
  expect(runCycle({ ...input(cluster, pod('p', { requests: { cpu: '1' } })), profile: profile! }).chosen?.name).toBe('half');
  expect(() => profilesOf({ profiles: [{ plugins: { multiPoint: { enabled: [{ name: 'Coffee' }] } } }] })).toThrow('plugin "Coffee" does not exist');
});

test.each([
  ['kind: Pod', `no kind "Pod" is registered for version "undefined"`],
  ['profiles: [{name: x}]', 'strict decoding error: unknown field "profiles[0].name"'],
  ['profiles: {}', 'json: cannot unmarshal object into Go struct field KubeSchedulerConfiguration.profiles of type []object'],
])('a configuration file with %s is refused', (text, message) => {
  const head = text.startsWith('kind') ? '' : 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
  expect(() => parseConfiguration(head + text)).toThrow(message);
});

test('plugins that want different nodes are named, and evictions could not help', () => {
  const only = (name: string, ...nodeNames: string[]): EnabledPlugin => ({ plugin: { name, preFilter: () => ({ nodeNames: new Set(nodeNames) }) }, weight: 0 });
  const cluster = clusterOf([node('a'), node('b'), node('c')]);
  const run = (...plugins: EnabledPlugin[]) => runCycle({ ...input(cluster), profile: { ...defaultProfile(), plugins } });
  expect(failureMessage(run(only('P', 'a'), only('Q', 'b')), 3, '')).toBe("0/3 nodes are available: node(s) didn't satisfy plugin(s) [P Q] simultaneously.");
  expect(run(only('P', 'a'), only('Q', 'b')).preparation.rejected?.rejection.unresolvable).toBe(true);
  expect(run(only('P', 'a', 'b'), only('Q', 'b', 'c')).chosen?.name).toBe('b');
});
