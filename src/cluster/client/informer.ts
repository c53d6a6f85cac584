/** List, then watch, then list again whenever the watch was lost: a local copy with indices and handlers. */
import { isApiFailure } from './api-failure.ts';
import type { World } from '../../time/simulation.ts';
import { type ApiTransport, type Credential, isResponse, type OpenStream, type WatchEvent } from '../apiserver/request.ts';
import type { KubeObject, Status } from '../api/types.ts';
import { listPath, statusOf } from './client.ts';
import { ApiError, type Informer, type ListOptions, type ResourceRef } from './types.ts';

const RETRY_MIN_MS = 800; // client-go reflector: backoff 800 ms …
const RETRY_MAX_MS = 30_000; // … to 30 s

export interface InformerOptions extends ListOptions {
  world: World;
  transport: ApiTransport;
  credential?: Credential;
  userAgent?: string;
}

/** An informer that is not started yet. */
export function createInformer<T extends KubeObject>(resource: ResourceRef<T>, options: InformerOptions): Informer<T> {
  return new ListWatch(resource, options);
}

/** `namespace/name`, or `name` for cluster-scoped objects. */
export function keyOf(object: { metadata: { name?: string; namespace?: string } }): string {
  const { name = '', namespace } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

class ListWatch<T extends KubeObject> implements Informer<T> {
  readonly #resource: ResourceRef<T>;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, T>();
  readonly #indices = new Map<string, { values: (object: T) => readonly string[]; entries: Map<string, Map<string, T>> }>();
  readonly #handlers: ((now: T | undefined, old: T | undefined) => void)[] = [];
  #stream: OpenStream | undefined;
  #retryMs = RETRY_MIN_MS;
  #generation = 0;
  #running = false;
  hasSynced = false;

  constructor(resource: ResourceRef<T>, options: InformerOptions) {
    this.#resource = resource;
    this.#options = options;
  }

  get(key: string): T | undefined { return this.#objects.get(key); }
  list(): readonly T[] { return [...this.#objects.values()]; }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indices.get(index);
    if (!found) throw new Error(`informer of ${this.#resource.plural}: no index "${index}"`);
    const entries = found.entries.get(value);
    return entries ? [...entries.values()] : [];
  }

  indexBy(index: string, values: (object: T) => readonly string[]): void {
    if (this.#indices.has(index)) return;
    const entries = new Map<string, Map<string, T>>();
    this.#indices.set(index, { values, entries });
    for (const [key, object] of this.#objects) addTo(entries, values(object), key, object);
  }

  onChange(handler: (now: T | undefined, old: T | undefined) => void): void {
    this.#handlers.push(handler);
    for (const object of this.#objects.values()) handler(object, undefined);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#listAndWatch(++this.#generation);
  }

  stop(): void {
    this.#running = false;
    this.#generation++;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #listAndWatch(generation: number): void {
    if (generation !== this.#generation) return;
    try {
      const version = this.#relist();
      this.#watch(generation, version);
      this.#retryMs = RETRY_MIN_MS;
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#retry(generation);
    }
  }

  #retry(generation: number): void {
    const delayMs = this.#retryMs;
    this.#retryMs = Math.min(delayMs * 2, RETRY_MAX_MS);
    this.#options.world.clock.after(delayMs, `relist ${this.#resource.plural}`, () => this.#listAndWatch(generation));
  }

  #relist(): string {
    const { transport, credential, userAgent } = this.#options;
    const path = listPath(this.#resource, this.#options);
    const response = transport.handle({ method: 'GET', path, credential, userAgent });
    if (response.code >= 400) throw new ApiError(statusOf(response.code, response.body, { method: 'GET', path }));
    const list = response.body as { metadata: { resourceVersion: string }; items: T[] };
    const gone = new Map(this.#objects);
    for (const object of list.items) {
      gone.delete(keyOf(object));
      this.#set(object);
    }
    for (const object of gone.values()) this.#remove(object);
    this.hasSynced = true;
    return list.metadata.resourceVersion;
  }

  #watch(generation: number, resourceVersion: string): void {
    const { transport, credential, userAgent } = this.#options;
    const path = listPath(this.#resource, this.#options, { watch: '1', resourceVersion });
    const answer = transport.watch({ method: 'GET', path, credential, userAgent }, {
      event: (event) => { if (generation === this.#generation) this.#receive(event); },
      closed: () => {
        if (generation !== this.#generation) return;
        this.#stream = undefined;
        this.#options.world.clock.after(this.#retryMs, `relist ${this.#resource.plural}`, () => this.#listAndWatch(generation));
      },
    });
    if (isResponse(answer)) throw new ApiError(statusOf(answer.code, answer.body, { method: 'GET', path }));
    this.#stream = answer;
  }

  #receive(event: WatchEvent): void {
    if (event.type === 'BOOKMARK' || event.type === 'ERROR' || isStatus(event.object)) return; // after ERROR the stream closes
    const object = event.object as T; // the server serves the kind that was asked for
    if (event.type === 'DELETED') this.#remove(object);
    else this.#set(object);
  }

  #set(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#objects.set(key, object);
    for (const { values, entries } of this.#indices.values()) {
      const [before, after] = [old && values(old), values(object)];
      if (before && !sameValues(before, after)) removeFrom(entries, before, key);
      addTo(entries, after, key, object);
    }
    for (const handler of this.#handlers) handler(object, old);
  }

  #remove(object: T): void {
    const key = keyOf(object);
    const old = this.#objects.get(key);
    if (!old) return;
    this.#objects.delete(key);
    for (const { values, entries } of this.#indices.values()) removeFrom(entries, values(old), key);
    for (const handler of this.#handlers) handler(undefined, object);
  }
}

function isStatus(object: KubeObject | Status): object is Status {
  return object.kind === 'Status' && object.apiVersion === 'v1';
}

function sameValues(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}

function addTo<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string, object: T): void {
  for (const value of values) {
    let bucket = entries.get(value);
    if (!bucket) entries.set(value, (bucket = new Map()));
    bucket.set(key, object);
  }
}

function removeFrom<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const bucket = entries.get(value);
    bucket?.delete(key);
    if (bucket?.size === 0) entries.delete(value);
  }
}
