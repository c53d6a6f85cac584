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
  { keys: ['down'], shown: '↑↓', label: 'Move down; with a filter from one that answers to the next', short: 'move', does: (ui) => move(ui, { rows: 1 }) },
  { keys: ['up'], label: 'Move up', does: (ui) => move(ui, { rows: -1 }) },
  { keys: ['right'], label: 'The next one', does: (ui) => move(ui, { columns: 1 }) },
  { keys: ['left'], label: 'The one before', does: (ui) => move(ui, { columns: -1 }) },
];

const MAP: Layer = {
  title: 'World map',
  bindings: [
    { keys: ['enter'], label: 'Play the marked level', short: 'play', does: (ui) => play(ui) },
    { keys: ['down', 'j'], shown: '↑↓', label: 'Move down', short: 'move', does: (ui) => move(ui, { rows: 1 }) },
    { keys: ['up', 'k'], label: 'Move up', does: (ui) => move(ui, { rows: -1 }) },
    { keys: ['right', 'l'], label: 'The next one', does: (ui) => move(ui, { columns: 1 }) },
    { keys: ['left', 'h'], label: 'The one before', does: (ui) => move(ui, { columns: -1 }) },
    { keys: ['g', 'home'], label: 'The first', does: (ui) => move(ui, { columns: -Infinity }) },
    { keys: ['G', 'end'], label: 'The last', does: (ui) => move(ui, { columns: Infinity }) },
    { keys: ['n'], label: 'The next one that is open and unsolved', short: 'next unsolved', does: toUnsolved },
    { keys: ['/'], label: 'Find levels by a concept or other words', short: 'find', does: (ui) => setFilter(ui, true) },
    { keys: ['tab', 'm'], label: 'As a list', short: 'list', does: (ui) => ui.goTo('levels') },
    { keys: ['r'], label: 'Play it from its beginning', does: (ui) => play(ui, { fresh: true }) },
    { keys: ['escape'], label: 'Show all levels again', short: 'show all', when: (ui) => ui.state.levels.filter.text !== '', does: showAll },
    { keys: ['escape', 'q'], label: 'Back to the title', short: 'back', does: (ui) => ui.goTo('title') },
  ],
};

const FIND: Layer = {
  title: 'Find levels',
  bindings: [
    { keys: ['enter', 'tab'], label: 'Go on with these', short: 'keep', does: (ui) => { setFilter(ui, false); move(ui, {}); } },
    { keys: ['escape'], label: 'Show all', short: 'show all', does: showAll },
    ...moving,
  ],
  types: FILTER_TYPES,
};

export const worldMapLayers = (ui: Ui): Layer[] => [ui.state.levels.isFiltering ? FIND : MAP];
