/** The driver of a simulated world: runs what is ready, waits for what computes, then moves time. */
import { type Clock, type Lateness, VirtualClock } from './clock.ts';
import { Random } from './random.ts';

/** How many steps may run at one instant before settling is called a livelock. */
const STEPS_MAX = 2_000_000;

/** What a component is handed: the time, its chance, and how to get work done. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  /** Runs `step` at this instant, after what is running now, in order of asking. */
  soon(what: string, step: () => void): void;
  /** Begins an asynchronous activity (a script, a command) as a step of its own. Never await its result inside another: `join` it. */
  start<T>(what: string, activity: () => Promise<T>): Activity<T>;
  /** Suspends the calling activity until another has ended, and gives its result or throws its error. */
  join<T>(activity: Activity<T>): Promise<T>;
  /** Suspends the calling activity until `register`'s `wake` is called; time may pass meanwhile. */
  block<T>(what: string, register: (wake: (value: T) => void) => void): Promise<T>;
  /** Suspends the calling activity for `ms` of virtual time; an aborted signal ends it early. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** An asynchronous computation in the simulated world. */
export interface Activity<T> {
  readonly what: string;
  readonly hasEnded: boolean;
  /** For the driver outside the world only. */
  readonly result: Promise<T>;
  /** Calls `listener` at the instant the activity ends (at once if it has). */
  whenEnded(listener: () => void): void;
}

/**
 * The one simulation behind a cluster and a shell. Steps and timers are synchronous and strictly ordered;
 * activities compute in promises, but one at a time, and while one computes no step runs and no time passes.
 */
