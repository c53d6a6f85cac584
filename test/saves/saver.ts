/** A process that does nothing but play and save: `saver.ts FOLDER LEVEL`. What it has told on its output must be on the disk. */
import { writeSync } from 'node:fs';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { Saves } from '../../src/saves/saves.ts';

const [folder = '', level = ''] = process.argv.slice(2);
const saves = new Saves(folder);
let profile = saves.list()[0]!;
const begun = profile.open[level] ?? newAttempt(level, 'sha256:0', 'seed', 'attempt');
for (let inputs = [...begun.inputs]; ; inputs = [...inputs, { atMs: inputs.length, do: 'run', line: `kubectl get pods # ${inputs.length}` }]) {
  profile = saves.save({ ...profile, open: { ...profile.open, [level]: { ...begun, inputs } }, openedAt: { ...profile.openedAt, [level]: inputs.length } });
  writeSync(1, `${inputs.length}\n`);
}
