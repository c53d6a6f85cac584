/** Each screen as state, message, state: no terminal, no React, no game behind it. */
import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/engine/view.ts';
import { FakeGame } from './fake-game.ts';
import { levelAhead } from '../../src/ui/forethought.ts';
import { next, type Message } from '../../src/ui/state/next.ts';
import { perform } from '../../src/ui/state/perform.ts';
import { after, atStart, inMission, type Moment, press, rows, seeing } from './state.ts';

test('a state is never changed, and nothing new to tell of leaves it as it is', async () => {
  const moment = await inMission();
  Object.freeze(moment.state);
  Object.freeze(moment.state.mission);
  press(moment, 'k', 'escape', 'v', 'j', '?');
  expect(moment.state.mission.line.text).toBe('');
  expect(next(moment.state, { type: 'view' }, moment.view)).toBe(moment.state);
});

test('the first screen is a name to be given, a player to be chosen, or the menu', () => {
  expect(atStart({ players: [], player: undefined }).state.screen).toBe('name');
  expect(atStart({ player: undefined }).state.screen).toBe('players');
  expect(atStart().state.screen).toBe('title');
});

test('a name is asked for to be kept; kept, the tour is offered', () => {
  const named = press(atStart({ players: [], player: undefined }), 'A', 'd', 'a', 'enter');
  expect(named.state).toMatchObject({ busy: 'saving', asks: [{ do: 'createPlayer', name: 'Ada' }] });
  const known = after(named, { type: 'done', deed: named.state.asks[0]! });
  expect(known.state).toMatchObject({ screen: 'title', busy: undefined, asks: [], name: { text: '' } });
  expect(press(known, 'enter').state).toMatchObject({ dialogs: [], asks: [{ do: 'startSandbox', isTour: true }] });
});

test('the menu leads to screens or asks for something, around its ends', () => {
  expect(press(atStart(), '2').state.screen).toBe('levels');
  expect(press(atStart(), 'enter').state.asks).toEqual([{ do: 'startLevel', id: 'scale-to-five' }]);
  expect(press(atStart(), 'up', 'enter').state.asks).toEqual([{ do: 'exit' }]);
});

test('a setting asks for its next value; the words change with the view', () => {
  const settings = press(atStart(), ':', ...'settings', 'enter');
  expect(press(settings, 'down', 'enter').state.asks).toEqual([{ do: 'changeSettings', change: { palette: 'light' } }]);
  const german = { ...settings, view: { ...settings.view, language: 'de', settings: { ...DEFAULT_SETTINGS, language: 'de' } } };
  expect(rows(press(german, '?'))).toContain('Tasten');
});

test('a locked level is asked about, and then unlocked', () => {
  const found = press(atStart(), '2', '/', ...'etcd', 'enter', 'enter');
  expect(rows(found)).toContain('Still locked');
  expect(press(found, 'enter').state.asks).toEqual([{ do: 'startLevel', id: 'lock-down-etcd', unlock: true }]);
  expect(press(found, 'escape', 'escape').state).toMatchObject({ dialogs: [], levels: { filter: { text: '' } } });
});

