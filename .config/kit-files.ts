/**
 * Writes what is derived from the schema: schemas/*.json, the reference in levels/README.md, and the first line of each
 * shipped level. `tsx .config/kit-files.ts` writes; a test checks that nothing would change.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { translationOf } from '../src/engine/pack/translations.ts';
import { derivedFiles } from './kit-derived.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const levels = readdirSync(join(root, 'levels'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.yaml') && !translationOf(name)).map((name) => join('levels', name).split(sep).join('/')).sort();
const read = (path: string) => readFileSync(join(root, path), 'utf8');

for (const { path, text } of derivedFiles(levels, read)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  process.stdout.write(`${relative('.', path)}\n`);
}
