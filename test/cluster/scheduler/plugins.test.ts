import { describe, expect, test } from 'vitest';
import type { PodSpec } from '../../../src/cluster/api/types.ts';
import { imageLocality } from '../../../src/cluster/scheduler/plugins/image-locality.ts';
import { interPodAffinity } from '../../../src/cluster/scheduler/plugins/inter-pod-affinity.ts';
import { nodeAffinity } from '../../../src/cluster/scheduler/plugins/node-affinity.ts';
import { nodePorts } from '../../../src/cluster/scheduler/plugins/node-ports.ts';
import { nodeResourcesBalancedAllocation } from '../../../src/cluster/scheduler/plugins/node-resources-balanced-allocation.ts';
import { nodeResourcesFit } from '../../../src/cluster/scheduler/plugins/node-resources-fit.ts';
import { podTopologySpread } from '../../../src/cluster/scheduler/plugins/pod-topology-spread.ts';
import { taintToleration } from '../../../src/cluster/scheduler/plugins/taint-toleration.ts';
import { clusterOf, node, pod, scores, verdicts } from './builders.ts';

const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

describe('NodeResourcesFit', () => {
  const fit = nodeResourcesFit();

  test('names every resource that is short, and is hopeless beyond the whole node', () => {
    const cluster = clusterOf([node('a'), node('b', { allocatable: { 'nvidia.com/gpu': '1' } })], [pod('x', { requests: { cpu: '3', 'nvidia.com/gpu': '1' }, on: 'b' })]);
    expect(verdicts(fit, pod('p', { requests: { cpu: '2', 'nvidia.com/gpu': '1' } }), cluster)).toEqual({ a: 'Insufficient nvidia.com/gpu!', b: 'Insufficient cpu, Insufficient nvidia.com/gpu' });
  });

  test('counts Pods, too', () => {
    const cluster = clusterOf([node('a', { allocatable: { pods: '1' } })], [pod('x', { on: 'a' })]);
    expect(verdicts(fit, pod('p'), cluster)).toEqual({ a: 'Too many pods' });
  });

  test.each<[string, Partial<PodSpec>, string]>([
    ['the largest init container', { initContainers: [{ name: 'i', resources: { requests: { cpu: '5' } } }] }, 'Insufficient cpu!'],
    ['sidecars with the containers', { initContainers: [{ name: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '2' } } }] }, 'Insufficient cpu!'],
    ['a small init container not at all', { initContainers: [{ name: 'i', resources: { requests: { cpu: '1' } } }] }, 'ok'],
    ['overhead', { overhead: { cpu: '1500m' } }, 'Insufficient cpu!'],
    ['Pod-level requests instead', { resources: { requests: { cpu: '1' } } }, 'ok'],
  ])('counts %s', (_, spec, wanted) => {
    expect(verdicts(fit, pod('p', { requests: { cpu: '3' }, spec }), clusterOf([node('a')]))).toEqual({ a: wanted });
  });

  test('prefers empty nodes, or full ones when told to', () => {
    const cluster = clusterOf([node('empty'), node('half')], [pod('x', { requests: { cpu: '2', memory: '4Gi' }, on: 'half' })]);
    const wanted = pod('p', { requests: { cpu: '1', memory: '2Gi' } });
    expect(scores(fit, wanted, cluster)).toEqual({ empty: 75, half: 25 });
    expect(scores(nodeResourcesFit({ scoringStrategy: { type: 'MostAllocated' } }), wanted, cluster)).toEqual({ empty: 25, half: 75 });
    const shape = [{ utilization: 0, score: 0 }, { utilization: 50, score: 10 }, { utilization: 100, score: 0 }];
    expect(scores(nodeResourcesFit({ scoringStrategy: { type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape } } }), wanted, cluster)).toEqual({ empty: 50, half: 50 });
  });

  test('remembers nothing of a node that has changed', () => {
    const cluster = clusterOf([node('a')]);
    const wanted = pod('p', { requests: { cpu: '3' } });
    expect(verdicts(fit, wanted, cluster)).toEqual({ a: 'ok' });
    cluster.setPod(pod('x', { requests: { cpu: '3' } }), 'a');
    expect(verdicts(fit, wanted, cluster)).toEqual({ a: 'Insufficient cpu' });
    cluster.setNode(node('a', { allocatable: { cpu: '8' } }));
    expect(verdicts(fit, wanted, cluster)).toEqual({ a: 'ok' });
  });
});

