/** The editor inside the game: the everyday part of vi or of nano, as a pure reducer over its buffer. */
import type { Key } from './terminal/key-parser.ts';
import { viKey } from './text-editor-vi.ts';
import { nanoKey } from './text-editor-nano.ts';

export interface TextEditor {
  readonly fileName: string;
  readonly style: 'vi' | 'nano';
  readonly isReadOnly: boolean;
  readonly lines: readonly string[];
  readonly row: number;
  readonly column: number;
  /** vi: normal, insert or a command line being typed; nano: insert, or a question being answered. */
  readonly mode: 'normal' | 'insert' | 'command' | 'question';
  /** The command line with its `:`, `/` or `?`, or the question's answer so far. */
  readonly command: string;
  /** The first half of `dd`, `gg`, `yy`, … and its count. */
  readonly prefix: string;
  readonly register: { lines: readonly string[]; isLinewise: boolean };
  readonly lastSearch: string;
  readonly undone: readonly Buffer[];
  readonly redo: readonly Buffer[];
  /** What the bottom line says. */
  readonly message: string;
  /** The text as last written; undefined when nothing was. */
  readonly written?: string;
  /** The text when it was opened or last written. */
  readonly savedText: string;
  readonly isClosed: boolean;
}

type Buffer = Pick<TextEditor, 'lines' | 'row' | 'column'>;

/** Opens a text; a final line end is kept in mind, not shown as an empty line. */
export function openText(fileName: string, text: string, style: 'vi' | 'nano', isReadOnly = false): TextEditor {
  const lines = text.replace(/\n$/, '').split('\n');
  return {
    fileName, style, isReadOnly, lines, row: 0, column: 0, mode: style === 'vi' ? 'normal' : 'insert', command: '', prefix: '',
    register: { lines: [], isLinewise: true }, lastSearch: '', undone: [], redo: [], isClosed: false, written: undefined, savedText: textOf({ lines }),
    message: style === 'vi' ? `"${fileName}" ${lines.length} lines` : `Read ${lines.length} lines`,
  };
}

/** The buffer as a file: every line ended. */
export const textOf = ({ lines }: Pick<TextEditor, 'lines'>): string => lines.length === 1 && lines[0] === '' ? '' : `${lines.join('\n')}\n`;

export const isChanged = (editor: TextEditor): boolean => textOf(editor) !== editor.savedText;

/** The editor after a key; keys that mean nothing leave it as it is. */
export function editText(editor: TextEditor, key: Key): TextEditor {
  if (key.id === 'paste') return pasted(editor, key.text);
  return editor.style === 'vi' ? viKey(editor, key) : nanoKey(editor, key);
}

function pasted(editor: TextEditor, text: string): TextEditor {
  if (editor.mode === 'command' || editor.mode === 'question') return { ...editor, command: editor.command + text.split(/[\r\n]/)[0]! };
  return insertText(remembered(editor), text);
}

/** Remembers the buffer for undo; call before a change. */
export function remembered(editor: TextEditor): TextEditor {
  const { lines, row, column } = editor;
  return { ...editor, undone: [...editor.undone.slice(-199), { lines, row, column }], redo: [] };
}

export function undo(editor: TextEditor): TextEditor {
  const last = editor.undone.at(-1);
  if (!last) return { ...editor, message: 'Already at oldest change' };
  const { lines, row, column } = editor;
  return { ...editor, ...last, undone: editor.undone.slice(0, -1), redo: [...editor.redo, { lines, row, column }], message: '1 change undone' };
}

export function redo(editor: TextEditor): TextEditor {
  const last = editor.redo.at(-1);
  if (!last) return { ...editor, message: 'Already at newest change' };
  const { lines, row, column } = editor;
  return { ...editor, ...last, redo: editor.redo.slice(0, -1), undone: [...editor.undone, { lines, row, column }], message: '1 change redone' };
}

/** Inserts text, which may hold several lines, at the cursor. */
export function insertText(editor: TextEditor, text: string): TextEditor {
  const current = lineAt(editor);
  const parts = text.replace(/\r\n?/g, '\n').replace(/\t/g, '  ').split('\n');
  const head = current.slice(0, editor.column) + parts[0]!;
  const tail = current.slice(editor.column);
  const inserted = parts.length === 1 ? [head + tail] : [head, ...parts.slice(1, -1), parts.at(-1)! + tail];
  const column = parts.length === 1 ? head.length : parts.at(-1)!.length;
  return { ...withLines(editor, editor.row, 1, inserted), row: editor.row + parts.length - 1, column };
}

/** A new line that begins like the last: YAML is written that way. */
export function splitLine(editor: TextEditor): TextEditor {
  const indent = /^ */.exec(lineAt(editor).slice(0, editor.column))![0];
  return insertText(editor, `\n${indent}`);
}

export function backspace(editor: TextEditor): TextEditor {
  const { row, column } = editor;
  if (column > 0) return { ...withLines(editor, row, 1, [lineAt(editor).slice(0, column - 1) + lineAt(editor).slice(column)]), column: column - 1 };
  if (row === 0) return editor;
  const above = editor.lines[row - 1]!;
  return { ...withLines(editor, row - 1, 2, [above + lineAt(editor)]), row: row - 1, column: above.length };
}

export function deleteAtCursor(editor: TextEditor): TextEditor {
  const { row, column } = editor;
  const current = lineAt(editor);
  if (column < current.length) return withLines(editor, row, 1, [current.slice(0, column) + current.slice(column + 1)]);
  return row + 1 < editor.lines.length ? withLines(editor, row, 2, [current + editor.lines[row + 1]!]) : editor;
}

export const lineAt = (editor: TextEditor): string => editor.lines[editor.row] ?? '';

/** Replaces `count` lines from `row`; a buffer has at least one line. */
export function withLines(editor: TextEditor, row: number, count: number, replacement: readonly string[]): TextEditor {
  const lines = [...editor.lines.slice(0, row), ...replacement, ...editor.lines.slice(row + count)];
  return { ...editor, lines: lines.length > 0 ? lines : [''] };
}

/** Moves to a place, kept inside the text; `past` allows the place behind the last character. */
export function movedTo(editor: TextEditor, row: number, column: number, options: { past: boolean }): TextEditor {
  const inside = Math.max(0, Math.min(row, editor.lines.length - 1));
  const length = editor.lines[inside]!.length;
  return { ...editor, row: inside, column: Math.max(0, Math.min(column, options.past ? length : length - 1)) };
}

/** Moves to the next place where `query` stands, around the end of the text. */
export function findNext(editor: TextEditor, query: string, direction: 1 | -1): TextEditor {
  if (!query) return editor;
  const { lines, row, column } = editor;
  for (let step = 0; step <= lines.length; step += 1) {
    const at = (row + direction * step + lines.length * 2) % lines.length;
    const text = lines[at]!;
    const first = step === 0 ? column + direction : direction > 0 ? 0 : text.length;
    const index = first < 0 ? -1 : direction > 0 ? text.indexOf(query, first) : text.lastIndexOf(query, first);
    if (index >= 0) return { ...editor, row: at, column: index, lastSearch: query, message: '' };
  }
  return { ...editor, lastSearch: query, message: `Pattern not found: ${query}` };
}

/** Writes: the text is what the command will read when the editor is closed. */
export function write(editor: TextEditor): TextEditor {
  if (editor.isReadOnly) return { ...editor, message: `"${editor.fileName}" is read-only` };
  const text = textOf(editor);
  return { ...editor, written: text, savedText: text, message: `"${editor.fileName}" ${editor.lines.length} lines written` };
}
