/** Where the state lives: takes messages one after the other, does what they ask for, and tells of changes. */
import { GameProblem, type Game } from '../engine/view.ts';
import { looksSame } from './same-view.ts';
import type { Deed } from './state/deeds.ts';
import { next, type Message } from './state/next.ts';
import { perform, type Doors } from './state/perform.ts';
import type { UiState } from './state/state.ts';
import { uiOf, type Ui } from './ui.ts';

export class Store {
  readonly game: Game;
  readonly #doors: Doors;
  readonly #listeners = new Set<() => void>();
  readonly #waiting: Message[] = [];
  #state: UiState;
  #shown: Ui | undefined;
  #isTaking = false;

  constructor(game: Game, first: UiState, doors: Doors) {
    this.game = game;
    this.#state = first;
    this.#doors = doors;
    game.subscribe(() => this.dispatch({ type: 'view' }));
  }

  get state(): UiState {
    return this.#state;
  }

  /** As it is drawn: the same until something looks otherwise. */
  get shown(): Ui {
    const view = this.game.view();
    if (this.#shown?.state !== this.#state || !looksSame(this.#shown.view, view)) this.#shown = uiOf(this.#state, view);
    return this.#shown;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Messages that come while one is being taken wait for their turn. */
  dispatch(message: Message): void {
    if (message.type !== 'view' || this.#waiting.at(-1)?.type !== 'view') this.#waiting.push(message);
    if (this.#isTaking) return;
    this.#isTaking = true;
    try {
      for (let taken = this.#waiting.shift(); taken; taken = this.#waiting.shift()) this.#take(taken);
    } finally {
      this.#isTaking = false;
    }
    for (const listener of this.#listeners) listener();
  }

  #take(message: Message): void {
    this.#state = next(this.#state, message, this.game.view());
    const { asks } = this.#state;
    for (const deed of asks) this.#perform(deed);
    if (asks.length > 0) this.#waiting.push({ type: 'view' });
  }

  /** What the player can mend is told; anything else is a bug and crashes. */
  #perform(deed: Deed): void {
    perform(deed, this.game, this.#doors)?.then(
      (answer) => this.dispatch(answer ?? { type: 'done', deed }),
      (error: unknown) => {
        if (!(error instanceof GameProblem)) throw error;
        this.dispatch({ type: 'failed', text: error.message });
      },
    );
  }
}
