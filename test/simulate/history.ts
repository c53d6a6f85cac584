/** What etcd's log says: every change in order, and the objects as they stand by it. */
import { createHash } from 'node:crypto';
import type { Cluster } from '../../src/cluster/cluster.ts';
import type { KubeObject } from '../../src/cluster/api/types.ts';
import type { EtcdEvent, KeyValue } from '../../src/cluster/etcd/face.ts';

const DATA_DIR = '/var/lib/etcd';
const MAGIC = 'k8s\0\n';

/** A write: what became of what. */
export interface Change { key: string; revision: number; atMs: number; before: KubeObject | undefined; after: KubeObject | undefined }

/** Looks at every change as it happens; gives what is wrong with it. */
export type Watchman = (change: Change, history: History) => string | undefined;

/** Something that should not be. */
export interface Violation { rule: string; what: string }

export class History {
  readonly changes: Change[] = [];
  /** Objects by etcd key. */
  readonly objects = new Map<string, KubeObject>();
  readonly violations: Violation[] = [];
  /** Of everything that ever was, and by what kubelets call nodes and static Pods. */
  readonly uids = new Set<string>();
  readonly #hash = createHash('sha256');
  readonly #watchmen: Readonly<Record<string, Watchman>>;
  #revision = 0;

  constructor(cluster: Cluster, watchmen: Readonly<Record<string, Watchman>>) {
    this.#watchmen = watchmen;
    const disk = cluster.etcdDisks.find(cluster.controlPlane.os.files, DATA_DIR);
    if (!disk) throw new Error('this cluster keeps no etcd on its control plane');
    const { store } = disk.group;
    for (const kv of store.range('\0', { rangeEnd: '\uffff' }).kvs) this.#keep(kv.key, objectIn(kv));
    store.watch('\0', { rangeEnd: '\uffff' }, (events) => { for (const event of events) this.#note(event, cluster.world.clock.now()); });
  }

  /** A fingerprint of all that was written so far. */
  get digest(): string { return this.#hash.copy().digest('hex').slice(0, 16); }

  /** Objects of a kind (and API group), by namespace if one is given. */
  all<T extends KubeObject>(kind: string, namespace?: string): T[] {
    return [...this.objects.values()].filter((object): object is T => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace));
  }

  #note({ type, kv, prev }: EtcdEvent, atMs: number): void {
    if (kv.modRevision < this.#revision) this.violations.push({ rule: 'revisions rise', what: `${kv.key} was written at revision ${kv.modRevision} after ${this.#revision}` });
    if (type === 'PUT' && kv.version !== (prev?.version ?? 0) + 1) this.violations.push({ rule: 'no write is lost', what: `${kv.key} goes from version ${prev?.version ?? 0} to ${kv.version}` });
    this.#revision = kv.modRevision;
    this.#hash.update(`${type} ${kv.key} ${kv.modRevision} ${atMs}\n`).update(kv.value.bytes());
    const change: Change = { key: kv.key, revision: kv.modRevision, atMs, before: this.objects.get(kv.key), after: type === 'PUT' ? objectIn(kv) : undefined };
    if (!change.after && !change.before) return;
    for (const [rule, watchman] of Object.entries(this.#watchmen)) {
      const what = watchman(change, this);
      if (what !== undefined) this.violations.push({ rule, what: `revision ${change.revision}, ${kv.key}: ${what}` });
    }
    this.changes.push(change);
    this.#keep(kv.key, change.after);
  }

  #keep(key: string, object: KubeObject | undefined): void {
    if (object) {
      this.objects.set(key, object);
      const { uid, annotations } = object.metadata;
      for (const id of [uid, annotations?.['kubernetes.io/config.mirror'], object.kind === 'Node' ? object.metadata.name : undefined]) if (id) this.uids.add(id);
    } else this.objects.delete(key);
  }
}

/** The object in a value of etcd; undefined for what is none (ranges of addresses, master leases). */
function objectIn({ value, modRevision }: KeyValue): KubeObject | undefined {
  const text = Buffer.from(value.bytes()).toString();
  if (!text.startsWith(MAGIC)) return undefined;
  const object = JSON.parse(text.slice(MAGIC.length)) as Partial<KubeObject>;
  if (!object.metadata) return undefined;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, resourceVersion: String(modRevision) } } as KubeObject;
}
