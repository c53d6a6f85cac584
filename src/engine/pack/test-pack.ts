/** `pack test`: proves a level. Doing nothing never wins, solutions do, for several seeds; mistakes and cheats do not. */
import { newAttempt } from '../mission/attempt.ts';
import { Mission } from '../mission/mission.ts';
import { parOf } from '../score/score.ts';
import type { Level, Pack } from './level.ts';
import { PackError } from './problems.ts';

const SEEDS = ['1', '2', '3'];
const IDLE_MS = 60_000; // how long nothing is done
const COMMAND_LIMIT_MS = 300_000;
const AFTER_MS = 120_000; // how long the goals may take after the last command

export interface TestResult { level: string; what: string; passed: boolean; detail?: string }

/** Tests a level, one result after the other. */
export async function* testLevel(pack: Pack, level: Level): AsyncGenerator<TestResult> {
  yield* [await attempt(level, pack, 'doing nothing does not win', '1', '', (m) => !m.goals.isWon, IDLE_MS)];
  for (const [i, script] of level.solutions.entries()) {
    for (const seed of SEEDS) yield await attempt(level, pack, `solution ${i + 1} wins (seed ${seed})`, seed, script, (m) => m.goals.isWon, AFTER_MS);
  }
  yield await withinPar(level, pack);
  for (const [i, script] of level.mistakes.entries()) yield await attempt(level, pack, `mistake ${i + 1} does not win`, '1', script, (m) => !m.goals.isWon, AFTER_MS);
  for (const { name, script } of cheats(level)) yield await attempt(level, pack, `cheat does not win: ${name}`, '1', script, (m) => !m.goals.isWon, IDLE_MS);
  for (const command of hintCommands(level)) yield await runsAsBroken(level, pack, command);
  yield await repeats(level, pack);
}

async function play(level: Level, pack: Pack, seed: string, script: string, afterMs: number): Promise<Mission> {
  const mission = await Mission.start(level, newAttempt(level.id, pack.digest, seed, 'test'), { write: () => undefined });
  await mission.play(script, COMMAND_LIMIT_MS);
  for (let passed = 0; passed < afterMs && !mission.isOver; passed += 1000) await mission.advance(1000);
  if (mission.fault) throw mission.fault;
  return mission;
}

async function attempt(level: Level, pack: Pack, what: string, seed: string, script: string, isRight: (mission: Mission) => boolean, afterMs: number): Promise<TestResult> {
  try {
    const mission = await play(level, pack, seed, script, afterMs);
    if (isRight(mission)) return { level: level.id, what, passed: true };
    const open = mission.goals.objectives.filter((o) => o.doneMs === undefined).map((o) => `${o.spec.id}: ${o.note ?? 'not held long enough'}`);
    const broken = mission.goals.guards.filter((g) => g.brokenMs !== undefined).map((g) => `guard ${g.spec.id} broke: ${g.note}`);
    return { level: level.id, what, passed: false, detail: mission.goals.isWon ? 'it wins' : [...open, ...broken].join('; ') };
  } catch (error) {
    if (error instanceof PackError || error instanceof Error) return { level: level.id, what, passed: false, detail: error.message };
    throw error;
  }
}

async function withinPar(level: Level, pack: Pack): Promise<TestResult> {
  const what = 'par is reachable';
  try {
    const mission = await play(level, pack, '1', level.solutions[0]!, AFTER_MS);
    const { timeMs, commands } = parOf(level);
    const passed = mission.elapsedMs <= timeMs && mission.commands.length <= commands;
    return { level: level.id, what, passed, detail: passed ? undefined : `took ${mission.elapsedMs / 1000}s and ${mission.commands.length} commands, par is ${timeMs / 1000}s and ${commands}` };
  } catch (error) {
    return { level: level.id, what, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** A hint's command works in the cluster as the player finds it: exit 0, or a finding told without an error (systemctl status: 3). */
async function runsAsBroken(level: Level, pack: Pack, command: string): Promise<TestResult> {
  const what = `hint's command runs: ${command}`;
  let errors = '';
  try {
    const mission = await Mission.start(level, newAttempt(level.id, pack.digest, '1', 'test'), { write: (stream, text) => { if (stream === 'stderr') errors += text; } });
    await mission.play(command, COMMAND_LIMIT_MS);
    const passed = mission.shell.lastExit === 0 || errors === '';
    return { level: level.id, what, passed, detail: passed ? undefined : `exit ${mission.shell.lastExit}: ${errors.trim().split('\n').pop() ?? ''}` };
  } catch (error) {
    return { level: level.id, what, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** Playing the attempt's record again gives the same cluster, to the byte. */
async function repeats(level: Level, pack: Pack): Promise<TestResult> {
  const what = 'the same attempt gives the same bytes';
  try {
    const first = await play(level, pack, '7', level.solutions[0]!, 0);
    const again = await Mission.replay(level, structuredClone(first.attempt), { write: () => undefined });
    const passed = fingerprint(first) === fingerprint(again);
    return { level: level.id, what, passed, detail: passed ? undefined : 'a replay ended differently' };
  } catch (error) {
    return { level: level.id, what, passed: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

function fingerprint(mission: Mission): string {
  const { apiServer } = mission.cluster;
  const kinds = apiServer?.storage.kinds() ?? [];
  return JSON.stringify([mission.elapsedMs, mission.score(), kinds.map((kind) => apiServer!.storage.list(kind))]);
}

/** What lazy players try, derived from the objects that objectives look at. */
function cheats(level: Level): { name: string; script: string }[] {
  const found = new Map<string, string>();
  for (const { check } of level.objectives) {
    if (!check.get) continue;
    const [resource = '', name = ''] = check.get.split('/');
    const inNamespace = check.namespace ? ` -n ${check.namespace}` : '';
    if (resource === 'nodes') continue;
    found.set(`delete ${check.get}`, `kubectl delete ${resource} ${name}${inNamespace} --wait=false`);
    if (/^(deployments|replicasets|statefulsets)/.test(resource)) found.set(`scale ${check.get} to zero`, `kubectl scale ${resource} ${name} --replicas=0${inNamespace}`);
    if (check.namespace && check.namespace !== 'default' && check.namespace !== 'kube-system') found.set(`delete namespace ${check.namespace}`, `kubectl delete namespace ${check.namespace} --wait=false`);
  }
  return [...found].map(([name, script]) => ({ name, script }));
}

/** Commands that hints show in backquotes. */
function hintCommands(level: Level): string[] {
  return level.hints.flatMap(({ text }) => [...text.matchAll(/`((?:kubectl|ssh|etcdctl|crictl|systemctl|journalctl) [^`]+)`/g)].map((m) => m[1]!));
}

