/** All missions won through the real screen: the built program in a pseudo-terminal, keys typed, the screen read. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { commandsOf } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import type { Size } from '../ui/terminal-program.ts';
import { TerminalGame } from './terminal-game.ts';

const FAST = '\x1bs\x1bs'; // Alt-s: the next speed, twice
const CTRL_C = '\x03';
const SMALL: Size = { columns: 80, rows: 24 };
const WIDE: Size = { columns: 120, rows: 40 };

const pack = await loadPack('levels');
/** One mission of each kind: all others are won in plain mode and by `pack test`. */
const PLAYED = ['hello-cluster', 'crash-loop', 'scale-to-five', 'rollback', 'gpu-pods', 'selector-mismatch', 'crashed-node', 'lock-down-etcd'];
const missions = pack.levels.filter(({ id }) => PLAYED.includes(id)).map((level, i) => (i % 2 === 0 ? { level, size: SMALL, solution: 0 } : { level, size: WIDE, solution: 1 }));

vi.setConfig({ testTimeout: 300_000 });

let game: TerminalGame | undefined;
afterEach(() => { game?.close(); game = undefined; });

/** Starts a mission and leaves its briefing for the prompt, at ten times the speed. */
async function begun(id: string, size: Size, saves?: string): Promise<TerminalGame> {
  game = new TerminalGame(['play', id], size, saves);
  await game.sees('Enter begin');
  game.type('\r');
  await game.sees('player@quest:~$');
  game.type(FAST);
  await game.sees('10x');
  return game;
}

function savedIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');
}

test.each(missions.map((mission) => [`${mission.level.id} at ${mission.size.columns}x${mission.size.rows}`, mission] as const))('%s is won by keys alone', async (_name, { level, size, solution }) => {
  const played = await begun(level.id, size);
  for (const command of commandsOf(level.solutions[solution]!)) {
    const wait = /^#\s*wait\s+(\S+)/.exec(command)?.[1];
    played.type(`${wait ? `sleep ${wait}` : command.replaceAll('\n', '\r')}\r`);
  }
  await played.sees(/★.*Won/);
  expect(played.text()).toMatch(/[1-9]\d* of 1000/);
  played.type(CTRL_C);
  played.type(CTRL_C);
  expect(await played.exited).toBe(0);
  expect(played.isAlternateScreen).toBe(false);
});

test('a game that is killed goes on where it was', async () => {
  const saves = mkdtempSync(join(tmpdir(), 'kube-quest-'));
  const first = await begun('hello-cluster', WIDE, saves);
  first.type('kubectl get nodes\r');
  await first.sees('harbour-2');
  first.type('echo here > note; cd /tmp\r');
  await first.sees(/1 of 3|1\/3/);
  first.type('export HARBOUR=one\r');
  await expect.poll(() => savedIn(saves), { timeout: 10_000 }).toContain('HARBOUR=one');
  const ages = /harbour-2\s.*v1\.36/.exec(first.text())?.[0];
  first.kill('SIGKILL');
  await first.exited;

  game = new TerminalGame(['play', 'hello-cluster'], WIDE, saves);
  const second = game;
  await second.sees('kubectl get nodes'); // the transcript is back, without a briefing
  expect(second.text()).toContain(ages);
  second.type('pwd; cat ~/note; echo $HARBOUR\r');
  await second.sees(/│\/tmp\s[\s\S]*│here\s[\s\S]*│one\s/);
  second.type('kubectl get pods -n kube-system\r');
  await second.sees('etcd-anchor');
  second.type('answer anchor\r');
  await second.sees(/★.*Won/);
});
