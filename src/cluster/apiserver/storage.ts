/**
 * The API server's storage: objects as values in etcd, with a cache that follows etcd's watch.
 * Reads come from the cache, which a synchronous etcd keeps exact; only writes cost a round trip.
 */
import type { Clock } from '../../time/clock.ts';
import { groupResource, type Kind } from '../api/kind.ts';
import { Ledger, LEDGER, withManagedFields } from '../api/managed-fields/ledger.ts';
import type { KubeObject } from '../api/types.ts';
import { EtcdError, type EtcdEvent, type EtcdFace, type EtcdValue, type KeyValue, prefixEnd } from '../etcd/face.ts';
import { plainTransformer } from './encryption/transformer.ts';
import { internalError } from './errors.ts';

/** Encrypts and decrypts the values of one resource; identity when none is configured. */
export interface Transformer {
  encode(plain: Uint8Array, key: string): Uint8Array;
  /** Throws an Error when no provider knows the bytes. */
  decode(bytes: Uint8Array, key: string): Uint8Array;
  /** True if the bytes would be written in another way today. */
  isStale?(bytes: Uint8Array): boolean;
}

/** A change as the cache passes it on. `old` is what was there before. */
export interface StoredEvent { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: KubeObject; old: KubeObject | undefined; revision: number }

export interface Resource {
  /** As it is stored. */
  kind: Kind;
  /** Further versions in which it is served. */
  otherVersions: readonly Kind[];
  readonly prefix: string;
  readonly objects: Map<string, KubeObject>;
  readonly byNamespace: Map<string, Map<string, KubeObject>>;
  /** Objects that cannot be read, by etcd key, with the reason. */
  readonly unreadable: Map<string, string>;
  readonly listeners: Set<(event: StoredEvent) => void>;
  /** Recent changes, oldest first, for watches from the past. */
  readonly recent: (StoredEvent & { atMs: number })[];
  /** Watches from before this revision must list again. */
  oldestRevision: number;
}

const LEASE_REUSE_MS = 60_000; // apiserver: --lease-reuse-duration-seconds
const FRESH_MS = 75_000; // watch cache: eventFreshDuration
/** Of a kind, so many changes are kept for those who look back, and never more than the other. */
const [RECENT_MIN, RECENT_MAX] = [500, 4000];
const MAGIC = 'k8s\0\n';

/** A value whose bytes are made only when somebody asks (a dump, a snapshot, an encryption). */
class PlainObject implements EtcdValue {
  #bytes: Uint8Array | undefined;
  constructor(readonly object: KubeObject) {}
  bytes(): Uint8Array {
    this.#bytes ??= Buffer.from(MAGIC + JSON.stringify(withManagedFields(this.object)));
    return this.#bytes;
  }
}

export class Storage {
  readonly #etcd: EtcdFace;
  readonly #clock: Clock;
  readonly #transformer: (kind: Kind) => Transformer | undefined;
  readonly #leases = new Map<number, { id: number; sinceMs: number }>();
  readonly #resources = new Map<string, Resource>();
  readonly #byPrefix = new Map<string, Resource>();
  #watch: { close(): void } | undefined;
  #revision = 0;

  constructor(etcd: EtcdFace, clock: Clock, transformer: (kind: Kind) => Transformer | undefined = () => undefined) {
    this.#etcd = etcd;
    this.#clock = clock;
    this.#transformer = transformer;
  }

  /** etcd's newest revision that the cache has seen. */
  get revision(): number { return this.#revision; }

  /** Reads everything and follows etcd from there. Throws EtcdError. */
  open(kinds: readonly Kind[]): void {
    for (const kind of kinds) this.addKind(kind, kind.otherVersions);
    const all = this.#etcd.range('/registry/', { rangeEnd: prefixEnd('/registry/') });
    this.#revision = all.revision;
    for (const resource of this.#resources.values()) resource.oldestRevision = all.revision;
    for (const kv of all.kvs) this.#load(kv);
    this.#watch = this.#etcd.watch('/registry/', { rangeEnd: prefixEnd('/registry/'), fromRevision: all.revision + 1 }, (events, revision) => {
      this.#revision = revision;
      for (const event of events) this.#follow(event);
    });
  }