export class Simulation implements World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly #ready: { what: string; step: () => void }[] = [];
  #readyAt = 0;
  #computing: string | undefined;
  #quiet: (() => void) | undefined;
  #failure: { error: unknown } | undefined;
  #driving = false;
  readonly #lateMs: Lateness | undefined;
  readonly #shuffle: Random | undefined;

  /** With `shuffle`, what is due at one instant happens in an order of its choice; steps of one name keep theirs. */
  constructor(options: { seed: string | number; startMs: number; lateMs?: Lateness; shuffle?: Random }) {
    this.clock = new VirtualClock(options.startMs, options.lateMs, options.shuffle);
    this.#shuffle = options.shuffle;
    this.#lateMs = options.lateMs;
    this.random = new Random(options.seed);
  }

  soon(what: string, step: () => void): void {
    const lateMs = this.#lateMs?.(what, 0) ?? 0;
    if (lateMs > 0) this.clock.after(lateMs, what, step);
    else this.#ready.push({ what, step });
  }

  start<T>(what: string, activity: () => Promise<T>): Activity<T> {
    const listeners: (() => void)[] = [];
    let hasEnded = false;
    const end = () => {
      hasEnded = true;
      for (const listener of listeners) listener();
      this.#leave();
    };
    const result = new Promise<T>((resolve, reject) => {
      this.soon(what, () => {
        this.#computing = what;
        activity().then((value) => { resolve(value); end(); }, (error: unknown) => { reject(error); end(); });
      });
    });
    result.catch(() => undefined); // whoever joins or awaits it sees the error
    return {
      what,
      result,
      get hasEnded() { return hasEnded; },
      whenEnded: (listener) => (hasEnded ? listener() : void listeners.push(listener)),
    };
  }

  async join<T>(activity: Activity<T>): Promise<T> {
    if (!activity.hasEnded) await this.block<void>(activity.what, (wake) => activity.whenEnded(() => wake()));
    return activity.result;
  }

  block<T>(what: string, register: (wake: (value: T) => void) => void): Promise<T> {
    const who = this.#computing;
    if (who === undefined) throw new Error(`World.block (${what}): called outside an activity`);
    return new Promise<T>((resolve) => {
      let woken = false;
      register((value) => {
        if (woken) return;
        woken = true;
        // Each waking is a step of its own, so two activities never compute at once.
        this.soon(`wake ${what}`, () => {
          this.#computing = who;
          resolve(value);
        });
      });
      this.#leave();
    });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return this.block<void>('sleep', (wake) => {
      const stop = () => { timer.cancel(); wake(); };
      const timer = this.clock.after(ms, 'sleep', () => {
        signal?.removeEventListener('abort', stop);
        wake();
      });
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    });
  }

  /** True while nothing is ready and nothing computes. */
  get isSettled(): boolean {
    return this.#readyAt >= this.#ready.length && this.#computing === undefined;
  }

  /** Runs all that can happen at this instant. Throws, naming what is still queued, if it never ends. */
  async settle(): Promise<void> {
    for (let steps = 0; ; steps++) {
      if (this.#failure) this.#throwFailure();
      if (this.#computing !== undefined) await this.#untilQuiet();
      else if (!this.#runOne()) return;
      if (steps > STEPS_MAX) throw new Error(this.#livelock());
    }
  }

  /** The same for worlds in which no activity computes; throws if one does. */
  settleSync(): void {
    for (let steps = 0; this.#runOne(); steps++) {
      if (this.#computing !== undefined) throw new Error(`settleSync: ${this.#computing} computes asynchronously`);
      if (steps > STEPS_MAX) throw new Error(this.#livelock());
    }
  }

  /** Lets `ms` of virtual time pass, firing every timer on the way. */
  async advance(ms: number): Promise<void> {
    await this.advanceTo(this.clock.now() + ms);
  }

  /** Lets time pass until `untilMs`. One driver at a time. */
  async advanceTo(untilMs: number): Promise<void> {
    await this.#drive(async () => {
      await this.settle();
      while (this.clock.fireNext(untilMs)) await this.settle();
      this.clock.moveTo(untilMs);
    });
  }

  /**
   * Lets time pass until the activity ends, but no longer than `limitMs`; true if it ended.
   * This is how a command without a screen is run to its end.
   */
  async runUntil(activity: Activity<unknown>, limitMs: number): Promise<boolean> {
    return this.#drive(async () => {
      const untilMs = this.clock.now() + limitMs;
      for (;;) {
        await this.settle();
        if (activity.hasEnded) return true;
        if (this.clock.fireNext(untilMs)) continue;
        this.clock.moveTo(untilMs);
        return false;
      }
    });
  }

  /** Reports an error that nobody awaits; the next settle throws it. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  async #drive<T>(go: () => Promise<T>): Promise<T> {
    if (this.#driving) throw new Error('Simulation: already driven elsewhere');
    this.#driving = true;
    try {
      return await go();
    } finally {
      this.#driving = false;
    }
  }

  #throwFailure(): never {
    const { error } = this.#failure!;
    this.#failure = undefined;
    throw error;
  }

  #pick(shuffle: Random): void {
    const chosen = this.#ready[this.#readyAt + shuffle.int(this.#ready.length - this.#readyAt)]!;
    for (let at = this.#readyAt; ; at++) {
      const found = this.#ready[at]!;
      if (found.what !== chosen.what) continue;
      this.#ready[at] = this.#ready[this.#readyAt]!;
      this.#ready[this.#readyAt] = found;
      return;
    }
  }

  #runOne(): boolean {
    if (this.#shuffle && this.#readyAt < this.#ready.length) this.#pick(this.#shuffle);
    const next = this.#ready[this.#readyAt];
    if (!next) return false;
    this.#readyAt++;
    if (this.#readyAt === this.#ready.length || this.#readyAt > 4096) {
      this.#ready.splice(0, this.#readyAt);
      this.#readyAt = 0;
    }
    next.step();
    return true;
  }

  #leave(): void {
    this.#computing = undefined;
    this.#quiet?.();
  }

  #untilQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#quiet = () => {
        this.#quiet = undefined;
        resolve();
      };
    });
  }

  #livelock(): string {
    const queued = this.#ready.slice(this.#readyAt, this.#readyAt + 5).map((r) => r.what);
    return `the simulation does not settle: ${STEPS_MAX} steps at one instant; still queued: ${queued.join(', ')}`;
  }
}
