/** The screens without a terminal: messages go in, the state and its rows come out. */
import type { GameView } from '../../src/engine/view.ts';
import { cardOf } from '../../src/ui/dialogs/card.ts';
import { screenRows } from '../../src/ui/screens/screen-rows.ts';
import { next, type Message } from '../../src/ui/state/next.ts';
import { firstState, NEW_MISSION, type UiState } from '../../src/ui/state/state.ts';
import { uiOf } from '../../src/ui/ui.ts';
import { FakeGame } from './fake-game.ts';

/** A state and the game it belongs to. */
export interface Moment { readonly state: UiState; readonly view: GameView }

export function atStart(change: Partial<GameView> = {}, size = { columns: 100, rows: 30 }): Moment {
  const { view } = new FakeGame(change);
  return { state: firstState(view(), { size, depth: 'none', canSuspend: true }), view: view() };
}

/** In a mission, its briefing read. */
export async function inMission(change: Partial<NonNullable<GameView['mission']>> = {}, size = { columns: 100, rows: 30 }): Promise<Moment> {
  const game = new FakeGame();
  await game.startLevel('scale-to-five');
  game.paper.change(change);
  return { state: { ...firstState(game.view(), { size, depth: 'none', canSuspend: true }), screen: 'mission', mission: NEW_MISSION }, view: game.view() };
}

export const after = ({ state, view }: Moment, ...messages: readonly Message[]): Moment => ({ state: messages.reduce((now, message) => next(now, message, view), state), view });

/** After keys; those of one character type it. */
export const press = (moment: Moment, ...keys: readonly string[]): Moment =>
  after(moment, ...keys.map((id): Message => ({ type: 'key', key: { id, text: [...id].length === 1 ? id : '' } })));

/** The mission looks otherwise. */
export function seeing({ state, view }: Moment, change: Partial<NonNullable<GameView['mission']>>): Moment {
  return after({ state, view: { ...view, mission: { ...view.mission!, ...change } } }, { type: 'view' });
}

/** What is drawn, as text: the card when one is open, else the screen. */
export function rows({ state, view }: Moment): string {
  const ui = uiOf(state, view);
  const shown = ui.dialog ? cardOf(ui, ui.dialog)?.rows : screenRows(ui);
  return (shown ?? []).map((row) => row.map(({ text }) => text).join('')).join('\n');
}
