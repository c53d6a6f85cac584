/**
 * The mouse. It is asked for only where nothing is typed or copied, so that at the prompt and in plain text the
 * terminal's own selection works as ever; elsewhere terminals select while Shift is held.
 */
import { press, type Layer } from './keys.ts';
import { explorerSpotAt } from './sights/explorer.ts';
import { changedSight } from './sights/sights.ts';
import { worldMapSpotAt } from './screens/world-map.ts';
import type { UiState } from './state/state.ts';
import type { Key, Place } from './terminal/key-parser.ts';
import { uiOf, type Ui } from './ui.ts';

/** Whether the terminal is to tell of clicks and the wheel now. */
export function wantsMouse({ state: { screen, mission, dialogs }, view: { settings } }: Ui): boolean {
  if (!settings.mouse || screen === 'name') return false;
  return screen !== 'mission' || dialogs.length > 0 || !(mission.isTyping || mission.isCopying || mission.editor);
}

/** The state after what the mouse does; undefined for keys. */
export function pressMouse(ui: Ui, layers: readonly Layer[], key: Key): UiState | undefined {
  if (key.id === 'click') return key.at && ui.state.dialogs.length === 0 ? click(ui, layers, key.at) : ui.state;
  if (key.id !== 'wheelup' && key.id !== 'wheeldown') return undefined;
  const arrow: Key = { id: key.id === 'wheelup' ? 'up' : 'down', text: '' };
  let { state } = ui;
  for (let row = 0; row < rowsAtOnce(ui); row += 1) state = press(uiOf(state, ui.view), layers, arrow) ?? state;
  return state;
}

/** A notch of the wheel: three rows of a text, one line of what is chosen from. */
function rowsAtOnce({ state: { dialogs, screen, mission } }: Ui): number {
  const top = dialogs.at(-1);
  if (top) return 'scroll' in top ? 3 : 1;
  if (screen !== 'mission') return 1;
  return mission.sight ? (mission.sight.screen === 'request' || (mission.sight.screen === 'explorer' && mission.sight.isReading) ? 3 : 1) : mission.focus === 'terminal' ? 1 : 3;
}

/** Chooses what lies there; what is chosen already is gone into. */
function click(ui: Ui, layers: readonly Layer[], at: Place): UiState {
  const { state, view } = ui;
  const { screen, mission: { sight }, levels, size } = state;
  const enter = () => press(ui, layers, { id: 'enter', text: '' }) ?? state;
  if (screen === 'map') {
    const id = worldMapSpotAt({ worlds: view.worlds, levels, size }, ui.theme, at);
    return id && id === levels.selected ? enter() : id ? { ...state, levels: { ...levels, selected: id } } : state;
  }
  if (screen !== 'mission' || sight?.screen !== 'explorer' || !view.mission) return state;
  const id = explorerSpotAt(view.mission, sight, ui.room, ui.theme, at);
  return id === sight.selected && !sight.isReading ? enter() : id ? changedSight(ui, 'explorer', { selected: id, scroll: 0, isReading: false }) : state;
}
