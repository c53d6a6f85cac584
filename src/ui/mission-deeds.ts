/** What is done to a mission as a whole: looked at, begun again, left. */
import type { Pane } from './layout.ts';
import { asking, inMission, opened, type UiState } from './state/state.ts';
import type { Ui } from './ui.ts';

export const isRunning = ({ view }: Ui) => view.mission?.prompt.state === 'running';
export const isOver = ({ view }: Ui) => view.mission?.debrief !== undefined;

export const focusedOn = (ui: Ui, focus: Pane): UiState => inMission(ui.state, { sight: undefined, focus, isTyping: focus === 'terminal' });

/** Asks, then begins the level again. */
export function retry({ state, words: { dialogs: words } }: Ui): UiState {
  return opened(state, { kind: 'confirm', title: words.retryTitle, text: words.retryText, yes: words.retryYes, no: words.retryNo, then: { do: 'retry' } });
}

/** Lets the player's own tools in and tells how they come in; or shuts the door. */
export const toggleDoor = ({ state, view: { mission } }: Ui): UiState => asking(state, { do: mission?.door ? 'closeDoor' : 'openDoor' });

/** To the levels; out of a mission that goes on after asking. */
export function leave(ui: Ui): UiState {
  if (isOver(ui)) return asking(ui.state, { do: 'quit', to: 'levels' });
  if (ui.view.mission?.isReplay) return asking(ui.state, { do: 'exit' });
  const { dialogs: words } = ui.words;
  return opened(ui.state, { kind: 'confirm', title: words.leaveTitle, text: words.leaveText, yes: words.leaveYes, no: words.leaveNo, then: { do: 'quit', to: 'levels' } });
}
