/** A machine's own clock: that of the world, and how far it is off. */
import type { Clock, Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';

export class NodeClock implements Clock {
  readonly #true: Clock;
  skewMs = 0;

  constructor(trueClock: Clock) {
    this.#true = trueClock;
  }

  now(): number { return this.#true.now() + this.skewMs; }

  /** Sets it; undefined: to the true time. */
  set(nowMs: number | undefined): void { this.skewMs = nowMs === undefined ? 0 : nowMs - this.#true.now(); }

  after(delayMs: number, what: string, fire: () => void): Timer {
    const timer = this.#true.after(delayMs, what, fire);
    return { atMs: timer.atMs + this.skewMs, cancel: () => timer.cancel() };
  }
}

/** The world as it is seen by what goes by another clock. */
export function worldWith(world: World, clock: Clock): World {
  return {
    clock, random: world.random, soon: (what, step) => world.soon(what, step), start: (what, activity) => world.start(what, activity), join: (activity) => world.join(activity),
    block: (what, register) => world.block(what, register), sleep: (ms, signal) => world.sleep(ms, signal),
  };
}
