/**
 * Who owns which fields of an object. Most writes are never asked about, so each is only noted down, with what was there
 * before and after; the entries of metadata.managedFields are worked out when somebody wants to see them.
 */
import { timestamp } from '../duration.ts';
import type { Kind } from '../kind.ts';
import type { Json, KubeObject } from '../types.ts';
import { difference, type Fields, isEmpty, union } from './fields.ts';
import { type Shape, shapeOf } from './shape.ts';
import { changeBetween, fieldsOf } from './typed.ts';

/** Where an object's metadata carries its ledger: copied with the metadata, invisible to JSON. */
export const LEDGER: unique symbol = Symbol('managed fields');

/** One of metadata.managedFields. */
export interface ManagedFieldsEntry {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: Fields;
  subresource?: string;
}

/** Who writes, and how. */
export interface Write { readonly manager: string; readonly apiVersion: string; readonly subresource: string; readonly timeMs: number }

export interface Ledgered { [LEDGER]?: Ledger }

const DEPTH_MAX = 16; // then the chain is worked out, so that it does not hold on to old objects for ever
const SYSTEM_FIELDS = new Set(['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'resourceVersion', 'generation', 'managedFields']);

interface Link { readonly previous: Ledger | undefined; readonly base: KubeObject | undefined; readonly result: KubeObject; readonly write: Write; readonly kind: Kind }

export class Ledger {
  readonly #depth: number;
  #link: Link | undefined;
  #entries: readonly ManagedFieldsEntry[] | undefined;

  private constructor(depth: number, link: Link | undefined, entries: readonly ManagedFieldsEntry[] | undefined) {
    this.#depth = depth;
    this.#link = link;
    this.#entries = entries;
  }

  /** A ledger that says just this. */
  static of(entries: readonly ManagedFieldsEntry[]): Ledger {
    return new Ledger(0, undefined, entries);
  }

  /** The ledger after one more write. */
  static after(kind: Kind, before: Ledger | undefined, base: KubeObject | undefined, result: KubeObject, write: Write): Ledger {
    const last = before === undefined ? undefined : before.#link;
    const depth = before === undefined ? 0 : before.#depth;
    const goesOn = last?.write.manager === write.manager && last.write.subresource === write.subresource && last.write.apiVersion === write.apiVersion;
    const ledger = goesOn ? new Ledger(depth, { ...last, result, write }, undefined) : new Ledger(depth + 1, { previous: before, base, result, write, kind }, undefined);
    if (ledger.#depth <= DEPTH_MAX) return ledger;
    return Ledger.of(ledger.entries());
  }

  entries(): readonly ManagedFieldsEntry[] {
    if (!this.#entries) {
      this.#entries = inOrder(folded(this.#link!));
      if (this.#depth > 1) this.#link = { ...this.#link!, previous: this.#link!.previous && Ledger.of(this.#link!.previous.entries()) };
    }
    return this.#entries;
  }
}

/** The entries of an object, worked out. */
export function entriesOf({ metadata }: KubeObject): readonly ManagedFieldsEntry[] {
  return metadata[LEDGER]?.entries() ?? [];
}

const SHOWN_MAX = 256;
/** The last objects that were shown: many watches are told of the same one after the other. */
const shown = new Map<KubeObject, KubeObject>();

/** The object with metadata.managedFields, as clients see it that ask for them; the same each time while it is new. */
export function withManagedFields(object: KubeObject): KubeObject {
  const known = shown.get(object);
  if (known) return known;
  const entries = entriesOf(object);
  if (entries.length === 0) return object;
  const made = { ...object, metadata: { ...object.metadata, managedFields: entries } };
  if (shown.size >= SHOWN_MAX) shown.clear();
  shown.set(object, made);
  return made;
}

/** The parts of an object that have owners; the status only where it is written. */
export function ownable(kind: Kind, { apiVersion: _v, kind: _k, metadata, ...rest }: KubeObject, subresource: string): Json {
  const kept = Object.fromEntries(Object.entries(metadata).filter(([key, value]) => value !== undefined && !SYSTEM_FIELDS.has(key)));
  const { status, ...others } = rest;
  const withStatus = subresource === 'status' || !kind.hasStatus;
  return { ...others, ...(withStatus && status !== undefined ? { status } : {}), ...(Object.keys(kept).length > 0 ? { metadata: kept } : {}) } as Json; // a stored object is JSON
}

function folded({ previous, base, result, write, kind }: Link): ManagedFieldsEntry[] {
  const before = previous?.entries() ?? [];
  const shape: Shape = shapeOf(kind);
  const now = ownable(kind, result, write.subresource);
  const { set, removed } = base ? changeBetween(shape, ownable(kind, base, write.subresource), now) : { set: fieldsOf(shape, now, false), removed: {} };
  if (isEmpty(set) && isEmpty(removed)) return [...before];
  const isOwn = (entry: ManagedFieldsEntry) => entry.operation === 'Update' && entry.manager === write.manager && entry.apiVersion === write.apiVersion && (entry.subresource ?? '') === write.subresource;
  const own = before.find(isOwn);
  const others = before.filter((entry) => !isOwn(entry)).map((entry) => ({ ...entry, fieldsV1: difference(difference(entry.fieldsV1, set), removed) }));
  const fieldsV1 = union(difference(own?.fieldsV1 ?? {}, removed), set);
  return [...others, entryOf({ ...write, operation: 'Update', fieldsV1 })].filter((entry) => !isEmpty(entry.fieldsV1));
}

/** An entry; without a subresource it has no such field. */
export function entryOf({ manager, operation, apiVersion, subresource, timeMs, fieldsV1 }: Write & Pick<ManagedFieldsEntry, 'operation' | 'fieldsV1'>): ManagedFieldsEntry {
  return { manager, operation, apiVersion, time: timestamp(timeMs), fieldsType: 'FieldsV1', fieldsV1, ...(subresource ? { subresource } : {}) };
}

/** Applied ones first, then by time and name. */
export function inOrder(entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  const key = ({ operation, time = '', manager, apiVersion, subresource = '' }: ManagedFieldsEntry) => [operation, time, manager, apiVersion, subresource].join('\0');
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
