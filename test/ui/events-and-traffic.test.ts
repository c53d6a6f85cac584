/** The stream of Events and the traffic, drawn without a terminal and played in one. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { EMPTY_LINE } from '../../src/ui/line-editor.ts';
import { chartRows } from '../../src/ui/sights/chart.ts';
import { eventsFrame } from '../../src/ui/sights/events.ts';
import { trafficFrame } from '../../src/ui/sights/traffic.ts';
import { lineWidth, type Line } from '../../src/ui/text.ts';
import { createTheme } from '../../src/ui/theme.ts';
import { FakeGame } from './fake-game.ts';
import { inMission, KEYS } from './terminal.ts';

const theme = createTheme('none', DEFAULT_SETTINGS);
const SIZES = [[60, 20], [80, 24], [120, 40], [200, 60], [300, 100]] as const;
const text = (rows: readonly Line[]) => rows.map((row) => row.map((piece) => piece.text).join(''));

test('a chart has a column a value; what is above nothing is seen, what is nothing is not', () => {
  expect(text(chartRows([0, 1, 50, 100], { width: 6, height: 2, max: 100, style: 'plain', theme }))).toEqual(['     █', '···▁██']);
  expect(text(chartRows(Array.from({ length: 9 }, () => 1), { width: 3, height: 1, style: 'plain', theme }))).toEqual(['███']);
  expect(text(chartRows([], { width: 3, height: 1, style: 'plain', theme }))).toEqual(['···']);
});

test.each(SIZES)('at %ix%i both fill the screen to the column', async (columns, rows) => {
  const game = new FakeGame();
  await game.startLevel('x');
  for (const of of ['events', 'traffic'] as const) {
    game.paper.look({ of });
    const frame = of === 'events' ? eventsFrame(game.paper.view, { screen: 'events', filter: EMPTY_LINE, isFiltering: true, isWarningsOnly: true }, { columns, rows }, theme) : trafficFrame(game.paper.view, { screen: 'traffic', source: 0 }, { columns, rows }, theme);
    expect(frame).toHaveLength(rows - 2);
    for (const row of frame) expect(lineWidth(row)).toBe(columns);
  }
});

test.each([[60, 20], [120, 40]])('at %ix%i Events are filtered, and lead to what they are about', async (columns, rows) => {
  const { terminal } = await inMission(columns, rows, [KEYS.alt('e')]);
  await terminal.sees(/▌ +0:25 +ScalingReplicaSet/);
  await terminal.type('w');
  await terminal.sees('1 of 4');
  expect(terminal.text()).toMatch(/0:05 ▲ BackOff/);
  expect(terminal.text()).not.toContain('Scheduled');
  await terminal.type('w', '/', 'node notready', KEYS.enter);
  await terminal.sees(/Events \/node notready.*1 of 4/);
  await terminal.type('c');
  await terminal.sees('$ kubectl events --for node/worker-2 -n s');
  await terminal.type(KEYS.alt('e'), 'k', 'k', KEYS.enter);
  await terminal.sees('$ kubectl describe pod cart');
});

test.each([[80, 24], [120, 40]])('at %ix%i the traffic tells of requests, errors, latency and the error budget', async (columns, rows) => {
  const { terminal } = await inMission(columns, rows, [KEYS.escape, 'l']);
  await terminal.sees('shoppers → http://web.shop');
  await terminal.sees(/97\.5 % of 12000 requests answered, 300 failed/);
  await terminal.sees(/errors.*15\/s/);
  await terminal.sees(/latency.*79 ms/);
  await terminal.sees(/budget.*50 % burnt/);
});
