/** Lines of styled text turned into what a terminal understands, and nothing that it should not hear. */
import { NARROW } from './terminal/quick-width.ts';
import { widthOf, type Line, type Piece } from './text.ts';
import type { Theme } from './theme.ts';

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
