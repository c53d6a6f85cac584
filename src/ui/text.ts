/** Lines of styled text: measured, cut, wrapped and turned into what a terminal understands. */
import stringWidth from 'string-width';
import type { Style, Theme } from './theme.ts';

export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

/** One row of a screen. Lines are immutable and may be shared between frames. */
export type Line = readonly Piece[];

export const EMPTY: Line = [];

/** A line of one piece. */
export const line = (text: string, style?: Style): Line => [{ text, style }];

const NARROW = /^[\x20-\x7e\u00a0-\u02ff\u2010-\u2027\u2190-\u21ff\u2500-\u25ff\u2600-\u2606\u2713\u2717]*$/;

/** Columns that `text` takes in a terminal. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text);
}

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

/** Breaks a line at spaces into rows of at most `columns`; rows after the first begin with `indent` spaces. */
export function wrapWords(pieces: Line, columns: number, indent = 0): Line[] {
  const rows: Piece[][] = [[]];
  let used = 0;
  for (const word of wordsOf(pieces)) {
    let rest = word;
    const width = lineWidth(rest);
    if (used > 0 && used + trimmedWidth(rest) > columns) {
      rows.push(indent ? [{ text: ' '.repeat(indent) }] : []);
      used = indent;
    }
    while (lineWidth(rest) > columns - used && trimmedWidth(rest) > columns - used && columns > used) {
      const [head, tail] = splitAt(rest, columns - used);
      rows.at(-1)!.push(...head);
      rows.push(indent ? [{ text: ' '.repeat(indent) }] : []);
      used = indent;
      rest = tail;
    }
    rows.at(-1)!.push(...rest);
    used += rest === word ? width : lineWidth(rest);
  }
  return rows.map(withoutTrailingSpace);
}

/** Breaks a line wherever the row is full, as terminals do. */
export function wrapHard(pieces: Line, columns: number): Line[] {
  const rows: Line[] = [];
  let rest = pieces;
  while (lineWidth(rest) > columns) {
    const [head, tail] = splitAt(rest, columns);
    if (head.length === 0) break;
    rows.push(head);
    rest = tail;
  }
  rows.push(rest);
  return rows;
}

function splitAt(pieces: Line, columns: number): [Line, Line] {
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

/** Words with the spaces behind them; a word may change style inside. */
function wordsOf(pieces: Line): Line[] {
  const words: Piece[][] = [[]];
  for (const piece of pieces) {
    for (const part of piece.text.match(/ +|[^ ]+ */g) ?? []) {
      const last = words.at(-1)!;
      const previous = last.at(-1);
      if (previous && previous.text.endsWith(' ')) words.push([{ text: part, style: piece.style }]);
      else last.push({ text: part, style: piece.style });
    }
  }
  return words.filter((word) => word.length > 0);
}

function trimmedWidth(word: Line): number {
  return lineWidth(withoutTrailingSpace(word));
}

function withoutTrailingSpace(pieces: readonly Piece[]): Line {
  const last = pieces.at(-1);
  if (!last?.text.endsWith(' ') || pieces.length === 1 && last.text.trim() === '') return pieces;
  return [...pieces.slice(0, -1), { text: last.text.trimEnd(), style: last.style }];
}

const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text that cannot move the cursor or change the terminal: no escapes, no controls, tabs as spaces to every eighth column. */
export function harmless(text: string): string {
  if (NARROW.test(text)) return text;
  const clean = text.replace(ESCAPES, '').replace(CONTROLS, '');
  if (!clean.includes('\t')) return clean;
  let out = '';
  for (const part of clean.split(/(\t)/)) out += part === '\t' ? ' '.repeat(8 - widthOf(out) % 8) : part;
  return out;
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

/** Turns lines into text with escapes. Rows that come again are taken from the last frames. */
export class Painter {
  readonly theme: Theme;
  readonly #painted = new WeakMap<Line, string>();

  constructor(theme: Theme) {
    this.theme = theme;
  }

  paint(pieces: Line): string {
    const known = this.#painted.get(pieces);
    if (known !== undefined) return known;
    const painted = pieces.map((piece) => this.#piece(piece)).join('');
    this.#painted.set(pieces, painted);
    return painted;
  }

  /** The last gate: whatever a pack, a cluster or a person wrote, only text and our own styles reach the terminal. */
  #piece({ text: written, style }: Piece): string {
    const text = harmless(written).replaceAll('\n', ' ');
    const sgr = style ? this.theme.sgr[style] : '';
    return sgr && text ? `\x1b[${sgr}m${text}\x1b[0m` : text;
  }
}
