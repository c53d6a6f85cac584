/** The exact numbers that plugins score, worked out by Kubernetes' formulas. */
import { describe, expect, test } from 'vitest';
import type { KubeObject, Node, PodSpec } from '../../../src/cluster/api/types.ts';
import { imageLocality } from '../../../src/cluster/scheduler/plugins/image-locality.ts';
import { interPodAffinity } from '../../../src/cluster/scheduler/plugins/inter-pod-affinity.ts';
import { nodeAffinity } from '../../../src/cluster/scheduler/plugins/node-affinity.ts';
import { nodeResourcesBalancedAllocation } from '../../../src/cluster/scheduler/plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from '../../../src/cluster/scheduler/plugins/node-resources-fit.ts';
import { podTopologySpread } from '../../../src/cluster/scheduler/plugins/pod-topology-spread.ts';
import type { ScoringStrategy } from '../../../src/cluster/scheduler/plugins/resource-scoring.ts';
import { taintToleration } from '../../../src/cluster/scheduler/plugins/taint-toleration.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { clusterOf, node, pod, scores } from './builders.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
const GPU = 'nvidia.com/gpu';
type Amounts = Record<string, string>;

describe('NodeResourcesFit, on 4 CPUs and 8Gi', () => {
  const shape = (...points: [number, number][]): ScoringStrategy => ({ type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape: points.map(([utilization, score]) => ({ utilization, score })) } });
  const least: ScoringStrategy = { type: 'LeastAllocated' };
  const most: ScoringStrategy = { type: 'MostAllocated' };
  // Without a memory request a container counts as 200Mi, which is 2.4 % of 8Gi; without one for CPU as 100m.
  test.each<[string, ScoringStrategy, Amounts, Amounts, Amounts, number]>([
    ['the least allocated', least, { cpu: '1' }, {}, {}, 86],
    ['CPU three times', { ...least, resources: [{ name: 'cpu', weight: 3 }, { name: 'memory', weight: 1 }] }, { cpu: '1' }, {}, {}, 80],
    ['what is beyond the node as nothing', least, { cpu: '5' }, {}, {}, 48],
    ['what fills the node as nothing', least, { cpu: '4', memory: '8Gi' }, {}, {}, 0],
    ['only what the node has', least, { cpu: '1' }, {}, { memory: '0' }, 75],
    ['Pods that ask for nothing as small ones', least, {}, {}, {}, 97],
    ['the Pods that are there', least, { cpu: '1', memory: '2Gi' }, { cpu: '1', memory: '4Gi' }, {}, 37],
    ['no devices for who wants none', { ...least, resources: [{ name: 'cpu' }, { name: GPU, weight: 5 }] }, { cpu: '1' }, {}, { [GPU]: '4' }, 75],
    ['devices for who wants some', { ...least, resources: [{ name: 'cpu' }, { name: GPU, weight: 3 }] }, { cpu: '1', [GPU]: '1' }, {}, { [GPU]: '2' }, 56],
    ['devices that others have', { ...least, resources: [{ name: GPU }] }, { [GPU]: '1' }, { [GPU]: '1' }, { [GPU]: '4' }, 50],
    ['space on disk even for who wants none', { ...least, resources: [{ name: 'ephemeral-storage' }] }, {}, { 'ephemeral-storage': '1Gi' }, { 'ephemeral-storage': '4Gi' }, 75],
    ['the most allocated', most, { cpu: '1' }, {}, {}, 13],
    ['the most, with what is beyond the node as all of it', most, { cpu: '5' }, {}, {}, 51],
    ['a shape, the mean rounded', shape([0, 0], [100, 10]), { cpu: '1' }, {}, {}, 14],
    ['a shape from its first point to its last', shape([20, 5], [80, 10]), { cpu: '1' }, {}, {}, 52],
    ['a shape beyond its last point', shape([0, 0], [10, 10]), { cpu: '1' }, {}, {}, 60],
    ['a shape at its points', shape([0, 0], [25, 10], [100, 0]), { cpu: '1', memory: '2Gi' }, {}, {}, 100],
    ['a shape without what scores nothing', shape([0, 0], [5, 0], [25, 10]), { cpu: '1' }, {}, {}, 100],
    ['a shape that falls, cut towards zero', shape([0, 10], [30, 0]), { cpu: '1' }, {}, {}, 56],
    ['a shape of zeros', shape([0, 0], [100, 0]), { cpu: '1' }, {}, {}, 0],
    ['a shape at the full for what is beyond the node', shape([0, 0], [50, 0], [100, 10]), { cpu: '5' }, {}, {}, 100],
  ])('counts %s', (_, scoringStrategy, requests, there, allocatable, wanted) => {
    const running = Object.keys(there).length > 0 ? [pod('x', { requests: there, on: 'n' })] : [];
    expect(scores(nodeResourcesFit({ scoringStrategy }), pod('p', { requests }), clusterOf([node('n', { allocatable })], running))).toEqual({ n: wanted });
  });
});

