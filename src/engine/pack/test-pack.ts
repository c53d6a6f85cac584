/**
 * `pack test`: proves a level. Doing nothing never wins, solutions do, for several seeds; near misses and cheats do not,
 * each caught by what it is aimed at. The same plays tell which parts of the goals no near miss would miss.
 */
import { newAttempt } from '../mission/attempt.ts';
import { commandsOf, Mission } from '../mission/mission.ts';
import { holdMs } from '../objectives.ts';
import { parOf } from '../score/score.ts';
import { cheatsOf } from './cheats.ts';
import type { Level, Pack } from './level.ts';
import { drawnFor } from './read-level.ts';
import { type Mutant, mutantsOf, withoutHolds } from './mutants.ts';

/** The first solution is played with all of them, each other one with one of its own: a draw that no solution stands is found by the first. */
const SEEDS = ['1', '2', '3'] as const;
const IDLE_MS = 60_000; // how long nothing is done, at least; a hold that is longer has its time
const COMMAND_LIMIT_MS = 300_000;
const AFTER_MS = 120_000; // how long the goals may take after the last command
const NEAR_MISS_MIN_MS = 30_000;
const NEAR_MISS_PATIENCE = 2; // near misses get so many times what the slowest solution needed after its last command
const STEP_MS = 1000;

/** What kind of proof a result is; counted for the summary. */
export type Proof = 'idle' | 'solution' | 'par' | 'mistake' | 'cheat' | 'hint' | 'replay' | 'mutant';

export interface TestResult { level: string; proof: Proof; what: string; passed: boolean; detail?: string }

export interface TestOptions {
  /** Also says of each part of the goals whether a near miss would notice that it is gone. */
  mutate?: boolean;
}

type Outcome = Pick<TestResult, 'passed' | 'detail'>;

/** Tests a level, one result after the other. */
export async function* testLevel(pack: Pack, written: Level, { mutate = false }: TestOptions = {}): AsyncGenerator<TestResult> {
  const level = drawnFor(written, { seed: SEEDS[0] });
  const mutants = mutate ? mutantsOf(level) : [];
  const noticed = new Set<Mutant>();
  let slowestMs = 0;
  const notice = (mission: Mission) => { for (const [i, mutant] of mutants.entries()) if (!mission.goals.isWon && mission.others[i]?.isWon) noticed.add(mutant); };
  const result = (proof: Proof, what: string, outcome: Outcome): TestResult => ({ level: level.id, proof, what, ...outcome });
  const start = (seed: string, others: readonly Mutant[], said: (text: string) => void = () => undefined) =>
    Mission.start(level, newAttempt(level.id, pack.digest, seed, 'test'), { write: (stream, text) => { if (stream === 'stderr') said(text); } }, others.length > 0 ? { others: others.map(({ goals }) => goals) } : undefined);

  /** Plays what must not win. */
  async function loses(script: string, caught?: string): Promise<Outcome> {
    return guarded(async () => {
      const mission = await start('1', mutants);
      await play(mission, script, nearMissMs(slowestMs));
      notice(mission);
      if (mission.goals.isWon) return { passed: false, detail: 'it wins' };
      const by = catchers(mission);
      if (caught !== undefined && !by.includes(caught)) return { passed: false, detail: `it should be caught by ${caught}, and is by ${by.join(', ')}` };
      return { passed: true, detail: `caught by ${by.join(', ')}` };
    });
  }

  let idle: Mission | undefined;
  let errors = '';
  yield result('idle', 'doing nothing does not win', await guarded(async () => {
    idle = await start('1', mutants, (text) => { errors += text; });
    await play(idle, '', Math.max(IDLE_MS, ...level.objectives.map((objective) => holdMs(objective) + STEP_MS)));
    notice(idle);
    return idle.goals.isWon ? { passed: false, detail: 'it wins' } : { passed: true, detail: `caught by ${catchers(idle).join(', ')}` };
  }));
  if (idle) yield result('idle', 'doing nothing reaches no objective', reachedByNobody(idle));
  const hear = () => { const heard = errors; errors = ''; return heard; };
  let model: Mission | undefined;
  for (const i of level.solutions.keys()) {
    for (const seed of i === 0 ? SEEDS : [i % 2 === 1 ? SEEDS[1] : SEEDS[2]]) {
      const script = drawnFor(written, { seed }).solutions[i]!;
      yield result('solution', `solution ${i + 1} wins (seed ${seed})`, await guarded(async () => {
        const mission = await start(seed, []);
        slowestMs = Math.max(slowestMs, await play(mission, script, AFTER_MS));
        model ??= mission;
        return mission.goals.isWon ? { passed: true } : { passed: false, detail: whatIsOpen(mission) };
      }));
    }
  }
  if (model) yield result('par', 'par is reachable', withinPar(level, model));
  for (const [i, mistake] of level.mistakes.entries()) {
    const { run, caught } = typeof mistake === 'string' ? { run: mistake, caught: undefined } : mistake;
    yield result('mistake', `mistake ${i + 1} does not win`, await loses(run, caught));
  }
  for (const { name, script } of cheatsOf(level)) yield result('cheat', `cheat does not win: ${name}`, await loses(script));
  if (idle) for await (const [command, outcome] of hintsRun(level, idle, hear)) yield result('hint', `hint's command runs: ${command}`, outcome);
  if (model) yield result('replay', 'the same attempt gives the same bytes', await repeats(level, model));
  if (mutate) for await (const mission of derivedNearMisses(level, () => start('1', [...mutants, { what: 'hold', goals: withoutHolds(level) }]))) notice(mission);
  for (const mutant of mutants) yield result('mutant', `a near miss notices: ${mutant.what}`, { passed: noticed.has(mutant) });
}