test('the map finds what can be played next', () => {
  const map = press(atStart(), '2', 'm', 'n');
  expect(map.state).toMatchObject({ screen: 'map', levels: { selected: 'self-healing' } });
  expect(rows(map)).toMatch(/\[. Self-healing/);
});

test('one line is submitted at a time; the others wait for the prompt', async () => {
  const pasted = after(await inMission(), { type: 'key', key: { id: 'paste', text: 'sleep 1\nsleep 2\nrest' } });
  expect(pasted.state).toMatchObject({ asks: [{ do: 'submit', line: 'sleep 1' }], mission: { ahead: ['sleep 2'], line: { text: 'rest' } } });
  const { prompt } = pasted.view.mission!;
  expect(seeing(pasted, { prompt: { ...prompt, state: 'running' } }).state.asks).toEqual([]);
  expect(seeing(pasted, {}).state).toMatchObject({ asks: [{ do: 'submit', line: 'sleep 2' }], mission: { ahead: [] } });
});

test('what Tab found comes too late for a line that has changed', async () => {
  const asked = press(await inMission(), 'k', 'u', 'tab');
  const found = { type: 'completed', line: asked.state.mission.line, found: { from: 0, replacements: ['kubectl '] } } as const;
  expect(asked.state.asks).toMatchObject([{ do: 'complete', line: { text: 'ku' } }]);
  expect(after(asked, found).state.mission.line.text).toBe('kubectl ');
  expect(after(press(asked, 'x'), found).state.mission.line.text).toBe('kux');
});

test('what a sight needs is asked for once, and again when it is something else', async () => {
  const time = press(await inMission(), 'alt-t');
  expect(time.state.asks).toEqual([{ do: 'look', lens: { of: 'history' } }]);
  const lens = { of: 'history' as const, from: 11, to: 12, moments: [{ revision: 11, elapsedMs: 1000, text: 'a' }, { revision: 12, elapsedMs: 2000, text: 'b' }], diff: ['+ x'] };
  const seen = seeing(time, { lens });
  expect(seen.state.asks).toEqual([]);
  expect(press(seen, 'k').state.asks).toEqual([{ do: 'look', lens: { of: 'history', to: 11 } }]);
  expect(press(press(seen, 'f'), 'enter').state).toMatchObject({ busy: 'back', asks: [{ do: 'fork', elapsedMs: 2000 }] });
});

test('the editor comes and goes with the command that wants it', async () => {
  const editing = seeing(await inMission(), { editor: { id: 7, fileName: 'web.yaml', text: 'replicas: 3\n', style: 'vi' } });
  expect(rows(editing)).toMatch(/web\.yaml vi[^]*replicas: 3/);
  const written = press(editing, '$', 'r', '5', ':', 'w', 'q', 'enter');
  expect(written.state.asks).toEqual([{ do: 'closeEditor', written: 'replicas: 5\n' }]);
  expect(seeing(written, { editor: undefined }).state.mission.editor).toBeUndefined();
});

test('the debrief opens once, and leads on to the next level', async () => {
  const won = seeing(await inMission(), { debrief: { outcome: 'won', stars: 2, score: 700, scoreMax: 1000, steps: [], text: 'Well done.', nextLevel: { id: 'self-healing', title: 'Self-healing' } } });
  expect(rows(won)).toContain('Well done.');
  expect(seeing(press(won, 'escape'), { elapsedMs: 9000 }).state.dialogs).toEqual([]);
  const gone = press(won, 'enter');
  expect(gone.state.asks).toEqual([{ do: 'startLevel', id: 'self-healing' }]);
  expect(press(gone, 'enter', 'x').state.asks).toEqual([]); // while one waits, keys do nothing
});

test('after the end the prompt is still there, and what is typed is run', async () => {
  const won = press(seeing(await inMission(), { debrief: { outcome: 'won', stars: 2, score: 700, scoreMax: 1000, steps: [], text: 'Look again.' } }), 'escape');
  expect(rows(won)).toContain('ada@control-plane:~$');
  expect(press(won, 'l', 's', 'enter').state.asks).toEqual([{ do: 'submit', line: 'ls' }]);
});

test('leaving a mission asks first; the palette does what the key does', async () => {
  const moment = await inMission();
  const [byKey, byName] = [press(moment, 'alt-q'), press(moment, 'alt-a', ...'leave', 'enter')];
  expect(byName.state.dialogs).toEqual(byKey.state.dialogs);
  const left = press(byKey, 'enter');
  expect(left.state.asks).toEqual([{ do: 'quit', to: 'levels' }]);
  expect(after(left, { type: 'done', deed: left.state.asks[0]! }).state).toMatchObject({ screen: 'levels', dialogs: [], busy: undefined });
});

test('what the player can mend is told, and nothing is waited for any more', () => {
  const starting = press(atStart(), 'enter');
  const failed = after(starting, { type: 'failed', text: 'levels/x.yaml: title: is missing' });
  expect(failed.state.busy).toBeUndefined();
  expect(rows(failed)).toContain('levels/x.yaml: title: is missing');
});

test('Ctrl-C quits only when nothing comes between', () => {
  expect(press(atStart(), 'ctrl-c', 'ctrl-c').state.asks).toEqual([{ do: 'exit' }]);
  expect(press(atStart(), 'ctrl-c', 'j', 'ctrl-c').state.asks).toEqual([]);
});

test('the wheel and a click answer like keys', async () => {
  const map = press(atStart(), '2', 'm');
  const wheel = after(map, { type: 'key', key: { id: 'wheeldown', text: '', at: { column: 5, row: 5 } } });
  expect(wheel.state.levels.selected).toBe(press(map, 'down').state.levels.selected);
  const row = rows(map).split('\n').findIndex((line) => line.includes('Rolling update'));
  const click = after(map, { type: 'key', key: { id: 'click', text: '', at: { column: rows(map).split('\n')[row]!.indexOf('Rolling update'), row } } });
  expect(click.state.levels.selected).toBe('rolling-update');
});

test('the help lists the commands of vi only to who has chosen them', async () => {
  const moment = await inMission();
  const vi = { ...moment, view: { ...moment.view, settings: { ...DEFAULT_SETTINGS, lineKeys: 'vi' as const } } };
  expect(rows(press(moment, 'alt-?'))).not.toContain('commands of vi');
  expect(rows(press(vi, 'alt-?'))).toContain('commands of vi');
});

test('a mission says its world as the list of levels does', async () => {
  expect(rows(await inMission({ world: 'first' }))).toContain('First contact · Scale to five');
});

test('what Enter would begin is known before it is pressed', async () => {
  const ahead = ({ state, view }: Moment) => levelAhead(state, view);
  expect(ahead(atStart())).toBe('scale-to-five');
  expect(ahead(press(atStart(), 'down'))).toBeUndefined();
  expect(ahead(press(atStart(), '2', '/', ...'etcd', 'enter', 'enter'))).toBe('lock-down-etcd'); // asked whether, though locked
  expect(ahead(press(atStart(), 'enter'))).toBeUndefined(); // it is being begun
  expect(ahead(await inMission())).toBeUndefined();
});

test('the editor marks what is wrong in its margin, and Tab types the fields that fit', async () => {
  const game = new FakeGame();
  await game.startLevel('scale-to-five');
  const text = 'kind: Deployment\nspec:\n  replcas: 3\n';
  game.paper.change({ editor: { id: 1, fileName: 'web.yaml', text, style: 'nano' } });
  const opened = seeing({ ...(await inMission()), view: game.view() }, {});
  const answered = async (moment: Moment): Promise<Moment> => {
    const [deed] = moment.state.asks;
    return after(moment, (await perform(deed!, game, { exit: () => undefined }) as Message));
  };
  expect(opened.state.asks).toMatchObject([{ do: 'checkText' }]);
  const marked = await answered(opened);
  expect(rows(marked)).toMatch(/✗ +replcas: 3/);
  expect(rows(marked)).not.toContain('did you mean');
  expect(rows(press(marked, 'down', 'down'))).toContain('did you mean "replicas"?');
  const cut = await answered(press(marked, 'down', 'down', 'ctrl-k', 'end', 'enter', ' ', ' ', 'r', 'e'));
  expect(rows(cut)).not.toContain('✗');
  const offered = await answered(press(cut, 'tab'));
  expect(rows(offered)).toMatch(/replicas +revisionHistoryLimit/);
  const typed = await answered(press(press(offered, 'p'), 'tab'));
  expect(typed.state.mission.editor!.buffer.lines.at(-1)).toBe('  replicas: ');
  expect(typed.state.mission.editor!.offered).toBeUndefined();
});
