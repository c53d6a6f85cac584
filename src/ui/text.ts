/** Lines of styled text: measured, cut, filled, laid over each other. */
import stringWidth, { NARROW } from './terminal/quick-width.ts';
import type { Style } from './theme.ts';

export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

/** One row of a screen. Lines are immutable and may be shared between frames. */
export type Line = readonly Piece[];

export const EMPTY: Line = [];

/** A line of one piece. */
export const line = (text: string, style?: Style): Line => [{ text, style }];

/** Columns that `text` takes in a terminal. */
export const widthOf = (text: string): number => stringWidth(text);

export function lineWidth(pieces: Line): number {
  return pieces.reduce((sum, piece) => sum + widthOf(piece.text), 0);
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** What a reader sees as characters: cut only between these. */
function charactersOf(text: string): string[] {
  return NARROW.test(text) ? [...text] : [...segmenter.segment(text)].map((part) => part.segment);
}

/** The longest beginning of `text` that fits in `columns`. */
function beginningOf(text: string, columns: number): string {
  if (NARROW.test(text)) return text.slice(0, columns);
  let taken = '';
  let used = 0;
  for (const character of charactersOf(text)) {
    used += widthOf(character);
    if (used > columns) break;
    taken += character;
  }
  return taken;
}

/** The line cut to `columns`, with an ellipsis where something is missing. */
export function cut(pieces: Line, columns: number, ellipsis: string): Line {
  if (lineWidth(pieces) <= columns) return pieces;
  const kept: Piece[] = [];
  let room = Math.max(0, columns - widthOf(ellipsis));
  for (const piece of pieces) {
    const text = beginningOf(piece.text, room);
    if (text) kept.push({ text, style: piece.style });
    room -= widthOf(text);
    if (text.length < piece.text.length) break;
  }
  return columns > 0 ? [...kept, { text: ellipsis, style: 'dim' }] : [];
}

/** The line cut or filled up with spaces to exactly `columns`. */
export function fit(pieces: Line, columns: number, ellipsis: string, style?: Style): Line {
  const shown = cut(pieces, columns, ellipsis);
  const missing = columns - lineWidth(shown);
  return missing > 0 ? [...shown, { text: ' '.repeat(missing), style }] : shown;
}

/** `left` and `right` at the two ends of `columns`; the left one gives way. */
export function spread(left: Line, right: Line, columns: number, ellipsis: string): Line {
  const room = columns - lineWidth(right);
  if (room < 4) return fit(left, columns, ellipsis);
  return [...fit(cut(left, room - 1, ellipsis), room, ellipsis), ...right];
}

/** The text cut or padded to a column of a table. */
export function column(text: string, columns: number, ellipsis: string): string {
  const width = widthOf(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  return beginningOf(text, Math.max(0, columns - widthOf(ellipsis))) + ellipsis;
}

/** The line in two, at a column. */
export function splitAt(pieces: Line, columns: number): [Line, Line] {
  const head: Piece[] = [];
  let room = columns;
  for (const [index, piece] of pieces.entries()) {
    const width = widthOf(piece.text);
    if (width <= room) {
      head.push(piece);
      room -= width;
      continue;
    }
    const text = beginningOf(piece.text, room);
    if (text) head.push({ text, style: piece.style });
    return [head, [{ text: piece.text.slice(text.length), style: piece.style }, ...pieces.slice(index + 1)]];
  }
  return [head, []];
}

/** The line with the character at `index` (in UTF-16 units) in another style; a space at the line's end. */
export function marked(pieces: Line, index: number, style: Style): Line {
  const out: Piece[] = [];
  let at = 0;
  for (const piece of pieces) {
    const inside = index - at;
    at += piece.text.length;
    if (inside < 0 || inside >= piece.text.length) {
      out.push(piece);
      continue;
    }
    const under = charactersOf(piece.text.slice(inside))[0]!;
    out.push({ text: piece.text.slice(0, inside), style: piece.style }, { text: under, style }, { text: piece.text.slice(inside + under.length), style: piece.style });
  }
  return index >= at ? [...out, { text: ' ', style }] : out.filter((piece) => piece.text !== '');
}

/** The line as it looks behind a card: without its own colours. */
export function steppedBack(pieces: Line): Line {
  return [{ text: pieces.map((piece) => piece.text).join(''), style: 'border' }];
}

/** `over` laid on the line from column `left`. */
export function overlaid(under: Line, over: Line, left: number): Line {
  const [head] = splitAt(under, left);
  const [, tail] = splitAt(under, left + lineWidth(over));
  return [...fit(head, left, ''), ...over, ...tail];
}
