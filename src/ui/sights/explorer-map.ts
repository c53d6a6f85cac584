/** The map of a cluster: its control plane, its nodes by zone with what they have and carry, Pods as cells by what owns them. */
import { idOf } from '../../engine/lens/lens-view.ts';
import type { ClusterView, Health, NodeView, PodView, ServiceView } from '../../engine/view.ts';
import { usageCells, usagePieces } from '../panes/usage.ts';
import { EMPTY, column, cut, line, lineWidth, widthOf, type Line, type Piece } from '../text.ts';
import { healthStyle, type Theme } from '../theme.ts';
import { flowed, part, partWidth, rowOf, type MapRow, type Part } from './map-row.ts';
import type { ExplorerSight } from './sight.ts';

/** 'pods': a cell a Pod. 'nodes': a row a node, its Pods counted. 'heat': a cell a node. */
export type Level = Exclude<ExplorerSight['zoom'], 'auto'>;

export interface MapOptions {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** Columns for the names of nodes. */
  readonly names?: number;
}

/** So many screens of rows are worth scrolling; of more, things are put together. */
const SCREENS_MAX = 3;
const SERVICES_MAX = 60;
/** A group of more Pods than this is counted. */
const CELLS_MAX = 60;

export const podId = ({ namespace, name }: Pick<PodView, 'namespace' | 'name'>): string => idOf({ resource: 'pod', namespace, name });
export const nodeId = (name: string): string => idOf({ resource: 'node', name });

/** All rows of the map; the same rows for nodes that did not change. */
export function explorerMap(cluster: ClusterView, { grouping, zoom }: Pick<ExplorerSight, 'grouping' | 'zoom'>, given: MapOptions): MapRow[] {
  const options = { ...given, names: Math.min(30, Math.max(12, ...cluster.nodes.map(({ name }) => widthOf(name)))) };
  const level = zoom === 'auto' ? levelFor(cluster, options) : zoom;
  const rows = grouping === 'workloads' ? workloadRows(cluster, options) : [...zoneRows(cluster, level, options), ...pendingRows(cluster.pending, options)];
  return [...controlPlaneRows(cluster, options), ...rows, ...serviceRows(cluster.services ?? [], options)].map((row) => within(row, options));
}

/** A name too long for the map is cut, not the map. */
function within(row: MapRow, { width, theme }: MapOptions): MapRow {
  const shown = cut(row.line, width, theme.glyphs.ellipsis);
  return shown === row.line ? row : { line: shown, spots: row.spots.filter(({ left }) => left < width - 1).map((spot) => ({ ...spot, width: Math.min(spot.width, width - 1 - spot.left) })) };
}

/** How close one can look without scrolling through more than a few screens. */
export function levelFor({ nodes }: ClusterView, { width, height }: MapOptions): Level {
  const podRows = nodes.reduce((sum, { pods }) => sum + 2 + Math.ceil((Math.min(pods.length, CELLS_MAX) + 20) / width), 0);
  if (podRows <= SCREENS_MAX * height) return 'pods';
  return nodes.length <= SCREENS_MAX * height ? 'nodes' : 'heat';
}

function controlPlaneRows({ controlPlane }: ClusterView, { width, theme }: MapOptions): MapRow[] {
  const groups = controlPlane.map(({ name, word, health, pod }) => [
    part({ text: `${theme.glyphs.health[health]} `, style: healthStyle[health] }), part({ text: name, style: health === 'good' ? 'plain' : 'strong' }, pod && idOf(pod)),
    part({ text: health === 'good' && word === 'running' ? '' : ` ${theme.words.cluster.states[word] ?? word}`, style: health === 'good' ? 'dim' : healthStyle[health] }),
  ]);
  return [heading(theme.words.cluster.controlPlane, '', width, theme), ...flowed(groups, width, 0)];
}

/** A title on a rule. */
function heading(title: string, note: string, width: number, theme: Theme): MapRow {
  const rule = theme.glyphs.box.across.repeat(Math.max(1, width - widthOf(title) - widthOf(note) - (note ? 2 : 1)));
  return rowOf([part({ text: title, style: 'heading' }), part([{ text: ` ${rule}`, style: 'border' }, { text: note ? ` ${note}` : '', style: 'dim' }])]);
}

function zoneRows({ nodes }: ClusterView, level: Level, options: MapOptions): MapRow[] {
  const { cluster: words } = options.theme.words;
  const zones = [...new Set(nodes.map(({ zone }) => zone ?? ''))].sort();
  return zones.flatMap((zone) => {
    const there = nodes.filter((node) => (node.zone ?? '') === zone);
    const pods = there.reduce((sum, node) => sum + node.pods.length, 0);
    const title = zone || (zones.length > 1 ? words.noZone : words.nodes);
    return [
      { line: EMPTY, spots: [] }, heading(title, words.nodesAndPods(there.length, pods), options.width, options.theme),
      ...(level === 'heat' ? heatRows(there, options) : there.flatMap((node) => nodeRows(node, level, options))),
    ];
  });
}

