import { expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/api/types.ts';
import { forbidden } from '../../../src/cluster/apiserver/errors.ts';
import { pods, replicaSets, replicationControllers } from '../../../src/cluster/client/resources.ts';
import { deletionOrder } from '../../../src/cluster/controllers/pods.ts';
import { casesOf } from './cases.ts';
import { replicaSet, Scene, template } from './scene.ts';

const scene = (options: object = {}) => new Scene({ controllers: ['replicaset-controller', 'replicationcontroller-controller'], ...options });

test('a deleted Pod is replaced, and a relabelled one let go', async () => {
  const at = scene();
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  const [first, second] = at.pods();
  at.client.delete(pods, first!.metadata.name, 'default');
  at.client.patch(pods, second!.metadata.name, 'default', { metadata: { labels: { app: 'debug' } } });
  await at.wait(5);
  expect(at.get(pods, second!.metadata.name).metadata.ownerReferences).toBeUndefined();
  expect(at.pods('app=web')).toHaveLength(3);
  expect(at.get(replicaSets, 'web').status).toEqual({ replicas: 3, fullyLabeledReplicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1, terminatingReplicas: 0 });
});

test('a Pod on its way out is replaced at once and counted as terminating', async () => {
  const at = scene();
  at.stopMs = 60_000;
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  at.client.delete(pods, at.pods()[0]!.metadata.name, 'default');
  await at.wait(2);
  expect(at.pods()).toHaveLength(4);
  expect(at.get(replicaSets, 'web').status).toMatchObject({ replicas: 3, terminatingReplicas: 1 });
});

test('where a quota refuses, Pods are asked for in growing batches and again after a pause', async () => {
  let creations = 0;
  let limit = 2;
  const at = scene({ security: { check: ({ kind, verb }: { kind: Parameters<typeof forbidden>[0]; verb: string }) => {
    if (kind.kind !== 'Pod' || verb !== 'CREATE') return;
    creations++;
    if (creations > limit) throw forbidden(kind, 'web-x', 'exceeded quota');
  } } });
  at.create(replicaSets, replicaSet('web', { replicas: 10 }));
  at.world.settleSync();
  expect(creations).toBeLessThan(6); // one, then two, of which one is refused; again, one at a time, as its own changes show
  expect(at.get(replicaSets, 'web').status).toMatchObject({ conditions: [{ type: 'ReplicaFailure', reason: 'FailedCreate' }] });
  limit = 1000;
  await at.wait(5);
  expect(at.pods()).toHaveLength(10);
  expect(at.get(replicaSets, 'web').status.conditions).toBeUndefined();
});

test('an orphan that comes along is adopted, and one too many goes', async () => {
  const at = scene();
  const stray = (name: string, labels: object) => at.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec: { containers: [{ name: 'main', image: 'nginx' }] } });
  at.create(replicaSets, replicaSet('web', { replicas: 1 }));
  await at.wait(5);
  stray('stray', { app: 'web' });
  stray('other', { app: 'other' });
  await at.wait(5);
  expect([at.pods('app=web').length, at.get(replicaSets, 'web').status.replicas, at.get(pods, 'other').metadata.ownerReferences]).toEqual([1, 1, undefined]);
});

test('a Pod counts as available once it was ready for minReadySeconds', async () => {
  const at = scene();
  at.create(replicaSets, replicaSet('web', { minReadySeconds: 20 }));
  await at.wait(10);
  expect(at.get(replicaSets, 'web').status).toMatchObject({ readyReplicas: 3 });
  expect(at.get(replicaSets, 'web').status.availableReplicas).toBeUndefined();
  await at.wait(15);
  expect(at.get(replicaSets, 'web').status.availableReplicas).toBe(3);
});

test('what its informers do not show yet is not done again', async () => {
  const at = scene();
  at.create(replicaSets, replicaSet('web', { replicas: 1 }));
  await at.wait(5);
  at.client.patch(replicaSets, 'web', 'default', { spec: { replicas: 4 } });
  at.client.patch(replicaSets, 'web', 'default', { metadata: { annotations: { touched: 'yes' } } });
  at.world.settleSync();
  expect(at.pods()).toHaveLength(4);
});

test('scaling down spares ready Pods and those that cost more', async () => {
  const at = scene();
  at.create(replicaSets, replicaSet('web', { replicas: 4 }));
  await at.wait(5);
  const [dear, unready, a, b] = at.pods();
  at.client.patch(pods, dear!.metadata.name, 'default', { metadata: { annotations: { 'controller.kubernetes.io/pod-deletion-cost': '10' } } });
  at.setPod(unready!, 'running');
  at.client.patch(replicaSets, 'web', 'default', { spec: { replicas: 1 } });
  await at.wait(5);
  expect(at.pods().map((pod) => pod.metadata.name)).toEqual([dear!.metadata.name]);
  expect([a, b]).toHaveLength(2);
});

test('a ReplicationController does the same for its own Pods', async () => {
  const at = scene();
  at.create(replicationControllers, { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'old', namespace: 'default' }, spec: { replicas: 2, selector: { app: 'old' }, template: template({ app: 'old' }) } });
  await at.wait(5);
  expect(at.get(replicationControllers, 'old').status).toEqual({ replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 });
});

test.each(casesOf<{ pods: Pod[] }>('replicaset-scale-down-order', 'TestSortingActivePods'))('$name, first deleted first', (c) => {
  const shuffled = [...c.pods].reverse();
  const names = (list: readonly Pod[]) => list.map((pod) => pod.metadata.name);
  expect(names(deletionOrder(shuffled))).toEqual(names(c.pods));
});
