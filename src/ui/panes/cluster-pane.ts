/** The cluster at a glance: control plane, nodes with what they carry, pods that wait. */
import type { ClusterView, ComponentView, NodeView, PodView, Usage } from '../../engine/view.ts';
import { bar } from '../frame.ts';
import { EMPTY, column, line, lineWidth, spread, widthOf, wrapWords, type Line, type Piece } from '../text.ts';
import { healthStyle, type Theme } from '../theme.ts';

/** 'list': a row a pod. 'grid': a glyph a pod, with rows only for those in trouble. */
type Density = 'list' | 'grid';

interface Drawing {
  width: number;
  density: Density;
  theme: Theme;
}

/** Rows for a pane of this size: each pod in a row if that fits, else glyphs. More rows than `height` can be scrolled. */
export function clusterRows(view: ClusterView, { width, height }: { width: number; height: number }, theme: Theme): Line[] {
  const pods = view.nodes.reduce((sum, node) => sum + node.pods.length, view.pending.length);
  if (pods <= height) {
    const rows = allRows(view, { width, density: 'list', theme });
    if (rows.length <= height) return rows;
  }
  return allRows(view, { width, density: 'grid', theme });
}

function allRows(view: ClusterView, drawing: Drawing): Line[] {
  return [
    ...componentRows(view.controlPlane, drawing),
    ...view.nodes.flatMap((node) => nodeRows(node, drawing)),
    ...pendingRows(view.pending, drawing),
  ];
}

function componentRows(components: readonly ComponentView[], { width, theme }: Drawing): Line[] {
  const items = components.map(({ name, word, health }): Line => [
    { text: `${theme.glyphs.health[health]} `, style: healthStyle[health] },
    { text: health === 'good' ? name : `${name} `, style: health === 'good' ? 'plain' : 'strong' },
    ...(health === 'good' ? [] : [{ text: word, style: healthStyle[health] }]),
  ]);
  const rows: Piece[][] = [];
  let used = Infinity;
  for (const item of items) {
    if (used + 2 + lineWidth(item) > width) {
      rows.push([...item]);
      used = lineWidth(item);
    } else {
      rows.at(-1)!.push({ text: '  ' }, ...item);
      used += 2 + lineWidth(item);
    }
  }
  return rows;
}

const drawnNodes = new WeakMap<NodeView, { drawing: Drawing; rows: Line[] }>();

/** A node that did not change keeps its rows. */
function nodeRows(node: NodeView, drawing: Drawing): Line[] {
  const known = drawnNodes.get(node);
  if (known && known.drawing.width === drawing.width && known.drawing.density === drawing.density && known.drawing.theme === drawing.theme) return known.rows;
  const rows = [EMPTY, nodeRow(node, drawing), ...usageRows(node, drawing), ...taintRows(node, drawing), ...podRows(node.pods, drawing)];
  drawnNodes.set(node, { drawing, rows });
  return rows;
}

function nodeRow({ name, roles, status, health }: NodeView, { width, theme }: Drawing): Line {
  return spread(
    [{ text: `${theme.glyphs.health[health]} `, style: healthStyle[health] }, { text: name, style: 'strong' }, { text: roles.length ? `  ${roles.join(',')}` : '', style: 'dim' }],
    [{ text: status, style: healthStyle[health] }], width, theme.glyphs.ellipsis,
  );
}

function taintRows({ taints = [] }: NodeView, { width }: Drawing): Line[] {
  return taints.flatMap(({ key, value, effect }) => wrapWords(line(`  taint ${key}${value ? `=${value}` : ''}:${effect}`, 'dim'), width));
}

function usageRows(node: NodeView, { width, theme }: Drawing): Line[] {
  const cells = [
    ...usageCell('cpu', node.cpu, cores), ...usageCell('mem', node.memory, bytes), ...(node.gpu ? usageCell('gpu', node.gpu, String) : []),
  ];
  const perRow = Math.max(1, Math.min(cells.length, Math.floor((width - 2) / 20)));
  const columns = Math.floor((width - 2) / perRow);
  const rows: Line[] = [];
  for (let at = 0; at < cells.length; at += perRow) {
    rows.push([{ text: '  ' }, ...cells.slice(at, at + perRow).flatMap((cell) => usagePieces(cell, columns, theme))]);
  }
  return rows;
}

