/** etcd's leases: keys that go when nobody keeps their lease alive. */
import type { Clock, Timer } from '../../time/clock.ts';
import { EtcdError, type LeaseInfo } from './face.ts';

const FIRST_LEASE = 0x8141_7acd_4b00;

/** A lease in a snapshot; it has its whole time again when it is restored. */
export interface SavedLease { id: number; ttlSeconds: number }

interface Lease { id: number; ttlSeconds: number; keys: Set<string>; timer: Timer }

export class Lessor {
  readonly #clock: Clock;
  readonly #removeKeys: (keys: readonly string[]) => void;
  readonly #leases = new Map<number, Lease>();
  readonly #leaseOf = new Map<string, number>();
  #nextId = FIRST_LEASE;
  /** Leases end by the leader's word only; without one they wait for their whole time anew. */
  mayExpire: () => boolean = () => true;

  constructor(clock: Clock, removeKeys: (keys: readonly string[]) => void) {
    this.#clock = clock;
    this.#removeKeys = removeKeys;
  }

  grant(ttlSeconds: number): number {
    const id = ++this.#nextId;
    this.#leases.set(id, { id, ttlSeconds, keys: new Set(), timer: this.#timer(id, ttlSeconds) });
    return id;
  }

  /** Takes over the leases of a snapshot and the keys that hang on them. */
  restore(leases: readonly SavedLease[], keys: readonly { key: string; lease?: number }[]): void {
    for (const { id, ttlSeconds } of leases) {
      this.#nextId = Math.max(this.#nextId, id);
      this.#leases.set(id, { id, ttlSeconds, keys: new Set(), timer: this.#timer(id, ttlSeconds) });
    }
    for (const { key, lease } of keys) if (lease) this.attach(key, lease);
  }

  saved(): SavedLease[] { return [...this.#leases.values()].map(({ id, ttlSeconds }) => ({ id, ttlSeconds })); }

  keepAlive(id: number): LeaseInfo {
    const lease = this.#lease(id);
    lease.timer.cancel();
    lease.timer = this.#timer(id, lease.ttlSeconds);
    return this.#info(lease);
  }

  /** Ends a lease; its keys go with it. */
  revoke(id: number): void {
    const { keys, timer } = this.#lease(id);
    timer.cancel();
    this.#leases.delete(id);
    if (keys.size > 0) this.#removeKeys([...keys].sort());
  }

  find(id: number): LeaseInfo | undefined {
    const lease = this.#leases.get(id);
    return lease && this.#info(lease);
  }

  list(): LeaseInfo[] { return [...this.#leases.values()].map((lease) => this.#info(lease)); }

  /** Ties a key to a lease, or to none. Throws EtcdError('lease-not-found'). */
  attach(key: string, id: number | undefined): void {
    const lease = id === undefined ? undefined : this.#lease(id);
    const old = this.#leaseOf.get(key);
    if (old !== undefined) this.#leases.get(old)?.keys.delete(key);
    if (!lease) return void this.#leaseOf.delete(key);
    lease.keys.add(key);
    this.#leaseOf.set(key, lease.id);
  }

  #timer(id: number, seconds: number): Timer {
    return this.#clock.after(seconds * 1000, 'etcd lease', () => (this.mayExpire() ? this.revoke(id) : void this.keepAlive(id)));
  }

  #lease(id: number): Lease {
    const found = this.#leases.get(id);
    if (!found) throw new EtcdError('lease-not-found', 'etcdserver: requested lease not found');
    return found;
  }

  #info({ id, ttlSeconds, keys, timer }: Lease): LeaseInfo {
    return { id, grantedSeconds: ttlSeconds, remainingSeconds: Math.ceil((timer.atMs - this.#clock.now()) / 1000), keys: [...keys].sort() };
  }
}
