/** vi's keys: the part that everyone knows. */
import type { Key } from './terminal/key-parser.ts';
import {
  backspace, deleteAtCursor, findNext, insertText, isChanged, lineAt, movedTo, redo, remembered, splitLine, undo, withLines, write, type TextEditor,
} from './text-editor.ts';

const PAGE_ROWS = 16;
const on = { past: false };
const past = { past: true };

type Step = (editor: TextEditor, count: number) => TextEditor;

const MOVES: Record<string, Step> = {
  h: (e, n) => movedTo(e, e.row, e.column - n, on),
  l: (e, n) => movedTo(e, e.row, e.column + n, on),
  k: (e, n) => movedTo(e, e.row - n, e.column, on),
  j: (e, n) => movedTo(e, e.row + n, e.column, on),
  0: (e) => movedTo(e, e.row, 0, on),
  '^': (e) => movedTo(e, e.row, Math.max(0, lineAt(e).search(/\S/)), on),
  $: (e) => movedTo(e, e.row, Infinity, on),
  gg: (e, n) => movedTo(e, n - 1, 0, on),
  G: (e) => movedTo(e, Infinity, 0, on),
  w: (e, n) => repeat(e, n, nextWord),
  b: (e, n) => repeat(e, n, previousWord),
  e: (e, n) => repeat(e, n, wordEnd),
  pagedown: (e) => movedTo(e, e.row + PAGE_ROWS, e.column, on),
  pageup: (e) => movedTo(e, e.row - PAGE_ROWS, e.column, on),
  n: (e) => findNext(e, e.lastSearch, 1),
  N: (e) => findNext(e, e.lastSearch, -1),
};

const CHANGES: Record<string, Step> = {
  x: (e, n) => movedTo(yanked(e, [lineAt(e).slice(e.column, e.column + n)], false, spliced(e, e.column, e.column + n)), e.row, e.column, on),
  D: (e) => movedTo(yanked(e, [lineAt(e).slice(e.column)], false, spliced(e, e.column, Infinity)), e.row, e.column, on),
  dd: (e, n) => firstCharacter(yanked(e, e.lines.slice(e.row, e.row + n), true, withLines(e, e.row, n, []))),
  dG: (e) => firstCharacter(yanked(e, e.lines.slice(e.row), true, withLines(e, e.row, Infinity, []))),
  dw: (e) => movedTo(spliced(e, e.column, wordStop(e)), e.row, e.column, on),
  J: (e) => e.row + 1 < e.lines.length ? movedTo(withLines(e, e.row, 2, [`${lineAt(e).trimEnd()} ${e.lines[e.row + 1]!.trimStart()}`]), e.row, lineAt(e).length, on) : e,
  p: (e) => put(e, 1),
  P: (e) => put(e, 0),
  '~': (e) => movedTo(replaced(e, otherCase(lineAt(e)[e.column] ?? '')), e.row, e.column + 1, on),
  i: insertMode,
  a: (e) => insertMode(movedTo(e, e.row, e.column + 1, past)),
  I: (e) => insertMode(movedTo(e, e.row, Math.max(0, lineAt(e).search(/\S/)), past)),
  A: (e) => insertMode(movedTo(e, e.row, Infinity, past)),
  o: (e) => insertMode(splitLine(movedTo(e, e.row, Infinity, past))),
  O: (e) => insertMode(openAbove(e)),
  s: (e) => insertMode(spliced(e, e.column, e.column + 1)),
  S: (e) => insertMode(clearedLine(e)),
  cc: (e) => insertMode(clearedLine(e)),
  C: (e) => insertMode(spliced(e, e.column, Infinity)),
  cw: (e) => insertMode(spliced(e, e.column, wordStop(e, { keepSpace: true }))),
};

const OTHERS: Record<string, Step> = {
  u: (e) => movedTo(undo(e), undo(e).row, undo(e).column, on),
  'ctrl-r': (e) => movedTo(redo(e), redo(e).row, redo(e).column, on),
  yy: (e, n) => ({ ...yanked(e, e.lines.slice(e.row, e.row + n), true, e), message: n > 1 ? `${n} lines yanked` : '' }),
  ':': (e) => ({ ...e, mode: 'command', command: ':', message: '' }),
  '/': (e) => ({ ...e, mode: 'command', command: '/', message: '' }),
  '?': (e) => ({ ...e, mode: 'command', command: '?', message: '' }),
  ZZ: (e) => ({ ...(isChanged(e) ? write(e) : e), isClosed: true }),
  ZQ: (e) => ({ ...e, isClosed: true }),
};

const ALIASES: Record<string, string> = {
  left: 'h', right: 'l', up: 'k', down: 'j', backspace: 'h', space: 'l', enter: 'j', home: '0', end: '$', delete: 'x', 'ctrl-f': 'pagedown',
  'ctrl-b': 'pageup', 'ctrl-d': 'pagedown', 'ctrl-u': 'pageup', yj: 'yy', Y: 'yy',
};