const drawn = new WeakMap<NodeView, { key: string; theme: Theme; rows: MapRow[] }>();

function nodeRows(node: NodeView, level: Level, options: MapOptions): MapRow[] {
  const key = `${level} ${options.width} ${options.names}`;
  const known = drawn.get(node);
  if (known?.key === key && known.theme === options.theme) return known.rows;
  const rows = level === 'nodes' ? [nodeLine(node, options)] : [...nodeTitle(node, options), ...podRows(node.pods, options)];
  drawn.set(node, { key, theme: options.theme, rows });
  return rows;
}

function nodeName(node: NodeView, columns: number, theme: Theme): Part[] {
  return [part([{ text: `${theme.glyphs.health[node.health]} `, style: healthStyle[node.health] }, { text: column(node.name, columns, theme.glyphs.ellipsis), style: 'strong' }], nodeId(node.name))];
}

function nodeTitle(node: NodeView, { width, theme, names = 12 }: MapOptions): MapRow[] {
  const cells = usageCells(node);
  const name = nodeName(node, names, theme);
  const status: Line = [{ text: `  ${node.status}`, style: healthStyle[node.health] }];
  const taints = line(node.taints?.map(({ key, effect }) => `  ${key.split('/').at(-1)}:${effect}`).join('') ?? '', 'dim');
  const room = width - partWidth(name) - lineWidth(status) - 2;
  const isBeside = room >= cells.length * 17;
  const perRow = isBeside ? cells.length : Math.max(1, Math.min(cells.length, Math.floor((width - 2) / 17)));
  const columns = Math.min(24, Math.floor((isBeside ? room : width - 2) / perRow));
  const bars: Piece[][] = [];
  for (let at = 0; at < cells.length; at += perRow) bars.push(cells.slice(at, at + perRow).flatMap((cell) => usagePieces(cell, columns, theme)));
  const [first = []] = bars;
  const free = (isBeside ? width - lineWidth(first) : width) - partWidth(name) - lineWidth(status);
  const title = [...name, part([...status, ...(lineWidth(taints) < free ? taints : [])])];
  if (isBeside) return [rowOf([...title, part({ text: ' '.repeat(width - partWidth(title) - lineWidth(first)) }), part(first)])];
  return [rowOf(title), ...bars.map((pieces) => rowOf([part({ text: '  ' }), part(pieces)]))];
}

/** A node in one row, its Pods counted. */
function nodeLine(node: NodeView, { width, theme, names = 12 }: MapOptions): MapRow {
  const counts = countPieces(node.pods, theme);
  const cells = usageCells(node).slice(0, width >= 100 ? 4 : 2);
  const name = nodeName(node, Math.min(names, Math.max(12, Math.floor(width / 4))), theme);
  const status: Piece = { text: node.status === 'Ready' ? '' : ` ${node.status}`, style: healthStyle[node.health] };
  const columns = Math.max(8, Math.min(20, Math.floor((width - partWidth(name) - lineWidth([...counts, status]) - 3) / cells.length)));
  return rowOf([...name, part({ text: ' ' }), part(cells.flatMap((cell) => usagePieces(cell, columns, theme))), part([{ text: ' ' }, ...counts, status])]);
}

const HEALTHS: readonly Health[] = ['good', 'busy', 'waiting', 'warning', 'bad', 'off'];

/** `●412 ◐3 ✗1`. */
function countPieces(pods: readonly PodView[], theme: Theme): Piece[] {
  return HEALTHS.flatMap((health) => {
    const count = pods.filter((pod) => pod.health === health).length;
    return count > 0 ? [{ text: `${theme.glyphs.health[health]}${count} `, style: healthStyle[health] }] : [];
  });
}

/** Nodes as cells, the fuller the taller: by cpu, or by what is fullest. */
function heatRows(nodes: readonly NodeView[], { width, theme }: MapOptions): MapRow[] {
  const cells = nodes.map((node) => {
    const fullest = Math.max(...[node.cpu, node.memory, node.slots].map((usage) => (usage && usage.capacity > 0 ? usage.used / usage.capacity : 0)));
    const glyph = node.health === 'good' ? theme.glyphs.heat[Math.min(theme.glyphs.heat.length - 1, Math.floor(fullest * theme.glyphs.heat.length))]! : theme.glyphs.health[node.health];
    const isTroubled = node.pods.some((pod) => pod.health === 'bad');
    return part({ text: glyph, style: node.health !== 'good' ? healthStyle[node.health] : isTroubled ? 'bad' : fullest > 0.9 ? 'warning' : 'good' }, nodeId(node.name));
  });
  const counts = countPieces(nodes.flatMap(({ pods }) => pods), theme);
  return [...flowed([cells], width, 2), rowOf([part({ text: '  ' }), part(counts)])];
}

