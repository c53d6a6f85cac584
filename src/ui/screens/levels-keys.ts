/** The keys of the list of levels, and what they do to a level on the map too. */
import type { Layer } from '../keys.ts';
import { editLine, EMPTY_LINE } from '../line-editor.ts';
import type { Deed } from '../state/deeds.ts';
import { asking, goneTo, opened, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import { markedLevel, matching } from './levels.ts';

const foundOf = (ui: Ui) => matching(ui.view.worlds, ui.state.levels.filter.text, ui.words);

const withLevels = (state: UiState, change: Partial<UiState['levels']>): UiState => ({ ...state, levels: { ...state.levels, ...change } });

/** Marks a level, if there is one. */
export const selecting = (state: UiState, selected: string | undefined): UiState => (selected ? withLevels(state, { selected }) : state);

function move(ui: Ui, step: number): UiState {
  const found = foundOf(ui);
  const levels = found.flatMap((world) => world.levels);
  const marked = markedLevel(found, ui.state.levels.selected);
  const index = marked ? levels.indexOf(marked) : 0;
  return selecting(ui.state, levels[Math.max(0, Math.min(levels.length - 1, index + step))]?.id);
}

/** To the first level of the next or the previous world. */
function moveWorld(ui: Ui, step: number): UiState {
  const found = foundOf(ui);
  const marked = markedLevel(found, ui.state.levels.selected);
  const index = found.findIndex((world) => marked && world.levels.includes(marked));
  return selecting(ui.state, found[Math.max(0, Math.min(found.length - 1, index + step))]?.levels[0]?.id);
}

/** Plays the marked level; a locked one after asking. */
export function play(ui: Ui, options: { fresh?: boolean } = {}): UiState {
  const marked = markedLevel(foundOf(ui), ui.state.levels.selected);
  if (!marked) return ui.state;
  const start: Deed = { do: 'startLevel', id: marked.id, ...options };
  if (marked.state !== 'locked') return asking(ui.state, start);
  const { levels: words } = ui.words;
  return opened(ui.state, { kind: 'confirm', title: words.lockedTitle, text: words.lockedText(marked.needs?.join(', ') ?? ''), yes: words.playIt, no: words.notYet, then: { ...start, unlock: true } });
}

export const startFinding = ({ state }: Ui): UiState => withLevels(state, { isFiltering: true });

export const keepFound = ({ state }: Ui): UiState => withLevels(state, { isFiltering: false });

export const showAll = ({ state }: Ui): UiState => withLevels(state, { isFiltering: false, filter: EMPTY_LINE });

/** Types at what is looked for. */
export const FILTER_TYPES: NonNullable<Layer['types']> = ({ state }, key) => {
  const filter = editLine(state.levels.filter, key, []);
  return filter && withLevels(state, { filter });
};

const LIST: Layer = {
  title: (w) => w.layers.levels,
  bindings: [
    { keys: ['enter', 'right', 'l'], says: (w) => w.keys.levels.play, does: (ui) => play(ui) },
    { keys: ['down', 'j', 'ctrl-n'], shown: '↑↓', says: (w) => w.keys.levels.nextLevel, does: (ui) => move(ui, 1) },
    { keys: ['up', 'k', 'ctrl-p'], says: (w) => w.keys.levels.levelBefore, does: (ui) => move(ui, -1) },
    { keys: ['pagedown', 'ctrl-d', 'ctrl-f'], says: (w) => w.keys.levels.tenLevelsOn, does: (ui) => move(ui, 10) },
    { keys: ['pageup', 'ctrl-u', 'ctrl-b'], says: (w) => w.keys.levels.tenLevelsBack, does: (ui) => move(ui, -10) },
    { keys: ['g', 'home'], says: (w) => w.keys.levels.firstLevel, does: (ui) => move(ui, -Infinity) },
    { keys: ['G', 'end'], says: (w) => w.keys.levels.lastLevel, does: (ui) => move(ui, Infinity) },
    { keys: ['tab', '}'], says: (w) => w.keys.levels.nextWorld, does: (ui) => moveWorld(ui, 1) },
    { keys: ['shift-tab', '{'], says: (w) => w.keys.levels.worldBefore, does: (ui) => moveWorld(ui, -1) },
    { keys: ['/'], says: (w) => w.keys.levels.find, does: startFinding },
    { keys: ['m'], says: (w) => w.keys.levels.asMap, does: ({ state }) => goneTo(state, 'map') },
    { keys: ['r'], says: (w) => w.keys.levels.playAnew, does: (ui) => play(ui, { fresh: true }) },
    { keys: ['escape'], says: (w) => w.keys.common.showAllLevels, when: (ui) => ui.state.levels.filter.text !== '', does: showAll },
    { keys: ['escape', 'q', 'left', 'h'], says: (w) => w.keys.common.backToTitle, does: ({ state }) => goneTo(state, 'title') },
  ],
};

const FILTER: Layer = {
  title: (w) => w.layers.findLevels,
  bindings: [
    { keys: ['enter', 'tab'], says: (w) => w.keys.common.keepThese, does: keepFound },
    { keys: ['escape'], says: (w) => w.keys.common.showAll, does: showAll },
    { keys: ['down'], shown: '↑↓', says: (w) => w.keys.levels.nextLevel, does: (ui) => move(ui, 1) },
    { keys: ['up'], says: (w) => w.keys.levels.levelBefore, does: (ui) => move(ui, -1) },
  ],
  types: FILTER_TYPES,
};

export const levelsLayers = (ui: Ui): Layer[] => [ui.state.levels.isFiltering ? FILTER : LIST];
