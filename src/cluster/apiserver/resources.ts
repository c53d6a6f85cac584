/** The verbs on resources: from a parsed request to the registry, and back to a response. */
import type { World } from '../../time/simulation.ts';
import { groupVersion, type Kind } from '../api/kind.ts';
import { matches, parseSelector, SelectorError } from '../api/labels.ts';
import type { KubeObject, Namespace, Pod } from '../api/types.ts';
import { applied, APPLY_TYPE, configurationOf } from './applying.ts';
import { decodeObject, fieldValidationOf } from './decode.ts';
import { badRequest, expired, failure, internalError, methodNotAllowed, resourceNotFound } from './errors.ts';
import { evict } from './eviction.ts';
import { withManagedFields } from '../api/managed-fields/ledger.ts';
import { fieldMatcher, type FieldRequirement, parseFieldSelector } from './field-selector.ts';
import { patched } from './patching.ts';
import { checkVersion } from './registry/metadata.ts';
import type { DeletionOptions, Operation, Registry, WriteContext } from './registry/registry.ts';
import type { ApiRequest, ApiResponse, OpenStream, WatchSink } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { requestedBy } from './requestor.ts';
import type { Annotate, Security, UserInfo } from './security.ts';
import type { Resource, Storage, StoredEvent } from './storage.ts';
import { bound, finalized, scaleOf, withScale } from './subresources.ts';
import { type IncludeObject, partialMetadata, tableOf } from './table.ts';
import type { WatchHub } from './watch.ts';

/** A request that has passed authentication and authorization. */
export interface Call { request: ApiRequest; info: RequestInfo; user: UserInfo; warn: (text: string) => void; annotate?: Annotate }

interface Parts { storage: Storage; /** Kinds that are made up when asked for. */ computed: Readonly<Record<string, () => KubeObject[]>>; registry: Registry; hub: WatchHub; world: World; security: Security }

interface Selection { matches: (object: KubeObject) => boolean; fields: FieldRequirement[] }

export class ResourceHandlers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  kinds(): readonly Kind[] { return this.#parts.storage.kinds(); }

  /** The kind a request is about. Throws NotFound. */
  kindFor(info: RequestInfo): Kind {
    const kind = this.#parts.storage.kindOf(info.group, info.version, info.resource);
    if (!kind) throw resourceNotFound();
    return kind;
  }

  /** The Pod a request names. Throws NotFound. */
  pod(info: RequestInfo): Pod {
    return this.#parts.registry.get(this.kindFor(info), info.name, info.namespace) as Pod;
  }

  handle(call: Call): ApiResponse {
    const kind = this.kindFor(call.info);
    const { subresource, verb } = call.info;
    if (subresource) return this.#subresource(kind, call);
    switch (verb) {
      case 'get': return this.#present(call, kind, this.#computed(kind, call)?.find(({ metadata }) => metadata.name === call.info.name) ?? this.#parts.registry.get(kind, call.info.name, scopeOf(kind, call.info)));
      case 'list': return this.#list(kind, call);
      case 'create': return this.#create(kind, call);
      case 'update': return this.#update(kind, call, '');
      case 'patch': return this.#patch(kind, call, '');
      case 'delete': return this.#delete(kind, call);
      case 'deletecollection': return this.#deleteAll(kind, call);
      default: throw methodNotAllowed();
    }
  }

  watch(call: Call, sink: WatchSink): OpenStream {
    const { storage, hub } = this.#parts;
    const { info } = call;
    const kind = this.kindFor(info);
    const resource = storage.resource(kind);
    const { matches, fields } = this.#selection(kind, info);
    const from = info.query.get('resourceVersion') ?? '';
    const streamsList = info.query.get('sendInitialEvents') === 'true';
    checkVersions(info.query, storage.revision);
    const past = from === '' || from === '0' || streamsList ? existing(resource) : storage.since(kind, Number(from));
    if (!past) return hub.refuse(sink, expired(`too old resource version: ${from} (${resource.oldestRevision})`).status);
    const indexed = fields.find((f) => f.operator === '=' && (f.field === 'spec.nodeName' || f.field === 'metadata.name'));
    const seconds = Number(info.query.get('timeoutSeconds') ?? 0);
    return hub.watch(resource, {
      namespace: kind.namespaced ? info.namespace : '', matches,
      indexed: indexed && { field: indexed.field, value: indexed.value },
      present: this.#presenter(call, kind), timeoutMs: seconds > 0 ? seconds * 1000 : undefined,
      bookmark: info.query.get('allowWatchBookmarks') === 'true' ? () => bookmark(kind, storage.revision) : undefined,
      initialEventsEnd: streamsList ? bookmark(kind, storage.revision, { 'k8s.io/initial-events-end': 'true' }) : undefined,
    }, past, sink);
  }

