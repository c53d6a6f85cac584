import { describe, expect, test } from 'vitest';
import { askedFor, atTitle, inMission, KEYS } from './terminal.ts';
import { ENTER, LEAVE } from '../../src/ui/terminal/screen-writer.ts';
import { DEFAULT_SETTINGS, GameProblem } from '../../src/engine/view.ts';

const SIZES = [[60, 20], [80, 24], [100, 30], [120, 40], [160, 45], [190, 50], [300, 100]] as const;

describe.each(SIZES)('at %ix%i', (columns, rows) => {
  test('every screen fits and nothing flickers', async () => {
    const { game, terminal } = await atTitle(columns, rows);
    await terminal.type('2');
    await terminal.sees('started');
    await terminal.type(KEYS.enter);
    await terminal.sees('Enter begin');
    await terminal.type(KEYS.enter, 'kubectl get pods -n shop\r', 'kubectl d');
    await terminal.sees('kubectl d');
    await terminal.type(KEYS.alt('1'));
    await terminal.sees('Objectives');
    await terminal.type(KEYS.alt('3'));
    await terminal.sees('worker-1');
    await terminal.type('h');
    await terminal.sees('5 points');
    await terminal.type(KEYS.escape, '?');
    await terminal.sees('In this pane');
    await terminal.type(KEYS.escape);
    game.paper.win();
    await terminal.sees('Won');
    const clears = terminal.written.split('\x1b[2J').length - 1;
    expect(clears).toBe(1); // On entering the alternate screen.
    expect(terminal.written).not.toMatch(/\x1b\[\d*A|\x1b\[2K|\n/);
    for (const [, row, text] of terminal.written.matchAll(/\x1b\[(\d+);1H([^\x1b]*(?:\x1b\[[\d;]*m[^\x1b]*)*)/g)) {
      expect(Number(row)).toBeLessThanOrEqual(rows);
      expect(text!.replace(/\x1b\[[\d;]*m/g, '').length).toBeLessThanOrEqual(columns);
    }
  });
});

test('a first player says a name, and is greeted by the menu', async () => {
  const { game, terminal } = await atTitle(80, 24, { players: [], player: undefined });
  await terminal.sees('What shall we call you?');
  await terminal.type('Grace', KEYS.backspace, 'e', KEYS.enter);
  await terminal.sees('Shall we show you around?');
  await terminal.type(KEYS.escape);
  await terminal.sees(/Player +Grace/);
  expect(askedFor(game, 'createPlayer')).toEqual(['Grace']);
});

test('the menu moves with arrows and vi keys, and takes digits', async () => {
  const { terminal } = await atTitle();
  await terminal.type('j', KEYS.down, KEYS.enter);
  await terminal.sees('How large a cluster?');
  await terminal.type(KEYS.escape);
  await terminal.sees('Continue');
  await terminal.type('2');
  await terminal.sees('First contact');
});

test('keys that come in one burst are taken one after the other', async () => {
  const { terminal } = await atTitle();
  await terminal.type('jj\r');
  await terminal.sees('How large a cluster?');
});

test('the level list shows what a level is, finds by words, and opens a locked one after asking', async () => {
  const { game, terminal } = await atTitle(100, 30);
  await terminal.type('2');
  await terminal.sees(/Scale to five.*3 min.*started/);
  expect(terminal.text()).toMatch(/Hello cluster.*★★★/);
  await terminal.type('/', 'etcd');
  await terminal.sees(/Levels \/etcd/);
  expect(terminal.text()).not.toContain('Hello cluster');
  await terminal.type(KEYS.enter, KEYS.enter);
  await terminal.sees('Still locked');
  await terminal.type(KEYS.escape, KEYS.escape);
  await terminal.sees('Hello cluster');
  await terminal.type('g', 'j', KEYS.enter);
  await terminal.sees('Enter begin');
  expect(askedFor(game, 'startLevel')).toEqual([{ id: 'the-front-door' }]);
});

test('r plays a level from its beginning', async () => {
  const { game, terminal } = await atTitle(100, 30);
  await terminal.type('2', 'r');
  await terminal.sees('Enter begin');
  expect(askedFor(game, 'startLevel')).toEqual([{ id: 'scale-to-five', fresh: true }]);
});

test('the prompt runs lines, keeps a history, completes words', async () => {
  const { game, terminal } = await inMission();
  await terminal.type('kubectl get pods -n shop', KEYS.enter);
  await terminal.sees('CrashLoopBackOff');
  await terminal.type(KEYS.up);
  await terminal.sees(/\$ kubectl get pods -n shop\s*$/m);
  await terminal.type('\x15', 'kubec', KEYS.tab);
  await terminal.sees('kubectl-convert');
  await terminal.type('\x15', 'kubectl get po', KEYS.tab, KEYS.enter);
  expect(askedFor(game, 'submit')).toEqual(['kubectl get pods -n shop', 'kubectl get pods ']);
});

test('Ctrl-C gives up a line, stops a command, and quits only when pressed twice on nothing', async () => {
  const { game, terminal } = await inMission();
  await terminal.type('kubectl dele', KEYS.ctrlC);
  await terminal.sees('kubectl dele^C');
  await terminal.type('kubectl logs -f web', KEYS.enter, KEYS.ctrlC);
  await terminal.sees(/^\^C/m);
  expect(askedFor(game, 'interrupt')).toEqual(['kubectl dele', undefined]);
  await terminal.type(KEYS.ctrlC);
  await terminal.sees('once more to quit');
  await terminal.type('x', '\x7f');
  expect(terminal.footer()).not.toContain('once more');
  await terminal.type(KEYS.ctrlC, KEYS.ctrlC);
  await terminal.ended;
  expect(game.asked.at(-1)).toEqual({ what: 'close' });
});

test('a pasted script runs line by line, the last line waits', async () => {
  const { game, terminal } = await inMission();
  await terminal.type(KEYS.paste('kubectl get nodes\nsleep 5\nkubectl get pods\nkubectl desc'));
  await terminal.sees('1 typed ahead');
  expect(askedFor(game, 'submit')).toEqual(['kubectl get nodes', 'sleep 5']);
  game.paper.interrupt();
  await terminal.sees('kubectl desc');
  expect(askedFor(game, 'submit')).toEqual(['kubectl get nodes', 'sleep 5', 'kubectl get pods']);
});

test('the transcript scrolls back and follows again', async () => {
  const { game, terminal } = await inMission();
  for (let index = 0; index < 100; index += 1) game.paper.print([{ text: `line ${index}.` }]);
  await terminal.sees('line 99.');
  await terminal.type(KEYS.pageUp, KEYS.pageUp);
  await terminal.sees('more lines below');
  expect(terminal.text()).not.toContain('line 99.');
  game.paper.print([{ text: 'something new' }]);
  await terminal.drawn();
  expect(terminal.text()).not.toContain('something new');
  for (let page = 0; page < 20; page += 1) await terminal.type(KEYS.pageUp);
  await terminal.sees('line 0.');
  await terminal.type('k');
  await terminal.sees('something new');
});

test('output cannot take over the screen', async () => {
  const { game, terminal } = await inMission();
  game.paper.print([{ text: 'evil\x1b[2J\x1b[?1049l\x1b[10;10Hthing\ttab' }]);
  await terminal.sees('evilthing');
  expect(terminal.rows()[0]).toContain('kube-quest');
});

test('a hint tells its price before it is taken', async () => {
  const { game, terminal } = await inMission(100, 30);
  await terminal.type(KEYS.alt('h'));
  await terminal.sees('Hint 1 of 3 costs 5 points');
  expect(askedFor(game, 'takeHint')).toEqual([]);
  await terminal.type(KEYS.enter);
  await terminal.sees('Something decides how many Pods');
  expect(askedFor(game, 'takeHint')).toHaveLength(1);
});

test('Escape leaves the prompt for the game’s own letters, and comes back', async () => {
  const { game, terminal } = await inMission();
  await terminal.type(KEYS.escape, 'p');
  await terminal.sees('paused');
  expect(terminal.footer()).toMatch(/Esc to the prompt/);
  await terminal.type('p', 's');
  await terminal.sees('2x');
  await terminal.type('i', 'psi');
  await terminal.sees('$ psi');
  expect(askedFor(game, 'setSpeed')).toEqual(['paused', 1, 2]);
});

test('leaving asks first, and the mission is saved', async () => {
  const { game, terminal } = await inMission();
  await terminal.type(KEYS.ctrlD);
  await terminal.sees('Leave the mission?');
  await terminal.type(KEYS.escape);
  await terminal.type(KEYS.ctrlD, KEYS.enter);
  await terminal.sees('First contact');
  expect(askedFor(game, 'quit')).toHaveLength(1);
});

test('kubectl edit opens vi; what :wq writes is handed back', async () => {
  const { game, terminal } = await inMission();
  await terminal.type('kubectl edit deployment web', KEYS.enter);
  await terminal.sees('deployment-web.yaml');
  await terminal.type('7j$r5', ':wq', KEYS.enter);
  await terminal.sees('deployment.apps/web edited');
  expect(askedFor(game, 'closeEditor')[0]).toContain('replicas: 5');
});

test('time passes while playing, not while a card is read or the game is paused', async () => {
  const { game, terminal } = await inMission();
  await terminal.sees('◷ 0:01');
  await terminal.type(KEYS.f1);
  const at = game.view().mission!.elapsedMs;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(game.view().mission!.elapsedMs - at).toBeLessThan(200);
});

test('winning shows stars, the score step by step, and the way on', async () => {
  const { game, terminal } = await inMission(100, 30);
  game.paper.win();
  await terminal.sees('★★★');
  expect(terminal.text()).toMatch(/Quicker than par +\+150/);
  expect(terminal.text()).toMatch(/Score +845/);
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter begin');
  expect(askedFor(game, 'startLevel').at(-1)).toEqual({ id: 'self-healing' });
});

test('a problem of the game is told, not thrown', async () => {
  const { game, terminal } = await atTitle();
  game.startLevel = async () => { throw new GameProblem('levels/x.yaml: title: is missing'); };
  await terminal.type(KEYS.enter);
  await terminal.sees('levels/x.yaml: title: is missing');
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter choose');
});

test('too small a window says so, and goes on when it grows', async () => {
  const { terminal } = await inMission();
  await terminal.resize(50, 15);
  await terminal.sees('kube-quest needs 60x20');
  await terminal.resize(130, 40);
  await terminal.sees('3 Cluster');
  expect(terminal.rows().filter((row) => row.includes('kube-quest needs'))).toEqual([]);
});

test('a key costs few bytes, and a tick that shows nothing new costs none', async () => {
  const { game, terminal } = await inMission(120, 40);
  game.paper.setSpeed('paused');
  await terminal.drawn();
  const before = terminal.written.length;
  await terminal.type('x');
  expect(terminal.written.length - before).toBeLessThan(600);
  game.paper.change({});
  const after = terminal.written.length;
  await terminal.drawn();
  expect(terminal.written.length).toBe(after);
});

test('without colours and box drawing everything is still told', async () => {
  const { terminal } = await atTitle(120, 40, { settings: { ...DEFAULT_SETTINGS, glyphs: 'ascii' } }, { depth: 'none', glyphs: 'ascii' });
  await terminal.sees('k u b e');
  await terminal.type(KEYS.enter);
  await terminal.sees('Enter begin');
  await terminal.type(KEYS.enter);
  await terminal.sees('CrashLoopBackOff');
  expect(terminal.text()).not.toMatch(/[^\x00-\x7f’]/);
  expect(terminal.written).not.toMatch(/\x1b\[(?:[\d;]*;)?(?:3\d|4\d|9\d)(?:;[\d;]*)?m/);
});

test('the terminal is given back as it was', async () => {
  const { terminal } = await atTitle();
  await terminal.type('q');
  await terminal.ended;
  expect(terminal.written.startsWith(ENTER)).toBe(true);
  expect(terminal.written.endsWith(LEAVE)).toBe(true);
});
