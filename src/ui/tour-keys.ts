/** The keys of the tour, and how it begins and ends. */
import type { Layer } from './keys.ts';
import { TOUR, TOUR_SANDBOX } from './tour.ts';
import type { Ui } from './ui.ts';

/** Shows a small cluster of its own. */
export function beginTour(ui: Ui): void {
  ui.begin(ui.words.busy.cluster, () => ui.game.startSandbox(TOUR_SANDBOX), () => ui.change({ tour: { step: 0 } }));
}

/** Asks a player who has just come whether they want to be shown around. */
export function offerTour(ui: Ui): void {
  const { dialogs: words } = ui.words;
  ui.openDialog({
    kind: 'confirm', title: words.tourTitle, yes: words.tourYes, no: words.tourNo, text: words.tourText, then: beginTour,
  });
}

function next(ui: Ui): void {
  const { tour } = ui.state;
  if (!tour) return;
  if (tour.step < TOUR.length - 1) ui.change({ tour: { step: tour.step + 1 } });
  else end(ui);
}

function end(ui: Ui): void {
  ui.change({ tour: undefined });
  ui.withMission((actions) => ui.attempt('', () => actions.quit(), () => ui.goTo('title')));
}

/** Over everything else in a mission, while the tour goes on. */
export const TOUR_LAYER: Layer = {
  title: (w) => w.layers.inTour,
  bindings: [
    { keys: ['alt-enter'], says: (w) => w.keys.tour.next, does: next },
    { keys: ['alt-q'], says: (w) => w.keys.tour.leave, does: end },
  ],
};
