import { Text } from 'ink';
import type { ReactNode } from 'react';
import type { RowTable } from './terminal/row-table.ts';
import type { Painter } from './painter.ts';
import { steppedBack, type Line } from './text.ts';

interface Props {
  rows: readonly Line[];
  painter: Painter;
  /** A card lies over it. */
  isBehind?: boolean;
}

/** Rows of text, one under the other, among other things of Ink's. */
export function Rows({ rows, painter, isBehind = false }: Props): ReactNode {
  return <Text wrap="truncate">{rows.map((row) => painter.paint(isBehind ? steppedBack(row) : row) || ' ').join('\n')}</Text>;
}

/** A whole screen of rows, past Ink's measuring. */
export function Frame({ rows, painter, table }: { rows: readonly Line[]; painter: Painter; table: RowTable }): ReactNode {
  return <Text>{table.tokensOf(rows.map((row) => painter.paint(row))).join('\n')}</Text>;
}
