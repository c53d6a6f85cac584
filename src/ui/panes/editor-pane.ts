/** The editor's buffer with its cursor and its bottom line. */
import type { OpenEditor } from '../state/state.ts';
import { isChanged, type TextEditor } from '../text-editor.ts';
import { problemHere } from '../text-editor-help.ts';
import { harmless } from '../painter.ts';
import { cut, line, marked, spread, type Line, type Piece } from '../text.ts';
import { wrapHard } from '../wrap.ts';
import type { Style, Theme } from '../theme.ts';

/** Exactly `height` rows; the cursor is always among them. What is wrong stands in the margin, and below for the cursor's line. */
export function editorRows(open: OpenEditor, { width, height }: { width: number; height: number }, theme: Theme): Line[] {
  const { buffer: editor } = open;
  const below = [...noteRows(open, width, theme), bottomRow(editor, width, theme)];
  const room = height - below.length;
  const textRows = (row: number) => withMargin(open, row, wrappedText(editor, row, width - marginWidth(open)), theme);
  const before: Line[] = [];
  let first = editor.row; // the first line of which something is shown
  while (first > 0 && before.length < Math.floor(room / 2)) before.unshift(...textRows(first -= 1));
  const rows = [...before, ...textRows(editor.row)];
  for (let row = editor.row + 1; row < editor.lines.length && rows.length < room; row += 1) rows.push(...textRows(row));
  while (first > 0 && rows.length < room) rows.unshift(...textRows(first -= 1));
  while (rows.length < room) rows.push(editor.style === 'vi' ? line('~', 'border') : []);
  return [...rows.slice(0, room), ...below];
}

const MARGIN = 2;

const marginWidth = ({ problems }: OpenEditor): number => (problems === undefined ? 0 : MARGIN);

function withMargin({ problems }: OpenEditor, row: number, rows: Line[], { glyphs }: Theme): Line[] {
  if (problems === undefined) return rows;
  const mark: Piece = problems.some(({ line }) => line === row + 1) ? { text: glyphs.health.bad.padEnd(MARGIN), style: 'bad' } : { text: ' '.repeat(MARGIN) };
  return rows.map((text, index) => [index === 0 ? mark : { text: ' '.repeat(MARGIN) }, ...text]);
}

/** What is wrong in the cursor's line, or what could be typed there. */
function noteRows(open: OpenEditor, width: number, { glyphs }: Theme): Line[] {
  const problem = problemHere(open);
  const note: Line | undefined = open.offered ? line(open.offered.map((name) => name.replace(/: ?$/, '')).join('  '), 'accent') : problem && line(problem.message, 'bad');
  return note ? [cut(note, width, glyphs.ellipsis)] : [];
}

function wrappedText(editor: TextEditor, row: number, width: number): Line[] {
  const text = editor.lines[row] ?? '';
  const isHere = row === editor.row && editor.mode !== 'command' && editor.mode !== 'question';
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
