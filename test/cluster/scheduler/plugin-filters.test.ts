/** The edges of what plugins let through, and their words. */
import { describe, expect, test } from 'vitest';
import type { KubeObject, NodeSelectorTerm, Pod, PodSpec, Volume } from '../../../src/cluster/api/types.ts';
import type { SchedulerCache } from '../../../src/cluster/scheduler/cache.ts';
import { isRejection, type Plugin } from '../../../src/cluster/scheduler/framework.ts';
import { dynamicResources } from '../../../src/cluster/scheduler/plugins/dynamic-resources.ts';
import { interPodAffinity } from '../../../src/cluster/scheduler/plugins/inter-pod-affinity.ts';
import { nodeAffinity } from '../../../src/cluster/scheduler/plugins/node-affinity.ts';
import { nodeName } from '../../../src/cluster/scheduler/plugins/node-name.ts';
import { nodeResourcesFit } from '../../../src/cluster/scheduler/plugins/node-resources-fit.ts';
import { nodeUnschedulable } from '../../../src/cluster/scheduler/plugins/node-unschedulable.ts';
import { podTopologySpread } from '../../../src/cluster/scheduler/plugins/pod-topology-spread.ts';
import { volumeBinding } from '../../../src/cluster/scheduler/plugins/volume-binding.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { clusterOf, node, pod, verdicts } from './builders.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const GPU = 'nvidia.com/gpu';
const object = (kind: string, name: string, more: object = {}, metadata: object = {}): KubeObject => ({ apiVersion: 'v1', kind, metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', ...metadata }, ...more });
const inDefault = { namespace: 'default' };
const owner = (uid: string) => ({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid, controller: true }] });

/** Whether each node passes once preemption has counted Pods on nodes, or no longer. */
function passesAfter(plugin: Plugin, given: Pod, cluster: SchedulerCache, changes: readonly ['+' | '-', Pod, string][]): Record<string, boolean> {
  const filter = plugin.preFilter!(podInfoOf(given), cluster);
  if (!filter || isRejection(filter)) throw new Error(`${plugin.name} does not look at nodes`);
  for (const [sign, other, on] of changes) filter[sign === '+' ? 'podAdded' : 'podRemoved']!(podInfoOf(other), cluster.node(on)!);
  return Object.fromEntries(cluster.nodes.map((each) => [each.name, filter.filter!(each) === undefined]));
}

test.each<[string, Record<string, string>, Record<string, string>, Parameters<typeof nodeResourcesFit>[0], string]>([
  ['what just fits', { cpu: '1', memory: '2Gi' }, { cpu: '3', memory: '6Gi' }, {}, 'ok'],
  ['a little too much CPU', { cpu: '1001m' }, { cpu: '3' }, {}, 'Insufficient cpu'],
  ['a byte too much', { memory: '2147483649' }, { memory: '6Gi' }, {}, 'Insufficient memory'],
  ['the whole node, which is taken', { cpu: '4' }, { cpu: '1' }, {}, 'Insufficient cpu'],
  ['more than the node', { cpu: '4001m' }, {}, {}, 'Insufficient cpu!'],
  ['nothing, on a node that is overfull', {}, { cpu: '5', memory: '9Gi', 'ephemeral-storage': '9Gi' }, {}, 'ok'],
  ['one thing beyond the node, another that is taken', { cpu: '2', memory: '9Gi' }, { cpu: '3' }, {}, 'Insufficient cpu, Insufficient memory!'],
  ['disk', { 'ephemeral-storage': '4Gi' }, { 'ephemeral-storage': '2Gi' }, {}, 'Insufficient ephemeral-storage'],
  ['the last of the disk', { 'ephemeral-storage': '3Gi' }, { 'ephemeral-storage': '2Gi' }, {}, 'ok'],
  ['devices in the order of their names', { 'example.com/b': '1', 'example.com/a': '1' }, {}, {}, 'Insufficient example.com/a, Insufficient example.com/b!'],
  ['the last device', { [GPU]: '1' }, { [GPU]: '1' }, {}, 'ok'],
  ['one more device', { [GPU]: '2' }, { [GPU]: '1' }, {}, `Insufficient ${GPU}`],
  ['no device', { [GPU]: '0' }, { [GPU]: '3' }, {}, 'ok'],
  ['a device that is ignored', { 'example.com/a': '1' }, {}, { ignoredResources: ['example.com/a'] }, 'ok'],
  ['a device of a group that is ignored', { 'example.com/a': '1' }, {}, { ignoredResourceGroups: ['example.com'] }, 'ok'],
  ['a device of another group', { 'example.com/a': '1' }, {}, { ignoredResourceGroups: ['com'], ignoredResources: ['a'] }, 'Insufficient example.com/a!'],
])('NodeResourcesFit: %s', (_, requests, there, args, wanted) => {
  const cluster = clusterOf([node('n', { allocatable: { 'ephemeral-storage': '5Gi', [GPU]: '2' } })], [pod('x', { requests: there, on: 'n' })]);
  expect(verdicts(nodeResourcesFit(args), pod('p', { requests }), cluster)).toEqual({ n: wanted });
});

