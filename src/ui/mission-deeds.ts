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
  const { dialogs: words } = ui.words;
  ui.openDialog({
    kind: 'confirm', title: words.retryTitle, text: words.retryText, yes: words.retryYes, no: words.retryNo,
    then: () => ui.withMission((actions) => ui.begin(ui.words.busy.scene, () => actions.retry())),
  });
}

/** Lets the player's own tools in and tells how they come in; or shuts the door. */
export function toggleDoor(ui: Ui): void {
  const wasOpen = isDoorOpen(ui);
  ui.withMission((actions) => ui.attempt(wasOpen ? ui.words.busy.closingDoor : ui.words.busy.openingDoor, () => actions.toggleDoor(), () => { if (isDoorOpen(ui)) ui.openDialog({ kind: 'door' }); }));
}

const isDoorOpen = (ui: Ui) => ui.game.view().mission?.door !== undefined;

export function leave(ui: Ui): void {
  const go = () => ui.withMission((actions) => ui.attempt(ui.words.busy.saving, () => actions.quit(), () => ui.goTo('levels')));
  if (isOver(ui)) return go();
  if (ui.game.view().mission?.isReplay) return ui.quit();
  const { dialogs: words } = ui.words;
  ui.openDialog({ kind: 'confirm', title: words.leaveTitle, text: words.leaveText, yes: words.leaveYes, no: words.leaveNo, then: go });
}
