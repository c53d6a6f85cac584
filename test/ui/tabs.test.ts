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

test('Ctrl-D at an empty prompt closes a shell beside the first; the one before has its line again', async () => {
  const { game, terminal } = await inMission(120, 40, ['kubectl dele']);
  await terminal.type('\x1b[23~', 'abc', KEYS.ctrlD);
  await terminal.sees('$ abc');
  expect(askedFor(game, 'submit')).toEqual([]);
  await terminal.type(KEYS.alt('?'));
  await terminal.sees('close this shell');
  await terminal.type(KEYS.escape, KEYS.ctrlC, KEYS.ctrlD);
  await terminal.sees('$ kubectl dele');
  expect(askedFor(game, 'submit')).toEqual(['exit']);
  expect(terminal.text()).not.toMatch(/\d quest/);
  await terminal.type('\x1b[23~');
  await terminal.sees(/1 quest {2,3}2 quest/);
  expect(terminal.text()).not.toContain('abc');
  await terminal.type(KEYS.ctrlD);
  await terminal.sees('$ kubectl dele');
  await terminal.type(KEYS.ctrlC, KEYS.ctrlD);
  await terminal.sees('Leave the mission?');
});
