/** The bell, for who has asked for it: an objective is reached, the mission is over. */
import type { Store } from './store.ts';

/** Listens until the returned function is called. */
export function startSounding(store: Store, ring: () => void): () => void {
  let level: string | undefined;
  let before = 0;
  return store.subscribe(() => {
    const { mission, settings } = store.game.view();
    const done = (mission?.objectives.filter(({ state }) => state === 'done').length ?? 0) + (mission?.debrief ? 1 : 0);
    if (settings.sound && mission?.levelId === level && done > before) ring();
    level = mission?.levelId;
    before = done;
  });
}
