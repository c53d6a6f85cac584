/** The world map and the progress, drawn without a terminal and played in one. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { EMPTY_LINE, lineOf } from '../../src/ui/line-editor.ts';
import { progressFrame } from '../../src/ui/screens/progress.ts';
import { wayTo, worldMapFrame } from '../../src/ui/screens/world-map.ts';
import { createTheme } from '../../src/ui/theme.ts';
import { lineWidth, type Line } from '../../src/ui/text.ts';
import { FakeGame, PRACTICE, WORLDS } from './fake-game.ts';
import { askedFor, atTitle, KEYS } from './terminal.ts';

const theme = createTheme('none', DEFAULT_SETTINGS);
const SIZES = [[60, 20], [80, 24], [120, 40], [200, 60], [300, 100]] as const;
const text = (rows: readonly Line[]) => rows.map((row) => row.map((piece) => piece.text).join('')).join('\n');

test.each(SIZES)('at %ix%i map and progress fill the screen to the column', (columns, rows) => {
  const levels = { selected: 'friday-deploy', filter: EMPTY_LINE, isFiltering: false };
  for (const frame of [worldMapFrame({ worlds: WORLDS, levels, size: { columns, rows } }, theme), progressFrame(new FakeGame().view(), PRACTICE, 3, { columns, rows }, theme)]) {
    expect(frame).toHaveLength(rows - 2);
    for (const row of frame) expect(lineWidth(row)).toBe(columns);
  }
});

test('the marked level stands between what it needs and what it opens', () => {
  const levels = { selected: 'self-healing', filter: EMPTY_LINE, isFiltering: false };
  const drawn = text(worldMapFrame({ worlds: WORLDS, levels, size: { columns: 120, rows: 40 } }, theme));
  expect(drawn).toMatch(/◐ Scale to five +→\s+\[○ Self-healing +\]/);
  expect(drawn).toMatch(/→○ Rolling update/);
  expect(drawn).toMatch(/Needs[\s\S]*Scale to five +started[\s\S]*Opens[\s\S]*Rolling update +open/);
});

test('the way to a level is everything unsolved before it, in order', () => {
  const friday = WORLDS[1]!.levels.find(({ id }) => id === 'friday-deploy')!;
  expect(wayTo(WORLDS, friday).map(({ id }) => id)).toEqual(['scale-to-five', 'self-healing', 'rolling-update']);
});

test('what does not answer to a concept steps back and is jumped over', () => {
  const levels = { filter: lineOf('rbac'), isFiltering: false };
  const drawn = text(worldMapFrame({ worlds: WORLDS, levels, size: { columns: 120, rows: 40 } }, theme));
  expect(drawn).toContain('World map /rbac');
});

test.each([[80, 24], [120, 40]])('at %ix%i one finds by concept, jumps to the unsolved, and plays', async (columns, rows) => {
  const { game, terminal } = await atTitle(columns, rows);
  await terminal.type(':', 'world map', KEYS.enter);
  await terminal.sees('3 of 12 won');
  await terminal.type('/', 'rollout', KEYS.enter);
  await terminal.sees('╭─ Rolling update');
  await terminal.type(KEYS.escape, 'n');
  await terminal.sees('╭─ Scale to five');
  await terminal.type('n');
  await terminal.sees('╭─ Self-healing');
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter begin');
  expect(askedFor(game, 'startLevel')).toEqual([{ id: 'self-healing' }]);
});

test.each([[60, 20], [120, 40]])('at %ix%i progress tells of streaks and offers a drill on what was met long ago', async (columns, rows) => {
  const { game, terminal } = await atTitle(columns, rows);
  await terminal.sees(/A drill +nodes: 5 weeks ago, 3 minutes/);
  await terminal.type(':', 'your progress', KEYS.enter);
  await terminal.sees(/2 days in a row +2 the longest/);
  await terminal.sees(/▌ nodes.*drill.*5 weeks ago/);
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter begin');
  expect(askedFor(game, 'startLevel')).toEqual([{ id: 'hello-cluster', fresh: true }]);
});
