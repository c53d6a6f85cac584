/** `kube-quest run`: shell commands against a fresh cluster or a level's scene, line by line or as JSON steps. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { commandsOf } from '../engine/mission/mission.ts';
import { durationMs } from '../engine/pack/level.ts';
import { loadPack } from '../engine/pack/load.ts';
import { printable } from '../engine/pack/sources/safety.ts';
import { nearest } from '../engine/pack/nearest.ts';
import { Runner, type StepRunner } from '../engine/run.ts';
import { UserProblem } from './problem.ts';
import { readText } from './read-text.ts';

export interface RunOptions { cluster?: string; level?: string; seed: string; json?: boolean; /** The pack that `level` is of. */ levels: string }

/** Runs a script, or standard input. The exit code is the last command's. */
export async function run(script: string | undefined, options: RunOptions): Promise<number> {
  const runner = await start(options);
  if (options.json) return runJson(runner, script);
  const text = script === undefined ? readFileSync(0, 'utf8') : readText(script);
  let exit = 0;
  for (const command of commandsOf(text)) {
    const result = await runner.run(command);
    process.stdout.write(shown(result.stdout, process.stdout.isTTY));
    process.stderr.write(shown(result.stderr, process.stderr.isTTY));
    exit = result.exit;
  }
  return exit;
}

/** What comes from a cluster must not steer the terminal it is shown on; a file gets it as it is. */
function shown(text: string, isTerminal: boolean): string {
  return isTerminal ? printable(text.replaceAll('\r', '')) : text;
}

async function start({ cluster, level: id, seed, levels }: RunOptions): Promise<StepRunner> {
  if (cluster && id) throw new UserProblem('--cluster and --level cannot be given together');
  if (!id) return Runner.start({ seed, manifests: cluster === undefined ? undefined : readText(cluster) });
  const pack = loadPack(levels);
  const level = pack.levels.find((l) => l.id === id);
  if (!level) {
    const near = nearest(id, pack.levels.map((l) => l.id));
    throw new UserProblem(`there is no level "${id}"${near ? `; did you mean "${near}"?` : '; `kube-quest levels` lists them'}`);
  }
  return Runner.onLevel(level, pack.digest, seed);
}

async function runJson(runner: StepRunner, script: string | undefined): Promise<number> {
  const lines = script === undefined ? createInterface({ input: process.stdin }) : readText(script).split('\n');
  for await (const line of lines) {
    if (!line.trim()) continue;
    process.stdout.write(`${JSON.stringify(await step(runner, line))}\n`);
  }
  return 0;
}

async function step(runner: StepRunner, line: string): Promise<object> {
  try {
    const data: unknown = JSON.parse(line);
    if (typeof data === 'object' && data !== null && 'run' in data && typeof data.run === 'string') return await runner.run(data.run);
    if (typeof data === 'object' && data !== null && 'wait' in data && typeof data.wait === 'string') {
      await runner.wait(durationMs(data.wait));
      return {};
    }
    return { error: 'a step is {"run": "COMMAND"} or {"wait": "5s"}' };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
