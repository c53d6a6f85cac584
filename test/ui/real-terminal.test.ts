/** A few runs in a real pseudo-terminal: signals, resize, surroundings. The rest is tested in process. */
import { spawn as spawnPiped } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { LEAVE } from '../../src/ui/terminal/screen-writer.ts';
import { type Environment, terminalEnvironment, TerminalProgram } from './terminal-program.ts';

const ENTRY = fileURLToPath(new URL('play-fake.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NODE_ARGUMENTS = ['--import', 'tsx', ENTRY];

/** The game on a model of its engine, or another program, in a terminal of the usual size. */
const started = (environment?: Environment, command: readonly [string, ...string[]] = [process.execPath, ...NODE_ARGUMENTS]) => new TerminalProgram(command, { columns: 80, rows: 24, environment: { COLORTERM: 'truecolor', ...environment }, cwd: ROOT });

let session: TerminalProgram | undefined;
afterEach(async () => { session?.kill('SIGKILL'); await session?.exited; session = undefined; });

test('the game plays, follows the window’s size, and leaves the screen as it was', async () => {
  session = started();
  await session.sees('Continue');
  session.resize(130, 40);
  session.type('\r');
  await session.sees('Enter begin');
  session.type('\r');
  await session.sees('3 Cluster');
  session.type('kubectl get nodes\r');
  await session.sees('v1.36.2');
  session.type('\x03');
  session.type('\x03');
  expect(await session.exited).toBe(0);
  expect(session.written).toContain(LEAVE);
  expect(session.text()).toContain('closed: true');
});

test.each([['SIGTERM', 143], ['SIGHUP', 129], ['SIGINT', 130]])('%s gives the terminal back', async (signal, code) => {
  session = started();
  await session.sees('Continue');
  session.kill(signal);
  expect(await session.exited).toBe(code);
  expect(session.written.endsWith(LEAVE) || session.written.includes(LEAVE)).toBe(true);
  expect(session.screen.buffer.active.type).toBe('normal');
});

test('in a real terminal CI=true changes nothing', async () => {
  session = started({ CI: 'true', GITHUB_ACTIONS: 'true' });
  await session.sees('Continue');
  session.type('2');
  await session.sees('First contact');
});

test('NO_COLOR is honoured', async () => {
  session = started({ NO_COLOR: '1' });
  await session.sees('Continue');
  session.type('2');
  await session.sees('First contact');
  expect(session.written).not.toMatch(/\x1b\[(?:[\d;]*;)?(?:3\d|4\d|9\d)(?:;[\d;]*)?m/);
});

test('a dumb terminal is told why not', async () => {
  session = started({ TERM: 'dumb' });
  expect(await session.exited).toBe(1);
  expect(session.written).toContain('TERM=dumb');
  expect(session.written).not.toContain('\x1b[?1049h');
});

test('a pipe is told why not', async () => {
  const piped = spawnPiped(process.execPath, NODE_ARGUMENTS, { cwd: ROOT, env: terminalEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  piped.stderr.on('data', (data: Buffer) => { said += data.toString(); });
  expect(await new Promise((resolve) => piped.on('exit', resolve))).toBe(1);
  expect(said).toContain('kube-quest run');
});

const PATIENCE = { timeout: 20_000 };
const PASTE = (text: string) => `\x1b[200~${text}\x1b[201~`;

test('Ctrl-Z gives the terminal to the shell, fg takes it back as it was', async () => {
  session = started({ PS1: 'outer> ' }, ['bash', '--norc', '--noprofile', '-i']);
  await session.sees('outer>');
  session.type(`${process.execPath} ${NODE_ARGUMENTS.join(' ')}\r`);
  await session.sees('Continue');
  session.type('\r');
  await session.sees('Enter begin');
  session.type('\r');
  await session.sees('ada@control-plane');
  session.type('kubectl get no');
  await session.sees('$ kubectl get no');
  session.type('\x1a');
  await session.sees('Stopped');
  expect(session.screen.buffer.active.type).toBe('normal');
  session.type('echo still $((40 + 2))\r');
  await session.sees('still 42');
  session.type('fg\r');
  await session.sees('$ kubectl get no');
  expect(session.screen.buffer.active.type).toBe('alternate');
  session.type('des\r');
  await session.sees('v1.36.2');
  session.type('\x03\x03');
  await session.sees('closed: true');
});

test('a mission follows every size from too small to very large while it runs', async () => {
  session = started();
  await session.sees('Continue');
  session.type('\r');
  await session.sees('Enter begin');
  session.type('\rkubectl logs -f web\r');
  await session.sees('GET /');
  for (const [columns, rows, wanted] of [[59, 20, 'kube-quest needs 60x20'], [60, 19, 'Make it larger'], [60, 20, '2 Terminal'], [300, 100, '3 Cluster'], [80, 24, '2 Terminal'], [120, 40, '3 Cluster']] as const) {
    session.resize(columns, rows);
    await session.sees(wanted);
    if (rows < 20 || columns < 60) continue;
    await session.sees('GET /');
    const shown = session;
    await expect.poll(() => shown.text().split('\n').at(-1), PATIENCE).toMatch(/Ctrl-C stop|keys/);
  }
});

test('two thousand pasted lines and wide characters come through a real terminal', async () => {
  session = started();
  await session.sees('Continue');
  session.type('\r');
  await session.sees('Enter begin');
  session.type('\r');
  await session.sees('ada@control-plane');
  session.type(PASTE(`${Array.from({ length: 2000 }, (_, index) => `echo ${index}`).join('\r')}\recho 漢字 e\u0301 \u{1F469}\u200d\u{1F4BB}`));
  await session.sees('echo 漢字 e\u0301');
  session.type('\x7f\x7f\x7f\r');
  await session.sees('bash: echo: command not found');
  session.resize(130, 40);
  await session.sees('3 Cluster');
  const { screen } = session;
  const edges = () => Array.from({ length: 36 }, (_, row) => screen.buffer.active.getLine(row + 2)?.getCell(129)?.getChars() ?? '').filter((edge) => /[│╮╯]/.test(edge)).length;
  await expect.poll(edges, PATIENCE).toBe(36);
});
