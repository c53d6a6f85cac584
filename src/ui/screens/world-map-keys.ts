/** The keys of the world map. */
import type { Binding, Layer } from '../keys.ts';
import { neighbour } from '../sights/map-row.ts';
import { goneTo, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { FILTER_TYPES, keepFound, play, selecting, showAll, startFinding } from './levels-keys.ts';
import { markedLevel } from './levels.ts';
import { worldMap } from './world-map.ts';

function move({ state, view: { worlds }, theme }: Ui, step: { rows?: number; columns?: number }): UiState {
  const { levels, size } = state;
  return selecting(state, neighbour(worldMap({ worlds, levels, size }, theme), markedLevel(worlds, levels.selected)?.id ?? '', step));
}

/** The next level, from the marked one on and around, that is open and not won. */
function toUnsolved({ state, view: { worlds } }: Ui): UiState {
  const levels = worlds.flatMap((world) => world.levels);
  const at = levels.findIndex(({ id }) => id === markedLevel(worlds, state.levels.selected)?.id);
  return selecting(state, [...levels.slice(at + 1), ...levels.slice(0, at + 1)].find(({ state }) => state === 'open' || state === 'started')?.id);
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
    { keys: ['/'], says: (w) => w.keys.map.find, does: startFinding },
    { keys: ['tab', 'm'], says: (w) => w.keys.map.asList, does: ({ state }) => goneTo(state, 'levels') },
    { keys: ['r'], says: (w) => w.keys.map.playAnew, does: (ui) => play(ui, { fresh: true }) },
    { keys: ['escape'], says: (w) => w.keys.common.showAllLevels, when: (ui) => ui.state.levels.filter.text !== '', does: showAll },
    { keys: ['escape', 'q'], says: (w) => w.keys.common.backToTitle, does: ({ state }) => goneTo(state, 'title') },
  ],
};

const FIND: Layer = {
  title: (w) => w.layers.findLevels,
  bindings: [
    { keys: ['enter', 'tab'], says: (w) => w.keys.map.keep, does: (ui) => move({ ...ui, state: keepFound(ui) }, {}) },
    { keys: ['escape'], says: (w) => w.keys.common.showAll, does: showAll },
    ...moving,
  ],
  types: FILTER_TYPES,
};

export const worldMapLayers = (ui: Ui): Layer[] => [ui.state.levels.isFiltering ? FIND : MAP];
