/** The arithmetic of rollouts and scalings at its edges. */
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/cluster/api/types.ts';
import { byAge, fencePosts, fraction, newReplicas, oldReplicas, proportional, shrunk, size, withoutUnhealthy } from '../../../../src/cluster/controllers/deployment/rolling.ts';
import { scaledSizes } from '../../../../src/cluster/controllers/deployment/scaling.ts';

type Sizes = Map<ReplicaSet, number>;
interface SetPart { ready?: number; made?: number; max?: number; desired?: number }
const [DESIRED, MAX] = ['deployment.kubernetes.io/desired-replicas', 'deployment.kubernetes.io/max-replicas'];

/** Named `a`, `b`, …, the first made first. */
function sets(...parts: readonly [replicas: number | undefined, part?: SetPart][]): ReplicaSet[] {
  return parts.map(([replicas, { ready, made, max, desired } = {}], i) => ({
    metadata: { name: 'abcde'[i], uid: 'abcde'[i], creationTimestamp: String(made ?? i), annotations: { ...(max === undefined ? {} : { [MAX]: String(max) }), ...(desired === undefined ? {} : { [DESIRED]: String(desired) }) } },
    spec: { replicas }, status: { replicas: replicas ?? 1, availableReplicas: ready },
  }) as unknown as ReplicaSet);
}

function deployment(replicas: number | undefined, rollingUpdate?: object, rest: object = {}, status: object = {}): Deployment {
  return { metadata: { name: 'web' }, spec: { replicas, ...(rollingUpdate ? { strategy: { type: 'RollingUpdate', rollingUpdate } } : {}), ...rest }, status } as unknown as Deployment;
}

const RECREATE = { strategy: { type: 'Recreate' } };
const shown = (sizes: Sizes) => [...sizes].map(([{ metadata }, count]) => `${metadata.name}=${count}`).join(' ');

test.each([
  ['defaults, surge up and unavailable down', deployment(10), [3, 2]],
  ['one replica by default', deployment(undefined), [1, 0]],
  ['both nothing', deployment(4, { maxSurge: 0, maxUnavailable: 0 }), [0, 1]],
  ['both come to nothing', deployment(4, { maxSurge: 0, maxUnavailable: '10%' }), [0, 1]],
  ['only a surge', deployment(4, { maxSurge: 1, maxUnavailable: 0 }), [1, 0]],
  ['no more unavailable than there are', deployment(2, { maxSurge: 1, maxUnavailable: 5 }), [1, 2]],
  ['none of none', deployment(0, { maxSurge: 0, maxUnavailable: 3 }), [0, 0]],
  ['Recreate', deployment(4, undefined, RECREATE), [0, 0]],
])('fence posts: %s', (_, given, [maxSurge, maxUnavailable]) => expect(fencePosts(given)).toEqual({ maxSurge, maxUnavailable }));

test.each<[string, Deployment, ReplicaSet[], number, number]>([
  ['room for the surge', deployment(10, { maxSurge: 3 }), sets([10]), 0, 3],
  ['never above what is wanted', deployment(3, { maxSurge: 3 }), sets([1], [2]), 2, 3],
  ['no room', deployment(3, { maxSurge: 1 }), sets([3], [1]), 1, 1],
  ['too many already', deployment(3, { maxSurge: 1 }), sets([5], [1]), 1, 1],
  ['one more', deployment(3, { maxSurge: 1 }), sets([2], [1]), 1, 2],
  ['a set without a count has one', deployment(3, { maxSurge: 0 }), sets([undefined]), 0, 2],
  ['too large by itself', deployment(2, { maxSurge: 3 }), sets([0], [4]), 4, 2],
  ['Recreate has it at once', deployment(7, undefined, RECREATE), sets([7]), 0, 7],
])('new replicas: %s', (_, given, all, current, expected) => expect(newReplicas(given, all, current)).toBe(expected));

test.each<[string, Deployment, ReplicaSet[], string]>([
  ['within what must be available', deployment(10, { maxUnavailable: 2 }), sets([10, { ready: 10 }], [0]), 'a=8'],
  ['the surge lets as many go as it made ready', deployment(10, { maxSurge: 3, maxUnavailable: 0 }), sets([10, { ready: 10 }], [3, { ready: 2 }]), 'a=8'],
  ['new Pods that are not ready hold the old ones', deployment(4, { maxSurge: 1, maxUnavailable: 0 }), sets([4, { ready: 4 }], [1, { ready: 0 }]), ''],
  ['unhealthy ones go first, the oldest set before', deployment(10, { maxUnavailable: 2 }), sets([4, { ready: 2 }], [4, { ready: 4 }], [2, { ready: 2 }]), 'a=2'],
  ['unhealthy and healthy in one step', deployment(6, { maxUnavailable: 3 }), sets([3, { ready: 2 }], [3, { ready: 3 }], [0]), 'a=0'],
  ['nothing old is left', deployment(3, { maxUnavailable: 1 }), sets([0], [3, { ready: 3 }]), ''],
])('old replicas: %s', (_, given, all, expected) => expect(shown(oldReplicas(given, all, all.at(-1)!))).toBe(expected));

