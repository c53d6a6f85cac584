/** Which keys mean what now: the layers of the screen, under those of the dialog, above those of the whole game. */
import { dialogLayer } from './dialogs.ts';
import type { Binding, Layer } from './keys.ts';
import { openPalette } from './palette.ts';
import { missionLayers } from './mission-keys.ts';
import { levelsLayers } from './screens/levels.ts';
import { menuLayers, nameLayers } from './screens/menus.ts';
import { progressLayers } from './screens/progress.ts';
import { worldMapLayers } from './screens/world-map-keys.ts';
import { TOUR_LAYER } from './tour-keys.ts';
import type { Ui } from './ui.ts';

/** All layers that hear a key now, top first. */
export function layersOf(ui: Ui): Layer[] {
  const { dialog } = ui;
  if (ui.state.busy) return [QUIT];
  return dialog ? [dialogLayer(dialog), QUIT] : [...screenLayers(ui), GAME_WIDE];
}

function screenLayers(ui: Ui): Layer[] {
  switch (ui.state.screen) {
    case 'mission': return ui.state.tour ? [TOUR_LAYER, ...missionLayers(ui)] : missionLayers(ui);
    case 'levels': return levelsLayers(ui);
    case 'map': return worldMapLayers(ui);
    case 'progress': return progressLayers(ui);
    case 'name': return nameLayers(ui);
    case 'title': case 'players': case 'sandbox': case 'settings': return menuLayers(ui);
  }
}

const quitBinding: Binding = {
  keys: ['ctrl-c'], says: (w) => w.keys.always.quit,
  does: (ui) => ui.state.isQuitArmed ? ui.quit() : ui.change({ isQuitArmed: true }),
};

const suspendBinding: Binding = { keys: ['ctrl-z'], says: (w) => w.keys.always.suspend, when: (ui) => ui.suspend !== undefined, does: (ui) => ui.suspend?.() };

const QUIT: Layer = { title: (w) => w.layers.always, bindings: [quitBinding, suspendBinding] };

const GAME_WIDE: Layer = {
  title: (w) => w.layers.always,
  bindings: [
    quitBinding, suspendBinding,
    { keys: [':', 'alt-a', 'alt-:', 'f8'], says: (w) => w.keys.always.everything, does: (ui) => openPalette(ui, layersOf(ui)) },
    { keys: ['?', 'alt-?', 'f1'], says: (w) => w.keys.always.theseKeys, does: (ui) => ui.openDialog({ kind: 'help', layers: layersOf(ui), scroll: 0 }) },
  ],
};
