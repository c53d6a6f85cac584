/** Whether a Job is over, and why (job_controller.go). */
import type { Job, Pod } from '../../api/types.ts';
import { isIndexed } from './indexes.ts';
import { judgeFailure, successMessage } from './policies.ts';
import type { Tally } from './tally.ts';

export interface Verdict { readonly type: 'Complete' | 'Failed'; readonly reason: string; readonly message: string }

/** What it said first: the condition that comes before the last one. */
export const PRECURSOR = { Complete: 'SuccessCriteriaMet', Failed: 'FailureTarget' } as const;

const failed = (reason: string, message: string): Verdict => ({ type: 'Failed', reason, message });

/** Why a Job ends before its completions are reached; undefined: it goes on. */
export function earlyVerdict(job: Job, pods: readonly Pod[], sums: Tally, nowMs: number): Verdict | undefined {
  return saidBefore(job) ?? policyFailure(job, pods) ?? limitFailure(job, pods, sums, nowMs) ?? indexVerdict(job, sums);
}

/** Whether the completions are reached, with so many Pods left. */
export function completion({ spec }: Job, { succeeded }: Tally, active: number): Verdict | undefined {
  const isComplete = spec.completions === undefined ? succeeded > 0 && active === 0 : succeeded >= spec.completions;
  return isComplete ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}

/** When the Job's time is up, in milliseconds; undefined without a deadline or while suspended. */
export function deadlineMs({ spec, status }: Job): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || !status.startTime || spec.suspend) return undefined;
  return Date.parse(String(status.startTime)) + spec.activeDeadlineSeconds * 1000;
}

export function conditionOf({ status }: Job, type: string): { reason?: string; message?: string } | undefined {
  return status.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

export function isFinished(job: Job): boolean {
  return conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;
}

function saidBefore(job: Job): Verdict | undefined {
  for (const type of ['Failed', 'Complete'] as const) {
    const said = conditionOf(job, PRECURSOR[type]);
    if (said) return { type, reason: said.reason ?? '', message: said.message ?? '' };
  }
  return undefined;
}

function policyFailure({ spec }: Job, pods: readonly Pod[]): Verdict | undefined {
  if (!spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    if (pod.status.phase !== 'Failed') continue;
    const { action, message } = judgeFailure(spec.podFailurePolicy, pod);
    if (action === 'FailJob') return failed('PodFailurePolicy', message ?? '');
  }
  return undefined;
}

function limitFailure(job: Job, pods: readonly Pod[], sums: Tally, nowMs: number): Verdict | undefined {
  const limit = job.spec.backoffLimit ?? 6;
  if (sums.failed > limit || restartsExceed(job, pods, limit)) return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (nowMs >= (deadlineMs(job) ?? Infinity)) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  return undefined;
}

/** Containers that restart in place count as well. */
function restartsExceed({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
    for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) restarts += restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function indexVerdict(job: Job, { failedIndexes, succeededIndexes }: Tally): Verdict | undefined {
  if (!isIndexed(job)) return undefined;
  const { completions = 0, maxFailedIndexes } = job.spec;
  if (failedIndexes && maxFailedIndexes !== undefined && failedIndexes.size > maxFailedIndexes) return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (failedIndexes && failedIndexes.size > 0 && failedIndexes.size + succeededIndexes.size >= completions) return failed('FailedIndexes', 'Job has failed indexes');
  const message = successMessage(job, succeededIndexes);
  return message === undefined ? undefined : { type: 'Complete', reason: 'SuccessPolicy', message };
}