test('replicas go from the oldest set on, whatever the order they are given in', () => {
  const [young, old, middle] = sets([3, { ready: 1, made: 3 }], [2, { ready: 1, made: 1 }], [2, { made: 2 }]);
  const all = [young!, old!, middle!];
  expect(shown(withoutUnhealthy(all, 4))).toBe('b=1 c=0 a=2');
  expect(shown(withoutUnhealthy(all, 2))).toBe('b=1 c=1');
  expect(shown(withoutUnhealthy(all, 0))).toBe('');
  expect(shown(shrunk(all, new Map(), 5))).toBe('b=0 c=0 a=2');
  expect(shown(shrunk(all, new Map([[old!, 0], [middle!, 1]]), 2))).toBe('c=0 a=2');
  expect(shown(shrunk(all, new Map(), -1))).toBe('');
});

test('sets of one age go by name', () => {
  const [a, b] = sets([1, { made: 1 }], [1, { made: 1 }]);
  expect([byAge(a!, b!), byAge(b!, a!)]).toEqual([-1, 1]);
  expect(size(sets([undefined])[0]!)).toBe(1);
});

test.each<[string, Deployment, ReplicaSet[], number]>([
  ['of what it was part of', deployment(20, { maxSurge: 0 }), sets([5, { max: 10 }]), 5],
  ['with the surge', deployment(8, { maxSurge: 2 }), sets([5, { max: 5 }]), 5],
  ['rounded up at a half', deployment(5, { maxSurge: 0 }), sets([1, { max: 2 }]), 2],
  ['rounded down below', deployment(7, { maxSurge: 0 }), sets([1, { max: 5 }]), 0],
  ['fewer', deployment(5, { maxSurge: 0 }), sets([4, { max: 10 }]), -2],
  ['none', deployment(0), sets([4, { max: 10 }]), -4],
  ['without the note the status counts', deployment(10, { maxSurge: 0 }, {}, { replicas: 5 }), sets([2]), 2],
  ['a note of nothing is none', deployment(10, { maxSurge: 0 }, {}, { replicas: 5 }), sets([2, { max: 0 }]), 2],
  ['nothing known', deployment(10, { maxSurge: 0 }), sets([2]), 0],
])('its share: %s', (_, given, [set], expected) => expect(fraction(given, set!)).toBe(expected));

test.each<[string, Deployment, ReplicaSet[], string]>([
  ['up, until all is given', deployment(10, { maxSurge: 1 }), sets([3, { max: 6 }], [2, { max: 6 }], [1, { max: 6 }]), 'a=6 b=4 c=1'],
  ['up, what is left over to the largest, the newest of them', deployment(7, { maxSurge: 0 }), sets([2, { max: 6 }], [2, { max: 6 }], [2, { max: 6 }]), 'c=3 b=2 a=2'],
  ['up, the newer of two alike first', deployment(5, { maxSurge: 0 }), sets([2, { max: 4 }], [2, { max: 4 }]), 'b=3 a=2'],
  ['down, the older of two alike first', deployment(3, { maxSurge: 0 }), sets([2, { max: 4 }], [2, { max: 4 }]), 'a=1 b=2'],
  ['up by less than a share', deployment(11, { maxSurge: 0 }), sets([5, { max: 10 }], [5, { max: 10 }]), 'b=6 a=5'],
  ['no change', deployment(4, { maxSurge: 0 }), sets([1, { max: 8 }], [3, { max: 8 }]), 'b=3 a=1'],
  ['to none, surge or not', deployment(0, { maxSurge: 2 }), sets([3, { max: 5 }], [2, { max: 5 }]), 'a=0 b=0'],
  ['nothing known: all to the largest', deployment(10, { maxSurge: 2 }), sets([1], [3]), 'b=11 a=1'],
  ['never below nothing', deployment(1, { maxSurge: 0 }), sets([2], [1], [2]), 'a=0 c=2 b=1'],
  ['no sets', deployment(3), [], ''],
])('in proportion: %s', (_, given, active, expected) => expect(shown(proportional(given, active))).toBe(expected));

test.each<[string, Deployment, ReplicaSet[], number | undefined, string]>([
  ['the only active one takes the count', deployment(7), sets([0], [3]), 0, 'b=7'],
  ['without an active one the newest', deployment(7), sets([0, { made: 2 }], [0, { made: 1 }]), undefined, 'a=7'],
  ['without an active one that of the template', deployment(7), sets([0, { made: 2 }], [0, { made: 1 }]), 1, 'b=7'],
  ['two in proportion', deployment(8, { maxSurge: 0 }), sets([2, { max: 4 }], [2, { max: 4 }]), 1, 'b=4 a=4'],
  ['saturated: the old ones go', deployment(3), sets([1], [0], [3, { ready: 3, desired: 3 }]), 2, 'a=0'],
  ['not all of it available', deployment(3, { maxSurge: 1 }), sets([1, { max: 4 }], [3, { ready: 2, desired: 3, max: 4 }]), 1, 'b=3 a=1'],
  ['sized for another count', deployment(3, { maxSurge: 1 }), sets([1, { max: 4 }], [3, { ready: 3, desired: 4, max: 4 }]), 1, 'b=3 a=1'],
  ['of another size', deployment(3, { maxSurge: 1 }), sets([1, { max: 4 }], [2, { ready: 3, desired: 3, max: 4 }]), 1, 'b=3 a=1'],
  ['Recreate shares nothing', deployment(8, undefined, RECREATE), sets([2, { max: 4 }], [2, { max: 4 }]), 1, ''],
  ['no sets', deployment(8), [], undefined, ''],
])('scaled: %s', (_, given, all, current, expected) => expect(shown(scaledSizes(given, all, current === undefined ? undefined : all[current]))).toBe(expected));
