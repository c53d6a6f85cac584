/** Texts in another language that lie beside a file: `01-two.de.yaml` holds those of `01-two.yaml` in German, and nothing else. */
import { parseYaml } from './located.ts';
import { nearest } from './nearest.ts';
import { PackError, type Problem } from './problems.ts';
import type { SourceFile } from './sources/files.ts';
import { withText } from './texts.ts';

const NAME = /^(.+)\.([a-z]{2,3}(?:-[A-Z]{2})?)\.yaml$/;

type Dict = Readonly<Record<string, unknown>>;

/** Which file it translates, and into what; undefined for a file that translates nothing. */
export function translationOf(path: string): { of: string; language: string } | undefined {
  const [, name, language] = NAME.exec(path) ?? [];
  return name === undefined || language === undefined ? undefined : { of: `${name}.yaml`, language };
}

/** A file of a pack, and what lies beside it. */
export interface Original { readonly file: SourceFile; readonly translations: readonly SourceFile[] }

/** The pack's files with their translations. Throws PackError for a translation of nothing. */
export function originalsOf(files: readonly SourceFile[]): Original[] {
  const originals = files.filter(({ path }) => !translationOf(path));
  const lost = files.filter(({ path }) => translationOf(path) && !originals.some((file) => file.path === translationOf(path)?.of));
  if (lost.length > 0) throw new PackError(lost.map(({ path }) => ({ file: path, line: 0, column: 0, message: `translates ${translationOf(path)?.of}, which is not there` })));
  return originals.map((file) => ({ file, translations: files.filter(({ path }) => translationOf(path)?.of === file.path) }));
}

/** The data with the texts of its translations beside its own. Throws PackError with their places. */
export function withTranslations(data: unknown, translations: readonly SourceFile[]): unknown {
  return translations.reduce((merged, { path, text }) => {
    const located = parseYaml(path, text);
    const problems: Problem[] = [];
    const whole = merge(merged, located.data, { language: translationOf(path)!.language, wrong: (at, message) => void problems.push({ file: path, ...located.at(at), message }) });
    if (problems.length > 0) throw new PackError(problems);
    return whole;
  }, data);
}

type Path = readonly (string | number)[];
interface Merging { readonly language: string; wrong(at: Path, message: string): void }

/** Fields that are a text; lists whose items are named by their id; lists whose texts follow their order. */
const TEXTS = ['title', 'briefing', 'debrief', 'summary'];
const BY_ID: Readonly<Record<string, string>> = { objectives: 'text', guards: 'text' };
const IN_ORDER: Readonly<Record<string, string>> = { hints: 'text', events: 'say' };
const FIELDS = [...TEXTS, ...Object.keys(BY_ID), ...Object.keys(IN_ORDER), 'worlds'];

function merge(data: unknown, translation: unknown, merging: Merging): unknown {
  if (!isDict(data) || !isDict(translation)) {
    merging.wrong([], 'holds no texts by their fields');
    return data;
  }
  const merged: Record<string, unknown> = { ...data };
  for (const [field, texts] of Object.entries(translation)) {
    const near = nearest(field, FIELDS);
    if (!FIELDS.includes(field)) merging.wrong([field], `"${field}" is no text that can be translated${near ? `; did you mean "${near}"?` : `; there are ${FIELDS.join(', ')}`}`);
    else if (!(field in data)) merging.wrong([field], `${field}: the file that it translates has none`);
    else merged[field] = mergedField(field, data[field], texts, merging);
  }
  return merged;
}

function mergedField(field: string, own: unknown, texts: unknown, merging: Merging): unknown {
  if (TEXTS.includes(field)) return mergedText(own, texts, [field], merging);
  const items = Array.isArray(own) ? own.filter(isDict) : [];
  const byId = BY_ID[field];
  if (byId !== undefined) return mergedById(items, texts, [field], merging, (item, text, at) => ({ ...item, [byId]: mergedText(item[byId], text, at, merging) }));
  if (field === 'worlds') return mergedById(items, texts, [field], merging, (item, of, at) => (isDict(of) ? { ...item, ...Object.fromEntries(Object.entries(of).map(([key, text]) => [key, mergedText(item[key], text, [...at, key], merging)])) } : item));
  return mergedInOrder(items, texts, field, merging);
}

function mergedText(own: unknown, text: unknown, at: Path, { language, wrong }: Merging): unknown {
  if (typeof text === 'string' && text !== '' && own !== undefined) return withText(own, language, text);
  wrong(at, `${at.join('.')}: ${own === undefined ? 'the file that it translates has no such text' : 'has to be a text'}`);
  return own;
}

function mergedById(items: readonly Dict[], texts: unknown, at: Path, { wrong }: Merging, change: (item: Dict, text: unknown, at: Path) => Dict): readonly Dict[] {
  if (!isDict(texts)) {
    wrong(at, `${at.join('.')}: has to give the texts by their ids`);
    return items;
  }
  const ids = items.map(({ id }) => String(id));
  for (const id of Object.keys(texts).filter((each) => !ids.includes(each))) wrong([...at, id], `${at.join('.')}: there is no "${id}"; there are ${ids.join(', ')}`);
  return items.map((item) => (Object.hasOwn(texts, String(item.id)) ? change(item, texts[String(item.id)], [...at, String(item.id)]) : item));
}

/** One after the other; of `events` only those that say something. */
function mergedInOrder(items: readonly Dict[], texts: unknown, field: string, merging: Merging): readonly Dict[] {
  const name = IN_ORDER[field]!;
  const telling = items.filter((item) => item[name] !== undefined);
  if (!Array.isArray(texts) || texts.length > telling.length) {
    merging.wrong([field], `${field}: has to be a list of ${telling.length} texts at most, in their order`);
    return items;
  }
  return items.map((item) => {
    const index = telling.indexOf(item);
    return index >= 0 && index < texts.length ? { ...item, [name]: mergedText(item[name], texts[index], [field, index], merging) } : item;
  });
}

const isDict = (value: unknown): value is Dict => typeof value === 'object' && value !== null && !Array.isArray(value);
