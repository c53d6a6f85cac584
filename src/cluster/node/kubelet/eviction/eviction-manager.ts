/** Node-pressure eviction: when the node runs low on memory or disk, reclaims what nobody uses, then evicts one Pod at a time. */
import { qosClassOf } from '../../../api/qos.ts';
import type { Timer } from '../../../../time/clock.ts';
import type { World } from '../../../../time/simulation.ts';
import type { Pod } from '../../../api/types.ts';
import type { KubeletConfiguration } from '../configuration.ts';
import { evictionMessage, isCritical, localStorageMessage, ranked, type Tenant } from './ranking.ts';
import { isMet, type NodeStats, type Pressure, type Threshold, thresholdsOf } from './signals.ts';

const MONITOR_MS = 10_000; // kubelet: evictionMonitoringPeriod

export interface EvictionOptions {
  world: World;
  configuration: KubeletConfiguration;
  stats: () => NodeStats;
  /** Pods that run here. */
  tenants: () => Tenant[];
  /** Whether one that was evicted has not ended yet. */
  isLeaving: () => boolean;
  /** Removes images and containers that nobody uses. */
  reclaimDisk: () => void;
  /** An event about the node. */
  announce: (reason: string, message: string) => void;
  evict: (pod: Pod, message: string, graceSeconds: number) => void;
}

export class EvictionManager {
  readonly #options: EvictionOptions;
  readonly #thresholds: readonly Threshold[];
  /** Since when a threshold has been met, and when a pressure was last seen. */
  readonly #metSince = new Map<Threshold, number>();
  readonly #seen = new Map<Pressure, number>();
  #timer: Timer | undefined;

  constructor(options: EvictionOptions) {
    this.#options = options;
    this.#thresholds = thresholdsOf(options.configuration);
  }

  start(): void {
    this.#timer = this.#options.world.clock.after(MONITOR_MS, 'eviction', () => {
      this.#synchronize();
      this.start();
    });
  }

  stop(): void { this.#timer?.cancel(); }

  /** The node's pressure conditions that hold: they outlast their cause by evictionPressureTransitionPeriod. */
  get pressures(): Pressure[] {
    const { world, configuration } = this.#options;
    return [...this.#seen].filter(([, ms]) => world.clock.now() - ms < configuration.evictionPressureTransitionPeriodMs).map(([pressure]) => pressure);
  }

  /** Why a Pod may not start here at the moment, if it may not. */
  refusal(pod: Pod): { reason: string; message: string } | undefined {
    const { pressures } = this;
    if (pressures.length === 0 || isCritical(pod)) return undefined;
    const isMemoryOnly = pressures.length === 1 && pressures[0] === 'MemoryPressure';
    if (isMemoryOnly && (qosClassOf(pod.spec) !== 'BestEffort' || toleratesMemoryPressure(pod))) return undefined;
    return { reason: 'Evicted', message: `The node had condition: [${pressures.join(' ')}]. ` };
  }

  #synchronize(): void {
    const { world, stats, isLeaving, tenants, evict } = this.#options;
    const nowMs = world.clock.now();
    const met = this.#met(nowMs);
    for (const { pressure } of met) this.#seen.set(pressure, nowMs);
    if (isLeaving()) return;
    const overfull = tenants().map((tenant) => ({ tenant, message: localStorageMessage(tenant) })).filter(({ message }) => message !== undefined);
    for (const { tenant: { pod }, message } of overfull) if (!isCritical(pod)) evict(pod, message!, 1);
    const threshold = met.find((each) => nowMs - (this.#metSince.get(each) ?? nowMs) >= (each.graceMs ?? 0));
    if (overfull.length > 0 || !threshold) return;
    this.#options.announce('EvictionThresholdMet', `Attempting to reclaim ${threshold.resource}`);
    if (threshold.pressure === 'DiskPressure') {
      this.#options.reclaimDisk();
      if (!isMet(stats(), threshold, true)) return;
    }
    this.#evictOne(threshold);
  }

  /** Thresholds that are met, and those met before until what they ask for is reclaimed. */
  #met(nowMs: number): Threshold[] {
    const stats = this.#options.stats();
    const met = this.#thresholds.filter((threshold) => isMet(stats, threshold, this.#metSince.has(threshold)));
    for (const threshold of this.#thresholds) if (!met.includes(threshold)) this.#metSince.delete(threshold);
    for (const threshold of met) if (!this.#metSince.has(threshold)) this.#metSince.set(threshold, nowMs);
    return met;
  }

  #evictOne(threshold: Threshold): void {
    const { tenants, stats, evict, configuration } = this.#options;
    const first = ranked(tenants(), threshold.resource).find(({ pod }) => !isCritical(pod));
    if (!first) return;
    const graceSeconds = threshold.graceMs === undefined ? 1 : Math.min(configuration.evictionMaxPodGracePeriod, first.pod.spec.terminationGracePeriodSeconds ?? 30);
    evict(first.pod, evictionMessage(first, threshold, stats()), graceSeconds);
  }
}

function toleratesMemoryPressure({ spec: { tolerations = [] } }: Pod): boolean {
  return tolerations.some(({ key, operator, effect }) => (key === 'node.kubernetes.io/memory-pressure' || (!key && operator === 'Exists')) && (!effect || effect === 'NoSchedule'));
}
