/** Disruption of zones: how many nodes are down where, and how fast Pods may therefore be evicted (node_lifecycle_controller.go: handleDisruption). */
import type { Node } from '../../api/types.ts';

const unhealthyZoneThreshold = 0.55; // kube-controller-manager: --unhealthy-zone-threshold
const evictionPauseMs = 10_000; // --node-eviction-rate: 0.1 a second
const secondaryEvictionPauseMs = 100_000; // --secondary-node-eviction-rate: 0.01 a second
const largeClusterSizeThreshold = 50; // --large-cluster-size-threshold
const EXCLUDED = 'node.kubernetes.io/exclude-disruption';

interface Zone { readonly up: Set<string>; readonly down: Set<string>; nextEvictionMs: number }

/** Whether NoExecute may be set now: yes, after so many milliseconds, or not before something changes. */
export type Permission = 'now' | { afterMs: number } | 'never';

export class Zones {
  readonly #zones = new Map<string, Zone>();
  readonly #zoneOf = new Map<string, string>();

  /** Takes note of a node's state; `undefined` for a node that is gone. */
  note(name: string, node: Node | undefined): void {
    const before = this.#zones.get(this.#zoneOf.get(name) ?? '');
    before?.up.delete(name);
    before?.down.delete(name);
    this.#zoneOf.delete(name);
    if (!node || node.metadata.labels?.[EXCLUDED] !== undefined) return;
    const key = zoneKey(node);
    this.#zoneOf.set(name, key);
    let zone = this.#zones.get(key);
    if (!zone) this.#zones.set(key, (zone = { up: new Set(), down: new Set(), nextEvictionMs: 0 }));
    (isReady(node) ? zone.up : zone.down).add(name);
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
    return [...this.#zones].map(([key, zone]) => `${key}=${stateOf(zone)}`).sort().join() + (this.isAllDown ? ' all down' : '');
  }

  /** Names of the nodes that are down. */
  get down(): string[] { return [...this.#zones.values()].flatMap((zone) => [...zone.down]); }

  /** Asks for the eviction of one node's Pods; `now` uses up the zone's turn. */
  mayEvict(node: Node, nowMs: number): Permission {
    if (this.isAllDown) return 'never';
    const zone = this.#zones.get(zoneKey(node));
    if (!zone) return 'now';
    const isPartial = stateOf(zone) === 'partial';
    if (isPartial && zone.up.size + zone.down.size <= largeClusterSizeThreshold) return 'never';
    if (nowMs < zone.nextEvictionMs) return { afterMs: zone.nextEvictionMs - nowMs };
    zone.nextEvictionMs = nowMs + (isPartial ? secondaryEvictionPauseMs : evictionPauseMs);
    return 'now';
  }
}

function stateOf({ up, down }: Zone): 'normal' | 'partial' | 'full' {
  if (up.size === 0 && down.size > 0) return 'full';
  return down.size > 2 && down.size / (up.size + down.size) >= unhealthyZoneThreshold ? 'partial' : 'normal';
}

function zoneKey({ metadata: { labels = {} } }: Node): string {
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

function isReady(node: Node): boolean {
  return node.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}