  #computed(kind: Kind, { warn }: Call): KubeObject[] | undefined {
    const objects = this.#parts.computed[kind.plural]?.();
    if (objects && kind.kind === 'ComponentStatus') warn('v1 ComponentStatus is deprecated in v1.19+');
    if (kind.group === '' && kind.kind === 'Endpoints') warn('v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice');
    return objects;
  }

  #list(kind: Kind, call: Call): ApiResponse {
    const { storage } = this.#parts;
    const { query, namespace } = call.info;
    checkVersions(query, storage.revision);
    const { matches } = this.#selection(kind, call.info);
    const all = (this.#computed(kind, call) ?? storage.list(kind, kind.namespaced && namespace ? namespace : undefined)).filter(matches).map((object) => inVersion(kind, object));
    const { items, metadata } = page(all, query, storage.revision);
    if (wantsTable(call.request)) return { code: 200, body: this.#table(call, kind, items, metadata) };
    const asMetadata = call.request.accept?.includes('as=PartialObjectMetadataList');
    if (asMetadata) return { code: 200, body: { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items: items.map(partialMetadata) } };
    return { code: 200, body: { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata, items: call.request.managedFields ? items.map(withManagedFields) : items } };
  }

  #create(kind: Kind, call: Call): ApiResponse {
    const { request, info } = call;
    if (info.name) throw methodNotAllowed();
    const draft = toStored(kind, decodeObject(kind, request.body, fieldValidationOf(info.query), call.warn));
    const namespace = this.#namespaceFor(kind, info, draft);
    const created = this.#parts.registry.create(this.#stored(kind), requestedBy(kind, draft, call.user), namespace, this.#context(call));
    return this.#present(call, kind, created, 201);
  }

  #update(kind: Kind, call: Call, subresource: string): ApiResponse {
    const { request, info } = call;
    const wanted = toStored(kind, decodeObject(kind, request.body, fieldValidationOf(info.query), call.warn));
    this.#namespaceFor(kind, info, wanted);
    if (wanted.metadata.name && wanted.metadata.name !== info.name) throw badRequest(`the name of the object (${wanted.metadata.name}) does not match the name on the URL (${info.name})`);
    checkVersion(kind, wanted);
    const updated = this.#parts.registry.update(this.#stored(kind), info.name, scopeOf(kind, info), subresource, () => wanted, this.#context(call));
    return this.#present(call, kind, updated);
  }

  #patch(kind: Kind, call: Call, subresource: string): ApiResponse {
    const { request, info } = call;
    if (request.contentType?.startsWith(APPLY_TYPE)) return this.#apply(kind, call, subresource);
    const change = (current: KubeObject) => toStored(kind, patched(kind, inVersion(kind, namesManagedFields(request.body) ? withManagedFields(current) : current), {
      contentType: request.contentType ?? '', body: request.body, validation: fieldValidationOf(info.query), warn: call.warn,
    }));
    const updated = this.#parts.registry.update(this.#stored(kind), info.name, scopeOf(kind, info), subresource, change, this.#context(call));
    return this.#present(call, kind, updated);
  }

  #apply(kind: Kind, call: Call, subresource: string): ApiResponse {
    const { registry, storage, world } = this.#parts;
    const { info } = call;
    const namespace = scopeOf(kind, info);
    const stored = this.#stored(kind);
    const config = asked(kind, configurationOf(kind, call));
    const options = { force: info.query.get('force') === 'true', write: { manager: info.query.get('fieldManager') ?? '', apiVersion: groupVersion(kind), subresource, timeMs: world.clock.now() } };
    const context = { ...this.#context(call), applies: true };
    if (!storage.get(kind, info.name, namespace) && subresource === '') return this.#present(call, kind, registry.create(stored, applied(stored, undefined, config, options), namespace, context), 201);
    return this.#present(call, kind, registry.update(stored, info.name, namespace, subresource, (current) => applied(stored, current, config, options), context));
  }

  /** The kind as it is stored, whatever the version of the request. */
  #stored(kind: Kind): Kind { return kind.conversion ? this.#parts.storage.resource(kind).kind : kind; }

  #delete(kind: Kind, call: Call): ApiResponse {
    const { info, request } = call;
    const answer = this.#parts.registry.delete(kind, info.name, scopeOf(kind, info), deletionOptions(request, info), this.#context(call));
    return { code: 200, body: answer };
  }

  #deleteAll(kind: Kind, call: Call): ApiResponse {
    const { info, request } = call;
    const { matches } = this.#selection(kind, info);
    const found = this.#parts.storage.list(kind, kind.namespaced ? info.namespace : undefined).filter(matches);
    for (const object of found) this.#parts.registry.delete(kind, object.metadata.name, object.metadata.namespace, deletionOptions(request, info), this.#context(call));
    return { code: 200, body: { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata: { resourceVersion: String(this.#parts.storage.revision) }, items: found } };
  }

  #subresource(kind: Kind, call: Call): ApiResponse {
    const { subresource, verb } = call.info;
    if (subresource === 'status' && kind.hasStatus) return this.#part(kind, call, 'status');
    if (subresource === 'scale' && kind.scale) return this.#scale(kind, call);
    const known = kind.subresources?.[subresource];
    if (!known) throw resourceNotFound();
    if (verb === 'get' && !known.verbs.includes('get')) throw methodNotAllowed();
    if (verb === 'create') return this.#post(kind, call);
    if (subresource === 'finalize' && verb === 'update') return this.#finalize(kind, call);
    if (verb === 'get' || verb === 'update' || verb === 'patch') return this.#part(kind, call, subresource);
    throw methodNotAllowed();
  }

  #part(kind: Kind, call: Call, subresource: string): ApiResponse {
    const { verb, name } = call.info;
    if (verb === 'get') return this.#present(call, kind, this.#parts.registry.get(kind, name, scopeOf(kind, call.info)));
    if (verb === 'update') return this.#update(kind, call, subresource);
    if (verb === 'patch') return this.#patch(kind, call, subresource);
    throw methodNotAllowed();
  }

  #scale(kind: Kind, call: Call): ApiResponse {
    const { registry } = this.#parts;
    const { info, request } = call;
    const namespace = scopeOf(kind, info);
    const current = registry.get(kind, info.name, namespace);
    if (info.verb === 'get') return { code: 200, body: scaleOf(kind, current) };
    const change = (object: KubeObject): KubeObject => {
      if (info.verb === 'update') return withScale(kind, object, request.body as KubeObject);
      const before = scaleOf(kind, object);
      const scale = patched(SCALE, before, { contentType: request.contentType ?? '', body: request.body, validation: 'Ignore', warn: call.warn });
      return withScale(kind, object, scale);
    };
    return { code: 200, body: scaleOf(kind, registry.update(kind, info.name, namespace, '', change, this.#context(call))) };
  }

  #post(kind: Kind, call: Call): ApiResponse {
    const { registry, world, security } = this.#parts;
    const { info, request } = call;
    const body = request.body as KubeObject;
    const namespace = scopeOf(kind, info);
    const context = this.#context(call);
    switch (`${kind.plural}/${info.subresource}`) {
      case 'pods/binding':
        registry.update(kind, info.name, namespace, 'binding', (pod) => bound(pod as Pod, body, world.clock.now()), context);
        return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
      case 'pods/eviction':
        return evict({ ...this.#parts, kind, pod: this.pod(info), eviction: body, context });
      case 'serviceaccounts/token': {
        const token = security.issueToken?.(registry.get(kind, info.name, namespace), body, call.user);
        if (!token) throw internalError('no service account signing key');
        return { code: 201, body: token };
      }
      default: throw methodNotAllowed();
    }
  }

  #finalize(kind: Kind, call: Call): ApiResponse {
    const { registry } = this.#parts;
    const wanted = call.request.body as KubeObject;
    const updated = registry.update(kind, call.info.name, undefined, 'finalize', (old) => finalized(old as Namespace, wanted), this.#context(call));
    return { code: 200, body: updated };
  }

  #context(call: Call): WriteContext {
    const { security } = this.#parts;
    const { user, warn, annotate } = call;
    const dryRun = call.info.query.getAll('dryRun').includes('All') || isDryRun(call.request.body);
    return {
      dryRun, warn, manager: managerOf(call),
      mutate: (operation: Operation) => security.mutate(operation, user, warn, dryRun, annotate),
      check: (operation: Operation) => security.check(operation, user, warn, dryRun, annotate),
    };
  }

  #selection(kind: Kind, info: RequestInfo): Selection {
    const labels = info.query.get('labelSelector') ?? '';
    const fieldText = info.query.get('fieldSelector') ?? '';
    if (!labels && !fieldText && !info.name) return { matches: () => true, fields: [] };
    try {
      const selector = parseSelector(labels);
      const fields = parseFieldSelector(fieldText);
      if (info.name && info.verb === 'watch') fields.push({ field: 'metadata.name', operator: '=', value: info.name });
      const byField = fieldMatcher(kind, fields);
      return { fields, matches: (object) => matches(selector, object.metadata.labels) && byField(object) };
    } catch (error) {
      if (error instanceof SelectorError) throw badRequest(error.message);
      throw error;
    }
  }

  #namespaceFor(kind: Kind, info: RequestInfo, object: KubeObject): string | undefined {
    if (!kind.namespaced) return undefined;
    const own = object.metadata.namespace;
    if (own && info.namespace && own !== info.namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    return info.namespace || own;
  }

  #present(call: Call, kind: Kind, stored: KubeObject, code = 200): ApiResponse {
    const object = shown(call, kind, stored);
    if (wantsTable(call.request)) return { code, body: this.#table(call, kind, [object], { resourceVersion: object.metadata.resourceVersion }) };
    if (call.request.accept?.includes('as=PartialObjectMetadata')) return { code, body: partialMetadata(object) };
    return { code, body: object };
  }

  #table(call: Call, kind: Kind, objects: readonly KubeObject[], metadata: object, withoutHeader = false): object {
    const include = (call.info.query.get('includeObject') ?? 'Metadata') as IncludeObject;
    return tableOf(kind, objects, metadata, { nowMs: this.#parts.world.clock.now(), include, withoutHeader });
  }

  #presenter(call: Call, kind: Kind): (object: KubeObject) => KubeObject {
    if (call.request.accept?.includes('as=PartialObjectMetadata')) return (object) => partialMetadata(object) as KubeObject;
    if (!wantsTable(call.request)) return (object) => shown(call, kind, object);
    let isFirst = true;
    return (object) => {
      const table = this.#table(call, kind, [object], { resourceVersion: object.metadata.resourceVersion }, !isFirst) as KubeObject;
      isFirst = false;
      return table;
    };
  }
}

const SCALE: Kind = { group: 'autoscaling', version: 'v1', kind: 'Scale', plural: 'scales', singular: 'scale', shortNames: [], namespaced: true };

/** An object as the client wants to see it. */
function shown({ request }: Call, kind: Kind, object: KubeObject): KubeObject {
  const versioned = inVersion(kind, object);
  return request.managedFields ? withManagedFields(versioned) : versioned;
}

/** Who writes: what the client says, or its program's name. */
function managerOf({ request, info }: Call): string {
  return info.query.get('fieldManager') || (request.userAgent ?? 'unknown').split('/')[0]!.slice(0, 128);
}

/** An object in the version that was asked for; between versions of custom resources nothing else changes. */
function inVersion(kind: Kind, object: KubeObject): KubeObject {
  const wanted = groupVersion(kind);
  if (kind.conversion && object.apiVersion !== wanted) return kind.conversion.fromStored(object);
  return object.apiVersion === wanted || !kind.schema ? object : { ...object, apiVersion: wanted };
}

/** An object in the version that is stored. */
function toStored(kind: Kind, object: KubeObject): KubeObject {
  return kind.conversion ? kind.conversion.toStored(object) : object;
}

/** An applied configuration in the version that is stored, without what only the conversion has put there. */
function asked(kind: Kind, config: KubeObject): KubeObject {
  if (!kind.conversion || config.status !== undefined) return toStored(kind, config);
  const { status: _none, ...rest } = toStored(kind, config);
  return rest;
}

/** Whether a patch is about metadata.managedFields, which is worked out only then. */
function namesManagedFields(body: unknown): boolean {
  if (Array.isArray(body)) return body.some((operation: { path?: unknown }) => String(operation.path).startsWith('/metadata/managedFields'));
  const metadata: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'metadata') : undefined;
  return typeof metadata === 'object' && metadata !== null && 'managedFields' in metadata;
}

