/** The editor's buffer with its cursor and its bottom line. */
import { isChanged, type TextEditor } from '../text-editor.ts';
import { harmless } from '../painter.ts';
import { line, marked, spread, type Line, type Piece } from '../text.ts';
import { wrapHard } from '../wrap.ts';
import type { Style, Theme } from '../theme.ts';

/** Exactly `height` rows; the cursor is always among them. */
export function editorRows(editor: TextEditor, { width, height }: { width: number; height: number }, theme: Theme): Line[] {
  const room = height - 1;
  const before: Line[] = [];
  for (let row = editor.row - 1; row >= 0 && before.length < Math.floor(room / 2); row -= 1) before.unshift(...textRows(editor, row, width));
  const rows = [...before, ...textRows(editor, editor.row, width)];
  for (let row = editor.row + 1; row < editor.lines.length && rows.length < room; row += 1) rows.push(...textRows(editor, row, width));
  for (let row = editor.row - 1 - countLines(editor, before.length, width); row >= 0 && rows.length < room; row -= 1) rows.unshift(...textRows(editor, row, width));
  while (rows.length < room) rows.push(editor.style === 'vi' ? line('~', 'border') : []);
  return [...rows.slice(0, room), bottomRow(editor, width, theme)];
}

/** How many lines above the cursor the rows before it hold. */
function countLines(editor: TextEditor, rows: number, width: number): number {
  let used = 0;
  let count = 0;
  while (used < rows) {
    used += textRows(editor, editor.row - 1 - count, width).length;
    count += 1;
  }
  return count;
}

function textRows(editor: TextEditor, row: number, width: number): Line[] {
  const text = editor.lines[row] ?? '';
  const isHere = row === editor.row && editor.mode !== 'command' && !(editor.mode === 'question');
  const pieces = yamlPieces(harmless(text));
  return wrapHard(isHere ? marked(pieces, harmless(text.slice(0, editor.column)).length, 'cursor') : pieces, width);
}

const KEY_VALUE = /^(\s*(?:- )*)([\w./-]+:)( .*|$)/;

/** A touch of colour for manifests: keys and comments. */
export function yamlPieces(text: string): Piece[] {
  if (/^\s*#/.test(text)) return [{ text, style: 'dim' }];
  const match = KEY_VALUE.exec(text);
  return match ? [{ text: match[1]! }, { text: match[2]!, style: 'code' }, { text: match[3]! }] : [{ text }];
}

function bottomRow(editor: TextEditor, width: number, theme: Theme): Line {
  const place = line(`${isChanged(editor) ? `${theme.words.mission.changed}  ` : ''}${editor.row + 1},${editor.column + 1}`, 'dim');
  return spread(statusPieces(editor, theme), place, width, theme.glyphs.ellipsis);
}

function statusPieces({ mode, style, command, message, prefix }: TextEditor, { words }: Theme): Piece[] {
  const cursor: Piece = { text: ' ', style: 'cursor' };
  if (mode === 'command') return [{ text: command }, cursor];
  if (mode === 'question') return command.startsWith('/') ? [{ text: words.mission.search, style: 'accent' }, { text: command.slice(1) }, cursor] : [{ text: message, style: 'warning' }];
  if (style === 'vi' && mode === 'insert') return [{ text: '-- INSERT --', style: 'strong' }];
  const tone: Style = /^E\d|not found|read-only|cannot/.test(message) ? 'bad' : 'dim';
  return [{ text: message || prefix, style: tone }];
}
