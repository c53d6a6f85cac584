import { expect, test } from 'vitest';
import type { Pod } from '../../../src/cluster/api/types.ts';
import { deletionOrder, isActive, isAvailable, isOver, podFromTemplate, untilNextAvailableMs } from '../../../src/cluster/controllers/pods.ts';
import { made, NOW, pod, type PodPart } from './builders.ts';

const COST = 'controller.kubernetes.io/pod-deletion-cost';
const restarts = (main: number, sidecar = 0, init = 0): PodPart => ({
  readyS: 100, spec: { initContainers: [{ name: 'side', restartPolicy: 'Always' }, { name: 'init' }] },
  status: { containerStatuses: [{ name: 'other', restartCount: 0 }, { name: 'main', restartCount: main }], initContainerStatuses: [{ name: 'side', restartCount: sidecar }, { name: 'init', restartCount: init }] },
});

/** The Pod of the first part goes before that of the second; names are such that a draw would go the other way. */
test.each<[string, PodPart, PodPart]>([
  ['without a node', { on: '', readyS: 100 }, { phase: 'Pending' }],
  ['pending before unknown', { phase: 'Pending', readyS: 100 }, { phase: 'Unknown' }],
  ['unknown before running', { phase: 'Unknown', readyS: 100 }, {}],
  ['of no phase as pending', { phase: '', readyS: 100 }, { phase: 'Unknown' }],
  ['not ready', { annotations: { [COST]: '9' } }, { readyS: 1 }],
  ['cheaper', { annotations: { [COST]: '-1' }, readyS: 1000 }, { readyS: 1 }],
  ['with a cost that is no number', { annotations: { [COST]: '+1' }, readyS: 1000 }, { annotations: { [COST]: '1' }, readyS: 1 }],
  ['with a cost that begins with nought', { annotations: { [COST]: '05' }, readyS: 1000 }, { annotations: { [COST]: '1' }, readyS: 1 }],
  ['on a fuller node', { on: 'full', readyS: 1000 }, { readyS: 1 }],
  ['ready for less long', { readyS: 10, ageS: 1000 }, { readyS: 100, ageS: 10 }],
  ['with more restarts', { ...restarts(2), ageS: 1000 }, { ...restarts(1, 5), ageS: 10 }],
  ['with more restarts of a sidecar, whatever other init containers do', { ...restarts(1, 2), ageS: 1000 }, { ...restarts(1, 1, 7), ageS: 10 }],
  ['younger', { ageS: 10 }, { ageS: 100 }],
])('first to be deleted: %s', (_, first, second) => {
  for (const nowMs of [undefined, NOW]) {
    const order = (given: Pod[]) => deletionOrder(given, { coLocated: ({ spec }) => (spec.nodeName === 'full' ? 2 : 1), nowMs }).map(({ metadata }) => metadata.name);
    const [a, b] = [pod('z', { ...first, uid: 'z' }), pod('a', { ...second, uid: 'a' })];
    expect([order([a, b]), order([b, a])]).toEqual([['z', 'a'], ['z', 'a']]);
  }
});

test('ages of one power of two go by UID; to the millisecond without a clock', () => {
  const given = [pod('b', { ageS: 1000 }), pod('a', { ageS: 1001 })];
  const names = (nowMs?: number) => deletionOrder(given, { nowMs }).map(({ metadata }) => metadata.name);
  expect([names(NOW), names()]).toEqual([['a', 'b'], ['b', 'a']]);
  const future = [pod('b', { ageS: 0 }), pod('a', { ageS: -5 })];
  expect(deletionOrder(future, { nowMs: NOW }).map(({ metadata }) => metadata.name)).toEqual(['a', 'b']);
});

test('over, active, available', () => {
  expect(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'].filter((phase) => isOver(pod('a', { phase })))).toEqual(['Succeeded', 'Failed']);
  expect([isActive(pod('a')), isActive(pod('a', { leaving: true })), isActive(pod('a', { phase: 'Failed' }))]).toEqual([true, false, false]);
  expect([9, 10, 11].map((readyS) => isAvailable(pod('a', { readyS }), 10, NOW))).toEqual([false, true, true]);
  expect([isAvailable(pod('a'), 0, NOW), isAvailable(pod('a', { readyS: 0 }), 0, NOW), isAvailable(pod('a', { status: { conditions: [{ type: 'Ready', status: 'True' }] } }), 1, NOW)]).toEqual([false, true, false]);
  expect(isAvailable(pod('a', { status: { conditions: undefined } }), 0, NOW)).toBe(false);
});

test('the next to be available is the one that was ready for longest, of those that are not yet', () => {
  const given = [pod('a'), pod('b', { readyS: 4 }), pod('c', { readyS: 7 }), pod('d', { readyS: 30 })];
  expect([untilNextAvailableMs(given, 10, NOW), untilNextAvailableMs(given, 4, NOW), untilNextAvailableMs([], 10, NOW)]).toEqual([3000, undefined, undefined]);
});

test('a Pod takes labels, annotations and finalizers of its template, if there are any', () => {
  const owner = made('ReplicaSet', 'web', {});
  const metadata = { labels: { a: 'b' }, annotations: { c: 'd' }, finalizers: ['e/f'] };
  expect(podFromTemplate({ metadata, spec: { containers: [] } }, owner, { name: 'x' }).metadata).toEqual({ name: 'x', namespace: 'default', ...metadata, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'o', controller: true, blockOwnerDeletion: true }] });
  expect(Object.keys(podFromTemplate({ spec: { containers: [] } }, owner, { generateName: 'x-' }).metadata)).toEqual(['generateName', 'namespace', 'ownerReferences']);
});
