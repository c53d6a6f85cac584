/** etcd as its clients see it: the part of the v3 API that Kubernetes and etcdctl use. */

/** A value: bytes that are made when somebody looks at them. */
export interface EtcdValue {
  /** What lies on the disk. */
  bytes(): Uint8Array;
}

export interface KeyValue {
  key: string;
  value: EtcdValue;
  createRevision: number;
  modRevision: number;
  version: number;
  lease?: number;
}

/** A change, in revision order. `kv.value` of a DELETE is the last value. */
export interface EtcdEvent {
  type: 'PUT' | 'DELETE';
  kv: KeyValue;
  prev?: KeyValue;
}

/** gRPC errors as etcd words them: `etcdserver: mvcc: required revision has been compacted`. */
export class EtcdError extends Error {
  constructor(readonly code: 'compacted' | 'future-revision' | 'unavailable' | 'no-space' | 'not-found' | 'failed-precondition' | 'lease-not-found', message: string) {
    super(message);
    this.name = 'EtcdError';
  }
}

export interface RangeOptions { rangeEnd?: string; revision?: number; limit?: number; countOnly?: boolean; keysOnly?: boolean; /** Answered from the member's own data, without asking the leader. */ serializable?: boolean }
export interface RangeResult { kvs: KeyValue[]; count: number; revision: number; more: boolean }
export type WatchListener = (events: readonly EtcdEvent[], revision: number) => void;

/** What the API server uses. */
export interface EtcdFace {
  /** Keys in [key, rangeEnd), in order; one key without `rangeEnd`. Throws EtcdError. */
  range(key: string, options?: RangeOptions): RangeResult;
  /** Writes if the key's modRevision is still `expectRevision` (0: does not exist; undefined: whatever). */
  put(key: string, value: EtcdValue, options?: { expectRevision?: number; lease?: number }): { succeeded: boolean; revision: number; current?: KeyValue };
  delete(key: string, options?: { rangeEnd?: string; expectRevision?: number }): { succeeded: boolean; revision: number; deleted: KeyValue[] };
  /** Calls `listener` with every change in [key, rangeEnd) from `fromRevision` on. Throws EtcdError('compacted'). */
  watch(key: string, options: { rangeEnd?: string; fromRevision?: number }, listener: WatchListener): { close(): void };
  grantLease(ttlSeconds: number): number;
  compact(revision: number): void;
}

export interface MemberInfo { id: string; name: string; peerUrls: readonly string[]; clientUrls: readonly string[]; isLearner: boolean }
export interface MemberStatus { revision: number; dbSizeBytes: number; dbSizeInUseBytes: number; quotaBytes: number; leader: string | undefined; raftTerm: number; raftIndex: number; version: string; isLearner: boolean; errors: string[] }
export interface LeaseInfo { id: number; grantedSeconds: number; remainingSeconds: number; keys: string[] }
export interface Alarm { memberId: string; alarm: 'NOSPACE' }

/** One member as an operator's tools see it. IDs are 16 hexadecimal digits; all throw EtcdError. */
export interface EtcdServerFace extends EtcdFace {
  readonly memberId: string;
  readonly clusterId: string;
  /** The database behind it, for telling one from another. */
  readonly database: object;
  /** Whether it serves: it leads or hears the leader. */
  readonly hasLeader: boolean;
  status(): MemberStatus;
  members(): MemberInfo[];
  addMember(peerUrls: readonly string[], isLearner: boolean): MemberInfo;
  removeMember(id: string): void;
  updateMember(id: string, peerUrls: readonly string[]): void;
  promoteMember(id: string): void;
  moveLeader(id: string): void;
  alarms(): readonly Alarm[];
  /** Takes all alarms back and gives them. */
  disarm(): readonly Alarm[];
  defragment(): void;
  hashKv(): { hash: number; compactRevision: number };
  lease(id: number): LeaseInfo | undefined;
  leases(): LeaseInfo[];
  keepAlive(id: number): LeaseInfo;
  revokeLease(id: number): void;
  /** The whole database as a file's bytes, as `snapshot save` writes it. */
  snapshot(): Uint8Array;
}

/** The end of the range of all keys with this prefix (etcd's GetPrefixRangeEnd). */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
