/** Many like requests in batches of 1, 2, 4, 8 …, so that what cannot succeed (a quota is used up) fails a few times only. */

const SLOW_START_INITIAL_BATCH_SIZE = 1; // controller_utils.go: SlowStartInitialBatchSize

/** Calls `once` up to `count` times; a batch with a failure is the last. Gives the failure, or undefined. */
export function slowStart<F>(count: number, once: (index: number) => F | undefined): F | undefined {
  let done = 0;
  for (let batch = SLOW_START_INITIAL_BATCH_SIZE; done < count; batch *= 2) {
    let failure: F | undefined;
    for (const end = Math.min(done + batch, count); done < end; done++) failure = once(done) ?? failure;
    if (failure !== undefined) return failure;
  }
  return undefined;
}
