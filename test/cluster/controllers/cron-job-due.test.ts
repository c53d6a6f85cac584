/** When a CronJob is due, and the words of its turns. */
import { expect, test } from 'vitest';
import { parseSchedule } from '../../../src/cluster/api/cron-schedule.ts';
import type { CronJob, Job } from '../../../src/cluster/api/types.ts';
import { cronJobController } from '../../../src/cluster/controllers/cron-job/cron-job.ts';
import { due, isTimeZone, nextIn, wakeMs } from '../../../src/cluster/controllers/cron-job/due.ts';
import { at, made, NOW } from './builders.ts';
import { OneSync } from './one-sync.ts';

const MINUTE = 60;
function cronJob(spec: object, { madeS = 3600, lastS, status = {}, metadata = {} }: { madeS?: number; lastS?: number; status?: object; metadata?: object } = {}): CronJob {
  return made('CronJob', 'tick', { schedule: '*/10 * * * *', jobTemplate: { spec: { template: {} } }, ...spec }, { metadata: { creationTimestamp: at(-madeS), ...metadata }, status: { ...(lastS === undefined ? {} : { lastScheduleTime: at(-lastS) }), ...status } });
}

/** It is noon, a time of the schedule. */
test.each<[string, CronJob, number, object]>([
  ['at the very time', cronJob({}, { lastS: 10 * MINUTE }), 0, { lastMs: 0, missed: 0, isTooMany: false }],
  ['a moment before', cronJob({}, { lastS: 10 * MINUTE }), -1, { lastMs: undefined, missed: 0, isTooMany: false }],
  ['a moment before the next', cronJob({}, { lastS: 10 * MINUTE }), 10 * MINUTE - 1, { lastMs: 0, missed: 0 }],
  ['one missed', cronJob({}, { lastS: 20 * MINUTE }), 0, { lastMs: 0, missed: 2, isTooMany: false }],
  ['since it was made', cronJob({}, { madeS: 10 * MINUTE }), 5, { lastMs: 0, missed: 0 }],
  ['made just now', cronJob({}, { madeS: 0 }), 5, { lastMs: undefined }],
  ['a hundred missed', cronJob({}, { lastS: 1000 * MINUTE }), 0, { lastMs: 0, missed: 100, isTooMany: false }],
  ['a hundred and one', cronJob({}, { lastS: 1010 * MINUTE }), 0, { lastMs: 0, missed: 101, isTooMany: true }],
  ['as far back as the deadline', cronJob({ startingDeadlineSeconds: 600 }, { lastS: 5000 * MINUTE }), 1, { lastMs: 0, missed: 0, isTooMany: false }],
  ['and a moment less', cronJob({ startingDeadlineSeconds: 3 }, { lastS: 20 * MINUTE }), 3, { lastMs: undefined }],
])('due: %s', (_, given, seconds, expected) => {
  const { lastMs, missed, isTooMany } = due(given, parseSchedule(given.spec.schedule), NOW + seconds * 1000);
  expect({ lastMs: lastMs === undefined ? undefined : (lastMs - NOW) / 1000, missed, isTooMany }).toMatchObject(expected);
});

test('it wakes at the next time, whatever the deadline', () => {
  const wake = (given: CronJob, seconds = 0) => (wakeMs(given, parseSchedule(given.spec.schedule), NOW + seconds * 1000)! - NOW) / 1000 / MINUTE;
  expect([wake(cronJob({}, { lastS: 10 * MINUTE })), wake(cronJob({}, { madeS: 0 })), wake(cronJob({}, { lastS: 50 * MINUTE }), 90), wake(cronJob({ startingDeadlineSeconds: 1 }, { lastS: 50 * MINUTE }), 90)]).toEqual([10, 10, 10, 10]);
});

test('times are by the clock of a zone, across its changes', () => {
  const next = (schedule: string, after: string, zone?: string) => new Date(nextIn(parseSchedule(schedule), Date.parse(after), zone)!).toISOString().slice(0, 16);
  expect(next('30 9 * * *', '2026-01-01T00:00:00Z')).toBe('2026-01-01T09:30');
  expect(next('30 9 * * *', '2026-01-01T00:00:00Z', 'Asia/Kolkata')).toBe('2026-01-01T04:00');
  expect(next('30 9 * * *', '2026-01-01T12:00:00Z', 'America/New_York')).toBe('2026-01-01T14:30');
  expect(next('0 12 * * *', '2026-03-28T20:00:00Z', 'Europe/Berlin')).toBe('2026-03-29T10:00'); // summer time since two
  expect(next('@every 1h', '2026-01-01T00:10:00Z', 'Asia/Kolkata')).toBe('2026-01-01T01:10');
  expect(['Europe/Berlin', 'UTC', 'Europe/Nowhere', 'x'].map(isTimeZone)).toEqual([true, true, false, false]);
  expect(nextIn(parseSchedule('0 0 30 2 *'), NOW, 'Asia/Kolkata')).toBeUndefined();
});