interface UsageCell {
  name: string;
  usage: Usage;
  value: string;
}

function usageCell(name: string, usage: Usage, shown: (value: number) => string): UsageCell[] {
  return usage.capacity > 0 || usage.used > 0 ? [{ name, usage, value: `${shown(usage.used)}/${shown(usage.capacity)}` }] : [];
}

function usagePieces({ name, usage, value }: UsageCell, columns: number, theme: Theme): Piece[] {
  const share = usage.capacity > 0 ? usage.used / usage.capacity : 1;
  const room = Math.min(10, columns - name.length - widthOf(value) - 4);
  const drawn = room >= 3 ? [...bar(share, room, share > 0.95 ? 'bad' : share > 0.8 ? 'warning' : 'accent', theme), { text: ' ' }] : [];
  const pieces: Piece[] = [{ text: `${name} `, style: 'dim' }, ...drawn, { text: value }];
  return [...pieces, { text: ' '.repeat(Math.max(0, columns - lineWidth(pieces))) }];
}

function podRows(pods: readonly PodView[], drawing: Drawing): Line[] {
  const quiet = pods.filter((pod) => pod.namespace === 'kube-system' && pod.health === 'good');
  const rest = pods.filter((pod) => !quiet.includes(pod));
  const note = quiet.length > 0 ? [line(`  ${drawing.theme.glyphs.health.good} ${quiet.length} of kube-system Running`, 'dim')] : [];
  if (drawing.density === 'list') return [...rest.map((pod) => podRow(pod, drawing)), ...note];
  const troubled = rest.filter((pod) => pod.health !== 'good');
  return [...gridRows(rest, drawing), ...troubled.map((pod) => podRow(pod, drawing)), ...note];
}

function podRow({ name, namespace, status, health, ready, restarts, isDeleting }: PodView, { width, theme }: Drawing): Line {
  const word = isDeleting ? 'Terminating' : status;
  const count = ready.of > 0 && health !== 'off' ? ` ${ready.count}/${ready.of}` : '';
  const again = restarts > 0 ? ` ${restarts}x` : '';
  const label = namespace === 'default' || namespace === '' ? [{ text: name }] : [{ text: `${namespace}/`, style: 'dim' as const }, { text: name }];
  return spread(
    [{ text: `  ${theme.glyphs.health[health]} `, style: healthStyle[health] }, ...label],
    [{ text: ` ${word}`, style: healthStyle[health] }, { text: `${count}${again}`, style: 'dim' }], width, theme.glyphs.ellipsis,
  );
}

function gridRows(pods: readonly PodView[], { width, theme }: Drawing): Line[] {
  const perRow = Math.max(1, Math.floor((width - 2) / 2));
  const rows: Line[] = [];
  for (let at = 0; at < pods.length; at += perRow) {
    rows.push([{ text: '  ' }, ...pods.slice(at, at + perRow).map(({ health }) => ({ text: `${theme.glyphs.health[health]} `, style: healthStyle[health] }))]);
  }
  const running = pods.filter((pod) => pod.health === 'good').length;
  if (pods.length > 0) rows.push([{ text: column(`  ${running} of ${pods.length} pods well`, width, theme.glyphs.ellipsis), style: 'dim' }]);
  return rows;
}

function pendingRows(pods: readonly PodView[], drawing: Drawing): Line[] {
  if (pods.length === 0) return [];
  const rows = drawing.density === 'list' ? pods.map((pod) => podRow(pod, drawing)) : [...gridRows(pods, drawing), ...pods.slice(0, 5).map((pod) => podRow(pod, drawing))];
  return [EMPTY, line(`On no node: ${pods.length}`, 'warning'), ...rows];
}

/** Cores, with one decimal where that says more. */
const cores = (value: number) => Number.isInteger(value) ? String(value) : value.toFixed(1);

const UNITS: [string, number][] = [['Ti', 2 ** 40], ['Gi', 2 ** 30], ['Mi', 2 ** 20], ['Ki', 2 ** 10]];

/** Bytes in the largest unit that leaves a number of one or more. */
export function bytes(value: number): string {
  const [unit, size] = UNITS.find(([, candidate]) => value >= candidate) ?? ['', 1];
  const amount = value / size;
  return `${Number.isInteger(amount) || amount >= 10 ? Math.round(amount) : amount.toFixed(1)}${unit}`;
}
