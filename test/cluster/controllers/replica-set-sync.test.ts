/** One turn of the ReplicaSet's loop. */
import { expect, test } from 'vitest';
import type { Pod, ReplicaSet } from '../../../src/cluster/api/types.ts';
import { replicaSetController, replicationController } from '../../../src/cluster/controllers/replica-set.ts';
import { at, made, NOW, pod } from './builders.ts';
import { OneSync } from './one-sync.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } };
const replicaSet = (spec: object = {}, rest: object = {}) => made<ReplicaSet>('ReplicaSet', 'web', { replicas: 2, selector: { matchLabels: { app: 'web' } }, template, ...spec }, rest);

function synced(set: ReplicaSet, pods: readonly Pod[], { siblings = [], refuse }: { siblings?: ReplicaSet[]; refuse?: OneSync['refuse'] } = {}) {
  const sync = new OneSync(set.kind === 'ReplicaSet' ? replicaSetController : replicationController, NOW);
  sync.given(set.kind === 'ReplicaSet' ? 'replicasets' : 'replicationcontrollers', [set, ...siblings]);
  sync.given('pods', pods);
  sync.refuse = refuse;
  return Object.assign(sync, { error: sync.sync('default/web'), status: () => sync.statuses.get('web')?.status as ReplicaSet['status'] | undefined });
}

test('of Pods alike the one goes whose node has more ready Pods of the same owner', () => {
  const owned = { ownerReferences: [{ uid: 'deployment', controller: true }] };
  const siblings = [replicaSet({}, { metadata: { ...owned, name: 'old', uid: 'old' } })];
  const set = replicaSet({ replicas: 1 }, { metadata: owned });
  const leaving = (others: Pod[]) => synced(set, [pod('a', { on: 'n1' }), pod('b', { on: 'n2' }), ...others], { siblings }).deleted;
  expect(leaving([])).toEqual(['a']);
  expect(leaving([pod('x', { on: 'n2', owner: 'old', readyS: 9 })])).toEqual(['b']);
  expect(leaving([pod('x', { on: 'n2', owner: 'old' })])).toEqual(['a']);
  expect(leaving([pod('x', { on: 'n2', owner: 'stranger', readyS: 9 })])).toEqual(['a']);
  expect(leaving([pod('x', { on: 'n2', owner: 'old', readyS: 9, phase: 'Failed' })])).toEqual(['a']);
  expect(leaving([1, 2, 3].map((i) => pod(`x${i}`, { on: i > 1 ? 'n2' : 'n1', owner: 'old', readyS: 9 })))).toEqual(['b']);
});

test('its status counts what is there', () => {
  const pods = [pod('a', { readyS: 30 }), pod('b', { readyS: 5, labels: { app: 'web', tier: 'x' } }), pod('c'), pod('d', { leaving: true, readyS: 30 }), pod('e', { phase: 'Failed' }), pod('f', { phase: 'Failed', leaving: true })];
  const sync = synced(replicaSet({ replicas: 3, minReadySeconds: 10, template: { ...template, metadata: { labels: { app: 'web', tier: 'x' } } } }), pods);
  expect(sync.status()).toEqual({ replicas: 3, fullyLabeledReplicas: 1, readyReplicas: 2, availableReplicas: 1, terminatingReplicas: 1, observedGeneration: 1 });
  expect([sync.waits, sync.created.length, sync.deleted]).toEqual([[5000], 0, []]);
});

test('without minReadySeconds a Pod is available once it is ready', () => {
  const { waits, status } = synced(replicaSet({ replicas: 1 }), [pod('a', { readyS: 0 })]);
  expect([waits, status()?.availableReplicas]).toEqual([[], 1]);
});

test('Pods without any label count where the selector wants none', () => {
  const selector = { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] };
  expect(synced(replicaSet({ replicas: 1, selector }), [{ ...pod('a'), metadata: { ...pod('a').metadata, labels: undefined } }]).status()).toEqual({ replicas: 1, terminatingReplicas: 0, observedGeneration: 1 });
});

test('a status that stays the same is not written', () => {
  expect(synced(replicaSet({ replicas: 1 }, { status: { replicas: 1, fullyLabeledReplicas: 1, terminatingReplicas: 0, observedGeneration: 1 } }), [pod('a')]).status()).toBeUndefined();
});