test('NodeResourcesBalancedAllocation likes a node that the Pod evens out, and has no opinion on Pods that ask for nothing', () => {
  const cluster = clusterOf([node('even'), node('cpu-heavy')], [pod('x', { requests: { cpu: '2' }, on: 'cpu-heavy' })]);
  expect(scores(nodeResourcesBalancedAllocation(), pod('p', { requests: { memory: '4Gi' } }), cluster)).toEqual({ even: 62, 'cpu-heavy': 87 });
  expect(scores(nodeResourcesBalancedAllocation(), pod('p'), cluster)).toBeUndefined();
});

test('TaintToleration filters by hard taints and scores by soft ones', () => {
  const soft = { key: 'old', effect: 'PreferNoSchedule' };
  const cluster = clusterOf([node('a'), node('b', { spec: { taints: [soft] } }), node('c', { spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })]);
  expect(verdicts(taintToleration, pod('p'), cluster)).toEqual({ a: 'ok', b: 'ok', c: 'node(s) had untolerated taint(s)!' });
  expect(verdicts(taintToleration, pod('p', { spec: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } }), cluster)['c']).toBe('ok');
  expect(verdicts(taintToleration, pod('p', { spec: { tolerations: [{ key: 'gpu', value: 'no' }] } }), cluster)['c']).toBe('node(s) had untolerated taint(s)!');
  expect(scores(taintToleration, pod('p'), cluster)).toEqual({ a: 100, b: 0, c: 100 });
});

test('NodePorts lets no two Pods have one port of a node', () => {
  const port = (hostPort: number, hostIP?: string): Partial<PodSpec> => ({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...(hostIP ? { hostIP } : {}) }] }] });
  const cluster = clusterOf([node('a')], [pod('x', { spec: port(8080, '127.0.0.1'), on: 'a' })]);
  const taken = "node(s) didn't have free ports for the requested pod ports";
  expect(verdicts(nodePorts, pod('p', { spec: port(8080) }), cluster)).toEqual({ a: taken });
  expect(verdicts(nodePorts, pod('p', { spec: port(8080, '10.0.0.1') }), cluster)).toEqual({ a: 'ok' });
  expect(verdicts(nodePorts, pod('p', { spec: port(8081) }), cluster)).toEqual({ a: 'ok' });
});

describe('NodeAffinity', () => {
  const cluster = clusterOf([node('a', { labels: { disk: 'ssd' } }), node('b', { labels: { disk: 'hdd', size: '10' } }), node('c')]);
  const no = "node(s) didn't match Pod's node affinity/selector!";
  type Requirement = { key: string; operator: string; values?: string[] };
  const required = (...matchExpressions: Requirement[]): Partial<PodSpec> => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } } });

  test.each<[string, Partial<PodSpec>, string[]]>([
    ['nodeSelector', { nodeSelector: { disk: 'ssd' } }, ['a']],
    ['In', required({ key: 'disk', operator: 'In', values: ['ssd', 'hdd'] }), ['a', 'b']],
    ['NotIn matches nodes without the label', required({ key: 'disk', operator: 'NotIn', values: ['ssd'] }), ['b', 'c']],
    ['Exists', required({ key: 'disk', operator: 'Exists' }), ['a', 'b']],
    ['DoesNotExist', required({ key: 'disk', operator: 'DoesNotExist' }), ['c']],
    ['Gt', required({ key: 'size', operator: 'Gt', values: ['9'] }), ['b']],
    ['a term without expressions matches nothing', required(), []],
    ['selector and affinity both', { nodeSelector: { disk: 'hdd' }, ...required({ key: 'size', operator: 'Exists' }) }, ['b']],
  ])('%s', (_, spec, fits) => {
    expect(verdicts(nodeAffinity(), pod('p', { spec }), cluster)).toEqual(Object.fromEntries(['a', 'b', 'c'].map((name) => [name, fits.includes(name) ? 'ok' : no])));
  });

  test('preferred terms score by their weight', () => {
    const spec: Partial<PodSpec> = { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [
      { weight: 10, preference: { matchExpressions: [{ key: 'disk', operator: 'Exists' }] } }, { weight: 30, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
    ] } } };
    expect(scores(nodeAffinity(), pod('p', { spec }), cluster)).toEqual({ a: 100, b: 25, c: 0 });
  });
});

