/** What is done to a mission as a whole: looked at, begun again, left. */
import type { Pane } from './layout.ts';
import type { Ui } from './ui.ts';

export const isRunning = (ui: Ui) => ui.game.view().mission?.prompt.state === 'running';
export const isOver = (ui: Ui) => ui.game.view().mission?.debrief !== undefined;

export function focusOn(ui: Ui, focus: Pane): void {
  ui.changeMission({ sight: undefined, focus, isTyping: focus === 'terminal' && !isOver(ui) });
}

/** Asks, then begins the level again. */
export function retry(ui: Ui): void {
  ui.openDialog({
    kind: 'confirm', title: 'Begin again?', text: 'The level starts from its beginning. What you did in this attempt is given up.', yes: 'begin again', no: 'go on',
    then: () => ui.withMission((actions) => ui.begin('Setting the scene', () => actions.retry())),
  });
}

/** Lets the player's own tools in and tells how they come in; or shuts the door. */
export function toggleDoor(ui: Ui): void {
  const wasOpen = isDoorOpen(ui);
  ui.withMission((actions) => ui.attempt(wasOpen ? 'Closing the door' : 'Opening the door', () => actions.toggleDoor(), () => { if (isDoorOpen(ui)) ui.openDialog({ kind: 'door' }); }));
}

const isDoorOpen = (ui: Ui) => ui.game.view().mission?.door !== undefined;

export function leave(ui: Ui): void {
  const go = () => ui.withMission((actions) => ui.attempt('Saving', () => actions.quit(), () => ui.goTo('levels')));
  if (isOver(ui)) return go();
  if (ui.game.view().mission?.isReplay) return ui.quit();
  ui.openDialog({ kind: 'confirm', title: 'Leave the mission?', text: 'It is saved as it is. You can go on later where you left it.', yes: 'leave', no: 'stay', then: go });
}
