/** etcd's multi-version store: every write is a new revision, history stays until it is compacted. */
import type { Clock, Timer } from '../../time/clock.ts';
import type { Random } from '../../time/random.ts';
import { EtcdError, type EtcdEvent, type EtcdFace, type EtcdValue, type KeyValue, type RangeResult } from './face.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

const VERSION = '3.6.8';
const PAGE_BYTES = 4096; // bbolt's page; sizes are given in whole pages

interface Watcher { start: string; end: string | undefined; listener: (events: readonly EtcdEvent[], revision: number) => void }
interface Lease { id: number; keys: Set<string>; timer: Timer }
type Tombstone = { key: string; modRevision: number; deleted: true };
type Version = KeyValue | Tombstone;

export interface EtcdStoreOptions {
  clock: Clock;
  random: Random;
  /** Member name, e.g. the node's. */
  name: string;
  peerUrls?: string[];
  clientUrls?: string[];
}

/** One member's database. It outlives the process that serves it, as a data directory does. */
export class EtcdStore implements EtcdFace {
  readonly #options: EtcdStoreOptions;
  readonly #memberId: string;
  readonly #clusterId: string;
  #revision = 1;
  #compacted = 0;
  #raftTerm = 2;
  #raftIndex = 4;
  #freedBytes = 0;
  #leaseId = 0x694d_0000;
  /** All kept versions of a key, oldest first. */
  readonly #keys = new Map<string, Version[]>();
  readonly #log: EtcdEvent[] = [];
  #watchers: readonly Watcher[] = [];
  readonly #leases = new Map<number, Lease>();
  readonly #leaseOf = new Map<string, number>();

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
    this.#memberId = options.random.hex(16);
    this.#clusterId = options.random.hex(16);
  }

  /** A store with the contents of a snapshot; IDs are new, as after `etcdutl snapshot restore`. */
  static restore(snapshot: Uint8Array, options: EtcdStoreOptions): EtcdStore {
    const store = new EtcdStore(options);
    const { revision, kvs } = readSnapshot(snapshot);
    for (const kv of kvs) store.#keys.set(kv.key, [kv]);
    store.#revision = revision;
    store.#compacted = revision;
    return store;
  }

  get revision(): number { return this.#revision; }

  range(key: string, options: { rangeEnd?: string; revision?: number; limit?: number; countOnly?: boolean; keysOnly?: boolean } = {}): RangeResult {
    const revision = options.revision || this.#revision;
    this.#checkRevision(revision);
    const all = this.#keysIn(key, options.rangeEnd).map((k) => this.#at(k, revision)).filter((kv) => kv !== undefined);
    const limit = options.limit || all.length;
    return { kvs: options.countOnly ? [] : all.slice(0, limit), count: all.length, revision: this.#revision, more: all.length > limit };
  }

  put(key: string, value: EtcdValue, options: { expectRevision?: number; lease?: number } = {}): { succeeded: boolean; revision: number; current?: KeyValue } {
    const prev = this.#latest(key);
    if (options.expectRevision !== undefined && (prev?.modRevision ?? 0) !== options.expectRevision) {
      return { succeeded: false, revision: this.#revision, current: prev };
    }
    const revision = this.#next();
    const kv: KeyValue = {
      key, value, modRevision: revision,
      createRevision: prev?.createRevision ?? revision,
      version: (prev?.version ?? 0) + 1,
      ...(options.lease ? { lease: options.lease } : {}),
    };
    this.#attach(key, options.lease);
    this.#append(key, kv);
    this.#publish([{ type: 'PUT', kv, prev }]);
    return { succeeded: true, revision };
  }

  delete(key: string, options: { rangeEnd?: string; expectRevision?: number } = {}): { succeeded: boolean; revision: number; deleted: KeyValue[] } {
    const found = this.#keysIn(key, options.rangeEnd).map((k) => this.#latest(k)).filter((kv) => kv !== undefined);
    if (options.expectRevision !== undefined && found[0]?.modRevision !== options.expectRevision) {
      return { succeeded: false, revision: this.#revision, deleted: [] };
    }
    if (found.length === 0) return { succeeded: true, revision: this.#revision, deleted: [] };
    const revision = this.#next();
    const events = found.map((prev): EtcdEvent => {
      this.#attach(prev.key, undefined);
      this.#append(prev.key, { key: prev.key, modRevision: revision, deleted: true });
      return { type: 'DELETE', kv: { ...prev, modRevision: revision }, prev };
    });
    this.#publish(events);
    return { succeeded: true, revision, deleted: found };
  }

  watch(key: string, options: { rangeEnd?: string; fromRevision?: number }, listener: Watcher['listener']): { close(): void } {
    const watcher: Watcher = { start: key, end: options.rangeEnd, listener };
    const from = options.fromRevision;
    if (from !== undefined) {
      if (from <= this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
      const past = this.#log.filter((e) => e.kv.modRevision >= from && covers(watcher, e.kv.key));
      if (past.length > 0) listener(past, this.#revision);
    }
    this.#watchers = [...this.#watchers, watcher];
    return { close: () => { this.#watchers = this.#watchers.filter((w) => w !== watcher); } };
  }

  grantLease(ttlSeconds: number): number {
    const id = ++this.#leaseId;
    const timer = this.#options.clock.after(ttlSeconds * 1000, 'etcd lease', () => this.#expire(id));
    this.#leases.set(id, { id, keys: new Set(), timer });
    return id;
  }

  compact(revision: number): void {
    if (revision <= this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
    if (revision > this.#revision) throw new EtcdError('future-revision', 'etcdserver: mvcc: required revision is a future revision');
    const before = this.#sizeBytes();
    this.#compacted = revision;
    const keep = this.#log.findIndex((e) => e.kv.modRevision > revision);
    this.#log.splice(0, keep < 0 ? this.#log.length : keep);
    for (const [key, versions] of this.#keys) {
      const at = versions.findLastIndex((v) => v.modRevision <= revision);
      if (at > 0 || (at === 0 && 'deleted' in versions[0]!)) versions.splice(0, 'deleted' in versions[at]! ? at + 1 : at);
      if (versions.length === 0) this.#keys.delete(key);
    }
    this.#freedBytes += before - this.#sizeBytes();
  }

  /** Gives the space of compacted revisions back to the file system. */
  defragment(): void {
    this.#freedBytes = 0;
  }

  status(): ReturnType<EtcdFace['status']> {
    const inUse = this.#sizeBytes();
    return {
      revision: this.#revision, dbSizeBytes: inUse + this.#freedBytes, dbSizeInUseBytes: inUse,
      leader: this.#memberId, memberId: this.#memberId, clusterId: this.#clusterId,
      raftTerm: this.#raftTerm, raftIndex: this.#raftIndex, version: VERSION, isLearner: false, errors: [],
    };
  }

  members(): ReturnType<EtcdFace['members']> {
    const { name, peerUrls = [], clientUrls = [] } = this.#options;
    return [{ id: this.#memberId, name, peerUrls, clientUrls, started: true, isLearner: false }];
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.#revision, this.range('\0', { rangeEnd: '\uffff' }).kvs);
  }

  #next(): number {
    this.#raftIndex++;
    return ++this.#revision;
  }

  #latest(key: string): KeyValue | undefined {
    const last = this.#keys.get(key)?.at(-1);
    return last && !('deleted' in last) ? last : undefined;
  }

  #at(key: string, revision: number): KeyValue | undefined {
    if (revision >= this.#revision) return this.#latest(key);
    const version = this.#keys.get(key)?.findLast((v) => v.modRevision <= revision);
    return version && !('deleted' in version) ? version : undefined;
  }

  #keysIn(start: string, end: string | undefined): string[] {
    if (end === undefined) return this.#keys.has(start) ? [start] : [];
    const found: string[] = [];
    for (const key of this.#keys.keys()) if (key >= start && key < end) found.push(key);
    return found.sort();
  }

  #append(key: string, version: Version): void {
    const versions = this.#keys.get(key);
    if (versions) versions.push(version);
    else this.#keys.set(key, [version]);
  }

  #publish(events: EtcdEvent[]): void {
    this.#log.push(...events);
    for (const watcher of this.#watchers) {
      const seen = events.filter((e) => covers(watcher, e.kv.key));
      if (seen.length > 0) watcher.listener(seen, this.#revision);
    }
  }

  #attach(key: string, lease: number | undefined): void {
    const old = this.#leaseOf.get(key);
    if (old !== undefined) this.#leases.get(old)?.keys.delete(key);
    if (lease === undefined) return void this.#leaseOf.delete(key);
    const granted = this.#leases.get(lease);
    if (!granted) throw new EtcdError('lease-not-found', 'etcdserver: requested lease not found');
    granted.keys.add(key);
    this.#leaseOf.set(key, lease);
  }

  #expire(id: number): void {
    const lease = this.#leases.get(id);
    this.#leases.delete(id);
    for (const key of lease?.keys ?? []) this.delete(key);
  }

  #checkRevision(revision: number): void {
    if (revision > this.#revision) throw new EtcdError('future-revision', 'etcdserver: mvcc: required revision is a future revision');
    if (revision < this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
  }

  #sizeBytes(): number {
    let bytes = 5 * PAGE_BYTES;
    for (const versions of this.#keys.values()) {
      for (const v of versions) bytes += v.key.length + ('deleted' in v ? 32 : v.value.bytes().length + 64);
    }
    return Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES;
  }
}

function covers(watcher: Watcher, key: string): boolean {
  return watcher.end === undefined ? key === watcher.start : key >= watcher.start && key < watcher.end;
}
