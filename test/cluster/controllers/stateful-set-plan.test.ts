/** What a StatefulSet does next, what its status says, and what makes its Pods individuals. */
import { expect, test } from 'vitest';
import type { Pod, StatefulSet } from '../../../src/cluster/api/types.ts';
import { claimsOf, hasIdentity, identityLabels, ordinalOf, ordinalsOf, podOf } from '../../../src/cluster/controllers/stateful-set/identity.ts';
import { statefulSetController } from '../../../src/cluster/controllers/stateful-set/stateful-set.ts';
import { nextSteps, statusOf, type View } from '../../../src/cluster/controllers/stateful-set/plan.ts';
import { at, made, NOW, pod, type PodPart } from './builders.ts';
import { OneSync } from './one-sync.ts';

type SetPart = { replicas?: number; start?: number; parallel?: boolean; rolling?: object | false; minReadySeconds?: number; leaving?: boolean; spec?: object; status?: object };

function set({ replicas = 3, start, parallel, rolling = {}, minReadySeconds, leaving, spec, status }: SetPart = {}): StatefulSet {
  const updateStrategy = rolling ? { type: 'RollingUpdate', rollingUpdate: rolling } : { type: 'OnDelete' };
  return made('StatefulSet', 'db', { replicas, minReadySeconds, updateStrategy, ...(start === undefined ? {} : { ordinals: { start } }), ...(parallel ? { podManagementPolicy: 'Parallel' } : {}), ...spec }, { status, metadata: leaving ? { deletionTimestamp: at(0) } : {} });
}

/**
 * Pods written `0 1old 2unready 3leaving 4failed`: `old` has the revision before, `fresh` has been ready for 5 seconds only.
 */
function members(text: string): Pod[] {
  return text.split(' ').filter(Boolean).map((word) => {
    const [, ordinal, what = ''] = /^(\d+)(.*)$/.exec(word)!;
    const part: PodPart = { labels: { 'controller-revision-hash': what.includes('old') ? 'r1' : 'r2' }, readyS: 60 };
    if (what.includes('unready')) part.readyS = undefined;
    if (what.includes('fresh')) part.readyS = 5;
    if (what.includes('pending')) part.phase = 'Pending';
    if (what.includes('failed')) part.phase = 'Failed';
    if (what.includes('succeeded')) part.phase = 'Succeeded';
    if (what.includes('leaving')) part.leaving = true;
    return pod(`db-${ordinal}`, part);
  });
}

function view(given: StatefulSet, text: string, rest: Partial<View> = {}): View {
  return { set: given, pods: members(text), currentRevision: 'r1', updateRevision: 'r2', nowMs: NOW, ...rest };
}

const steps = (given: View) => nextSteps(given).map((step) => (step.do === 'create' ? `+${step.ordinal}${step.revision === 'current' ? 'old' : ''}` : step.do === 'delete' ? `-${step.pod.metadata.name.slice(3)}${step.because ?? ''}` : '?')).join(' ');

test.each<[string, SetPart, string, string]>([
  ['the first', {}, '', '+0'],
  ['the next', {}, '0', '+1'],
  ['not while one is unready', {}, '0unready', ''],
  ['not while one is pending', {}, '0pending', ''],
  ['not while one leaves', {}, '0leaving', ''],
  ['not before it was ready for long enough', { minReadySeconds: 10 }, '0fresh', ''],
  ['then it is', { minReadySeconds: 5 }, '0fresh', '+1'],
  ['a gap below', {}, '1 2', '+0'],
  ['from another start', { start: 5 }, '5', '+6'],
  ['all at once', { parallel: true }, '', '+0 +1 +2'],
  ['what is missing at once', { parallel: true }, '1unready', '+0 +2'],
  ['one by default', { spec: { replicas: undefined } }, '', '+0'],
  ['nobody any more', { leaving: true }, '', ''],
  ['a failed one goes first', {}, '0 1failed', '-1failed'],
  ['a succeeded one as well', {}, '0succeeded', '-0succeeded'],
  ['a failed one that leaves is waited for', {}, '0failedleaving', ''],
  ['a failed one holds up nobody who waits for nobody', { parallel: true }, '0failed', '-0failed +1 +2'],
  ['but what is to go', { parallel: true, replicas: 2 }, '0failed 1 2', '-0failed'],
])('filling: %s', (_, given, text, expected) => expect(steps(view(set({ rolling: false, ...given }), text))).toBe(expected));