test.each<[string, string[], Amounts, Amounts, Amounts, number | undefined]>([
  ['as good as before', ['cpu', 'memory'], { cpu: '1', memory: '2Gi' }, {}, {}, 75],
  ['worse', ['cpu', 'memory'], { cpu: '2' }, {}, {}, 62],
  ['as bad as can be', ['cpu', 'memory'], { cpu: '4' }, {}, {}, 50],
  ['full at most', ['cpu', 'memory'], { cpu: '8', memory: '4Gi' }, {}, {}, 62],
  ['better', ['cpu', 'memory'], { memory: '8Gi' }, { cpu: '4' }, {}, 100],
  ['by the deviation of three', ['cpu', 'memory', GPU], { cpu: '1', memory: '2Gi', [GPU]: '1' }, {}, { [GPU]: '2' }, 69],
  ['by two of three, if it has but two', ['cpu', 'memory', GPU], { cpu: '1', memory: '2Gi', [GPU]: '1' }, {}, {}, 75],
  ['by nothing, if it has but one', ['cpu', GPU], { cpu: '3' }, {}, {}, 75],
  ['not at all', ['cpu', 'memory'], { [GPU]: '1' }, {}, { [GPU]: '2' }, undefined],
])('NodeResourcesBalancedAllocation finds a node %s', (_, names, requests, there, allocatable, wanted) => {
  const resources = names.map((name) => ({ name, weight: 1 }));
  expect(scores(nodeResourcesBalancedAllocation({ resources }), pod('p', { requests }), clusterOf([node('n', { allocatable })], [pod('x', { requests: there, on: 'n' })]))?.['n']).toBe(wanted);
});

describe('TaintToleration', () => {
  const soft = (...keys: string[]) => ({ spec: { taints: keys.map((key) => ({ key, effect: 'PreferNoSchedule' })) } });
  const cluster = clusterOf([node('none'), node('one', soft('a')), node('two', soft('a', 'b')), node('three', soft('a', 'b', 'c'))]);
  test.each<[string, PodSpec['tolerations'], number[]]>([
    ['each taint', [], [100, 67, 34, 0]],
    ['none that is tolerated', [{ key: 'b', operator: 'Exists' }, { key: 'c', operator: 'Exists', effect: 'PreferNoSchedule' }], [100, 0, 0, 0]],
    ['those tolerated with another effect only', [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }], [100, 67, 34, 0]],
    ['nothing, if all is tolerated', [{ operator: 'Exists' }], [100, 100, 100, 100]],
  ])('counts %s', (_, tolerations, wanted) => expect(Object.values(scores(taintToleration, pod('p', { spec: { tolerations } }), cluster)!)).toEqual(wanted));

  test('asks no node when none has a soft taint', () => {
    const same = (...nodes: Node[]) => taintToleration.preScore!(podInfoOf(pod('p')), clusterOf(nodes), [])!.same;
    expect(same(node('a', { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }))).toBe(100);
    expect(same(node('a'), node('b', soft('a')))).toBeUndefined();
  });
});