export function viKey(editor: TextEditor, key: Key): TextEditor {
  if (editor.mode === 'insert') return insertKey(editor, key);
  if (editor.mode === 'command') return commandKey(editor, key);
  return normalKey(editor, key);
}

function normalKey(editor: TextEditor, key: Key): TextEditor {
  const fresh = { ...editor, prefix: '', message: '' };
  if (key.id === 'escape' || key.id === 'ctrl-c') {
    return { ...fresh, message: key.id === 'ctrl-c' ? 'Type  :q!  and press <Enter> to abandon all changes and exit' : '' };
  }
  if (editor.prefix.endsWith('r') && key.text) return editor.isReadOnly ? refused(fresh) : replaced(remembered(fresh), key.text);
  if (/^[1-9]$/.test(key.id) || (key.id === '0' && /^\d+$/.test(editor.prefix))) return { ...editor, prefix: editor.prefix + key.id };
  const [, digits = '', half = ''] = /^(\d*)(.*)$/.exec(editor.prefix)!;
  const name = half + (ALIASES[key.id] ?? key.id);
  const count = digits ? Number(digits) : 1;
  if (name === 'G' && digits) return MOVES['gg']!(fresh, count);
  const still = MOVES[name] ?? OTHERS[name];
  if (still) return still(fresh, count);
  const change = CHANGES[name];
  if (change) return editor.isReadOnly ? refused(fresh) : change(remembered(fresh), count);
  return 'gdcyrZ'.includes(name) ? { ...editor, prefix: digits + name } : fresh;
}

function insertKey(editor: TextEditor, key: Key): TextEditor {
  switch (key.id) {
    case 'escape': case 'ctrl-c': return movedTo({ ...editor, mode: 'normal', message: '' }, editor.row, editor.column - 1, on);
    case 'enter': return splitLine(editor);
    case 'tab': return insertText(editor, '  ');
    case 'backspace': case 'ctrl-h': return backspace(editor);
    case 'delete': return deleteAtCursor(editor);
    case 'left': return movedTo(editor, editor.row, editor.column - 1, past);
    case 'right': return movedTo(editor, editor.row, editor.column + 1, past);
    case 'up': return movedTo(editor, editor.row - 1, editor.column, past);
    case 'down': return movedTo(editor, editor.row + 1, editor.column, past);
    case 'home': return movedTo(editor, editor.row, 0, past);
    case 'end': return movedTo(editor, editor.row, Infinity, past);
    default: return key.text ? insertText(editor, key.text) : editor;
  }
}

function commandKey(editor: TextEditor, key: Key): TextEditor {
  if (key.id === 'escape' || key.id === 'ctrl-c') return { ...editor, mode: 'normal', command: '' };
  if (key.id === 'enter') return runCommand({ ...editor, mode: 'normal', command: '' }, editor.command);
  if (key.id === 'ctrl-u') return { ...editor, command: editor.command.slice(0, 1) };
  if (key.id === 'backspace' || key.id === 'ctrl-h') {
    return editor.command.length > 1 ? { ...editor, command: editor.command.slice(0, -1) } : { ...editor, mode: 'normal', command: '' };
  }
  return { ...editor, command: editor.command + key.text };
}

const SUBSTITUTION = /^(%?)s\/((?:[^/\\]|\\.)+)\/((?:[^/\\]|\\.)*)(?:\/(g?))?$/;

function runCommand(editor: TextEditor, typed: string): TextEditor {
  const word = typed.slice(1).trim();
  if (typed[0] === '/') return findNext(editor, typed.slice(1) || editor.lastSearch, 1);
  if (typed[0] === '?') return findNext(editor, typed.slice(1) || editor.lastSearch, -1);
  if (/^\d+$/.test(word)) return movedTo(editor, Number(word) - 1, 0, on);
  const substitution = SUBSTITUTION.exec(word);
  if (substitution) return editor.isReadOnly ? refused(editor) : substituted(remembered(editor), substitution);
  switch (word) {
    case '': case 'set number': case 'set nu': case 'set paste': return editor;
    case '$': return movedTo(editor, Infinity, 0, on);
    case 'w': case 'w!': return write(editor);
    case 'wq': case 'wq!': case 'x': case 'xa': case 'wqa': return editor.isReadOnly ? write(editor) : { ...write(editor), isClosed: true };
    case 'q!': case 'qa!': return { ...editor, isClosed: true };
    case 'q': case 'qa': return isChanged(editor) ? { ...editor, message: 'E37: No write since last change (add ! to override)' } : { ...editor, isClosed: true };
    default: return { ...editor, message: `E492: Not an editor command: ${word}` };
  }
}