  close(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  /** What is served in a second group, too: events. */
  readonly #otherGroups = new Map<string, Resource>();
  /** As `kinds` gives them: every request asks. */
  #kinds: readonly Kind[] | undefined;
  #groups: ReadonlySet<string> | undefined;

  /** Starts serving a kind; a custom one may come later and change. */
  addKind(kind: Kind, otherVersions: readonly Kind[] = []): void {
    this.#kinds = this.#groups = undefined;
    const id = groupResource(kind);
    const known = this.#resources.get(id);
    if (known) {
      known.kind = kind;
      known.otherVersions = otherVersions;
      return;
    }
    const prefix = kind.etcdPrefix ?? (kind.group && !BUILT_IN_FLAT.has(kind.group) ? `${kind.group}/${kind.plural}` : kind.plural);
    const resource: Resource = {
      kind, otherVersions, prefix: `/registry/${prefix}/`, objects: new Map(), byNamespace: new Map(), unreadable: new Map(), listeners: new Set(), recent: [], oldestRevision: this.#revision,
    };
    this.#resources.set(id, resource);
    for (const other of otherVersions) if (other.group !== kind.group) this.#otherGroups.set(groupResource(other), resource);
    this.#byPrefix.set(prefix, resource);
    if (this.#watch) for (const kv of this.#etcd.range(resource.prefix, { rangeEnd: prefixEnd(resource.prefix) }).kvs) this.#load(kv);
  }

  /** Stops serving a kind. */
  removeKind(kind: Pick<Kind, 'group' | 'plural'>): Resource | undefined {
    const resource = this.#resources.get(groupResource(kind));
    if (!resource) return undefined;
    this.#kinds = this.#groups = undefined;
    this.#resources.delete(groupResource(kind));
    this.#byPrefix.delete(resource.prefix.slice('/registry/'.length, -1));
    return resource;
  }

  /** Kinds served in all their versions, in the order they were added. */
  kinds(): readonly Kind[] { return this.#kinds ??= [...this.#resources.values()].flatMap(({ kind, otherVersions }) => [kind, ...otherVersions]); }

  /** Whether it has kinds of a group. */
  hasGroup(group: string): boolean { return (this.#groups ??= new Set(this.kinds().map((kind) => kind.group))).has(group); }

  /** How many objects there are of each kind. */
  counts(): { resource: string; count: number }[] { return [...this.#resources].map(([resource, { objects }]) => ({ resource, count: objects.size })); }

  /** The kind behind a path's group, version and resource. */
  kindOf(group: string, version: string, plural: string): Kind | undefined {
    const resource = this.#find({ group, plural });
    return resource && [resource.kind, ...resource.otherVersions].find((kind) => kind.group === group && kind.version === version);
  }

  #find(kind: Pick<Kind, 'group' | 'plural'>): Resource | undefined {
    const id = groupResource(kind);
    return this.#resources.get(id) ?? this.#otherGroups.get(id);
  }

  resource(kind: Pick<Kind, 'group' | 'plural'>): Resource {
    const found = this.#find(kind);
    if (!found) throw internalError(`no storage for ${groupResource(kind)}`);
    return found;
  }

  /** An object, or undefined. Throws InternalError if its bytes cannot be read (a missing encryption key). */
  get(kind: Pick<Kind, 'group' | 'plural'>, name: string, namespace?: string): KubeObject | undefined {
    const resource = this.resource(kind);
    const key = cacheKey(name, namespace);
    if (resource.unreadable.size > 0) {
      const problem = resource.unreadable.get(resource.prefix + key);
      if (problem) throw internalError(problem);
    }
    return resource.objects.get(key);
  }

  /** All objects of a kind, ordered by key as etcd orders them. Throws InternalError if one cannot be read. */
  list(kind: Pick<Kind, 'group' | 'plural'>, namespace?: string): KubeObject[] {
    const resource = this.resource(kind);
    for (const [key, problem] of resource.unreadable) {
      if (!namespace || key.startsWith(`${resource.prefix}${namespace}/`)) throw internalError(problem);
    }
    const objects = namespace ? resource.byNamespace.get(namespace) : resource.objects;
    if (!objects?.size) return [];
    return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /**
   * Writes an object; `expect` is the resourceVersion it must still have ('' = must not exist).
   * Gives the stored object with its new resourceVersion, or undefined when somebody else was first.
   */
  write(kind: Kind, object: KubeObject, expect: string, leaseSeconds?: number): KubeObject | undefined {
    const resource = this.resource(kind);
    const { name, namespace } = object.metadata;
    const key = resource.prefix + cacheKey(name, namespace);
    const lease = leaseSeconds ? this.#leaseFor(leaseSeconds) : undefined;
    const answer = this.#etcd.put(key, this.#encode(kind, withoutVersion(object), key), { expectRevision: expect === '' ? 0 : Number(expect), lease });
    return answer.succeeded ? resource.objects.get(cacheKey(name, namespace)) : undefined;
  }

  /** Whether an object lies in etcd in another form than it would be written today, so that even an equal write must happen. */
  isStale(kind: Kind, { metadata }: KubeObject): boolean {
    const transformer = this.#transformer(kind);
    if (!transformer?.isStale) return false;
    const found = this.#etcd.range(this.resource(kind).prefix + cacheKey(metadata.name, metadata.namespace)).kvs[0];
    return found !== undefined && transformer.isStale(found.value.bytes());
  }

  /** Removes an object; false when it has changed since. */
  remove(kind: Kind, object: KubeObject): boolean {
    const resource = this.resource(kind);
    const key = resource.prefix + cacheKey(object.metadata.name, object.metadata.namespace);
    return this.#etcd.delete(key, { expectRevision: Number(object.metadata.resourceVersion) }).succeeded;
  }

  /** Changes since `revision`, oldest first; undefined when they are no longer known. */
  since(kind: Pick<Kind, 'group' | 'plural'>, revision: number): StoredEvent[] | undefined {
    const resource = this.resource(kind);
    if (revision < resource.oldestRevision) return undefined;
    const first = resource.recent.findIndex((e) => e.revision > revision);
    return first < 0 ? [] : resource.recent.slice(first);
  }

  /** One lease serves all keys of the same lifetime written within a minute, as upstream's lease manager does. */
  #leaseFor(seconds: number): number {
    const nowMs = this.#clock.now();
    const known = this.#leases.get(seconds);
    if (known && nowMs - known.sinceMs < LEASE_REUSE_MS) return known.id;
    const id = this.#etcd.grantLease(seconds + LEASE_REUSE_MS / 1000);
    this.#leases.set(seconds, { id, sinceMs: nowMs });
    return id;
  }

  #encode(kind: Kind, object: KubeObject, key: string): EtcdValue {
    const plain = new PlainObject(object);
    const transformer = this.#transformer(kind);
    if (!transformer) return plain;
    const bytes = transformer.encode(plain.bytes(), key);
    return { bytes: () => bytes };
  }

  #decode(kind: Kind, kv: KeyValue): KubeObject {
    const object = kv.value instanceof PlainObject ? this.#plain(kind, kv.value, kv.key) : parse(this.#decrypt(kind, kv));
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(kv.modRevision) } };
  }

  /** Unencrypted values are readable only while the identity provider (or none) is configured. */
  #plain(kind: Kind, value: PlainObject, key: string): KubeObject {
    const transformer = this.#transformer(kind);
    if (transformer) transformer.decode(value.bytes(), key);
    return value.object;
  }

  #decrypt(kind: Kind, kv: KeyValue): Uint8Array {
    const transformer = this.#transformer(kind);
    const bytes = kv.value.bytes();
    // What was encrypted before stays unreadable once the configuration is gone, instead of turning into nonsense.
    return (transformer ?? plainTransformer).decode(bytes, kv.key);
  }