function wantsTable(request: ApiRequest): boolean {
  return request.accept?.includes('as=Table') ?? false;
}

function scopeOf(kind: Kind, info: RequestInfo): string | undefined {
  return kind.namespaced ? info.namespace : undefined;
}

/** A Bookmark: an object of the kind with nothing but a resourceVersion. */
function bookmark(kind: Kind, revision: number, annotations?: Record<string, string>): KubeObject {
  const metadata: Partial<KubeObject['metadata']> = { resourceVersion: String(revision), ...(annotations ? { annotations } : {}) };
  return { kind: kind.kind, apiVersion: groupVersion(kind), metadata: metadata as KubeObject['metadata'] }; // not an object of its own: no name
}

/** Refuses a resourceVersion that has not been reached, or that is asked for exactly and is known no more. */
function checkVersions(query: URLSearchParams, revision: number): void {
  const asked = Number(query.get('resourceVersion') ?? '');
  if (Number.isNaN(asked)) throw badRequest(`Invalid value: ${JSON.stringify(query.get('resourceVersion'))}: strconv.ParseUint: parsing ${JSON.stringify(query.get('resourceVersion'))}: invalid syntax`);
  if (asked > revision) throw failure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${revision}`, { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }], retryAfterSeconds: 1 });
  if (query.get('resourceVersionMatch') === 'Exact' && asked < revision) throw expired('The resourceVersion for the provided list is too old.');
}

function existing(resource: Resource): StoredEvent[] {
  return [...resource.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => ({ type: 'ADDED', object, old: undefined, revision: Number(object.metadata.resourceVersion) }));
}

function isDryRun(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'dryRun' in body && Array.isArray(body.dryRun) && body.dryRun.includes('All');
}

function deletionOptions(request: ApiRequest, info: RequestInfo): DeletionOptions {
  const body = (request.body ?? {}) as DeletionOptions;
  const grace = info.query.get('gracePeriodSeconds');
  const policy = info.query.get('propagationPolicy');
  return { ...body, ...(grace === null ? {} : { gracePeriodSeconds: Number(grace) }), ...(policy === null ? {} : { propagationPolicy: policy }) };
}

/** One page of a list; the continue token names the last key given, so what comes and goes in between moves nothing. */
function page(all: readonly KubeObject[], query: URLSearchParams, revision: number): { items: readonly KubeObject[]; metadata: object } {
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue');
  const { rv = String(revision), start: last = '' } = token ? continueToken(token) : {};
  const following = last ? all.filter((object) => keyOf(object) > last) : all;
  const hasMore = limit > 0 && following.length > limit;
  const items = hasMore ? following.slice(0, limit) : following;
  const next = hasMore && { continue: Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(rv), start: keyOf(items.at(-1)!) })).toString('base64url'), remainingItemCount: following.length - limit };
  return { items, metadata: { resourceVersion: String(rv), ...next } };
}

function continueToken(token: string): { rv: string; start: string } {
  try {
    const { rv, start }: { rv?: unknown; start?: unknown } = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (typeof rv === 'number' && typeof start === 'string') return { rv: String(rv), start };
  } catch { /* not ours: refused below */ }
  throw badRequest('continue key is not valid: illegal base64 data or a key that this server has not given');
}

function keyOf({ metadata: { namespace, name } }: KubeObject): string { return namespace ? `${namespace}/${name}` : name; }
