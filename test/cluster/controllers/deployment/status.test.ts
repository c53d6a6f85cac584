/** Status, conditions and revisions of a Deployment. */
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/cluster/api/types.ts';
import { annotationsOf, draftReplicaSet, findNew, nextRevision, sizeAnnotations } from '../../../../src/cluster/controllers/deployment/revision.ts';
import { type Condition, condition, deadlineMs, isComplete, isProgressing, isTimedOut, statusOf, withCondition } from '../../../../src/cluster/controllers/deployment/status.ts';

const NOW = Date.UTC(2026, 0, 1, 0, 10);
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString().replace('.000', '');
const REVISION = 'deployment.kubernetes.io/revision';
type Status = Deployment['status'];

function deployment(spec: object = {}, status: object = {}, metadata: object = {}): Deployment {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', uid: 'u', generation: 2, ...metadata }, spec: { replicas: 3, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } }, ...spec }, status } as unknown as Deployment;
}

function set(name: string, replicas: number | undefined, status: object, rest: object = {}): ReplicaSet {
  return { metadata: { name, uid: name, annotations: {}, ...rest }, spec: { replicas }, status: { replicas: replicas ?? 1, ...status } } as unknown as ReplicaSet;
}

const progressing = (reason: string, updatedS = -60, status = 'True') => ({ type: 'Progressing', status, reason, message: '', lastUpdateTime: at(updatedS), lastTransitionTime: at(-300) }) as unknown as Condition;
const brief = ({ conditions = [] }: Status) => conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`);

test('the status sums its ReplicaSets up', () => {
  const sets = [set('a', undefined, { readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 2 }), set('b', 3, { readyReplicas: 2, availableReplicas: 1, terminatingReplicas: 1 })];
  expect(statusOf(deployment({}, { collisionCount: 2 }), sets, sets[1], NOW)).toEqual({
    observedGeneration: 2, replicas: 4, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 2, unavailableReplicas: 2, terminatingReplicas: 3, collisionCount: 2,
    conditions: [{ type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.', lastUpdateTime: at(0), lastTransitionTime: at(0) }],
  });
});

test('what is nothing is left out of it', () => {
  expect(statusOf(deployment(), [], undefined, NOW)).toEqual({
    observedGeneration: 2, terminatingReplicas: 0,
    conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.', lastUpdateTime: at(0), lastTransitionTime: at(0) }],
  });
  const shrinking = set('a', 1, { replicas: 3, availableReplicas: 3 });
  expect(statusOf(deployment(), [shrinking], shrinking, NOW).unavailableReplicas).toBeUndefined();
});

test.each([[3, 2, 'True'], [3, 1, 'False'], [1, 0, 'True'], [0, 0, 'True'], [undefined, 0, 'True']])('of %s replicas %s available: %s', (replicas, availableReplicas, expected) => {
  expect(statusOf(deployment({ replicas }), [set('a', 3, { availableReplicas })], undefined, NOW).conditions?.[0]?.status).toBe(expected);
});

test.each<[string, object, object, boolean]>([
  ['all there', {}, { updatedReplicas: 3, replicas: 3, availableReplicas: 3, observedGeneration: 2 }, true],
  ['one old', {}, { updatedReplicas: 2, replicas: 3, availableReplicas: 3, observedGeneration: 2 }, false],
  ['one too many', {}, { updatedReplicas: 3, replicas: 4, availableReplicas: 3, observedGeneration: 2 }, false],
  ['one not available', {}, { updatedReplicas: 3, replicas: 3, availableReplicas: 2, observedGeneration: 2 }, false],
  ['an older generation', {}, { updatedReplicas: 3, replicas: 3, availableReplicas: 3, observedGeneration: 1 }, false],
  ['a later one', {}, { updatedReplicas: 3, replicas: 3, availableReplicas: 3, observedGeneration: 3 }, true],
  ['none wanted', { replicas: 0 }, { observedGeneration: 2 }, true],
  ['never observed', { replicas: 0 }, {}, false],
  ['one wanted, nothing there', { replicas: 1 }, { observedGeneration: 2 }, false],
])('complete: %s', (_, spec, counts, expected) => expect(isComplete(deployment(spec), counts)).toBe(expected));

test('a Deployment without a generation is complete when nothing was observed', () => {
  expect(isComplete(deployment({ replicas: 0 }, {}, { generation: undefined }), {})).toBe(true);
});

test.each<[string, Status, Status, boolean]>([
  ['nothing', {}, {}, false],
  ['more new ones', { updatedReplicas: 1, replicas: 1 }, { updatedReplicas: 2, replicas: 3 }, true],
  ['the first new one', { replicas: 1 }, { updatedReplicas: 1, replicas: 2 }, true],
  ['fewer old ones', { updatedReplicas: 1, replicas: 3 }, { updatedReplicas: 1, replicas: 2 }, true],
  ['the last old one', { replicas: 1 }, {}, true],
  ['more old ones', { updatedReplicas: 1, replicas: 2 }, { updatedReplicas: 1, replicas: 3 }, false],
  ['more ready', { readyReplicas: 1 }, { readyReplicas: 2 }, true],
  ['the first ready', {}, { readyReplicas: 1 }, true],
  ['fewer ready', { readyReplicas: 1 }, {}, false],
  ['the first available', {}, { availableReplicas: 1 }, true],
  ['fewer available', { availableReplicas: 1 }, {}, false],
  ['as many as before', { updatedReplicas: 1, replicas: 2, readyReplicas: 1, availableReplicas: 1 }, { updatedReplicas: 1, replicas: 2, readyReplicas: 1, availableReplicas: 1 }, false],
])('progress: %s', (_, old, counts, expected) => expect(isProgressing(old, counts)).toBe(expected));

test('a deadline of the greatest number, or none, is no deadline', () => {
  expect([undefined, 2_147_483_647, 2_147_483_646, 600, 1].map((progressDeadlineSeconds) => deadlineMs(deployment({ progressDeadlineSeconds })))).toEqual([undefined, undefined, 2_147_483_646_000, 600_000, 1000]);
});

test.each<[string, object, Condition[], boolean]>([
  ['passed', { progressDeadlineSeconds: 59 }, [progressing('ReplicaSetUpdated')], true],
  ['at this very moment', { progressDeadlineSeconds: 60 }, [progressing('ReplicaSetUpdated')], false],
  ['no deadline', {}, [progressing('ReplicaSetUpdated')], false],
  ['no condition', { progressDeadlineSeconds: 1 }, [], false],
  ['finished', { progressDeadlineSeconds: 1 }, [progressing('NewReplicaSetAvailable')], false],
  ['said already', { progressDeadlineSeconds: 600 }, [progressing('ProgressDeadlineExceeded', 0, 'False')], true],
])('timed out: %s', (_, spec, conditions, expected) => expect(isTimedOut(deployment(spec), conditions, NOW)).toBe(expected));

const DONE = { replicas: 3, readyReplicas: 3, availableReplicas: 3 };
const counted = { replicas: 3, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 1 };
const LATE = { progressDeadlineSeconds: 30 };

test.each<[string, object, object, object, string[]]>([
  ['complete', { progressDeadlineSeconds: 600 }, {}, DONE, ['True NewReplicaSetAvailable ReplicaSet "new" has successfully progressed. 0 0']],
  ['complete after all', LATE, { conditions: [progressing('ProgressDeadlineExceeded', -60, 'False')] }, DONE, ['True NewReplicaSetAvailable ReplicaSet "new" has successfully progressed. 0 0']],
  ['complete, of one that went on', LATE, { conditions: [progressing('ReplicaSetUpdated')] }, DONE, ['True NewReplicaSetAvailable ReplicaSet "new" has successfully progressed. 0 -300']],
  ['goes on', LATE, { conditions: [progressing('ReplicaSetUpdated')] }, { readyReplicas: 1 }, ['True ReplicaSetUpdated ReplicaSet "new" is progressing. 0 -300']],
  ['goes on after all', LATE, { conditions: [progressing('ProgressDeadlineExceeded', -60, 'False')] }, { readyReplicas: 1 }, ['True ReplicaSetUpdated ReplicaSet "new" is progressing. 0 0']],
  ['stuck', LATE, { ...counted, conditions: [progressing('ReplicaSetUpdated')] }, { readyReplicas: 1, availableReplicas: 1 }, ['False ProgressDeadlineExceeded ReplicaSet "new" has timed out progressing. 0 0']],
  ['stuck, but not for long', { progressDeadlineSeconds: 90 }, { ...counted, conditions: [progressing('ReplicaSetUpdated')] }, { readyReplicas: 1, availableReplicas: 1 }, ['True ReplicaSetUpdated  -60 -300']],
  ['finished before: a Pod less is no rollout', LATE, { ...counted, conditions: [progressing('NewReplicaSetAvailable')] }, { readyReplicas: 2 }, ['True NewReplicaSetAvailable  -60 -300']],
  ['finished before: an old Pod is one', LATE, { ...counted, conditions: [progressing('NewReplicaSetAvailable')] }, { replicas: 2, readyReplicas: 2 }, ['True ReplicaSetUpdated ReplicaSet "new" is progressing. 0 -300']],
  ['paused', { ...LATE, paused: true }, { conditions: [progressing('DeploymentPaused', -60, 'Unknown')] }, DONE, ['Unknown DeploymentPaused  -60 -300']],
  ['without a deadline', {}, { conditions: [progressing('ReplicaSetUpdated')] }, DONE, []],
])('the Progressing condition: %s', (_, spec, status, own, expected) => {
  const [old, current] = [set('old', 0, { replicas: 1 }), set('new', 3, own)];
  const given = 'replicas' in own && own.replicas === 2 ? [old, current] : [current];
  const seconds = (time: unknown) => Math.round((Date.parse(String(time)) - NOW) / 1000);
  const found = statusOf(deployment(spec, status), given, current, NOW).conditions!.filter(({ type }) => type === 'Progressing');
  expect(found.map(({ status: is, reason, message, lastUpdateTime, lastTransitionTime }) => `${is} ${reason} ${message} ${seconds(lastUpdateTime)} ${seconds(lastTransitionTime)}`)).toEqual(expected);
});

test('without a ReplicaSet the Deployment itself progresses', () => {
  expect(statusOf(deployment({ replicas: 0, progressDeadlineSeconds: 600 }), [], undefined, NOW).conditions?.[1]?.message).toBe('Deployment "web" has successfully progressed.');
});

test('the failure of the new ReplicaSet counts before that of an old one, and goes when they go', () => {
  const failing = (name: string, reason: string) => set(name, 1, { conditions: [{ type: 'Other', status: 'True' }, { type: 'ReplicaFailure', status: 'True', reason, message: `of ${name}`, lastTransitionTime: at(-5) }] });
  const [old, fresh] = [failing('old', 'FailedDelete'), failing('new', 'FailedCreate')];
  const failureIn = (sets: ReplicaSet[], current: ReplicaSet) => statusOf(deployment({}, { conditions: [{ type: 'ReplicaFailure', status: 'False', reason: 'Old' }] }), sets, current, NOW).conditions?.find(({ type }) => type === 'ReplicaFailure');
  expect(failureIn([old, fresh], fresh)).toEqual({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'of new', lastUpdateTime: at(-5), lastTransitionTime: at(-5) });
  expect(failureIn([old, set('new', 1, {})], set('new', 1, {}))).toMatchObject({ reason: 'FailedDelete', message: 'of old' });
  expect(failureIn([set('new', 1, {})], set('new', 1, {}))).toBeUndefined();
  expect(brief(statusOf(deployment(), [fresh], fresh, NOW))).toEqual(['Available=False MinimumReplicasUnavailable', 'ReplicaFailure=True FailedCreate']);
});

test('a condition changes with its status or reason only, the time of its transition with its status', () => {
  const old = condition('Available', 'True', 'A', 'a', NOW - 9000);
  const other = condition('Other', 'True', 'O', 'o', NOW);
  const next = (status: string, reason: string) => withCondition([old, other], condition('Available', status, reason, 'b', NOW));
  expect(next('True', 'A')).toEqual([old, other]);
  expect(next('True', 'B')).toEqual([other, { ...condition('Available', 'True', 'B', 'b', NOW), lastTransitionTime: at(-9) }]);
  expect(next('False', 'A')).toEqual([other, condition('Available', 'False', 'A', 'b', NOW)]);
});

const template = (labels: object, image = 'nginx') => ({ metadata: { labels }, spec: { containers: [{ name: 'main', image }] } });
const revised = (name: string, annotations: object, labels: object = {}) => ({ metadata: { name, annotations }, spec: { template: template({ app: 'web', ...labels }, name) } }) as unknown as ReplicaSet;

test('the ReplicaSet of a template is the oldest that has it, whatever its hash', () => {
  const sets = [revised('x', {}), revised('nginx', {}, { 'pod-template-hash': '1' }), revised('nginx', {}, { 'pod-template-hash': '2' })];
  expect(findNew(deployment({ template: template({ app: 'web' }) }), sets)).toBe(sets[1]);
  expect(findNew(deployment({ template: template({ app: 'web', tier: 'front' }) }), sets)).toBeUndefined();
  expect(findNew(deployment({ template: template({ app: 'web' }) }), [])).toBeUndefined();
});

test('revisions count on from the highest', () => {
  expect([[], ['3', '12', '4'], [undefined]].map((numbers) => nextRevision(numbers.map((number) => revised('a', number ? { [REVISION]: number } : {}))))).toEqual([1, 13, 1]);
});

test.each<[string, object, number, object]>([
  ['a first number', {}, 2, { [REVISION]: '2', owner: 'me' }],
  ['a new number remembers the old', { [REVISION]: '1' }, 3, { [REVISION]: '3', [`${REVISION}-history`]: '1', owner: 'me' }],
  ['and those before', { [REVISION]: '3', [`${REVISION}-history`]: '1' }, 5, { [REVISION]: '5', [`${REVISION}-history`]: '1,3', owner: 'me' }],
  ['the same number', { [REVISION]: '3', kept: 'yes' }, 3, { [REVISION]: '3', kept: 'yes', owner: 'me' }],
  ['a higher one stays', { [REVISION]: '4' }, 3, { [REVISION]: '4', owner: 'me' }],
])('the annotations of a ReplicaSet: %s', (_, before, revision, expected) => {
  const own = { owner: 'me', [REVISION]: '9', 'kubectl.kubernetes.io/last-applied-configuration': '{}', 'deployment.kubernetes.io/desired-replicas': '1', 'deployment.kubernetes.io/max-replicas': '1', 'deprecated.deployment.rollback.to': '1', [`${REVISION}-history`]: '7' };
  expect(annotationsOf(deployment({}, {}, { annotations: own }), revised('a', before), revision)).toEqual(expected);
});

test('a new ReplicaSet carries the hash in its name, selector and labels', () => {
  const given = (minReadySeconds?: number, collisionCount?: number) => draftReplicaSet(deployment({ minReadySeconds, selector: { matchLabels: { app: 'web' } }, template: template({ app: 'web' }) }, { collisionCount }, { annotations: { owner: 'me' } }), 4);
  const draft = given(5);
  const hash = draft.metadata.name!.slice(4);
  const labels = { app: 'web', 'pod-template-hash': hash };
  expect(draft).toEqual({
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: { name: `web-${hash}`, namespace: 'shop', labels, annotations: { owner: 'me', 'deployment.kubernetes.io/desired-replicas': '3', 'deployment.kubernetes.io/max-replicas': '4', [REVISION]: '4' }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u', controller: true, blockOwnerDeletion: true }] },
    spec: { replicas: 0, minReadySeconds: 5, selector: { matchLabels: labels }, template: { ...template({ app: 'web' }), metadata: { labels } } },
  });
  expect(given().spec).not.toHaveProperty('minReadySeconds');
  expect([given(0, 0).metadata.name, given(0, 1).metadata.name === draft.metadata.name]).toEqual([draft.metadata.name, false]);
  expect(sizeAnnotations(deployment({ replicas: 9 }))).toMatchObject({ 'deployment.kubernetes.io/max-replicas': '10' });
});
