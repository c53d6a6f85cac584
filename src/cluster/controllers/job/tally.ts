/** What a Job's Pods come to: who works, who has ended and how, which indexes are done or given up (job_controller.go: syncJob). */
import type { Job, Pod } from '../../api/types.ts';
import { isActive, isOver } from '../pods.ts';
import { failuresBefore, indexOf, isIndexed, parseIndexes } from './indexes.ts';
import { judgeFailure } from './policies.ts';

export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';

/** Counted already, but for the finalizers of some. */
interface Uncounted { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> }

export interface Tally {
  readonly active: readonly Pod[];
  readonly terminating: number;
  /** Pods with a finalizer that has not been taken yet, and those of them that need it no longer. */
  readonly tracked: readonly Pod[];
  readonly over: readonly Pod[];
  /** Pods that have ended and are to be counted, those with a place of their own in an Indexed Job. */
  readonly newlySucceeded: readonly Pod[];
  readonly failedPods: readonly Pod[];
  readonly uncounted: Uncounted;
  /** In all: status, what is uncounted yet, and what is new. */
  readonly succeeded: number;
  readonly failed: number;
  /** Only of Indexed Jobs. */
  readonly succeededIndexes: ReadonlySet<number>;
  /** Only under backoffLimitPerIndex. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
  /** The last failure of an index that is to be tried again: counted once its successor is there. */
  readonly awaitingSuccessor: ReadonlyMap<number, Pod>;
}

export function isTracked(pod: Pod): boolean {
  return pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
}

/** Whether replacements wait until a Pod has really ended. */
export function replacesOnlyFailed({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
}

/** A Pod that was deleted counts as failed: it may never get as far as that phase. */
function hasFailed(job: Job, pod: Pod): boolean {
  if (pod.status.phase === 'Failed') return true;
  return !replacesOnlyFailed(job) && pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== 'Succeeded';
}

/** `settled`: UIDs of Pods that were counted although they still show the finalizer. */
export function tally(job: Job, pods: readonly Pod[], settled: ReadonlySet<string>): Tally {
  const { spec, status } = job;
  const uncounted: Uncounted = { succeeded: new Set(status.uncountedTerminatedPods?.succeeded), failed: new Set(status.uncountedTerminatedPods?.failed) };
  const tracked = pods.filter((pod) => isTracked(pod) && !settled.has(pod.metadata.uid));
  const newlySucceeded = tracked.filter((pod) => pod.status.phase === 'Succeeded' && hasPlace(job, pod) && !uncounted.failed.has(pod.metadata.uid));
  const failedPods = tracked.filter((pod) => hasFailed(job, pod) && hasPlace(job, pod) && !uncounted.succeeded.has(pod.metadata.uid));
  const active = pods.filter(isActive);
  const completions = spec.completions ?? 0;
  const succeededIndexes = isIndexed(job) ? parseIndexes(status.completedIndexes, completions) : new Set<number>();
  if (isIndexed(job)) for (const pod of newlySucceeded) succeededIndexes.add(indexOf(pod)!);
  const failedIndexes = spec.backoffLimitPerIndex === undefined ? undefined : failedIndexesOf(job, failedPods, spec.backoffLimitPerIndex);
  const awaitingSuccessor = failedIndexes ? lastFailures(failedPods, (index) => succeededIndexes.has(index) || failedIndexes.has(index) || active.some((pod) => indexOf(pod) === index)) : new Map<number, Pod>();
  const waiting = new Set([...awaitingSuccessor.values()].map((pod) => pod.metadata.uid));
  return {
    active, tracked, uncounted, over: tracked.filter((pod) => (pod.status.phase === 'Succeeded' || hasFailed(job, pod)) && !waiting.has(pod.metadata.uid)), newlySucceeded, failedPods, succeededIndexes, failedIndexes, awaitingSuccessor,
    terminating: pods.filter((pod) => pod.metadata.deletionTimestamp && !isOver(pod)).length,
    succeeded: isIndexed(job) ? succeededIndexes.size : (status.succeeded ?? 0) + unionSize(uncounted.succeeded, newlySucceeded),
    failed: (status.failed ?? 0) + unionSize(uncounted.failed, failedPods.filter((pod) => judgeFailure(spec.podFailurePolicy, pod).action !== 'Ignore')),
  };
}

/** Of these Pods the ones that count as failures; of a Job that has failed every Pod does that has not succeeded. */
export function countedFailures(job: Job, { failedPods, uncounted }: Tally, pods: readonly Pod[], verdict: 'Complete' | 'Failed' | undefined): Pod[] {
  const isFailure = (pod: Pod) => failedPods.includes(pod) || (verdict === 'Failed' && pod.status.phase !== 'Succeeded' && hasPlace(job, pod) && !uncounted.succeeded.has(pod.metadata.uid));
  return pods.filter((pod) => isFailure(pod) && judgeFailure(job.spec.podFailurePolicy, pod).action !== 'Ignore');
}

/** Nobody counts the Pods of an Indexed Job that have no index of it. */
function hasPlace(job: Job, pod: Pod): boolean {
  return !isIndexed(job) || (indexOf(pod) ?? Infinity) < (job.spec.completions ?? 0);
}

function unionSize(uids: ReadonlySet<string>, pods: readonly Pod[]): number {
  return uids.size + pods.filter((pod) => !uids.has(pod.metadata.uid)).length;
}

function failedIndexesOf(job: Job, failed: readonly Pod[], limit: number): Set<number> {
  const indexes = parseIndexes(job.status.failedIndexes, job.spec.completions ?? 0);
  for (const pod of failed) {
    const index = indexOf(pod);
    const { action } = judgeFailure(job.spec.podFailurePolicy, pod);
    if (index !== undefined && action !== 'Ignore' && (action === 'FailIndex' || failuresBefore(pod) + 1 > limit)) indexes.add(index);
  }
  return indexes;
}

function lastFailures(failed: readonly Pod[], isSettled: (index: number) => boolean): Map<number, Pod> {
  const last = new Map<number, Pod>();
  for (const pod of failed) {
    const index = indexOf(pod);
    if (index === undefined || isSettled(index)) continue;
    const before = last.get(index);
    if (!before || failuresBefore(pod) >= failuresBefore(before)) last.set(index, pod);
  }
  return last;
}
