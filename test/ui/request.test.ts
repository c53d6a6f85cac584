/** The x-ray of a command on the screen. */
import { expect, test } from 'vitest';
import { inMission, KEYS } from './terminal.ts';

test.each([[60, 20], [80, 24], [120, 40], [200, 60]])('at %ix%i a command is followed to its end', async (columns, rows) => {
  const { game, terminal } = await inMission(columns, rows, [KEYS.escape, 'x']);
  await terminal.sees('written as revision 812');
  await terminal.sees('command 1 of 1');
  await terminal.type(KEYS.pageDown);
  await terminal.sees(/\+0\.012s replicaset-controller creates Pod web-new/);
  await terminal.sees(/worker-1 +83 +80 +3/);
  await terminal.sees('refused by TaintToleration');
  await terminal.type(KEYS.escape);
  await terminal.sees('ada@control-plane');
  expect(terminal.text()).not.toContain('X-ray');
  expect(game.asked.at(-1)).toEqual({ what: 'look' });
});
