/** The explorer: the map of the cluster and, beside it or instead of it, the chosen object as kubectl tells of it. */
import { idOf, type LensView } from '../../engine/lens/lens-view.ts';
import type { ClusterView, MissionView, NodeView, PodView } from '../../engine/view.ts';
import { clampScroll, framed, scrollNote } from '../frame.ts';
import { rememberLast } from '../remember.ts';
import type { Size } from '../terminal/screen-writer.ts';
import { cut, line, type Line } from '../text.ts';
import { healthStyle, type Theme } from '../theme.ts';
import { detailRows, tabPieces } from './detail.ts';
import { explorerMap, nodeId, podId, type MapOptions } from './explorer-map.ts';
import type { Place } from '../terminal/key-parser.ts';
import { spotAt, withMark, type MapRow } from './map-row.ts';
import { hasRoomForBoth, WIDE, type ExplorerSight } from './sight.ts';

/** How long a Pod that was placed stands out, in seconds of the player's time. */
const FRESH_MS = 4000;

const rememberedMap = rememberLast((cluster: ClusterView, grouping: ExplorerSight['grouping'], zoom: ExplorerSight['zoom'], width: number, height: number, theme: Theme) =>
  explorerMap(cluster, { grouping, zoom }, { width, height, theme }));

interface Room { readonly width: number; readonly height: number }

/** The room that the map and the detail have between them: beside each other, on each other, or one of them. */
export function roomsOf(size: Size, { isReading }: Pick<ExplorerSight, 'isReading'>): { map?: Room; detail?: Room } {
  const whole = { width: size.columns, height: size.rows - 2 };
  if (!hasRoomForBoth(size)) return isReading ? { detail: whole } : { map: whole };
  const half = size.columns >= WIDE ? { ...whole, width: Math.floor(whole.width / 2) } : { ...whole, height: Math.floor(whole.height / 2) };
  return { map: half, detail: size.columns >= WIDE ? { ...whole, width: whole.width - half.width } : { ...whole, height: whole.height - half.height } };
}

function roomOf(size: Size, sight: ExplorerSight, theme: Theme): MapOptions {
  const { width, height } = roomsOf(size, sight).map ?? { width: size.columns, height: size.rows - 2 };
  return { width: Math.max(20, width - 4), height: height - 3, theme };
}

/** The rows of the map on a screen of this size: what keys move over. */
export function mapOf({ cluster }: MissionView, sight: ExplorerSight, size: Size, theme: Theme): MapRow[] {
  const { width, height } = roomOf(size, sight, theme);
  return rememberedMap(cluster, sight.grouping, sight.zoom, width, height, theme);
}

/** What is chosen before anybody has: a Pod in trouble, else the first node. */
export function firstChoice({ nodes, pending }: ClusterView): string {
  const pods = [...nodes.flatMap((node) => node.pods), ...pending];
  const troubled = pods.find(({ health }) => health === 'bad') ?? pods.find(({ health }) => health === 'waiting' || health === 'warning');
  if (troubled) return podId(troubled);
  return nodes[0] ? nodeId(nodes[0].name) : '';
}

/** Everything between the header and the footer. */
export function explorerFrame(view: MissionView, sight: ExplorerSight, size: Size, theme: Theme): Line[] {
  const { map, detail } = roomsOf(size, sight);
  const first = map ? mapFrame(view, sight, { size, ...map, theme }) : [];
  const second = detail ? detailFrame(view.lens, sight, { ...detail, theme }) : [];
  if (size.columns < WIDE) return [...first, ...second];
  return first.map((row, index) => [...row, ...second[index]!]);
}

function mapFrame(view: MissionView, sight: ExplorerSight, { size, width, height, theme }: { size: Size; width: number; height: number; theme: Theme }): Line[] {
  const rows = mapOf(view, sight, size, theme);
  const room = height - 3;
  const offset = mapOffset(rows, sight, room);
  const fresh = freshIds(view);
  const shown = rows.slice(offset, offset + room).map((row) => marked(row, sight.selected, fresh, theme));
  while (shown.length < room) shown.push([]);
  const title: Line = [{ text: theme.words.explorer.title, style: sight.isReading ? 'dim' : 'title' }, { text: ` ${sight.grouping === 'nodes' ? theme.words.explorer.byNode : theme.words.explorer.byWorkload}`, style: 'dim' }];
  return framed([...shown, cut(aboutChoice(view, sight.selected, theme), width - 4, theme.glyphs.ellipsis)], { title, width, height, isFocused: !sight.isReading, foot: scrollNote(offset, room, rows.length, theme) }, theme);
}

function mapOffset(rows: readonly MapRow[], { selected }: ExplorerSight, room: number): number {
  const at = rows.findIndex(({ spots }) => spots.some(({ id }) => id === selected));
  return clampScroll(at - Math.floor(room / 2), room, rows.length);
}