test('a ReplicationController selects by equality and tells of none on their way out', () => {
  const controller = made<ReplicaSet>('ReplicationController', 'web', { selector: { app: 'web' }, template });
  expect(synced(controller, [pod('a', { readyS: 1 }), pod('b', { leaving: true })]).status()).toEqual({ replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 });
  expect(synced(made<ReplicaSet>('ReplicationController', 'web', { template }), [pod('a')]).patched).toEqual(['a']);
});

test('one replica is wanted by default, no more than 500 at a time', () => {
  expect([undefined, 0, 3, 600].map((replicas) => synced(replicaSet({ replicas }), []).created.length)).toEqual([1, 0, 3, 500]);
  expect(synced(replicaSet({ replicas: 0 }), Array.from({ length: 510 }, (_, i) => pod(`p${i}`))).deleted).toHaveLength(500);
  expect(synced(replicaSet({ replicas: 1 }), [pod('a'), pod('b'), pod('c')]).events).toEqual(['Normal SuccessfulDelete: Deleted pod: a', 'Normal SuccessfulDelete: Deleted pod: b']);
});

test('creations that fail: an event, a condition, another try', () => {
  const sync = synced(replicaSet({ replicas: 9 }), [], { refuse: (verb) => (verb === 'create' ? { message: 'no room' } : undefined) });
  expect([sync.attempts, sync.events, sync.error]).toEqual([1, ['Warning FailedCreate: Error creating: no room'], expect.objectContaining({ message: 'no room' })]);
  expect(sync.status()?.conditions).toEqual([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'no room', lastTransitionTime: at(0) }]);
});

test.each([[['Other', 'NamespaceTerminating'], []], [['Other'], ['Warning FailedCreate: Error creating: no']], [undefined, ['Warning FailedCreate: Error creating: no']]])('refused for %j: events %j', (reasons, events) => {
  const details = reasons && { causes: reasons.map((reason) => ({ reason, message: '' })) };
  expect(synced(replicaSet(), [], { refuse: (verb) => (verb === 'create' ? { message: 'no', details } : undefined) }).events).toEqual(events);
});

test('deletions that fail: the same; but what is gone is gone', () => {
  const refusing = (code: number): OneSync['refuse'] => (verb) => (verb === 'delete' ? { code, message: 'no' } : undefined);
  const sync = synced(replicaSet({ replicas: 0 }), [pod('a'), pod('b')], { refuse: refusing(500) });
  expect([sync.deleted, sync.events, sync.status()?.conditions?.[0]?.reason, sync.error]).toEqual([['a'], ['Warning FailedDelete: Error deleting: no'], 'FailedDelete', expect.objectContaining({ message: 'no' })]);
  const gone = synced(replicaSet({ replicas: 0 }), [pod('a'), pod('b')], { refuse: refusing(404) });
  expect([gone.deleted, gone.error]).toEqual([['a', 'b'], undefined]);
});

test('a failure keeps its first words while it lasts; other conditions stay', () => {
  const other = { type: 'Other', status: 'True' };
  const before = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'before', lastTransitionTime: at(-9) };
  const given = (refuse?: OneSync['refuse']) => synced(replicaSet({ replicas: 1 }, { status: { conditions: [other, before] } }), [], { refuse }).status()?.conditions;
  expect([given(() => ({ message: 'now' })), given()]).toEqual([[other, before], [other]]);
});

test('on its way out it makes nothing, but counts', () => {
  const sync = synced(replicaSet({}, { metadata: { deletionTimestamp: at(0) } }), [pod('a')]);
  expect([sync.created, sync.patched, sync.status()?.replicas]).toEqual([[], [], 1]);
});

test('it lets go of a Pod whose labels do not match, and of all without a selector', () => {
  expect(synced(replicaSet(), [pod('a', { labels: { app: 'x' } }), pod('b')]).patched).toEqual(['a']);
  expect(synced(replicaSet({ selector: {} }), [pod('a')]).patched).toEqual(['a']);
  expect(synced(replicaSet(), [pod('a', { owner: '' }), pod('b', { owner: '', leaving: true }), pod('c', { owner: '', labels: {} })]).patched).toEqual(['a']);
});