test('NodeName and NodeUnschedulable', () => {
  const cluster = clusterOf([node('a'), node('b', { spec: { unschedulable: true } })]);
  expect(verdicts(nodeName, pod('p', { on: 'a' }), cluster)).toEqual({ a: 'ok', b: "node(s) didn't match the requested node name!" });
  expect(verdicts(nodeName, pod('p'), cluster)).toEqual({ a: 'ok', b: 'ok' });
  expect(verdicts(nodeUnschedulable, pod('p'), cluster)).toEqual({ a: 'ok', b: 'node(s) were unschedulable!' });
  const tolerating = (effect: string) => pod('p', { spec: { tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect }] } });
  expect(verdicts(nodeUnschedulable, tolerating('NoSchedule'), cluster)).toEqual({ a: 'ok', b: 'ok' });
  expect(verdicts(nodeUnschedulable, tolerating('NoExecute'), cluster)).toEqual({ a: 'ok', b: 'node(s) were unschedulable!' });
});

describe('NodeAffinity', () => {
  const named = (...lists: string[][]): NodeSelectorTerm => ({ matchFields: lists.map((values) => ({ key: 'metadata.name', operator: 'In', values })) });
  const required = (...nodeSelectorTerms: NodeSelectorTerm[]): Partial<PodSpec> => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } } });
  const cluster = clusterOf([node('a', { labels: { x: '' } }), node('b')]);
  const x: NodeSelectorTerm = { matchExpressions: [{ key: 'x', operator: 'Exists' }] };
  test.each<[string, Partial<PodSpec>, string[] | string | undefined]>([
    ['names', required(named(['a', 'b'])), ['a', 'b']], ['names of several terms', required(named(['a']), named(['c'])), ['a', 'c']], ['what all fields name', required(named(['a', 'b'], ['b', 'c'])), ['b']],
    ['names that contradict', required(named(['a'], ['b'])), 'pod affinity terms conflict'], ['a term that names none', required(named(['a']), x), undefined], ['a selector', { nodeSelector: { x: '' } }, undefined],
    ['names to avoid', required({ matchFields: [{ key: 'metadata.name', operator: 'NotIn', values: ['a'] }] }), undefined],
  ])('%s narrow the search', (_, spec, wanted) => {
    const filter = nodeAffinity().preFilter!(podInfoOf(pod('p', { spec })), cluster)!;
    expect(isRejection(filter) ? filter.reasons[0] : filter.nodeNames && [...filter.nodeNames]).toEqual(wanted);
  });

  test('the profile may ask for more', () => {
    const added = nodeAffinity({ addedAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [x] } } });
    expect(verdicts(added, pod('p'), cluster)).toEqual({ a: 'ok', b: "node(s) didn't match scheduler-enforced node affinity!" });
    expect(verdicts(added, pod('p', { spec: { nodeSelector: { y: '' } } }), cluster)).toEqual({ a: "node(s) didn't match Pod's node affinity/selector!", b: "node(s) didn't match scheduler-enforced node affinity!" });
  });
});

