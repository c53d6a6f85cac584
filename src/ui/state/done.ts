/** What follows when something asked of the game is done. */
import { closedSight } from '../sights/sights.ts';
import { tourOffer } from '../tour-keys.ts';
import type { Ui } from '../ui.ts';
import { BUSY, type Deed } from './deeds.ts';
import { goneTo, NEW_MISSION, opened, type UiState } from './state.ts';

export function done(ui: Ui, deed: Deed): UiState {
  const state = BUSY[deed.do] ? { ...ui.state, busy: undefined } : ui.state;
  switch (deed.do) {
    case 'begin': case 'startLevel': case 'retry': return begun({ ...ui, state });
    case 'startSandbox': return { ...begun({ ...ui, state }), ...(deed.isTour ? { tour: { step: 0 } } : {}) };
    case 'quit': return { ...goneTo(state, deed.to), tour: undefined };
    case 'choosePlayer': return goneTo(state, 'title');
    case 'createPlayer': return opened(goneTo(state, 'title'), tourOffer(ui.words));
    case 'openDoor': return ui.view.mission?.door ? opened(state, { kind: 'door' }) : state;
    case 'fork': return closedSight({ ...ui, state });
    default: return state;
  }
}

/** A mission has begun; its briefing is shown when it is new. */
function begun({ state, view: { mission: view } }: Ui): UiState {
  const isNew = view !== undefined && view.elapsedMs === 0 && !view.isResumed && !view.isReplay && view.briefing !== '';
  return {
    ...state, screen: 'mission', mission: view?.isReplay ? { ...NEW_MISSION, isTyping: false } : NEW_MISSION, tour: undefined, lens: undefined,
    dialogs: isNew ? [{ kind: 'briefing', scroll: 0 }] : [],
  };
}
