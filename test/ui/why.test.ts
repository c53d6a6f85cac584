/** Asking why, on the screen: the price first, then the chain, each link with its command. */
import { expect, test } from 'vitest';
import { whyFrame } from '../../src/ui/sights/why.ts';
import { lineWidth } from '../../src/ui/text.ts';
import { createTheme } from '../../src/ui/theme.ts';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { FakeGame } from './fake-game.ts';
import { inMission, KEYS } from './terminal.ts';

test.each([[80, 24], [120, 40], [200, 60]])('at %ix%i the price is told, then the chain, and its command goes to the prompt', async (columns, rows) => {
  const { game, terminal } = await inMission(columns, rows);
  await terminal.type(KEYS.alt('w'));
  await terminal.sees('node worker-2  NotReady');
  if (columns < 100) await terminal.type(KEYS.enter);
  await terminal.sees('Enter ask, for 25 points');
  expect(game.asked.some(({ what }) => what === 'askWhy')).toBe(false);
  await terminal.type(KEYS.enter);
  await terminal.sees('Its last words: no route');
  await terminal.type('j', 'c');
  await terminal.sees(/\$ kubectl logs cart --previous/);
  expect(terminal.text()).not.toContain('In trouble');
});

test('where the level forbids it there is no key for it', async () => {
  const { game, terminal } = await inMission(100, 30);
  game.paper.change({ whyCost: undefined });
  await terminal.type(KEYS.alt('w'), KEYS.escape, 'w');
  expect(terminal.text()).not.toContain('In trouble');
});

test('a long chain fits into every width', () => {
  const game = new FakeGame();
  void game.startLevel('x');
  const view = { ...game.paper.view, lens: { of: 'why' as const, ref: { resource: 'pod', name: 'x' }, troubles: [{ ref: { resource: 'pod', name: 'x'.repeat(120) }, note: 'bad', isPaid: true }], links: Array.from({ length: 9 }, () => ({ text: 'many words '.repeat(20), command: 'kubectl '.repeat(30) })) } };
  for (const [columns, rows] of [[60, 20], [80, 24], [200, 60]] as const) {
    for (const isReading of [true, false]) {
      const drawn = whyFrame(view, { screen: 'why', selected: '', isReading, marked: 8 }, { columns, rows }, createTheme('none', { ...DEFAULT_SETTINGS, glyphs: 'ascii' }));
      expect(drawn).toHaveLength(rows - 2);
      for (const line of drawn) expect(lineWidth(line)).toBe(columns);
    }
  }
});
