/** Growing pauses between attempts (client-go's flowcontrol.Backoff). */

const INITIAL_MS = 10_000; // kubelet: initialBackOff 10 s …
const MAX_BACKOFF_MS = 300_000; // … up to MaxContainerBackOff

interface Entry { delayMs: number; updatedMs: number }

/** Pauses by key; each step doubles, and long quiet forgets (twice the maximum). */
export class BackOff {
  readonly #entries = new Map<string, Entry>();
  readonly #maxMs: number;
  readonly #initialMs: number;

  constructor(maxMs = MAX_BACKOFF_MS, initialMs = INITIAL_MS) {
    this.#maxMs = maxMs;
    this.#initialMs = initialMs;
  }

  /** Until when to wait, counted from `sinceMs` (the last end); undefined: no need to. */
  waitsUntil(key: string, sinceMs: number, nowMs: number): number | undefined {
    const entry = this.#entries.get(key);
    if (!entry || this.#isExpired(entry, sinceMs)) return undefined;
    const untilMs = sinceMs + entry.delayMs;
    return untilMs > nowMs ? untilMs : undefined;
  }

  /** When the pause was last lengthened. */
  updatedMs(key: string): number { return this.#entries.get(key)?.updatedMs ?? 0; }

  /** The pause in force, for messages. */
  delayMs(key: string): number { return this.#entries.get(key)?.delayMs ?? 0; }

  /** Takes the next, longer pause. */
  next(key: string, eventMs: number, nowMs: number): void {
    const entry = this.#entries.get(key);
    const isFresh = !entry || this.#isExpired(entry, eventMs);
    const delayMs = isFresh ? this.#initialMs : entry.delayMs * 2;
    this.#entries.set(key, { delayMs: Math.min(delayMs, this.#maxMs), updatedMs: nowMs });
  }

  forget(key: string): void { this.#entries.delete(key); }

  #isExpired(entry: Entry, eventMs: number): boolean {
    return eventMs - entry.updatedMs > 2 * this.#maxMs;
  }
}