test.each<[string, SetPart, string, string]>([
  ['from the top', { replicas: 1 }, '0 1 2', '-2'],
  ['below the start at last', { replicas: 1, start: 1 }, '0 1 2', '-2'],
  ['below the start', { replicas: 1, start: 1 }, '0 1', '-0'],
  ['not while one leaves', { replicas: 1 }, '0 1 2leaving', ''],
  ['not past one that is unready', { replicas: 1 }, '0unready 1 2', ''],
  ['the unready one itself', { replicas: 1 }, '0 1 2unready', '-2'],
  ['not while one below is unready, if the top is too', { replicas: 1 }, '0 1unready 2unready', ''],
  ['a healthy one above an unready one', { replicas: 1 }, '0 1unready 2', '-2'],
  ['not while it was not ready for long', { replicas: 1, minReadySeconds: 10 }, '0 1 2fresh', ''],
  ['all at once, but those that leave', { replicas: 1, parallel: true }, '0 1 2leaving 3unready', '-3 -1'],
  ['nothing to go', { replicas: 3 }, '0 1 2', ''],
])('shrinking: %s', (_, given, text, expected) => expect(steps(view(set({ rolling: false, ...given }), text))).toBe(expected));

test.each<[string, SetPart, string, string]>([
  ['the highest old one', {}, '0old 1old 2old', '-2'],
  ['the next', {}, '0old 1old 2', '-1'],
  ['the last', {}, '0old 1 2', '-0'],
  ['none', {}, '0 1 2', ''],
  ['not while the one above is unready', { parallel: true }, '0old 1old 2unready', ''],
  ['not while the one above is not available', { parallel: true, minReadySeconds: 10 }, '0old 1old 2fresh', ''],
  ['not while it leaves', { parallel: true }, '0old 1old 2oldleaving', ''],
  ['an unready old one, too', { parallel: true }, '0old 1oldunready 2', '-1'],
  ['down to the partition', { rolling: { partition: 2 } }, '0old 1old 2', ''],
  ['at the partition', { rolling: { partition: 1 } }, '0old 1old 2', '-1'],
  ['OnDelete', { rolling: false }, '0old 1old 2old', ''],
  ['one by one whatever maxUnavailable says', { rolling: { maxUnavailable: 2 } }, '0old 1old 2old', '-2'],
  ['what goes goes together with an old one where nobody waits', { parallel: true, replicas: 2 }, '0old 1old 2', '-2 -1'],
])('rolling: %s', (_, given, text, expected) => expect(steps(view(set(given), text))).toBe(expected));

test.each<[string, SetPart, string, string]>([
  ['two', { rolling: { maxUnavailable: 2 } }, '0old 1old 2old', '-2 -1'],
  ['one is down already', { rolling: { maxUnavailable: 2 }, parallel: true }, '0old 1old 2unready', '-1'],
  ['both are down already', { rolling: { maxUnavailable: 2 }, parallel: true }, '0old 1unready 2unready', ''],
  ['more are down', { rolling: { maxUnavailable: 1 }, parallel: true }, '0old 1unready 2unready', ''],
  ['one is not available yet', { rolling: { maxUnavailable: 2 }, parallel: true, minReadySeconds: 10 }, '0old 1old 2fresh', '-1'],
  ['of a part, rounded down', { rolling: { maxUnavailable: '67%' } }, '0old 1old 2old', '-2 -1'],
  ['at least one', { rolling: { maxUnavailable: '10%' } }, '0old 1old 2old', '-2'],
  ['down to the partition', { rolling: { maxUnavailable: 3, partition: 1 } }, '0old 1old 2old', '-2 -1'],
  ['without a number one by one', {}, '0old 1old 2old', '-2'],
  ['not OnDelete', { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { maxUnavailable: 2 } } } }, '0old 1old 2old', ''],
])('rolling many: %s', (_, given, text, expected) => expect(steps(view(set(given), text, { updatesMany: true }))).toBe(expected));

test.each<[string, SetPart, string, Partial<View>, string]>([
  ['the old revision below the partition', { rolling: { partition: 2 }, parallel: true }, '', {}, '+0old +1old +2'],
  ['counted from the start', { rolling: { partition: 1 }, start: 3, parallel: true }, '', {}, '+3old +4 +5'],
  ['no partition', { parallel: true }, '', {}, '+0 +1 +2'],
  ['no old revision', { rolling: { partition: 2 }, parallel: true }, '', { currentRevision: 'r2' }, '+0 +1 +2'],
  ['OnDelete has the new one', { rolling: false, parallel: true }, '', {}, '+0 +1 +2'],
])('revisions: %s', (_, given, text, rest, expected) => expect(steps(view(set(given), text, rest))).toBe(expected));

