/** etcd's multi-version store: every write is a new revision, history stays until it is compacted. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../time/clock.ts';
import { EtcdError, type EtcdEvent, type EtcdFace, type EtcdValue, type KeyValue, type RangeOptions, type RangeResult, type WatchListener } from './face.ts';
import { Lessor } from './lessor.ts';
import { readSnapshot, writeSnapshot } from './snapshot.ts';

const PAGE_BYTES = 4096; // bbolt's page; sizes are given in whole pages
const EMPTY_PAGES = 5;

interface Watcher { start: string; end: string | undefined; listener: WatchListener }
type Tombstone = { key: string; modRevision: number; deleted: true };
type Version = KeyValue | Tombstone;

/** The replicated state of an etcd cluster. It outlives the processes that serve it, as data directories do. */
export class EtcdStore implements EtcdFace {
  readonly lessor: Lessor;
  readonly #clock: Clock;
  #revision = 1;
  #compacted = 0;
  /** Bytes of all kept versions that were measured. */
  #bytes = EMPTY_PAGES * PAGE_BYTES;
  #unmeasured: Version[] = [];
  /** All kept versions of a key, oldest first. */
  readonly #keys = new Map<string, Version[]>();
  readonly #log: EtcdEvent[] = [];
  #watchers: readonly Watcher[] = [];
  /** Changes from this revision on are kept for watches of members that are out of touch. */
  retainFrom = Infinity;

