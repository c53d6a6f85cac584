/** One running etcd server: answers clients from the shared store while it leads or hears the leader, and keeps in touch with its peers. */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { type Alarm, EtcdError, type EtcdServerFace, type EtcdValue, type LeaseInfo, type MemberInfo, type MemberStatus, type RangeOptions, type RangeResult, type WatchListener } from './face.ts';
import type { EtcdGroup } from './group.ts';
import type { EtcdStore } from './store.ts';

export const ETCD_VERSION = '3.6.8';
const QUOTA_BYTES = 2 * 1024 ** 3; // --quota-backend-bytes
const REDIAL_MS = 2000;

/** A connection to a peer's server. */
export interface PeerLink { readonly isOpen: boolean; onClose(listener: () => void): void; close(): void }

export interface EtcdMemberOptions {
  world: World;
  group: EtcdGroup;
  id: string;
  name: string;
  clientUrls: readonly string[];
  quotaBytes?: number;
  /** Connects to a peer's URL; undefined when nobody who is `id` of this cluster answers there. */
  dial: (url: string, id: string) => PeerLink | undefined;
  /** The cluster has put this member out. */
  onRemoved: () => void;
}

interface HeldWatch { key: string; rangeEnd: string | undefined; listener: WatchListener; nextRevision: number; inner: { close(): void } | undefined }

export class EtcdMember implements EtcdServerFace {
  readonly memberId: string;
  readonly name: string;
  readonly clientUrls: readonly string[];
  readonly group: EtcdGroup;
  readonly #options: EtcdMemberOptions;
  readonly #store: EtcdStore;
  readonly #links = new Map<string, PeerLink>();
  readonly #watches = new Set<HeldWatch>();
  readonly #quotaBytes: number;
  #isInTouch = false;
  #redial: Timer | undefined;
  #isStopped = false;

  constructor(options: EtcdMemberOptions) {
    this.#options = options;
    this.memberId = options.id;
    this.name = options.name;
    this.clientUrls = options.clientUrls;
    this.group = options.group;
    this.#store = options.group.store;
    this.#quotaBytes = options.quotaBytes || QUOTA_BYTES;
  }

