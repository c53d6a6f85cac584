/**
 * The one registry behind all kinds: create, read, update, delete, with what is common to them:
 * names, versions, generations, finalizers, graceful deletion, defaulting, admission, validation, dry run.
 */
import type { Random } from '../../../time/random.ts';
import type { Clock } from '../../../time/clock.ts';
import { withoutClosedFields } from '../../api/closed-fields.ts';
import { DEFAULT_GATES, type FeatureGates } from '../../api/feature-gates.ts';
import { groupVersion, type Kind } from '../../api/kind.ts';
import { entriesOf, Ledger, LEDGER } from '../../api/managed-fields/ledger.ts';
import type { KubeObject, ObjectMeta, Status } from '../../api/types.ts';
import { rfc3339 } from '../../client/recorder.ts';
import { equalJson } from '../equal.ts';
import { alreadyExists, badRequest, conflict, deleted, failure, invalid, notFound } from '../errors.ts';
import type { Storage } from '../storage.ts';
import { validateMetadata } from './metadata.ts';

const CONFLICT_RETRIES = 5; // apiserver: patches are retried on conflict
const NAME_RETRIES = 8; // apiserver: generateName is tried again when the name is taken
const GENERATED_BASE_MAX = 58; // names.maxGeneratedNameLength

export interface WriteContext {
  dryRun: boolean;
  /** Takes the object through mutating admission; throws StatusError to refuse. */
  mutate(operation: Operation): KubeObject;
  /** Validating admission; throws StatusError to refuse. */
  check(operation: Operation): void;
  /** Collects texts for Warning headers. */
  warn(text: string): void;
  /** `fieldManager`, or the name in the user agent. */
  manager: string;
  /** Server-side apply says itself who owns what. */
  applies?: boolean;
}

export interface Operation {
  verb: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  kind: Kind;
  subresource: string;
  namespace: string | undefined;
  name: string;
  object: KubeObject;
  old: KubeObject | undefined;
}

export interface DeletionOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: string;
  orphanDependents?: boolean;
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** What a service's creation, or another kind's, must reserve or release besides its own object. */
export interface Hooks {
  /** May complete the object (allocate addresses); throws StatusError to refuse. */
  beforeWrite?(object: KubeObject, old: KubeObject | undefined): KubeObject;
  /** Takes what was allocated, once admission has let the object through. */
  onAdmitted?(object: KubeObject, old: KubeObject | undefined): void;
  afterDelete?(object: KubeObject): void;
  /** The object as its first delete leaves it, while something still holds it. */
  onMarked?(object: KubeObject): KubeObject;
  /** True when the object must stay although nothing else holds it (a Namespace with content). */
  keeps?(object: KubeObject): boolean;
}

export interface RegistryOptions {
  storage: Storage;
  clock: Clock;
  random: Random;
  hooks?: ReadonlyMap<string, Hooks>;
  gates?: FeatureGates;
  /** Seconds that Events live (`--event-ttl`). */
  eventTtlSeconds: number;
}