  constructor({ clock }: { clock: Clock }) {
    this.#clock = clock;
    this.lessor = new Lessor(clock, (keys) => this.#remove(keys));
  }

  /** A store with the contents of a snapshot, its revision raised by `bump`; with `markCompacted` nothing before can be watched. Throws an Error on a bad file. */
  static restore(snapshot: Uint8Array, { clock, bump = 0, markCompacted = false }: { clock: Clock; bump?: number; markCompacted?: boolean }): EtcdStore {
    const store = new EtcdStore({ clock });
    const { revision, leases, kvs } = readSnapshot(snapshot);
    for (const kv of kvs) store.#append(kv.key, kv);
    store.lessor.restore(leases, kvs);
    store.#revision = revision + bump;
    store.#compacted = markCompacted ? store.#revision : revision;
    return store;
  }

  /** A store of its own with what this one holds. */
  copy(): EtcdStore { return EtcdStore.restore(this.snapshot(), { clock: this.#clock }); }

  get revision(): number { return this.#revision; }
  get compactRevision(): number { return this.#compacted; }

  range(key: string, options: RangeOptions = {}): RangeResult {
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
    this.lessor.attach(key, options.lease);
    const revision = ++this.#revision;
    const kv: KeyValue = {
      key, value, modRevision: revision,
      createRevision: prev?.createRevision ?? revision,
      version: (prev?.version ?? 0) + 1,
      ...(options.lease ? { lease: options.lease } : {}),
    };
    this.#append(key, kv);
    this.#publish([{ type: 'PUT', kv, prev }]);
    return { succeeded: true, revision };
  }

  delete(key: string, options: { rangeEnd?: string; expectRevision?: number } = {}): { succeeded: boolean; revision: number; deleted: KeyValue[] } {
    const keys = this.#keysIn(key, options.rangeEnd);
    if (options.expectRevision !== undefined && this.#latest(keys[0] ?? '')?.modRevision !== options.expectRevision) {
      return { succeeded: false, revision: this.#revision, deleted: [] };
    }
    return { succeeded: true, deleted: this.#remove(keys), revision: this.#revision };
  }

  watch(key: string, options: { rangeEnd?: string; fromRevision?: number }, listener: WatchListener): { close(): void } {
    const { fromRevision: from } = options;
    if (from !== undefined && from <= this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
    return this.resume(key, options, listener);
  }

  /** Goes on with a watch whose changes since `fromRevision` were retained. */
  resume(key: string, { rangeEnd, fromRevision = Infinity }: { rangeEnd?: string; fromRevision?: number }, listener: WatchListener): { close(): void } {
    // A watch from a revision that is yet to come is silent until then.
    const isLate = fromRevision !== Infinity && fromRevision > this.#revision + 1;
    const watcher: Watcher = { start: key, end: rangeEnd, listener: isLate ? fromThere(fromRevision, listener) : listener };
    const past = fromRevision > this.#revision ? [] : this.#log.filter((e) => e.kv.modRevision >= fromRevision && covers(watcher, e.kv.key));
    if (past.length > 0) listener(past, this.#revision);
    this.#watchers = [...this.#watchers, watcher];
    return { close: () => { this.#watchers = this.#watchers.filter((w) => w !== watcher); } };
  }

  grantLease(ttlSeconds: number): number { return this.lessor.grant(ttlSeconds); }

  compact(revision: number): void {
    if (revision <= this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
    if (revision > this.#revision) throw new EtcdError('future-revision', 'etcdserver: mvcc: required revision is a future revision');
    this.sizeBytes();
    this.#compacted = revision;
    const keep = this.#log.findIndex((e) => e.kv.modRevision > Math.min(revision, this.retainFrom - 1));
    this.#log.splice(0, keep < 0 ? this.#log.length : keep);
    for (const [key, versions] of this.#keys) {
      const at = versions.findLastIndex((v) => v.modRevision <= revision);
      const count = at < 0 ? 0 : 'deleted' in versions[at]! ? at + 1 : at;
      for (const gone of count > 0 ? versions.splice(0, count) : []) this.#bytes -= sizeOf(gone);
      if (versions.length === 0) this.#keys.delete(key);
    }
  }

  /** What is in use of the database file, in whole pages. */
  sizeBytes(): number {
    for (const version of this.#unmeasured.splice(0)) this.#bytes += sizeOf(version);
    return Math.ceil(this.#bytes / PAGE_BYTES) * PAGE_BYTES;
  }

  /** A checksum of all that is kept. */
  hash(): number {
    const hash = createHash('sha256');
    for (const { key, modRevision, value } of this.range('\0', { rangeEnd: '\uffff' }).kvs) hash.update(`${key} ${modRevision}`).update(value.bytes());
    return hash.digest().readUInt32BE(0);
  }

  snapshot(): Uint8Array {
    return writeSnapshot(this.#revision, this.range('\0', { rangeEnd: '\uffff' }).kvs, this.lessor.saved());
  }

  #remove(keys: readonly string[]): KeyValue[] {
    const found = keys.map((key) => this.#latest(key)).filter((kv) => kv !== undefined);
    if (found.length === 0) return [];
    const revision = ++this.#revision;
    this.#publish(found.map((prev): EtcdEvent => {
      this.lessor.attach(prev.key, undefined);
      this.#append(prev.key, { key: prev.key, modRevision: revision, deleted: true });
      return { type: 'DELETE', kv: { ...prev, modRevision: revision }, prev };
    }));
    return found;
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
    this.#unmeasured.push(version);
  }

  #publish(events: EtcdEvent[]): void {
    this.#log.push(...events);
    for (const watcher of this.#watchers) {
      const seen = events.filter((e) => covers(watcher, e.kv.key));
      if (seen.length > 0) watcher.listener(seen, this.#revision);
    }
  }

  #checkRevision(revision: number): void {
    if (revision > this.#revision) throw new EtcdError('future-revision', 'etcdserver: mvcc: required revision is a future revision');
    if (revision < this.#compacted) throw new EtcdError('compacted', 'etcdserver: mvcc: required revision has been compacted');
  }
}

function sizeOf(version: Version): number {
  return version.key.length + ('deleted' in version ? 32 : version.value.bytes().length + 64);
}

function fromThere(revision: number, listener: WatchListener): WatchListener {
  return (events, now) => { if (now >= revision) listener(events, now); };
}

function covers(watcher: Watcher, key: string): boolean {
  return watcher.end === undefined ? key === watcher.start : key >= watcher.start && key < watcher.end;
}
