/** The line at the prompt: a pure reducer over (text, cursor, place in the history), with bash's keys. */
import type { Completion } from '../engine/view.ts';
import type { Key } from './terminal/key-parser.ts';

export interface EditedLine {
  readonly text: string;
  /** In UTF-16 units; always between characters. */
  readonly cursor: number;
  /** Counted from the newest entry; -1 for the line that is not history yet. */
  readonly historyIndex: number;
  /** What was typed before the history was walked. */
  readonly draft: string;
  /** What Ctrl-W, Ctrl-U and Ctrl-K took, for Ctrl-Y. */
  readonly killed: string;
  readonly search?: HistorySearch;
  /** Present among the commands of vi; what an operator waits for. */
  readonly vi?: { readonly pending: string };
  /** Words that Tab found and that did not decide it. */
  readonly choices?: readonly string[];
}

/** Ctrl-R: the query and which of its matches is shown, newest first. */
interface HistorySearch {
  readonly query: string;
  readonly skip: number;
  readonly hasFailed: boolean;
}

export const EMPTY_LINE: EditedLine = { text: '', cursor: 0, historyIndex: -1, draft: '', killed: '' };

/** A line that holds `text`, with the cursor at its end. */
export const lineOf = (text: string): EditedLine => ({ ...EMPTY_LINE, text, cursor: text.length });

type Edit = (line: EditedLine, history: readonly string[]) => EditedLine;

const EDITS: Record<string, Edit> = {
  left: (line) => moved(line, before(line)),
  right: (line, history) => accepted(line, history, (rest) => rest) ?? moved(line, after(line)),
  home: (line) => moved(line, 0),
  end: (line, history) => accepted(line, history, (rest) => rest) ?? moved(line, line.text.length),
  'alt-b': (line) => moved(line, wordStart(line)),
  'alt-f': (line, history) => accepted(line, history, (rest) => /^\s*\S+/.exec(rest)?.[0] ?? rest) ?? moved(line, wordEnd(line)),
  backspace: (line) => without(line, before(line), line.cursor),
  delete: (line) => without(line, line.cursor, after(line)),
  'ctrl-w': (line) => killed(line, spacedWordStart(line), line.cursor),
  'alt-backspace': (line) => killed(line, wordStart(line), line.cursor),
  'alt-d': (line) => killed(line, line.cursor, wordEnd(line)),
  'ctrl-u': (line) => killed(line, 0, line.cursor),
  'ctrl-k': (line) => killed(line, line.cursor, line.text.length),
  'ctrl-y': (line) => inserted(line, line.killed),
  'ctrl-t': transposed,
  up: (line, history) => recalled(line, history, line.historyIndex + 1),
  down: (line, history) => recalled(line, history, line.historyIndex - 1),
  'ctrl-r': (line) => ({ ...line, search: { query: '', skip: 0, hasFailed: false }, draft: line.text }),
};

const ALIASES: Record<string, string> = {
  'ctrl-b': 'left', 'ctrl-f': 'right', 'ctrl-a': 'home', 'ctrl-e': 'end', 'ctrl-h': 'backspace', 'ctrl-d': 'delete', 'ctrl-p': 'up',
  'ctrl-n': 'down', 'alt-left': 'alt-b', 'ctrl-left': 'alt-b', 'alt-right': 'alt-f', 'ctrl-right': 'alt-f', 'ctrl-delete': 'alt-d',
};

/** The line after a key; undefined when the key means nothing to it. */
export function editLine(line: EditedLine, key: Key, history: readonly string[]): EditedLine | undefined {
  if (line.search) return searched(line, line.search, key, history);
  const edit = EDITS[ALIASES[key.id] ?? key.id];
  if (edit) return edit({ ...line, choices: undefined }, history);
  return key.text ? inserted(line, key.text) : undefined;
}

/** How the newest line of the history that begins like this one goes on; empty when none does or the cursor is not at the end. */
export function suggestionFor({ text, cursor, search }: EditedLine, history: readonly string[]): string {
  if (text.trim() === '' || cursor !== text.length || search) return '';
  const found = history.findLast((entry) => entry.startsWith(text) && entry !== text && !entry.includes('\n'));
  return found?.slice(text.length) ?? '';
}

/** The line with as much of its suggestion as is taken; undefined when there is none. */
function accepted(line: EditedLine, history: readonly string[], take: (rest: string) => string): EditedLine | undefined {
  const rest = suggestionFor(line, history);
  return rest ? inserted(line, take(rest)) : undefined;
}

/** Puts text at the cursor; line ends become spaces, for the callers that do not split a paste. */
export function inserted(line: EditedLine, text: string): EditedLine {
  const flat = text.replace(/[\r\n]+/g, ' ');
  const cursor = line.cursor + flat.length;
  return { ...line, text: line.text.slice(0, line.cursor) + flat + line.text.slice(line.cursor), cursor, choices: undefined };
}

