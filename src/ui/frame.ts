/** Furniture: bordered panes, tables of label and value, bars, cards in the middle of the screen. */
import { EMPTY, cut, fit, line, lineWidth, type Line, type Piece } from './text.ts';
import type { Style, Theme } from './theme.ts';

export interface FrameOptions {
  title: Line;
  width: number;
  height: number;
  isFocused?: boolean;
  /** Right end of the upper border. */
  note?: Line | undefined;
  /** Right end of the lower border. */
  foot?: Line;
  /** Columns between border and text; 1 when not said. */
  padding?: number;
}

/** Rows inside a rounded border with its title in it; exactly `height` rows of `width` columns. */
export function framed(rows: readonly Line[], options: FrameOptions, theme: Theme): Line[] {
  const { box } = theme.glyphs;
  const style: Style = options.isFocused ? 'focus' : 'border';
  const padding = options.padding ?? 1;
  const inner = options.width - 2 - 2 * padding;
  const side = { text: box.down + ' '.repeat(padding), style };
  const otherSide = { text: ' '.repeat(padding) + box.down, style };
  const body = Array.from({ length: options.height - 2 }, (_, index) => bordered(rows[index] ?? EMPTY, inner, side, otherSide, theme));
  return [
    edge(box.topLeft, box.topRight, options.title, options.note ?? EMPTY, options.width, style, theme),
    ...body,
    edge(box.bottomLeft, box.bottomRight, EMPTY, options.foot ?? EMPTY, options.width, style, theme),
  ];
}

const borderedRows = new WeakMap<Line, { key: string; row: Line }>();

/** The same line between the same borders is the same row, so that it need not be painted again. */
function bordered(content: Line, inner: number, side: Piece, otherSide: Piece, theme: Theme): Line {
  const key = `${inner}${side.text}${side.style}${theme.glyphs.ellipsis}`;
  const known = borderedRows.get(content);
  if (known?.key === key) return known.row;
  const row = [side, ...fit(content, inner, theme.glyphs.ellipsis), otherSide];
  borderedRows.set(content, { key, row });
  return row;
}

function edge(left: string, right: string, title: Line, note: Line, width: number, style: Style, theme: Theme): Line {
  const { across } = theme.glyphs.box;
  const shownNote = lineWidth(note) > 0 && lineWidth(note) < width - 8 ? [{ text: ' ' }, ...note, { text: ` ${across}`, style }] : [];
  const room = width - 3 - lineWidth(shownNote);
  const shownTitle = lineWidth(title) > 0 ? [{ text: ' ' }, ...cut(title, Math.max(0, room - 3), theme.glyphs.ellipsis), { text: ' ' }] : [];
  const rule = across.repeat(Math.max(0, room - lineWidth(shownTitle)));
  return [{ text: left + across, style }, ...shownTitle, { text: rule, style }, ...shownNote, { text: right, style }];
}

/** A bar of `columns` that is filled to `share` (0 to 1). */
export function bar(share: number, columns: number, style: Style, theme: Theme): Piece[] {
  const full = Math.round(Math.max(0, Math.min(1, share)) * columns);
  const shown = share > 0 && full === 0 ? 1 : full;
  return [{ text: theme.glyphs.barFull.repeat(shown), style }, { text: theme.glyphs.barEmpty.repeat(columns - shown), style: 'border' }];
}

/** Stars earned of three. */
export function stars(count: number, theme: Theme): Piece[] {
  return [{ text: theme.glyphs.star.repeat(count), style: 'star' }, { text: theme.glyphs.noStar.repeat(3 - count), style: 'border' }];
}

/** Difficulty of five. */
export function difficulty(level: number, theme: Theme): Piece[] {
  return [{ text: theme.glyphs.dot.repeat(level), style: 'accent' }, { text: theme.glyphs.noDot.repeat(5 - level), style: 'border' }];
}

/** `total` rows, of which `height` from `offset` are seen: what the border says about the rest. */
export function scrollNote(offset: number, height: number, total: number, theme: Theme): Line {
  const below = total - offset - height;
  const parts = [offset > 0 ? `${theme.glyphs.up}${offset}` : '', below > 0 ? `${theme.glyphs.down}${below}` : ''].filter(Boolean);
  return parts.length > 0 ? line(parts.join(' '), 'dim') : EMPTY;
}

/** The offset kept inside what there is. */
export const clampScroll = (offset: number, height: number, total: number): number => Math.max(0, Math.min(offset, total - height));
