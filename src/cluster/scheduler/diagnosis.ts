/** Why a Pod could not be placed, in the words of the FailedScheduling event and the PodScheduled condition. */
import type { CycleResult } from './cycle.ts';

/** `2 Insufficient cpu, 1 Too many pods`, sorted as texts, counts included. */
export function countedReasons(reasons: Iterable<string>): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `${count} ${reason}`).sort().join(', ');
}

/** The message; `nodeCount` is that of all nodes, `afterwards` what the attempt to preempt had to say. */
export function failureMessage({ preparation, failures }: Pick<CycleResult, 'preparation' | 'failures'>, nodeCount: number, afterwards: string): string {
  if (nodeCount === 0) return 'no nodes available to schedule pods';
  const parts = [`0/${nodeCount} nodes are available:`];
  if (preparation.rejected) parts.push(`${preparation.rejected.rejection.reasons.join(', ')}.`);
  else {
    const reasons = failures.flatMap(({ rejection }) => rejection.reasons);
    const { narrowed } = preparation;
    if (narrowed) for (let i = failures.length; i < nodeCount; i++) reasons.push(`node(s) didn't satisfy plugin(s) [${narrowed.plugins.join(' ')}]`);
    if (reasons.length > 0) parts.push(`${countedReasons(reasons)}.`);
  }
  if (afterwards) parts.push(afterwards);
  return parts.join(' ');
}

/** Stands for the plugins when none has spoken, because there are no nodes: any event may help. */
export const NO_PLUGIN = '*';

/** Plugins whose rejections a later event has to lift. */
export function rejectingPlugins({ preparation, failures }: Pick<CycleResult, 'preparation' | 'failures'>): ReadonlySet<string> {
  const { rejected, narrowed } = preparation;
  if (rejected) return new Set(rejected.plugin.split(','));
  const plugins = new Set([...failures.map(({ plugin }) => plugin), ...narrowed?.plugins ?? []]);
  return plugins.size > 0 ? plugins : plugins.add(NO_PLUGIN);
}
