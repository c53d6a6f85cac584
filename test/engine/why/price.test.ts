/** What asking costs: told before, paid once, kept when going back, never offered in an exam. */
import { expect, test } from 'vitest';
import { whyLens } from '../../../src/engine/lens/why-lens.ts';
import { newAttempt, withoutLastCommand } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import type { Level } from '../../../src/engine/pack/level.ts';
import { whyCost } from '../../../src/engine/score/score.ts';

const LEVEL: Level = {
  id: 'broken', world: 'basics', file: 'basics/broken.yaml', title: 'Broken', difficulty: 1, minutes: 2, teaches: ['x'], briefing: 'x', debrief: 'x', hints: [], solutions: ['true'], mistakes: [],
  cluster: { nodes: [{ name: 'control-plane', role: 'control-plane' }, { name: 'worker-1' }] },
  prepare: 'kubectl run typo --image=nginx:9.99',
  objectives: [{ id: 'gone', text: 'Gone', points: 100, check: { get: 'pods/typo', that: 'object == null' } }],
};
const quiet = { write: () => undefined };
const typo = { resource: 'pod', namespace: 'default', name: 'typo' };
const start = (level: Level) => Mission.start(level, newAttempt(level.id, 'sha256:0', 'seed', 'a'), quiet);

test('the reasons are there once they are paid for, and are paid for once', async () => {
  const mission = await start(LEVEL);
  expect(whyLens(mission, undefined)).toEqual({ of: 'why', ref: typo, troubles: [{ ref: typo, note: 'Pending', isPaid: false }] });
  mission.askWhy('pod/default/typo');
  mission.askWhy('pod/default/typo');
  expect(whyLens(mission, typo).links?.[0]?.text).toMatch(/has no image/);
  await mission.submit('kubectl delete pod typo --force');
  await mission.advance(3000);
  const cost = (each: Mission) => each.score().lines.find(({ label }) => label === 'Asked why: 1')?.points;
  expect(cost(mission)).toBe(-25);
  const replayed = await Mission.replay(LEVEL, mission.attempt, quiet);
  expect(replayed.score()).toEqual(mission.score());
  const undone = await Mission.replay(LEVEL, withoutLastCommand(mission.attempt)!, quiet);
  expect(undone.whysAsked.has('pod/default/typo')).toBe(true);
});

test('a level names its own price, or forbids asking; so does an exam', async () => {
  expect([whyCost({}), whyCost({ why: 60 }), whyCost({ why: false }), whyCost({ exam: { pass: 66, minutes: 5, domains: {} } })]).toEqual([25, 60, undefined, undefined]);
  const mission = await start({ ...LEVEL, why: false });
  mission.askWhy('pod/default/typo');
  expect(mission.attempt.inputs).toEqual([]);
  expect(whyLens(mission, typo)).toEqual({ of: 'why', troubles: [] });
});

test('in a sandbox it is free', async () => {
  const mission = await start({ ...LEVEL, why: 0 });
  expect(whyLens(mission, undefined).links).not.toBeUndefined();
});
