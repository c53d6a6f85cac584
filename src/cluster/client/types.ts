/** What every component of the cluster is built from: a typed API client, informers, queues. */
import type { Draft, KubeObject, Status } from '../api/types.ts';
import { ExpectedError } from '../expected-error.ts';

/** Which resource; `kinds.ts` has one constant for each: `resource('apps', 'v1', 'deployments')`. */
export interface ResourceRef<T extends KubeObject> {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set; carries the type. */
  readonly __type?: T;
}

/** A failed request: the Status the API server gave. */
export class ApiError extends ExpectedError {
  constructor(readonly status: Status) {
    super(status.message ?? `code ${status.code}`);
    this.name = 'ApiError';
  }
  /** `NotFound`, `Conflict`, `AlreadyExists`, `Forbidden`, `Invalid`, … */
  get reason(): string { return this.status.reason ?? ''; }
  get code(): number { return this.status.code ?? 500; }
}

export interface ListOptions { namespace?: string; labelSelector?: string; fieldSelector?: string; /** Of series of a custom metric. */ metricLabelSelector?: string }
interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/**
 * Synchronous client with one identity. Methods throw `ApiError` for what the server refuses and
 * `NetworkError` when it cannot be reached; `get` gives undefined for 404.
 */
export interface ApiClient {
  get<T extends KubeObject>(resource: ResourceRef<T>, name: string, namespace?: string): T | undefined;
  list<T extends KubeObject>(resource: ResourceRef<T>, options?: ListOptions): T[];
  /** GET of a subresource; throws for 404, too. */
  getSubresource(resource: ResourceRef<KubeObject>, name: string, namespace: string | undefined, subresource: string): unknown;
  create<T extends KubeObject>(resource: ResourceRef<T>, object: Draft<T>): T;
  update<T extends KubeObject>(resource: ResourceRef<T>, object: T): T;
  updateStatus<T extends KubeObject>(resource: ResourceRef<T>, object: T): T;
  /** PUT to a subresource other than status: `finalize`, `scale`. */
  updateSubresource<T extends KubeObject>(resource: ResourceRef<T>, object: T, subresource: string): T;
  /** A JSON merge patch (or a strategic one) to the object or one of its subresources. */
  patch<T extends KubeObject>(resource: ResourceRef<T>, name: string, namespace: string | undefined, patch: unknown, options?: { subresource?: string; type?: 'merge' | 'strategic' | 'json' }): T;
  delete(resource: ResourceRef<KubeObject>, name: string, namespace?: string, options?: DeleteOptions): void;
  /** POST to a subresource: `eviction`, `binding`, `token`. */
  createSubresource(resource: ResourceRef<KubeObject>, name: string, namespace: string | undefined, subresource: string, body: unknown): unknown;
}

/** A local copy of a resource, kept by list and watch; relists by itself after the connection was lost. */
export interface Informer<T extends KubeObject> {
  /** By `namespace/name` or `name`. */
  get(key: string): T | undefined;
  list(): readonly T[];
  /** Objects whose index value (see `indexBy`) is `value`. */
  byIndex(index: string, value: string): readonly T[];
  /** Adds an index before the informer has started: object to the values under which it is found. */
  indexBy(index: string, values: (object: T) => readonly string[]): void;
  /** `old` is undefined for a new object, `now` for a deleted one. Handlers run synchronously in order of registration. */
  onChange(handler: (now: T | undefined, old: T | undefined) => void): void;
  readonly hasSynced: boolean;
  start(): void;
  stop(): void;
}

/** Keys to work on, each at most once at a time, with per-key exponential back-off. */
export interface WorkQueue {
  add(key: string): void;
  addAfter(key: string, delayMs: number): void;
  /** Again, after a back-off that doubles from 5 ms to 1000 s (client-go's default). */
  addRateLimited(key: string): void;
  forget(key: string): void;
  stop(): void;
}

/** Records events as client-go's recorder does: identical ones are counted (count, lastTimestamp). */
export interface EventRecorder {
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string, options?: { fieldPath?: string }): void;
}

/** A program of the cluster that can be started and stopped (stop = crash: it lets go of everything at once). */
export interface Component {
  readonly name: string;
  start(): void;
  stop(): void;
}