test.each<[string, SetPart, string, object]>([
  ['in the middle', { minReadySeconds: 10 }, '0old 1fresh 2unready', { replicas: 3, readyReplicas: 2, currentReplicas: 1, updatedReplicas: 2, availableReplicas: 1, currentRevision: 'r1' }],
  ['all done', {}, '0 1 2', { replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, availableReplicas: 3, currentRevision: 'r2' }],
  ['not all ready', {}, '0 1 2unready', { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2, currentRevision: 'r1' }],
  ['one leaves', {}, '0 1 2leaving', { replicas: 3, readyReplicas: 3, updatedReplicas: 2, availableReplicas: 3, currentRevision: 'r1' }],
  ['one pending', {}, '0 1 2pending', { replicas: 3, readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2, currentRevision: 'r1' }],
  ['OnDelete keeps its revision', { rolling: false }, '0 1 2', { replicas: 3, readyReplicas: 3, updatedReplicas: 3, availableReplicas: 3, currentRevision: 'r1' }],
  ['nobody', { status: { collisionCount: 2 } }, '', { replicas: 0, availableReplicas: 0, currentRevision: 'r2', collisionCount: 2 }],
])('the status: %s', (_, given, text, expected) => {
  expect(statusOf(view(set(given), text))).toEqual({ observedGeneration: 1, updateRevision: 'r2', collisionCount: 0, ...expected });
});

test.each([['db-0', 0], ['db-12', 12], ['db-01', undefined], ['db', undefined], ['db-x', undefined], ['db-a-1', undefined], ['xdb-1', undefined]])('the ordinal of %s is %s', (name, expected) => {
  expect(ordinalOf(set(), pod(name))).toBe(expected);
});

test('a Pod of the set: its names, labels and claims, which go before a volume of the same name', () => {
  const claims = { volumeClaimTemplates: [{ metadata: { name: 'data', labels: { size: 'big' }, annotations: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } }, { metadata: { name: 'logs' } }] };
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [], volumes: [{ name: 'data', emptyDir: {} }, { name: 'tmp', emptyDir: {} }] } };
  const given = set({ spec: { serviceName: 'heads', selector: { matchLabels: { app: 'web' } }, template, ...claims } });
  const draft = podOf(given, 4, 'r9');
  expect(draft.metadata).toMatchObject({ name: 'db-4', labels: { app: 'web', 'statefulset.kubernetes.io/pod-name': 'db-4', 'apps.kubernetes.io/pod-index': '4', 'controller-revision-hash': 'r9' } });
  expect(draft.spec).toEqual({
    containers: [], hostname: 'db-4', subdomain: 'heads',
    volumes: [...['data', 'logs'].map((name) => ({ name, persistentVolumeClaim: { claimName: `${name}-db-4`, readOnly: false } })), { name: 'tmp', emptyDir: {} }],
  });
  expect(claimsOf(given, 4).map(({ draft: claim }) => claim)).toEqual([
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-db-4', namespace: 'default', labels: { size: 'big', app: 'web' }, annotations: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } },
    { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'logs-db-4', namespace: 'default', labels: { app: 'web' } }, spec: {} },
  ]);
  expect(claimsOf(given, 4)[1]!.draft.metadata).not.toHaveProperty('annotations');
  const plain = podOf(set({ spec: { selector: {}, template: { spec: { containers: [] } } } }), 0, 'r1');
  expect(Object.keys(plain.spec)).toEqual(['containers', 'hostname']);
  expect([ordinalsOf(set({ start: 2 })), ordinalsOf(set({ spec: { replicas: undefined } }))]).toEqual([{ start: 2, end: 5 }, { start: 0, end: 1 }]);
});

test('its identity is its name and number', () => {
  const labels = identityLabels(set(), pod('db-3'));
  expect(labels).toEqual({ 'statefulset.kubernetes.io/pod-name': 'db-3', 'apps.kubernetes.io/pod-index': '3' });
  const is = (own: Record<string, string>) => hasIdentity(set(), pod('db-3', { labels: own }));
  expect([is(labels), is({ ...labels, 'apps.kubernetes.io/pod-index': '4' }), is({ ...labels, 'statefulset.kubernetes.io/pod-name': 'db-4' }), is({})]).toEqual([true, false, false, false]);
});

const WHOLE = { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } };

