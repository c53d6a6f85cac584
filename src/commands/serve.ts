/** `kube-quest serve`: a cluster, or a level's scene, behind HTTPS for everybody's own tools. */
import { chmodSync, writeFileSync } from 'node:fs';
import type { Cluster } from '../cluster/cluster.ts';
import type { SavedCluster } from '../cluster/saved-cluster.ts';
import { newAttempt } from '../engine/mission/attempt.ts';
import { Mission } from '../engine/mission/mission.ts';
import { durationMs } from '../engine/pack/level.ts';
import { loadPack } from '../engine/pack/load.ts';
import { Runner } from '../engine/run.ts';
import { openDoor, type OpenDoor } from '../server/door.ts';
import { SaveError } from '../saves/atomic-file.ts';
import { ClusterFile } from '../saves/cluster-file.ts';
import { UserProblem } from './problem.ts';
import { readText } from './read-text.ts';
import { commandLine } from './outside-command.ts';
import { takeLines } from './serve-lines.ts';
import { tellObjectives } from './serve-objectives.ts';

export interface ServeOptions {
  cluster?: string; level?: string; port: string; speed: string; kubeconfig?: string; listen: string; iKnow?: boolean; behind?: string; seed: string; state?: string; levels: string;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);
/** How often the cluster is saved. */
const SAVE_EVERY_MS = 30_000;
/** Faster clusters run ahead of the clock that kubectl counts ages by, so they begin behind it. */
const BEHIND_IF_FAST_MS = 24 * 3_600_000;

/** Serves until Ctrl-C. Throws UserProblem for what cannot be. */
export async function serve(options: ServeOptions): Promise<number> {
  const { port, speed } = checked(options);
  const file = options.state === undefined ? undefined : new ClusterFile(options.state);
  const before = file?.read();
  const { cluster, mission } = await build(options, speed, before?.cluster);
  const door = await opened(openDoor(cluster, { port, keys: before?.door, address: options.listen, speed, log: say, crash, asked: mission && ((command, path) => mission.noteCommand(commandLine(command, path))) }), options);
  const saving = file && keepSaved(file, cluster, door);
  publish(door, options);
  if (mission) tellObjectives(mission, say);
  // A terminal is read only where there is something to type: a server in the background must not be stopped for it.
  if (mission || !process.stdin.isTTY) takeLines(process.stdin, door, mission, say);
  await new Promise<void>((resolve) => { for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve()); });
  await door.close();
  saving?.end();
  say('The door is closed.');
  return 0;
}

function checked({ cluster, level, state, port, speed, listen, iKnow }: ServeOptions): { port: number; speed: number } {
  if (cluster && level) throw new UserProblem('--cluster and --level cannot be given together');
  if (level && state) throw new UserProblem('--state keeps a cluster, not a level: what is played in the game is kept by the game');
  if (!LOOPBACK.has(listen) && !iKnow) throw new UserProblem(`--listen ${listen} lets others on the network reach the cluster; say --i-know if that is wanted`);
  const number = { port: Number(port), speed: Number(speed) };
  if (!Number.isInteger(number.port) || number.port < 0 || number.port > 65_535) throw new UserProblem(`--port: "${port}" is not a port`);
  if (!Number.isFinite(number.speed) || number.speed < 0 || number.speed > 10_000) throw new UserProblem(`--speed: "${speed}" is not a number from 0 to 10000`);
  return number;
}

async function build(options: ServeOptions, speed: number, saved: SavedCluster | undefined): Promise<{ cluster: Cluster; mission?: Mission }> {
  const behindMs = options.behind === undefined ? (speed > 1 ? BEHIND_IF_FAST_MS : 0) : durationMs(options.behind);
  if (options.level) {
    const mission = await scene(options.level, options, behindMs);
    return { cluster: mission.cluster, mission };
  }
  if (saved) {
    const { cluster } = await Runner.restart(saved, Date.now() - behindMs - RESTART_MS);
    await cluster.world.advance(Math.max(0, Date.now() - behindMs - cluster.world.clock.now()));
    say(`The cluster of ${options.state} is back as after a power cut${options.cluster ? '; --cluster was not read' : ''}.`);
    return { cluster };
  }
  const manifests = options.cluster === undefined ? undefined : readText(options.cluster);
  const beginMs = Date.now();
  const { cluster } = await Runner.start({ seed: options.seed, manifests, startMs: beginMs - behindMs - BOOT_MS });
  await cluster.world.advance(Math.max(0, Date.now() - behindMs - cluster.world.clock.now()));
  return { cluster };
}

/** What a cluster needs at most to boot, in its own time; and one that comes back, unless something in it is broken. */
const BOOT_MS = 90_000;
const RESTART_MS = 20_000;

/** Saves the cluster now, now and then, and at the end. Throws SaveError when it cannot even now; later that is told of, and tried again. */
function keepSaved(file: ClusterFile, cluster: Cluster, door: OpenDoor): { end(): void } {
  const write = () => file.write({ cluster: cluster.saved(), door: door.keys });
  const save = () => {
    try {
      write();
    } catch (error) {
      if (!(error instanceof SaveError)) throw error;
      say(error.message);
    }
  };
  write();
  const timer = setInterval(() => door.step('save', save), SAVE_EVERY_MS);
  return { end: () => { clearInterval(timer); save(); } };
}

async function scene(id: string, { levels, seed }: ServeOptions, behindMs: number): Promise<Mission> {
  const pack = loadPack(levels);
  const level = pack.levels.find((known) => known.id === id);
  if (!level) throw new UserProblem(`there is no level "${id}"; \`kube-quest levels\` lists them`);
  const output = { write: (stream: 'stdout' | 'stderr', text: string) => void process[stream].write(text), say: (text: string) => say(text) };
  // A scene takes as long as it takes: the clock begins so that it is ready about now.
  return Mission.start(level, newAttempt(level.id, pack.digest, seed, 'serve'), output, undefined, Date.now() - behindMs - BOOT_MS);
}

async function opened(door: Promise<OpenDoor>, { listen, port }: ServeOptions): Promise<OpenDoor> {
  try {
    return await door;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'EADDRINUSE') throw new UserProblem(`port ${port} is in use; --port 0 picks a free one`);
    if (code === 'EACCES' || code === 'EADDRNOTAVAIL') throw new UserProblem(`cannot listen on ${listen}:${port} (${code})`);
    throw error;
  }
}

function publish({ url, kubeconfig }: OpenDoor, { kubeconfig: file }: ServeOptions): void {
  if (file === undefined) {
    process.stdout.write(kubeconfig);
    say(`Serving on ${url} until Ctrl-C. Above is the kubeconfig: contexts kubernetes-admin@kubernetes and player@kubernetes.`);
    return;
  }
  try {
    writeFileSync(file, kubeconfig, { mode: 0o600 });
    chmodSync(file, 0o600);
  } catch (error) {
    throw new UserProblem(`${file}: cannot be written (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`);
  }
  say(`Serving on ${url} until Ctrl-C. In another terminal: export KUBECONFIG=${file}`);
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function crash(error: unknown): void {
  process.stderr.write(`kube-quest has a bug: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`);
  process.exit(1);
}