test('ImageLocality likes nodes that have large images, if enough nodes do', () => {
  const images = [{ names: ['registry.example/big:latest'], sizeBytes: 1000 * 1024 * 1024 }];
  const cluster = clusterOf([node('a', { images }), node('b')]);
  expect(scores(imageLocality, pod('p', { spec: { containers: [{ name: 'c', image: 'registry.example/big' }] } }), cluster)).toEqual({ a: 48, b: 0 });
});

describe('PodTopologySpread', () => {
  const spread = podTopologySpread();
  const web = { labels: { app: 'web' } };
  const constraint = (part: object = {}) => ({ ...web, spec: { topologySpreadConstraints: [{ topologyKey: ZONE, maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: web.labels }, ...part }] } });
  const zones = [node('a', { labels: { [ZONE]: 'a' } }), node('b', { labels: { [ZONE]: 'b' } })];
  const skewed = "node(s) didn't match pod topology spread constraints";

  test('keeps the difference between domains within the skew', () => {
    expect(verdicts(spread, pod('p', constraint()), clusterOf(zones, [pod('x', { ...web, on: 'a' })]))).toEqual({ a: skewed, b: 'ok' });
    expect(verdicts(spread, pod('p', constraint({ maxSkew: 2 })), clusterOf(zones, [pod('x', { ...web, on: 'a' })]))).toEqual({ a: 'ok', b: 'ok' });
  });

  test('a tainted, empty node is a domain like any other, unless taints are honoured', () => {
    const nodes = [zones[0]!, node('cp', { labels: { [ZONE]: 'cp' }, spec: { taints: [{ key: 'cp', effect: 'NoSchedule' }] } })];
    const running = [pod('x', { ...web, on: 'a' })];
    expect(verdicts(spread, pod('p', constraint()), clusterOf(nodes, running))['a']).toBe(skewed);
    expect(verdicts(spread, pod('p', constraint({ nodeTaintsPolicy: 'Honor' })), clusterOf(nodes, running))['a']).toBe('ok');
  });

  test('too few domains count as an empty one; nodes without the label are out', () => {
    const cluster = clusterOf([zones[0]!, node('none')], [pod('x', { ...web, on: 'a' })]);
    expect(verdicts(spread, pod('p', constraint({ minDomains: 2 })), cluster)).toEqual({ a: skewed, none: `${skewed} (missing required label)!` });
  });

  test('Pods that are on their way out do not count', () => {
    const leaving = pod('x', { ...web, on: 'a' });
    const cluster = clusterOf(zones, [{ ...leaving, metadata: { ...leaving.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }]);
    expect(verdicts(spread, pod('p', constraint()), cluster)).toEqual({ a: 'ok', b: 'ok' });
  });

  test('by default the Pods of a Service are spread over nodes, others are not scored', () => {
    const services = [{ apiVersion: 'v1', kind: 'Service', metadata: { ...pod('web').metadata }, spec: { selector: web.labels }, status: {} }];
    const cluster = clusterOf(zones, [pod('x', { ...web, on: 'a' })], { services });
    expect(scores(spread, pod('p', web), cluster)).toEqual({ a: 66, b: 100 });
    expect(scores(spread, pod('p'), cluster)).toBeUndefined();
  });

  test('counts stay right while Pods come and go', () => {
    const cluster = clusterOf(zones);
    const verdict = () => verdicts(spread, pod('p', constraint()), cluster);
    cluster.setPod(pod('x', web), 'a');
    expect(verdict()).toEqual({ a: skewed, b: 'ok' });
    cluster.removePod('default/x');
    expect(verdict()).toEqual({ a: 'ok', b: 'ok' });
    cluster.setPod(pod('x', web), 'b');
    cluster.setNode(node('b', { labels: { [ZONE]: 'a' } }));
    expect(verdict()).toEqual({ a: 'ok', b: 'ok' }); // one zone is left
  });
});

