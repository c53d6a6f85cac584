/** `kube-quest levels`: the course as a list. */
import { loadPack } from '../engine/pack/load.ts';
import { installedPacks } from '../engine/pack/sources/installed.ts';
import { printable } from '../engine/pack/sources/safety.ts';
import { languageOf } from '../engine/pack/texts.ts';
import { keyOf } from '../saves/profile.ts';
import { Saves, savesFolder } from '../saves/saves.ts';

/** Prints the levels by world; stars are those of the best player of the folder. */
export function listLevels(where: string, options: { json?: boolean; saves?: string }): number {
  const pack = loadPack(where, { language: languageOf(process.env) });
  const profiles = new Saves(savesFolder(options.saves)).list();
  const starsOf = (id: string) => Math.max(0, ...profiles.map((profile) => profile.levels[keyOf(pack, id)]?.stars ?? 0));
  const installed = installedPacks();
  if (options.json) {
    const levels = pack.levels.map(({ id, world, title, difficulty, minutes, teaches, needs = [] }) => ({ id, world, title, difficulty, minutes, teaches, needs, stars: starsOf(id) }));
    process.stdout.write(`${JSON.stringify({ pack: pack.name, digest: pack.digest, signedBy: pack.signedBy, levels, installed }, null, 2)}\n`);
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
  if (pack.signedBy) process.stdout.write(`\nSigned by ${pack.signedBy}\n`);
  if (installed.length > 0) process.stdout.write(`\nOther packs here (\`kube-quest levels NAME\`, \`kube-quest play NAME\`):\n${installed.map(({ name }) => `  ${printable(name)}\n`).join('')}`);
  return 0;
}
