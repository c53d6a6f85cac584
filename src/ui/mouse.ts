/**
 * The mouse. It is asked for only where nothing is typed or copied, so that at the prompt and in plain text the
 * terminal's own selection works as ever; elsewhere terminals select while Shift is held.
 */
import { press, type Layer } from './keys.ts';
import { explorerSpotAt } from './sights/explorer.ts';
import { changeSight } from './sights/sights.ts';
import { worldMapSpotAt } from './screens/world-map.ts';
import type { Key, Place } from './terminal/key-parser.ts';
import type { Ui } from './ui.ts';

/** Whether the terminal is to tell of clicks and the wheel now. */
export function wantsMouse(ui: Ui): boolean {
  const { screen, mission, dialogs } = ui.state;
  if (!ui.game.view().settings.mouse || screen === 'name') return false;
  return screen !== 'mission' || dialogs.length > 0 || !(mission.isTyping || mission.isCopying || mission.editor);
}

/** What the mouse does; false for keys. */
export function pressMouse(ui: Ui, layers: readonly Layer[], key: Key): boolean {
  if (key.id === 'click') {
    if (key.at && ui.state.dialogs.length === 0) click(ui, layers, key.at);
    return true;
  }
  if (key.id !== 'wheelup' && key.id !== 'wheeldown') return false;
  const arrow: Key = { id: key.id === 'wheelup' ? 'up' : 'down', text: '' };
  for (let row = 0; row < rowsAtOnce(ui); row += 1) press(ui, layers, arrow);
  return true;
}

/** A notch of the wheel: three rows of a text, one line of what is chosen from. */
function rowsAtOnce({ state: { dialogs, screen, mission } }: Ui): number {
  const top = dialogs.at(-1);
  if (top) return 'scroll' in top ? 3 : 1;
  if (screen !== 'mission') return 1;
  return mission.sight ? (mission.sight.screen === 'request' || (mission.sight.screen === 'explorer' && mission.sight.isReading) ? 3 : 1) : mission.focus === 'terminal' ? 1 : 3;
}

/** Chooses what lies there; what is chosen already is gone into. */
function click(ui: Ui, layers: readonly Layer[], at: Place): void {
  const { screen, mission: { sight }, levels } = ui.state;
  const view = ui.game.view();
  if (screen === 'map') {
    const id = worldMapSpotAt({ worlds: view.worlds, levels, size: ui.state.size }, ui.theme, at);
    if (id && id === levels.selected) press(ui, layers, { id: 'enter', text: '' });
    else if (id) ui.change({ levels: { ...levels, selected: id } });
  } else if (screen === 'mission' && sight?.screen === 'explorer' && view.mission) {
    const id = explorerSpotAt(view.mission, sight, ui.room, ui.theme, at);
    if (id === sight.selected && !sight.isReading) press(ui, layers, { id: 'enter', text: '' });
    else if (id) changeSight(ui, 'explorer', { selected: id, scroll: 0, isReading: false });
  }
}
