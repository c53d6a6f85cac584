/** An exam's points: each domain by its weight. */
import { expect, test } from 'vitest';
import type { ObjectiveState } from '../../../src/engine/objectives.ts';
import type { Level } from '../../../src/engine/pack/level.ts';
import { examReport, examScore } from '../../../src/engine/score/exam.ts';
import { scoreOf } from '../../../src/engine/score/score.ts';
import { english } from '../../../src/language/english.ts';

const check = { get: 'pods/web' };
const LEVEL: Level = {
  id: 'mock', world: 'basics', file: 'mock.yaml', title: 'Mock', difficulty: 1, minutes: 2, teaches: ['x'], briefing: 'x', debrief: '\nWell done.\n', hints: [], solutions: ['true'], mistakes: [], cluster: { nodes: [] },
  objectives: [{ id: 'a', domain: 'Pods', text: 'A', points: 2, check }, { id: 'b', domain: 'Pods', text: 'B', points: 1, check }, { id: 'c', domain: 'Nodes', text: 'C', points: 4, check }],
  guards: [{ id: 'dark', text: 'Never dark', check }, { id: 'slow', text: 'Never slow', cost: 40, check }],
};
const exam = (domains: Record<string, number> = { Pods: 70, Nodes: 30 }, pass = 70) => ({ pass, minutes: 5, domains });
const input = { broken: [], hints: [0], whys: 3, virtualMs: 1e9, commands: 1e3 };
const brief = (reached: string[], spec = exam(), broken: string[] = []) => { const { total, stars, won } = examScore(LEVEL, spec, { ...input, reached, broken }, english); return [total, stars, won]; };

test('neither time, commands nor hints count', () => {
  expect(scoreOf({ ...LEVEL, exam: exam() }, { ...input, reached: ['a', 'b'] })).toEqual({ total: 700, stars: 1, won: true, lines: [{ label: 'Pods (70 %) 3/3', points: 700 }, { label: 'Nodes (30 %) 0/4', points: 0 }] });
});

test.each([
  [['a'], exam(), [467, 0, false]],
  [['b'], exam(), [233, 0, false]],
  [['a', 'b'], exam(undefined, 70.1), [700, 0, false]],
  [['a', 'b'], exam({ Pods: 79.9, Nodes: 20.1 }), [799, 1, true]],
  [['a', 'b'], exam({ Pods: 80, Nodes: 20 }), [800, 2, true]],
  [['a', 'b'], exam({ Pods: 89.9, Nodes: 10.1 }), [899, 2, true]],
  [['a', 'b'], exam({ Pods: 90, Nodes: 10 }), [900, 3, true]],
  [['a', 'b', 'c'], exam({ Pods: 50.05, Nodes: 50.05 }), [1000, 3, true]],
  [['a', 'b'], exam({ Pods: 80, Storage: 20 }), [800, 2, true]],
])('%j of %j', (reached, spec, wanted) => expect(brief(reached, spec)).toEqual(wanted));

test('what guards saw break is taken off, all of it where they name no price', () => {
  expect(brief(['a', 'b', 'c'], exam(), ['slow'])).toEqual([960, 3, true]);
  expect(examScore(LEVEL, exam(), { ...input, reached: ['a', 'b'], broken: ['dark'] }, english)).toMatchObject({ total: 0, won: false, lines: [{}, {}, { label: 'Broken: Never dark', points: -1000 }] });
  expect(examScore({ objectives: LEVEL.objectives }, exam(), { ...input, reached: ['a', 'b'], broken: ['dark'] }, english).total).toBe(700);
});

test('the report tells of each domain what was done and what was found instead', () => {
  const [a, b, c] = LEVEL.objectives.map((spec): ObjectiveState => ({ spec, isHeld: false, note: 'not yet: no.' }) as ObjectiveState);
  expect(examReport(LEVEL, exam(), [{ ...a!, doneMs: 0 }, b!, { ...c!, note: undefined }])).toBe(
    '70 % pass.\n\n**Pods**, 70 %: 2 of 3\n- done (2): A\n- missing (1): B. not yet: no.\n\n**Nodes**, 30 %: 0 of 4\n- missing (4): C\n\nWell done.');
});
