/** `kube-quest levels`: the course as a list. */
import { loadPack } from '../engine/pack/load.ts';
import { Saves, savesFolder } from '../saves/saves.ts';

/** Prints the levels by world; stars are those of the best player of the folder. */
export function listLevels(folder: string, options: { json?: boolean; saves?: string }): number {
  const pack = loadPack(folder);
  const profiles = new Saves(savesFolder(options.saves)).list();
  const starsOf = (id: string) => Math.max(0, ...profiles.map((profile) => profile.levels[id]?.stars ?? 0));
  if (options.json) {
    const levels = pack.levels.map(({ id, world, title, difficulty, minutes, teaches, needs = [] }) => ({ id, world, title, difficulty, minutes, teaches, needs, stars: starsOf(id) }));
    process.stdout.write(`${JSON.stringify({ pack: pack.name, digest: pack.digest, levels }, null, 2)}\n`);
    return 0;
  }
  for (const world of pack.worlds) {
    const levels = pack.levels.filter((level) => level.world === world.id);
    if (levels.length === 0) continue;
    process.stdout.write(`${world.title}\n`);
    for (const { id, title, difficulty, minutes } of levels) {
      process.stdout.write(`  ${'*'.repeat(starsOf(id)).padEnd(4)}${id.padEnd(20)} ${title.padEnd(36)} difficulty ${difficulty}, ${minutes} min\n`);
    }
  }
  return 0;
}
