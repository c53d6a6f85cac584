/** Real time drives virtual time: what is due happens when its moment comes, and in between nothing costs anything. */
import type { Simulation } from '../time/simulation.ts';

/** Lets something happen in the simulated world, as a step of its own. */
export interface Pacer { do(what: string, step: () => void): void }

/** How long the world may compute before sockets are looked after again. */
const SLICE_MS = 15;
/** A world that falls behind by more than this (a machine that slept, a speed it cannot keep) goes on from where it is. */
const BEHIND_MAX_MS = 1_000;

export class RealTime implements Pacer {
  readonly #world: Simulation;
  readonly #speed: number;
  readonly #crash: (error: unknown) => void;
  /** Virtual time equals `#virtualMs` when the real clock shows `#realMs`. */
  #virtualMs: number;
  #realMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #plannedMs = 0;
  #isRunning = false;
  #hasStopped = false;
  #waiting: (() => void)[] = [];
  #asked = 0;

  /** `crash` gets what no step should throw: a bug of ours. */
  constructor(world: Simulation, options: { speed: number; crash: (error: unknown) => void }) {
    this.#world = world;
    this.#speed = options.speed;
    this.#crash = options.crash;
    this.#virtualMs = world.clock.now();
    this.#run();
  }

  do(what: string, step: () => void): void {
    this.#world.soon(what, step);
    this.#run();
  }

  /** Lets `ms` of virtual time pass as fast as it can. */
  leap(ms: number): Promise<void> {
    this.#reAnchor(this.#now() + ms);
    return new Promise((resolve) => { this.#waiting.push(resolve); this.#run(); });
  }

  /** Time stands still from now on. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    clearTimeout(this.#timer);
    if (this.#isRunning) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  /** Whole milliseconds: the model knows no fractions. */
  #now(): number { return Math.floor(this.#virtualMs + (performance.now() - this.#realMs) * this.#speed); }

  #reAnchor(virtualMs: number): void {
    this.#virtualMs = virtualMs;
    this.#realMs = performance.now();
  }

  #run(): void {
    this.#asked++;
    if (this.#isRunning || this.#hasStopped) return;
    this.#isRunning = true;
    clearTimeout(this.#timer);
    this.#pass().catch(this.#crash).finally(() => {
      this.#isRunning = false;
      for (const told of this.#waiting.splice(0)) told();
      this.#sleep();
    });
  }

  /** Fires what is due, a slice at a time, until virtual time has caught up. */
  async #pass(): Promise<void> {
    const { clock } = this.#world;
    for (let asked = -1; asked !== this.#asked && !this.#hasStopped;) {
      asked = this.#asked;
      const goal = Math.max(clock.now(), this.#now());
      let sliceEndMs = performance.now() + SLICE_MS;
      await this.#world.advanceTo(clock.now());
      while (clock.now() < goal && !this.#hasStopped) {
        await this.#world.advanceTo(Math.min(goal, clock.nextDueMs() ?? goal));
        if (performance.now() < sliceEndMs) continue;
        await new Promise((resolve) => setImmediate(resolve));
        sliceEndMs = performance.now() + SLICE_MS;
      }
      if (this.#now() - clock.now() > BEHIND_MAX_MS * this.#speed) this.#reAnchor(clock.now());
    }
  }

  #sleep(): void {
    if (this.#hasStopped || this.#speed === 0) return;
    const dueMs = this.#world.clock.nextDueMs();
    if (dueMs === undefined) return;
    const waitMs = Math.max(0, Math.min((dueMs - this.#now()) / this.#speed, 2 ** 31 - 1));
    this.#plannedMs = performance.now() + waitMs;
    this.#timer = setTimeout(() => {
      const lateMs = performance.now() - this.#plannedMs;
      if (lateMs > BEHIND_MAX_MS) this.#realMs += lateMs;
      this.#run();
    }, waitMs);
  }
}
