/** A row of a map: what is drawn, and where in it something can be chosen. */
import type { Place } from '../terminal/key-parser.ts';
import { lineWidth, overlaid, type Line, type Piece } from '../text.ts';

interface Spot {
  readonly id: string;
  readonly left: number;
  readonly width: number;
}

export interface MapRow {
  readonly line: Line;
  readonly spots: readonly Spot[];
}

/** Pieces of a row; those with an id can be chosen. */
export interface Part {
  readonly pieces: Line;
  readonly id?: string;
}

export const part = (pieces: Line | Piece, id?: string): Part => ({ pieces: Array.isArray(pieces) ? pieces as Line : [pieces as Piece], id });

export function rowOf(parts: readonly Part[]): MapRow {
  const spots: Spot[] = [];
  let left = 0;
  for (const { pieces, id } of parts) {
    const width = lineWidth(pieces);
    if (id && width > 0) spots.push({ id, left, width });
    left += width;
  }
  return { line: parts.flatMap(({ pieces }) => pieces), spots };
}

export const partWidth = (parts: readonly Part[]): number => parts.reduce((sum, { pieces }) => sum + lineWidth(pieces), 0);

/** Puts parts into rows of at most `width`, each group kept together where it fits; rows begin with `indent` spaces. */
export function flowed(groups: readonly (readonly Part[])[], width: number, indent: number): MapRow[] {
  const lead = part({ text: ' '.repeat(indent) });
  const rows: Part[][] = [];
  let used = Infinity;
  for (const group of groups) {
    for (const piece of wrapped(group, width - indent)) {
      const wide = partWidth(piece);
      if (used + wide + 3 > width) {
        rows.push([lead, ...piece]);
        used = indent + wide;
      } else {
        rows.at(-1)!.push(part({ text: '   ' }), ...piece);
        used += wide + 3;
      }
    }
  }
  return rows.map(rowOf);
}

/** A group cut where it is wider than a row. */
function wrapped(group: readonly Part[], width: number): Part[][] {
  const rows: Part[][] = [[]];
  let used = 0;
  for (const each of group) {
    const wide = lineWidth(each.pieces);
    if (used > 0 && used + wide > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)!.push(each);
    used += wide;
  }
  return rows;
}

/** The row with the first columns of a spot drawn otherwise. */
export function withMark({ line, spots }: MapRow, id: string, mark: (text: string) => Piece): Line {
  const spot = spots.find((each) => each.id === id);
  if (!spot) return line;
  const text = line.map((piece) => piece.text).join('').slice(spot.left, spot.left + spot.width);
  return overlaid(line, [mark(text)], spot.left);
}

/** The spot that lies `rows` below and `columns` to the right of the chosen one; the first when none is chosen. */
export function neighbour(rows: readonly MapRow[], selected: string, step: { rows?: number; columns?: number }): string | undefined {
  const lines = rows.filter(({ spots }) => spots.length > 0);
  const at = lines.findIndex(({ spots }) => spots.some(({ id }) => id === selected));
  if (at < 0) return lines[0]?.spots[0]?.id;
  if (step.columns) {
    const all = lines.flatMap(({ spots }) => spots.map(({ id }) => id));
    return all[Math.max(0, Math.min(all.length - 1, all.indexOf(selected) + step.columns))];
  }
  const { left } = lines[at]!.spots.find(({ id }) => id === selected)!;
  const next = lines[Math.max(0, Math.min(lines.length - 1, at + (step.rows ?? 0)))]!;
  return next.spots.reduce((best, spot) => (Math.abs(spot.left - left) < Math.abs(best.left - left) ? spot : best)).id;
}

/** The spot at a place of the screen, of rows drawn from `top` on inside a frame whose left edge is column 0. */
export function spotAt(rows: readonly MapRow[], offset: number, top: number, { column, row }: Place): string | undefined {
  const left = column - 2; // the border and the space behind it
  return row < top ? undefined : rows[offset + row - top]?.spots.find((spot) => left >= spot.left && left < spot.left + spot.width)?.id;
}
