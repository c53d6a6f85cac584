/** Lets the cluster's time pass while a mission is played: often while something is going on, seldom while nobody does anything; never two at once. */
import type { ClusterView } from '../engine/view.ts';
import type { Store } from './store.ts';

const TICK_MS = 125;
/** Nobody types, nothing runs, nothing changes: a second later is soon enough, and costs an eighth. */
const QUIET_TICK_MS = 1_000;
const QUIET_AFTER_MS = 3_000;
/** After a pause of the process (sleep, Ctrl-Z) time goes on from where it was; it does not catch up. */
const GAP_MAX_MS = 2_000;

/** Whether time passes: a mission is on the screen, not paused, nobody is reading a card, and it is not over, or something that was typed runs. */
function isTimePassing(store: Store): boolean {
  const { mission } = store.game.view();
  const { screen, dialogs, busy } = store.state;
  return screen === 'mission' && mission !== undefined && (!mission.debrief || mission.prompt.state === 'running') && mission.speed !== 'paused' && dialogs.length === 0 && !busy;
}

/** Whether a command runs or time has been hurried. */
function isLively(store: Store): boolean {
  const { mission } = store.game.view();
  return mission?.prompt.state === 'running' || mission?.speed !== 1;
}

/** Runs until the returned function is called. `crash` gets what a tick throws: a bug of ours. */
export function startTicking(store: Store, crash: (error: unknown) => void): () => void {
  let lastMs = performance.now();
  let deedMs = lastMs;
  let state = store.state;
  let cluster: ClusterView | undefined;
  let isBusy = false;
  let timer: NodeJS.Timeout | undefined;
  let pausedFor = 0;

  const stopTimer = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  const tick = () => {
    const nowMs = performance.now();
    const passedMs = Math.min(GAP_MAX_MS, nowMs - lastMs);
    lastMs = nowMs;
    isBusy = true;
    (store.game.mission()?.tick(passedMs) ?? Promise.resolve()).then(() => { isBusy = false; adjust(); }, crash);
  };
  const adjust = () => {
    if (!isTimePassing(store)) return stopTimer();
    const nowMs = performance.now();
    const { cluster: shown } = store.game.view().mission ?? {};
    if (store.state !== state || shown !== cluster) [state, cluster, deedMs] = [store.state, shown, nowMs]; // A key was pressed, or a Pod has moved.
    const pauseMs = isLively(store) || nowMs - deedMs < QUIET_AFTER_MS ? TICK_MS : QUIET_TICK_MS;
    if (timer !== undefined && pausedFor > pauseMs) stopTimer();
    if (timer !== undefined || isBusy) return;
    lastMs = Math.max(lastMs, nowMs - pauseMs);
    pausedFor = pauseMs;
    timer = setTimeout(() => { timer = undefined; tick(); }, pauseMs);
  };
  const stop = store.subscribe(adjust);
  adjust();
  return () => {
    stop();
    stopTimer();
  };
}
