/** Virtual time: timers fire in order of due time, then of creation, so equal inputs give equal runs. */

import type { Random } from './random.ts';

/** A timer that can be taken back. */
export interface Timer {
  /** When it fires, in virtual milliseconds since the epoch. */
  readonly atMs: number;
  cancel(): void;
}

/** What components see of time. */
export interface Clock {
  /** Virtual milliseconds since the epoch. */
  now(): number;
  /** Calls `fire` once, `delayMs` from now (0 = after what runs now). `what` names it in error messages. */
  after(delayMs: number, what: string, fire: () => void): Timer;
}

/** How much later than asked something happens, for testing under other orders of events. */
export type Lateness = (what: string, delayMs: number) => number;

interface Entry extends Timer {
  /** Before the order of asking among timers that are due at once; 0 unless events are shuffled. */
  readonly rank: number;
  readonly order: number;
  readonly what: string;
  readonly fire: () => void;
  cancelled: boolean;
}

/** So many timers at one instant are a circle. */
const TIMERS_MAX = 500_000;

/** The one clock of a cluster. Only the driver (`Simulation`) moves it. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #cancelled = 0;
  /** Timers fired since time last moved. */
  #atThisInstant = 0;
  readonly #heap: Entry[] = [];
  readonly #lateMs: Lateness;
  readonly #shuffle: Random | undefined;

  constructor(startMs: number, lateMs: Lateness = () => 0, shuffle?: Random) {
    this.#shuffle = shuffle;
    this.#nowMs = startMs;
    this.#lateMs = lateMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, what: string, fire: () => void): Timer {
    const entry: Entry = {
      atMs: this.#nowMs + Math.max(0, delayMs) + this.#lateMs(what, delayMs),
      rank: this.#shuffle?.next() ?? 0,
      order: this.#order++,
      what,
      fire,
      cancelled: false,
      cancel: () => {
        if (!entry.cancelled) this.#cancelled++;
        entry.cancelled = true;
      },
    };
    this.#push(entry);
    return entry;
  }

  /** When the next timer is due, or undefined if none is set. */
  nextDueMs(): number | undefined {
    this.#dropCancelled();
    return this.#heap[0]?.atMs;
  }

  /** Moves to `toMs` without firing anything; the driver fires what is due first. */
  moveTo(toMs: number): void {
    if (toMs > this.#nowMs) this.#nowMs = toMs;
  }

  /** Fires the earliest timer that is due by `untilMs`, moving time to it; false if there is none. Throws, naming it, when the instant never passes. */
  fireNext(untilMs: number): boolean {
    this.#dropCancelled();
    const entry = this.#heap[0];
    if (!entry || entry.atMs > untilMs) return false;
    this.#pop();
    entry.cancelled = true;
    if (entry.atMs > this.#nowMs) this.#atThisInstant = 0;
    else if (++this.#atThisInstant > TIMERS_MAX) throw new Error(`time does not pass: ${TIMERS_MAX} timers at one instant, the last: ${entry.what}`);
    this.moveTo(entry.atMs);
    entry.fire();
    return true;
  }

  /** What waits, soonest first, for error messages and tests. */
  pending(): { atMs: number; what: string }[] {
    return this.#heap.filter((e) => !e.cancelled).sort(earlier).map(({ atMs, what }) => ({ atMs, what }));
  }

  #dropCancelled(): void {
    while (this.#heap[0]?.cancelled) {
      this.#pop();
      this.#cancelled--;
    }
    if (this.#cancelled > 1000 && this.#cancelled > this.#heap.length / 2) this.#compact();
  }

  #compact(): void {
    const live = this.#heap.filter((e) => !e.cancelled).sort(earlier);
    this.#heap.length = 0;
    this.#heap.push(...live);
    this.#cancelled = 0;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (earlier(heap[parent]!, entry) <= 0) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!) < 0) child++;
      if (earlier(last, heap[child]!) <= 0) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
  }
}

function earlier(a: Entry, b: Entry): number {
  return a.atMs - b.atMs || a.rank - b.rank || a.order - b.order;
}
