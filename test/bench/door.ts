/** A mission whose door is open under load: how long the screen has to wait for its turn. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { MissionSession } from '../../src/engine/mission-session.ts';
import { sandboxLevel } from '../../src/engine/sandbox.ts';
import { missionDoors } from '../../src/server/mission-door.ts';
import type { Load, Seen } from '../server/load.ts';

const TICK_MS = 125;
const IDLE_MS = 4_000;

/** Delays of the event loop, and the processor time that passes between two moments at which a frame could be drawn; milliseconds. */
export interface Delays { median: number; p99: number; max: number; cpuP99: number }

export interface DoorLoad extends Seen { delayMs: Delays; /** The same while nobody comes. */ idleMs: Delays }

/** Plays a sandbox at its own pace and looks at it as the screen does, while clients in another process do what `load` says. */
export async function doorUnderLoad(clients: string, { watches, clients: count, objects }: Load): Promise<DoorLoad> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-bench-'));
  const kubeconfig = join(folder, 'kubeconfig');
  const level = sandboxLevel('small')!;
  const session = await MissionSession.open({
    level, attempt: newAttempt(level.id, '', 'bench', 'bench'), isSandbox: true,
    host: {
      changed: () => void session?.view(), keep: () => undefined, finished: () => undefined, nextLevel: () => undefined, left: async () => undefined, editorStyle: () => 'vi',
      openDoor: missionDoors({ publish: (text) => { writeFileSync(kubeconfig, text, { mode: 0o600 }); return kubeconfig; }, commandOf: () => undefined, log: (text) => void process.stderr.write(text) }),
    },
  });
  const ticking = setInterval(() => void session.tick(TICK_MS), TICK_MS);
  try {
    await session.toggleDoor();
    const [, idleMs] = await delaysOf(() => new Promise((done) => setTimeout(done, IDLE_MS)));
    const [seen, delayMs] = await delaysOf(() => run(clients, [kubeconfig, watches, count, objects].map(String)));
    return { ...seen, delayMs, idleMs };
  } finally {
    clearInterval(ticking);
    await session.quit();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function delaysOf<T>(act: () => Promise<T>): Promise<[T, Delays]> {
  const delays = monitorEventLoopDelay({ resolution: 5 });
  const spent: number[] = [];
  let before = process.cpuUsage();
  const looking = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    spent.push((user + system) / 1000);
    before = process.cpuUsage();
  }, 1);
  delays.enable();
  const done = await act();
  delays.disable();
  clearInterval(looking);
  spent.sort((a, b) => a - b);
  const ms = (nanoseconds: number) => nanoseconds / 1e6;
  return [done, { median: ms(delays.percentile(50)), p99: ms(delays.percentile(99)), max: ms(delays.max), cpuP99: spent[Math.floor(spent.length * 0.99)] ?? 0 }];
}

function run(program: string, args: string[]): Promise<Seen> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
    child.on('close', (code) => (code === 0 ? done(JSON.parse(said) as Seen) : failed(new Error(`the clients ended with ${code}`))));
  });
}
