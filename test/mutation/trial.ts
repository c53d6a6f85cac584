/** Runs the tests on mutants: all of them in one process, and those that act while modules load in a process each. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Job, JOB, type Word } from './job.ts';

const SILENCE_MS = 120_000;

/** The mutants that no test kills, and those that are killed only by never ending. When `isQuick`, those that need a process each are left `untried`. */
export async function survivorsOf(given: Omit<Job, 'log' | 'active'>, { isQuick }: { isQuick: boolean }): Promise<Record<'alive' | 'endless' | 'untried', Set<number>>> {
  const alive = new Set(given.chosen);
  const early = new Set<number>();
  const endless = new Set<number>();
  for (let isStuck = true; isStuck;) {
    const { words, end, report } = await run({ ...given, chosen: [...alive] });
    const of = (word: Word) => words.filter(([said]) => said === word).map(([, id]) => Number(id));
    const timedOut = new Set(of('endless'));
    for (const id of of('killed')) {
      alive.delete(id);
      if (timedOut.has(id)) endless.add(id);
    }
    for (const id of of('load')) early.add(id);
    isStuck = end === 'silence';
    if (isStuck) {
      const id = of('trying').at(-1)!;
      alive.delete(id);
      endless.add(id);
    }
    else if (end !== 0) throw new Error(`without a mistake, too, there fail tests of ${given.include.join(' ')}\n${report}`);
  }
  const left = [...early].filter((each) => alive.has(each));
  if (isQuick) return { alive: new Set([...alive].filter((id) => !early.has(id))), endless, untried: new Set(left) };
  for (const id of left) {
    const { words, end } = await run({ ...given, active: id });
    if (end === 0) continue;
    alive.delete(id);
    if (end === 'silence' || words.some(([said]) => said === 'endless')) endless.add(id);
  }
  return { alive, endless, untried: new Set() };
}

async function run(given: Omit<Job, 'log'>): Promise<{ words: string[][]; end: number | 'silence'; report: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-mutants-'));
  const [file, log] = [join(folder, 'job.json'), join(folder, 'log')];
  writeFileSync(file, JSON.stringify({ ...given, log }));
  writeFileSync(log, '');
  const args = [join(given.root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(import.meta.dirname, 'vitest.config.ts')];
  const child = spawn(process.execPath, args, { cwd: given.root, env: { ...process.env, [JOB]: file }, stdio: ['ignore', 'pipe', 'pipe'] });
  let report = ''; // its end says what is wrong
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => { report = (report + String(text)).slice(-4000); });
  const said = () => readFileSync(log, 'utf8');
  let [before, silentMs, end] = ['', 0, undefined as 'silence' | undefined];
  const watch = setInterval(() => {
    const now = said();
    silentMs = now === before && (given.active !== undefined || now.includes('trying')) ? silentMs + 1000 : 0; // modules may load for long on a busy machine
    before = now;
    if (silentMs < SILENCE_MS) return;
    end = 'silence';
    child.kill('SIGKILL');
  }, 1000);
  const code = await new Promise<number>((done) => child.on('exit', (exit) => done(exit ?? 1)));
  clearInterval(watch);
  const words = said().split('\n').filter(Boolean).map((line) => line.split(' '));
  rmSync(folder, { recursive: true });
  return { words, end: end ?? code, report };
}
