/** Where the panes of a mission go: side by side where there is room, one at a time behind tabs where there is not. */
import type { Size } from './terminal/screen-writer.ts';

export const PANES = ['mission', 'terminal', 'cluster'] as const;
export type Pane = (typeof PANES)[number];

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  readonly kind: 'tabs' | 'columns';
  /** The panes that are on the screen. */
  readonly panes: Partial<Record<Pane, Rect>>;
  /** The whole area between header and footer. */
  readonly body: Rect;
}

const SMALLEST = { columns: 60, rows: 20 };
/** kubectl's tables want eighty columns; a pane's border takes two. */
const TERMINAL_COLUMNS = 82;

export function isTooSmall({ columns, rows }: Size): boolean {
  return columns < SMALLEST.columns || rows < SMALLEST.rows;
}

/** Such as `60x20`. */
export const SMALLEST_SIZE = `${SMALLEST.columns}x${SMALLEST.rows}`;

/** The panes on a screen of this size: tabs below 120 columns, two columns, three from 168. */
export function layoutOf({ columns, rows }: Size, focus: Pane): Layout {
  const body = { left: 0, top: 1, width: columns, height: rows - 2 };
  if (columns < 120) return { kind: 'tabs', panes: { [focus]: { ...body, top: 2, height: body.height - 1 } }, body };
  if (columns < 168) return { kind: 'columns', panes: twoColumns(body), body };
  return { kind: 'columns', panes: threeColumns(body), body };
}

function twoColumns(body: Rect): Record<Pane, Rect> {
  const side = Math.min(52, Math.max(38, body.width - TERMINAL_COLUMNS - Math.floor((body.width - 120) / 3)));
  const upper = Math.ceil(body.height * 0.45);
  return {
    mission: { ...body, width: side, height: upper },
    cluster: { ...body, top: body.top + upper, width: side, height: body.height - upper },
    terminal: { ...body, left: side, width: body.width - side },
  };
}

function threeColumns(body: Rect): Record<Pane, Rect> {
  const side = Math.min(56, Math.floor((body.width - TERMINAL_COLUMNS) / 2));
  return {
    mission: { ...body, width: side },
    terminal: { ...body, left: side, width: body.width - 2 * side },
    cluster: { ...body, left: body.width - side, width: side },
  };
}

/** The room for text inside a pane. Behind tabs there is no border, and the terminal uses every column. */
export function insideOf(layout: Layout, pane: Pane): { width: number; height: number } {
  const rect = layout.panes[pane] ?? layout.body;
  if (layout.kind === 'columns') return { width: rect.width - (pane === 'terminal' ? 2 : 4), height: rect.height - 2 };
  return pane === 'terminal' ? rect : { width: rect.width - 2, height: rect.height - 1 }; // The last row tells of what is out of sight.
}