describe('PodTopologySpread', () => {
  const web = { app: 'web' };
  const skewed = "node(s) didn't match pod topology spread constraints";
  const at = (name: string, zone: string, more: Record<string, string> = {}) => node(name, { labels: { [ZONE]: zone, ...more } });
  const nodes = [at('a', 'a', { disk: 'ssd' }), at('b', 'b', { disk: 'ssd' }), at('c', 'c')];
  const given = (parts: object[] = [{}], spec: Partial<PodSpec> = {}, labels: Record<string, string> = web) => pod('p', { labels, spec: { topologySpreadConstraints: parts.map((part) => ({ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web }, ...part })), ...spec } });
  const running = (...on: string[]) => on.map((name, i) => pod(`x${i}`, { labels: web, on: name }));
  const fits = (asked: Pod, ...on: string[]) => Object.entries(verdicts(podTopologySpread(), asked, clusterOf(nodes, running(...on)))).filter(([, verdict]) => verdict === 'ok').map(([name]) => name).join('');

  test.each<[string, Pod, string[], string]>([
    ['as many as elsewhere', given(), ['a', 'b', 'c'], 'abc'], ['one more than elsewhere', given(), ['a', 'a', 'b', 'c'], 'bc'], ['fewer', given(), ['a', 'b'], 'c'],
    ['a Pod that does not count itself', given([{}], {}, { app: 'db' }), ['a', 'b'], 'abc'], ['no selector counts no Pod', given([{ labelSelector: undefined }]), ['a', 'a', 'b'], 'abc'],
    ['only nodes that the Pod may use', given([{}], { nodeSelector: { disk: 'ssd' } }), ['a', 'b'], 'abc'], ['all nodes, when told to', given([{ nodeAffinityPolicy: 'Ignore' }], { nodeSelector: { disk: 'ssd' } }), ['a', 'b'], 'c'],
    ['enough domains', given([{ minDomains: 3 }]), ['a', 'b', 'c'], 'abc'], ['too few domains', given([{ minDomains: 4 }]), ['a', 'b', 'c'], ''], ['both of two', given([{ maxSkew: 2 }, { topologyKey: HOST }]), ['a', 'b'], 'c'],
    ['soft ones never', given([{ whenUnsatisfiable: 'ScheduleAnyway' }]), ['a', 'a', 'a'], 'abc'],
  ])('%s', (_, asked, on, wanted) => expect(fits(asked, ...on)).toBe(wanted));

  test('only the same version counts, when told to', () => {
    const labels = { ...web, hash: '2' };
    const others = [pod('x', { labels: { ...web, hash: '1' }, on: 'a' }), pod('y', { labels, on: 'b' })];
    expect(verdicts(podTopologySpread(), given([{ matchLabelKeys: ['hash'] }], {}, labels), clusterOf(nodes, others))).toEqual({ a: 'ok', b: skewed, c: 'ok' });
  });

  test('evictions are counted in advance', () => {
    const cluster = clusterOf(nodes, running('a', 'b'));
    const [victim, second] = running('a', 'b');
    const elsewhere = { ...victim!, metadata: { ...victim!.metadata, namespace: 'other' } };
    expect(passesAfter(podTopologySpread(), given(), cluster, [])).toEqual({ a: false, b: false, c: true });
    expect(passesAfter(podTopologySpread(), given(), cluster, [['-', victim!, 'a']])).toEqual({ a: true, b: false, c: true });
    expect(passesAfter(podTopologySpread(), given(), cluster, [['+', second!, 'c']])).toEqual({ a: true, b: true, c: true });
    expect(passesAfter(podTopologySpread(), given(), cluster, [['-', elsewhere, 'a'], ['-', pod('db', { labels: { app: 'db' } }), 'a']])).toEqual({ a: false, b: false, c: true });
  });
});