test('NodeAffinity adds the weights of preferences, those of the profile too', () => {
  const likes = (weight: number, key: string) => ({ weight, preference: { matchExpressions: [{ key, operator: 'Exists' }] } });
  const preferring = (...terms: object[]) => ({ preferredDuringSchedulingIgnoredDuringExecution: terms as never });
  const cluster = clusterOf([node('both', { labels: { x: '', y: '' } }), node('x', { labels: { x: '' } }), node('none')]);
  const given = pod('p', { spec: { affinity: { nodeAffinity: preferring(likes(1, 'x'), likes(2, 'y')) } } });
  expect(scores(nodeAffinity(), given, cluster)).toEqual({ both: 100, x: 33, none: 0 });
  expect(scores(nodeAffinity({ addedAffinity: preferring(likes(5, 'x')) }), given, cluster)).toEqual({ both: 100, x: 75, none: 0 });
  expect(scores(nodeAffinity({ addedAffinity: preferring(likes(5, 'x')) }), pod('p'), cluster)).toEqual({ both: 100, x: 100, none: 0 });
  expect(scores(nodeAffinity(), pod('p'), cluster)).toBeUndefined();
});

describe('ImageLocality', () => {
  const image = (name: string, mebibytes: number) => ({ names: [name], sizeBytes: mebibytes * 1024 * 1024 });
  const using = (...images: string[]): Partial<PodSpec> => ({ containers: images.map((each, i) => ({ name: `c${i}`, image: each })) });
  const images = [image('small:latest', 23), image('half:latest', 500), image('large:1', 2000), image('registry:5000/app:latest', 500), image('pinned@sha256:00', 500)];
  const cluster = clusterOf([node('a', { images }), node('b', { images }), node('c', { images: [...images, image('rare:1', 1500)] })]);
  test.each<[string, Partial<PodSpec>, number]>([
    ['a small image', using('small'), 0], ['half of the most that counts', using('half'), 48], ['the most that counts', using('large:1'), 100], ['an image that no node has', using('none'), 0],
    ['two images in two containers', using('half', 'half:latest'), 49], ['one of two images', using('half', 'none'), 24], ['an init container', { ...using('none'), initContainers: [{ name: 'i', image: 'half' }] }, 24],
    ['a port that is no tag', using('registry:5000/app'), 48], ['a digest', using('pinned@sha256:00'), 48], ['another tag', using('half:2'), 0],
  ])('%s', (_, spec, wanted) => expect(scores(imageLocality, pod('p', { spec }), cluster)).toEqual({ a: wanted, b: wanted, c: wanted }));

  test('says nothing of nodes without images', () => expect(imageLocality.preScore?.(podInfoOf(pod('p')), clusterOf([node('a')]), [])?.same).toBe(0));

  test('counts an image by the share of the nodes that have it', () => expect(scores(imageLocality, pod('p', { spec: using('rare:1') }), cluster)).toEqual({ a: 0, b: 0, c: 48 }));
});

