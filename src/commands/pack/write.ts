/** The pack commands that write something: init, new, docs, build, schema, import. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { draftLevel } from '../../engine/pack/kit/import.ts';
import { initPack, newLevel, writeSchemas } from '../../engine/pack/kit/scaffold.ts';
import { editorLevelSchema, editorPackSchema } from '../../engine/pack/kit/editor-schema.ts';
import { syllabusOf } from '../../engine/pack/kit/syllabus.ts';
import { loadPack } from '../../engine/pack/load.ts';
import { buildPack } from '../../engine/pack/sources/built.ts';
import { printable } from '../../engine/pack/sources/safety.ts';
import { readPack } from '../../engine/pack/sources/source.ts';
import { languageOf } from '../../engine/pack/texts.ts';
import { languageAsked } from '../language.ts';
import { UserProblem } from '../problem.ts';

const say = (text: string) => void process.stdout.write(text);

export async function init(dir: string, templates: string): Promise<number> {
  const written = asked(() => initPack(dir, templates));
  say(`${written.map((path) => `  ${join(dir, path)}\n`).join('')}\nA pack of two levels that work. Next:\n\n  cd ${dir}\n  kube-quest pack test .\n  kube-quest pack play . --watch\n\nThe comments in basics/01-open-the-shop.yaml explain the format.\n`);
  return 0;
}

export async function addLevel(level: string, { pack, world }: { pack: string; world: string }, templates: string): Promise<number> {
  const path = asked(() => newLevel(pack, world, level, templates));
  const worlds = /^ *- *\{?id: *([\w-]+)/gm;
  const known = [...readFileSync(join(pack, 'pack.yaml'), 'utf8').matchAll(worlds)].map((match) => match[1]);
  say(`  ${join(pack, path)}\n${known.includes(world) ? '' : `\nAdd its world to pack.yaml: - {id: ${world}, title: …}\n`}\nProve it: kube-quest pack test ${pack} ${level}\n`);
  return 0;
}

export async function docs(where: string, { out, language }: { out?: string; language?: string }): Promise<number> {
  const text = syllabusOf(loadPack(where, { language: languageAsked(language) ?? languageOf(process.env) }));
  if (out) asked(() => writeFileSync(out, text));
  else say(printable(text));
  return 0;
}

export async function build(where: string, { out, key }: { out?: string; key?: string }): Promise<number> {
  const { name, version, digest } = loadPack(where); // what is wrong with it is said now, not to its players
  const file = out ?? `${name}-${version}.kqpack`;
  const text = buildPack(readPack(where).files, key === undefined ? undefined : asked(() => readFileSync(key, 'utf8')));
  asked(() => writeFileSync(file, text));
  say(`${file}: ${Math.ceil(Buffer.byteLength(text) / 1024)} KiB, ${digest}${key === undefined ? '' : `, signed by ${loadPack(resolve(file)).signedBy}`}\n`);
  return 0;
}

export async function schema(which: string, { write }: { write?: string }): Promise<number> {
  if (write !== undefined) say(asked(() => writeSchemas(write)).map((path) => `  ${join(write, path)}\n`).join(''));
  else if (which === 'level' || which === 'pack') say(`${JSON.stringify(which === 'level' ? editorLevelSchema() : editorPackSchema(), null, 1)}\n`);
  else throw new UserProblem(`there is a schema of a level and one of a pack, none of "${which}"`);
  return 0;
}

export async function importLevel(dir: string, { out, title }: { out?: string; title?: string }): Promise<number> {
  const id = basename(resolve(dir)).toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const text = asked(() => draftLevel(manifestsIn(join(dir, 'broken')), manifestsIn(join(dir, 'fixed')), { id, title: title ?? id.replaceAll('-', ' ') }));
  if (out) asked(() => writeFileSync(out, text));
  else say(text);
  return 0;
}

function manifestsIn(folder: string): string {
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name)).sort();
  if (names.length === 0) throw new UserProblem(`${folder} holds no manifests (*.yaml)`);
  return names.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n---\n');
}

/** What the file system refuses is said in one sentence. */
function asked<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name !== 'Error') throw error;
    if ('code' in error && 'path' in error) throw new UserProblem(`${String(error.path)}: ${error.code === 'ENOENT' ? 'there is no such file or folder' : String(error.code)}`);
    throw new UserProblem(error.message);
  }
}
