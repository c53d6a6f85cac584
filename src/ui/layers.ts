/** Which keys are heard now: those of the dialog on top, or of the screen. */
import { dialogLayer } from './dialogs/dialog-keys.ts';
import type { Layer } from './keys.ts';
import { QUIT, screenLayers } from './screen-layers.ts';
import type { Ui } from './ui.ts';

/** All layers that hear a key, top first. */
export function layersOf(ui: Ui): Layer[] {
  if (ui.state.busy) return [QUIT];
  return ui.dialog ? [dialogLayer(ui.dialog), QUIT] : screenLayers(ui);
}
