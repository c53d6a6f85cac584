/** nano's keys: always inserting; Ctrl-O writes, Ctrl-X leaves and asks about changes. */
import type { Key } from './terminal/key-parser.ts';
import {
  backspace, deleteAtCursor, findNext, insertText, isChanged, lineAt, movedTo, redo, remembered, splitLine, undo, withLines, write, type TextEditor,
} from './text-editor.ts';

const PAGE_ROWS = 16;
const past = { past: true };

const MOVES: Record<string, (editor: TextEditor) => TextEditor> = {
  left: (e) => e.column > 0 || e.row === 0 ? movedTo(e, e.row, e.column - 1, past) : movedTo(e, e.row - 1, Infinity, past),
  right: (e) => e.column < lineAt(e).length || e.row + 1 === e.lines.length ? movedTo(e, e.row, e.column + 1, past) : movedTo(e, e.row + 1, 0, past),
  up: (e) => movedTo(e, e.row - 1, e.column, past),
  down: (e) => movedTo(e, e.row + 1, e.column, past),
  home: (e) => movedTo(e, e.row, 0, past),
  end: (e) => movedTo(e, e.row, Infinity, past),
  pageup: (e) => movedTo(e, e.row - PAGE_ROWS, e.column, past),
  pagedown: (e) => movedTo(e, e.row + PAGE_ROWS, e.column, past),
  'ctrl-home': (e) => movedTo(e, 0, 0, past),
  'ctrl-end': (e) => movedTo(e, Infinity, Infinity, past),
  'alt-u': undo,
  'alt-e': redo,
  'alt-w': (e) => findNext(e, e.lastSearch, 1),
  'ctrl-o': write,
  'ctrl-w': (e) => ({ ...e, mode: 'question', command: '/', message: '' }),
  'ctrl-x': (e) => isChanged(e) && !e.isReadOnly ? { ...e, mode: 'question', command: '', message: 'Save modified buffer?  Y yes   N no   ^C cancel' } : { ...e, isClosed: true },
};

const CHANGES: Record<string, (editor: TextEditor) => TextEditor> = {
  enter: splitLine,
  tab: (e) => insertText(e, '  '),
  backspace,
  delete: deleteAtCursor,
  'ctrl-k': cutLine,
  'ctrl-u': (e) => movedTo(withLines(e, e.row, 0, e.register.lines), e.row + e.register.lines.length, 0, past),
};

const ALIASES: Record<string, string> = {
  'ctrl-b': 'left', 'ctrl-f': 'right', 'ctrl-p': 'up', 'ctrl-n': 'down', 'ctrl-a': 'home', 'ctrl-e': 'end', 'ctrl-y': 'pageup', 'ctrl-v': 'pagedown',
  'ctrl-h': 'backspace', 'ctrl-d': 'delete', 'ctrl-s': 'ctrl-o', 'alt-\\': 'ctrl-home', 'alt-/': 'ctrl-end',
};

export function nanoKey(editor: TextEditor, key: Key): TextEditor {
  if (editor.mode === 'question') return editor.command.startsWith('/') ? searchKey(editor, key) : leaveKey(editor, key);
  const id = ALIASES[key.id] ?? key.id;
  const move = MOVES[id];
  if (move) return move({ ...editor, message: '' });
  const change = CHANGES[id] ?? (key.text ? (e: TextEditor) => insertText(e, key.text) : undefined);
  if (!change) return editor;
  if (editor.isReadOnly) return { ...editor, message: 'This file cannot be changed' };
  return { ...change(remembered(editor)), message: '' };
}

function leaveKey(editor: TextEditor, key: Key): TextEditor {
  if (key.id === 'y' || key.id === 'Y' || key.id === 'enter') return { ...write(editor), isClosed: true };
  if (key.id === 'n' || key.id === 'N') return { ...editor, isClosed: true };
  if (key.id === 'ctrl-c' || key.id === 'escape') return { ...editor, mode: 'insert', message: 'Cancelled' };
  return editor;
}

function searchKey(editor: TextEditor, key: Key): TextEditor {
  if (key.id === 'enter') return findNext({ ...editor, mode: 'insert', command: '' }, editor.command.slice(1) || editor.lastSearch, 1);
  if (key.id === 'escape' || key.id === 'ctrl-c') return { ...editor, mode: 'insert', command: '', message: 'Cancelled' };
  if (key.id === 'backspace') return { ...editor, command: editor.command.length > 1 ? editor.command.slice(0, -1) : '/' };
  return { ...editor, command: editor.command + key.text };
}

/** Ctrl-K cuts lines; one after the other they are kept together. */
function cutLine(editor: TextEditor): TextEditor {
  const register = { lines: [lineAt(editor)], isLinewise: true };
  return movedTo(withLines({ ...editor, register }, editor.row, 1, []), editor.row, 0, past);
}
