/** Watches: each change goes to those whose selectors it concerns, in order, as a step of its own. */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import type { Kind } from '../api/kind.ts';
import type { KubeObject, Status } from '../api/types.ts';
import type { OpenStream, WatchEvent, WatchSink } from './request.ts';
import type { Resource, StoredEvent } from './storage.ts';

const BUFFER_MAX = 50_000; // a sink that never drains is cut off
const BOOKMARK_EVERY_MS = 60_000; // apiserver: defaultBookmarkFrequency

export interface WatchOptions {
  namespace: string;
  matches: (object: KubeObject) => boolean;
  /** A field that must have one value (`spec.nodeName`, `metadata.name`): watchers are found by it, not asked one by one. */
  indexed?: { field: string; value: string };
  /** What the client gets of each object. */
  present: (object: KubeObject) => KubeObject;
  timeoutMs?: number;
  /** The bookmark of this moment, for clients that asked for bookmarks. */
  bookmark?: () => KubeObject;
  /** What follows `past`: the bookmark that ends the initial events of a streaming list. */
  initialEventsEnd?: KubeObject;
}

/** All open watches of one API server. */
export class WatchHub {
  readonly #world: World;
  readonly #dispatchers = new Map<Resource, Dispatcher>();
  readonly #open = new Set<Watcher>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Opens a watch that begins with `past`. */
  watch(resource: Resource, options: WatchOptions, past: readonly StoredEvent[], sink: WatchSink): OpenStream {
    const dispatcher = this.#dispatcherOf(resource);
    const watcher = new Watcher(this.#world, options, sink, () => {
      this.#open.delete(watcher);
      dispatcher.remove(watcher);
    });
    this.#open.add(watcher);
    for (const event of past) watcher.offer(event);
    if (options.initialEventsEnd) watcher.mark(options.initialEventsEnd);
    dispatcher.add(watcher);
    return { close: () => watcher.close() };
  }

  /** A stream that gives one ERROR and ends: a watch from a forgotten revision. */
  refuse(sink: WatchSink, status: Status): OpenStream {
    let open = true;
    this.#world.soon('watch error', () => {
      if (!open) return;
      sink.event({ type: 'ERROR', object: status });
      sink.closed();
    });
    return { close: () => { open = false; } };
  }

  /** Ends every watch, as a server that goes down does. */
  closeAll(): void {
    for (const watcher of this.#open) watcher.end();
    for (const dispatcher of this.#dispatchers.values()) dispatcher.close();
    this.#dispatchers.clear();
  }

  /** Ends the watches on a resource that is served no more. */
  close(resource: Resource): void {
    const dispatcher = this.#dispatchers.get(resource);
    if (!dispatcher) return;
    this.#dispatchers.delete(resource);
    dispatcher.end();
  }

  get openCount(): number { return this.#open.size; }

  #dispatcherOf(resource: Resource): Dispatcher {
    let found = this.#dispatchers.get(resource);
    if (!found) this.#dispatchers.set(resource, (found = new Dispatcher(resource)));
    return found;
  }
}

/** Finds the watchers that a change may concern. */
class Dispatcher {
  readonly #resource: Resource;
  readonly #all = new Set<Watcher>();
  readonly #indexed = new Map<string, Map<string, Set<Watcher>>>();
  readonly #listener = (event: StoredEvent) => this.#dispatch(event);

  constructor(resource: Resource) {
    this.#resource = resource;
    resource.listeners.add(this.#listener);
  }

  close(): void { this.#resource.listeners.delete(this.#listener); }

  end(): void {
    this.close();
    const watchers = [...this.#all, ...[...this.#indexed.values()].flatMap((values) => [...values.values()].flatMap((set) => [...set]))];
    for (const watcher of watchers) watcher.end();
  }

  add(watcher: Watcher): void { this.#setOf(watcher).add(watcher); }

  remove(watcher: Watcher): void {
    this.#setOf(watcher).delete(watcher);
    const { indexed } = watcher.options;
    const values = indexed && this.#indexed.get(indexed.field);
    if (values?.get(indexed!.value)?.size === 0) values.delete(indexed!.value);
  }

  #setOf({ options: { indexed } }: Watcher): Set<Watcher> {
    if (!indexed) return this.#all;
    let values = this.#indexed.get(indexed.field);
    if (!values) this.#indexed.set(indexed.field, (values = new Map()));
    let set = values.get(indexed.value);
    if (!set) values.set(indexed.value, (set = new Set()));
    return set;
  }

  #dispatch(event: StoredEvent): void {
    for (const watcher of this.#all) watcher.offer(event);
    for (const [field, values] of this.#indexed) {
      const now = indexValue(this.#resource.kind, field, event.object);
      const before = event.old && indexValue(this.#resource.kind, field, event.old);
      for (const watcher of values.get(now) ?? []) watcher.offer(event);
      if (before !== undefined && before !== now) for (const watcher of values.get(before) ?? []) watcher.offer(event);
    }
  }
}

function indexValue(kind: Kind, field: string, object: KubeObject): string {
  return field === 'metadata.name' ? object.metadata.name : (kind.fields?.[field]?.(object) ?? '');
}

class Watcher {
  readonly options: WatchOptions;
  readonly #world: World;
  readonly #sink: WatchSink;
  readonly #forget: () => void;
  #buffer: WatchEvent[] = [];
  #scheduled = false;
  #open = true;
  #timeout: Timer | undefined;
  #nextMark: Timer | undefined;

  constructor(world: World, options: WatchOptions, sink: WatchSink, forget: () => void) {
    this.#world = world;
    this.options = options;
    this.#sink = sink;
    this.#forget = forget;
    if (options.timeoutMs) this.#timeout = world.clock.after(options.timeoutMs, 'watch timeout', () => this.end());
    this.#markLater();
  }

  /** Passes a change on, if it concerns this watch, as the client's selectors see it. */
  offer(event: StoredEvent): void {
    if (!this.#open) return;
    const { namespace, matches, present } = this.options;
    if (namespace && event.object.metadata.namespace !== namespace) return;
    const now = event.type !== 'DELETED' && matches(event.object);
    const before = event.old !== undefined && matches(event.old);
    if (!now && !before) return;
    const type = now ? (before ? 'MODIFIED' : 'ADDED') : 'DELETED';
    this.#push({ type, object: present(event.object) });
  }

  /** Passes a bookmark on. */
  mark(object: KubeObject): void { this.#push({ type: 'BOOKMARK', object }); }

  #markLater(): void {
    const { bookmark } = this.options;
    if (!bookmark) return;
    this.#nextMark = this.#world.clock.after(BOOKMARK_EVERY_MS, 'bookmark', () => {
      this.mark(bookmark());
      this.#markLater();
    });
  }

  #push(event: WatchEvent): void {
    this.#buffer.push(event);
    if (this.#buffer.length > BUFFER_MAX) return this.end();
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#world.soon('watch', () => this.#flush());
  }

  /** Ended by the client. */
  close(): void {
    this.#open = false;
    this.#buffer = [];
    this.#timeout?.cancel();
    this.#nextMark?.cancel();
    this.#forget();
  }

  /** Ended by the server. */
  end(): void {
    if (!this.#open) return;
    this.close();
    this.#sink.closed();
  }

  #flush(): void {
    this.#scheduled = false;
    const events = this.#buffer;
    this.#buffer = [];
    for (const event of events) {
      if (!this.#open) return;
      this.#sink.event(event);
    }
  }
}
