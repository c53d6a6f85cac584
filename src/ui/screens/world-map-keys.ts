/** The keys of the world map. */
import type { Binding, Layer } from '../keys.ts';
import { neighbour } from '../sights/map-row.ts';
import type { Ui } from '../ui.ts';
import { FILTER_TYPES, markedLevel, play, setFilter, showAll } from './levels.ts';
import { worldMap } from './world-map.ts';

const select = (ui: Ui, selected: string | undefined) => ui.change({ levels: { ...ui.state.levels, ...(selected ? { selected } : {}) } });

function move(ui: Ui, step: { rows?: number; columns?: number }): void {
  const { worlds } = ui.game.view();
  const { levels, size } = ui.state;
  select(ui, neighbour(worldMap({ worlds, levels, size }, ui.theme), markedLevel(worlds, levels.selected)?.id ?? '', step));
}

/** The next level, from the marked one on and around, that is open and not won. */
function toUnsolved(ui: Ui): void {
  const levels = ui.game.view().worlds.flatMap((world) => world.levels);
  const at = levels.findIndex(({ id }) => id === markedLevel(ui.game.view().worlds, ui.state.levels.selected)?.id);
  select(ui, [...levels.slice(at + 1), ...levels.slice(0, at + 1)].find(({ state }) => state === 'open' || state === 'started')?.id);
}

const moving: readonly Binding[] = [
  { keys: ['down'], shown: '↑↓', says: (w) => w.keys.map.moveFound, does: (ui) => move(ui, { rows: 1 }) },
  { keys: ['up'], says: (w) => w.keys.common.moveUp, does: (ui) => move(ui, { rows: -1 }) },
  { keys: ['right'], says: (w) => w.keys.common.nextOne, does: (ui) => move(ui, { columns: 1 }) },
  { keys: ['left'], says: (w) => w.keys.common.oneBefore, does: (ui) => move(ui, { columns: -1 }) },
];

const MAP: Layer = {
  title: (w) => w.layers.worldMap,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.map.play, does: (ui) => play(ui) },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.map.moveDown, does: (ui) => move(ui, { rows: 1 }) },
    { keys: ['up', 'k'], says: (w) => w.keys.common.moveUp, does: (ui) => move(ui, { rows: -1 }) },
    { keys: ['right', 'l'], says: (w) => w.keys.common.nextOne, does: (ui) => move(ui, { columns: 1 }) },
    { keys: ['left', 'h'], says: (w) => w.keys.common.oneBefore, does: (ui) => move(ui, { columns: -1 }) },
    { keys: ['g', 'home'], says: (w) => w.keys.common.first, does: (ui) => move(ui, { columns: -Infinity }) },
    { keys: ['G', 'end'], says: (w) => w.keys.common.last, does: (ui) => move(ui, { columns: Infinity }) },
    { keys: ['n'], says: (w) => w.keys.map.nextUnsolved, does: toUnsolved },
    { keys: ['/'], says: (w) => w.keys.map.find, does: (ui) => setFilter(ui, true) },
    { keys: ['tab', 'm'], says: (w) => w.keys.map.asList, does: (ui) => ui.goTo('levels') },
    { keys: ['r'], says: (w) => w.keys.map.playAnew, does: (ui) => play(ui, { fresh: true }) },
    { keys: ['escape'], says: (w) => w.keys.common.showAllLevels, when: (ui) => ui.state.levels.filter.text !== '', does: showAll },
    { keys: ['escape', 'q'], says: (w) => w.keys.common.backToTitle, does: (ui) => ui.goTo('title') },
  ],
};

const FIND: Layer = {
  title: (w) => w.layers.findLevels,
  bindings: [
    { keys: ['enter', 'tab'], says: (w) => w.keys.map.keep, does: (ui) => { setFilter(ui, false); move(ui, {}); } },
    { keys: ['escape'], says: (w) => w.keys.common.showAll, does: showAll },
    ...moving,
  ],
  types: FILTER_TYPES,
};

export const worldMapLayers = (ui: Ui): Layer[] => [ui.state.levels.isFiltering ? FIND : MAP];
