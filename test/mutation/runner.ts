/** Runs each test as it is, then once for each mutant it came across: the first test that fails kills the mutant. */
import { performance } from 'node:perf_hooks';
import { type RunnerTestCase, TestRunner } from 'vitest';
import { readJob, tell } from './job.ts';

const job = readJob();
const chosen = new Set(job.chosen);
const load = new Set<number>();
let hits = new Set<number>();
let active = job.active ?? -1;
let [deadlineMs, isOut] = [Infinity, false];
let calls = 0;
const IDLE_MAX_MS = 20_000;
const LIMIT_MS = 60_000; // for a mutant with a process of its own, where no run without it tells how long a test takes

Reflect.set(globalThis, '__mutant', (id: number): boolean => {
  if (deadlineMs < Infinity && ++calls % 512 === 0 && workedMs() > deadlineMs) { isOut = true; throw new Error('does not end'); }
  if (id === active) return true;
  if (active < 0 && chosen.has(id)) hits.add(id);
  return false;
});

export default class MutantRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test);
    if (job.active !== undefined) {
      if (await fails(run, job.active, LIMIT_MS)) throw new Error('killed');
      active = job.active;
      return;
    }
    note('load', hits);
    const first = await hitsOf(run);
    if (first.size === 0) return;
    const startMs = workedMs();
    const again = await hitsOf(run).catch(() => undefined);
    const limitMs = 3000 + 6 * (workedMs() - startMs);
    if (!again) return note('load', first); // a test that can be run only once
    note('load', new Set([...first].filter((id) => !again.has(id)))); // what is remembered from the first time on
    const killed: number[] = [];
    for (const id of again) {
      tell(job, 'trying', id);
      if (await fails(run, id, limitMs)) killed.push(id);
    }
    if (killed.length === 0) return;
    if (await hitsOf(run).then(() => false, () => true)) return note('load', new Set(killed)); // a mutant has left something behind
    for (const id of killed) {
      chosen.delete(id);
      tell(job, 'killed', id);
    }
  }
}

function note(word: 'load', ids: ReadonlySet<number>): void {
  for (const id of ids) if (chosen.has(id) && !load.has(id)) tell(job, word, id);
  for (const id of ids) load.add(id);
  hits = new Set();
}

/** The living mutants that an ordinary run comes across. */
async function hitsOf(run: () => unknown): Promise<Set<number>> {
  hits = new Set();
  await run();
  const found = new Set([...hits].filter((id) => chosen.has(id)));
  hits = new Set();
  tell(job, 'alive');
  return found;
}

/** The time this process has worked: a busy machine does not add to it. */
function workedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Whether a test fails or does not end, by the time it works or waits for nothing. */
async function fails(run: () => unknown, id: number, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const { idle } = performance.eventLoopUtilization();
  [active, deadlineMs, isOut] = [id, workedMs() + limitMs, false];
  const overtime = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      if (workedMs() <= deadlineMs && performance.eventLoopUtilization().idle - idle < IDLE_MAX_MS) return;
      isOut = true;
      reject(new Error('does not end'));
    }, 100);
  });
  try {
    await Promise.race([run(), overtime]);
    return false;
  } catch {
    if (isOut) tell(job, 'endless', id);
    return true;
  } finally {
    clearInterval(timer);
    [active, deadlineMs] = [-1, Infinity];
  }
}
