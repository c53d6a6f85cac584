/** Has the level built that Enter would begin, once the player has rested on it for a while. */
import type { Store } from './store.ts';
import type { Deed } from './state/deeds.ts';
import { next } from './state/next.ts';
import type { UiState } from './state/state.ts';
import type { GameView } from '../engine/view.ts';

const REST_MS = 300;

/** The level that Enter would begin now. */
export function levelAhead(state: UiState, view: GameView): string | undefined {
  if (state.screen === 'mission' || state.busy) return undefined;
  const { asks } = next(state, { type: 'key', key: { id: 'enter', text: '' } }, view);
  return asks.find((deed): deed is Extract<Deed, { do: 'startLevel' }> => deed.do === 'startLevel')?.id;
}

/** Watches until the returned function is called. `crash` gets what goes wrong: a bug of ours. */
export function startForethought(store: Store, crash: (error: unknown) => void): () => void {
  let rested: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const stop = store.subscribe(() => {
    const ahead = levelAhead(store.state, store.game.view());
    if (ahead === rested) return;
    clearTimeout(timer);
    rested = ahead;
    if (ahead !== undefined) timer = setTimeout(() => { store.game.prepareLevel?.(ahead).catch(crash); }, REST_MS);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
