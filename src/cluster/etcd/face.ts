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
  constructor(readonly code: 'compacted' | 'future-revision' | 'unavailable' | 'no-space' | 'permission-denied' | 'lease-not-found', message: string) {
    super(message);
    this.name = 'EtcdError';
  }
}

export interface RangeResult { kvs: KeyValue[]; count: number; revision: number; more: boolean }

export interface EtcdFace {
  /** Keys in [key, rangeEnd), in order; one key without `rangeEnd`. Throws EtcdError. */
  range(key: string, options?: { rangeEnd?: string; revision?: number; limit?: number; countOnly?: boolean; keysOnly?: boolean }): RangeResult;
  /** Writes if the key's modRevision is still `expectRevision` (0: does not exist; undefined: whatever). */
  put(key: string, value: EtcdValue, options?: { expectRevision?: number; lease?: number }): { succeeded: boolean; revision: number; current?: KeyValue };
  delete(key: string, options?: { rangeEnd?: string; expectRevision?: number }): { succeeded: boolean; revision: number; deleted: KeyValue[] };
  /** Calls `listener` with every change in [key, rangeEnd) from `fromRevision` on. Throws EtcdError('compacted'). */
  watch(key: string, options: { rangeEnd?: string; fromRevision?: number }, listener: (events: readonly EtcdEvent[], revision: number) => void): { close(): void };
  grantLease(ttlSeconds: number): number;
  compact(revision: number): void;
  status(): { revision: number; dbSizeBytes: number; dbSizeInUseBytes: number; leader: string; memberId: string; clusterId: string; raftTerm: number; raftIndex: number; version: string; isLearner: boolean; errors: string[] };
  members(): { id: string; name: string; peerUrls: string[]; clientUrls: string[]; started: boolean; isLearner: boolean }[];
  /** The whole database as a file's bytes, as `snapshot save` writes it. */
  snapshot(): Uint8Array;
}

/** The end of the range of all keys with this prefix (etcd's GetPrefixRangeEnd). */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
