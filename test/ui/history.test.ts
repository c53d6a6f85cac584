/** The time machine on the screen. */
import { expect, test } from 'vitest';
import { inMission, KEYS } from './terminal.ts';

test.each([[60, 20], [120, 40], [200, 60]])('at %ix%i one looks back, steps and forks after being asked', async (columns, rows) => {
  const { game, terminal } = await inMission(columns, rows, [KEYS.alt('t')]);
  await terminal.sees('Revision 11 to 12');
  await terminal.sees('+  phase: Running');
  await terminal.type('k');
  await terminal.sees(/▌ +0:01 +11 +added Pod shop\/a/);
  await terminal.type('n', 'f');
  await terminal.sees('Go on from here?');
  await terminal.type(KEYS.enter);
  await terminal.sees('ada@control-plane');
  expect(game.asked.filter(({ what }) => what === 'stepTime' || what === 'fork')).toEqual([{ what: 'stepTime' }, { what: 'fork', with: 1000 }]);
});