export class Registry {
  readonly #options: RegistryOptions;
  readonly #gates: FeatureGates;

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#gates = options.gates ?? DEFAULT_GATES;
  }

  /** The object. Throws NotFound. */
  get(kind: Kind, name: string, namespace: string | undefined): KubeObject {
    const found = this.#options.storage.get(kind, name, namespace);
    if (!found) throw notFound(kind, name);
    return found;
  }

  /** Stores a new object and gives it as stored. Throws AlreadyExists, Invalid, or what admission says. */
  create(kind: Kind, draft: KubeObject, namespace: string | undefined, context: WriteContext): KubeObject {
    const generates = !draft.metadata?.name && Boolean(draft.metadata?.generateName);
    for (let attempt = 0; ; attempt++) {
      const created = this.#tryCreate(kind, draft, namespace, context);
      if (created) return created;
      if (!generates || attempt >= NAME_RETRIES) throw alreadyExists(kind, draft.metadata.name);
    }
  }

  #tryCreate(kind: Kind, draft: KubeObject, namespace: string | undefined, context: WriteContext): KubeObject | undefined {
    const { storage } = this.#options;
    let object = this.#withServerFields(kind, draft, namespace);
    if (kind.hasStatus && kind.prepare === undefined) object = { ...object, status: {} };
    if (kind.defaults) object = kind.defaults(object);
    if (kind.prepare) object = kind.prepare(object, undefined, this.#gates);
    object = withoutClosedFields(kind, object, this.#gates);
    if (raisesGeneration(kind, object)) object = withMeta(object, { generation: 1 });
    const operation: Operation = { verb: 'CREATE', kind, subresource: '', namespace, name: object.metadata.name, object, old: undefined };
    object = context.mutate(operation);
    if (kind.defaults) object = kind.defaults(object);
    this.#validate(kind, object, undefined);
    const hooks = this.#options.hooks?.get(kind.plural);
    if (storage.get(kind, object.metadata.name, namespace)) return undefined;
    if (hooks?.beforeWrite) object = hooks.beforeWrite(object, undefined);
    context.check({ ...operation, object });
    for (const text of kind.warnings?.(object, undefined) ?? []) context.warn(text);
    this.#inscribe(object, operation, context);
    if (context.dryRun) {
      Reflect.deleteProperty(object.metadata, 'resourceVersion'); // only what is stored has one
      return object;
    }
    hooks?.onAdmitted?.(object, undefined);
    return storage.write(kind, object, '', kind.plural === 'events' ? this.#options.eventTtlSeconds : undefined);
  }

  /**
   * Replaces an object by what `change` makes of the current one. `subresource` 'status' takes over only the status,
   * '' everything but it. Throws NotFound, Conflict, Invalid, or what admission says.
   */
  update(kind: Kind, name: string, namespace: string | undefined, subresource: string, change: (current: KubeObject) => KubeObject, context: WriteContext): KubeObject {
    for (let attempt = 0; ; attempt++) {
      const old = this.get(kind, name, namespace);
      const wanted = change(old);
      checkIdentity(kind, old, wanted);
      const stored = this.#tryUpdate(kind, old, wanted, subresource, context);
      if (stored) return stored;
      if (attempt >= CONFLICT_RETRIES || wanted.metadata.resourceVersion) throw conflict(kind, name);
    }
  }

  #tryUpdate(kind: Kind, old: KubeObject, wanted: KubeObject, subresource: string, context: WriteContext): KubeObject | undefined {
    const { storage, hooks } = this.#options;
    const { name, namespace } = old.metadata;
    let object = keepServerFields(old, wanted, kind);
    // A binding adds a node to what has its defaults, a status write keeps nothing of the rest.
    if (kind.defaults && subresource !== 'binding' && subresource !== 'status') object = kind.defaults(object);
    object = partOf(kind, old, object, subresource);
    if (kind.prepare && subresource === '') object = kind.prepare(object, old, this.#gates);
    object = withoutClosedFields(kind, object, this.#gates);
    // A binding is no change of what is wanted.
    if (subresource !== 'binding' && raisesGeneration(kind, object) && !equalJson(old.spec, object.spec)) object = withMeta(object, { generation: (old.metadata.generation ?? 0) + 1 });
    const operation: Operation = { verb: 'UPDATE', kind, subresource, namespace, name, object, old };
    object = context.mutate(operation);
    if (subresource === '' || subresource === 'status') this.#validate(kind, object, old);
    const errors = kind.subresources?.[subresource]?.validate?.(object, old) ?? [];
    if (errors.length > 0) throw invalid(kind, name, errors);
    const own = subresource === '' ? hooks?.get(kind.plural) : undefined;
    if (own?.beforeWrite) object = own.beforeWrite(object, old);
    context.check({ ...operation, object });
    if (subresource === '') for (const text of kind.warnings?.(object, old) ?? []) context.warn(text);
    if (context.dryRun) {
      this.#inscribe(object, operation, context);
      return object;
    }
    if (this.#isFinished(kind, object)) {
      if (!storage.remove(kind, old)) return undefined;
      hooks?.get(kind.plural)?.afterDelete?.(object);
      return object;
    }
    const isSame = equalJson(old, object) && object.metadata.managedFields === undefined;
    if (isSame && !storage.isStale(kind, old)) return old;
    this.#inscribe(object, operation, context);
    own?.onAdmitted?.(object, old);
    return storage.write(kind, object, old.metadata.resourceVersion, kind.plural === 'events' ? this.#options.eventTtlSeconds : undefined);
  }

  /** Deletes, or begins to: the answer is the object while something still holds it, else a Status. */
  delete(kind: Kind, name: string, namespace: string | undefined, options: DeletionOptions, context: WriteContext): KubeObject | Status {
    for (let attempt = 0; attempt <= CONFLICT_RETRIES; attempt++) {
      const old = this.get(kind, name, namespace);
      checkPreconditions(kind, old, options);
      context.check({ verb: 'DELETE', kind, subresource: '', namespace, name, object: old, old });
      if (context.dryRun) return deleted(kind, name, old.metadata.uid);
      const answer = this.#tryDelete(kind, old, options);
      if (answer) return answer;
    }
    throw conflict(kind, name);
  }

  #tryDelete(kind: Kind, old: KubeObject, options: DeletionOptions): KubeObject | Status | undefined {
    const { storage, hooks } = this.#options;
    const graceSeconds = graceOf(kind, old, options);
    const finalizers = finalizersFor(old, options);
    const holds = finalizers.length > 0 || hooks?.get(kind.plural)?.keeps?.(old) === true;
    if (!holds && graceSeconds === 0) {
      if (!storage.remove(kind, old)) return undefined;
      hooks?.get(kind.plural)?.afterDelete?.(old);
      return deleted(kind, old.metadata.name, old.metadata.uid);
    }
    const held = this.#markDeleted(kind, old, graceSeconds, finalizers);
    const marked = hooks?.get(kind.plural)?.onMarked?.(held) ?? held;
    return equalJson(marked, old) ? old : storage.write(kind, marked, old.metadata.resourceVersion);
  }

  #markDeleted(kind: Kind, old: KubeObject, graceSeconds: number, finalizers: string[]): KubeObject {
    const before = old.metadata.deletionGracePeriodSeconds;
    // A second delete may only shorten the wait.
    if (old.metadata.deletionTimestamp && before !== undefined && graceSeconds >= before) return withMeta(old, { finalizers: finalizers.length ? finalizers : undefined });
    const deletionTimestamp = old.metadata.deletionTimestamp && !kind.gracePeriodSeconds
      ? old.metadata.deletionTimestamp : rfc3339(this.#options.clock.now() + graceSeconds * 1000);
    const generation = old.metadata.generation === undefined ? {} : { generation: old.metadata.generation + 1 };
    return withMeta(old, {
      deletionTimestamp, deletionGracePeriodSeconds: graceSeconds, ...generation,
      ...(finalizers.length ? { finalizers } : { finalizers: undefined }),
    });
  }

  /** An object on its way out whose last finalizer has just gone. */
  #isFinished(kind: Kind, object: KubeObject): boolean {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata;
    if (!deletionTimestamp || finalizers?.length) return false;
    return (deletionGracePeriodSeconds ?? 0) === 0 && this.#options.hooks?.get(kind.plural)?.keeps?.(object) !== true;
  }

  #withServerFields(kind: Kind, draft: KubeObject, namespace: string | undefined): KubeObject {
    const { random, clock } = this.#options;
    const meta = draft.metadata ?? {};
    const name = meta.name || (meta.generateName ? meta.generateName.slice(0, GENERATED_BASE_MAX) + random.suffix() : '');
    const { deletionTimestamp: _gone, deletionGracePeriodSeconds: _grace, resourceVersion, ...rest } = meta as Partial<ObjectMeta>;
    if (resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    const metadata: ObjectMeta = { ...rest, name, uid: random.uuid(), resourceVersion: '', creationTimestamp: rfc3339(clock.now()) };
    if (namespace) metadata.namespace = namespace;
    return { ...draft, apiVersion: groupVersion(kind), kind: kind.kind, metadata };
  }

  /**
   * Notes who writes, and what they asked for before admission added to it. The object has not been stored yet, and its
   * metadata is its own.
   */
  #inscribe(object: KubeObject, { kind, old, subresource, object: asked }: Operation, { manager, applies }: WriteContext): void {
    const { metadata } = object;
    const given = metadata.managedFields;
    let ledger = old?.metadata[LEDGER];
    if (given) {
      delete metadata.managedFields;
      const isReset = given.every(({ manager: name }) => !name);
      if (isReset) ledger = undefined;
      else if (!old || !equalJson(given, entriesOf(old))) ledger = Ledger.of(given);
    }
    const isRecorded = !applies && !UNRECORDED.has(subresource);
    metadata[LEDGER] = isRecorded ? Ledger.after(kind, ledger, old, asked, { manager, apiVersion: groupVersion(kind), subresource, timeMs: this.#options.clock.now() }) : ledger;
  }

  #validate(kind: Kind, object: KubeObject, old: KubeObject | undefined): void {
    const errors = [...validateMetadata(kind, object, old), ...(kind.validate?.(object, old, this.#gates) ?? [])];
    if (errors.length > 0) throw invalid(kind, object.metadata.name || object.metadata.generateName || '', errors);
  }
}

/** Writes of the server itself have no manager. */
const UNRECORDED = new Set(['binding', 'eviction', 'finalize']);

function raisesGeneration(kind: Kind, object: KubeObject): boolean {
  return kind.hasGeneration ?? object.spec !== undefined;
}

function withMeta(object: KubeObject, change: Partial<ObjectMeta>): KubeObject {
  const metadata = { ...object.metadata, ...change };
  if (metadata.finalizers === undefined) delete metadata.finalizers;
  return { ...object, metadata };
}

/** What a write to a subresource may change: nothing but the status; everything else; or, for bindings and the like, all. */
function partOf(kind: Kind, old: KubeObject, wanted: KubeObject, subresource: string): KubeObject {
  if (subresource === 'status') return statusOnly(old, wanted);
  return subresource === '' && kind.hasStatus ? { ...wanted, status: old.status } : wanted;
}

function statusOnly(old: KubeObject, wanted: KubeObject): KubeObject {
  const { labels, annotations, managedFields } = wanted.metadata;
  // Kubernetes takes metadata along on status writes of some kinds only; the common case is status alone.
  return { ...old, metadata: { ...old.metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}), ...(managedFields ? { managedFields } : {}) }, status: wanted.status };
}

const SERVER_OWNED = ['namespace', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation', 'generateName'] as const;

/** The fields of metadata that clients cannot change, taken from the stored object. */
function keepServerFields(old: KubeObject, wanted: KubeObject, kind: Kind): KubeObject {
  const { uid, creationTimestamp, name, resourceVersion } = old.metadata;
  const metadata: ObjectMeta = { ...wanted.metadata, name, uid, creationTimestamp, resourceVersion };
  for (const key of SERVER_OWNED) {
    const value = old.metadata[key];
    if (metadata[key] === value) continue;
    if (value === undefined) Reflect.deleteProperty(metadata, key);
    else Reflect.set(metadata, key, value);
  }
  if (metadata.finalizers?.length === 0) delete metadata.finalizers;
  return { ...wanted, apiVersion: groupVersion(kind), kind: kind.kind, metadata };
}

function checkIdentity(kind: Kind, old: KubeObject, wanted: KubeObject): void {
  const { uid, resourceVersion } = wanted.metadata;
  if (uid && uid !== old.metadata.uid) {
    throw conflict(kind, old.metadata.name, `StorageError: invalid object, Code: 4, Key: ${old.metadata.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) throw conflict(kind, old.metadata.name);
}

function checkPreconditions(kind: Kind, old: KubeObject, { preconditions }: DeletionOptions): void {
  const { uid, resourceVersion } = preconditions ?? {};
  if (uid && uid !== old.metadata.uid) {
    throw conflict(kind, old.metadata.name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`);
  }
  if (resourceVersion && resourceVersion !== old.metadata.resourceVersion) {
    throw conflict(kind, old.metadata.name, `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${old.metadata.resourceVersion}`);
  }
}

function graceOf(kind: Kind, object: KubeObject, options: DeletionOptions): number {
  if (!kind.gracePeriodSeconds) return 0;
  const usual = kind.gracePeriodSeconds(object);
  const asked = options.gracePeriodSeconds;
  if (asked !== undefined && asked < 0) throw failure(422, 'Invalid', `gracePeriodSeconds: Invalid value: ${asked}: must be greater than or equal to 0`);
  return usual === 0 ? 0 : (asked ?? usual);
}

/** The finalizers an object has once it is deleted this way: foreground and orphan are finalizers themselves. */
function finalizersFor(object: KubeObject, options: DeletionOptions): string[] {
  const policy = options.orphanDependents === true ? 'Orphan' : options.propagationPolicy;
  const others = (object.metadata.finalizers ?? []).filter((f) => policy === undefined || (f !== 'orphan' && f !== 'foregroundDeletion'));
  if (policy === 'Orphan') return [...others, 'orphan'];
  if (policy === 'Foreground') return [...others, 'foregroundDeletion'];
  return others;
}
