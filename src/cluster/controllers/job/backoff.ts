/** How long a Job waits after failures before it tries again: 10 s, doubling to 10 min, until a Pod succeeds (backoff_utils.go). */
import type { Pod } from '../../api/types.ts';

const defaultJobPodFailureBackOffMs = 10_000;
const maxJobPodFailureBackOffMs = 600_000;

/** Failures in a row, and when the last was. */
export interface FailureRecord { readonly failures: number; readonly lastMs: number }

/** The record after these Pods have ended too. */
export function recordAfter(before: FailureRecord | undefined, succeeded: readonly Pod[], failed: readonly Pod[]): FailureRecord {
  const lastSuccessMs = Math.max(-Infinity, ...succeeded.map(finishedMs));
  const since = failed.map(finishedMs).filter((ms) => ms > lastSuccessMs);
  const base = succeeded.length > 0 ? 0 : (before?.failures ?? 0);
  return { failures: base + since.length, lastMs: Math.max(succeeded.length > 0 ? -Infinity : (before?.lastMs ?? -Infinity), ...since) };
}

/** Milliseconds that are still to wait. */
export function remainingMs({ failures, lastMs }: FailureRecord, nowMs: number): number {
  if (failures === 0) return 0;
  const backOffMs = Math.min(defaultJobPodFailureBackOffMs * 2 ** Math.min(failures - 1, 16), maxJobPodFailureBackOffMs);
  return Math.max(0, lastMs + backOffMs - nowMs);
}

/** When the last container of a Pod ended; for a Pod without a trace of that, the moment it was to be gone, stopped being ready, or was made. */
export function finishedMs({ metadata, status }: Pod): number {
  const ends = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].flatMap(({ state }) => state?.terminated?.finishedAt ?? []).map((time) => Date.parse(String(time)));
  if (ends.length > 0) return Math.max(...ends);
  const unready = status.conditions?.find(({ type, status: is }) => type === 'Ready' && is === 'False')?.lastTransitionTime;
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = metadata;
  return Date.parse(String(unready ?? deletionTimestamp ?? creationTimestamp)) - (!unready && deletionTimestamp ? deletionGracePeriodSeconds * 1000 : 0);
}
