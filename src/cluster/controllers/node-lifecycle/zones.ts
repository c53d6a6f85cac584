/** Disruption of zones: how many nodes are down where, and how fast Pods may therefore be evicted (node_lifecycle_controller.go: handleDisruption). */
import type { Node } from '../../api/types.ts';
import type { Settings } from '../controller.ts';

const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

/** `ratePerSecond` and the moment of the next turn: a token bucket that holds one. */
interface Zone { readonly up: Set<string>; readonly down: Set<string>; ratePerSecond: number; nextEvictionMs: number }

/** Whether NoExecute may be set now: yes, after so many milliseconds, or not before something changes. */
export type Permission = 'now' | { afterMs: number } | 'never';

export class Zones {
  readonly #zones = new Map<string, Zone>();
  readonly #zoneOf = new Map<string, string>();
  readonly #rates: { normal: number; reduced: number; threshold: number; largeSize: number };

  constructor(settings: Settings) {
    this.#rates = {
      normal: settings.number('node-eviction-rate', 0.1), reduced: settings.number('secondary-node-eviction-rate', 0.01),
      threshold: settings.number('unhealthy-zone-threshold', 0.55), largeSize: settings.int('large-cluster-size-threshold', 50),
    };
  }

  /** Takes note of a node's state; `undefined` for a node that is gone. */
  note(name: string, node: Node | undefined, nowMs: number): void {
    const before = this.#zones.get(this.#zoneOf.get(name) ?? '');
    before?.up.delete(name);
    before?.down.delete(name);
    this.#zoneOf.delete(name);
    if (node) {
      const key = zoneKey(node);
      let zone = this.#zones.get(key);
      if (!zone) this.#zones.set(key, (zone = { up: new Set(), down: new Set(), ratePerSecond: this.#rates.normal, nextEvictionMs: 0 }));
      if (node.metadata.labels?.[EXCLUDED] === undefined) {
        this.#zoneOf.set(name, key);
        (isReady(node) ? zone.up : zone.down).add(name);
      }
    }
    const isAllDown = this.isAllDown;
    for (const zone of this.#zones.values()) limit(zone, isAllDown ? 0 : this.#rateOf(zone), nowMs);
  }

  #rateOf(zone: Zone): number {
    if (this.#stateOf(zone) !== 'partial') return this.#rates.normal;
    return zone.up.size + zone.down.size > this.#rates.largeSize ? this.#rates.reduced : 0;
  }

  #stateOf({ up, down }: Zone): 'normal' | 'partial' | 'full' {
    if (up.size === 0 && down.size > 0) return 'full';
    return down.size > 2 && down.size / (up.size + down.size) >= this.#rates.threshold ? 'partial' : 'normal';
  }

  /** All nodes of all zones are down: rather is it this side that is cut off, so nothing is evicted. */
  get isAllDown(): boolean {
    let down = 0;
    for (const zone of this.#zones.values()) {
      if (zone.up.size > 0) return false;
      down += zone.down.size;
    }
    return down > 0;
  }

  /** A text that changes whenever permissions may have changed. */
  get state(): string {
    return [...this.#zones].map(([key, zone]) => `${key}=${this.#stateOf(zone)}`).sort().join() + (this.isAllDown ? ' all down' : '');
  }

  /** Names of the nodes that are down. */
  get down(): string[] { return [...this.#zones.values()].flatMap((zone) => [...zone.down]); }

  /** Asks for the eviction of one node's Pods; `now` uses up the zone's turn. */
  mayEvict(node: Node, nowMs: number): Permission {
    const zone = this.#zones.get(zoneKey(node));
    if (!zone) return 'now';
    if (zone.ratePerSecond === 0) return 'never';
    if (nowMs < zone.nextEvictionMs) return { afterMs: zone.nextEvictionMs - nowMs };
    zone.nextEvictionMs = nowMs + 1000 / zone.ratePerSecond;
    return 'now';
  }
}

/** Another rate counts from now on; whoever had to wait for a turn waits for a whole one (rate_limited_queue.go: SwapLimiter). */
function limit(zone: Zone, ratePerSecond: number, nowMs: number): void {
  if (zone.ratePerSecond === ratePerSecond) return;
  const isWaiting = zone.ratePerSecond === 0 || nowMs < zone.nextEvictionMs;
  zone.nextEvictionMs = isWaiting && ratePerSecond > 0 ? nowMs + 1000 / ratePerSecond : 0;
  zone.ratePerSecond = ratePerSecond;
}

function zoneKey({ metadata: { labels = {} } }: Node): string {
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

function isReady(node: Node): boolean {
  return node.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}
