/** An exam: what counts is how things are at the end, domain by domain. */
import { expect, test } from 'vitest';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { drawnFor } from '../../src/engine/pack/read-level.ts';
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

const TASKS = EXAM.replace('exam: {', 'contexts: {shop: {namespace: shop}}\nexam: {').replace('domains: {', 'tasks: [{id: scale, context: shop, text: Two Pods of web.}, {id: note, text: A ConfigMap note.}, {id: third, text: Another note.}], domains: {')
  .replace('domain: Workloads}', 'domain: Workloads, task: scale}').replace('domain: Storage,', 'domain: Storage, task: note,')
  .replace('  - {id: note,', '  - {id: third, domain: Storage, task: third, text: The third, points: 30, check: {get: configmaps/third}}\n  - {id: note,');

test('the tasks of a sitting are numbered in an order of its own, with their contexts and weights', () => {
  const level = loadPack(folderOf(filesOf({ 'basics/01-two.yaml': TASKS }))).levels[0]!;
  const papers = [...'123456'].map((seed) => drawnFor(level, { seed }));
  const tasks = ({ briefing }: (typeof papers)[number]) => briefing.split('\n').filter((line) => /^\d\. /.test(line));
  expect(new Set(papers.map((paper) => tasks(paper).join())).size).toBeGreaterThan(1);
  for (const paper of papers) {
    expect(tasks(paper).map((line) => line.replace(/^\d\. /, '')).toSorted()).toEqual(['(23 %) Another note.', '(8 %) A ConfigMap note.', '(`shop`, 70 %) Two Pods of web.'].toSorted());
    expect(paper.objectives.map(({ text }) => text[0])).toEqual(['1', '2', '3']);
    const third = tasks(paper).findIndex((line) => line.includes('Another')) + 1;
    expect(paper.objectives.find(({ id }) => id === 'third')?.text).toBe(`${third}: The third`);
    expect(drawnFor(paper, { seed: '1' })).toEqual(paper);
  }
  expect(drawnFor(level, { seed: '3' }).briefing).toBe(papers[2]!.briefing);
});

test.each([
  ['task: note', 'task: nite', /objectives\[2\]\.task: there is no task "nite"; did you mean "note"\?/],
  ['task: note, ', '', /objectives\[2\]: in an exam with tasks each objective names its `task`/],
  ['task: third', 'task: note', /exam\.tasks\[2\]: no objective belongs to the task "third"/],
  ['context: shop', 'context: shed', /exam\.tasks\[0\]\.context: "shed" is none of `contexts`; there are shop/],
  ['{id: third, text: Another', '{id: note, text: Another', /the task "note" is there twice/],
])('a paper that has %s as "%s" is refused', (from, to, message) => {
  expect(TASKS).toContain(from);
  expect(() => loadPack(folderOf(filesOf({ 'basics/01-two.yaml': TASKS.replace(from, to) })))).toThrow(message);
});
