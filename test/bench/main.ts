/**
 * `npm run bench`: figures as ratios within one run. `-- NAME` runs one entry; `-- server 1000` with fewer objects.
 * `--save FILE` keeps the ratios that tell of speed; `--against FILE` fails on one that is more than three times what was kept.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { deployment } from './entries/deployment.ts';
import { frames } from './entries/frames.ts';
import { key } from './entries/key.ts';
import { fanOut, rollout } from './entries/large.ts';
import { fork, level, proof } from './entries/level.ts';
import { scale } from './entries/scale.ts';
import { server } from './entries/server.ts';
import { start } from './entries/start.ts';
import type { Row } from './row.ts';

const WIDE_MARGIN = 3;
const COLUMNS = [['figure', 48], ['measured', 22], ['reference', 58], ['ratio', 6]] as const;

const { values: { save, against, quick }, positionals: [only, objects = '10000'] } = parseArgs({ allowPositionals: true, options: { save: { type: 'string' }, against: { type: 'string' }, quick: { type: 'boolean' } } });

/** What `--quick` leaves out. */
const SLOW = ['frames', 'server', 'scale', 'pack-test', 'fork'];
const entries: Record<string, () => Promise<Row[]>> = { start, level, 'pack-test': proof, fork, 'deployment-200': deployment, rollout, 'fan-out': fanOut, key, frames, scale, server: () => server(Number(objects)) };

const rows: Row[] = [];
for (const [name, entry] of Object.entries(entries)) if (only ? only === name : !(quick && SLOW.includes(name))) rows.push(...await entry());

process.stdout.write(`${COLUMNS.map(([title, width]) => title.padEnd(width)).join('')}\n`);
for (const { what, value, reference, ratio } of rows) process.stdout.write(`${[what, value, reference, ratio].map((cell, i) => cell.padEnd(COLUMNS[i]![1])).join('')}\n`);

const costs = Object.fromEntries(rows.flatMap(({ what, cost }) => (cost === undefined ? [] : [[what, Number(cost.toFixed(3))]])));
if (save) writeFileSync(save, `${JSON.stringify(costs, null, 2)}\n`);
if (against) {
  const kept = JSON.parse(readFileSync(against, 'utf8')) as Record<string, number>; // written by --save
  const slower = Object.entries(costs).filter(([what, cost]) => cost > WIDE_MARGIN * (kept[what] ?? Infinity));
  for (const [what, cost] of slower) process.stdout.write(`slower than it was: ${what}: ${cost}, and ${kept[what]} as it landed\n`);
  process.exitCode = slower.length > 0 ? 1 : 0;
}
