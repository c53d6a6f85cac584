/** journald: what the node's services have said, by unit. */
import type { Clock } from '../../../time/clock.ts';

const ENTRIES_MAX = 5000; // the oldest are rotated away

export interface JournalEntry { timeMs: number; unit: string; identifier: string; pid: number; message: string }

export class Journal {
  readonly #clock: Clock;
  #entries: JournalEntry[] = [];
  readonly #followers = new Set<(entry: JournalEntry) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  write(unit: string, identifier: string, pid: number, message: string): void {
    for (const line of message.split('\n')) {
      const entry = { timeMs: this.#clock.now(), unit, identifier, pid, message: line };
      this.#entries.push(entry);
      for (const follower of this.#followers) follower(entry);
    }
    if (this.#entries.length > 2 * ENTRIES_MAX) this.#entries = this.#entries.slice(-ENTRIES_MAX);
  }

  /** Entries of a unit (all units without), oldest first; with `lines` only the last so many. */
  read({ unit, sinceMs = 0, lines }: { unit?: string; sinceMs?: number; lines?: number } = {}): readonly JournalEntry[] {
    const found = this.#entries.filter((e) => (unit === undefined || e.unit === unit) && e.timeMs >= sinceMs);
    return lines === undefined ? found : found.slice(Math.max(0, found.length - lines));
  }

  follow(follower: (entry: JournalEntry) => void): { close(): void } {
    this.#followers.add(follower);
    return { close: () => void this.#followers.delete(follower) };
  }
}
