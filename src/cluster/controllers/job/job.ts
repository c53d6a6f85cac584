/** Job: Pods until so many have succeeded, or too many have failed. Each is counted once, by a finalizer that goes when it has been. */
import { matches, selectorOf } from '../../api/labels.ts';
import type { Job, Pod } from '../../api/types.ts';
import { jobs, pods } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { claim, indexByController } from '../claim.ts';
import { type Controller, controllerOf, keyOf, unlessGone } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { removeFinalizer } from '../finalizers.ts';
import { slowStart } from '../slow-start.ts';
import { canonical } from '../template-hash.ts';
import { type FailureRecord, finishedMs, recordAfter, remainingMs } from './backoff.ts';
import { failuresBefore, isIndexed } from './indexes.ts';
import { completedIndexes, currentStatus, withCounts, withPrecursor, withSuspension, withVerdict } from './status.ts';
import { countedFailures, isTracked, type Tally, tally, TRACKING_FINALIZER } from './tally.ts';
import { completion, deadlineMs, earlyVerdict, isFinished, type Verdict } from './verdict.ts';
import { type Staffing, staffing, workerOf } from './workers.ts';

/** How many Pods there are afterwards, which were deleted, and what went wrong. */
interface Staffed { active: number; removed: readonly Pod[]; failure?: ApiError }

const BUILT_IN = 'kubernetes.io/job-controller'; // spec.managedBy