describe('InterPodAffinity', () => {
  const term = (app: string, topologyKey = HOST) => ({ topologyKey, labelSelector: { matchLabels: { app } } });
  const preferred = (...terms: [number, string, string?][]) => ({ preferredDuringSchedulingIgnoredDuringExecution: terms.map(([weight, app, key]) => ({ weight, podAffinityTerm: term(app, key) })) });
  const running = (name: string, app: string, on: string, spec: Partial<PodSpec> = {}) => pod(name, { labels: { app }, on, spec });
  const zone = (name: string) => ({ labels: { [ZONE]: name } });
  const nodes = [node('a', zone('1')), node('b', zone('1')), node('c')];
  const three = [running('x', 'db', 'a'), running('y', 'db', 'a'), running('z', 'db', 'b')];
  const needs: Partial<PodSpec> = { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term('web')] } } };

  test.each<[string, PodSpec['affinity'], number[]]>([
    ['each Pod', { podAffinity: preferred([10, 'db']) }, [100, 50, 0]],
    ['each Pod that is disliked', { podAntiAffinity: preferred([10, 'db']) }, [0, 50, 100]],
    ['both', { podAffinity: preferred([10, 'db']), podAntiAffinity: preferred([25, 'db', ZONE]) }, [15, 0, 100]], // -55, -65, 0
    ['a domain as a whole', { podAffinity: preferred([1, 'db', ZONE]) }, [100, 100, 0]],
    ['by weight', { podAffinity: preferred([2, 'db'], [5, 'cache']) }, [80, 40, 100]], // 4, 2, 5, and none on the last
  ])('counts %s', (_, affinity, wanted) => expect(scores(interPodAffinity(), pod('p', { spec: { affinity } }), clusterOf([...nodes, node('d')], [...three, running('w', 'cache', 'c')]))).toMatchObject({ a: wanted[0], b: wanted[1], c: wanted[2] }));

  test('who needs the Pod near counts by the weight of the profile', () => {
    const cluster = clusterOf(nodes, [running('x', 'shop', 'a', needs), running('y', 'shop', 'a', needs), running('z', 'shop', 'b', { affinity: { podAffinity: preferred([3, 'web']) } })]);
    const by = (hardPodAffinityWeight?: number) => scores(interPodAffinity(hardPodAffinityWeight === undefined ? {} : { hardPodAffinityWeight }), pod('p', { labels: { app: 'web' } }), cluster);
    expect(by()).toEqual({ a: 66, b: 100, c: 0 });
    expect(by(0)).toEqual({ a: 0, b: 100, c: 0 });
    expect(by(6)).toEqual({ a: 100, b: 25, c: 0 });
  });

  test('wishes of those that run may be ignored, unless the Pod has its own', () => {
    const cluster = clusterOf(nodes, [running('x', 'db', 'a', { affinity: { podAffinity: preferred([3, 'web']) } })]);
    const ignoring = interPodAffinity({ ignorePreferredTermsOfExistingPods: true });
    expect(scores(ignoring, pod('p', { labels: { app: 'web' } }), cluster)).toBeUndefined();
    expect(scores(ignoring, pod('p', { labels: { app: 'web' }, spec: { affinity: { podAntiAffinity: preferred([1, 'db']) } } }), cluster)).toEqual({ a: 100, b: 0, c: 0 });
  });

  test('what is the same everywhere counts nothing', () => expect(scores(interPodAffinity(), pod('p', { spec: { affinity: { podAffinity: preferred([1, 'db', ZONE]) } } }), clusterOf(nodes.slice(0, 2), three))).toEqual({ a: 0, b: 0 }));
});

