/** The mouse: asked for where nothing is typed, so that the terminal's own selection is never in the way. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { KeyParser } from '../../src/ui/terminal/key-parser.ts';
import { atTitle, inMission, KEYS, type TestTerminal } from './terminal.ts';

const isAsked = ({ written }: TestTerminal) => written.lastIndexOf('\x1b[?1000h') > written.lastIndexOf('\x1b[?1000l');
const press = (column: number, row: number, button = 0) => `\x1b[<${button};${column + 1};${row + 1}M`;

/** Where a text stands on the screen. */
function placeOf(terminal: TestTerminal, text: string): [number, number] {
  const row = terminal.rows().findIndex((line) => line.includes(text));
  return [terminal.rows()[row]!.indexOf(text), row];
}

test('reports become clicks and notches; releases, drags and other buttons nothing', () => {
  const parser = new KeyParser();
  expect(parser.push('\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<32;11;5M\x1b[<2;1;1M\x1b[<64;1;1M\x1b[<65;3;4Mx')).toEqual([
    { id: 'click', text: '', at: { column: 9, row: 4 } }, { id: 'wheelup', text: '', at: { column: 0, row: 0 } }, { id: 'wheeldown', text: '', at: { column: 2, row: 3 } }, { id: 'x', text: 'x' },
  ]);
});

test('at the prompt and in plain text the terminal selects; on the map a click chooses, a second one reads', async () => {
  const { terminal } = await inMission(120, 40);
  expect(isAsked(terminal)).toBe(false);
  await terminal.type(KEYS.alt('v'));
  await terminal.sees('by node');
  expect(isAsked(terminal)).toBe(true);
  await terminal.type(press(...placeOf(terminal, 'worker-2')));
  await terminal.sees('node worker-2 Ready,SchedulingDisabled');
  await terminal.type(press(...placeOf(terminal, 'worker-2')));
  await terminal.sees('$ kubectl describe node worker-2');
  await terminal.type(KEYS.escape, KEYS.escape);
  await terminal.sees('ada@control-plane');
  expect(isAsked(terminal)).toBe(false);
  await terminal.type(KEYS.escape);
  expect(isAsked(terminal)).toBe(true);
  await terminal.type('c');
  await terminal.sees('Esc back');
  expect(isAsked(terminal)).toBe(false);
});

test('the wheel scrolls what is read and moves in lists', async () => {
  const { game, terminal } = await inMission();
  for (let index = 0; index < 100; index += 1) game.paper.print([{ text: `line ${index}.` }]);
  await terminal.sees('line 99.');
  await terminal.type(KEYS.escape, press(5, 5, 64));
  await terminal.sees('more lines below');
});

test('a click on the world map marks a level', async () => {
  const { terminal } = await atTitle(120, 40);
  await terminal.type(':', 'world map', KEYS.enter);
  await terminal.sees('Self-healing');
  await terminal.type(press(...placeOf(terminal, 'Self-healing')));
  await terminal.sees('╭─ Self-healing');
});

test('who has switched it off is never asked for it', async () => {
  const { terminal } = await atTitle(80, 24, { settings: { ...DEFAULT_SETTINGS, mouse: false } });
  expect(terminal.written).not.toContain('\x1b[?1000h');
});

test('a bell rings for an objective, for who wants to hear it', async () => {
  const { game, terminal } = await inMission();
  const done = () => game.paper.change({ objectives: game.paper.view.objectives.map((objective) => ({ ...objective, state: 'done' as const })) });
  done();
  expect(terminal.written).not.toContain('\x07');
  game.paper.change({ objectives: game.paper.view.objectives.map((objective) => ({ ...objective, state: 'open' as const })) });
  await game.changeSettings({ sound: true });
  done();
  expect(terminal.written).toContain('\x07');
});

test('with the keys of vi Escape leads to commands first, then out of the prompt', async () => {
  const { game, terminal } = await inMission();
  await game.changeSettings({ lineKeys: 'vi' });
  await terminal.type('kubectl get pods', KEYS.escape);
  await terminal.sees('vi commands');
  await terminal.type('bcwnodes', '\r');
  await terminal.sees('$ kubectl get nodes');
  await terminal.type(KEYS.escape, KEYS.escape);
  await terminal.sees('Esc to the prompt');
});