function synced(given: StatefulSet, pods: readonly Pod[], { refuse, claims = [] }: { refuse?: OneSync['refuse']; claims?: object[] } = {}) {
  const sync = new OneSync(statefulSetController, NOW);
  for (const [plural, objects] of Object.entries({ statefulsets: [given], pods, controllerrevisions: [], persistentvolumeclaims: claims })) sync.given(plural, objects as Pod[]);
  sync.refuse = refuse;
  const error = sync.sync('default/db');
  return Object.assign(sync, { error, names: sync.created.filter(({ kind }) => kind !== 'ControllerRevision').map(({ metadata }) => metadata.name), status: sync.statuses.get('db')?.status as StatefulSet['status'] | undefined });
}

/** The Pods of a set with its labels, and those of their identity. */
const owned = (...names: string[]) => names.map((name) => pod(name, { readyS: 60, labels: { app: 'web', ...identityLabels(set(), pod(name)) } }));

test('a turn makes the revision, the claims and the Pod, and tells of them', () => {
  const claims = { volumeClaimTemplates: [{ metadata: { name: 'data' } }, { metadata: { name: 'logs' } }] };
  const sync = synced(set({ spec: { ...WHOLE, ...claims } }), [], { claims: [made('PersistentVolumeClaim', 'logs-db-0', {})] });
  expect([sync.names, sync.events]).toEqual([['data-db-0', 'db-0'], ['Normal SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success', 'Normal SuccessfulCreate: Create Pod db-0 in StatefulSet db successful']]);
  const waiting = synced(set({ spec: { ...WHOLE, ...claims } }), [], { claims: [made('PersistentVolumeClaim', 'data-db-0', {}, { metadata: { deletionTimestamp: at(0) } })] });
  expect([waiting.names, waiting.waits, waiting.status?.replicas]).toEqual([[], [1000], 0]);
});

test.each([['Invalid', ['Warning FailedCreate: Create Pod db-0 in StatefulSet db failed error: no']], ['AlreadyExists', []]])('a Pod that is refused as %s', (reason, events) => {
  let count = 0;
  const sync = synced(set({ spec: WHOLE }), [], { refuse: (verb) => (verb === 'create' && count++ > 0 ? { message: 'no', reason } : undefined) });
  expect([sync.events, sync.error, sync.status?.replicas]).toEqual([events, expect.objectContaining({ message: 'no' }), 0]);
});

test.each([['Invalid', 2, ['Warning FailedCreate: Create Claim data-db-0 for Pod db-0 in StatefulSet db failed error: no']], ['AlreadyExists', 3, ['Normal SuccessfulCreate: Create Pod db-0 in StatefulSet db successful']]])('a claim that is refused as %s', (reason, attempts, events) => {
  let count = 0;
  const sync = synced(set({ spec: { ...WHOLE, volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }), [], { refuse: (verb) => (verb === 'create' && count++ === 1 ? { message: 'no', reason } : undefined) });
  expect([sync.attempts, sync.events]).toEqual([attempts, events]);
});

test('what goes is told of, with the reason where a Pod has ended', () => {
  const rest = { spec: WHOLE };
  const over = (phase: string) => owned('db-0').map((each): Pod => ({ ...each, status: { ...each.status, phase } }));
  expect(synced(set({ ...rest, replicas: 0 }), owned('db-0')).events).toEqual(['Normal SuccessfulDelete: Delete Pod db-0 in StatefulSet db successful']);
  expect(synced(set(rest), over('Failed')).events[0]).toBe('Warning RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0');
  expect(synced(set(rest), over('Succeeded')).events[0]).toBe('Normal RecreatingTerminatedPod: StatefulSet default/db is recreating terminated Pod db-0');
});

test('labels that were taken from a Pod come back; Pods of other names are let go', () => {
  const [kept] = owned('db-0');
  expect(synced(set({ spec: WHOLE, replicas: 1 }), [kept!]).patched).toEqual([]);
  expect(synced(set({ spec: WHOLE, replicas: 1 }), [pod('db-0', { readyS: 60 }), pod('web-1')]).patched).toEqual(['web-1', 'db-0']);
});

test('a status that stays the same is not written; it comes again when a Pod is to be available', () => {
  const given = (status: object) => synced(set({ spec: WHOLE, replicas: 0, rolling: false, status }), []);
  const first = given({});
  expect(first.status).toMatchObject({ replicas: 0, availableReplicas: 0 });
  expect(given(first.status!).status).toBeUndefined();
  expect(synced(set({ spec: WHOLE, replicas: 1, minReadySeconds: 100 }), owned('db-0')).waits).toEqual([40_000]);
});
