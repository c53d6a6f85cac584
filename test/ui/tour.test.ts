/** The first-run tour: offered once to who has just come, done by doing, left at any step. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { lineWidth } from '../../src/ui/text.ts';
import { createTheme } from '../../src/ui/theme.ts';
import { tourRows } from '../../src/ui/tour-strip.ts';
import { TOUR } from '../../src/ui/tour.ts';
import { askedFor, atTitle, KEYS } from './terminal.ts';

async function newcomer(columns: number, rows: number) {
  const scene = await atTitle(columns, rows, { players: [], player: undefined });
  await scene.terminal.type('Grace', KEYS.enter);
  await scene.terminal.sees('Shall we show you around?');
  return scene;
}

test.each([[60, 20], [80, 24], [120, 40]])('at %ix%i each step is done by doing it, and the end leads to the title', async (columns, rows) => {
  const { game, terminal } = await newcomer(columns, rows);
  await terminal.type(KEYS.enter);
  await terminal.sees('1 of 7');
  expect(askedFor(game, 'startSandbox')).toEqual(['small']);
  expect(terminal.footer()).toContain('Alt-?');
  await terminal.type('kubectl get nodes', KEYS.enter);
  await terminal.sees('2 of 7');
  const { cluster } = game.paper.view;
  const hello = { ...cluster.nodes[1]!.pods[0]!, name: 'hello-1', owner: { resource: 'deployment', namespace: 'default', name: 'hello' } };
  game.paper.change({ cluster: { ...cluster, nodes: cluster.nodes.map((node, index) => (index === 1 ? { ...node, pods: [...node.pods, hello] } : node)) } });
  await terminal.sees('3 of 7');
  await terminal.type(KEYS.alt('v'));
  await terminal.sees('4 of 7');
  await terminal.type(KEYS.enter, KEYS.escape, KEYS.escape);
  await terminal.sees('5 of 7');
  await terminal.type('kubectl delete pods --all', KEYS.enter);
  await terminal.sees('6 of 7');
  await terminal.type('\x1b[21~');
  await terminal.sees('7 of 7');
  await terminal.type('\x1b\r');
  await terminal.sees('Run a cluster.');
  expect(askedFor(game, 'quit')).toHaveLength(1);
});

test('it can be declined, and left; it is not offered again', async () => {
  const { terminal } = await newcomer(80, 24);
  await terminal.type(KEYS.escape);
  await terminal.sees(/Player +Grace/);
  await terminal.type(':', 'sandbox', KEYS.enter);
  await terminal.sees('The tour');
  await terminal.type('4');
  await terminal.sees('1 of 7');
  await terminal.type(KEYS.alt('q'));
  await terminal.sees('Run a cluster.');
  expect(terminal.text()).not.toContain('show you around');
});

test('the strip fits into every width', () => {
  for (const columns of [60, 80, 120, 300]) {
    for (const step of TOUR.keys()) for (const row of tourRows({ step }, columns, createTheme('none', DEFAULT_SETTINGS))) expect(lineWidth(row)).toBeLessThanOrEqual(columns);
  }
});
