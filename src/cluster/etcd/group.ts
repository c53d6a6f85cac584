/**
 * One etcd cluster: its replicated store, who its members are, and who of them leads.
 * Members in touch with the leader share one store; one that is not is held at the revision it last saw.
 */
import { createHash } from 'node:crypto';
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { type Alarm, EtcdError, type MemberInfo } from './face.ts';
import type { EtcdMember } from './member.ts';
import { EtcdStore } from './store.ts';

const ELECTION_MS = 1000; // --election-timeout; each waits up to as long again
const LEARNERS_MAX = 1; // --max-learners

export interface MemberRecord extends MemberInfo {
  /** Last revision on its disk while it is out of touch. */
  appliedRevision: number;
  /** Size that its database file once had: it shrinks by defragmenting only. */
  fileBytes: number;
  /** Whether it has a data directory. */
  isBootstrapped: boolean;
}

export interface GroupOptions {
  world: World;
  /** `--initial-cluster-token` */
  token: string;
  /** As in `--initial-cluster`. */
  members: readonly { name: string; peerUrls: readonly string[] }[];
  store?: EtcdStore;
  /** Of a cluster that was there before; otherwise its first members make it. */
  clusterId?: string;
}

/** A group as it lies on its members' disks. */
export interface SavedGroup { clusterId: string; token: string; records: MemberRecord[]; alarms: readonly Alarm[]; term: number; membershipChanges: number; /** A snapshot, in base64. */ store: string }

export class EtcdGroup {
  readonly clusterId: string;
  readonly store: EtcdStore;
  readonly records = new Map<string, MemberRecord>();
  alarms: readonly Alarm[] = [];
  leader: string | undefined;
  term = 1;
  readonly #world: World;
  readonly #token: string;
  readonly #servers = new Map<string, EtcdMember>();
  #election: Timer | undefined;
  #membershipChanges = 0;

  constructor({ world, token, members, store = new EtcdStore({ clock: world.clock }), clusterId }: GroupOptions) {
    this.#world = world;
    this.#token = token;
    this.store = store;
    for (const { name, peerUrls } of members) this.#record(memberIdOf(peerUrls, token), { name, peerUrls, isLearner: false, appliedRevision: store.revision });
    this.clusterId = clusterId ?? hashOf(Buffer.from([...this.records.keys()].sort().join(''), 'hex'));
    this.#membershipChanges = members.length;
    store.lessor.mayExpire = () => this.leader !== undefined;
  }

  /** A group whose members are all down, as it was saved. Throws an Error on a bad snapshot. */
  static restore(world: World, { clusterId, token, records, alarms, term, membershipChanges, store }: SavedGroup): EtcdGroup {
    const group = new EtcdGroup({ world, token, members: [], store: EtcdStore.restore(Buffer.from(store, 'base64'), { clock: world.clock }), clusterId });
    for (const record of records) group.records.set(record.id, record);
    group.#membershipChanges = membershipChanges;
    return Object.assign(group, { alarms, term });
  }

