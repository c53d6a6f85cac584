/** One turn of the Deployment's loop. */
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../../../src/cluster/api/types.ts';
import { deploymentController } from '../../../../src/cluster/controllers/deployment/deployment.ts';
import { at, made, NOW } from '../builders.ts';
import { OneSync } from '../one-sync.ts';

const REVISION = 'deployment.kubernetes.io/revision';
const OWNED = { ownerReferences: [{ kind: 'Deployment', name: 'web', uid: 'o', controller: true }] };
const template = (image: string) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image }] } });

function deployment(spec: object = {}, status: object = {}, metadata: object = {}): Deployment {
  return made('Deployment', 'web', { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('new'), progressDeadlineSeconds: 600, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } }, ...spec }, { status, metadata });
}

interface SetPart { ready?: number; revision?: number; status?: object; metadata?: object; desired?: number; minReadySeconds?: number }
/** Named after its image, sized for three. */
function set(image: string, replicas: number, { ready = replicas, revision = 1, status, metadata, desired = 3, minReadySeconds }: SetPart = {}): ReplicaSet {
  const annotations = { [REVISION]: String(revision), 'deployment.kubernetes.io/desired-replicas': String(desired), 'deployment.kubernetes.io/max-replicas': String(desired + 1) };
  return made('ReplicaSet', image, { replicas, minReadySeconds, template: template(image) }, { status: { replicas, readyReplicas: ready, availableReplicas: ready, observedGeneration: 1, ...status }, metadata: { uid: image, labels: { app: 'web' }, annotations, creationTimestamp: at(revision), ...OWNED, ...metadata } });
}

function synced(given: Deployment, sets: readonly ReplicaSet[], { refuse, hidden = [] }: { refuse?: OneSync['refuse']; hidden?: ReplicaSet[] } = {}) {
  const sync = new OneSync(deploymentController, NOW);
  sync.given('deployments', [given]);
  sync.given('replicasets', sets);
  sync.hidden.push(...hidden);
  sync.refuse = refuse;
  const error = sync.sync('default/web');
  const written = sync.statuses.get('web') as Deployment | undefined;
  const sizes = [...sync.created, ...sync.updated].map((each) => `${each.metadata.name.replace(/^web-.*/, 'made')}=${(each as ReplicaSet).spec.replicas}`).join(' ');
  const progressing = written?.status.conditions?.find(({ type }) => type === 'Progressing');
  return Object.assign(sync, { error, written, sizes, progressing: progressing && `${progressing.status} ${progressing.reason}: ${progressing.message}` });
}

