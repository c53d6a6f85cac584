/** The palette's card: what was typed, and what answers to it. */
import { EMPTY, line, spread, type Line } from '../text.ts';
import type { Ui } from '../ui.ts';
import { entriesOf, type Palette } from './palette.ts';

const ROWS_MAX = 24;

/** `3/34`: which of how many is marked. */
export function paletteNote(ui: Ui, palette: Palette): Line {
  const { length } = entriesOf(ui, palette);
  return length > 0 ? line(`${palette.index + 1}/${length}`, 'dim') : EMPTY;
}

/** The rows of the card: what was typed, and what answers to it. */
export function paletteRows(ui: Ui, palette: Palette, columns: number): Line[] {
  const entries = entriesOf(ui, palette);
  const { ellipsis, pointer } = ui.theme.glyphs;
  const height = Math.min(ROWS_MAX, ui.state.size.rows - 12);
  const first = Math.max(0, Math.min(palette.index - Math.floor(height / 2), entries.length - height));
  const { text, cursor } = palette.query;
  const rows = entries.slice(first, first + height).map((entry, index): Line => {
    const isMarked = first + index === palette.index;
    const style = entry.whyNot ? 'dim' : isMarked ? 'strong' : 'plain';
    const right = entry.whyNot ? line(entry.whyNot, 'dim') : line(entry.key, 'key');
    return [{ text: isMarked ? `${pointer} ` : '  ', style: 'key' }, ...spread(line(entry.label, style), right, columns - 2, ellipsis)];
  });
  return [
    [{ text: ': ', style: 'key' }, { text: text.slice(0, cursor) }, { text: text[cursor] ?? ' ', style: 'cursor' }, { text: text.slice(cursor + 1) }], EMPTY,
    ...(rows.length > 0 ? rows : [line(ui.words.palette.nothing, 'dim')]),
    ...Array.from({ length: Math.max(0, height - Math.max(1, rows.length)) }, () => EMPTY),
  ];
}
