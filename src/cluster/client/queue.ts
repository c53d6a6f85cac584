/** The work queue of a controller: keys, not events; one at a time; again after a growing pause when it failed. */
import { isApiFailure } from './api-failure.ts';
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import type { Counters } from './counters.ts';
import type { WorkQueue } from './types.ts';

const BACKOFF_BASE_MS = 5; // client-go: DefaultTypedControllerRateLimiter, 5 ms …
const BACKOFF_MAX_MS = 1_000_000; // … to 1000 s

/**
 * A queue that calls `reconcile` with each key as a step of its own.
 * While a reconcile takes time (it gives its milliseconds), its key waits: what comes meanwhile is one more reconcile, not many.
 * A reconcile that throws ApiError or NetworkError comes again after a back-off; any other error is ours and is thrown on.
 */
export function createQueue(world: World, name: string, reconcile: (key: string) => number | void, counters?: Counters): WorkQueue {
  const waiting = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, Timer>();
  const busyUntilMs = new Map<string, number>();
  let isRunning = false;
  let isStopped = false;

  const label = `name="${name}"`;
  counters?.watch('workqueue_depth', 'gauge', label, () => waiting.size);

  const pump = () => {
    if (isRunning || isStopped || waiting.size === 0) return;
    isRunning = true;
    world.soon(name, step);
  };
  const step = () => {
    isRunning = false;
    const [key] = waiting;
    if (key === undefined || isStopped) return;
    waiting.delete(key);
    work(key);
    pump();
  };
  const work = (key: string) => {
    try {
      const tookMs = reconcile(key) ?? 0;
      if (tookMs > 0) busyUntilMs.set(key, world.clock.now() + tookMs);
      else busyUntilMs.delete(key);
      failures.delete(key);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      queue.addRateLimited(key);
    }
  };
  const queue: WorkQueue = {
    add(key) {
      if (isStopped) return;
      const busyMs = (busyUntilMs.get(key) ?? 0) - world.clock.now();
      if (busyMs > 0) return queue.addAfter(key, busyMs);
      if (!waiting.has(key)) counters?.add('workqueue_adds_total', label);
      waiting.add(key);
      pump();
    },
    addAfter(key, delayMs) {
      if (isStopped) return;
      if (delayMs <= 0) return queue.add(key);
      const atMs = world.clock.now() + delayMs;
      const timer = timers.get(key);
      if (timer && timer.atMs <= atMs) return;
      timer?.cancel();
      timers.set(key, world.clock.after(delayMs, name, () => {
        timers.delete(key);
        queue.add(key);
      }));
    },
    addRateLimited(key) {
      const count = failures.get(key) ?? 0;
      counters?.add('workqueue_retries_total', label);
      failures.set(key, count + 1);
      queue.addAfter(key, Math.min(BACKOFF_BASE_MS * 2 ** count, BACKOFF_MAX_MS));
    },
    forget: (key) => void failures.delete(key),
    stop() {
      isStopped = true;
      for (const timer of timers.values()) timer.cancel();
      timers.clear();
      waiting.clear();
    },
  };
  return queue;
}
