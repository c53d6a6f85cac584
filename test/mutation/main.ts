/**
 * `npm run mutants -- PATH… [--sample N] [--seed S] [--quick]`: makes one small mistake after the other in the sources and sees whether a test fails.
 * Prints what no test noticed. `--quick` leaves out what acts while modules load, which needs a process a mistake. Exit 1 when less than 80 % was killed or has a reason.
 */
import { parseArgs } from 'node:util';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Random } from '../../src/time/random.ts';
import { testsFor } from './areas.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { REASONS } from './reasons.ts';
import { survivorsOf } from './trial.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const WANTED = 80;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { sample: { type: 'string' }, seed: { type: 'string', default: '1' }, quick: { type: 'boolean', default: false } } });
const say = (text: string) => void process.stdout.write(`${text}\n`);

interface Placed extends Mutant { id: number; file: string; code: string }

const files = positionals.flatMap(sourcesIn);
if (files.length === 0) throw new Error('Usage: npm run mutants -- PATH… [--sample N] [--seed S] [--quick]');
const all: Placed[] = [];
for (const file of files) {
  const code = readFileSync(join(ROOT, file), 'utf8');
  for (const mutant of mutantsOf(code)) all.push({ ...mutant, id: all.length, file, code });
}
const chosen = values.sample ? sampleOf(all, Number(values.sample)) : all;
say(`${files.length} files, ${all.length} mutants, ${chosen.length} tried`);

const survivors: Placed[] = [];
const endless: Placed[] = [];
let tried = chosen.length;
for (const tests of new Set(files.map((file) => testsFor(file).join(' ')))) {
  const mutants = chosen.filter(({ file }) => testsFor(file).join(' ') === tests);
  if (mutants.length === 0) continue;
  const first = Object.fromEntries([...new Set(mutants.map(({ file }) => file))].map((file) => [file, all.find((each) => each.file === file)!.id]));
  const { alive, endless: slow, untried } = await survivorsOf({ root: ROOT, include: tests.split(' '), first, chosen: mutants.map(({ id }) => id) }, { isQuick: values.quick });
  tried -= untried.size;
  endless.push(...mutants.filter(({ id }) => slow.has(id)));
  survivors.push(...mutants.filter(({ id }) => alive.has(id)));
}
const equal = survivors.filter((mutant) => reasonOf(mutant));
for (const mutant of survivors) if (!reasonOf(mutant)) say(described(mutant));
for (const mutant of endless) say(`(never ends) ${described(mutant)}`);
const killed = tried - survivors.length;
const share = Math.round((100 * (killed + equal.length)) / tried);
say(`${killed} killed${endless.length > 0 ? ` (${endless.length} by never ending)` : ''}, ${equal.length} with a reason, ${survivors.length - equal.length} survived (${share} %)${tried < chosen.length ? `, ${chosen.length - tried} untried` : ''}`);
if (share < WANTED) process.exitCode = 1;

function sourcesIn(path: string): string[] {
  const full = resolve(path);
  if (statSync(full).isFile()) return [relative(ROOT, full)];
  return readdirSync(full, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts')).map((name) => relative(ROOT, join(full, name))).toSorted();
}

function sampleOf(mutants: readonly Placed[], count: number): Placed[] {
  const random = new Random(`mutants-${values.seed}`);
  return mutants.map((mutant) => ({ mutant, at: random.next() })).toSorted((a, b) => a.at - b.at).slice(0, count).map(({ mutant }) => mutant).toSorted((a, b) => a.id - b.id);
}

function lineOf({ code, start }: Placed): string {
  return code.slice(code.lastIndexOf('\n', start - 1) + 1, (code.indexOf('\n', start) + code.length + 1) % (code.length + 1));
}

function reasonOf(mutant: Placed): string | undefined {
  return REASONS.find(({ file, line, to }) => mutant.file.endsWith(file) && lineOf(mutant).includes(line) && (to === undefined || to === mutant.text))?.why;
}

function described(mutant: Placed): string {
  const short = (text: string) => (text === '' ? 'nothing' : text.replaceAll(/\s+/g, ' ').slice(0, 120));
  const number = mutant.code.slice(0, mutant.start).split('\n').length;
  return `${mutant.file}:${number}: ${short(mutant.code.slice(mutant.start, mutant.end))} -> ${short(mutant.text)}   in ${short(lineOf(mutant).trim())}`;
}
