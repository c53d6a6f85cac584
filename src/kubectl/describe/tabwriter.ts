/** Go's text/tabwriter as kubectl's describers use it: cells end in tabs, neighbouring lines share the width of a column. */

const PADDING = 2;

/** Lines with tabs as lines with spaces. A column is as wide as its widest cell in the lines around that have it. */
export function tabbed(lines: readonly string[]): string {
  const rows = lines.map((line) => line.split('\t'));
  const widths = rows.map((): number[] => []);
  alignColumn(rows, widths, 0, rows.length, 0);
  return rows.map((cells, i) => cells.map((cell, column) => (column < cells.length - 1 ? cell.padEnd(widths[i]![column]!) : cell)).join('')).join('\n');
}

/** The last cell of a line belongs to no column: it ends the column for the lines above it. */
function alignColumn(rows: readonly (readonly string[])[], widths: readonly number[][], from: number, to: number, column: number): void {
  for (let start = from; start < to; start++) {
    let end = start;
    while (end < to && rows[end]!.length > column + 1) end++;
    if (end === start) continue;
    const width = Math.max(...rows.slice(start, end).map((cells) => cells[column]!.length)) + PADDING;
    for (let i = start; i < end; i++) widths[i]![column] = width;
    alignColumn(rows, widths, start, end, column + 1);
    start = end;
  }
}
