/** `kube-quest pack test`: every level proven, one line a result; levels are shared out among processes. */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { loadPack } from '../engine/pack/load.ts';
import type { Level } from '../engine/pack/level.ts';
import { testLevel, type Proof, type TestResult } from '../engine/pack/test-pack.ts';
import { UserProblem } from './problem.ts';

export interface PackTestOptions { json?: boolean; mutate?: boolean; jobs?: number }

/** Tests a pack, or some of its levels; 1 when anything failed. */
export async function packTest(folder: string, only: readonly string[], options: PackTestOptions): Promise<number> {
  const pack = loadPack(folder);
  const unknown = only.find((id) => !pack.levels.some((level) => level.id === id));
  if (unknown) throw new UserProblem(`there is no level "${unknown}" in ${folder}`);
  const levels = pack.levels.filter((level) => only.length === 0 || only.includes(level.id));
  const jobs = Math.min(options.jobs ?? availableParallelism(), levels.length);
  const counts = new Map<Proof, { passed: number; failed: number }>();
  const take = (result: TestResult) => {
    const count = counts.get(result.proof) ?? { passed: 0, failed: 0 };
    counts.set(result.proof, count);
    if (result.passed) count.passed++;
    else count.failed++;
    process.stdout.write(options.json ? `${JSON.stringify(result)}\n` : lineOf(result));
  };
  if (jobs > 1) await Promise.all(shares(levels, jobs).map((share) => testElsewhere(folder, share, options, take)));
  else for (const level of levels) for await (const result of testLevel(pack, level, options)) take(result);
  if (!options.json) process.stdout.write(summary(levels.length, counts));
  return [...counts].some(([proof, { failed }]) => failed > 0 && proof !== 'mutant') ? 1 : 0;
}

function lineOf({ passed, level, what, detail }: TestResult): string {
  return `${passed ? 'ok  ' : 'FAIL'} ${level}: ${what}${detail && passed ? ` (${detail})` : ''}${detail && !passed ? `\n       ${detail}` : ''}\n`;
}

/** The levels dealt out in turn: neighbours are about equally long. */
function shares(levels: readonly Level[], count: number): string[][] {
  return Array.from({ length: count }, (_, i) => levels.filter((__, at) => at % count === i).map((level) => level.id));
}

/** Tests levels in a process of their own: this same program, told to do it alone. */
async function testElsewhere(folder: string, ids: readonly string[], { mutate }: PackTestOptions, take: (result: TestResult) => void): Promise<void> {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1]!, 'pack', 'test', folder, ...ids, '--json', '--jobs', '1', ...(mutate ? ['--mutate'] : [])], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number>((resolve, reject) => { child.on('error', reject); child.on('close', (code) => resolve(code ?? 1)); });
  for await (const line of createInterface({ input: child.stdout })) take(JSON.parse(line) as TestResult); // written by the same program
  if (await ended > 1) throw new Error(`the test of ${ids.join(', ')} ended by itself`);
}

const KINDS: readonly (readonly [Proof, string])[] = [['solution', 'plays of solutions'], ['mistake', 'near misses'], ['cheat', 'cheats'], ['hint', "hints' commands"]];

function summary(levels: number, counts: ReadonlyMap<Proof, { passed: number; failed: number }>): string {
  const number = (proof: Proof) => { const { passed = 0, failed = 0 } = counts.get(proof) ?? {}; return passed + failed; };
  const mutants = counts.get('mutant');
  const proofs = [...counts].filter(([proof]) => proof !== 'mutant').map(([, count]) => count);
  const sum = (of: 'passed' | 'failed') => proofs.reduce((total, count) => total + count[of], 0);
  return [
    `${levels} levels: ${KINDS.map(([proof, name]) => `${number(proof)} ${name}`).join(', ')}`,
    ...(mutants ? [`near misses notice ${mutants.passed} of ${number('mutant')} changes to the goals (${Math.round((100 * mutants.passed) / number('mutant'))} %)`] : []),
    `${sum('passed')} passed, ${sum('failed')} failed\n`,
  ].join('\n');
}
