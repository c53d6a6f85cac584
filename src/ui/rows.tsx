import { Text } from 'ink';
import type { ReactNode } from 'react';
import type { Line, Painter } from './text.ts';

/** Rows of text, one under the other: one node for Ink, however many there are. */
export function Rows({ rows, painter }: { rows: readonly Line[]; painter: Painter }): ReactNode {
  return <Text wrap="truncate">{rows.map((row) => painter.paint(row) || ' ').join('\n')}</Text>;
}
