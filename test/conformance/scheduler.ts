/**
 * Runs cases of the real scheduler through ours: `tsx test/conformance/scheduler.ts DIR [--only NAME] [--show N]`.
 * Prints what differs and, last, how many passed and failed; exit code 1 when the folder cannot be read.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Case } from './scheduler/case.ts';
import { runCase } from './scheduler/run.ts';

const { positionals: [folder], values: { only, show } } = parseArgs({ allowPositionals: true, options: { only: { type: 'string' }, show: { type: 'string', default: '1000' } } });
if (!folder) {
  process.stderr.write('usage: npm run conformance:scheduler -- DIR [--only NAME] [--show N]\n');
  process.exit(2);
}

let passed = 0;
let failed = 0;
let skipped = 0;
for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).sort()) {
  const cases = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Case[];
  let ofFile = 0;
  let skippedHere = 0;
  const chosen = cases.filter(({ name }) => !only || file.includes(only) || name.includes(only));
  for (const each of chosen) {
    const differences = outcomeOf(each);
    if (differences.length === 0) {
      passed++;
      ofFile++;
    } else if (each.featureGates) skippedHere++;
    else {
      failed++;
      if (failed <= Number(show)) process.stdout.write(`FAIL ${file}: ${each.name}\n${differences.map((line) => `     ${line}\n`).join('')}`);
    }
  }
  if (chosen.length > 0) process.stdout.write(`${file}: ${ofFile} of ${chosen.length - skippedHere}${skippedHere ? `, ${skippedHere} skipped` : ''}\n`);
  skipped += skippedHere;
}
if (skipped > 0) process.stdout.write(`${skipped} skipped: they need a feature gate that is off by default\n`);
process.stdout.write(`${passed} passed, ${failed} failed\n`);

function outcomeOf(each: Case): string[] {
  try {
    return runCase(each);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
