/** Several shells in tabs, on the screen. */
import { expect, test } from 'vitest';
import { askedFor, inMission, KEYS } from './terminal.ts';

test.each([[60, 20], [120, 40]])('at %ix%i each shell keeps its line and what it printed', async (columns, rows) => {
  const { game, terminal } = await inMission(columns, rows, ['kubectl get nodes\r', 'kubectl dele']);
  await terminal.sees('v1.36.2');
  await terminal.type('\x1b[23~'); // F11
  await terminal.sees(/1 quest {2,3}2 quest/);
  expect(terminal.text()).not.toContain('v1.36.2');
  await terminal.type('sleep 5');
  await terminal.sees('$ sleep 5');
  await terminal.type('\x1b[24~'); // F12
  await terminal.sees('$ kubectl dele');
  await terminal.sees('v1.36.2');
  await terminal.type(KEYS.escape, ']');
  await terminal.sees('$ sleep 5');
  expect(askedFor(game, 'chooseTab')).toEqual([1, 0, 1]);
});
