/** What an attempt is worth, to the point. */
import { describe, expect, test } from 'vitest';
import { parOf, scoreOf, scoreRule, whyCost, type ScoreInput } from '../../../src/engine/score/score.ts';
import { english } from '../../../src/language/english.ts';

type Scored = Parameters<typeof scoreOf>[0];

const check = { get: 'pods/web' };
const LEVEL: Scored = {
  objectives: [{ id: 'a', text: 'A', points: 2, check }, { id: 'b', text: 'B', points: 1, check }],
  guards: [{ id: 'dark', text: 'Never dark', check }, { id: 'slow', text: 'Never slow', cost: 40, check }],
  hints: [{ cost: 100, text: 'x' }, { cost: 1, text: 'y' }], minutes: 4, solutions: ['one\n# why\n \n  # so\n  two\nthree'],
};
const AT_PAR: ScoreInput = { reached: ['a', 'b'], broken: [], hints: [], virtualMs: 120_000, commands: 6 };
const scored = (input: Partial<ScoreInput>, level: Partial<Scored> = {}) => scoreOf({ ...LEVEL, ...level }, { ...AT_PAR, ...input });
const brief = (input: Partial<ScoreInput>, level: Partial<Scored> = {}) => { const { total, stars, won } = scored(input, level); return [total, stars, won]; };
const line = (start: string, input: Partial<ScoreInput>) => scored(input).lines.find(({ label }) => label.startsWith(start));

test('par is what the level says, else half its minutes and twice the lines of its first solution, four at least', () => {
  expect(parOf({ ...LEVEL, par: { time: '90s', commands: 7 } })).toEqual({ timeMs: 90_000, commands: 7 });
  expect(parOf(LEVEL)).toEqual({ timeMs: 120_000, commands: 6 });
  expect(parOf({ ...LEVEL, par: { time: '90s' } }).commands).toBe(6);
  expect(parOf({ ...LEVEL, solutions: ['one', 'one\ntwo\nthree\nfour'] }).commands).toBe(4);
  expect(parOf({ ...LEVEL, solutions: [] }).commands).toBe(4);
});

test('an attempt at par gets all there is, line by line', () => {
  expect(scored({})).toEqual({ total: 1000, stars: 3, won: true, lines: [
    { label: 'Objectives 3/3', points: 700 }, { label: 'Speed: 2m00s (par 2m00s)', points: 200 }, { label: 'Economy: 6 commands (par 6)', points: 100 },
  ] });
});

describe('speed and economy', () => {
  test.each([[1, 200, '0s'], [59_400, 200, '59s'], [59_600, 200, '1m00s'], [120_600, 200, '2m01s'], [121_000, 199, '2m01s'], [180_000, 150, '3m00s'], [359_000, 1, '5m59s'], [360_000, 0, '6m00s'], [900_000, 0, '15m00s']])('%i ms give %i', (virtualMs, points, label) => {
    expect(line('Speed', { virtualMs })).toEqual({ label: `Speed: ${label} (par 2m00s)`, points });
  });

  test.each([[0, 100], [6, 100], [7, 92], [9, 75], [18, 0], [40, 0]])('%i commands give %i', (commands, points) => {
    expect(line('Economy', { commands })?.points).toBe(points);
  });
});

test.each([[100, 900, 3], [101, 899, 2], [300, 700, 2], [301, 699, 1], [2000, 0, 1]])('a hint for %i leaves %i points and %i stars', (cost, total, stars) => {
  expect(brief({ hints: [0] }, { hints: [{ cost, text: 'x' }] })).toEqual([total, stars, true]);
});

test('what was taken is named', () => {
  expect(scored({ hints: [0, 1], whys: 2, broken: ['slow'] }).lines.slice(3)).toEqual([
    { label: 'Hint 1', points: -100 }, { label: 'Hint 2', points: -1 }, { label: 'Asked why: 2', points: -50 }, { label: 'Broken: Never slow', points: -40 },
  ]);
  expect(brief({ hints: [7], whys: 0 })).toEqual([1000, 3, true]);
  expect(brief({ whys: 3 }, { why: false })).toEqual([1000, 3, true]);
});

test('a part of the objectives is a part of the points and no win', () => {
  expect(scored({ reached: ['b'] })).toEqual({ total: 233, stars: 0, won: false, lines: [{ label: 'Objectives 1/3', points: 233 }] });
  expect(brief({ reached: ['a'] })).toEqual([467, 0, false]);
});

test('a guard with a price costs that; one without ends it', () => {
  expect(brief({ broken: ['slow'] })).toEqual([960, 3, true]);
  expect(scored({ broken: ['dark'] })).toEqual({ total: 0, stars: 0, won: false, lines: [{ label: 'Objectives 3/3', points: 700 }, { label: 'Broken: Never dark', points: -1000 }] });
  expect(brief({ broken: ['other'] }, { guards: undefined })).toEqual([1000, 3, true]);
});

test('asking why costs 25 an object or what the level says, and is not offered where the level says no, nor in exams', () => {
  expect([{}, { why: 7 }, { why: 0 }, { why: false as const }].map((level) => whyCost({ ...LEVEL, ...level }))).toEqual([25, 7, 0, undefined]);
  expect(whyCost({ ...LEVEL, exam: { pass: 50, minutes: 60, domains: {} } })).toBeUndefined();
  expect(scored({ whys: 1 }, { why: 7 }).lines.at(-1)).toEqual({ label: 'Asked why: 1', points: -7 });
});

test('the rule as the player reads it', () => {
  expect(scoreRule(english)).toBe('Up to 1000: 700 for the objectives, 200 for time and 100 for few commands (all at par or better, nothing at 3 times par), less hints, objects asked about and what the guards saw break. Stars: won, 700, 900.');
});
