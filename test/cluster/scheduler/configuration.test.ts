import { expect, test } from 'vitest';
import { type KubeSchedulerConfiguration, parseConfiguration } from '../../../src/cluster/scheduler/configuration.ts';
import { profilesOf } from '../../../src/cluster/scheduler/configured-profiles.ts';
import { defaultProfile } from '../../../src/cluster/scheduler/profile.ts';

const HEAD = 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n';
type Plugins = NonNullable<NonNullable<KubeSchedulerConfiguration['profiles']>[number]['plugins']>;
const profile = (plugins: Plugins, more: object = {}) => profilesOf({ profiles: [{ plugins, ...more }] })[0]!;
const weights = (plugins: Plugins) => Object.fromEntries(profile(plugins).plugins.map(({ plugin, weight }) => [plugin.name, weight]));

test('every field of the API is known', () => {
  const text = `${HEAD}parallelism: 8
enableProfiling: false
enableContentionProfiling: true
percentageOfNodesToScore: 40
podInitialBackoffSeconds: 2
podMaxBackoffSeconds: 20
delayCacheUntilActive: true
extenders: [{urlPrefix: "http://x"}]
leaderElection: {leaderElect: true, leaseDuration: 15s, renewDeadline: 10s, retryPeriod: 2s, resourceLock: leases, resourceName: s, resourceNamespace: kube-system}
clientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf, acceptContentTypes: "", contentType: application/json, qps: 50, burst: 100}
profiles: [{schedulerName: x, percentageOfNodesToScore: 50, plugins: {score: {enabled: [{name: NodeResourcesFit, weight: 2}]}}, pluginConfig: [{name: NodeResourcesFit, args: {}}]}]
`;
  expect(parseConfiguration(text)).toMatchObject({ parallelism: 8, profiles: [{ schedulerName: 'x' }] });
});

test.each([
  ['parallelism: many', 'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.parallelism of type number'],
  ['leaderElection: {leaseDuration: 15}', 'json: cannot unmarshal number into Go struct field KubeSchedulerConfiguration.leaderElection.leaseDuration of type string'],
  ['extenders: [x]', 'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.extenders[0] of type object'],
  ['profiles: [{plugins: {score: {enabled: [{name: X, wieght: 1}]}}}]', 'strict decoding error: unknown field "profiles[0].plugins.score.enabled[0].wieght"'],
  ['clientConnection: {qps: fast}', 'json: cannot unmarshal string into Go struct field KubeSchedulerConfiguration.clientConnection.qps of type number'],
])('%s is refused in the words of the decoder', (line, message) => {
  expect(() => parseConfiguration(HEAD + line)).toThrow(message);
});

test('preemption goes with its plugin, wherever it is disabled', () => {
  expect(profile({}).preemption).toMatchObject({ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 100 });
  expect(profile({ multiPoint: { disabled: [{ name: 'DefaultPreemption' }] } }).preemption).toBeUndefined();
  expect(profile({ postFilter: { disabled: [{ name: 'DefaultPreemption' }] } }).preemption).toBeUndefined();
  expect(profile({ postFilter: { disabled: [{ name: 'Other' }, { name: '*' }] } }).preemption).toBeUndefined();
  expect(profile({ multiPoint: { disabled: [{ name: 'ImageLocality' }] } }).preemption).toBeDefined();
  expect(profile({ multiPoint: { disabled: [{ name: '*' }], enabled: [{ name: 'DefaultPreemption' }] } }).preemption).toBeDefined();
  expect(profile({ multiPoint: { disabled: [{ name: '*' }] }, postFilter: { enabled: [{ name: 'DefaultPreemption' }] } }).preemption).toBeDefined();
  expect(profile({}, { pluginConfig: [{ name: 'DefaultPreemption', args: { minCandidateNodesAbsolute: 7 } }] }).preemption).toEqual({ minCandidateNodesPercentage: 10, minCandidateNodesAbsolute: 7 });
});

test('one disabled plugin among several is gone; of those disabled, what is enabled by name comes in that order', () => {
  const all = defaultProfile().plugins.map(({ plugin }) => plugin.name);
  expect(Object.keys(weights({ multiPoint: { disabled: [{ name: 'ImageLocality' }, { name: 'NodePorts' }] } }))).toEqual(all.filter((name) => name !== 'ImageLocality' && name !== 'NodePorts'));
  const few = weights({ multiPoint: { disabled: [{ name: '*' }], enabled: [{ name: 'PrioritySort' }, { name: 'TaintToleration' }, { name: 'NodeName', weight: 3 }, { name: 'DefaultBinder' }] } });
  expect(Object.entries(few)).toEqual([['TaintToleration', 1], ['NodeName', 3]]);
});

test('a plugin named at single extension points alone works there alone', () => {
  const { plugins } = profile({ multiPoint: { disabled: [{ name: '*' }] }, queueSort: { enabled: [{ name: 'PrioritySort' }] }, filter: { enabled: [{ name: 'TaintToleration' }] }, score: { enabled: [{ name: 'NodeResourcesFit', weight: 4 }] }, bind: { enabled: [{ name: 'DefaultBinder' }] } });
  expect(plugins.map(({ plugin, weight }) => [plugin.name, Boolean(plugin.preFilter), weight])).toEqual([['TaintToleration', true, 0], ['NodeResourcesFit', false, 4]]);
});

test('the weight of a profile is its own, else that of the default; a share of nodes is the profile’s or the file’s', () => {
  expect(weights({ multiPoint: { enabled: [{ name: 'ImageLocality', weight: 9 }] } })['ImageLocality']).toBe(9);
  expect(weights({})['TaintToleration']).toBe(3);
  expect(weights({ multiPoint: { enabled: [{ name: 'TaintToleration' }] } })['TaintToleration']).toBe(1);
  expect(weights({ score: { enabled: [{ name: 'TaintToleration' }] } })['TaintToleration']).toBe(1);
  const [own, common] = profilesOf({ percentageOfNodesToScore: 30, profiles: [{ schedulerName: 'a', percentageOfNodesToScore: 60 }, { schedulerName: 'b' }] });
  expect([own?.percentageOfNodesToScore, common?.percentageOfNodesToScore]).toEqual([60, 30]);
  expect(profilesOf({ percentageOfNodesToScore: 30 })[0]).toMatchObject({ schedulerName: 'default-scheduler', percentageOfNodesToScore: 30 });
});
