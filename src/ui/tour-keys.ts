/** The keys of the tour, and how it begins and ends. */
import type { Words } from '../language/words.ts';
import type { Layer } from './keys.ts';
import type { Deed } from './state/deeds.ts';
import { asking, type Dialog, type UiState } from './state/state.ts';
import { TOUR, TOUR_SANDBOX } from './tour.ts';
import type { Ui } from './ui.ts';

/** Shows a small cluster of its own. */
export const BEGIN_TOUR: Deed = { do: 'startSandbox', size: TOUR_SANDBOX, isTour: true };

/** Asks a player who has just come whether they want to be shown around. */
export const tourOffer = ({ dialogs: words }: Words): Dialog => ({ kind: 'confirm', title: words.tourTitle, yes: words.tourYes, no: words.tourNo, text: words.tourText, then: BEGIN_TOUR });

function next({ state }: Ui): UiState {
  const step = (state.tour?.step ?? 0) + 1;
  return step < TOUR.length ? { ...state, tour: { step } } : end(state);
}

const end = (state: UiState): UiState => asking({ ...state, tour: undefined }, { do: 'quit', to: 'title' });

/** Over everything else in a mission, while the tour goes on. */
export const TOUR_LAYER: Layer = {
  title: (w) => w.layers.inTour,
  bindings: [
    { keys: ['alt-enter'], says: (w) => w.keys.tour.next, does: next },
    { keys: ['alt-q'], says: (w) => w.keys.tour.leave, does: ({ state }) => end(state) },
  ],
};
