/** `kube-quest pack test`: every level proven, one line a result. */
import { loadPack } from '../engine/pack/load.ts';
import { testLevel } from '../engine/pack/test-pack.ts';
import { UserProblem } from './problem.ts';

/** Tests a pack, or some of its levels; 1 when anything failed. */
export async function packTest(folder: string, only: readonly string[], options: { json?: boolean }): Promise<number> {
  const pack = loadPack(folder);
  const unknown = only.find((id) => !pack.levels.some((level) => level.id === id));
  if (unknown) throw new UserProblem(`there is no level "${unknown}" in ${folder}`);
  let passed = 0;
  let failed = 0;
  for (const level of pack.levels.filter((l) => only.length === 0 || only.includes(l.id))) {
    for await (const result of testLevel(pack, level)) {
      if (result.passed) passed++;
      else failed++;
      if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
      else process.stdout.write(`${result.passed ? 'ok  ' : 'FAIL'} ${result.level}: ${result.what}${result.detail ? `\n       ${result.detail}` : ''}\n`);
    }
  }
  if (!options.json) process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 ? 0 : 1;
}
