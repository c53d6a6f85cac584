/** What became of a traffic source's requests, second by second: how many, how many failed, how long answers took. */

/** One second of a source. */
export interface TrafficSecond {
  /** On the cluster's clock: when the second ended. */
  readonly atMs: number;
  readonly sent: number;
  readonly failed: number;
  /** The middle and the longest of the answers, in milliseconds; missing when nobody answered. */
  readonly medianMs?: number;
  readonly slowestMs?: number;
}

/** Ten minutes: what fits on the widest screen, and a little more. */
const SECONDS_MAX = 600;
/** What an answer takes that says nothing of its time: the way through the network. */
const NETWORK_MS = 1;

export class TrafficHistory {
  #seconds: TrafficSecond[] = [];
  #answers: number[] = [];
  #sent = 0;
  #failed = 0;

  get seconds(): readonly TrafficSecond[] { return this.#seconds; }

  /** A request that stands for `share` of them; `latencyMs` of an answer, whatever it says. */
  note(share: number, hasFailed: boolean, answer: { latencyMs?: number } | undefined): void {
    this.#sent += share;
    if (hasFailed) this.#failed += share;
    if (answer) this.#answers.push(answer.latencyMs ?? NETWORK_MS);
  }

  /** The second is over. */
  close(atMs: number): void {
    const sorted = this.#answers.sort((a, b) => a - b);
    const times = sorted.length > 0 ? { medianMs: sorted[Math.floor(sorted.length / 2)]!, slowestMs: sorted.at(-1)! } : {};
    this.#seconds.push({ atMs, sent: this.#sent, failed: this.#failed, ...times });
    if (this.#seconds.length > SECONDS_MAX) this.#seconds.shift();
    this.#answers = [];
    this.#sent = this.#failed = 0;
  }

  clear(): void { this.#seconds = []; }
}
