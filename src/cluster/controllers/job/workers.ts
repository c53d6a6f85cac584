/** How many Pods a Job wants, which go, and what new ones look like (job_controller.go: manageJob). */
import type { Draft, Job, Pod, PodTemplateSpec } from '../../api/types.ts';
import { deletionOrder, podFromTemplate } from '../pods.ts';
import { COMPLETION_INDEX, FAILURE_COUNT, failuresBefore, firstPending, indexOf, isIndexed } from './indexes.ts';
import { judgeFailure } from './policies.ts';
import { replacesOnlyFailed, type Tally, TRACKING_FINALIZER } from './tally.ts';

const MAX_PODS_PER_SYNC = 500; // MaxPodCreateDeletePerSync
const NAME_MAX = 63 - 5;

/** Either Pods to delete or new ones to make; a new one of an Indexed Job has an index. */
export interface Staffing { readonly remove: readonly Pod[]; readonly create: readonly (number | undefined)[] }

/** What to do about the number of Pods. */
export function staffing(job: Job, sums: Tally): Staffing {
  const { active } = sums;
  if (job.spec.suspend) return { remove: active, create: [] };
  const wanted = wantedActive(job, sums);
  const remove = surplus(job, active, Math.max(0, active.length - wanted)).slice(0, MAX_PODS_PER_SYNC);
  if (remove.length > 0) return { remove, create: [] };
  const missing = Math.min(MAX_PODS_PER_SYNC, wanted - active.length - (replacesOnlyFailed(job) ? sums.terminating : 0));
  if (missing <= 0) return { remove: [], create: [] };
  return { remove: [], create: isIndexed(job) ? freeIndexes(job, sums, missing) : Array.from({ length: missing }, () => undefined) };
}

function wantedActive({ spec: { completions, parallelism = 1 } }: Job, { active, succeeded }: Tally): number {
  if (completions !== undefined) return Math.max(0, Math.min(completions - succeeded, parallelism));
  // A work queue: the first success says that there is no more work.
  return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
}

function freeIndexes({ spec: { completions = 0 } }: Job, { active, succeededIndexes, failedIndexes }: Tally, count: number): number[] {
  const worked = new Set(active.map(indexOf));
  return firstPending(count, completions, (index) => worked.has(index) || succeededIndexes.has(index) || (failedIndexes?.has(index) ?? false));
}

/** Pods that share an index or have none go in any case; of the rest the least loss first. */
function surplus(job: Job, active: readonly Pod[], atLeast: number): Pod[] {
  const order = deletionOrder(active);
  if (!isIndexed(job)) return order.slice(0, atLeast);
  const kept = new Set<number>();
  const doubles = [...order].reverse().filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0) || kept.has(index)) return true;
    kept.add(index);
    return false;
  });
  const rest = order.filter((pod) => !doubles.includes(pod));
  return [...doubles, ...rest.slice(0, Math.max(0, atLeast - doubles.length))];
}

/** A new Pod, with its index and how often that has failed. */
export function workerOf(job: Job, sums: Tally, index: number | undefined): Draft<Pod> {
  const template = job.spec.template;
  const own: PodTemplateSpec = { ...template, metadata: { ...template.metadata, finalizers: [...(template.metadata?.finalizers ?? []), TRACKING_FINALIZER] } };
  if (index === undefined) return podFromTemplate(own, job, { generateName: `${job.metadata.name}-` });
  const marks = { [COMPLETION_INDEX]: String(index) };
  const failures: Record<string, string> = job.spec.backoffLimitPerIndex === undefined ? {} : { [FAILURE_COUNT]: String(failuresOf(job, sums.awaitingSuccessor.get(index))) };
  const suffix = `-${index}-`;
  return podFromTemplate({
    metadata: { ...own.metadata, labels: { ...own.metadata?.labels, ...marks }, annotations: { ...own.metadata?.annotations, ...marks, ...failures } },
    spec: withIndexVariable({ ...own.spec!, hostname: own.spec?.hostname ?? `${job.metadata.name}-${index}` }),
  }, job, { generateName: `${job.metadata.name.slice(0, NAME_MAX - suffix.length)}${suffix}` });
}

function failuresOf(job: Job, last: Pod | undefined): number {
  if (!last) return 0;
  return failuresBefore(last) + (judgeFailure(job.spec.podFailurePolicy, last).action === 'Ignore' ? 0 : 1);
}

function withIndexVariable(spec: NonNullable<PodTemplateSpec['spec']>): typeof spec {
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } };
  type Container = (typeof spec.containers)[number];
  const add = (container: Container): Container => (container.env?.some(({ name }) => name === variable.name) ? container : { ...container, env: [...(container.env ?? []), variable] });
  return { ...spec, containers: spec.containers.map(add), ...(spec.initContainers ? { initContainers: spec.initContainers.map(add) } : {}) };
}
