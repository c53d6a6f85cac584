/** Columns of text as kubectl aligns them (tabwriter: at least 6 wide, 3 apart, the last one ragged). */

const WIDTH_MIN = 6;
const PADDING = 3;

/** Widths remembered from one table to the next, as `-w` needs. */
export type Widths = number[];

/** Rows as lines. Remembered widths grow and are kept; without them each table stands alone. */
export function aligned(rows: readonly (readonly string[])[], { widths = [], padding = PADDING, widthMin = WIDTH_MIN }: { widths?: Widths; padding?: number; widthMin?: number } = {}): string {
  for (const row of rows) {
    for (const [i, cell] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? widthMin, length(cell) + padding);
  }
  return rows.map((row) => `${row.map((cell, i) => (i === row.length - 1 ? cell : cell + ' '.repeat(Math.max(widths[i]! - length(cell), 0)))).join('')}\n`).join('');
}

const length = (text: string): number => [...text].length;

/** A cell in one line: what follows a line break is left out. */
export function oneLine(cell: string): string {
  const at = cell.search(/[\f\n\r]/);
  return at < 0 ? cell : `${cell.slice(0, at)}...`;
}
