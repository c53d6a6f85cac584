/** Graceful node shutdown (kubelet/nodeshutdown): the kubelet holds an orderly shutdown back until its Pods have ended, critical ones last. */
import type { World } from '../../../time/simulation.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { isCritical } from './eviction/ranking.ts';
import { gracePeriodSeconds } from './pod-termination.ts';
import type { PodWorker } from './pod-worker.ts';

const REASON = 'Terminated';
const MESSAGE = 'Pod was terminated in response to imminent node shutdown.';
const POLL_MS = 100;

export interface NodeShutdownOptions {
  world: World;
  configuration: KubeletConfiguration;
  workers: () => PodWorker[];
  /** The node's status is to be told at once. */
  announce: () => void;
}

export class NodeShutdown {
  readonly #options: NodeShutdownOptions;
  isUnderWay = false;

  constructor(options: NodeShutdownOptions) {
    this.#options = options;
  }

  /** The machine is about to shut down; `done` is called when it may. Without a shutdownGracePeriod that is at once. */
  begin(done: () => void): void {
    const { configuration: { shutdownGracePeriodMs, shutdownGracePeriodCriticalPodsMs }, announce } = this.#options;
    if (shutdownGracePeriodMs === 0 || this.isUnderWay) return done();
    this.isUnderWay = true;
    announce();
    this.#end(false, shutdownGracePeriodMs - shutdownGracePeriodCriticalPodsMs, () => this.#end(true, shutdownGracePeriodCriticalPodsMs, done));
  }

  /** Ends one group of Pods: each has its own grace period, but no more than the group's. */
  #end(ofCritical: boolean, limitMs: number, done: () => void): void {
    const { world: { clock }, workers } = this.#options;
    const group = workers().filter((worker) => worker.holdsResources && isCritical(worker.pod) === ofCritical);
    const verdict = { phase: 'Failed' as const, reason: REASON, message: MESSAGE, disruption: { reason: 'TerminationByKubelet', message: MESSAGE } };
    for (const worker of group) worker.terminate({ graceSeconds: Math.min(limitMs / 1000, gracePeriodSeconds(worker.pod)), verdict });
    const untilMs = clock.now() + limitMs;
    const wait = () => {
      if (clock.now() >= untilMs || group.every(({ holdsResources }) => !holdsResources)) return done();
      clock.after(POLL_MS, 'node shutdown', wait);
    };
    wait();
  }
}