function substituted(editor: TextEditor, [, all, from, to = '', flag]: RegExpExecArray): TextEditor {
  const plain = (text: string) => text.replace(/\\(.)/g, '$1');
  const old = plain(from!);
  const change = (text: string) => flag === 'g' ? text.split(old).join(plain(to)) : text.replace(old, () => plain(to));
  const lines = editor.lines.map((text, row) => all || row === editor.row ? change(text) : text);
  const count = lines.filter((text, row) => text !== editor.lines[row]).length;
  return { ...editor, lines, message: count ? `${count} ${count === 1 ? 'line' : 'lines'} changed` : `E486: Pattern not found: ${old}` };
}

function refused(editor: TextEditor): TextEditor {
  return { ...editor, message: 'This file cannot be changed' };
}

function insertMode(editor: TextEditor): TextEditor {
  return { ...editor, mode: 'insert', message: '' };
}

const repeat = (editor: TextEditor, count: number, step: (e: TextEditor) => TextEditor) => {
  let at = editor;
  for (let index = 0; index < count; index += 1) at = step(at);
  return at;
};

function spliced(editor: TextEditor, from: number, to: number): TextEditor {
  const text = lineAt(editor);
  return { ...withLines(editor, editor.row, 1, [text.slice(0, from) + text.slice(to)]), column: from };
}

function replaced(editor: TextEditor, character: string): TextEditor {
  const text = lineAt(editor);
  return editor.column < text.length ? withLines(editor, editor.row, 1, [text.slice(0, editor.column) + character + text.slice(editor.column + 1)]) : editor;
}

const otherCase = (character: string) => character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();

const yanked = (_: TextEditor, lines: readonly string[], isLinewise: boolean, after: TextEditor): TextEditor => ({ ...after, register: { lines, isLinewise } });

const firstCharacter = (editor: TextEditor) => {
  const at = movedTo(editor, editor.row, 0, on);
  return movedTo(at, at.row, Math.max(0, lineAt(at).search(/\S/)), on);
};

function put(editor: TextEditor, offset: 0 | 1): TextEditor {
  const { lines, isLinewise } = editor.register;
  if (lines.length === 0) return editor;
  if (isLinewise) return firstCharacter({ ...withLines(editor, editor.row + offset, 0, lines), row: editor.row + offset });
  const at = Math.min(lineAt(editor).length, editor.column + offset);
  return movedTo(insertText({ ...editor, column: at }, lines[0]!), editor.row, at + lines[0]!.length - 1, on);
}

function openAbove(editor: TextEditor): TextEditor {
  const indent = /^ */.exec(lineAt(editor))![0];
  return { ...withLines(editor, editor.row, 0, [indent]), column: indent.length };
}

function clearedLine(editor: TextEditor): TextEditor {
  const indent = /^ */.exec(lineAt(editor))![0];
  return { ...withLines(editor, editor.row, 1, [indent]), column: indent.length };
}

const WORD = /\w+|[^\w\s]+/g;
const wordsIn = (text: string) => [...text.matchAll(WORD)].map((match) => ({ start: match.index, end: match.index + match[0].length }));

function nextWord(editor: TextEditor): TextEditor {
  const next = wordsIn(lineAt(editor)).find((word) => word.start > editor.column);
  if (next) return { ...editor, column: next.start };
  return editor.row + 1 < editor.lines.length ? firstCharacter({ ...editor, row: editor.row + 1 }) : movedTo(editor, editor.row, Infinity, on);
}

function previousWord(editor: TextEditor): TextEditor {
  const previous = wordsIn(lineAt(editor)).findLast((word) => word.start < editor.column);
  if (previous) return { ...editor, column: previous.start };
  if (editor.row === 0) return { ...editor, column: 0 };
  const last = wordsIn(editor.lines[editor.row - 1]!).at(-1);
  return { ...editor, row: editor.row - 1, column: last?.start ?? 0 };
}

function wordEnd(editor: TextEditor): TextEditor {
  const next = wordsIn(lineAt(editor)).find((word) => word.end - 1 > editor.column);
  if (next) return { ...editor, column: next.end - 1 };
  if (editor.row + 1 >= editor.lines.length) return editor;
  const below = { ...editor, row: editor.row + 1 };
  return { ...below, column: Math.max(0, (wordsIn(lineAt(below))[0]?.end ?? 1) - 1) };
}

/** Where `dw` stops; `cw` keeps the space behind the word. */
function wordStop(editor: TextEditor, options: { keepSpace?: boolean } = {}): number {
  const words = wordsIn(lineAt(editor));
  if (options.keepSpace) return words.find((word) => word.end > editor.column)?.end ?? lineAt(editor).length;
  return words.find((word) => word.start > editor.column)?.start ?? lineAt(editor).length;
}
