/** The status of a Job as its Pods and the verdict make it (job_controller.go: enactJobFinished, updateStatus). */
import { timestamp } from '../../api/duration.ts';
import type { Job, Pod } from '../../api/types.ts';
import { isReady } from '../pods.ts';
import { formatIndexes, isIndexed } from './indexes.ts';
import type { Tally } from './tally.ts';
import { conditionOf, PRECURSOR, type Verdict } from './verdict.ts';

type Condition = NonNullable<Job['status']['conditions']>[number];

/** The status with what runs now; counters of what has ended stay as they are. */
export function currentStatus(job: Job, { active: were, terminating, failedIndexes }: Tally, { active, removed }: { active: number; removed: readonly Pod[] }, nowMs: number): Job['status'] {
  const { active: _, startTime, ...rest } = job.status;
  const started = job.spec.suspend ? undefined : startTime ?? timestamp(nowMs);
  return {
    ...rest, ...(active > 0 ? { active } : {}), ...(started ? { startTime: started } : {}), ready: were.filter((pod) => isReady(pod) && !removed.includes(pod)).length, terminating: terminating + removed.length,
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

/** The indexes that are done, with their number: in the status before their Pods lose their finalizers, as nothing else remembers them. */
export function completedIndexes(job: Job, { succeededIndexes }: Tally): Pick<Job['status'], 'completedIndexes' | 'succeeded'> {
  return isIndexed(job) && succeededIndexes.size > 0 ? { succeeded: succeededIndexes.size, completedIndexes: formatIndexes(succeededIndexes) } : {};
}

/** With the counters raised by what has ended (UIDs), and nothing uncounted any more. */
export function withCounts(job: Job, status: Job['status'], sums: Tally, ended: Record<'succeeded' | 'failed', readonly string[]>): Job['status'] {
  const failed = (job.status.failed ?? 0) + ended.failed.length;
  const succeeded = isIndexed(job) ? sums.succeededIndexes.size : (job.status.succeeded ?? 0) + ended.succeeded.length;
  return { ...status, uncountedTerminatedPods: {}, ...(failed > 0 ? { failed } : {}), ...(succeeded > 0 ? { succeeded } : {}), ...completedIndexes(job, sums) };
}

/** With the first condition of a verdict: what will become of the Job once its Pods have gone. */
export function withPrecursor(job: Job, status: Job['status'], { type, reason, message }: Verdict, nowMs: number): Job['status'] {
  return conditionOf(job, PRECURSOR[type]) ? status : withCondition(status, condition(PRECURSOR[type], reason, message, nowMs));
}

/** With the last condition of a verdict, once no Pod is left. */
export function withVerdict(status: Job['status'], { type, reason, message }: Verdict, nowMs: number): Job['status'] {
  return { ...withCondition(status, condition(type, reason, message, nowMs)), ...(type === 'Complete' ? { completionTime: timestamp(nowMs) } : {}) };
}

function withCondition(status: Job['status'], added: Condition): Job['status'] {
  return { ...status, conditions: [...(status.conditions ?? []), added] };
}

function condition(type: string, reason: string, message: string, nowMs: number, status = 'True'): Condition {
  const now = timestamp(nowMs);
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
}
