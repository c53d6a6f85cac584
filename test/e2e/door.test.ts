/** The door of a mission in a real terminal: `A`, and a client outside that does the work. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { TerminalGame } from './terminal-game.ts';

vi.setConfig({ testTimeout: 300_000 });
const ESCAPE = '\x1b';
const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

let game: TerminalGame | undefined;
afterEach(() => { game?.close(); game = undefined; });

test('A is in the help and the palette, opens the door, tells how to come in, and closes it', async () => {
  game = new TerminalGame(['play', 'scale-to-five'], { columns: 100, rows: 40 });
  const kubeconfig = join(game.saves, 'outside.kubeconfig');
  await game.sees('Enter begin');
  game.type('\r');
  await game.sees('player@quest:~$');
  game.type(ESCAPE);
  await game.sees('Esc or i to type');
  game.type('?');
  game.type('\x1b[6~'); // a page on: there are many keys
  await game.sees('Let your own kubectl in over HTTPS');
  game.type('\r');
  game.type(':');
  await game.sees('What can be done here');
  game.type('own kubectl\r');
  await game.sees('The door is open');
  expect(game.text().replace(/[│\s]/g, '')).toContain(kubeconfig);
  await game.sees(/127\.0\.0\.1:\d+/);
  expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
  game.type('\r');
  await game.sees('door open');
  game.type('A');
  await expect.poll(() => existsSync(kubeconfig), { timeout: 30_000 }).toBe(false);
  await expect.poll(() => game!.text(), { timeout: 30_000 }).not.toContain('door open');
});

test.skipIf(!hasKubectl)('kubectl wins the mission while the screen follows (skipped where there is no kubectl)', async () => {
  const saves = mkdtempSync(join(tmpdir(), 'kube-quest-'));
  game = new TerminalGame(['play', 'scale-to-five'], { columns: 120, rows: 40 }, saves);
  await game.sees('Enter begin');
  game.type('\r');
  await game.sees('player@quest:~$');
  game.type(`${ESCAPE}o`);
  await game.sees('The door is open');
  const kubectl = (...words: string[]) => execFileSync('kubectl', words, { encoding: 'utf8', env: { ...process.env, HOME: saves, KUBECONFIG: join(saves, 'outside.kubeconfig') } });
  expect(kubectl('get', 'deployment', 'web', '-n', 'shop')).toMatch(/web +2\/2/);
  expect(kubectl('scale', 'deployment/web', '--replicas=5', '-n', 'shop')).toBe('deployment.apps/web scaled\n');
  game.type('\r');
  await game.sees('outside: kubectl scale deployments web -n shop');
  await game.sees(/★.*Won/);
  const player = readdirSync(saves).find((name) => name.endsWith('.json'))!;
  const record = JSON.parse(readFileSync(join(saves, player), 'utf8')) as { levels: Record<string, { bestScore: number; best: { inputs: { do: string }[] } }> };
  expect(record.levels['scale-to-five']?.best.inputs.some((input) => input.do === 'outside')).toBe(true);
});
