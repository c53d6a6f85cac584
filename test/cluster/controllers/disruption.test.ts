/** One turn of the disruption controller. */
import { expect, test } from 'vitest';
import type { KubeObject, Pod, PodDisruptionBudget } from '../../../src/cluster/api/types.ts';
import { disruptionController } from '../../../src/cluster/controllers/disruption.ts';
import { at, made, NOW, pod, type PodPart } from './builders.ts';
import { OneSync } from './one-sync.ts';

const budget = (spec: object, status: object = {}) => made<PodDisruptionBudget>('PodDisruptionBudget', 'web', { selector: { matchLabels: { app: 'web' } }, ...spec }, { status });
const owner = (kind: string, name: string) => ({ ownerReferences: [{ kind, name, uid: name, controller: true }] });
const scaled = (kind: string, name: string, replicas: number | undefined, above: object = {}) => made<KubeObject>(kind, name, { replicas }, { metadata: { uid: name, ...above } });

/** So many ready Pods, and some that are not, of one owner. */
function pods(ready: number, unready = 0, own: object = owner('ReplicaSet', 'rs'), part: PodPart = {}): Pod[] {
  return Array.from({ length: ready + unready }, (_, i) => {
    const each = pod(`p${i}`, { readyS: i < ready ? 9 : undefined, ...part });
    return { ...each, metadata: { ...each.metadata, ownerReferences: undefined, ...own } };
  });
}

function synced(given: PodDisruptionBudget, own: readonly Pod[], objects: Record<string, KubeObject[]> = { replicasets: [scaled('ReplicaSet', 'rs', 4)] }) {
  const sync = new OneSync(disruptionController, NOW);
  for (const [plural, all] of Object.entries({ poddisruptionbudgets: [given], pods: own, ...objects })) sync.given(plural, all);
  sync.sync('default/web');
  return Object.assign(sync, { status: sync.statuses.get('web')?.status as PodDisruptionBudget['status'] | undefined });
}

test.each<[object, Pod[], [healthy: number, desired: number, allowed: number, expected: number]]>([
  [{ minAvailable: 2 }, pods(4), [4, 2, 2, 4]],
  [{ minAvailable: 4 }, pods(4), [4, 4, 0, 4]],
  [{ minAvailable: 5 }, pods(4), [4, 5, 0, 4]],
  [{ minAvailable: 1 }, pods(2, 2), [2, 1, 1, 4]],
  [{ minAvailable: '50%' }, pods(3), [3, 2, 1, 4]],
  [{ minAvailable: '51%' }, pods(3), [3, 3, 0, 4]],
  [{ maxUnavailable: 1 }, pods(4), [4, 3, 1, 4]],
  [{ maxUnavailable: 1 }, pods(3), [3, 3, 0, 4]],
  [{ maxUnavailable: '26%' }, pods(4), [4, 2, 2, 4]],
  [{ maxUnavailable: 9 }, pods(1), [1, 0, 1, 4]],
  [{}, pods(2), [2, 0, 2, 2]],
  [{ minAvailable: 1 }, [], [0, 1, 0, 0]],
  [{ minAvailable: 0 }, pods(2, 0, {}, { phase: 'Failed' }), [2, 0, 0, 0]],
  [{ minAvailable: 1 }, pods(2, 0, {}, { leaving: true }), [0, 1, 0, 2]],
  [{ minAvailable: 1 }, pods(3, 0, {}, { labels: { app: 'other' } }), [0, 1, 0, 0]],
])('%j', (spec, own, [currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods]) => {
  const { status, events } = synced(budget(spec), own);
  expect(status).toEqual({
    currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods, observedGeneration: 1,
    conditions: [{ type: 'DisruptionAllowed', status: disruptionsAllowed > 0 ? 'True' : 'False', reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods', message: '', lastTransitionTime: at(0), observedGeneration: 1 }],
  });
  expect(events).toEqual(own.length === 0 || own[0]!.metadata.labels?.app === 'other' ? ['Normal NoPods: No matching pods found'] : []);
});

test.each<[string, object, Record<string, KubeObject[]>, number]>([
  ['a ReplicaSet of a Deployment counts as the Deployment', owner('ReplicaSet', 'rs'), { replicasets: [scaled('ReplicaSet', 'rs', 2, owner('Deployment', 'd'))], deployments: [scaled('Deployment', 'd', 7)] }, 7],
  ['a StatefulSet, one by default', owner('StatefulSet', 's'), { statefulsets: [scaled('StatefulSet', 's', undefined)] }, 1],
  ['a ReplicationController', owner('ReplicationController', 'r'), { replicationcontrollers: [scaled('ReplicationController', 'r', 5)] }, 5],
  ['a ReplicaSet of something else counts by itself', owner('ReplicaSet', 'rs'), { replicasets: [scaled('ReplicaSet', 'rs', 2, owner('Rollout', 'x'))] }, 2],
])('%s', (_, own, objects, expected) => expect(synced(budget({ maxUnavailable: 1 }), pods(3, 0, own), objects).status?.expectedPods).toBe(expected));

test('the counts of two owners are summed', () => {
  const both = [...pods(2), ...pods(1, 0, owner('StatefulSet', 's'))];
  expect(synced(budget({ minAvailable: '50%' }), both, { replicasets: [scaled('ReplicaSet', 'rs', 3)], statefulsets: [scaled('StatefulSet', 's', 4)] }).status).toMatchObject({ expectedPods: 7, desiredHealthy: 4 });
});

test('without a controller that can be scaled nothing may be evicted', () => {
  const before = { currentHealthy: 3, conditions: [{ type: 'DisruptionAllowed', status: 'True', lastTransitionTime: at(-9) }] };
  const { status, events } = synced(budget({ maxUnavailable: 1 }, before), pods(2, 0, owner('Job', 'j')));
  expect(status).toEqual({ currentHealthy: 3, disruptionsAllowed: 0, observedGeneration: 1, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'found no controllers for pod "p0"', lastTransitionTime: at(0), observedGeneration: 1 }] });
  expect(events).toEqual(['Warning CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: found no controllers for pod "p0"']);
  expect(synced(budget({ maxUnavailable: 1 }), pods(2), {}).status?.conditions?.[0]?.reason).toBe('SyncFailed');
});

test('bare Pods are told of', () => {
  const { status, events } = synced(budget({ maxUnavailable: 1 }), pods(2, 0, {}));
  expect(status?.expectedPods).toBe(0);
  expect(events).toEqual(['Warning UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.']);
});

test('an eviction let through counts until its Pod leaves, at most two minutes', () => {
  const disruptedPods = { p0: at(-119), p1: at(-120), gone: at(-1) };
  const { status, waits } = synced(budget({ minAvailable: 1 }, { disruptedPods }), pods(4));
  expect([status?.disruptedPods, status?.currentHealthy, status?.disruptionsAllowed, waits]).toEqual([{ p0: at(-119) }, 3, 2, [1000]]);
  const leaving = synced(budget({ minAvailable: 1 }, { disruptedPods: { p0: at(-1) } }), pods(1, 0, {}, { leaving: true }));
  expect(leaving.status).not.toHaveProperty('disruptedPods');
});

test('the time of the condition stays with its status; a status that stays is not written', () => {
  const first = synced(budget({ minAvailable: 1 }, { conditions: [{ type: 'DisruptionAllowed', status: 'True', lastTransitionTime: at(-50) }] }), pods(2)).status!;
  expect(first.conditions?.[0]?.lastTransitionTime).toBe(at(-50));
  expect(synced(budget({ minAvailable: 1 }, first), pods(2)).status).toBeUndefined();
});