  #resourceOf(key: string): Resource | undefined {
    const parts = key.slice('/registry/'.length).split('/');
    return this.#byPrefix.get(`${parts[0]}/${parts[1]}`) ?? this.#byPrefix.get(parts[0]!);
  }

  #load(kv: KeyValue): void {
    const resource = this.#resourceOf(kv.key);
    if (!resource) return;
    const object = this.#tryDecode(resource, kv);
    if (object) set(resource, kv.key.slice(resource.prefix.length), object);
  }

  #tryDecode(resource: Resource, kv: KeyValue): KubeObject | undefined {
    try {
      const object = this.#decode(resource.kind, kv);
      resource.unreadable.delete(kv.key);
      return object;
    } catch (error) {
      resource.unreadable.set(kv.key, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  #follow(event: EtcdEvent): void {
    const resource = this.#resourceOf(event.kv.key);
    if (!resource) return;
    const key = event.kv.key.slice(resource.prefix.length);
    const old = resource.objects.get(key);
    const revision = event.kv.modRevision;
    if (event.type === 'DELETE') {
      resource.unreadable.delete(event.kv.key);
      if (!old) return;
      unset(resource, key, old);
      const last = { ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } };
      return this.#publish(resource, { type: 'DELETED', object: last, old, revision });
    }
    const object = this.#tryDecode(resource, event.kv);
    if (!object) return unset(resource, key, old);
    set(resource, key, object);
    this.#publish(resource, { type: old ? 'MODIFIED' : 'ADDED', object, old, revision });
  }

  #publish(resource: Resource, event: StoredEvent): void {
    const { recent } = resource;
    const nowMs = this.#clock.now();
    recent.push({ ...event, atMs: nowMs });
    const half = recent.length >> 1;
    if (recent.length > RECENT_MAX || (half >= RECENT_MIN && recent[half]!.atMs < nowMs - FRESH_MS)) {
      recent.splice(0, half);
      resource.oldestRevision = recent[0]!.revision - 1;
    }
    for (const listener of resource.listeners) listener(event);
  }
}