export const jobController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(jobs);
  const allPods = context.informer(pods);
  const recorder = context.recorder('job-controller');
  const expectations = new Expectations(world);
  const failures = new Map<string, FailureRecord>();
  /** UIDs of counted Pods that the informer still shows with the finalizer. */
  const settled = new Set<string>();
  all.indexBy('namespace', (job) => [job.metadata.namespace ?? '']);
  indexByController(allPods);
  const queue = context.queue('job', reconcile);
  const orphans = context.queue('job orphans', (key) => {
    const pod = allPods.get(key);
    if (pod && isTracked(pod) && !jobOf(pod)) release(pod);
  });

  all.onChange((now, old) => {
    if (now) return queue.add(keyOf(now));
    expectations.forget(keyOf(old!));
    failures.delete(old!.metadata.uid);
    for (const pod of allPods.byIndex('controller', old!.metadata.uid)) orphans.add(keyOf(pod));
  });
  allPods.onChange((now, old) => {
    expectations.observe(now, old);
    const pod = (now ?? old)!;
    if (!now || !isTracked(now)) settled.delete(pod.metadata.uid);
    const owner = controllerOf(pod);
    if (owner?.kind === 'Job') queue.add(`${pod.metadata.namespace}/${owner.name}`);
    else if (now && !owner && !now.metadata.deletionTimestamp) for (const job of all.byIndex('namespace', now.metadata.namespace ?? '')) if (selects(job)(now)) queue.add(keyOf(job));
    if (now && isTracked(now) && !jobOf(now)) orphans.add(keyOf(now));
  });

  function jobOf(pod: Pod): Job | undefined {
    const owner = controllerOf(pod);
    const job = owner?.kind === 'Job' ? all.get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
    return job?.metadata.uid === owner?.uid ? job : undefined;
  }

  function selects(job: Job): (pod: Pod) => boolean {
    const selector = selectorOf(job.spec.selector) ?? [];
    return (pod) => selector.length > 0 && matches(selector, pod.metadata.labels);
  }

  function reconcile(key: string): void {
    const job = all.get(key);
    if (!job || (job.spec.managedBy ?? BUILT_IN) !== BUILT_IN) return;
    const own = claim({ client, resource: pods, informer: allPods, owner: job, matches: selects(job) });
    if (isFinished(job)) return own.filter(isTracked).forEach(release);
    const nowMs = world.clock.now();
    const sums = tally(job, own, settled);
    const record = recordAfter(failures.get(job.metadata.uid), sums.newlySucceeded, sums.failedPods);
    let verdict = earlyVerdict(job, own, sums, nowMs);
    const isUpToDate = expectations.areMet(key);
    const isManaged = !verdict && isUpToDate && !job.metadata.deletionTimestamp;
    const staffed = verdict && isUpToDate ? remove(job, sums, sums.active) : isManaged ? manage(job, sums, record) : { active: sums.active.length, removed: [] };
    // Over only once no Pod is left that nobody has told to go.
    if (verdict && staffed.active > 0) verdict = undefined;
    else verdict ??= completion(job, sums, staffed.active);
    track({ job, sums, verdict, staffed, isManaged, nowMs });
    failures.set(job.metadata.uid, record);
    const untilMs = deadlineMs(all.get(key) ?? job);
    if (untilMs !== undefined && untilMs > nowMs) queue.addAfter(key, untilMs - nowMs);
    if (staffed.failure) throw staffed.failure;
  }

  /** Brings the number of Pods to what it should be; gives how many there are then. */
  function manage(job: Job, sums: Tally, record: FailureRecord): Staffed {
    const key = keyOf(job);
    const staffed = staffing(job, sums);
    if (staffed.remove.length > 0) return remove(job, sums, staffed.remove, release);
    const before = sums.active.length;
    const { create, waitMs } = ripe(job, sums, staffed.create, record);
    if (waitMs > 0) queue.addAfter(key, waitMs);
    let created = 0;
    const failure = slowStart(create.length, (i) => {
      try {
        const pod = client.create(pods, workerOf(job, sums, create[i]));
        expectations.created(key, pod);
        recorder.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
        created++;
        return undefined;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        recorder.event(job, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
        return error;
      }
    });
    return { active: before + created, removed: [], failure };
  }

  /** Of the Pods to make those whose back-off is over: with a limit of its own each index waits for itself, else the whole Job does. */
  function ripe(job: Job, sums: Tally, create: Staffing['create'], record: FailureRecord): { create: Staffing['create']; waitMs: number } {
    const nowMs = world.clock.now();
    const waitOf = (index: number | undefined) => {
      const last = index === undefined ? undefined : sums.awaitingSuccessor.get(index);
      if (job.spec.backoffLimitPerIndex === undefined) return remainingMs(record, nowMs);
      return last ? remainingMs({ failures: failuresBefore(last) + 1, lastMs: finishedMs(last) }, nowMs) : 0;
    };
    const now = create.filter((index) => waitOf(index) === 0);
    return { create: now, waitMs: now.length > 0 || create.length === 0 ? 0 : Math.min(...create.map(waitOf)) };
  }

  /** Deletes Pods; those that are only too many are let go first, so that they do not count as failures. */
  function remove(job: Job, { active }: Tally, going: readonly Pod[], before?: (pod: Pod) => void): Staffed {
    const removed: Pod[] = [];
    let failure: ApiError | undefined;
    for (const pod of going) {
      try {
        before?.(pod);
        unlessGone(() => client.delete(pods, pod.metadata.name, pod.metadata.namespace));
        expectations.deleted(keyOf(job), pod);
        recorder.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
        removed.push(pod);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        recorder.event(job, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`);
        failure = error;
      }
    }
    return { active: active.length - removed.length, removed, failure };
  }

  /** Counts what has ended: first into the status by UID or index, then away with the finalizers, then into the numbers. */
  function track({ job, sums, verdict, staffed, isManaged, nowMs }: { job: Job; sums: Tally; verdict: Verdict | undefined; staffed: Staffed; isManaged: boolean; nowMs: number }): void {
    const counts = currentStatus(job, sums, staffed, nowMs);
    const suspension = verdict || !isManaged ? { status: counts } : withSuspension(job, counts, nowMs);
    const isEnding = verdict !== undefined || job.metadata.deletionTimestamp !== undefined;
    const going = isEnding ? sums.tracked : sums.over;
    const failedNow = countedFailures(job, sums, going, verdict?.type);
    const uidsOf = (before: ReadonlySet<string>, list: readonly Pod[]) => [...new Set([...before, ...list.map(({ metadata }) => metadata.uid)])];
    const succeeded = isIndexed(job) ? [] : uidsOf(sums.uncounted.succeeded, sums.newlySucceeded);
    const failed = uidsOf(sums.uncounted.failed, failedNow);
    let { status } = suspension;
    let current = job;
    // The first word of the verdict is there before any Pod loses its finalizer.
    if (verdict) status = withPrecursor(job, status, verdict, nowMs);
    const indexes = completedIndexes(job, sums);
    if (succeeded.length + failed.length > 0 || (indexes.completedIndexes ?? '') !== (job.status.completedIndexes ?? '')) {
      status = { ...status, ...indexes, uncountedTerminatedPods: { ...(succeeded.length ? { succeeded } : {}), ...(failed.length ? { failed } : {}) } };
      current = client.updateStatus(jobs, { ...job, status });
    }
    going.forEach(release);
    status = withCounts(job, status, sums, { succeeded, failed });
    const isOverNow = verdict !== undefined && status.terminating === 0;
    if (isOverNow) status = withVerdict(status, verdict, nowMs);
    if (canonical(status) !== canonical(current.status)) client.updateStatus(jobs, { ...current, status });
    if (suspension.changed) recorder.event(job, 'Normal', suspension.changed, `Job ${suspension.changed.toLowerCase()}`);
    if (isOverNow) announce(job, verdict);
  }

  function announce(job: Job, { type, reason, message }: Verdict): void {
    if (type === 'Complete') recorder.event(job, 'Normal', 'Completed', 'Job completed');
    else recorder.event(job, 'Warning', reason, message);
  }

  function release(pod: Pod): void {
    unlessGone(() => {
      removeFinalizer(client, pods, pod.metadata, TRACKING_FINALIZER);
      settled.add(pod.metadata.uid);
    });
  }

  return {
    stop() {
      queue.stop();
      orphans.stop();
    },
  };
};