const RECREATE = { strategy: { type: 'Recreate' } };
const numbered = { annotations: { [REVISION]: '2' } };
const known = { conditions: [{ type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', lastUpdateTime: at(-9) }] };

test.each<[string, Deployment, ReplicaSet[], sizes: string]>([
  ['the first', deployment(), [], 'made=3'],
  ['a new template starts with the surge', deployment({}, known), [set('old', 3)], 'made=1'],
  ['up before down', deployment({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }, known), [set('old', 3), set('new', 0, { revision: 2 })], 'new=1'],
  ['down once the new one is ready', deployment({}, known), [set('old', 3), set('new', 1, { revision: 2 })], 'old=2'],
  ['not before', deployment({}, known), [set('old', 3), set('new', 1, { revision: 2, ready: 0 })], ''],
  ['never above what is wanted', deployment({}, known), [set('new', 5, { revision: 2 })], 'new=3'],
  ['another size before the rollout', deployment({ replicas: 4 }, known), [set('old', 3)], 'old=4'],
  ['paused: no new ReplicaSet', deployment({ paused: true }, known), [set('old', 3)], ''],
  ['paused: another size', deployment({ paused: true, replicas: 5 }, known), [set('old', 3)], 'old=5'],
  ['Recreate: all old ones down', deployment(RECREATE, known), [set('older', 1), set('old', 3)], 'old=0 older=0'],
  ['Recreate: they still run', deployment(RECREATE, known), [set('old', 0, { status: { replicas: 1 } })], ''],
  ['Recreate: they are still leaving', deployment(RECREATE, known), [set('old', 0, { status: { terminatingReplicas: 1 } })], ''],
  ['Recreate: then the new one', deployment(RECREATE, known), [set('old', 0)], 'made=3'],
  ['Recreate: the new one that is there', deployment(RECREATE, known), [set('old', 0), set('new', 0, { revision: 2 })], 'new=3'],
  ['on its way out', deployment({}, known, { deletionTimestamp: at(0) }), [set('old', 3)], ''],
])('sizes: %s', (_, given, sets, sizes) => expect(synced(given, sets).sizes).toBe(sizes));

test('a new ReplicaSet: event, condition, revision', () => {
  const sync = synced(deployment({}, { ...known, replicas: 3, readyReplicas: 3, availableReplicas: 3 }), [set('old', 3)]);
  const { name } = sync.created[0]!.metadata;
  expect([sync.events, sync.progressing, sync.written?.metadata.annotations?.[REVISION]]).toEqual([[`Normal ScalingReplicaSet: Scaled up replica set ${name} from 0 to 1`], `True NewReplicaSetCreated: Created new replica set "${name}"`, '2']);
  expect(synced(deployment({ progressDeadlineSeconds: undefined }), []).progressing).toBeUndefined();
  expect(synced(deployment({ replicas: 0 }), []).events).toEqual([]);
  expect(synced(deployment({}, known), [set('old', 3), set('new', 1, { revision: 2 })]).events).toEqual(['Normal ScalingReplicaSet: Scaled down replica set old from 3 to 2']);
});

test('a ReplicaSet of that template that is found: the condition, its number, its minReadySeconds', () => {
  expect(synced(deployment(), [set('new', 3)]).progressing).toMatch(/^True NewReplicaSetAvailable: |^True FoundNewReplicaSet: Found new replica set "new"$/);
  const back = synced(deployment({}, known), [set('old', 3, { revision: 2 }), set('new', 0, { revision: 1 })]);
  expect((back.updated[0] as ReplicaSet).metadata.annotations).toMatchObject({ [REVISION]: '3', 'deployment.kubernetes.io/revision-history': '1' });
  const patient = synced(deployment({ minReadySeconds: 7 }, known, numbered), [set('new', 3, { revision: 2 })]);
  expect(patient.updated.map((each) => (each as ReplicaSet).spec.minReadySeconds)).toEqual([7]);
  expect(synced(deployment({ minReadySeconds: 7 }, known, numbered), [set('new', 3, { revision: 2, minReadySeconds: 7 })]).updated).toEqual([]);
});

test.each<[string, string | undefined, boolean, number | undefined, string | undefined]>([
  ['pausing', 'ReplicaSetUpdated', true, 600, 'Unknown DeploymentPaused: Deployment is paused'],
  ['paused', 'DeploymentPaused', true, 600, undefined],
  ['resuming', 'DeploymentPaused', false, 600, 'Unknown DeploymentResumed: Deployment is resumed'],
  ['too late', 'ProgressDeadlineExceeded', true, 600, undefined],
])('the condition of %s', (_, reason, paused, progressDeadlineSeconds, expected) => {
  const before = { type: 'Progressing', status: paused && reason !== 'DeploymentPaused' ? 'True' : 'Unknown', reason, message: 'before', lastUpdateTime: at(-9) };
  const { progressing } = synced(deployment({ paused, progressDeadlineSeconds }, { replicas: 3, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 1, conditions: [before] }, numbered), [set('new', 3, { revision: 2, ready: 1 })]);
  expect(progressing ?? `${before.status} ${reason}: before`).toBe(expected ?? `${before.status} ${reason}: before`);
});

test('a name that is taken: by its own ReplicaSet, or by a stranger', () => {
  const refuse: OneSync['refuse'] = (verb) => (verb === 'create' ? { reason: 'AlreadyExists', message: 'there' } : undefined);
  const probe = synced(deployment(), []).created[0] as ReplicaSet;
  const own = synced(deployment(), [], { refuse, hidden: [{ ...probe, metadata: { ...probe.metadata, uid: 'x' }, status: { replicas: 0 } }] });
  expect([own.error, own.written?.status.collisionCount]).toEqual([undefined, undefined]);
  const strange = synced(deployment({}, { collisionCount: 1 }), [], { refuse });
  expect([strange.error, strange.written?.status.collisionCount]).toEqual([expect.objectContaining({ message: 'there' }), 2]);
});

test('a ReplicaSet that is refused', () => {
  const refused = (details?: object) => synced(deployment(), [], { refuse: (verb) => (verb === 'create' ? { reason: 'Forbidden', message: 'no room', ...(details ? { details } : {}) } : undefined) });
  const sync = refused();
  expect(sync.events).toEqual([expect.stringMatching(/^Warning ReplicaSetCreateError: Failed to create new replica set "web-[a-z0-9]+": no room$/)]);
  expect([sync.progressing, sync.error]).toEqual([expect.stringMatching(/^False ReplicaSetCreateError: Failed to create new replica set "web-[a-z0-9]+": no room$/), expect.objectContaining({ message: 'no room' })]);
  const ending = refused({ causes: [{ reason: 'Other', message: '' }, { reason: 'NamespaceTerminating', message: '' }] });
  expect([ending.events, ending.error]).toEqual([[], undefined]);
});

test('old ReplicaSets beyond the limit go, the lowest revision first, but none that is in use', () => {
  const done = { observedGeneration: 1, replicas: 3, updatedReplicas: 3, availableReplicas: 3 };
  const sets = [set('c', 0, { revision: 3 }), set('a', 0, { revision: 1 }), set('b', 0, { revision: 2 }), set('new', 3, { revision: 9 })];
  const gone = (spec: object, all = sets, status: object = done) => synced(deployment(spec, status), all).deleted.join(' ');
  expect([gone({ revisionHistoryLimit: 1 }), gone({ revisionHistoryLimit: 0 }), gone({}), gone({ revisionHistoryLimit: 1 }, sets, {})]).toEqual(['a b', 'a b c', '', '']);
  const ten = [...Array.from({ length: 11 }, (_, i) => set(`s${i}`, 0, { revision: i + 1 })), sets[3]!];
  expect([gone({}, ten), gone({ paused: true, revisionHistoryLimit: 2 })]).toEqual(['s0', 'a']);
  const busy = [set('a', 0, { revision: 1, status: { replicas: 1 } }), set('b', 0, { revision: 2, metadata: { generation: 2 } }), set('c', 0, { revision: 3, metadata: { deletionTimestamp: at(0) } }), sets[3]!];
  expect(gone({ revisionHistoryLimit: 0 }, busy)).toBe('');
});

test('it comes again a second after the deadline', () => {
  const waits = (spec: object, status: object) => synced(deployment(spec, status, numbered), [set('new', 3, { revision: 2, ready: 1 })]).waits;
  const stuck = { replicas: 3, updatedReplicas: 3, readyReplicas: 1, availableReplicas: 1 };
  expect([waits({}, { ...stuck, ...known }), waits({ progressDeadlineSeconds: undefined }, stuck), waits({ progressDeadlineSeconds: 5 }, { ...stuck, ...known })]).toEqual([[592_000], [], []]);
});

test('a selector of nothing is told of', () => {
  const sync = synced(deployment({ selector: {} }), []);
  expect([sync.events, sync.created]).toEqual([['Warning SelectingAll: This deployment is selecting all pods. A non-empty selector is required.'], []]);
});