describe('InterPodAffinity', () => {
  const affinity = interPodAffinity();
  const term = (labels: Record<string, string>, part: object = {}) => ({ topologyKey: HOST, labelSelector: { matchLabels: labels }, ...part });
  const near = (...terms: object[]) => ({ spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms as never } } } });
  const away = (...terms: object[]) => ({ spec: { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms as never } } } });
  const nodes = [node('a'), node('b')];
  const db = pod('db', { labels: { app: 'db' }, on: 'a' });

  test('near others, away from others', () => {
    const cluster = clusterOf(nodes, [db]);
    expect(verdicts(affinity, pod('p', near(term({ app: 'db' }))), cluster)).toEqual({ a: 'ok', b: "node(s) didn't match pod affinity rules!" });
    expect(verdicts(affinity, pod('p', away(term({ app: 'db' }))), cluster)).toEqual({ a: "node(s) didn't match pod anti-affinity rules", b: 'ok' });
  });

  test('those that run are honoured against those that come', () => {
    const loner = pod('x', { ...away(term({ app: 'web' })), on: 'a' });
    expect(verdicts(affinity, pod('p', { labels: { app: 'web' } }), clusterOf(nodes, [loner]))).toEqual({ a: "node(s) didn't satisfy existing pods anti-affinity rules", b: 'ok' });
  });

  test('the first of a group that wants to be together may go anywhere', () => {
    const first = pod('p', { labels: { app: 'web' }, ...near(term({ app: 'web' })) });
    expect(verdicts(affinity, first, clusterOf(nodes))).toEqual({ a: 'ok', b: 'ok' });
    expect(verdicts(affinity, first, clusterOf(nodes, [pod('x', { labels: { app: 'web' }, on: 'b' })]))).toEqual({ a: "node(s) didn't match pod affinity rules!", b: 'ok' });
  });

  test('terms speak of their own Namespace, or of those they select', () => {
    const other = { ...db, metadata: { ...db.metadata, namespace: 'data' } };
    const namespaces = [{ apiVersion: 'v1', kind: 'Namespace', metadata: { ...db.metadata, name: 'data', namespace: undefined, labels: { team: 'store' } } }];
    const cluster = clusterOf(nodes, [other], { namespaces });
    const on = (part: object) => verdicts(affinity, pod('p', away(term({ app: 'db' }, part))), cluster)['a'];
    expect(on({})).toBe('ok');
    expect(on({ namespaces: ['data'] })).not.toBe('ok');
    expect(on({ namespaceSelector: { matchLabels: { team: 'store' } } })).not.toBe('ok');
    expect(on({ namespaceSelector: { matchLabels: { team: 'other' } } })).toBe('ok');
    expect(on({ namespaceSelector: {} })).not.toBe('ok');
  });

  test('preferences pull and push, from both sides', () => {
    const prefers = (weight: number) => ({ podAffinityTerm: term({ app: 'db' }), weight });
    const spec = { affinity: { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers(10)] } } };
    expect(scores(affinity, pod('p', { spec }), clusterOf(nodes, [db]))).toEqual({ a: 100, b: 0 });
    const pusher = pod('x', { on: 'a', spec: { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers(10)] } } } });
    expect(scores(affinity, pod('p', { labels: { app: 'db' } }), clusterOf(nodes, [pusher]))).toEqual({ a: 0, b: 100 });
    expect(scores(affinity, pod('p'), clusterOf(nodes, [db]))).toBeUndefined();
  });
});