function job(name: string, { done, startS = 100, uid = name, leaving = false, endS = 50 }: { done?: string; startS?: number; uid?: string; leaving?: boolean; endS?: number } = {}): Job {
  const status = { startTime: at(-startS), ...(done ? { conditions: [{ type: done, status: 'True' }] } : {}), ...(done === 'Complete' ? { completionTime: at(-endS) } : {}) };
  return made('Job', name, {}, { status, metadata: { uid, ownerReferences: [{ kind: 'CronJob', name: 'tick', uid: 'o', controller: true }], ...(leaving ? { deletionTimestamp: at(0) } : {}) } });
}

function synced(given: CronJob, jobs: readonly Job[] = [], { seconds = 0, refuse, hidden = [] }: { seconds?: number; refuse?: OneSync['refuse']; hidden?: Job[] } = {}) {
  const sync = new OneSync(cronJobController, NOW + seconds * 1000);
  sync.given('cronjobs', [given]);
  sync.given('jobs', jobs);
  sync.hidden.push(...hidden);
  sync.refuse = refuse;
  const error = sync.sync('default/tick');
  return Object.assign(sync, { error, status: sync.statuses.get('tick')?.status as CronJob['status'] | undefined });
}

const MINUTES = NOW / 60_000;
const listed = (...names: string[]) => ({ active: names.map((name) => ({ kind: 'Job', name, uid: name })) });
const lately = { lastS: 10 * MINUTE };

test('a run makes a Job named after its minute, and is written down', () => {
  const sync = synced(cronJob({ jobTemplate: { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } }, spec: { parallelism: 2 } } }, lately), [], { seconds: 5 });
  expect(sync.created).toMatchObject([{ metadata: { name: `tick-${MINUTES}`, namespace: 'default', labels: { a: 'b' }, annotations: { c: 'd', 'batch.kubernetes.io/cronjob-scheduled-timestamp': at(0) } }, spec: { parallelism: 2 } }]);
  expect(sync.status).toEqual({ lastScheduleTime: at(0), active: [{ apiVersion: 'batch/v1', kind: 'Job', namespace: 'default', name: `tick-${MINUTES}`, uid: 'made-0', resourceVersion: undefined }] });
  expect([sync.events, sync.waits]).toEqual([[`Normal SuccessfulCreate: Created job tick-${MINUTES}`], [10 * MINUTE * 1000 - 5000 + 100]]);
});

test.each<[string, CronJob, { jobs?: Job[]; seconds?: number }, created: boolean, events: string[]]>([
  ['not yet', cronJob({}, lately), { seconds: -1 }, false, []],
  ['suspended', cronJob({ suspend: true }, lately), {}, false, []],
  ['on its way out', cronJob({}, { ...lately, metadata: { deletionTimestamp: at(0) } }), {}, false, []],
  ['too late', cronJob({ startingDeadlineSeconds: 30 }, lately), { seconds: 31 }, false, []],
  ['just in time', cronJob({ startingDeadlineSeconds: 30 }, lately), { seconds: 29 }, true, [`Normal SuccessfulCreate: Created job tick-${MINUTES}`]],
  ['too many missed', cronJob({}, { lastS: 2000 * MINUTE }), {}, true, ['Warning TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew', `Normal SuccessfulCreate: Created job tick-${MINUTES}`]],
  ['a schedule of nonsense', cronJob({ schedule: 'never' }, lately), {}, false, [expect.stringMatching(/^Warning UnparseableSchedule: unparseable schedule: "never" : /) as unknown as string]],
  ['a zone of nonsense', cronJob({ timeZone: 'Nowhere' }, lately), {}, false, ['Warning UnknownTimeZone: invalid timeZone: "Nowhere": unknown time zone Nowhere']],
  ['Forbid', cronJob({ concurrencyPolicy: 'Forbid' }, { ...lately, status: listed('x') }), { jobs: [job('x')] }, false, ['Normal JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid']],
  ['Allow', cronJob({ concurrencyPolicy: 'Allow' }, { ...lately, status: listed('x') }), { jobs: [job('x')] }, true, [`Normal SuccessfulCreate: Created job tick-${MINUTES}`]],
  ['Replace', cronJob({ concurrencyPolicy: 'Replace' }, { ...lately, status: listed('x') }), { jobs: [job('x')] }, true, ['Normal SuccessfulDelete: Deleted job x', `Normal SuccessfulCreate: Created job tick-${MINUTES}`]],
  ['this very run is active', cronJob({}, { ...lately, status: listed(`tick-${MINUTES}`) }), { jobs: [job(`tick-${MINUTES}`)] }, false, []],
])('a turn: %s', (_, given, { jobs, seconds }, created, events) => {
  const sync = synced(given, jobs, { seconds });
  expect([sync.created.length > 0, sync.events]).toEqual([created, events]);
});

