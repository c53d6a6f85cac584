/** jq's `del` where the library's own silently deletes nothing: of several paths, and of what `select` picks from a list. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { failure } from './time-commands.ts';

export function jqCommand(): CustomCommand {
  return defineCommand('jq', async (args, { origCommand }) => origCommand?.(args.map((arg) => withPlainDeletes(arg))) ?? failure('', 2));
}

/** A filter each of whose `del`s has one path. What is no filter, or is not balanced, stays as it is. */
function withPlainDeletes(filter: string): string {
  const [call] = topLevel(filter, /(?<![\w.$@])del\s*\(/y, true);
  if (call === undefined) return filter;
  const from = filter.indexOf('(', call) + 1;
  const inner = filter.slice(from);
  const [length] = topLevel(inner, /\)/y);
  if (length === undefined) return filter;
  const [paths, rest] = [inner.slice(0, length), withPlainDeletes(inner.slice(length + 1))];
  // As the real one: what comes later in a list goes first, so that the others keep their places.
  const each = pathsIn(paths).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return `${filter.slice(0, call)}(${each.map(deletion).join(' | ')})${rest}`;
}

/** One path for each comma, which binds closer than a pipe: `.a, .b | .c` is `.a | .c` and `.b | .c`. */
function pathsIn(text: string): string[] {
  if (/\b(if|reduce|foreach|try|label|def)\b/.test(text)) return [text];
  return split(text, PIPE).map((stage) => split(stage, /,/y).flatMap(inParentheses)).reduce((before, after) => before.flatMap((path) => after.map((next) => joined(path, next))));
}

/** The library follows `.a[0].b`, but not `.a[0] | .b`. */
function joined(path: string, next: string): string {
  return /^\.["\w[]/.test(next) && /^\.\S+$/.test(path) ? `${path}${next.replace(/^\.\[/, '[')}` : `${path} | ${next}`;
}

function inParentheses(text: string): string[] {
  const path = text.trim();
  return path.startsWith('(') && topLevel(path.slice(1), /\)/y)[0] === path.length - 2 ? pathsIn(path.slice(1, -1)) : [path];
}

/** The library knows no deletion below `LIST[]` or behind a `select`: each item is asked. */
function deletion(path: string): string {
  const [choice, ...further] = split(path, PIPE).map((stage) => stage.trim());
  const wanted = SELECT.exec(choice!)?.[1];
  if (wanted !== undefined && further.length > 0) return `(if (${wanted}) then ${deletion(further.join(' | '))} else . end)`;
  const [end] = topLevel(path, /\[\]/y, true);
  const list = path.slice(0, end).trim() || '.';
  if (end === undefined || list.includes('|')) return `del(${path})`;
  const below = path.slice(end + 2).replace(/^\?/, '').trim().replace(/^\|\s*/, '').replace(/^\[/, '.[');
  const [inObject, inArray] = withoutItems(below);
  // What is not there has no items, and is not made.
  return `(if (${list} | type) == "object" then ${list} |= ${inObject} elif (${list} | type) == "array" then ${list} |= ${inArray} else . end)`;
}

/** What becomes of an object and of an array of whose items something is to go: themselves, those selected, or what is below them. */
function withoutItems(below: string): [inObject: string, inArray: string] {
  if (below === '') return ['{}', '[]'];
  const unwanted = split(below, PIPE).length === 1 ? SELECT.exec(below)?.[1] : undefined;
  if (unwanted === undefined) return [`map_values(${deletion(below)})`, `map(${deletion(below)})`];
  return [`with_entries(select((.value | (${unwanted})) | not))`, `map(select((${unwanted}) | not))`];
}

const PIPE = /(?<!\|)\|(?!=)/y;
const SELECT = /^select\s*\((.*)\)$/s;

function split(text: string, separator: RegExp): string[] {
  const at = topLevel(text, separator);
  return [...at, text.length].map((end, i) => text.slice(i === 0 ? 0 : at[i - 1]! + 1, end));
}

/** Where a pattern is met outside strings and, unless `anywhere`, outside brackets. */
function topLevel(text: string, pattern: RegExp, anywhere = false): number[] {
  const found: number[] = [];
  for (let i = 0, depth = 0; i < text.length; i++) {
    if (text[i] === '"') {
      for (i++; i < text.length && text[i] !== '"'; i++) if (text[i] === '\\') i++;
      continue;
    }
    pattern.lastIndex = i;
    if ((depth === 0 || anywhere) && pattern.test(text)) found.push(i);
    if ('([{'.includes(text[i]!)) depth++;
    else if (')]}'.includes(text[i]!)) depth--;
  }
  return found;
}
