/** The time machine: steps, diffs between revisions, and going on from an earlier moment. */
import { expect, test } from 'vitest';
import { historyLens } from '../../../src/engine/lens/history-lens.ts';
import { newAttempt, until } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { sandboxLevel } from '../../../src/engine/sandbox.ts';

const level = sandboxLevel('small')!;
const quiet = { write: () => undefined };

test('a scaling shows as a diff, a step stops at the next change, a fork drops what came after it', async () => {
  const mission = await Mission.start(level, newAttempt(level.id, 'sha256:0', 'seed', 'a'), quiet);
  await mission.play('kubectl create deployment web --image=nginx:1.27', 60_000);
  await mission.advance(20_000);
  const forkMs = mission.elapsedMs;
  const from = historyLens(mission, {}).to;
  await mission.advance(2000);
  await mission.submit('kubectl scale deployment web --replicas=3');
  await mission.advance(0);
  const scaled = historyLens(mission, { from }).moments.find(({ revision, text }) => revision > from && text === 'changed Deployment default/web')!;
  expect(scaled.elapsedMs).toBeGreaterThan(forkMs);
  const { diff } = historyLens(mission, { from, to: scaled.revision });
  expect(diff[0]).toBe('Deployment default/web');
  expect(diff.filter((line) => /^[-+] +replicas/.test(line))).toEqual(['-  replicas: 1', '+  replicas: 3']);

  const writes = mission.requests!.writes;
  const beforeMs = mission.elapsedMs;
  await mission.advanceToChange(60_000);
  expect(mission.requests!.writes).toBeGreaterThan(writes);
  expect(mission.elapsedMs - beforeMs).toBeLessThan(10_000);

  const forked = await Mission.replay(level, structuredClone(until(mission.attempt, forkMs)), quiet);
  expect(forked.elapsedMs).toBe(forkMs);
  expect(forked.commands).toEqual(['kubectl create deployment web --image=nginx:1.27']);
  expect(historyLens(forked, {}).to).toBe(from);
});

test('hints and questions stay paid, whatever is given up', () => {
  const attempt = { ...newAttempt('x', '', '', ''), elapsedMs: 9000, inputs: [{ atMs: 1, do: 'run' as const, line: 'a' }, { atMs: 5000, do: 'run' as const, line: 'b' }, { atMs: 6000, do: 'hint' as const }, { atMs: 7000, do: 'why' as const, about: 'pod//x' }] };
  expect(until(attempt, 2000)).toMatchObject({ elapsedMs: 2000, inputs: [{ do: 'run', line: 'a' }, { atMs: 2000, do: 'hint' }, { atMs: 2000, do: 'why' }] });
});