test('Replace lists the new Job only, Allow both', () => {
  const names = (concurrencyPolicy: string) => synced(cronJob({ concurrencyPolicy }, { ...lately, status: listed('x') }), [job('x')]).status?.active?.map(({ name }) => name);
  expect([names('Replace'), names('Allow')]).toEqual([[`tick-${MINUTES}`], ['x', `tick-${MINUTES}`]]);
});

test('Jobs that are over leave the list; those unknown or gone are told of', () => {
  const given = cronJob({ suspend: true }, { status: { ...listed('done', 'broken', 'gone', 'there'), lastSuccessfulTime: at(-60) } });
  const sync = synced(given, [job('done', { done: 'Complete' }), job('broken', { done: 'Failed' }), job('stranger'), job('leaving', { leaving: true }), job('earlier', { done: 'Complete', endS: 90 })], { hidden: [made('Job', 'there', {})] });
  expect(sync.events).toEqual(['Normal SawCompletedJob: Saw completed job: done, condition: Complete', 'Normal SawCompletedJob: Saw completed job: broken, condition: Failed', 'Warning UnexpectedJob: Saw a job that the controller did not create or forgot: stranger', 'Normal MissingJob: Active job went missing: gone']);
  expect(sync.status).toEqual({ lastSuccessfulTime: at(-50), active: [{ kind: 'Job', name: 'there', uid: 'there' }] });
  expect(synced(cronJob({ suspend: true }, { status: listed('x') }), [job('x')]).status).toBeUndefined();
});

test('the oldest finished Jobs beyond the limits go, each kind by its own', () => {
  const jobs = [...['a', 'b', 'c', 'd', 'e'].map((name, i) => job(name, { done: 'Complete', startS: [300, 100, 500, 500, 200][i]! })), job('f', { done: 'Failed' }), job('g', { done: 'Failed' }), job('h', { done: 'Complete', startS: 900, leaving: true })];
  const gone = (spec: object) => synced(cronJob({ suspend: true, ...spec }), jobs).deleted.join(' ');
  expect([gone({}), gone({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 2 }), gone({ successfulJobsHistoryLimit: 9, failedJobsHistoryLimit: 0 })]).toEqual(['c d f', 'c d a e b', 'f g']);
});

test('a Job that is there already is its own, or left to another; other refusals are told of', () => {
  const name = `tick-${MINUTES}`;
  const refuse = (reason: string, details?: object): OneSync['refuse'] => (verb) => (verb === 'create' ? { reason, message: 'no', ...(details ? { details } : {}) } : undefined);
  const own = synced(cronJob({}, lately), [], { refuse: refuse('AlreadyExists'), hidden: [job(name)] });
  expect([own.status?.active?.[0]?.name, own.error, own.events]).toEqual([name, undefined, []]);
  const strange = synced(cronJob({}, lately), [], { refuse: refuse('AlreadyExists'), hidden: [made('Job', name, {})] });
  expect([strange.status, strange.error]).toEqual([undefined, undefined]);
  const failed = synced(cronJob({}, lately), [], { refuse: refuse('Invalid') });
  expect([failed.events, failed.error]).toEqual([['Warning FailedCreate: Error creating job: no'], expect.objectContaining({ message: 'no' })]);
  const ending = synced(cronJob({}, lately), [], { refuse: refuse('Forbidden', { causes: [{ reason: 'Other', message: '' }, { reason: 'NamespaceTerminating', message: '' }] }) });
  expect([ending.events, ending.error]).toEqual([[], expect.objectContaining({ message: 'no' })]);
});
