/**
 * `npm run simulate [-- --seed N] [--seeds K] [--steps M] [--script FILE]`, `-- --long HOURS`, `-- --crashes`: random clusters, workloads and mishaps under a seeded order of
 * events. A seed that breaks a rule is shrunk and printed as the script that reproduces it. Exit 1 when any did.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { crashesOf, marksLost } from './crash-points.ts';
import { SCRIPTS } from './crash-scripts.ts';
import { nameOf } from './grammar.ts';
import { play } from './long.ts';
import { type Life, live, stepsOf } from './run.ts';
import { shrink } from './shrink.ts';

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, seeds: { type: 'string', default: '1' }, steps: { type: 'string', default: '40' }, script: { type: 'string' }, twice: { type: 'boolean' }, verbose: { type: 'boolean' }, shrink: { type: 'boolean', default: true }, 'no-shrink': { type: 'boolean' }, long: { type: 'string' }, crashes: { type: 'boolean' } } });
const [first, count, steps] = [values.seed, values.seeds, values.steps].map(Number) as [number, number, number];
const say = (text: string) => void process.stdout.write(`${text}\n`);
const hear = values.verbose ? (text: string) => void process.stdout.write(text) : undefined;

if (values.long) {
  await play(Number(values.long), 3_600_000, (kept) => say(Object.entries(kept).map(([name, count]) => `${name} ${count}`).join(', ')));
  process.exit();
}

if (values.crashes) {
  for (const script of SCRIPTS) {
    const found = [...await crashesOf(script), ...await marksLost(script)];
    say(`${script.name}: ${found.length === 0 ? 'ok' : found.join('\n  ')}`);
    if (found.length > 0) process.exitCode = 1;
  }
  process.exit();
}

let broken = 0;
const reached = new Map<string, number>();
for (let seed = first; seed < first + count; seed++) {
  const lines = values.script ? readFileSync(values.script, 'utf8').split('\n').filter((line) => line && !line.startsWith('#')) : stepsOf(seed, steps);
  for (const name of lines.map(nameOf)) reached.set(name, (reached.get(name) ?? 0) + 1);
  const result = await faultsOf(seed, lines);
  if (result.faults.length === 0 && values.twice) {
    const { digest } = await live(seed, lines);
    if (digest !== result.digest) result.faults.push({ rule: 'the same seed gives the same bytes', what: `${result.digest}, then ${digest}` });
  }
  say(`seed ${seed}: ${result.faults.length === 0 ? 'ok' : `${result.faults.length} faults`} (${lines.length} steps, ${result.changes} writes, of a client's ${result.acknowledged} acknowledged and ${result.refused} refused, ${Math.round(result.virtualMs / 60_000)} virtual minutes, ${result.digest})`);
  for (const { rule, what } of result.faults) say(`  ${rule}: ${what}`);
  if (result.faults.length === 0) continue;
  broken++;
  if (values['no-shrink']) continue;
  const rules = new Set(result.faults.map(({ rule }) => rule));
  const shortest = await shrink(lines, async (fewer) => (await faultsOf(seed, fewer)).faults.some(({ rule }) => rules.has(rule)));
  say(`# npm run simulate -- --seed ${seed} --script FILE, with these ${shortest.length} of ${lines.length} steps:`);
  for (const line of shortest) say(line);
}
say(`steps: ${[...reached].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${name} ${times}`).join(', ')}`);
say(`${count - broken} passed, ${broken} failed`);
process.exitCode = broken > 0 ? 1 : 0;

async function faultsOf(seed: number, lines: readonly string[]): Promise<Omit<Life, 'violations'> & { faults: Life['violations'] }> {
  try {
    const { violations, ...life } = await live(seed, lines, hear);
    return { ...life, faults: violations };
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { digest: '-', changes: 0, virtualMs: 0, acknowledged: 0, refused: 0, faults: [{ rule: 'the model does not crash', what }] };
  }
}
