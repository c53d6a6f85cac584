/** Opening, changing and closing what lies over the panes. */
import { EMPTY_LINE, inserted } from '../line-editor.ts';
import { inMission, type UiState } from '../state/state.ts';
import type { Ui } from '../ui.ts';
import type { Sight } from './sight.ts';

export const openedSight = (state: UiState, sight: Sight): UiState => inMission(state, { sight, isTyping: false });

/** Changes the sight if it is the one on the screen. */
export function changedSight<S extends Sight['screen']>({ state }: Ui, screen: S, change: Partial<Extract<Sight, { screen: S }>>): UiState {
  const { sight } = state.mission;
  return sight?.screen === screen ? inMission(state, { sight: { ...sight, ...change } }) : state;
}

/** Back to the panes, with the prompt at hand. */
export const closedSight = ({ state, view: { mission } }: Ui): UiState =>
  inMission(state, { sight: undefined, focus: 'terminal', isTyping: mission?.debrief === undefined });

/** A command on the prompt, not yet run. */
export const typedLine = (ui: Ui, command: string): UiState => inMission(closedSight(ui), { line: inserted(EMPTY_LINE, command) });

/** The command that shows what is looked at. */
export function typedCommand(ui: Ui): UiState {
  const lens = ui.view.mission?.lens;
  return lens && 'command' in lens ? typedLine(ui, lens.command) : ui.state;
}
