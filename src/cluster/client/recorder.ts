/** Records events the way client-go's recorder does: equal ones are counted, many alike are combined, a flood is cut. */
import { isApiFailure } from './api-failure.ts';
import type { World } from '../../time/simulation.ts';
import type { Draft, Event, KubeObject } from '../api/types.ts';
import { events } from './resources.ts';
import { type ApiClient, ApiError, type EventRecorder } from './types.ts';

const SIMILAR_MAX = 10; // EventAggregator: maxEvents
const SIMILAR_WINDOW_MS = 600_000; // EventAggregator: maxIntervalInSeconds
const BURST = 25; // EventSourceObjectSpamFilter: burst
const REFILL_MS = 300_000; // … and one more each 5 minutes
const KNOWN_MAX = 4096; // the correlator's cache

interface Known { name: string; namespace: string; count: number; firstTimestamp: string; lastMs: number }

export interface RecorderOptions {
  world: World;
  client: ApiClient;
  /** `deployment-controller` */
  component: string;
  /** The node, for kubelets. */
  host?: string;
}

/** A recorder for one component. Events that cannot be written are lost, as on a real cluster. */
export function createRecorder({ world, client, component, host }: RecorderOptions): EventRecorder {
  const known = new Map<string, Known>();
  const similar = new Map<string, { messages: Set<string>; sinceMs: number }>();
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  const mayRecord = (objectKey: string): boolean => {
    const nowMs = world.clock.now();
    const bucket = buckets.get(objectKey) ?? { tokens: BURST, atMs: nowMs };
    const tokens = Math.min(BURST, bucket.tokens + (nowMs - bucket.atMs) / REFILL_MS);
    remember(buckets, objectKey, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs });
    return tokens >= 1;
  };
  const isFlood = (key: string, message: string): boolean => {
    const nowMs = world.clock.now();
    const seen = similar.get(key);
    const fresh = !seen || nowMs - seen.sinceMs > SIMILAR_WINDOW_MS;
    const record = fresh ? { messages: new Set<string>(), sinceMs: nowMs } : seen;
    record.messages.add(message);
    record.sinceMs = nowMs;
    remember(similar, key, record);
    return record.messages.size > SIMILAR_MAX - 1 && record.messages.size > 1;
  };

  return {
    event(object, type, reason, message, options = {}) {
      const objectKey = [object.kind, object.metadata.namespace, object.metadata.name, object.metadata.uid, options.fieldPath].join('|');
      const groupKey = [objectKey, type, reason].join('|');
      const combined = isFlood(groupKey, message);
      const text = combined ? `(combined from similar events): ${message}` : message;
      if (!mayRecord(objectKey)) return;
      const key = combined ? `${groupKey}|combined` : `${groupKey}|${message}`;
      try {
        write(key, object, type, reason, text, options.fieldPath);
      } catch (error) {
        if (!isApiFailure(error)) throw error;
      }
    },
  };

  function write(key: string, object: KubeObject, type: string, reason: string, message: string, fieldPath?: string): void {
    const nowMs = world.clock.now();
    const now = rfc3339(nowMs);
    const before = known.get(key);
    if (before) {
      const count = before.count + 1;
      const patched = tryPatch(before, { count, lastTimestamp: now, message });
      if (patched) return remember(known, key, { ...before, count, lastMs: nowMs });
    }
    const namespace = object.metadata.namespace ?? 'default';
    const name = `${object.metadata.name}.${eventSuffix(world)}`;
    const draft: Draft<Event> = {
      apiVersion: 'v1', kind: 'Event',
      metadata: { name, namespace },
      involvedObject: referenceTo(object, fieldPath),
      reason, message, type,
      source: host ? { component, host } : { component },
      firstTimestamp: now, lastTimestamp: now, count: 1,
      reportingComponent: component, reportingInstance: host ?? '',
    };
    client.create(events, draft);
    remember(known, key, { name, namespace, count: 1, firstTimestamp: now, lastMs: nowMs });
  }

  function tryPatch(event: Known, patch: object): boolean {
    try {
      client.patch(events, event.name, event.namespace, patch);
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false;
      throw error;
    }
  }
}

/** An ObjectReference as events carry it. */
export function referenceTo(object: KubeObject, fieldPath?: string): Event['involvedObject'] {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  const reference: Event['involvedObject'] = { kind: object.kind, name, uid, apiVersion: object.apiVersion, resourceVersion };
  if (namespace) reference.namespace = namespace;
  if (fieldPath) reference.fieldPath = fieldPath;
  return reference;
}

/** A time as Kubernetes writes it: RFC 3339 with whole seconds. */
export function rfc3339(ms: number): string {
  const second = Math.floor(ms / 1000);
  // Much happens at the same moment of virtual time.
  if (second !== written.second) written = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return written.text;
}

let written = { second: NaN, text: '' };

/** The end of an event's name: the time in nanoseconds, so that events lie in the order they were recorded. */
export function eventSuffix(world: World): string {
  const nowMs = world.clock.now();
  const last = recorded.get(world);
  const count = last?.nowMs === nowMs ? last.count + 1 : 0;
  recorded.set(world, { nowMs, count });
  return (BigInt(nowMs) * 1_000_000n + BigInt(count * NANOSECONDS_BETWEEN)).toString(16);
}

const NANOSECONDS_BETWEEN = 1021; // some work lies between two events of one moment
const recorded = new WeakMap<World, { nowMs: number; count: number }>();

/** Keeps the newest entries of a bounded cache. */
function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size > KNOWN_MAX) {
    const [oldest] = cache.keys();
    if (oldest !== undefined) cache.delete(oldest);
  }
}
