// Type declarations for pack authors and readers of attempts, taken from the files that declare them.
import { readFileSync } from 'node:fs';

const FILES = ['src/engine/pack/params.ts', 'src/engine/pack/level.ts', 'src/engine/mission/attempt.ts'];
/** From a declaration's docstring to its end: the brace that closes it, or the line's own end. */
const DECLARATION = /^(?:\/\*\*(?:(?!\*\/)[^])*\*\/\n)?(?:export )?(?:interface \w+[^\n{]*\{(?:[^\n]*\}|[^]*?\n\})|type \w+ =[^]*?;)$/gm;

/** One file that needs no other: add-ons are named as in the schema, and what clients outside asked is data. */
export function declarations(root) {
  const addons = JSON.parse(readFileSync(`${root}/schemas/level.json`, 'utf8')).properties.cluster.properties.addons.items.enum;
  const own = FILES.flatMap((file) => readFileSync(`${root}/${file}`, 'utf8').match(DECLARATION) ?? []);
  return ['/** Levels, packs and attempts of kube-quest, as data. */',
    `export type AddonName = ${addons.map((name) => `'${name}'`).join(' | ')};`,
    '/** A request of the player\'s own tools, or a part of one, as it is kept. */', 'export type Call = Readonly<Record<string, unknown>>;', ...own, 'export {};', ''].join('\n');
}
