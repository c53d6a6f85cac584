/** The keys of the progress: over the concepts, and into a drill. */
import type { Layer } from '../keys.ts';
import { asking, goneTo, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';

const conceptsOf = (ui: Ui) => ui.view.practice?.concepts ?? [];
const marked = (ui: Ui) => conceptsOf(ui)[ui.state.menuIndex];

function move(ui: Ui, step: number): UiState {
  return { ...ui.state, menuIndex: Math.max(0, Math.min(conceptsOf(ui).length - 1, ui.state.menuIndex + step)) };
}

/** Plays the shortest level on the concept, from its beginning when it is a repetition. */
function drill(ui: Ui): UiState {
  const { levelId, won = 0 } = marked(ui) ?? {};
  return levelId ? asking(ui.state, { do: 'startLevel', id: levelId, fresh: won > 0 }) : ui.state;
}

const PROGRESS: Layer = {
  title: (w) => w.layers.progress,
  bindings: [
    { keys: ['enter'], says: (w) => w.keys.progress.drill, when: (ui) => marked(ui)?.levelId !== undefined, whyNot: (w) => w.whyNot.levelsLocked, does: drill },
    { keys: ['down', 'j'], shown: '↑↓', says: (w) => w.keys.progress.nextConcept, does: (ui) => move(ui, 1) },
    { keys: ['up', 'k'], says: (w) => w.keys.progress.conceptBefore, does: (ui) => move(ui, -1) },
    { keys: ['pagedown', 'ctrl-f', 'ctrl-d'], says: (w) => w.keys.progress.tenOn, does: (ui) => move(ui, 10) },
    { keys: ['pageup', 'ctrl-b', 'ctrl-u'], says: (w) => w.keys.progress.tenBack, does: (ui) => move(ui, -10) },
    { keys: ['g', 'home'], says: (w) => w.keys.common.first, does: (ui) => move(ui, -Infinity) },
    { keys: ['G', 'end'], says: (w) => w.keys.common.last, does: (ui) => move(ui, Infinity) },
    { keys: ['m'], says: (w) => w.keys.progress.worldMap, does: ({ state }) => goneTo(state, 'map') },
    { keys: ['escape', 'q', 'left'], says: (w) => w.keys.common.backToTitle, does: ({ state }) => goneTo(state, 'title') },
  ],
};

export const progressLayers = (_: Ui): Layer[] => [PROGRESS];
