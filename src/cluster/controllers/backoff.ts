/** Pauses that double each time for a key, and begin anew when it was quiet for long enough (client-go: flowcontrol.Backoff). */
import type { Clock } from '../../time/clock.ts';

export class Backoff {
  readonly #clock: Clock;
  readonly #options: { minMs: number; maxMs: number };
  readonly #entries = new Map<string, { delayMs: number; sinceMs: number }>();

  constructor(clock: Clock, options: { minMs: number; maxMs: number }) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Begins the next pause for the key. */
  next(key: string): void {
    const nowMs = this.#clock.now();
    const { minMs, maxMs } = this.#options;
    const before = this.#entries.get(key);
    const isFresh = !before || nowMs - before.sinceMs > 2 * maxMs;
    this.#entries.set(key, { delayMs: isFresh ? minMs : Math.min(before.delayMs * 2, maxMs), sinceMs: nowMs });
  }

  /** How much of the key's pause is left. */
  remainingMs(key: string): number {
    const entry = this.#entries.get(key);
    return entry ? Math.max(0, entry.sinceMs + entry.delayMs - this.#clock.now()) : 0;
  }

  forget(key: string): void { this.#entries.delete(key); }
}
