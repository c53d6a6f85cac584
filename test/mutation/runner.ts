/** Runs each test as it is, then once for each mutant it came across: the first test that fails kills the mutant. */
import { TestRunner } from 'vitest';
import { readJob, tell } from './job.ts';

const job = readJob();
const chosen = new Set(job.chosen);
const load = new Set<number>();
let hits = new Set<number>();
let active = job.active ?? -1;
let deadlineMs = Infinity;
let calls = 0;

Reflect.set(globalThis, '__mutant', (id: number): boolean => {
  if (deadlineMs < Infinity && ++calls % 512 === 0 && performance.now() > deadlineMs) throw new Error('does not end');
  if (id === active) return true;
  if (active < 0 && chosen.has(id)) hits.add(id);
  return false;
});

type Test = Parameters<typeof TestRunner.getTestFn>[0];

export default class MutantRunner extends TestRunner {
  async runTask(test: Test): Promise<void> {
    const run = TestRunner.getTestFn(test);
    if (job.active !== undefined) return void (await run());
    note('load', hits);
    const first = await hitsOf(run);
    if (first.size === 0) return;
    const startMs = performance.now();
    const again = await hitsOf(run).catch(() => undefined);
    const limitMs = 3000 + 6 * (performance.now() - startMs);
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

async function fails(run: () => unknown, id: number, limitMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  [active, deadlineMs] = [id, performance.now() + limitMs];
  try {
    await Promise.race([run(), new Promise((_, reject) => { timer = setTimeout(reject, limitMs, new Error('does not end')); })]);
    return false;
  } catch {
    return true;
  } finally {
    clearTimeout(timer);
    [active, deadlineMs] = [-1, Infinity];
  }
}