/** Applies what Tab found: the one word, or as much as all have in common; then the list of them. */
export function completed(line: EditedLine, { from, replacements }: Completion): EditedLine {
  const [first] = replacements;
  if (first === undefined) return line;
  const common = commonBeginning(replacements);
  const typed = line.text.slice(from, line.cursor);
  const word = replacements.length === 1 ? first : common.length >= typed.length ? common : typed;
  const text = line.text.slice(0, from) + word + line.text.slice(line.cursor);
  return { ...line, text, cursor: from + word.length, choices: replacements.length > 1 ? replacements : undefined };
}

function searched(line: EditedLine, search: HistorySearch, key: Key, history: readonly string[]): EditedLine | undefined {
  const stop = (text: string) => ({ ...line, text, cursor: text.length, search: undefined });
  if (key.id === 'ctrl-g' || key.id === 'escape' || key.id === 'ctrl-c') return stop(line.draft);
  if (key.id === 'enter') return undefined;
  if (key.id === 'ctrl-r') return shown(line, { ...search, skip: search.skip + 1 }, history);
  if (key.id === 'backspace' || key.id === 'ctrl-h') return shown(line, { ...search, query: search.query.slice(0, -1), skip: 0 }, history);
  if (key.text) return shown(line, { ...search, query: search.query + key.text, skip: 0 }, history);
  return editLine({ ...line, search: undefined, cursor: line.text.length }, key, history) ?? stop(line.text);
}

function shown(line: EditedLine, search: HistorySearch, history: readonly string[]): EditedLine {
  const matches = search.query ? [...new Set([...history].reverse())].filter((entry) => entry.includes(search.query)) : [];
  const text = matches[search.skip];
  if (text === undefined) {
    return { ...line, search: { ...search, skip: Math.max(0, search.skip - 1), hasFailed: search.query !== '' } };
  }
  return { ...line, text, cursor: text.indexOf(search.query), search: { ...search, hasFailed: false } };
}

export function recalled(line: EditedLine, history: readonly string[], index: number): EditedLine {
  if (index < -1 || index >= history.length) return line;
  const draft = line.historyIndex === -1 ? line.text : line.draft;
  const text = index === -1 ? draft : history[history.length - 1 - index] ?? '';
  return { ...line, text, cursor: text.length, historyIndex: index, draft };
}

const moved = (line: EditedLine, cursor: number): EditedLine => ({ ...line, cursor });

const without = (line: EditedLine, from: number, to: number): EditedLine =>
  ({ ...line, text: line.text.slice(0, from) + line.text.slice(to), cursor: from });

export const killed = (line: EditedLine, from: number, to: number): EditedLine =>
  from === to ? line : { ...without(line, from, to), killed: line.text.slice(from, to) };

function transposed(line: EditedLine): EditedLine {
  const end = line.cursor === line.text.length ? line.cursor : after(line);
  const middle = before({ text: line.text, cursor: end });
  const start = before({ text: line.text, cursor: middle });
  if (start === middle) return line;
  const { text } = line;
  return { ...line, text: text.slice(0, start) + text.slice(middle, end) + text.slice(start, middle) + text.slice(end), cursor: end };
}

type Place = Pick<EditedLine, 'text' | 'cursor'>;

/** The place one character to the left; a surrogate pair counts as one. */
export function before({ text, cursor }: Place): number {
  return Math.max(0, cursor - (/[\udc00-\udfff]/.test(text[cursor - 1] ?? '') ? 2 : 1));
}

export function after({ text, cursor }: Place): number {
  return Math.min(text.length, cursor + (/[\ud800-\udbff]/.test(text[cursor] ?? '') ? 2 : 1));
}

/** Words as Alt-B sees them: letters and digits. */
export const wordStart = ({ text, cursor }: Place) => cursor - (/[\p{L}\p{N}]*[^\p{L}\p{N}]*$/u.exec(text.slice(0, cursor))?.[0].length ?? 0);
export const wordEnd = ({ text, cursor }: Place) => cursor + (/^[^\p{L}\p{N}]*[\p{L}\p{N}]*/u.exec(text.slice(cursor))?.[0].length ?? 0);
/** Words as Ctrl-W sees them: anything but spaces. */
const spacedWordStart = ({ text, cursor }: Place) => cursor - (/\S*\s*$/.exec(text.slice(0, cursor))?.[0].length ?? 0);

export function commonBeginning(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  let length = first.length;
  for (const word of rest) while (!word.startsWith(first.slice(0, length))) length -= 1;
  return first.slice(0, length);
}
