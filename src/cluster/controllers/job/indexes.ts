/** Completion indexes of Jobs: as the ranges that status shows, and as Pods carry them (indexed_job_utils.go). */
import type { Job, Pod } from '../../api/types.ts';

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';
/** How often an index has failed already when its Pod starts, under backoffLimitPerIndex. */
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';

export function isIndexed(job: Job): boolean {
  return job.spec.completionMode === 'Indexed';
}

/** The index that a Pod works on; undefined without one. */
export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX] ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Failures of its index before the Pod. */
export function failuresBefore(pod: Pod): number {
  return Number(pod.metadata.annotations?.[FAILURE_COUNT] ?? 0) || 0;
}

/** `0-2,5,7` as numbers below `completions`; what makes no sense is left out. */
export function parseIndexes(text: string | undefined, completions: number): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [first = NaN, last = first] = part.split('-').map(Number);
    for (let index = first; index <= Math.min(last, completions - 1); index++) indexes.add(index);
  }
  return indexes;
}

/** The form that status shows: ranges of two are written as two numbers. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const index of sorted) {
    const last = ranges.at(-1);
    if (last && index === last[1] + 1) last[1] = index;
    else ranges.push([index, index]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`)).join();
}

/** The lowest indexes that nobody works on, has finished or has given up. */
export function firstPending(count: number, completions: number, taken: (index: number) => boolean): number[] {
  const pending: number[] = [];
  for (let index = 0; index < completions && pending.length < count; index++) if (!taken(index)) pending.push(index);
  return pending;
}
