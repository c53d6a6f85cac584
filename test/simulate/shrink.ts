/** Delta debugging: the fewest steps that still go wrong. */

/** Leaves out ever smaller runs of steps while `fails` stays true. */
export async function shrink(steps: readonly string[], fails: (steps: readonly string[]) => Promise<boolean>): Promise<readonly string[]> {
  let kept = steps;
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (await fails(fewer)) kept = fewer;
      else at += size;
    }
  }
  return kept;
}
