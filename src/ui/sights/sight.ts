/** What lies over the panes of a mission: one full-screen sight of the cluster at a time, as plain data. */
import { refOf, type Lens, type ObjectTab } from '../../engine/lens/lens-view.ts';
import type { EditedLine } from '../line-editor.ts';
import type { Size } from '../terminal/screen-writer.ts';

export type Zoom = 'auto' | 'pods' | 'nodes' | 'heat';

/** The cluster as a map, with the object that is looked at. */
export interface ExplorerSight {
  readonly screen: 'explorer';
  /** The id of an object. */
  readonly selected: string;
  readonly grouping: 'nodes' | 'workloads';
  readonly zoom: Zoom;
  /** Whether keys move in the detail rather than on the map. */
  readonly isReading: boolean;
  readonly tab: ObjectTab;
  /** Rows above those shown; in the tab 'owners' the marked one. */
  readonly scroll: number;
}

/** What is in trouble, and why. */
export interface WhySight {
  readonly screen: 'why';
  /** The id of an object; empty for the first that is in trouble. */
  readonly selected: string;
  /** Whether keys move in the chain rather than in the list. */
  readonly isReading: boolean;
  /** The link that is marked. */
  readonly marked: number;
}

/** A command's requests and what came of them. */
export interface RequestSight {
  readonly screen: 'request';
  /** How many commands back. */
  readonly back: number;
  readonly scroll: number;
}

/** etcd's revisions, and what differs between two of them. */
export interface HistorySight {
  readonly screen: 'history';
  /** Undefined follows the newest. */
  readonly to?: number;
  /** Undefined is the revision before. */
  readonly from?: number;
  readonly scroll: number;
}

/** The stream of Events. */
export interface EventsSight {
  readonly screen: 'events';
  /** Undefined follows the newest. */
  readonly selected?: string;
  readonly filter: EditedLine;
  readonly isFiltering: boolean;
  readonly isWarningsOnly: boolean;
}

/** Requests, errors and latency. */
export interface TrafficSight {
  readonly screen: 'traffic';
  /** Which of those who send them. */
  readonly source: number;
}

export type Sight = ExplorerSight | WhySight | RequestSight | HistorySight | EventsSight | TrafficSight;

/** From this width on the map and the detail stand side by side. */
export const WIDE = 130;
/** From how many columns on the troubles and the chain of causes stand side by side: a name needs less than a map. */
export const WHY_WIDE = 100;

/** From this height on they stand on each other where they cannot stand side by side. */
const TALL = 34;

/** Whether the map and the detail are both to be seen. */
export const hasRoomForBoth = ({ columns, rows }: Size): boolean => columns >= WIDE || rows >= TALL;

/** What the engine is asked to show for a sight; undefined while nothing is needed from it. */
export function lensOf(sight: Sight | undefined, size: Size): Lens | undefined {
  switch (sight?.screen) {
    case undefined: return undefined;
    case 'history': return { of: 'history', ...(sight.from === undefined ? {} : { from: sight.from }), ...(sight.to === undefined ? {} : { to: sight.to }) };
    case 'request': return { of: 'request', back: sight.back };
    case 'events': case 'traffic': return { of: sight.screen };
    case 'why': return { of: 'why', ...(sight.selected ? { ref: refOf(sight.selected) } : {}) };
    case 'explorer': return sight.selected && (sight.isReading || hasRoomForBoth(size)) ? { of: 'object', ref: refOf(sight.selected), tab: sight.tab } : undefined;
  }
}