/** Near misses made from the first solution: a step forgotten, an outage on the way, undone once it had worked. What they come to is not prescribed. */
async function* derivedNearMisses(level: Level, start: () => Promise<Mission>): AsyncGenerator<Mission> {
  const solution = level.solutions[0]!;
  const steps = commandsOf(solution);
  const cheats = cheatsOf(level).map(({ script }) => script);
  const forgetful = steps.length > 1 ? steps.map((_, i) => steps.toSpliced(i, 1).join('\n')) : [];
  for (const script of [...forgetful, ...cheats.map((cheat) => `${cheat}\n# wait 15s\n${solution}`)]) {
    const mission = await start();
    await play(mission, script, AFTER_MS);
    yield mission;
  }
  for (const cheat of cheats) {
    const mission = await start();
    await mission.play(solution, COMMAND_LIMIT_MS);
    for (let passedMs = 0; passedMs < AFTER_MS && !mission.others.at(-1)!.isWon; passedMs += STEP_MS) await mission.advance(STEP_MS);
    await play(mission, cheat, IDLE_MS);
    yield mission;
  }
}

async function guarded(prove: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await prove();
  } catch (error) {
    if (error instanceof Error) return { passed: false, detail: error.message };
    throw error;
  }
}

/** Runs a script, then lets time pass until the mission is over. Gives how long that took after the script. Throws the pack's fault. */
async function play(mission: Mission, script: string, afterMs: number): Promise<number> {
  await mission.play(script, COMMAND_LIMIT_MS);
  let passedMs = 0;
  for (; passedMs < afterMs && !mission.isOver; passedMs += STEP_MS) await mission.advance(STEP_MS);
  if (mission.fault) throw mission.fault;
  return passedMs;
}

/** What a lazy check would let through would win about as fast as a solution does. */
function nearMissMs(slowestMs: number): number {
  return Math.min(AFTER_MS, Math.max(NEAR_MISS_MIN_MS, NEAR_MISS_PATIENCE * slowestMs));
}

/** The ids of what stands between this play and a victory. */
function catchers({ goals }: Mission): string[] {
  const broken = goals.guards.filter(({ brokenMs, spec }) => brokenMs !== undefined && spec.cost === undefined);
  return [...broken.map(({ spec }) => spec.id), ...goals.objectives.filter(({ doneMs }) => doneMs === undefined).map(({ spec }) => spec.id)];
}

function whatIsOpen({ goals }: Mission): string {
  const open = goals.objectives.filter(({ doneMs }) => doneMs === undefined).map(({ spec, note }) => `${spec.id}: ${note ?? 'not held long enough'}`);
  const broken = goals.guards.filter(({ brokenMs }) => brokenMs !== undefined).map(({ spec, note }) => `guard ${spec.id} broke: ${note}`);
  return [...open, ...broken].join('; ');
}

/** An objective that was reached before anybody did anything gives points for nothing. */
function reachedByNobody({ goals }: Mission): Outcome {
  const reached = goals.objectives.filter(({ spec, doneMs }) => doneMs !== undefined && !spec.kept).map(({ spec }) => spec.id);
  return { passed: reached.length === 0, detail: reached.length > 0 ? `${reached.join(', ')} is reached though nobody did anything; ask for more, make it a guard, or say kept: true` : undefined };
}

function withinPar(level: Level, mission: Mission): Outcome {
  const { timeMs, commands } = parOf(level);
  const passed = mission.elapsedMs <= timeMs && mission.commands.length <= commands;
  return { passed, detail: passed ? undefined : `took ${mission.elapsedMs / 1000}s and ${mission.commands.length} commands, par is ${timeMs / 1000}s and ${commands}` };
}

/** A hint's command works in the cluster of a player who has done nothing: exit 0, or a finding told without an error (systemctl status: 3). */
async function* hintsRun(level: Level, mission: Mission, hear: () => string): AsyncGenerator<[command: string, Outcome]> {
  for (const command of hintCommands(level)) {
    yield [command, await guarded(async () => {
      hear();
      await mission.play(command, COMMAND_LIMIT_MS);
      const errors = hear();
      const passed = mission.shell.lastExit === 0 || errors === '';
      return { passed, detail: passed ? undefined : `exit ${mission.shell.lastExit}: ${errors.trim().split('\n').pop() ?? ''}` };
    })];
  }
}

/** Playing the attempt's record again gives the same cluster, to the byte. */
function repeats(level: Level, first: Mission): Promise<Outcome> {
  return guarded(async () => {
    const again = await Mission.replay(level, structuredClone(first.attempt), { write: () => undefined });
    await again.advance(first.cluster.world.clock.now() - again.cluster.world.clock.now()); // a wait may have gone on beyond the end
    const passed = fingerprint(first) === fingerprint(again);
    return { passed, detail: passed ? undefined : 'a replay ended differently' };
  });
}

function fingerprint(mission: Mission): string {
  const { apiServer } = mission.cluster;
  const kinds = apiServer?.storage.kinds() ?? [];
  return JSON.stringify([mission.elapsedMs, mission.score(), kinds.map((kind) => apiServer!.storage.list(kind))]);
}

/** Commands that hints show in backquotes. */
function hintCommands(level: Level): string[] {
  return level.hints.flatMap(({ text }) => [...text.matchAll(/`((?:kubectl|ssh|etcdctl|crictl|systemctl|journalctl) [^`]+)`/g)].map((m) => m[1]!));
}
