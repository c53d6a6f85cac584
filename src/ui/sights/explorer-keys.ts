/** The keys of the explorer. */
import { idOf, OBJECT_TABS, type ObjectTab } from '../../engine/lens/lens-view.ts';
import type { Binding, Layer } from '../keys.ts';
import type { UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { detailLength } from './detail.ts';
import { firstChoice, mapOf, roomsOf } from './explorer.ts';
import { neighbour } from './map-row.ts';
import { changedSight, closedSight, openedSight, typedCommand } from './sights.ts';
import { offersWhy, openWhy } from './why-keys.ts';
import { hasRoomForBoth, type ExplorerSight, type Zoom } from './sight.ts';

/** Opens the map, with something chosen that is worth a look. */
export function openExplorer({ state, view: { mission } }: Ui): UiState {
  return mission ? openedSight(state, { screen: 'explorer', selected: firstChoice(mission.cluster), grouping: 'nodes', zoom: 'auto', isReading: false, tab: 'describe', scroll: 0 }) : state;
}

function explorerOf(ui: Ui): ExplorerSight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'explorer' ? sight : undefined;
}

const isReading = (ui: Ui) => explorerOf(ui)?.isReading === true;
const isOnMap = (ui: Ui) => !isReading(ui);
const hasDetail = (ui: Ui) => isReading(ui) || hasRoomForBoth(ui.room);
const isOnOwners = (ui: Ui) => isReading(ui) && explorerOf(ui)?.tab === 'owners';

const change = (ui: Ui, changed: Partial<ExplorerSight>) => changedSight(ui, 'explorer', changed);

function move(ui: Ui, step: { rows?: number; columns?: number }): UiState {
  const sight = explorerOf(ui);
  const { mission } = ui.view;
  const selected = sight && mission && neighbour(mapOf(mission, sight, ui.room, ui.theme), sight.selected, step);
  return selected ? change(ui, { selected, scroll: 0 }) : ui.state;
}

function scroll(ui: Ui, by: number): UiState {
  const sight = explorerOf(ui);
  if (!sight) return ui.state;
  const { width, height } = roomsOf(ui.room, sight).detail ?? { width: ui.room.columns, height: ui.room.rows - 2 };
  const length = detailLength(ui.view.mission?.lens, sight, width - 4, ui.theme);
  const last = sight.tab === 'owners' ? length - 1 : length - (height - 3);
  return change(ui, { scroll: Math.max(0, Math.min(last, sight.scroll + by)) });
}

const showTab = (ui: Ui, tab: ObjectTab) => change(ui, { tab, scroll: 0, isReading: isReading(ui) || !hasRoomForBoth(ui.room) });

function nextTab(ui: Ui, step: number): UiState {
  const at = OBJECT_TABS.indexOf(explorerOf(ui)?.tab ?? 'describe');
  return showTab(ui, OBJECT_TABS[(at + step + OBJECT_TABS.length) % OBJECT_TABS.length]!);
}

/** Goes to the marked object of the owner chain. */
function goToOwner(ui: Ui): UiState {
  const lens = ui.view.mission?.lens;
  const chosen = lens?.of === 'object' ? lens.chain?.[explorerOf(ui)?.scroll ?? 0] : undefined;
  return chosen ? change(ui, { selected: idOf(chosen.ref), tab: 'describe', scroll: 0 }) : ui.state;
}

const ZOOMS: readonly Zoom[] = ['auto', 'pods', 'nodes', 'heat'];

const tabs: readonly Binding[] = OBJECT_TABS.map((tab, index) => ({
  keys: [String(index + 1)], says: (w) => w.keys.explorer[tab], does: (ui) => showTab(ui, tab),
}));

export const EXPLORER: Layer = {
  title: (w) => w.layers.inExplorer,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.explorer.readAbout, when: isOnMap, does: (ui) => change(ui, { isReading: true }) },
    { keys: ['enter'], says: (w) => w.keys.explorer.goToMarked, when: isOnOwners, does: goToOwner },
    { keys: ['escape'], says: (w) => w.keys.explorer.backToMap, when: isReading, does: (ui) => change(ui, { isReading: false }) },
    { keys: ['escape', 'v', 'alt-v', 'i'], says: (w) => w.keys.common.backToPanes, when: isOnMap, does: closedSight },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.explorer.moveDown, when: isOnMap, does: (ui) => move(ui, { rows: 1 }) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.moveUp, when: isOnMap, does: (ui) => move(ui, { rows: -1 }) },
    { keys: ['right', 'l'], says: (w) => w.keys.common.nextOne, when: isOnMap, does: (ui) => move(ui, { columns: 1 }) },
    { keys: ['left', 'h'], says: (w) => w.keys.common.oneBefore, when: isOnMap, does: (ui) => move(ui, { columns: -1 }) },
    { keys: ['g', 'home'], says: (w) => w.keys.common.first, when: isOnMap, does: (ui) => move(ui, { columns: -Infinity }) },
    { keys: ['G', 'end'], says: (w) => w.keys.common.last, when: isOnMap, does: (ui) => move(ui, { columns: Infinity }) },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.common.scrollDown, when: isReading, does: (ui) => scroll(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.scrollUp, when: isReading, does: (ui) => scroll(ui, -1) },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.explorer.pageOnIn, when: hasDetail, does: (ui) => scroll(ui, ui.room.rows - 8) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.common.pageBack, when: hasDetail, does: (ui) => scroll(ui, 8 - ui.room.rows) },
    { keys: ['tab'], says: (w) => w.keys.explorer.nextTab, does: (ui) => nextTab(ui, 1) },
    { keys: ['shift-tab'], says: (w) => w.keys.explorer.tabBefore, does: (ui) => nextTab(ui, -1) },
    ...tabs,
    { keys: ['w'], says: (w) => w.keys.explorer.whyInTrouble, when: offersWhy, whyNot: (w) => w.whyNot.notOffered, does: (ui) => openWhy(ui, explorerOf(ui)?.selected) },
    { keys: ['c'], says: (w) => w.keys.explorer.command, when: hasDetail, does: typedCommand },
    { keys: ['o'], says: (w) => w.keys.explorer.group, does: (ui) => change(ui, { grouping: explorerOf(ui)?.grouping === 'nodes' ? 'workloads' : 'nodes' }) },
    { keys: ['z'], says: (w) => w.keys.explorer.zoom, does: (ui) => change(ui, { zoom: ZOOMS[(ZOOMS.indexOf(explorerOf(ui)?.zoom ?? 'auto') + 1) % ZOOMS.length] }) },
  ],
};
