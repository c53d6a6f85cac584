/** The full figure: `tsx test/saves/kills.ts 500`. Every tenth kill is of a real game, the others of a process that only saves. */
import { bundledSaver, emptyFolder, killGame, killSavers, type Losses } from './killing.ts';

const wanted = Number(process.argv[2] ?? 500);
const saver = await bundledSaver();
const losses: Losses = [];
let kills = 0;
const folders = [emptyFolder(), emptyFolder()];
process.once('SIGTERM', () => { tell(); process.exit(1); });
await Promise.all(folders.map(async (folder) => {
  const own = emptyFolder();
  for (let round = 0; kills < wanted; round++) {
    kills += round % 4 === 3 ? 1 : 3;
    losses.push(...round % 4 === 3 ? await killGame(own, 'scale-to-five', 1000) : await killSavers(saver, folder, ['first', 'second', 'third']));
  }
}));
tell();
process.exitCode = losses.length === 0 ? 0 : 1;

function tell(): void {
  process.stdout.write(`${kills} kills, ${losses.length} losses\n${losses.map((loss) => `  ${loss}\n`).join('')}`);
}
