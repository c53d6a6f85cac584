import { expect, test } from 'vitest';
import { type KubeSchedulerConfiguration, parseConfiguration, profilesOf } from '../../../src/cluster/scheduler/configuration.ts';
import { feasibleNodesToFind, runCycle } from '../../../src/cluster/scheduler/cycle.ts';
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
