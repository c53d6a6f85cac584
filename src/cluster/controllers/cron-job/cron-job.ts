/** CronJob: a Job at each time of a schedule (cronjob_controllerv2.go). */
import { parseSchedule, ScheduleError } from '../../api/cron-schedule.ts';
import { timestamp } from '../../api/duration.ts';
import type { CronJob, Draft, Job } from '../../api/types.ts';
import { cronJobs, jobs } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { type Controller, controllerOf, controllerReference, keyOf, unlessGone } from '../controller.ts';
import { canonical } from '../template-hash.ts';
import { due, isTimeZone, wakeMs } from './due.ts';

const NEXT_SCHEDULE_DELTA_MS = 100; // nextScheduleDelta

type Status = CronJob['status'];
type Reference = NonNullable<Status['active']>[number];

export const cronJobController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(cronJobs);
  const allJobs = context.informer(jobs);
  const recorder = context.recorder('cronjob-controller');
  allJobs.indexBy('controller', (job) => [controllerOf(job)?.uid ?? '']);
  const queue = context.queue('cronjob', reconcile);

  all.onChange((now, old) => {
    if (now && (!old || old.spec !== now.spec)) queue.add(keyOf(now));
  });
  allJobs.onChange((now, old) => {
    const job = (now ?? old)!;
    const owner = controllerOf(job);
    if (owner?.kind === 'CronJob') queue.add(`${job.metadata.namespace}/${owner.name}`);
  });

  function reconcile(key: string): void {
    const known = all.get(key);
    if (!known) return;
    const own = allJobs.byIndex('controller', known.metadata.uid);
    // A Job that it does not list may be one that it has just written.
    const isKnown = own.every((job) => finishOf(job) || known.status.active?.some(({ uid }) => uid === job.metadata.uid));
    const cronJob = isKnown ? known : (client.get(cronJobs, known.metadata.name, known.metadata.namespace) ?? known);
    cleanUp(cronJob, own);
    const stored = write(cronJob, withoutFinished(cronJob, own));
    if (!cronJob.metadata.deletionTimestamp && !cronJob.spec.suspend) run(stored);
  }

  function write(cronJob: CronJob, status: Status): CronJob {
    return canonical(status) === canonical(cronJob.status) ? cronJob : client.updateStatus(cronJobs, { ...cronJob, status });
  }

  /** The list of active Jobs without those that are over or gone. */
  function withoutFinished(cronJob: CronJob, own: readonly Job[]): Status {
    let { lastSuccessfulTime } = cronJob.status;
    let active = cronJob.status.active ?? [];
    for (const job of own) {
      const end = finishOf(job);
      const isListed = active.some(({ uid }) => uid === job.metadata.uid);
      if (!isListed && !end && !job.metadata.deletionTimestamp) recorder.event(cronJob, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
      if (isListed && end) {
        active = active.filter(({ uid }) => uid !== job.metadata.uid);
        recorder.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${end}`);
      }
      const { completionTime } = job.status;
      if (end === 'Complete' && completionTime && (!lastSuccessfulTime || Date.parse(String(completionTime)) > Date.parse(String(lastSuccessfulTime)))) lastSuccessfulTime = completionTime;
    }
    for (const { uid, name } of active) {
      if (own.some((job) => job.metadata.uid === uid) || client.get(jobs, name ?? '', cronJob.metadata.namespace)) continue;
      active = active.filter((other) => other.uid !== uid);
      recorder.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
    }
    return statusOf(cronJob.status, active, { lastSuccessfulTime });
  }

  /** Deletes the oldest of the finished Jobs beyond the limits. */
  function cleanUp(cronJob: CronJob, own: readonly Job[]): void {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cronJob.spec;
    for (const [end, limit] of [['Complete', successfulJobsHistoryLimit], ['Failed', failedJobsHistoryLimit]] as const) {
      const finished = own.filter((job) => finishOf(job) === end && !job.metadata.deletionTimestamp).sort((a, b) => startMs(a) - startMs(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) remove(cronJob, job.metadata.name);
    }
  }

  function remove(cronJob: CronJob, name: string): void {
    unlessGone(() => client.delete(jobs, name, cronJob.metadata.namespace, { propagationPolicy: 'Background' }));
    recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  function run(cronJob: CronJob): void {
    const nowMs = world.clock.now();
    const schedule = scheduleOf(cronJob);
    if (!schedule) return;
    const nextMs = wakeMs(cronJob, schedule, nowMs);
    if (nextMs !== undefined) queue.addAfter(keyOf(cronJob), nextMs - nowMs + NEXT_SCHEDULE_DELTA_MS);
    const { lastMs, isTooMany } = due(cronJob, schedule, nowMs);
    if (isTooMany) recorder.event(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
    if (lastMs === undefined) return;
    const deadlineSeconds = cronJob.spec.startingDeadlineSeconds;
    if (deadlineSeconds !== undefined && lastMs + deadlineSeconds * 1000 < nowMs) {
      return recorder.event(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(lastMs)}`);
    }
    start(cronJob, lastMs);
  }

  function scheduleOf(cronJob: CronJob): ReturnType<typeof parseSchedule> | undefined {
    const { schedule, timeZone } = cronJob.spec;
    try {
      const parsed = parseSchedule(schedule);
      if (timeZone === undefined || isTimeZone(timeZone)) return parsed;
      recorder.event(cronJob, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`);
      return undefined;
    } catch (error) {
      if (!(error instanceof ScheduleError)) throw error;
      recorder.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${error.message}`);
      return undefined;
    }
  }

  function start(cronJob: CronJob, atMs: number): void {
    const { concurrencyPolicy } = cronJob.spec;
    const active = cronJob.status.active ?? [];
    const draft = jobFor(cronJob, atMs);
    if (active.some(({ name }) => name === draft.metadata.name)) return;
    if (concurrencyPolicy === 'Forbid' && active.length > 0) {
      return recorder.event(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
    }
    if (concurrencyPolicy === 'Replace') for (const { name = '' } of active) if (client.get(jobs, name, cronJob.metadata.namespace)) remove(cronJob, name);
    const others = concurrencyPolicy === 'Replace' ? [] : active;
    const job = create(cronJob, draft);
    if (!job) return;
    const { name, namespace, uid, resourceVersion } = job.metadata;
    const reference: Reference = { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, resourceVersion };
    write(cronJob, statusOf(cronJob.status, [...others, reference], { lastScheduleTime: timestamp(atMs) }));
  }

  /** Throws ApiError. */
  function create(cronJob: CronJob, draft: Draft<Job>): Job | undefined {
    const { name = '', namespace } = draft.metadata;
    try {
      const job = client.create(jobs, draft);
      recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
      return job;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating')) throw error;
      // Made by an attempt that came no further, or by somebody who will see to it.
      const there = error.reason === 'AlreadyExists' ? client.get(jobs, name, namespace) : undefined;
      if (there) return controllerOf(there)?.uid === cronJob.metadata.uid ? there : undefined;
      recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`);
      throw error;
    }
  }

  return { stop: () => queue.stop() };
};

/** The Job of one run, named after its minute. */
function jobFor(cronJob: CronJob, atMs: number): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  const annotations = { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(atMs) };
  return {
    apiVersion: 'batch/v1', kind: 'Job',
    metadata: { name: `${cronJob.metadata.name}-${Math.floor(atMs / 60_000)}`, namespace: cronJob.metadata.namespace, labels: metadata?.labels, annotations, ownerReferences: [controllerReference(cronJob)] },
    spec: spec!,
  };
}

function statusOf(before: Status, active: readonly Reference[], change: Partial<Status>): Status {
  const { active: _, ...rest } = before;
  const known = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...rest, ...known, ...(active.length > 0 ? { active: [...active] } : {}) };
}

function finishOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  return (['Complete', 'Failed'] as const).find((type) => status.conditions?.some((condition) => condition.type === type && condition.status === 'True'));
}

function startMs({ status, metadata }: Job): number {
  return Date.parse(String(status.startTime ?? metadata.creationTimestamp));
}

/** `Mon, 05 Jan 2026 09:00:00 +0000` */
function rfc1123(ms: number): string {
  return new Date(ms).toUTCString().replace('GMT', '+0000');
}