describe('PodTopologySpread', () => {
  const web = { app: 'web' };
  const softly = (...parts: object[]): Partial<PodSpec> => ({ topologySpreadConstraints: parts.map((part) => ({ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: web }, ...part })) });
  const at = (name: string, zone: string, labels: Record<string, string> = {}) => node(name, { labels: { [ZONE]: zone, ...labels } });
  const nodes = [at('a1', 'a', { disk: 'ssd' }), at('a2', 'a'), at('b', 'b', { disk: 'ssd' }), node('plain')];
  const running = (...on: string[]) => on.map((name, i) => pod(`x${i}`, { labels: web, on: name }));
  const told = (spec: Partial<PodSpec>, ...on: string[]) => scores(podTopologySpread(), pod('p', { labels: web, spec }), clusterOf(nodes, running(...on)));

  // A zone's Pods weigh ln(2 zones + 2) = 1.39 each, a node's ln(3 nodes + 2) = 1.61.
  test.each<[string, Partial<PodSpec>, string[], number[]]>([
    ['no Pods', softly({}), [], [100, 100, 100, 0]],
    ['the Pods of zones', softly({}), ['a1', 'a1', 'b'], [33, 33, 100, 0]],
    ['a wider skew', softly({ maxSkew: 2 }), ['a1', 'a1', 'b'], [50, 50, 100, 0]],
    ['zones and nodes', softly({}, { topologyKey: HOST }), ['a1', 'a1', 'b'], [50, 100, 100, 0]],
    ['nodes only', softly({ topologyKey: HOST }), ['a1', 'a1', 'b'], [0, 100, 50, 100]],
    ['nodes that the Pod may not use not at all', { ...softly({}), nodeSelector: { disk: 'ssd' } }, ['a2', 'a2', 'a2', 'b'], [100, 100, 0, 0]],
    ['them too, when told to', { ...softly({ nodeAffinityPolicy: 'Ignore' }), nodeSelector: { disk: 'ssd' } }, ['a2', 'a2', 'a2', 'b'], [25, 25, 100, 0]],
  ])('counts %s', (_, spec, on, wanted) => expect(told(spec, ...on)).toEqual({ a1: wanted[0], a2: wanted[1], b: wanted[2], plain: wanted[3] }));

  test('hard constraints score nothing', () => expect(told({ topologySpreadConstraints: [{ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web } }] }, 'a1')).toBeUndefined());

  test('only Pods of the same version count, when told to', () => {
    const version = (name: string, hash: string, on?: string) => pod(name, { labels: { ...web, hash }, ...(on ? { on } : {}), spec: softly({ matchLabelKeys: ['hash', 'not-there'] }) });
    expect(scores(podTopologySpread(), version('p', '2'), clusterOf(nodes.slice(0, 3), [version('x', '1', 'a1'), version('y', '1', 'a1'), version('z', '2', 'b')]))).toEqual({ a1: 100, a2: 100, b: 0 });
  });

  const owned = (kind: string, spec: object, controller = true): [KubeObject, object] => {
    const { metadata } = pod('owner');
    return [{ apiVersion: 'v1', kind, metadata, spec } as KubeObject, { ownerReferences: [{ apiVersion: 'v1', kind, name: 'owner', uid: 'owner', controller }] }];
  };
  test.each<[string, string, [KubeObject, object], boolean]>([
    ['a ReplicaSet', 'replicasets', owned('ReplicaSet', { selector: { matchLabels: web } }), true], ['a StatefulSet', 'statefulsets', owned('StatefulSet', { selector: { matchLabels: web } }), true],
    ['a ReplicationController', 'replicationcontrollers', owned('ReplicationController', { selector: web }), true], ['a Job', 'jobs', owned('Job', { selector: { matchLabels: web } }), false],
    ['an owner that does not control it', 'replicasets', owned('ReplicaSet', { selector: { matchLabels: web } }, false), false], ['a Service of others', 'services', [{ ...owned('Service', { selector: { app: 'db' } })[0] }, {}], false], ['a Service of no Pods', 'services', [{ ...owned('Service', {})[0] }, {}], false],
  ])('by default the Pods of %s', (_, resource, [owner, metadata], isSpread) => {
    const given = pod('p', { labels: web });
    // 9 for the Pod: 1.39 and 2 (a skew of 3) by its node, 1.39 and 4 (a skew of 5) by its zone. 2 for no Pod and no zone.
    const cluster = clusterOf([nodes[0]!, nodes[3]!], running('a1'), { [resource]: [owner] });
    expect(scores(podTopologySpread(), { ...given, metadata: { ...given.metadata, ...metadata } }, cluster)).toEqual(isSpread ? { a1: 22, plain: 100 } : undefined);
  });

  test('defaults of the profile ask for every label', () => {
    const services = [{ ...owned('Service', { selector: web })[0] }];
    const listed = podTopologySpread({ defaultingType: 'List', defaultConstraints: [{ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway' }] });
    expect(scores(listed, pod('p', { labels: web }), clusterOf(nodes, running('a1', 'a1', 'b'), { services }))).toEqual({ a1: 33, a2: 33, b: 100, plain: 0 });
    expect(scores(podTopologySpread({ defaultingType: 'List' }), pod('p', { labels: web }), clusterOf(nodes, running('a1'), { services }))).toBeUndefined();
  });
});