  saved(): SavedGroup {
    return { clusterId: this.clusterId, token: this.#token, records: [...this.records.values()], alarms: this.alarms, term: this.term, membershipChanges: this.#membershipChanges, store: Buffer.from(this.store.snapshot()).toString('base64') };
  }

  get raftIndex(): number { return this.store.revision + this.#membershipChanges + this.term; }
  get voters(): MemberRecord[] { return [...this.records.values()].filter(({ isLearner }) => !isLearner); }

  server(id: string): EtcdMember | undefined { return this.#servers.get(id); }
  recordAt(peerUrls: readonly string[]): MemberRecord | undefined { return [...this.records.values()].find((record) => peerUrls.some((url) => record.peerUrls.includes(url))); }

  /** A member's process starts. */
  join(server: EtcdMember): void {
    this.#servers.set(server.memberId, server);
    this.#update(server.memberId, { name: server.name, clientUrls: server.clientUrls, isBootstrapped: true });
    this.reconsider();
  }

  /** A member's process ends. */
  leave(server: EtcdMember): void {
    if (this.#servers.get(server.memberId) !== server) return;
    server.setInTouch(false);
    this.#servers.delete(server.memberId);
    this.reconsider();
  }

  /** Looks who reaches whom: a leader without a majority steps down, and a majority without a leader elects one. */
  reconsider(): void {
    if (this.leader !== undefined && !this.#canLead(this.leader)) this.leader = undefined;
    for (const server of this.#servers.values()) server.setInTouch(this.leader !== undefined && (server.memberId === this.leader || server.isLinkedTo(this.leader)));
    if (this.leader !== undefined || this.#election) return;
    if (!this.voters.some(({ id }) => this.#canLead(id))) return;
    if (this.records.size === 1) return this.#elect();
    this.#election = this.#world.clock.after(ELECTION_MS + this.#world.random.int(ELECTION_MS), 'etcd election', () => {
      this.#election = undefined;
      this.#elect();
    });
  }

  /** Adds a voter or a learner that has yet to start. Throws EtcdError. */
  add(peerUrls: readonly string[], isLearner: boolean): MemberRecord {
    if (this.recordAt(peerUrls)) throw failed('etcdserver: Peer URLs already exists');
    const { voters } = this;
    if (isLearner && this.records.size - voters.length >= LEARNERS_MAX) throw failed('etcdserver: too many learner members in cluster');
    if (!isLearner) {
      const started = voters.filter(isStarted).length;
      if (voters.length > 1 && started < majorityOf(voters.length + 1)) throw failed('etcdserver: re-configuration failed due to not enough started members');
      if (voters.some(({ id }) => !this.#isActive(id))) throw failed('etcdserver: unhealthy cluster');
    }
    const id = memberIdOf(peerUrls, `${this.#token}${Math.floor(this.#world.clock.now() / 1000)}`);
    const record = this.#record(id, { name: '', peerUrls, isLearner, appliedRevision: 0 });
    this.#changed();
    return record;
  }

  /** Throws EtcdError. */
  remove(id: string): void {
    const { isLearner } = this.#found(id);
    const others = this.voters.filter((voter) => voter.id !== id);
    if (!isLearner) {
      if (others.filter(isStarted).length < majorityOf(others.length) || others.length === 0) throw failed('etcdserver: re-configuration failed due to not enough started members');
      if (this.#isActive(id) && others.filter((voter) => this.#isActive(voter.id)).length < majorityOf(others.length)) throw failed('etcdserver: unhealthy cluster');
    }
    this.records.delete(id);
    if (this.leader === id) this.leader = undefined;
    this.#servers.get(id)?.removed();
    this.#servers.delete(id);
    this.#changed();
  }

  /** Makes a learner a voter. Throws EtcdError. */
  promote(id: string): void {
    const record = this.#found(id);
    if (!record.isLearner) throw failed('etcdserver: can only promote a learner member');
    if (!this.#servers.get(id)?.hasLeader) throw failed('etcdserver: can only promote a learner member which is in sync with leader');
    this.#update(id, { isLearner: false });
    this.#changed();
  }

  /** Throws EtcdError. */
  setPeerUrls(id: string, peerUrls: readonly string[]): void {
    this.#found(id);
    const other = this.recordAt(peerUrls);
    if (other && other.id !== id) throw failed('etcdserver: Peer URLs already exists');
    this.#update(id, { peerUrls });
    this.#changed();
  }

  /** Hands the leadership on. Throws EtcdError. */
  moveLeader(from: string, to: string): void {
    if (this.leader !== from) throw failed('etcdserver: not leader');
    const { isLearner } = this.#found(to);
    if (isLearner || !this.#canLead(to)) throw failed('etcdserver: bad leader transferee');
    this.leader = to;
    this.term++;
    this.reconsider();
  }

  /** `--force-new-cluster`: what one member holds becomes a cluster of that member alone. */
  forceNew(id: string): void {
    for (const other of [...this.records.keys()].filter((key) => key !== id)) this.records.delete(other);
    this.#update(id, { isLearner: false });
  }

  compact(revision: number): void {
    const bytes = this.store.sizeBytes();
    for (const record of this.records.values()) this.#update(record.id, { fileBytes: Math.max(record.fileBytes, bytes) });
    const held = [...this.#servers.values()].map((server) => server.heldFrom);
    this.store.retainFrom = Math.min(Infinity, ...held);
    this.store.compact(revision);
  }

  fileBytes(id: string): number { return Math.max(this.records.get(id)?.fileBytes ?? 0, this.store.sizeBytes()); }
  /** A member has its data directory. */
  claim(id: string): void { this.#update(id, { isBootstrapped: true }); }
  defragment(id: string): void { this.#update(id, { fileBytes: this.store.sizeBytes() }); }
  setApplied(id: string, appliedRevision: number): void { if (this.records.has(id)) this.#update(id, { appliedRevision }); }

  raise(alarm: Alarm): void { if (!this.alarms.some(({ memberId }) => memberId === alarm.memberId)) this.alarms = [...this.alarms, alarm]; }

  #elect(): void {
    const able = this.voters.filter(({ id }) => this.#canLead(id));
    const newest = Math.max(...able.map(({ appliedRevision }) => appliedRevision));
    // Raft gives no vote to a log that is behind.
    const candidates = able.filter(({ appliedRevision }) => appliedRevision === newest);
    if (candidates.length === 0) return;
    this.leader = candidates[candidates.length === 1 ? 0 : this.#world.random.int(candidates.length)]!.id;
    this.term++;
    this.reconsider();
  }

  #canLead(id: string): boolean {
    const server = this.#servers.get(id);
    const { voters } = this;
    if (!server || !voters.some((voter) => voter.id === id)) return false;
    return voters.filter((voter) => voter.id === id || server.isLinkedTo(voter.id)).length >= majorityOf(voters.length);
  }

  #isActive(id: string): boolean { return this.#servers.get(id)?.hasLeader ?? false; }

  #changed(): void {
    this.#membershipChanges++;
    for (const server of this.#servers.values()) server.membershipChanged();
    this.reconsider();
  }

  #record(id: string, what: Pick<MemberRecord, 'name' | 'peerUrls' | 'isLearner' | 'appliedRevision'>): MemberRecord {
    const record: MemberRecord = { id, ...what, clientUrls: [], fileBytes: 0, isBootstrapped: false };
    this.records.set(id, record);
    return record;
  }

  #update(id: string, change: Partial<MemberRecord>): void {
    const record = this.records.get(id);
    if (record) this.records.set(id, { ...record, ...change });
  }

  #found(id: string): MemberRecord {
    const record = this.records.get(id);
    if (!record) throw new EtcdError('not-found', 'etcdserver: member not found');
    return record;
  }
}

/** A member's ID, as etcd computes it from its peer URLs and the cluster's token. */
export function memberIdOf(peerUrls: readonly string[], token: string): string {
  return hashOf(Buffer.from([...peerUrls].sort().join('') + token));
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').slice(0, 16);
}

function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

function isStarted({ name, isBootstrapped }: MemberRecord): boolean {
  return name !== '' && isBootstrapped;
}

function failed(message: string): EtcdError {
  return new EtcdError('failed-precondition', message);
}
