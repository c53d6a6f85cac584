/** Which keys mean what on the screen: its own layers, above those of the whole game. */
import { EMPTY_LINE } from './line-editor.ts';
import type { Binding, Layer } from './keys.ts';
import { missionLayers } from './mission-keys.ts';
import { levelsLayers } from './screens/levels-keys.ts';
import { menuLayers, nameLayers } from './screens/menus-keys.ts';
import { progressLayers } from './screens/progress-keys.ts';
import { worldMapLayers } from './screens/world-map-keys.ts';
import { asking, opened } from './state/state.ts';
import { TOUR_LAYER } from './tour-keys.ts';
import type { Ui } from './ui.ts';

/** All layers that hear a key while no dialog is open, top first. */
export const screenLayers = (ui: Ui): Layer[] => [...layersOfScreen(ui), GAME_WIDE];

function layersOfScreen(ui: Ui): Layer[] {
  switch (ui.state.screen) {
    case 'mission': return ui.state.tour ? [TOUR_LAYER, ...missionLayers(ui)] : missionLayers(ui);
    case 'levels': return levelsLayers(ui);
    case 'map': return worldMapLayers(ui);
    case 'progress': return progressLayers(ui);
    case 'name': return nameLayers(ui);
    case 'title': case 'players': case 'sandbox': case 'settings': return menuLayers(ui);
  }
}

const outOfHere: readonly Binding[] = [
  { keys: ['ctrl-c'], says: (w) => w.keys.always.quit, does: ({ state }) => (state.isQuitArmed ? asking(state, { do: 'exit' }) : { ...state, isQuitArmed: true }) },
  { keys: ['ctrl-z'], says: (w) => w.keys.always.suspend, when: ({ state }) => state.canSuspend, does: ({ state }) => asking(state, { do: 'suspend' }) },
];

/** What is heard even while one waits. */
export const QUIT: Layer = { title: (w) => w.layers.always, bindings: outOfHere };

const GAME_WIDE: Layer = {
  title: (w) => w.layers.always,
  bindings: [
    ...outOfHere,
    { keys: [':', 'alt-a', 'alt-:', 'f8'], says: (w) => w.keys.always.everything, does: ({ state }) => opened(state, { kind: 'palette', query: EMPTY_LINE, index: 0 }) },
    { keys: ['?', 'alt-?', 'f1'], says: (w) => w.keys.always.theseKeys, does: ({ state }) => opened(state, { kind: 'help', scroll: 0 }) },
  ],
};