describe('InterPodAffinity', () => {
  const term = (app: string, topologyKey = ZONE) => ({ topologyKey, labelSelector: { matchLabels: { app } } });
  const by = (kind: 'podAffinity' | 'podAntiAffinity', ...terms: object[]): Partial<PodSpec> => ({ affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: terms } } });
  const nodes = [node('a', { labels: { [ZONE]: '1' } }), node('b', { labels: { [ZONE]: '1' } }), node('c', { labels: { [ZONE]: '2' } }), node('bare')];
  const db = pod('db', { labels: { app: 'db', tier: 'data' }, on: 'a' });
  const fits = (given: Pod, ...pods: Pod[]) => Object.entries(verdicts(interPodAffinity(), given, clusterOf(nodes, pods))).filter(([, verdict]) => verdict === 'ok').map(([name]) => name).sort().join(' ');

  test.each<[string, Partial<PodSpec>, Record<string, string>, string]>([
    ['near, in a zone', by('podAffinity', term('db')), {}, 'a b'], ['near, by both terms', by('podAffinity', term('db'), term('db', HOST)), {}, 'a'],
    ['near one Pod that both terms mean', by('podAffinity', term('db'), { topologyKey: ZONE, labelSelector: { matchLabels: { tier: 'data' } } }), {}, 'a b'], ['near two Pods at once', by('podAffinity', term('db'), term('web')), {}, ''],
    ['the first of its sort, where the label is', by('podAffinity', term('web')), { app: 'web' }, 'a b c'], ['the first of its sort, but others are there', by('podAffinity', term('db')), { app: 'db' }, 'a b'],
    ['away, also where there is no zone', by('podAntiAffinity', term('db')), {}, 'bare c'], ['away, by either term', by('podAntiAffinity', term('web'), term('db', HOST)), {}, 'b bare c'], ['away from nobody', by('podAntiAffinity', term('web')), {}, 'a b bare c'],
  ])('%s', (_, spec, labels, wanted) => expect(fits(pod('p', { labels, spec }), db)).toBe(wanted));

  test('one that shuns keeps its whole zone', () => expect(fits(pod('p', { labels: { app: 'web' } }), pod('x', { on: 'b', spec: by('podAntiAffinity', term('web')) }))).toBe('bare c'));

  test('evictions are counted in advance', () => {
    const shy = pod('shy', { on: 'a', spec: by('podAntiAffinity', term('web')) });
    const after = (given: Pod, ...changes: ['+' | '-', Pod, string][]) => passesAfter(interPodAffinity(), given, clusterOf(nodes, [db, shy]), changes);
    const away = pod('p', { spec: by('podAntiAffinity', term('db')) });
    const near = pod('p', { spec: by('podAffinity', term('db')) });
    const web = pod('p', { labels: { app: 'web' }, spec: by('podAffinity', term('db')) });
    expect(after(away, ['-', db, 'a'])).toEqual({ a: true, b: true, c: true, bare: true });
    expect(after(away, ['+', db, 'c'])).toEqual({ a: false, b: false, c: false, bare: true });
    expect(after(near, ['-', db, 'a'])).toEqual({ a: false, b: false, c: false, bare: false });
    expect(after(near, ['+', db, 'c'])).toEqual({ a: true, b: true, c: true, bare: false });
    expect(after(near, ['+', pod('other'), 'c'])).toEqual({ a: true, b: true, c: false, bare: false });
    expect(after(web)).toEqual({ a: false, b: false, c: false, bare: false });
    expect(after(web, ['-', shy, 'a'])).toEqual({ a: true, b: true, c: false, bare: false });
  });
});