/** What can be chosen at a place of the screen. */
export function explorerSpotAt(view: MissionView, sight: ExplorerSight, size: Size, theme: Theme, place: Place): string | undefined {
  const { map } = roomsOf(size, sight);
  if (!map) return undefined;
  const rows = mapOf(view, sight, size, theme);
  const room = map.height - 3;
  return place.column < map.width && place.row < 2 + room ? spotAt(rows, mapOffset(rows, sight, room), 2, place) : undefined;
}

/** Pods that were given their node a moment ago, and their nodes. */
function freshIds({ cluster, nowMs, speed }: MissionView): ReadonlySet<string> {
  const fresh = new Set<string>();
  if (nowMs === undefined) return fresh;
  const sinceMs = nowMs - FRESH_MS * (speed === 'paused' ? 1 : speed);
  for (const { name, pods } of cluster.nodes) {
    for (const pod of pods) {
      if (pod.placedMs === undefined || pod.placedMs < sinceMs || pod.isDeleting) continue;
      fresh.add(podId(pod));
      fresh.add(nodeId(name));
    }
  }
  return fresh;
}

function marked(row: MapRow, selected: string, fresh: ReadonlySet<string>, theme: Theme): Line {
  let shown = row;
  for (const { id, width } of row.spots) {
    if (!fresh.has(id)) continue;
    // Of a node only the mark in front of its name changes; a Pod is its mark.
    shown = { ...shown, line: withMark(shown, id, (text) => ({ text: theme.glyphs.fresh + text.slice(1), style: width > 1 ? 'strong' : 'accent' })) };
  }
  return shown.spots.some(({ id }) => id === selected) ? withMark(shown, selected, (text) => ({ text, style: 'chosen' })) : shown.line;
}

/** One line on what is chosen. */
function aboutChoice({ cluster, nowMs }: MissionView, selected: string, theme: Theme): Line {
  const node = cluster.nodes.find(({ name }) => nodeId(name) === selected);
  if (node) return aboutNode(node, theme);
  for (const { name, pods } of [...cluster.nodes, { name: '', pods: cluster.pending }]) {
    const pod = pods.find((each) => podId(each) === selected);
    if (pod) return aboutPod(pod, name, nowMs, theme);
  }
  const service = cluster.services?.find(({ namespace, name }) => idOf({ resource: 'service', namespace, name }) === selected);
  if (service) return [{ text: `${theme.glyphs.health[service.health]} service `, style: healthStyle[service.health] }, { text: `${service.namespace}/${service.name}`, style: 'strong' }, { text: `  ${theme.words.explorer.endpointsReady(service.type, service.ready, service.endpoints)}`, style: 'dim' }];
  return line(selected.replace(/^([^/]+)\/([^/]*)\/(.*)$/, (_all, resource: string, namespace: string, name: string) => `${resource} ${namespace ? `${namespace}/` : ''}${name}`), 'dim');
}

function aboutNode({ name, roles, status, health, pods }: NodeView, { words }: Theme): Line {
  return [{ text: 'node ', style: 'dim' }, { text: name, style: 'strong' }, { text: ` ${status}`, style: healthStyle[health] }, { text: `  ${roles.join(',')}  ${words.cluster.pods(pods.length)}`, style: 'dim' }];
}

function aboutPod({ name, namespace, status, health, ready, restarts, owner, isDeleting, placedMs }: PodView, node: string, nowMs: number | undefined, theme: Theme): Line {
  const { explorer: words } = theme.words;
  const age = placedMs === undefined || nowMs === undefined ? '' : words.placed(Math.max(0, Math.round((nowMs - placedMs) / 1000)));
  return [
    { text: `${theme.glyphs.health[health]} ${isDeleting ? 'Terminating' : status}`, style: healthStyle[health] }, { text: ` ${ready.count}/${ready.of}${restarts ? ` ${restarts}x` : ''}  `, style: 'dim' },
    { text: `${namespace}/${name}`, style: 'strong' }, { text: `  ${node ? words.onNode(node) + age : words.onNoNode}`, style: 'dim' }, { text: owner ? `  ${words.ofOwner(`${owner.resource}/${owner.name}`)}` : '', style: 'dim' },
  ];
}

function detailFrame(lens: LensView | undefined, sight: ExplorerSight, { width, height, theme }: { width: number; height: number; theme: Theme }): Line[] {
  const rows = detailRows(lens, sight, width - 4, theme);
  const room = height - 2;
  const [command, ...rest] = rows;
  const offset = clampScroll(sight.tab === 'owners' ? sight.scroll - Math.floor(room / 2) : sight.scroll, room - 1, rest.length);
  return framed([command!, ...rest.slice(offset, offset + room - 1)], { title: tabPieces(sight, theme), width, height, isFocused: sight.isReading, foot: scrollNote(offset, room - 1, rest.length, theme) }, theme);
}
