/** Lets the cluster's time pass while a mission is played: a few times a second, never two at once. */
import type { Ui } from './ui.ts';

const TICK_MS = 125;
/** After a pause of the process (sleep, Ctrl-Z) time goes on from where it was; it does not catch up. */
const GAP_MAX_MS = 1_000;

/** Whether time passes: a mission is on the screen, not over, not paused, and nobody is reading a card; what is read on the door's card is done elsewhere meanwhile. */
function isTimePassing(ui: Ui): boolean {
  const { mission } = ui.game.view();
  const { screen, dialogs, busy } = ui.state;
  return screen === 'mission' && mission !== undefined && !mission.debrief && mission.speed !== 'paused' && dialogs.every(({ kind }) => kind === 'door') && !busy;
}

/** Runs until the returned function is called. `crash` gets what a tick throws: a bug of ours. */
export function startTicking(ui: Ui, crash: (error: unknown) => void): () => void {
  let lastMs = performance.now();
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;

  const tick = () => {
    const nowMs = performance.now();
    const passedMs = Math.min(GAP_MAX_MS, nowMs - lastMs);
    lastMs = nowMs;
    isBusy = true;
    (ui.game.mission()?.tick(passedMs) ?? Promise.resolve()).then(() => { isBusy = false; adjust(); }, crash);
  };
  const adjust = () => {
    if (!isTimePassing(ui)) {
      clearTimeout(timer);
      timer = undefined;
    } else if (timer === undefined && !isBusy) {
      lastMs = Math.max(lastMs, performance.now() - TICK_MS);
      timer = setTimeout(() => { timer = undefined; tick(); }, TICK_MS);
    }
  };
  const stops = [ui.subscribe(adjust), ui.game.subscribe(adjust)];
  adjust();
  return () => {
    stops.forEach((stop) => stop());
    clearTimeout(timer);
  };
}
