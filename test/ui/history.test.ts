/** The time machine on the screen. */
import { afterEach, expect, test } from 'vitest';
import { FakeGame } from './fake-game.ts';
import { KEYS, TestTerminal } from './terminal.ts';

let open: TestTerminal | undefined;
afterEach(async () => { await open?.quit(); open = undefined; });

test.each([[60, 20], [120, 40], [200, 60]])('at %ix%i one looks back, steps and forks after being asked', async (columns, rows) => {
  const game = new FakeGame();
  const terminal = open = new TestTerminal(game, columns, rows);
  await terminal.sees('Continue');
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter begin');
  await terminal.type(KEYS.enter, KEYS.alt('t'));
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