/** Groups whose resources lie directly under /registry, as the first Kubernetes groups do. */
const BUILT_IN_FLAT = new Set(['apps', 'batch', 'policy', 'autoscaling', 'rbac.authorization.k8s.io', 'networking.k8s.io', 'storage.k8s.io', 'scheduling.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io', 'certificates.k8s.io', 'node.k8s.io', 'admissionregistration.k8s.io', 'resource.k8s.io', 'flowcontrol.apiserver.k8s.io']);

function cacheKey(name: string, namespace: string | undefined): string {
  return namespace ? `${namespace}/${name}` : name;
}

function set(resource: Resource, key: string, object: KubeObject): void {
  resource.objects.set(key, object);
  const namespace = object.metadata.namespace;
  if (!namespace) return;
  let bucket = resource.byNamespace.get(namespace);
  if (!bucket) resource.byNamespace.set(namespace, (bucket = new Map()));
  bucket.set(key, object);
}

function unset(resource: Resource, key: string, object: KubeObject | undefined): void {
  resource.objects.delete(key);
  const namespace = object?.metadata.namespace;
  if (!namespace) return;
  const bucket = resource.byNamespace.get(namespace);
  bucket?.delete(key);
  if (bucket?.size === 0) resource.byNamespace.delete(namespace);
}

function withoutVersion(object: KubeObject): KubeObject {
  return object.metadata.resourceVersion === '' ? object : { ...object, metadata: { ...object.metadata, resourceVersion: '' } };
}

function parse(bytes: Uint8Array): KubeObject {
  const text = Buffer.from(bytes).toString();
  if (!text.startsWith(MAGIC)) throw new EtcdError('unavailable', 'invalid object: unknown encoding');
  const object = JSON.parse(text.slice(MAGIC.length)) as KubeObject;
  const { managedFields, ...metadata } = object.metadata;
  return managedFields ? { ...object, metadata: { ...metadata, [LEDGER]: Ledger.of(managedFields) } } : object;
}
