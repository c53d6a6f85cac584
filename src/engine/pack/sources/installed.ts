/** Packs that npm has installed, and those in the user's own folder. Only package.json files are read; nothing is run. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';

export interface InstalledPack { name: string; path: string }

const PREFIX = 'kube-quest-pack-';
const KEYWORD = 'kube-quest-pack';
const MANIFEST_BYTES_MAX = 256 * 1024;

/** The folder into which players put packs by hand. */
function userPacksFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.KUBE_QUEST_PACKS ?? join(envPaths('kube-quest', { suffix: '' }).data, 'packs');
}

/** All packs of the node_modules folders from here upwards, then of the user's folder; of two with one name, the nearer. */
export function installedPacks(from: string = process.cwd(), userFolder: string = userPacksFolder()): InstalledPack[] {
  const found = new Map<string, InstalledPack>();
  const take = (pack: InstalledPack) => { if (!found.has(pack.name)) found.set(pack.name, pack); };
  for (let folder = from; ; folder = dirname(folder)) {
    for (const pack of packagesOf(join(folder, 'node_modules'))) take(pack);
    if (dirname(folder) === folder) break;
  }
  for (const pack of packagesOf(join(userFolder, 'node_modules'))) take(pack);
  for (const name of namesIn(userFolder)) {
    if (/\.(tgz|tar\.gz|kqpack)$/.test(name)) take({ name: name.replace(/\.(tgz|tar\.gz|kqpack)$/, ''), path: join(userFolder, name) });
    else if (existsSync(join(userFolder, name, 'pack.yaml'))) take({ name, path: join(userFolder, name) });
  }
  return [...found.values()];
}

function packagesOf(modules: string): InstalledPack[] {
  const names = namesIn(modules).flatMap((name) => (name.startsWith('@') ? namesIn(join(modules, name)).map((scoped) => `${name}/${scoped}`) : [name]));
  return names.map((name) => ({ name, path: join(modules, name) })).filter(({ name, path }) => existsSync(join(path, 'pack.yaml')) && (name.split('/').pop()!.startsWith(PREFIX) || hasKeyword(join(path, 'package.json'))));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return []; // most folders on the way up have no node_modules
  }
}

function hasKeyword(path: string): boolean {
  try {
    if (statSync(path).size > MANIFEST_BYTES_MAX) return false;
    const data: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof data === 'object' && data !== null && 'keywords' in data && Array.isArray(data.keywords) && data.keywords.includes(KEYWORD);
  } catch {
    return false; // a broken package.json is another tool's business
  }
}
