import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { KubeQuest } from '../../../src/engine/game.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { Mission } from '../../../src/engine/mission/mission.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { testLevel } from '../../../src/engine/pack/test-pack.ts';
import { sandboxLevel } from '../../../src/engine/sandbox.ts';
import { Saves } from '../../../src/saves/saves.ts';
import { cpu, cpuRow, inFolder, median, medianCpu, ROOT, tooShort, type Row } from '../row.ts';

const RUNS = 9;
const LEVEL = 'scale-to-five';
const SILENT = { write: () => undefined };

/** A level from Enter to its prompt: the first time, later ones, against the cluster's boot alone; and built ahead, while the player looked at it. */
export async function level(): Promise<Row[]> {
  const pack = loadPack(join(ROOT, 'levels'));
  const found = pack.levels.find(({ id }) => id === LEVEL)!;
  const begin = async (written = found) => { await Mission.start(written, newAttempt(written.id, pack.digest, '1', 'bench'), SILENT); };
  const first = await cpu(() => begin());
  const later = await medianCpu(RUNS, () => begin());
  const bare = await medianCpu(RUNS, () => begin({ ...sandboxLevel('medium')!, settle: '0s', cluster: found.cluster }));
  const ahead = await inFolder(async (folder) => {
    const game = new KubeQuest(async () => pack, new Saves(folder), { breathe: () => setImmediate() });
    const times: number[] = [];
    for (let i = 0; i < RUNS; i++) {
      await game.createPlayer(`Player ${i}`); // nobody who has begun it
      await game.prepareLevel(LEVEL);
      times.push(await cpu(() => game.startLevel(LEVEL)));
      await game.mission()!.quit();
    }
    return median(times);
  });
  return [cpuRow('a level from Enter to its prompt', later, `its cluster at rest; ${first.toFixed(0)} ms at first`, bare), tooShort(cpuRow('the same, rested on before', ahead, 'not rested on', later))];
}

/** All proofs of one level, against one beginning of it. */
export async function proof(): Promise<Row[]> {
  const pack = loadPack(join(ROOT, 'levels'));
  const found = pack.levels.find(({ id }) => id === LEVEL)!;
  const one = await medianCpu(RUNS, async () => { await Mission.start(found, newAttempt(found.id, pack.digest, '1', 'bench'), SILENT); });
  let plays = 0;
  const all = await cpu(async () => { for await (const result of testLevel(pack, found)) plays += result.proof === 'hint' ? 0 : 1; });
  return [cpuRow(`pack test of one level, ${plays} proofs`, all, 'to begin it once', one)];
}

/** Going back in a large sandbox after ten commands and five minutes, against beginning it. */
export async function fork(): Promise<Row[]> {
  const sandbox = sandboxLevel('large')!;
  const begin = () => Mission.start(sandbox, newAttempt(sandbox.id, '', '1', 'bench'), SILENT);
  const mission = await begin();
  for (let i = 0; i < 10; i++) {
    await mission.play(`kubectl create deployment web-${i} --image=nginx:1.27 --replicas=10`, 60_000);
    await mission.advance(30_000);
  }
  const start = await medianCpu(3, async () => { await begin(); });
  const again = await medianCpu(3, async () => { await Mission.replay(sandbox, structuredClone(mission.attempt), SILENT); });
  return [cpuRow('fork after five minutes with 100 Pods', again, 'beginning of the same', start)];
}
