/** How full a node is: bars with their amounts. */
import type { NodeView, Usage } from '../../engine/view.ts';
import { bar } from '../frame.ts';
import { lineWidth, widthOf, type Piece } from '../text.ts';
import type { Theme } from '../theme.ts';

export interface UsageCell {
  name: string;
  usage: Usage;
  value: string;
}

/** Cores, memory, GPUs and Pods, as far as a node has any. */
export function usageCells({ cpu, memory, gpu, slots }: NodeView): UsageCell[] {
  const whole = ({ used, capacity }: Usage) => `${used}/${capacity}`;
  return [
    ...usageCell('cpu', cpu, ({ used, capacity }) => `${short(used)}/${short(capacity)}`), ...usageCell('mem', memory, memoryOf),
    ...(gpu ? usageCell('gpu', gpu, whole) : []), ...(slots ? usageCell('pods', slots, whole) : []),
  ];
}

function usageCell(name: string, usage: Usage, shown: (usage: Usage) => string): UsageCell[] {
  return usage.capacity > 0 || usage.used > 0 ? [{ name, usage, value: shown(usage) }] : [];
}

/** What most amounts take, so that bars above each other are as long as each other. */
const VALUE_COLUMNS = 7;

/** A cell in so many columns: the bar gives way first. */
export function usagePieces({ name, usage, value }: UsageCell, columns: number, theme: Theme): Piece[] {
  const share = usage.capacity > 0 ? usage.used / usage.capacity : 1;
  const room = Math.min(10, columns - name.length - Math.max(VALUE_COLUMNS, widthOf(value)) - 3);
  const drawn = room >= 3 ? [...bar(share, room, share > 0.95 ? 'bad' : share > 0.8 ? 'warning' : 'accent', theme), { text: ' ' }] : [];
  const pieces: Piece[] = [{ text: `${name} `, style: 'dim' }, ...drawn, { text: value }];
  return [...pieces, { text: ' '.repeat(Math.max(0, columns - lineWidth(pieces))) }];
}

/** With one decimal where that says more. */
const short = (value: number) => Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(1);

const UNITS: readonly (readonly [string, number])[] = [['Ti', 2 ** 40], ['Gi', 2 ** 30], ['Mi', 2 ** 20], ['Ki', 2 ** 10]];

/** Bytes of bytes, both in the unit of the whole: `1.5/8Gi`. */
function memoryOf({ used, capacity }: Usage): string {
  const [unit, size] = UNITS.find(([, candidate]) => capacity >= candidate) ?? ['', 1];
  return `${short(used / size)}/${short(capacity / size)}${unit}`;
}
