/** What is tried when no node will do: freeing devices (DynamicResources), then preemption. */
import type { CycleResult } from './cycle.ts';
import { type Candidate, preempt, type PreemptionInput } from './preemption.ts';

export interface PostFilterResult {
  /** Where to evict whom. */
  readonly candidate?: Candidate;
  /** What goes to the end of the FailedScheduling message; empty when there is a candidate. */
  readonly message: string;
}

/** Runs the plugins that come after filtering. */
export function postFilter(input: PreemptionInput, result: Pick<CycleResult, 'preparation' | 'failures'>): PostFilterResult {
  // DynamicResources finds no state of its own when an earlier plugin has ended the cycle, and says just that.
  if (result.preparation.rejected?.rejection.unresolvable) return { message: 'not found' };
  const outcome = preempt(input, result);
  const claims = input.pod.pod.spec.resourceClaims?.length ? 'still not schedulable' : 'no new claims to deallocate';
  return 'candidate' in outcome ? { candidate: outcome.candidate, message: '' } : { message: `${claims}, ${outcome.message}` };
}