  get clusterId(): string { return this.group.clusterId; }
  get database(): object { return this.#store; }
  get hasLeader(): boolean { return this.#isInTouch; }
  /** The first revision that a watch of this member has yet to see, while it is out of touch. */
  get heldFrom(): number { return this.#isInTouch ? Infinity : Math.min(Infinity, ...[...this.#watches].map(({ nextRevision }) => nextRevision)); }

  start(): void {
    this.group.join(this);
    this.membershipChanged();
  }

  stop(): void {
    this.#isStopped = true;
    this.#redial?.cancel();
    this.group.leave(this);
    for (const link of this.#links.values()) link.close();
    for (const watch of this.#watches) watch.inner?.close();
  }

  removed(): void {
    this.stop();
    this.#options.onRemoved();
  }

  /** Dials the peers that it has no link to, and lets go of those that are none any more. */
  membershipChanged(): void {
    if (this.#isStopped) return;
    this.#redial?.cancel();
    let isComplete = true;
    for (const [id, link] of this.#links) if (!this.group.records.has(id)) link.close();
    for (const { id, peerUrls } of this.group.records.values()) {
      if (id === this.memberId || this.#links.get(id)?.isOpen) continue;
      isComplete = this.#connect(id, peerUrls) && isComplete;
    }
    if (!isComplete) this.#redial = this.#options.world.clock.after(REDIAL_MS, 'etcd peers', () => this.membershipChanged());
  }

  /** A peer has dialled this member: it is there, then. */
  greet(id: string): void {
    if (!this.#links.get(id)?.isOpen) this.#options.world.soon('etcd peers', () => this.membershipChanged());
  }

  /** Raft streams run both ways. */
  isLinkedTo(id: string): boolean {
    const back = this.group.server(id);
    return this.#hears(id) && back !== undefined && back.#hears(this.memberId);
  }

  /** Told by the group whether a leader is heard. */
  setInTouch(isInTouch: boolean): void {
    if (isInTouch === this.#isInTouch) return;
    this.#isInTouch = isInTouch;
    if (!isInTouch) this.group.setApplied(this.memberId, this.#store.revision);
    for (const watch of this.#watches) {
      if (isInTouch) watch.inner = this.#store.resume(watch.key, { rangeEnd: watch.rangeEnd, fromRevision: watch.nextRevision }, watch.listener);
      else {
        watch.inner?.close();
        watch.nextRevision = Math.max(watch.nextRevision, this.#store.revision + 1);
      }
    }
    if (isInTouch) this.group.setApplied(this.memberId, this.#store.revision);
  }

  range(key: string, options: RangeOptions = {}): RangeResult {
    if (this.#isInTouch && !this.#isLearner) return this.#store.range(key, options);
    if (!options.serializable) this.#check();
    const own = Math.max(this.#appliedRevision, this.#store.compactRevision);
    return { ...this.#store.range(key, { ...options, revision: options.revision || own }), revision: own };
  }

  put(key: string, value: EtcdValue, options: { expectRevision?: number; lease?: number } = {}): ReturnType<EtcdStore['put']> {
    this.#check();
    if (this.#quotaBytes < QUOTA_BYTES || this.group.alarms.length > 0) this.#checkSpace(value);
    return this.#store.put(key, value, options);
  }

  delete(key: string, options: { rangeEnd?: string; expectRevision?: number } = {}): ReturnType<EtcdStore['delete']> {
    this.#check();
    return this.#store.delete(key, options);
  }

  watch(key: string, { rangeEnd, fromRevision }: { rangeEnd?: string; fromRevision?: number }, listener: WatchListener): { close(): void } {
    const watch: HeldWatch = { key, rangeEnd, listener, nextRevision: fromRevision ?? this.#appliedRevision + 1, inner: undefined };
    if (this.#isInTouch) watch.inner = this.#store.watch(key, { rangeEnd, fromRevision }, listener);
    this.#watches.add(watch);
    return {
      close: () => {
        watch.inner?.close();
        this.#watches.delete(watch);
      },
    };
  }

  compact(revision: number): void {
    this.#check();
    this.group.compact(revision);
  }

  grantLease(ttlSeconds: number): number {
    this.#check();
    if (this.group.alarms.length > 0) throw noSpace();
    return this.#store.grantLease(ttlSeconds);
  }

  lease(id: number): LeaseInfo | undefined { return this.#store.lessor.find(id); }
  leases(): LeaseInfo[] { return this.#store.lessor.list(); }

  keepAlive(id: number): LeaseInfo {
    this.#check();
    return this.#store.lessor.keepAlive(id);
  }

  revokeLease(id: number): void {
    this.#check();
    this.#store.lessor.revoke(id);
  }

  status(): MemberStatus {
    const { group, memberId } = this;
    const dbSizeInUseBytes = this.#store.sizeBytes();
    const errors = [...(this.#isInTouch ? [] : ['etcdserver: no leader']), ...group.alarms.map((each) => `memberID:${BigInt(`0x${each.memberId}`)} alarm:${each.alarm} `)];
    return {
      revision: this.#appliedRevision, dbSizeBytes: group.fileBytes(memberId), dbSizeInUseBytes, quotaBytes: this.#options.quotaBytes ?? 0, leader: this.#isInTouch ? group.leader : undefined,
      raftTerm: group.term, raftIndex: group.raftIndex, version: ETCD_VERSION, isLearner: this.#isLearner, errors,
    };
  }

  members(): MemberInfo[] {
    if (!this.#isInTouch) throw unavailable();
    return [...this.group.records.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  addMember(peerUrls: readonly string[], isLearner: boolean): MemberInfo {
    this.#check();
    return this.group.add(peerUrls, isLearner);
  }

  removeMember(id: string): void {
    this.#check();
    this.group.remove(id);
  }

  updateMember(id: string, peerUrls: readonly string[]): void {
    this.#check();
    this.group.setPeerUrls(id, peerUrls);
  }

  promoteMember(id: string): void {
    this.#check();
    this.group.promote(id);
  }

  moveLeader(id: string): void {
    this.#check();
    this.group.moveLeader(this.memberId, id);
  }

  alarms(): readonly Alarm[] {
    this.#check();
    return this.group.alarms;
  }

  disarm(): readonly Alarm[] {
    const raised = this.alarms();
    this.group.alarms = [];
    return raised;
  }

  defragment(): void { this.group.defragment(this.memberId); }
  hashKv(): { hash: number; compactRevision: number } { return { hash: this.#store.hash(), compactRevision: this.#store.compactRevision }; }
  snapshot(): Uint8Array { return this.#store.snapshot(); }

  get #isLearner(): boolean { return this.group.records.get(this.memberId)?.isLearner ?? false; }
  get #appliedRevision(): number { return this.#isInTouch ? this.#store.revision : (this.group.records.get(this.memberId)?.appliedRevision ?? 0); }

  #check(): void {
    if (!this.#isInTouch) throw unavailable();
    if (this.#isLearner) throw new EtcdError('unavailable', 'etcdserver: rpc not supported for learner');
  }

  #checkSpace(value: EtcdValue): void {
    const bytes = value.bytes().length;
    if (this.group.fileBytes(this.memberId) + bytes > this.#quotaBytes) this.group.raise({ memberId: this.memberId, alarm: 'NOSPACE' });
    if (this.group.alarms.length > 0) throw noSpace();
  }

  #hears(id: string): boolean { return this.#links.get(id)?.isOpen ?? false; }

  #connect(id: string, peerUrls: readonly string[]): boolean {
    for (const url of peerUrls) {
      const link = this.#options.dial(url, id);
      if (!link) continue;
      this.#links.set(id, link);
      this.group.server(id)?.greet(this.memberId);
      link.onClose(() => this.#lost(id, link));
      this.group.reconsider();
      return true;
    }
    return false;
  }

  #lost(id: string, link: PeerLink): void {
    if (this.#links.get(id) !== link || this.#isStopped) return;
    this.#links.delete(id);
    this.group.reconsider();
    this.#options.world.soon('etcd peers', () => this.membershipChanged());
  }
}

function unavailable(): EtcdError {
  return new EtcdError('unavailable', 'etcdserver: request timed out');
}

function noSpace(): EtcdError {
  return new EtcdError('no-space', 'etcdserver: mvcc: database space exceeded');
}
