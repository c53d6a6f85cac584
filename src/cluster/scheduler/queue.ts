/**
 * The scheduling queue: ready Pods by priority and age. A Pod that fits nowhere waits for an event that one of
 * the plugins that rejected it calls helpful, or for five minutes; one whose attempt failed waits for its back-off.
 */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { Heap } from './heap.ts';
import type { PodInfo } from './pod-info.ts';

const podInitialBackoffMs = 1_000; // KubeSchedulerConfiguration: podInitialBackoffSeconds
const podMaxBackoffMs = 10_000; // KubeSchedulerConfiguration: podMaxBackoffSeconds
const unschedulableMaxMs = 300_000; // scheduling_queue.go: DefaultPodMaxInUnschedulablePodsDuration
const flushPeriodMs = 30_000; // scheduling_queue.go: flushUnschedulablePodsLeftover

/** A Pod in the queue, with its history. */
export interface QueuedPod {
  readonly pod: PodInfo;
  /** How often it has been tried. */
  readonly attempts: number;
}

interface Entry {
  pod: PodInfo;
  attempts: number;
  state: 'ready' | 'unschedulable' | 'failed' | 'gone';
  /** When it came into its state, and when its back-off is over. */
  sinceMs: number;
  backoffUntilMs: number;
  /** Who rejected it. */
  plugins: ReadonlySet<string>;
  /** Its place in the heap of ready Pods; older places are void. */
  turn: Turn | undefined;
  timer: Timer | undefined;
}

interface Turn { readonly entry: Entry; readonly isEarly: boolean; readonly priority: number; readonly sinceMs: number; readonly order: number }

export class SchedulingQueue {
  readonly #world: World;
  readonly #schedule: (queued: QueuedPod) => void;
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new Heap<Turn>(comesBefore);
  readonly #rejectedBy = new Map<string, Set<Entry>>();
  #order = 0;
  #isPumping = false;
  #isStopped = false;
  #flush: Timer | undefined;

  constructor(world: World, schedule: (queued: QueuedPod) => void) {
    this.#world = world;
    this.#schedule = schedule;
  }

  /** A new Pod, or a new version of one; `retry` when its change may have made it schedulable. */
  set(pod: PodInfo, options: { retry: boolean }): void {
    const entry = this.#entries.get(pod.key);
    if (!entry) return this.#activate(this.#enter(pod, 0));
    const priorityChanged = entry.pod.priority !== pod.priority;
    entry.pod = pod;
    if (entry.state === 'ready' ? priorityChanged : options.retry) this.#activate(entry);
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#leave(entry);
    entry.state = 'gone';
    this.#entries.delete(key);
  }

  /** The Pod fits nowhere, say the plugins. */
  rejected({ pod, attempts }: QueuedPod, plugins: ReadonlySet<string>): void {
    const entry = this.#enter(pod, attempts);
    entry.state = 'unschedulable';
    entry.plugins = plugins;
    for (const plugin of plugins) {
      const others = this.#rejectedBy.get(plugin) ?? new Set();
      this.#rejectedBy.set(plugin, others.add(entry));
    }
    this.#flush ??= this.#world.clock.after(flushPeriodMs, 'flush unschedulable pods', () => this.#flushOld());
  }

  /** The attempt itself failed: again after the back-off. */
  failed({ pod, attempts }: QueuedPod): void {
    const entry = this.#enter(pod, attempts);
    entry.state = 'failed';
    entry.timer = this.#world.clock.after(entry.backoffUntilMs - this.#world.clock.now(), 'scheduling back-off', () => this.#activate(entry));
  }

  /** Lets those whom the plugin has rejected try again that `helps` picks. */
  wake(plugin: string, helps: (pod: PodInfo) => boolean): void {
    for (const entry of this.#rejectedBy.get(plugin) ?? []) if (helps(entry.pod)) this.#activate(entry);
  }

  /** Lets one Pod try again now. */
  activate(key: string): void {
    const entry = this.#entries.get(key);
    if (entry && entry.state !== 'ready') this.#activate(entry);
  }

  /** Plugins with Pods that wait for an event. */
  get rejectingPlugins(): Iterable<string> { return this.#rejectedBy.keys(); }

  stop(): void {
    this.#isStopped = true;
    this.#flush?.cancel();
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    this.#entries.clear();
    this.#rejectedBy.clear();
  }

  #enter(pod: PodInfo, attempts: number): Entry {
    const old = this.#entries.get(pod.key);
    if (old) this.delete(pod.key);
    const nowMs = this.#world.clock.now();
    const entry: Entry = { pod, attempts, state: 'ready', sinceMs: nowMs, backoffUntilMs: nowMs + backoffMs(attempts), plugins: new Set(), turn: undefined, timer: undefined };
    this.#entries.set(pod.key, entry);
    return entry;
  }

  #leave(entry: Entry): void {
    entry.timer?.cancel();
    entry.timer = undefined;
    for (const plugin of entry.plugins) {
      const others = this.#rejectedBy.get(plugin);
      others?.delete(entry);
      if (others?.size === 0) this.#rejectedBy.delete(plugin);
    }
    entry.plugins = new Set();
  }

  #activate(entry: Entry): void {
    if (this.#isStopped || entry.state === 'gone') return;
    this.#leave(entry);
    entry.state = 'ready';
    entry.sinceMs = this.#world.clock.now();
    entry.turn = { entry, isEarly: entry.backoffUntilMs > entry.sinceMs, priority: entry.pod.priority, sinceMs: entry.sinceMs, order: this.#order++ };
    this.#ready.push(entry.turn);
    this.#pump();
  }

  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#world.soon('scheduler', () => {
      this.#isPumping = false;
      const entry = this.#next();
      if (!entry || this.#isStopped) return;
      this.#entries.delete(entry.pod.key);
      entry.state = 'gone';
      this.#schedule({ pod: entry.pod, attempts: entry.attempts + 1 });
      this.#pump();
    });
  }

  /** The first that has not left or moved since it was put in. */
  #next(): Entry | undefined {
    for (;;) {
      const turn = this.#ready.pop();
      if (!turn || (turn.entry.state === 'ready' && turn.entry.turn === turn)) return turn?.entry;
    }
  }

  #flushOld(): void {
    this.#flush = undefined;
    const limitMs = this.#world.clock.now() - unschedulableMaxMs;
    let isAnyLeft = false;
    for (const entry of this.#entries.values()) {
      if (entry.state !== 'unschedulable') continue;
      if (entry.sinceMs <= limitMs) this.#activate(entry);
      else isAnyLeft = true;
    }
    if (isAnyLeft) this.#flush = this.#world.clock.after(flushPeriodMs, 'flush unschedulable pods', () => this.#flushOld());
  }
}

/** Doubles with each attempt. */
function backoffMs(attempts: number): number {
  return attempts === 0 ? 0 : Math.min(podInitialBackoffMs * 2 ** (attempts - 1), podMaxBackoffMs);
}

/**
 * Higher priority first, then the older. Pods that are woken within their back-off come after all others:
 * since 1.33 (SchedulerPopFromBackoffQ) an idle scheduler takes them early rather than wait.
 */
function comesBefore(a: Turn, b: Turn): boolean {
  if (a.isEarly !== b.isEarly) return b.isEarly;
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.sinceMs !== b.sinceMs ? a.sinceMs < b.sinceMs : a.order < b.order;
}
