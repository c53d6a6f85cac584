/** The scheduling queue: ready Pods by priority and age; failed ones wait for an event, then for their back-off. */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import type { Pod } from '../api/types.ts';

const podInitialBackoffMs = 1_000; // KubeSchedulerConfiguration: podInitialBackoffSeconds
const podMaxBackoffMs = 10_000; // KubeSchedulerConfiguration: podMaxBackoffSeconds
const unschedulableTimeoutMs = 300_000; // scheduling_queue.go: DefaultPodMaxInUnschedulablePodsDuration

interface Waiting { pod: Pod; attempts: number; failedMs: number; timer: Timer }

export class SchedulingQueue {
  readonly #world: World;
  readonly #schedule: (pod: Pod, attempt: number) => void;
  readonly #active = new Map<string, { pod: Pod; attempts: number; order: number }>();
  readonly #unschedulable = new Map<string, Waiting>();
  readonly #backingOff = new Map<string, Waiting>();
  #order = 0;
  #pumping = false;
  #stopped = false;

  constructor(world: World, schedule: (pod: Pod, attempt: number) => void) {
    this.#world = world;
    this.#schedule = schedule;
  }

  /** A new Pod, or one that has changed in a way that may help. */
  add(pod: Pod): void {
    const key = keyOf(pod);
    const before = this.#unschedulable.get(key) ?? this.#backingOff.get(key);
    before?.timer.cancel();
    this.#unschedulable.delete(key);
    this.#backingOff.delete(key);
    this.#activate(pod, before?.attempts ?? this.#active.get(key)?.attempts ?? 0);
  }

  /** A Pod for which no node was found: it waits for an event, 5 minutes at most. */
  fail(pod: Pod, attempts: number): void {
    const key = keyOf(pod);
    const timer = this.#world.clock.after(unschedulableTimeoutMs, 'unschedulable pods', () => this.#release(key));
    this.#unschedulable.set(key, { pod, attempts, failedMs: this.#world.clock.now(), timer });
  }

  /** Gone, or bound. */
  remove(pod: Pod): void {
    const key = keyOf(pod);
    this.#active.delete(key);
    for (const set of [this.#unschedulable, this.#backingOff]) {
      set.get(key)?.timer.cancel();
      set.delete(key);
    }
  }

  /** Something in the cluster has changed: those whom it may help are tried again once their back-off is over. */
  wake(helps: (pod: Pod) => boolean): void {
    for (const [key, { pod }] of [...this.#unschedulable]) if (helps(pod)) this.#release(key);
  }

  stop(): void {
    this.#stopped = true;
    for (const set of [this.#unschedulable, this.#backingOff]) for (const { timer } of set.values()) timer.cancel();
    this.#active.clear();
  }

  #release(key: string): void {
    const waiting = this.#unschedulable.get(key);
    if (!waiting || this.#stopped) return;
    waiting.timer.cancel();
    this.#unschedulable.delete(key);
    const backoffMs = Math.min(podInitialBackoffMs * 2 ** (waiting.attempts - 1), podMaxBackoffMs);
    const delayMs = waiting.failedMs + backoffMs - this.#world.clock.now();
    if (delayMs <= 0) return this.#activate(waiting.pod, waiting.attempts);
    const timer = this.#world.clock.after(delayMs, 'scheduling back-off', () => {
      this.#backingOff.delete(key);
      this.#activate(waiting.pod, waiting.attempts);
    });
    this.#backingOff.set(key, { ...waiting, timer });
  }

  #activate(pod: Pod, attempts: number): void {
    if (this.#stopped) return;
    this.#active.set(keyOf(pod), { pod, attempts, order: this.#order++ });
    this.#pump();
  }

  #pump(): void {
    if (this.#pumping || this.#active.size === 0) return;
    this.#pumping = true;
    this.#world.soon('scheduler', () => {
      this.#pumping = false;
      if (this.#stopped) return;
      const next = this.#next();
      if (next) this.#schedule(next.pod, next.attempts + 1);
      this.#pump();
    });
  }

  /** Highest priority first; of equals, the one that came first. */
  #next(): { pod: Pod; attempts: number } | undefined {
    let best: { pod: Pod; attempts: number; order: number } | undefined;
    let bestPriority = -Infinity;
    for (const entry of this.#active.values()) {
      const priority = entry.pod.spec.priority ?? 0;
      if (priority > bestPriority) [best, bestPriority] = [entry, priority];
      // Entries are in order of arrival, so the first of the usual priority is it.
      if (bestPriority >= 2_000_001_000) break;
    }
    if (best) this.#active.delete(keyOf(best.pod));
    return best;
  }
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}