/** Pods by what owns them; the system's own are one group. */
function podRows(pods: readonly PodView[], { width, theme }: MapOptions): MapRow[] {
  const groups = new Map<string, PodView[]>();
  for (const pod of pods) {
    const label = pod.namespace === 'kube-system' ? 'kube-system' : groupLabel(pod);
    groups.set(label, [...(groups.get(label) ?? []), pod]);
  }
  return flowed([...groups].map(([label, members]) => groupParts(label, members, theme)), width, 2);
}

/** `shop/web`, `web` in the namespace default; the Pod's own name when nothing owns it. */
function groupLabel({ namespace, owner, name }: PodView): string {
  return `${namespace === 'default' ? '' : `${namespace}/`}${owner?.name ?? name}`;
}

function groupParts(label: string, pods: readonly PodView[], theme: Theme): Part[] {
  const [first] = pods;
  const owner = label === 'kube-system' ? undefined : first?.owner;
  const cells = pods.length > CELLS_MAX ? [part(countPieces(pods, theme))] : pods.map((pod) => podCell(pod, theme));
  return [part({ text: label, style: 'dim' }, owner && idOf(owner)), part({ text: ' ' }), ...cells];
}

function podCell(pod: PodView, theme: Theme): Part {
  return part({ text: pod.isDeleting ? theme.glyphs.leaving : theme.glyphs.health[pod.health], style: healthStyle[pod.health] }, podId(pod));
}

function pendingRows(pods: readonly PodView[], options: MapOptions): MapRow[] {
  if (pods.length === 0) return [];
  return [{ line: EMPTY, spots: [] }, heading(options.theme.words.cluster.onNoNode, String(pods.length), options.width, options.theme), ...podRows(pods, options)];
}

/** A mark, a name and how many are ready behind it; of too many only those in trouble, and a count. */
function serviceRows(services: readonly ServiceView[], { width, theme }: MapOptions): MapRow[] {
  if (services.length === 0) return [];
  const shown = services.length > SERVICES_MAX ? services.filter(({ health }) => health !== 'good').slice(0, SERVICES_MAX) : services;
  const groups = shown.map(({ namespace, name, type, ready, endpoints, health }) => [
    part({ text: `${theme.glyphs.health[health]} `, style: healthStyle[health] }),
    part({ text: `${namespace === 'default' ? '' : `${namespace}/`}${name}`, style: health === 'good' ? 'plain' : 'strong' }, idOf({ resource: 'service', namespace, name })),
    part({ text: type === 'ExternalName' ? ` ${theme.words.cluster.elsewhere}` : ` ${ready}/${endpoints}`, style: health === 'good' ? 'dim' : healthStyle[health] }),
  ]);
  return [{ line: EMPTY, spots: [] }, heading(theme.words.cluster.services, String(services.length), width, theme), ...flowed(groups, width, 0)];
}

/** The same Pods by namespace and owner, wherever they are. */
function workloadRows({ nodes, pending }: ClusterView, { width, theme }: MapOptions): MapRow[] {
  const pods = [...nodes.flatMap((node) => node.pods), ...pending];
  const namespaces = [...new Set(pods.map(({ namespace }) => namespace))].sort();
  return namespaces.flatMap((namespace) => {
    const members = pods.filter((pod) => pod.namespace === namespace);
    const owners = new Map<string, PodView[]>();
    for (const pod of members) {
      const key = pod.owner ? idOf(pod.owner) : podId(pod);
      owners.set(key, [...(owners.get(key) ?? []), pod]);
    }
    const rows = [...owners].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([id, group]) => workloadLine(id, group, { width, theme }));
    return [{ line: EMPTY, spots: [] }, heading(namespace, theme.words.cluster.pods(members.length), width, theme), ...rows];
  });
}

function workloadLine(id: string, pods: readonly PodView[], { width, theme }: { width: number; theme: Theme }): MapRow[] {
  const { owner, name } = pods[0]!;
  const ready = pods.filter(({ health }) => health === 'good').length;
  const columns = Math.min(40, Math.floor(width * 0.4));
  const label = part({ text: column(`${owner?.resource ?? 'pod'}/${owner?.name ?? name}`, columns, theme.glyphs.ellipsis), style: 'plain' }, owner ? id : undefined);
  const count = part({ text: ` ${`${ready}/${pods.length}`.padStart(7)} `, style: ready === pods.length ? 'good' : 'warning' });
  const room = width - columns - 10;
  const cells = pods.length > Math.max(room, CELLS_MAX) ? [part(countPieces(pods, theme))] : pods.map((pod) => podCell(pod, theme));
  const [first, ...rest] = flowed([cells], room, 0);
  return first ? [shifted([label, count], first), ...rest.map((row) => shifted([part({ text: ' '.repeat(columns + 9) })], row))] : [rowOf([label, count])];
}

function shifted(lead: readonly Part[], { line, spots }: MapRow): MapRow {
  const head = rowOf(lead);
  const by = partWidth(lead);
  return { line: [...head.line, ...line], spots: [...head.spots, ...spots.map((spot) => ({ ...spot, left: spot.left + by }))] };
}
