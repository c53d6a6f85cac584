/** jq's `del` where the library's own silently deletes nothing: of several paths, and of what `select` picks from a list. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { failure } from './time-commands.ts';

export function jqCommand(): CustomCommand {
  return defineCommand('jq', async (args, { origCommand }) => origCommand?.(args.map((arg) => withPlainDeletes(arg))) ?? failure('', 2));
}

/** A filter each of whose `del`s has one path. What is no filter, or is not balanced, stays as it is. */
export function withPlainDeletes(filter: string): string {
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
  return split(text, /(?<!\|)\|(?!=)/y).map((stage) => split(stage, /,/y).flatMap(inParentheses)).reduce((before, after) => before.flatMap((path) => after.map((next) => joined(path, next))));
}

/** The library follows `.a[0].b`, but not `.a[0] | .b`. */
function joined(path: string, next: string): string {
  return /^\.["\w[]/.test(next) && /^\.\S+$/.test(path) ? `${path}${next.replace(/^\.\[/, '[')}` : `${path} | ${next}`;
}

function inParentheses(text: string): string[] {
  const path = text.trim();
  return path.startsWith('(') && topLevel(path.slice(1), /\)/y)[0] === path.length - 2 ? pathsIn(path.slice(1, -1)) : [path];
}

/** `LIST[] | select(F)` keeps those that F does not want. */
function deletion(path: string): string {
  const stages = split(path, /\|/y).map((stage) => stage.trim());
  const [, wanted] = /^select\s*\((.*)\)$/s.exec(stages.at(-1)!) ?? [];
  const [, list] = /^(.*)\[\]\??$/s.exec(stages.slice(0, -1).join(' | ')) ?? [];
  if (wanted === undefined || list === undefined) return `del(${path})`;
  return `(${list || '.'} |= if type == "object" then with_entries(select((.value | (${wanted})) | not)) elif . == null then . else map(select((${wanted}) | not)) end)`;
}

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
