import { expect, test } from 'vitest';
import type { Pod, Taint } from '../../../src/cluster/api/types.ts';
import { nodes, pods } from '../../../src/cluster/client/resources.ts';
import { type GivenNode, Scene } from './scene.ts';

const HEALTH = ['node-lifecycle-controller', 'taint-eviction-controller', 'pod-garbage-collector-controller'];
const scene = (given?: (string | GivenNode)[]) => new Scene({ controllers: HEALTH, nodes: given });
const inZone = (name: string, zone: string): GivenNode => ({ metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } } });

function pod(name: string, nodeName: string, tolerationSeconds: number | undefined = 300): object {
  const tolerations = ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { nodeName, tolerations, containers: [{ name: 'main', image: 'nginx' }] } };
}

const taints = (at: Scene, name: string) => (at.node(name).spec.taints ?? []).map(({ key, effect }: Taint) => `${key.split('/')[1]}:${effect}`).sort();
const readyOf = (at: Scene, name: string) => at.node(name).status.conditions?.find((c) => c.type === 'Ready');
const isLeaving = (at: Scene, name: string) => at.get(pods, name).metadata.deletionTimestamp !== undefined;
const isReady = (found: Pod) => found.status.conditions?.find((c) => c.type === 'Ready')?.status;

test('a silent kubelet makes its node Unknown after 50 s, and evicts after 300 s more', async () => {
  const at = scene();
  at.create(pods, pod('web', 'worker-1'));
  await at.wait(10);
  at.silent.add('worker-1');
  await at.wait(45);
  expect(readyOf(at, 'worker-1')?.status).toBe('True');
  await at.wait(11);
  expect(readyOf(at, 'worker-1')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' });
  expect(taints(at, 'worker-1')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
  expect(isReady(at.get(pods, 'web'))).toBe('False');
  expect(at.eventsOf('worker-1')).toContain('NodeNotReady: Node worker-1 status is now: NodeNotReady');
  expect(at.eventsOf('web')).toContain('NodeNotReady: Node is not ready');
  await at.wait(290);
  expect(isLeaving(at, 'web')).toBe(false);
  await at.wait(15);
  expect(isLeaving(at, 'web')).toBe(true);
  expect(at.eventsOf('web')).toContain('TaintManagerEviction: Marking for deletion Pod default/web');
  expect(at.get(pods, 'web').status.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint' }));
});

test('a node that comes back in time keeps its Pods', async () => {
  const at = scene();
  at.create(pods, pod('web', 'worker-1'));
  await at.wait(10);
  at.silent.add('worker-1');
  await at.wait(100);
  at.silent.delete('worker-1');
  await at.wait(20);
  expect(taints(at, 'worker-1')).toEqual([]);
  expect(at.eventsOf('web')).toContain('TaintManagerEviction: Cancelling deletion of Pod default/web');
  await at.wait(400);
  expect(isLeaving(at, 'web')).toBe(false);
});

test('the same toleration that is shortest counts, and none at all means at once', async () => {
  const at = scene();
  at.create(pods, pod('patient', 'worker-1', undefined));
  at.create(pods, pod('hasty', 'worker-1', 5));
  at.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain', namespace: 'default' }, spec: { nodeName: 'worker-1', containers: [{ name: 'main', image: 'nginx' }] } });
  await at.wait(5);
  at.stopMs = 600_000;
  at.client.patch(nodes, 'worker-1', undefined, { spec: { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' }] } });
  at.report('worker-1', 'False');
  at.world.settleSync();
  expect([isLeaving(at, 'plain'), isLeaving(at, 'hasty')]).toEqual([true, false]);
  await at.wait(6);
  expect([isLeaving(at, 'hasty'), isLeaving(at, 'patient')]).toEqual([true, false]);
});

test('conditions and cordons become NoSchedule taints', async () => {
  const at = scene();
  at.report('worker-1', 'False');
  at.client.patch(nodes, 'worker-2', undefined, { spec: { unschedulable: true } });
  at.client.patch(nodes, 'worker-3', undefined, { status: { conditions: [...at.node('worker-3').status.conditions!, { type: 'MemoryPressure', status: 'True' }] } }, { subresource: 'status' });
  await at.wait(1);
  expect(taints(at, 'worker-1')).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule']);
  expect(taints(at, 'worker-2')).toEqual(['unschedulable:NoSchedule']);
  expect(taints(at, 'worker-3')).toEqual(['memory-pressure:NoSchedule']);
  at.client.patch(nodes, 'worker-2', undefined, { spec: { unschedulable: null } });
  at.report('worker-1', 'True');
  await at.wait(1);
  expect([taints(at, 'worker-1'), taints(at, 'worker-2')]).toEqual([[], []]);
});

test('one node in ten seconds is given up in a zone', async () => {
  const at = scene(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
  for (const name of ['a', 'b']) at.report(name, 'False');
  await at.wait(1);
  const given = () => ['a', 'b'].filter((name) => taints(at, name).includes('not-ready:NoExecute')).length;
  expect(given()).toBe(1);
  await at.wait(10);
  expect(given()).toBe(2);
});

test('when most of a small zone is down nothing more is evicted, other zones go on', async () => {
  const at = scene([...['a', 'b', 'c', 'd'].map((name) => inZone(name, 'one')), inZone('e', 'two'), inZone('f', 'two')]);
  for (const name of ['a', 'b', 'c', 'e']) at.silent.add(name);
  await at.wait(200);
  const evicted = (name: string) => taints(at, name).includes('unreachable:NoExecute');
  expect(evicted('e')).toBe(true);
  expect(['a', 'b', 'c'].filter(evicted).length).toBeLessThan(3);
});

test('when every node is silent it is this side that is cut off: nobody is evicted', async () => {
  const at = scene();
  at.create(pods, pod('web', 'worker-1'));
  await at.wait(5);
  for (const name of ['worker-1', 'worker-2', 'worker-3']) at.silent.add(name);
  await at.wait(900);
  expect(readyOf(at, 'worker-1')?.status).toBe('Unknown');
  expect(taints(at, 'worker-1')).toEqual(['unreachable:NoSchedule']);
  expect(isLeaving(at, 'web')).toBe(false);
});

test('Pods of a node that is gone are removed after a quarantine', async () => {
  const at = scene();
  at.create(pods, pod('web', 'worker-1'));
  await at.wait(5);
  at.client.delete(nodes, 'worker-1');
  await at.wait(39);
  expect(at.has(pods, 'web')).toBe(true);
  await at.wait(25);
  expect(at.has(pods, 'web')).toBe(false);
});

test('a node declared out of service gives its terminating Pods free', async () => {
  const at = scene();
  at.create(pods, pod('web', 'worker-1', 0));
  await at.wait(5);
  at.silent.add('worker-1');
  await at.wait(80);
  expect(isLeaving(at, 'web')).toBe(true);
  at.client.patch(nodes, 'worker-1', undefined, { spec: { taints: [...at.node('worker-1').spec.taints!, { key: 'node.kubernetes.io/out-of-service', value: 'nodeshutdown', effect: 'NoExecute' }] } });
  await at.wait(25);
  expect(at.has(pods, 'web')).toBe(false);
});
