/** The status of a Job as its Pods and the verdict make it (job_controller.go: enactJobFinished, updateStatus). */
import { timestamp } from '../../api/duration.ts';
import type { Job } from '../../api/types.ts';
import { formatIndexes, isIndexed } from './indexes.ts';
import type { Tally } from './tally.ts';
import { conditionOf, PRECURSOR, type Verdict } from './verdict.ts';

type Condition = NonNullable<Job['status']['conditions']>[number];

/** The status with what runs now; counters of what has ended stay as they are. */
export function currentStatus(job: Job, { ready, terminating, failedIndexes }: Tally, active: number, nowMs: number): Job['status'] {
  const { active: _, startTime, ...rest } = job.status;
  const started = job.spec.suspend ? undefined : startTime ?? timestamp(nowMs);
  return {
    ...rest, ...(active > 0 ? { active } : {}), ...(started ? { startTime: started } : {}), ready: Math.min(ready, active), terminating,
    uncountedTerminatedPods: rest.uncountedTerminatedPods ?? {}, ...(failedIndexes ? { failedIndexes: formatIndexes(failedIndexes) } : {}),
  };
}

/** With the Suspended condition as the spec has it. */
export function withSuspension(job: Job, status: Job['status'], nowMs: number): { status: Job['status']; changed?: 'Suspended' | 'Resumed' } {
  const before = status.conditions?.find(({ type }) => type === 'Suspended');
  const isSuspended = job.spec.suspend === true;
  if ((before?.status === 'True') === isSuspended) return { status };
  const changed = isSuspended ? 'Suspended' : 'Resumed';
  const next = condition('Suspended', `Job${changed}`, `Job ${changed.toLowerCase()}`, nowMs, isSuspended ? 'True' : 'False');
  const { startTime: _, ...rest } = status;
  return { status: { ...rest, ...(isSuspended ? {} : { startTime: timestamp(nowMs) }), conditions: [...(status.conditions ?? []).filter(({ type }) => type !== 'Suspended'), next] }, changed };
}

/** With the counters raised by what has ended, and nothing uncounted any more. */
export function withCounts(job: Job, status: Job['status'], { uncounted, newlySucceeded, countedFailures, succeededIndexes }: Tally): Job['status'] {
  const failed = (job.status.failed ?? 0) + new Set([...uncounted.failed, ...countedFailures.map(({ metadata }) => metadata.uid)]).size;
  const succeeded = isIndexed(job) ? succeededIndexes.size : (job.status.succeeded ?? 0) + new Set([...uncounted.succeeded, ...newlySucceeded.map(({ metadata }) => metadata.uid)]).size;
  return {
    ...status, uncountedTerminatedPods: {}, ...(failed > 0 ? { failed } : {}), ...(succeeded > 0 ? { succeeded } : {}),
    ...(isIndexed(job) && succeededIndexes.size > 0 ? { completedIndexes: formatIndexes(succeededIndexes) } : {}),
  };
}

/** With the first condition of a verdict, and the last one too once no Pod is left. */
export function withVerdict(job: Job, status: Job['status'], verdict: Verdict, isEmpty: boolean, nowMs: number): Job['status'] {
  const { type, reason, message } = verdict;
  const added: Condition[] = conditionOf(job, PRECURSOR[type]) ? [] : [condition(PRECURSOR[type], reason, message, nowMs)];
  if (isEmpty) added.push(condition(type, reason, message, nowMs));
  const completionTime = isEmpty && type === 'Complete' ? { completionTime: timestamp(nowMs) } : {};
  return { ...status, conditions: [...(status.conditions ?? []), ...added], ...completionTime };
}

function condition(type: string, reason: string, message: string, nowMs: number, status = 'True'): Condition {
  const now = timestamp(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}
