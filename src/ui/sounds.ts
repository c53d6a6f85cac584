/** The bell, for who has asked for it: an objective is reached, the mission is over. */
import type { Ui } from './ui.ts';

/** Listens until the returned function is called. */
export function startSounding(ui: Ui, ring: () => void): () => void {
  let level: string | undefined;
  let before = 0;
  return ui.subscribeGame(() => {
    const { mission, settings } = ui.game.view();
    const done = (mission?.objectives.filter(({ state }) => state === 'done').length ?? 0) + (mission?.debrief ? 1 : 0);
    if (settings.sound && mission?.levelId === level && done > before) ring();
    level = mission?.levelId;
    before = done;
  });
}
