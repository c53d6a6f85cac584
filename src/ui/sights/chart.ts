/** A chart of values over time in rows of block characters: a column a value, the newest at the right. */
import type { Line, Piece } from '../text.ts';
import type { Style, Theme } from '../theme.ts';

export interface ChartOptions {
  readonly width: number;
  readonly height: number;
  /** The value that fills the chart; the largest shown unless given. */
  readonly max?: number;
  readonly style: Style;
  readonly theme: Theme;
}

/** Exactly `height` rows of `width` columns; a value above nothing is always seen, nothing is the ground line. */
export function chartRows(values: readonly number[], { width, height, max, style, theme: { glyphs } }: ChartOptions): Line[] {
  const shown = values.slice(-width);
  const top = max ?? Math.max(...shown, 0);
  const steps = glyphs.heat.length;
  const levels = shown.map((value) => (top > 0 && value > 0 ? Math.max(1, Math.round((Math.min(value, top) / top) * height * steps)) : 0));
  return Array.from({ length: height }, (_, row): Line => {
    const below = (height - 1 - row) * steps;
    const cells = levels.map((level) => (level <= below ? (below === 0 ? glyphs.separator : ' ') : glyphs.heat[Math.min(steps, level - below) - 1]!)).join('');
    const before: Piece = { text: (below === 0 ? glyphs.separator : ' ').repeat(width - shown.length), style: 'border' };
    return [before, ...runs(cells, glyphs.separator).map((text): Piece => ({ text, style: text.startsWith(glyphs.separator) ? 'border' : style }))];
  });
}

/** The ground line apart from what stands on it. */
function runs(cells: string, ground: string): string[] {
  const found: string[] = [];
  for (const cell of cells) {
    if (found.length > 0 && (cell === ground) === found.at(-1)!.startsWith(ground)) found[found.length - 1] += cell;
    else found.push(cell);
  }
  return found;
}
