/** The cluster at a glance: control plane, nodes with what they carry, pods that wait. */
import type { ClusterView, ComponentView, NodeView, PodView } from '../../engine/view.ts';
import { EMPTY, column, line, cut, lineWidth, spread, widthOf, type Line, type Piece } from '../text.ts';
import { healthStyle, type Theme } from '../theme.ts';
import { usageCells, usagePieces } from './usage.ts';

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
  const items = components.map(({ name, word, health }): Line => {
    const mark = { text: `${theme.glyphs.health[health]} `, style: healthStyle[health] };
    if (health === 'good') return [mark, { text: name }];
    const said = theme.words.cluster.states[word] ?? word;
    const room = width - widthOf(said) - 3;
    return [mark, { text: widthOf(name) > room ? column(name, room, theme.glyphs.ellipsis) : name, style: 'strong' }, { text: ` ${said}`, style: healthStyle[health] }];
  });
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
  const rows = [EMPTY, ...nameRows(node, drawing), ...usageRows(node, drawing), ...taintRows(node, drawing), ...podRows(node.pods, drawing)];
  drawnNodes.set(node, { drawing, rows });
  return rows;
}

function nameRows({ name, roles, status, health }: NodeView, { width, theme }: Drawing): Line[] {
  const mark: Piece = { text: `${theme.glyphs.health[health]} `, style: healthStyle[health] };
  const role: Piece = { text: roles.length && roles.join() !== name ? `  ${roles.join(',')}` : '', style: 'dim' };
  const state: Piece = { text: status, style: healthStyle[health] };
  const named: Line = [mark, { text: name, style: 'strong' }];
  if (lineWidth([...named, state]) < width) return [spread([...named, role], [state], width, theme.glyphs.ellipsis)];
  return [cut([...named, role], width, theme.glyphs.ellipsis), cut([{ text: '  ' }, state], width, theme.glyphs.ellipsis)];
}

/** Keys without their domain: `node-role.kubernetes.io/control-plane` is too long for a pane. */
function taintRows({ taints = [] }: NodeView, { width, theme }: Drawing): Line[] {
  return taints.map(({ key, value, effect }) => cut(line(`  ${theme.words.cluster.taint} ${key.split('/').at(-1)}${value ? `=${value}` : ''}:${effect}`, 'dim'), width, theme.glyphs.ellipsis));
}

function usageRows(node: NodeView, { width, theme }: Drawing): Line[] {
  const cells = usageCells(node).filter(({ name }) => name !== 'pods'); // They are drawn one by one below.
  const perRow = Math.max(1, Math.min(cells.length, Math.floor((width - 2) / 16)));
  const columns = Math.min(28, Math.floor((width - 2) / perRow));
  const rows: Line[] = [];
  for (let at = 0; at < cells.length; at += perRow) {
    rows.push([{ text: '  ' }, ...cells.slice(at, at + perRow).flatMap((cell) => usagePieces(cell, columns, theme))]);
  }
  return rows;
}

function podRows(pods: readonly PodView[], drawing: Drawing): Line[] {
  const quiet = pods.filter((pod) => pod.namespace === 'kube-system' && pod.health === 'good');
  const rest = pods.filter((pod) => !quiet.includes(pod));
  const note = quiet.length > 0 ? [line(`  ${drawing.theme.glyphs.health.good} ${drawing.theme.words.cluster.systemRunning(quiet.length)}`, 'dim')] : [];
  if (drawing.density === 'list') return [...rest.map((pod) => podRow(pod, drawing)), ...note];
  const troubled = rest.filter((pod) => pod.health !== 'good');
  return [...gridRows(rest, drawing), ...troubled.map((pod) => podRow(pod, drawing)), ...note];
}

function podRow({ name, namespace, status, health, ready, restarts, isDeleting }: PodView, { width, theme }: Drawing): Line {
  const word = isDeleting ? 'Terminating' : status;
  const count = ready.of > 0 && health !== 'off' ? ` ${ready.count}/${ready.of}` : '';
  const again = restarts > 0 ? ` ${restarts}x` : '';
  const full: Line = [{ text: word, style: healthStyle[health] }, { text: `${count}${again}`, style: 'dim' }];
  const state = name.length + lineWidth(full) + 5 <= width ? full : full.slice(0, 1); // The name is worth more than the counts.
  const label = podLabel(name, namespace === 'default' ? '' : namespace, width - lineWidth(state) - 5, theme);
  return spread([{ text: `  ${theme.glyphs.health[health]} `, style: healthStyle[health] }, ...label], state, width, theme.glyphs.ellipsis);
}

/** The namespace gives way first; of a name that is still too long the two ends tell most. */
function podLabel(name: string, namespace: string, room: number, theme: Theme): Piece[] {
  if (namespace && namespace.length + 1 + name.length <= room) return [{ text: `${namespace}/`, style: 'dim' }, { text: name }];
  if (name.length <= room) return [{ text: name }];
  const tail = room > 12 ? 5 : 2;
  return [{ text: name.slice(0, Math.max(1, room - tail - 1)) + theme.glyphs.ellipsis + name.slice(-tail) }];
}

function gridRows(pods: readonly PodView[], { width, theme }: Drawing): Line[] {
  const perRow = Math.max(1, Math.floor((width - 2) / 2));
  const rows: Line[] = [];
  for (let at = 0; at < pods.length; at += perRow) {
    rows.push([{ text: '  ' }, ...pods.slice(at, at + perRow).map(({ health }) => ({ text: `${theme.glyphs.health[health]} `, style: healthStyle[health] }))]);
  }
  const healthy = pods.filter((pod) => pod.health === 'good').length;
  const note: Piece = { text: ` ${theme.words.cluster.healthy(healthy, pods.length)}`, style: 'dim' };
  const last = rows.at(-1);
  if (last && lineWidth(last) + widthOf(note.text) <= width) rows[rows.length - 1] = [...last, note];
  else if (last) rows.push([note]);
  return rows;
}

function pendingRows(pods: readonly PodView[], drawing: Drawing): Line[] {
  if (pods.length === 0) return [];
  const rows = drawing.density === 'list' ? pods.map((pod) => podRow(pod, drawing)) : [...gridRows(pods, drawing), ...pods.slice(0, 5).map((pod) => podRow(pod, drawing))];
  return [EMPTY, line(`${drawing.theme.words.cluster.onNoNode}: ${pods.length}`, 'warning'), ...rows];
}