describe('VolumeBinding', () => {
  const elsewhere = "node(s) didn't match PersistentVolume's node affinity!";
  const none = "node(s) didn't find available persistent volumes to bind!";
  const small = 'node(s) did not have enough free storage!';
  const all = (verdict: string) => [verdict, verdict];
  const inZone = (zone: string) => ({ nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }] } } });
  const volume = (name: string, size: string, more: object = {}) => object('PersistentVolume', name, { spec: { capacity: { storage: size }, storageClassName: 'local', ...more }, status: { phase: 'Available' } });
  const storageClass = (name: string, provisioner: string, more: object = {}) => object('StorageClass', name, { provisioner, volumeBindingMode: 'WaitForFirstConsumer', ...more });
  const room = (name: string, storageClassName: string, zone: string, more: object) => object('CSIStorageCapacity', name, { storageClassName, nodeTopology: { matchLabels: { [ZONE]: zone } }, ...more }, inDefault);
  const objects = {
    storageclasses: [storageClass('local', 'kubernetes.io/no-provisioner'), storageClass('late', 'csi'), storageClass('soon', 'csi', { volumeBindingMode: 'Immediate' }), storageClass('full', 'counted'), storageClass('small', 'counted'),
      storageClass('east', 'csi', { allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ['2', '3'] }] }] })],
    persistentvolumes: [volume('here', '5Gi', inZone('1')), volume('there', '1Gi', inZone('2')), volume('bound', '1Gi', { ...inZone('1'), claimRef: { name: 'other', namespace: 'default', uid: 'other' } })],
    csidrivers: [object('CSIDriver', 'counted', { spec: { storageCapacity: true } }), object('CSIDriver', 'csi', { spec: {} })],
    csistoragecapacities: [room('f1', 'full', '1', { capacity: '5Gi' }), room('f2', 'full', '2', { capacity: '4Gi' }), room('s1', 'small', '1', { capacity: '9Gi', maximumVolumeSize: '4Gi' }), room('s2', 'small', '2', { capacity: '9Gi', maximumVolumeSize: '5Gi' })],
  };
  const claim = (storageClassName: string | undefined, size: string, spec: object = {}, metadata: object = {}, name = 'c') => object('PersistentVolumeClaim', name, { spec: { storageClassName, resources: { requests: { storage: size } }, ...spec } }, { ...inDefault, ...metadata });
  const bound = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };
  const told = (volumes: Volume[], ...persistentvolumeclaims: KubeObject[]) => { const by = verdicts(volumeBinding(), pod('p', { spec: { volumes } }), clusterOf([node('a', { labels: { [ZONE]: '1' } }), node('b', { labels: { [ZONE]: '2' } })], [], { ...objects, persistentvolumeclaims })); return [by['a'], by['b']]; };
  const using = (...names: string[]): Volume[] => names.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));

  test.each<[string, KubeObject, (string | undefined)[]]>([
    ['of another name', claim('late', '1Gi', {}, {}, 'd'), all('persistentvolumeclaim "c" not found!')],
    ['that has lost its volume', Object.assign(claim('late', '1Gi', { volumeName: 'v' }), { status: { phase: 'Lost' } }), all('persistentvolumeclaim "c" bound to non-existent persistentvolume "v"!')],
    ['on its way out', claim('late', '1Gi', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), all('persistentvolumeclaim "c" is being deleted!')],
    ['to be bound at once', claim('soon', '1Gi'), all('pod has unbound immediate PersistentVolumeClaims!')], ['of no class', claim(undefined, '1Gi'), all('pod has unbound immediate PersistentVolumeClaims!')],
    ['that names its volume', claim('late', '1Gi', { volumeName: 'here' }), all('pod has unbound immediate PersistentVolumeClaims!')],
    ['bound to a volume of a zone', claim('local', '1Gi', { volumeName: 'here' }, bound), ['ok', elsewhere]], ['bound to a volume that is gone', claim('local', '1Gi', { volumeName: 'gone' }, bound), all('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)!')],
    ['that any volume serves', claim('local', '1Gi'), ['ok', 'ok']], ['as large as one volume', claim('local', '5Gi'), ['ok', none]], ['larger than any', claim('local', '6Gi'), all(none)],
    ['that is provisioned', claim('late', '100Gi'), ['ok', 'ok']], ['that is provisioned in the east', claim('east', '1Gi'), [none, 'ok']],
    ['as large as the room', claim('full', '5Gi'), ['ok', small]], ['that is too large for one volume', claim('small', '5Gi'), [small, 'ok']], ['for which there is no room', claim('full', '6Gi'), all(small)],
    ['that the scheduler has promised to a node', claim('late', '1Gi', {}, { annotations: { 'volume.kubernetes.io/selected-node': 'b' } }), [none, 'ok']],
  ])('a claim %s', (_, each, wanted) => expect(told(using('c'), each)).toEqual(wanted));

  test('two claims need two volumes', () => expect(told(using('c', 'd'), claim('local', '1Gi'), claim('local', '1Gi', {}, {}, 'd'))).toEqual(all(none)));
  test('both reasons are told', () => expect(told(using('c', 'd'), claim('local', '1Gi', { volumeName: 'here' }, bound), claim('local', '2Gi', {}, {}, 'd'))).toEqual(['ok', `${elsewhere.slice(0, -1)}, ${none}`]));
  test('ephemeral claims are the Pod\'s own', () => {
    const own: Volume[] = [{ name: 'e', ephemeral: {} }];
    expect(told(own)).toEqual(all('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-e"!'));
    expect(told(own, claim('late', '1Gi', {}, owner('other'), 'p-e'))).toEqual(all('PVC default/p-e was not created for pod default/p (pod is not owner)!'));
    expect(told(own, claim('late', '1Gi', {}, owner('p'), 'p-e'))).toEqual(['ok', 'ok']);
  });
});

