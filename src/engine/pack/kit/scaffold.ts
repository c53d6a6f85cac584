/** `pack init` and `pack new`: files that work, to be changed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { refuse } from '../sources/files.ts';
import { editorLevelSchema, editorPackSchema } from './editor-schema.ts';

/** Where a pack keeps the schemas that its files' first lines name. */
const SCHEMAS_FOLDER = '.kube-quest';

/** Writes a working pack of two levels into a new or empty folder; gives the paths written. Throws PackError. */
export function initPack(folder: string, templates: string): string[] {
  if (existsSync(folder) && readdirSync(folder).some((name) => !name.startsWith('.') && name !== 'node_modules' && !/^package(-lock)?\.json$/.test(name))) refuse(folder, 'is not empty; name a new folder');
  const name = slug(basename(resolve(folder)));
  const written = [...writeSchemas(folder)];
  for (const path of filesBelow(templates)) {
    if (existsSync(join(folder, path))) continue;
    const text = readFileSync(join(templates, path), 'utf8');
    write(join(folder, path), text.replaceAll('my-pack', name).replaceAll('My pack', titleOf(name)));
    written.push(path);
  }
  return written;
}

/** Writes `level.json` and `pack.json` for the author's editor. */
export function writeSchemas(folder: string): string[] {
  write(join(folder, SCHEMAS_FOLDER, 'level.json'), `${JSON.stringify(editorLevelSchema(), null, 1)}\n`);
  write(join(folder, SCHEMAS_FOLDER, 'pack.json'), `${JSON.stringify(editorPackSchema(), null, 1)}\n`);
  return [`${SCHEMAS_FOLDER}/level.json`, `${SCHEMAS_FOLDER}/pack.json`];
}

/** Adds a level to a world of a pack: the template's first level under a new name, with the next number. Throws PackError. */
export function newLevel(pack: string, world: string, id: string, templates: string): string {
  if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(id)) refuse(id, 'is no name for a level; use lower-case letters, digits and dashes');
  if (!existsSync(join(pack, 'pack.yaml'))) refuse(pack, 'has no pack.yaml; `kube-quest pack init DIR` makes a pack');
  const folder = readdirSync(pack).find((name) => name.replace(/^\d+-/, '') === world) ?? world;
  const names = existsSync(join(pack, folder)) ? readdirSync(join(pack, folder)) : [];
  if (names.some((name) => name.replace(/^\d+-/, '') === `${id}.yaml`)) refuse(`${folder}/${id}.yaml`, 'is there already');
  const number = 1 + Math.max(0, ...names.map((name) => Number(/^(\d+)-/.exec(name)?.[1] ?? 0)));
  const path = `${folder}/${String(number).padStart(2, '0')}-${id}.yaml`;
  const text = readFileSync(join(templates, 'basics', '01-open-the-shop.yaml'), 'utf8');
  write(join(pack, path), text.replace(/^title: .*$/m, `title: ${titleOf(id)}`).replaceAll('open-the-shop', id));
  return path;
}

function filesBelow(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name;
    return entry.isDirectory() ? filesBelow(folder, path) : [path];
  });
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'my-pack';
}

function titleOf(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
