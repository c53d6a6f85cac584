/** Job: Pods until so many have succeeded, or too many have failed. Each is counted once, by a finalizer that goes when it has been. */
import { matches, selectorOf } from '../../api/labels.ts';
import type { Job, Pod } from '../../api/types.ts';
import { jobs, pods } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { claim, indexByController } from '../claim.ts';
import { type Controller, controllerOf, keyOf, unlessGone } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { isOver } from '../pods.ts';
import { slowStart } from '../slow-start.ts';
import { canonical } from '../template-hash.ts';
import { type FailureRecord, recordAfter, remainingMs } from './backoff.ts';
import { isIndexed } from './indexes.ts';
import { currentStatus, withCounts, withSuspension, withVerdict } from './status.ts';
import { isTracked, type Tally, tally, TRACKING_FINALIZER } from './tally.ts';
import { completion, deadlineMs, earlyVerdict, isFinished, type Verdict } from './verdict.ts';
import { staffing, workerOf } from './workers.ts';

/** How many Pods there are afterwards, and what went wrong. */
interface Staffed { active: number; failure?: ApiError }

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
    const record = recordAfter(failures.get(job.metadata.uid), sums.newlySucceeded, sums.newlyFailed, nowMs);
    let verdict = earlyVerdict(job, own, sums, nowMs);
    const { active, failure } = verdict ? dismiss(job, sums) : manage(job, sums, record);
    verdict ??= completion(job, sums, active);
    track({ job, sums, own, verdict, active, nowMs });
    failures.set(job.metadata.uid, record);
    const untilMs = deadlineMs(all.get(key) ?? job);
    if (untilMs !== undefined && untilMs > nowMs) queue.addAfter(key, untilMs - nowMs);
    if (failure) throw failure;
  }

  /** A Job that is over lets all its Pods go. */
  function dismiss(job: Job, { active }: Tally): Staffed {
    return { active: active.length - (expectations.areMet(keyOf(job)) ? removeAll(job, active) : 0) };
  }

  /** Brings the number of Pods to what it should be; gives how many there are then. */
  function manage(job: Job, sums: Tally, record: FailureRecord): Staffed {
    const key = keyOf(job);
    const before = sums.active.length;
    if (!expectations.areMet(key) || job.metadata.deletionTimestamp) return { active: before };
    const { remove, create } = staffing(job, sums);
    if (remove.length > 0) return { active: before - removeAll(job, remove) };
    const waitMs = create.length === 0 ? 0 : waitBeforeNew(job, sums, record);
    if (waitMs > 0) queue.addAfter(key, waitMs);
    if (create.length === 0 || waitMs > 0) return { active: before };
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
    return { active: before + created, failure };
  }

  /** With a limit of its own each index waits for itself, else the whole Job does. */
  function waitBeforeNew(job: Job, sums: Tally, record: FailureRecord): number {
    const nowMs = world.clock.now();
    if (job.spec.backoffLimitPerIndex === undefined) return remainingMs(record, nowMs);
    const waits = [...sums.awaitingSuccessor.values()].map((pod) => remainingMs(recordAfter(undefined, [], [pod], nowMs), nowMs));
    return waits.length === 0 ? 0 : Math.min(...waits);
  }

  function removeAll(job: Job, going: readonly Pod[]): number {
    for (const pod of going) {
      unlessGone(() => client.delete(pods, pod.metadata.name, pod.metadata.namespace));
      expectations.deleted(keyOf(job), pod);
      recorder.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
    return going.length;
  }

  /** Counts what has ended: first into the status by UID, then away with the finalizers, then into the numbers. */
  function track({ job, sums, own, verdict, active, nowMs }: { job: Job; sums: Tally; own: readonly Pod[]; verdict: Verdict | undefined; active: number; nowMs: number }): void {
    const suspension = verdict ? { status: currentStatus(job, sums, active, nowMs) } : withSuspension(job, currentStatus(job, sums, active, nowMs), nowMs);
    const ended = [...sums.newlySucceeded, ...sums.newlyFailed];
    const uidsOf = (before: ReadonlySet<string>, list: readonly Pod[]) => [...new Set([...before, ...list.map(({ metadata }) => metadata.uid)])];
    const succeeded = isIndexed(job) ? [] : uidsOf(sums.uncounted.succeeded, sums.newlySucceeded);
    const failed = uidsOf(sums.uncounted.failed, sums.countedFailures);
    let { status } = suspension;
    let current = job;
    if (succeeded.length + failed.length > 0) {
      status = { ...status, uncountedTerminatedPods: { ...(succeeded.length ? { succeeded } : {}), ...(failed.length ? { failed } : {}) } };
      current = client.updateStatus(jobs, { ...job, status });
    }
    const isEnding = verdict !== undefined || job.metadata.deletionTimestamp !== undefined;
    for (const pod of isEnding ? own.filter((each) => isTracked(each) && (isOver(each) || each.metadata.deletionTimestamp || job.metadata.deletionTimestamp)) : ended) release(pod);
    status = withCounts(job, status, sums);
    const isEmpty = active === 0 && sums.terminating === 0 && sums.active.length === 0;
    if (verdict) status = withVerdict(job, status, verdict, isEmpty, nowMs);
    if (canonical(status) !== canonical(current.status)) client.updateStatus(jobs, { ...current, status });
    if (suspension.changed) recorder.event(job, 'Normal', suspension.changed, `Job ${suspension.changed.toLowerCase()}`);
    if (verdict && isEmpty) announce(job, verdict);
  }

  function announce(job: Job, { type, reason, message }: Verdict): void {
    if (type === 'Complete') recorder.event(job, 'Normal', 'Completed', 'Job completed');
    else recorder.event(job, 'Warning', reason, message);
  }

  function release(pod: Pod): void {
    const finalizers = (pod.metadata.finalizers ?? []).filter((name) => name !== TRACKING_FINALIZER);
    const { name, namespace, uid } = pod.metadata;
    unlessGone(() => {
      client.patch(pods, name, namespace, { metadata: { uid, finalizers: finalizers.length ? finalizers : null } });
      settled.add(uid);
    });
  }

  return {
    stop() {
      queue.stop();
      orphans.stop();
    },
  };
};
