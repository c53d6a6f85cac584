/** An exam: what counts is how things are at the end, domain by domain. */
import { expect, test } from 'vitest';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { examReport } from '../../src/engine/score/exam.ts';
import { filesOf, folderOf, LEVEL } from './pack/small-pack.ts';

const EXAM = LEVEL.replace('briefing:', 'exam: {pass: 60, minutes: 10, domains: {Workloads: 70, Storage: 30}}\nbriefing:')
  .replace('hold: 5s}', 'domain: Workloads}\n  - {id: note, domain: Storage, text: A note, points: 10, check: {get: configmaps/note}}');

async function sitting(): Promise<Mission> {
  const pack = loadPack(folderOf(filesOf({ 'basics/01-two.yaml': EXAM })));
  return Mission.start(pack.levels[0]!, newAttempt('two', pack.digest, '1', 'exam'), { write: () => undefined });
}

test('part of the tasks gives part of the points, weighted by domain, and is enough if it is the larger part', async () => {
  const mission = await sitting();
  await mission.play('kubectl scale deployment/web --replicas=2\nsleep 20', 60_000);
  expect(mission.isOver).toBe(false);
  await mission.play('answer hand-in', 1000);
  await mission.advance(2000);
  expect([mission.isOver, mission.score()]).toMatchObject([true, { total: 700, won: true, lines: [{ label: 'Workloads (70 %) 100/100', points: 700 }, { label: 'Storage (30 %) 0/10', points: 0 }] }]);
  expect(examReport(mission.level, mission.level.exam!, mission.goals.objectives)).toContain('**Storage**, 30 %: 0 of 10\n- missing (10): A note. not yet: configmaps/note is not there. Look: kubectl get configmaps note');
});

test('what was reached and lost again does not count; the clock ends it', async () => {
  const mission = await sitting();
  await mission.play('kubectl scale deployment/web --replicas=2\nsleep 20\nkubectl scale deployment/web --replicas=1', 60_000);
  await mission.advance(9 * 60_000);
  expect(mission.isOver).toBe(false);
  await mission.advance(60_000);
  expect([mission.isOver, mission.score()]).toMatchObject([true, { total: 0, won: false, stars: 0 }]);
});

test('each objective of an exam belongs to one of its domains', () => {
  expect(() => loadPack(folderOf(filesOf({ 'basics/01-two.yaml': EXAM.replace('domain: Storage', 'domain: Storge') })))).toThrow(/objectives\[1\]\.domain: "Storge" is no domain of the exam; there are Workloads, Storage/);
  expect(() => loadPack(folderOf(filesOf({ 'basics/01-two.yaml': EXAM.replace(' domain: Storage,', '') })))).toThrow(/objectives\[1\]: in an exam each objective names its `domain`/);
});
