/** What could be typed at a place in a manifest: fields of the type that stands there, kinds and API versions. */
import { groupVersion } from '../cluster/api/kind.ts';
import { allKinds, kindNamed } from '../cluster/api/kinds/index.ts';
import { schemaOf } from '../cluster/api/schema.ts';
import { fieldAt, fieldsAt } from './manifest-check.ts';
import type { FieldCompletion } from './view.ts';

const KEY = /^( *(?:- +)*)([\w.$/-]+):(.*)$/;

/** Row and column count from 0. Works on a text that is being written: indentation alone says where a line belongs. */
export function completeField(lines: readonly string[], row: number, column: number): FieldCompletion {
  const typed = (lines[row] ?? '').slice(0, column);
  const value = /^(kind|apiVersion): *(\S*)$/.exec(typed);
  if (value) return found(value[2]!, column, value[1] === 'kind' ? allKinds.map(({ kind }) => kind) : allKinds.map(groupVersion));
  const [, before, word] = /^( *(?:- +)*)([\w-]*)$/.exec(typed) ?? [];
  const document = documentAround(lines, row);
  const type = typeOf(document.lines);
  if (before === undefined || word === undefined || type === undefined) return found('', column, []);
  const path = pathAbove(document.lines, row - document.from, before.length);
  return found(word, column, fieldsAt(type, path).map((name) => `${name}:${isBranch(type, [...path, name]) ? '' : ' '}`));
}

function found(word: string, column: number, names: readonly string[]): FieldCompletion {
  return { from: column - word.length, names: [...new Set(names)].filter((name) => name.startsWith(word)).toSorted() };
}

/** The lines between two `---`. */
function documentAround(lines: readonly string[], row: number): { lines: readonly string[]; from: number } {
  const from = lines.slice(0, row).findLastIndex((text) => text.startsWith('---')) + 1;
  const length = lines.slice(from).findIndex((text) => text.startsWith('---'));
  return { lines: lines.slice(from, length < 0 ? undefined : from + length), from };
}

function typeOf(lines: readonly string[]): string | undefined {
  const said = (key: string) => lines.map((text) => KEY.exec(text)).find((match) => match?.[1] === '' && match[2] === key)?.[3]?.trim();
  const kind = kindNamed(said('apiVersion'), said('kind'));
  return kind && (kind.type ?? kind.kind);
}

/** The keys that a line of this indentation lies under. */
function pathAbove(lines: readonly string[], row: number, indent: number): string[] {
  const path: string[] = [];
  let inner = indent;
  for (let at = row - 1; at >= 0 && inner > 0; at -= 1) {
    const [, before, key, value] = KEY.exec(lines[at]!) ?? [];
    if (before === undefined || before.length >= inner) continue;
    inner = before.length;
    if (value!.replace(/#.*/, '').trim() === '') path.unshift(key!);
  }
  return path;
}

/** Whether what stands at a path goes on in lines of its own. */
function isBranch(type: string, path: readonly string[]): boolean {
  const field = fieldAt(type, path);
  return field !== undefined && (field.isList || field.isMap || schemaOf(field.type) !== undefined);
}