describe('DynamicResources', () => {
  const all = (verdict: string) => ({ a: verdict, b: verdict });
  const exactly = (deviceClassName: string, count = 1) => ({ name: 'r', exactly: { deviceClassName, allocationMode: 'ExactCount', count } });
  const claim = (request: object, status: object = {}, metadata: object = {}, name = 'c') => object('ResourceClaim', name, { spec: { devices: { requests: [request] } }, status }, { ...inDefault, ...metadata });
  const results = [{ request: 'r', driver: 'd', pool: 'a', device: 'g0' }];
  const onA = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] };
  const allocation = { devices: { results }, nodeSelector: onA };
  const users = (count: number) => Array.from({ length: count }, (_, i) => ({ resource: 'pods', name: `u${i}`, uid: `u${i}` }));
  const slice = object('ResourceSlice', 's', { spec: { driver: 'd', nodeName: 'a', pool: { name: 'a', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'g0' }] } });
  const told = (reference: { name: string }, statuses: Pod['status']['resourceClaimStatuses'], ...resourceclaims: KubeObject[]) => verdicts(dynamicResources, { ...pod('p', { spec: { resourceClaims: [reference] } }), status: { resourceClaimStatuses: statuses } },
    clusterOf([node('a'), node('b')], [], { resourceclaims, resourceslices: [slice], deviceclasses: [object('DeviceClass', 'gpu', { spec: {} })] }));
  const named = { name: 'x', resourceClaimName: 'c' };
  const templated = { name: 'x', resourceClaimTemplateName: 't' };

  test.each<[string, KubeObject, Record<string, string>]>([
    ['of another name', claim(exactly('gpu'), {}, {}, 'd'), all('resourceclaim.resource.k8s.io "c" not found!')],
    ['on its way out', claim(exactly('gpu'), {}, { deletionTimestamp: '2026-01-01T00:00:00Z' }), all('resourceclaim "c" is being deleted!')],
    ['of a class that is not there', claim(exactly('gone')), all('request r: device class gone does not exist!')],
    ['with a choice of a class that is not there', claim({ name: 'r', firstAvailable: [{ name: 'one', deviceClassName: 'gpu' }, { name: 'two', deviceClassName: 'gone' }] }), all('request r/two: device class gone does not exist!')],
    ['for a device', claim(exactly('gpu')), { a: 'ok', b: 'cannot allocate all claims!' }], ['for two devices', claim(exactly('gpu', 2)), all('cannot allocate all claims!')],
    ['that has its device', claim(exactly('gpu'), { allocation }), { a: 'ok', b: 'resourceclaim not available on the node!' }],
    ['that has its device, whatever became of its class', claim(exactly('gone'), { allocation }), { a: 'ok', b: 'resourceclaim not available on the node!' }],
    ['that almost too many share', claim(exactly('gpu'), { allocation, reservedFor: users(255) }), { a: 'ok', b: 'resourceclaim not available on the node!' }],
    ['that too many share', claim(exactly('gpu'), { allocation, reservedFor: users(256) }), all('resourceclaim in use!')],
    ['that too many share, this Pod too', claim(exactly('gpu'), { allocation, reservedFor: [...users(255), { resource: 'pods', name: 'p', uid: 'p' }] }), { a: 'ok', b: 'resourceclaim not available on the node!' }],
  ])('a claim %s', (_, each, wanted) => expect(told(named, undefined, each)).toEqual(wanted));

  test('what others hold is taken', () => expect(told(named, undefined, claim(exactly('gpu')), claim(exactly('gpu'), { allocation }, {}, 'other'))).toEqual(all('cannot allocate all claims!')));
  test('claims of a template are the Pod\'s own', () => {
    const made = [{ name: 'x', resourceClaimName: 'c' }];
    expect(told(templated, undefined)).toEqual(all('pod "default/p": ResourceClaim not created yet!'));
    expect(told(templated, [{ name: 'x' }])).toEqual(all('ok'));
    expect(told(templated, made, claim(exactly('gpu'), {}, owner('other')))).toEqual(all('ResourceClaim default/c was not created for pod default/p (pod is not owner)!'));
    expect(told(templated, made, claim(exactly('gpu'), {}, owner('p')))).toEqual({ a: 'ok', b: 'cannot allocate all claims!' });
  });
});
