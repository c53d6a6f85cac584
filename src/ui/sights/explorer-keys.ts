/** The keys of the explorer. */
import { idOf, OBJECT_TABS, type ObjectTab } from '../../engine/lens/lens-view.ts';
import type { Binding, Layer } from '../keys.ts';
import type { Ui } from '../ui.ts';
import { detailLength } from './detail.ts';
import { firstChoice, mapOf } from './explorer.ts';
import { neighbour } from './map-row.ts';
import { changeSight, closeSight, openSight, typeCommand } from './sights.ts';
import { offersWhy, openWhy } from './why-keys.ts';
import { WIDE, type ExplorerSight, type Zoom } from './sight.ts';

/** Opens the map, with something chosen that is worth a look. */
export function openExplorer(ui: Ui): void {
  ui.withMission((_, { cluster }) => openSight(ui, { screen: 'explorer', selected: firstChoice(cluster), grouping: 'nodes', zoom: 'auto', isReading: false, tab: 'describe', scroll: 0 }));
}

function explorerOf(ui: Ui): ExplorerSight | undefined {
  const { sight } = ui.state.mission;
  return sight?.screen === 'explorer' ? sight : undefined;
}

const isReading = (ui: Ui) => explorerOf(ui)?.isReading === true;
const isOnMap = (ui: Ui) => !isReading(ui);
const hasDetail = (ui: Ui) => isReading(ui) || ui.room.columns >= WIDE;
const isOnOwners = (ui: Ui) => isReading(ui) && explorerOf(ui)?.tab === 'owners';

const change = (ui: Ui, changed: Partial<ExplorerSight>) => changeSight(ui, 'explorer', changed);

function move(ui: Ui, step: { rows?: number; columns?: number }): void {
  const sight = explorerOf(ui);
  if (sight) ui.withMission((_, view) => {
    const selected = neighbour(mapOf(view, sight, ui.room, ui.theme), sight.selected, step);
    if (selected) change(ui, { selected, scroll: 0 });
  });
}

function scroll(ui: Ui, by: number): void {
  const sight = explorerOf(ui);
  if (sight) ui.withMission((_, { lens }) => {
    const { columns, rows } = ui.room;
    const length = detailLength(lens, sight, (columns >= WIDE ? Math.ceil(columns / 2) : columns) - 4, ui.theme);
    const last = sight.tab === 'owners' ? length - 1 : length - (rows - 5);
    change(ui, { scroll: Math.max(0, Math.min(last, sight.scroll + by)) });
  });
}

const showTab = (ui: Ui, tab: ObjectTab) => change(ui, { tab, scroll: 0, isReading: isReading(ui) || ui.room.columns < WIDE });

function nextTab(ui: Ui, step: number): void {
  const sight = explorerOf(ui);
  if (sight) showTab(ui, OBJECT_TABS[(OBJECT_TABS.indexOf(sight.tab) + step + OBJECT_TABS.length) % OBJECT_TABS.length]!);
}

/** Goes to the marked object of the owner chain. */
function goToOwner(ui: Ui): void {
  ui.withMission((_, { lens }) => {
    const chosen = lens?.of === 'object' ? lens.chain?.[explorerOf(ui)?.scroll ?? 0] : undefined;
    if (chosen) change(ui, { selected: idOf(chosen.ref), tab: 'describe', scroll: 0 });
  });
}

const ZOOMS: readonly Zoom[] = ['auto', 'pods', 'nodes', 'heat'];

const tabs: readonly Binding[] = OBJECT_TABS.map((tab, index) => ({
  keys: [String(index + 1)], label: `${{ describe: 'What kubectl describe says', yaml: 'As YAML', events: 'Its events', logs: 'Its logs; of a node the kubelet’s', owners: 'What it belongs to and what belongs to it' }[tab]}`, does: (ui) => showTab(ui, tab),
}));

export const EXPLORER: Layer = {
  title: 'In the explorer',
  bindings: [
    { keys: ['enter'], label: 'Read about it', short: 'read', when: isOnMap, does: (ui) => change(ui, { isReading: true }) },
    { keys: ['enter'], label: 'Go to the marked object', short: 'go there', when: isOnOwners, does: goToOwner },
    { keys: ['escape'], label: 'Back to the map', short: 'map', when: isReading, does: (ui) => change(ui, { isReading: false }) },
    { keys: ['escape', 'v', 'alt-v', 'i'], label: 'Back to the panes', short: 'back', when: isOnMap, does: closeSight },
    { keys: ['down', 'j'], shown: '↑↓', label: 'Move to what lies below', short: 'move', when: isOnMap, does: (ui) => move(ui, { rows: 1 }) },
    { keys: ['up', 'k'], label: 'Move up', when: isOnMap, does: (ui) => move(ui, { rows: -1 }) },
    { keys: ['right', 'l'], label: 'The next one', when: isOnMap, does: (ui) => move(ui, { columns: 1 }) },
    { keys: ['left', 'h'], label: 'The one before', when: isOnMap, does: (ui) => move(ui, { columns: -1 }) },
    { keys: ['g', 'home'], label: 'The first', when: isOnMap, does: (ui) => move(ui, { columns: -Infinity }) },
    { keys: ['G', 'end'], label: 'The last', when: isOnMap, does: (ui) => move(ui, { columns: Infinity }) },
    { keys: ['down', 'j'], shown: '↑↓', label: 'Scroll down', short: 'scroll', when: isReading, does: (ui) => scroll(ui, 1) },
    { keys: ['up', 'k'], label: 'Scroll up', when: isReading, does: (ui) => scroll(ui, -1) },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], label: 'A page on in what is read', when: hasDetail, does: (ui) => scroll(ui, ui.room.rows - 8) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], label: 'A page back', when: hasDetail, does: (ui) => scroll(ui, 8 - ui.room.rows) },
    { keys: ['tab'], label: 'The next tab', short: 'tab', does: (ui) => nextTab(ui, 1) },
    { keys: ['shift-tab'], label: 'The tab before', does: (ui) => nextTab(ui, -1) },
    ...tabs,
    { keys: ['w'], label: 'Why is it in trouble?', short: 'why?', when: offersWhy, whyNot: 'this level does not offer it', does: (ui) => openWhy(ui, explorerOf(ui)?.selected) },
    { keys: ['c'], label: 'The command that shows this, typed at the prompt', short: 'command', when: hasDetail, does: typeCommand },
    { keys: ['o'], label: 'By node, or by workload', short: 'group', does: (ui) => change(ui, { grouping: explorerOf(ui)?.grouping === 'nodes' ? 'workloads' : 'nodes' }) },
    { keys: ['z'], label: 'Nearer or farther: Pods, nodes in rows, nodes as cells', short: 'zoom', does: (ui) => change(ui, { zoom: ZOOMS[(ZOOMS.indexOf(explorerOf(ui)?.zoom ?? 'auto') + 1) % ZOOMS.length] }) },
  ],
};
