/**
 * The API server: path, verb and body in, status and body out. A request passes authentication, authorization,
 * admission and validation on its way to etcd; each step is a function of its own in this folder.
 */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import { DEFAULT_GATES, type FeatureGates } from '../api/feature-gates.ts';
import type { Kind } from '../api/kind.ts';
import { componentStatuses } from '../api/kinds/component-status.ts';
import type { KubeObject, Node } from '../api/types.ts';
import { EtcdError, type EtcdFace } from '../etcd/face.ts';
import { type Connection, NetworkError } from '../network/types.ts';
import { createClient } from '../client/client.ts';
import { boundSink } from '../client/transport.ts';
import type { Audit, AuditRecord } from './audit/audit.ts';
import { impersonate } from './auth/impersonate.ts';
import { Aggregator, type DialService } from './aggregation/aggregator.ts';
import { CustomResources } from './custom-resources.ts';
import { AGGREGATED, discover, discoverAll, type VirtualKind } from './discovery.ts';
import { failure, forbidden, internalError, refusal, StatusError, unauthorized } from './errors.ts';
import { health } from './health.ts';
import { type Gauges, Metrics } from './metrics.ts';
import { openApi } from './openapi/documents.ts';
import { checkStream, type DialKubelet, openAttach, openExec, openLogs, openPort } from './pod-streams.ts';
import { type Hooks, type Operation, Registry } from './registry/registry.ts';
import { rfc3339 } from '../client/recorder.ts';
import { type AddressLedger, serviceAddresses } from './registry/service-addresses.ts';
import { type FetchFor, isProxied, proxied } from './proxying.ts';
import type { ApiRequest, ApiResponse, ApiServerFace, ApiTransport, OpenStream, StreamSink, WatchSink } from './request.ts';
import { requestInfo, type RequestInfo } from './request-info.ts';
import { type Call, ResourceHandlers } from './resources.ts';
import { type Annotate, attributesFor, type RequestTrace, type Security, type UserInfo } from './security.ts';
import { Storage, type Transformer } from './storage.ts';
import { WatchHub } from './watch.ts';

export interface ApiServerOptions {
  world: World;
  random: Random;
  etcd: EtcdFace;
  kinds: readonly Kind[];
  gates?: FeatureGates;
  virtualKinds?: readonly VirtualKind[];
  /** Of Kubernetes, as it says itself. */
  version?: string;
  /** Given the server's own storage, so that it can read Roles, ServiceAccounts and the like. */
  security: (storage: Storage) => Security;
  transformer?: (kind: Kind) => Transformer | undefined;
  dialKubelet: DialKubelet;
  /** What the process has used so far, for its metrics. */
  usage?: (() => Gauges['usage']) | undefined;
  /** The way to what `proxy` names. */
  fetch?: FetchFor;
  /** The way to the servers of aggregated APIs. */
  dialService?: DialService;
  serviceClusterIpRange?: string;
  eventTtlSeconds?: number;
  /** Whether etcd answers; without it nothing but health checks is served. */
  isEtcdAvailable?: () => boolean;
  /** The components whose health is shown: each check gives what is wrong. */
  health?: Readonly<Record<string, () => string | undefined>>;
  /** Records requests as the audit policy wants it. */
  audit?: Audit;
  /** Told of each answered request, for the game's x-ray. */
  onRequest?: (record: RequestRecord) => void;
}

/** One answered request. */
export interface RequestRecord { atMs: number; user: string; request: ApiRequest; info: RequestInfo; code: number; response: ApiResponse; /** etcd's revision after a write. */ revision?: number; trace: RequestTrace }

/** Is handed the audit record of a request. */
type Begin = (record: AuditRecord | undefined) => void;

const LOOPBACK_USER: UserInfo = { username: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

export class ApiServer implements ApiServerFace {
  readonly storage: Storage;
  readonly #options: ApiServerOptions;
  readonly #security: Security;
  readonly #hub: WatchHub;
  readonly #handlers: ResourceHandlers;
  readonly #custom: CustomResources;
  readonly #metrics = new Metrics();
  readonly #aggregator: Aggregator;
  #isRunning = false;
  #startedMs = 0;
  #compactTo = 0;

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const { world, random, etcd } = options;
    this.storage = new Storage(etcd, world.clock, options.transformer);
    this.#security = options.security(this.storage);
    this.#hub = new WatchHub(world);
    const registry = new Registry({
      storage: this.storage, clock: world.clock, random: random.fork('registry'),
      hooks: this.#hooks(), gates: options.gates, eventTtlSeconds: options.eventTtlSeconds ?? 3600,
    });
    this.#handlers = new ResourceHandlers({ storage: this.storage, registry, hub: this.#hub, world, security: this.#security, computed: { componentstatuses: () => componentStatuses(options.health ?? {}) } });
    const client = createClient({ transport: this.loopback(), userAgent: 'kube-apiserver' });
    this.#custom = new CustomResources({ world, storage: this.storage, client, closeWatches: (resource) => this.#hub.close(resource), onServed: () => this.#aggregator.register() });
    this.#aggregator = new Aggregator({ world, storage: this.storage, client, dial: options.dialService });
  }

  /** Reads etcd and begins to serve. Throws EtcdError. */
  start(): void {
    this.storage.open(this.#options.kinds);
    this.#security.start?.();
    this.#isRunning = true;
    this.#startedMs = this.#options.world.clock.now();
    this.#custom.start();
    this.#aggregator.start();
  }

  /** Stops at once: watches end, nothing is answered any more. */
  stop(): void {
    this.#isRunning = false;
    this.#aggregator.stop();
    this.#hub.closeAll();
    this.storage.close();
  }

  get isRunning(): boolean { return this.#isRunning; }
  /** Whether it serves and etcd answers it. */
  get isReady(): boolean { return this.#isRunning && this.#options.isEtcdAvailable?.() !== false; }

  /** The server's own way in, as `system:apiserver`: past authentication and authorization. */
  loopback(): ApiTransport {
    const refuse = () => { throw new Error('the loopback client neither watches nor streams'); };
    return { server: 'loopback', handle: (request) => this.#handle(request, LOOPBACK_USER), watch: refuse, connect: refuse };
  }

  /** A way to look that leaves no trace: neither metrics nor audit nor the record of requests know of it. For reading only. */
  observer(): ApiTransport {
    const asked = (request: ApiRequest) => {
      if (request.method !== 'GET') throw new Error('an observer only reads');
      return { request, info: requestInfo(request), user: LOOPBACK_USER, warn: () => undefined };
    };
    return {
      server: 'observer',
      handle: (request) => this.#guarded([], () => this.#answer(asked(request))),
      watch: () => { throw new Error('an observer does not watch'); },
      connect: (request, sink) => {
        const { info } = asked(request);
        try {
          return openLogs(this.#handlers.pod(info), info.query, this.#options.dialKubelet, sink);
        } catch (error) {
          return refusal(asStatusError(error));
        }
      },
    };
  }

  /** The address under which a node's kubelet is reached. */
  addressOf(nodeName: string): string | undefined {
    const node = this.storage.get({ group: '', plural: 'nodes' }, nodeName) as Node | undefined;
    return node?.status.addresses?.find((a) => a.type === 'InternalIP')?.address;
  }

  /** Lets etcd forget what no watch needs any more; called every few minutes. */
  compact(): void {
    const before = this.#compactTo;
    this.#compactTo = this.storage.revision;
    if (before > 0 && this.#options.isEtcdAvailable?.() !== false) this.#options.etcd.compact(before);
  }

  handle(request: ApiRequest): ApiResponse { return this.#handle(request); }

  #handle(request: ApiRequest, as?: UserInfo): ApiResponse {
    const info = requestInfo(request);
    const warnings: string[] = [];
    let user: UserInfo | undefined;
    let record: AuditRecord | undefined;
    const trace: RequestTrace | undefined = this.#options.onRequest && { changed: [], warned: [] };
    const before = this.storage.revision;
    const response = this.#guarded(warnings, () => {
      user = as ?? this.#admitted(request, info, (begun) => { record = begun; }, trace);
      return this.#answer({ request, info, user, warn: (text) => void (warnings.includes(text) || warnings.push(text)), annotate: noting(record, trace) });
    });
    const full = warnings.length > 0 && !response.warnings ? { ...response, warnings } : response;
    record?.stage('ResponseComplete', full);
    this.#metrics.count(info, full.code, info.query.has('dryRun'));
    if (trace) this.#options.onRequest?.({ atMs: this.#options.world.clock.now(), user: user?.username ?? trace.user?.username ?? '', request, info, code: full.code, response: full, trace, ...(this.storage.revision > before ? { revision: this.storage.revision } : {}) });
    return full;
  }

  watch(request: ApiRequest, sink: WatchSink): OpenStream | ApiResponse {
    const info = requestInfo({ ...request, path: request.path.includes('watch=') ? request.path : `${request.path}${request.path.includes('?') ? '&' : '?'}watch=1` });
    return this.#recorded(sink, 200, (recorded, begin) => {
      const user = this.#admitted(request, info, begin);
      this.#metrics.count(info, 200);
      return this.#handlers.watch({ request, info, user, warn: () => undefined }, recorded);
    });
  }

  connect(request: ApiRequest, sink: StreamSink): OpenStream | ApiResponse {
    const info = requestInfo(request);
    // exec, attach and port-forward count as create, whatever the HTTP method of the upgrade is.
    if (info.subresource !== 'log') info.verb = 'create';
    return this.#recorded(sink, info.subresource === 'log' ? 200 : 101, (recorded, begin) => {
      const user = this.#admitted(request, info, begin);
      const kind = this.#handlers.kindFor(info);
      checkStream(kind, info);
      const pod = this.#handlers.pod(info);
      if (info.subresource !== 'log') this.#security.check(connection(kind, info), user, () => undefined, false);
      const open = info.subresource === 'log' ? openLogs : info.subresource === 'attach' ? openAttach : openExec;
      return open(pod, info.query, this.#options.dialKubelet, recorded);
    });
  }

  portForward(request: ApiRequest, port: number | undefined): Connection | ApiResponse {
    const info = { ...requestInfo(request), verb: 'create' };
    try {
      const user = this.#admitted(request, info, () => undefined);
      const kind = this.#handlers.kindFor(info);
      checkStream(kind, info);
      const pod = this.#handlers.pod(info);
      this.#security.check(connection(kind, info), user, () => undefined, false);
      if (port === undefined) return { code: 200, body: '' };
      return openPort(pod, port, this.#options.dialKubelet);
    } catch (error) {
      return refusal(asStatusError(error));
    }
  }

  #answer(call: Call): ApiResponse {
    const { info } = call;
    const hasEtcd = this.#options.isEtcdAvailable?.() !== false;
    const state = health(info.path, info.query, hasEtcd);
    if (state) return state;
    if (!hasEtcd && info.isResource) throw new EtcdError('unavailable', 'etcdserver: request timed out');
    const remote = hasEtcd ? this.#aggregator.answer(versionOf(info), call.request, call.user) : undefined;
    if (remote) return remote;
    if (!info.isResource || !this.#knowsGroup(info)) return this.#describe(call);
    const virtual = this.#options.virtualKinds?.find((k) => k.group === info.group && k.plural === info.resource);
    if (virtual && info.verb === 'create') return this.#review(virtual, call);
    if (info.resource === 'pods' && info.subresource === 'log') return this.#collectLog(call);
    if (isProxied(info)) return proxied(call.request, info, this.storage, this.#options.fetch);
    return this.#handlers.handle(call);
  }

  #knowsGroup({ group }: RequestInfo): boolean {
    return this.storage.hasGroup(group) || this.#options.virtualKinds?.some((kind) => kind.group === group) === true;
  }

  /** What is not about resources: discovery, OpenAPI, metrics, the issuer of tokens. */
  #describe({ info: { path, verb }, request }: Call): ApiResponse {
    const virtual = this.#options.virtualKinds ?? [];
    const kinds = this.#handlers.kinds();
    const remote = this.#aggregator.served();
    const all = request.accept?.includes('as=APIGroupDiscoveryList') ? discoverAll(path, { kinds, virtual, remote }) : undefined;
    if (all) return { code: 200, body: all, contentType: AGGREGATED };
    const described = discover(path, { kinds, virtual, remote }, this.#options.version) ?? openApi(path, [...kinds, ...virtual.map((kind) => ({ ...kind, singular: '', shortNames: [] }))]) ?? this.#security.openId?.(path);
    if (described && verb === 'get') return { code: 200, body: described };
    if (path === '/metrics') return { code: 200, contentType: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores', body: this.#metrics.text({ objects: this.storage.counts(), watches: this.#hub.openCount, startedMs: this.#startedMs, revision: this.storage.revision, gates: this.#options.gates ?? DEFAULT_GATES, usage: this.#options.usage?.() }) };
    if (path === '/') return { code: 200, body: { paths: ['/.well-known/openid-configuration', '/api', '/api/v1', '/apis', ...new Set([...kinds, ...virtual].filter(({ group }) => group).flatMap(({ group, version }) => [`/apis/${group}`, `/apis/${group}/${version}`])), '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/openid/v1/jwks', '/readyz', '/version'].sort() } };
    return { code: 404, body: '404 page not found\n', contentType: 'text/plain; charset=utf-8' };
  }

  /** A kind that is not stored: a Binding acts on its Pod as pods/binding does, a review is answered. */
  #review(virtual: VirtualKind, call: Call): ApiResponse {
    const { request, info, user } = call;
    if (virtual.kind === 'Binding') return this.#handlers.handle({ ...call, info: { ...info, resource: 'pods', subresource: 'binding', name: (request.body as KubeObject).metadata?.name ?? '' } });
    const answer = this.#security.review?.(virtual.kind, request.body as KubeObject, user, info.namespace);
    if (!answer) throw internalError(`no reviewer for ${virtual.kind}`);
    return { code: 201, body: answer };
  }

  /** A log without `follow`: the whole text as one answer. */
  #collectLog({ info }: Call): ApiResponse {
    let text = '';
    const sink: StreamSink = { stdout: (t) => { text += t; }, stderr: (t) => { text += t; }, closed: () => undefined };
    const stream = openLogs(this.#handlers.pod(info), info.query, this.#options.dialKubelet, sink);
    if ('code' in stream) return stream;
    stream.close();
    return { code: 200, body: text, contentType: 'text/plain' };
  }

  /** The user of the request, if it is let in; `begin` is given its record. Throws Unauthorized or Forbidden. */
  #admitted(request: ApiRequest, info: RequestInfo, begin?: Begin, trace?: RequestTrace): UserInfo {
    if (!this.#isRunning) throw new NetworkError('refused', 'connect: connection refused');
    const behind = this.#security.authenticate(request.credential, request.path.split('?')[0]!);
    const { audit } = this.#options;
    const record = audit?.begin({ request, info, user: behind, ...(request.impersonate && behind ? { impersonated: { username: request.impersonate.user, groups: request.impersonate.groups ?? [] } } : {}) });
    begin?.(record);
    if (!behind) throw unauthorized();
    const user = request.impersonate ? this.#impersonated(behind, request.impersonate) : behind;
    if (trace) Object.assign(trace, { user, ...(user === behind ? {} : { impersonator: behind }) });
    const { verb, isResource, group, version, resource, subresource, namespace, name, path } = info;
    const fieldSelector = info.query.get('fieldSelector') ?? undefined;
    const decision = this.#security.authorize({ user, verb, isResource, group, version, resource, subresource, namespace, name, path, fieldSelector });
    record?.annotate('authorization.k8s.io/decision', decision.allowed ? 'allow' : 'forbid');
    record?.annotate('authorization.k8s.io/reason', decision.allowed ? decision.reason : decision.cause ?? '');
    if (trace) trace.authorization = { allowed: decision.allowed, reason: decision.allowed ? decision.reason : decision.cause ?? decision.reason };
    if (!decision.allowed) throw refused(info, decision.reason);
    return user;
  }

  /** The user that a request is carried out as. Throws Forbidden. */
  #impersonated(behind: UserInfo, as: NonNullable<ApiRequest['impersonate']>): UserInfo {
    const answer = impersonate(behind, as, ({ user, verb, group = '', resource = '', subresource, namespace, name }) =>
      this.#security.authorize({ ...attributesFor(user, verb, { group, version: 'v1', plural: resource }, namespace, name), ...(subresource ? { subresource } : {}) }));
    if ('user' in answer) return answer.user;
    const { group = '', resource = '', name = '' } = answer.denied;
    throw forbidden({ group, plural: resource, kind: '' }, name, answer.reason);
  }

  #hooks(): ReadonlyMap<string, Hooks> {
    const services = this.#options.kinds.find((k) => k.plural === 'services');
    const hooks = new Map<string, Hooks>([
      ['namespaces', { keeps: (object) => ((object.spec as { finalizers?: string[] } | undefined)?.finalizers?.length ?? 0) > 0, onMarked: terminating }],
    ]);
    if (services) {
      const { random, world, kinds, serviceClusterIpRange = '10.96.0.0/12' } = this.#options;
      const addresses = kinds.find((k) => k.plural === 'ipaddresses');
      const ids = random.fork('IP addresses');
      const ledger: AddressLedger = {
        put: (object) => void (addresses && this.storage.write(addresses, { ...object, metadata: { ...object.metadata, name: object.metadata.name ?? '', uid: ids.uuid(), resourceVersion: '', creationTimestamp: rfc3339(world.clock.now()) } }, '')),
        drop: (name) => {
          const there = addresses && this.storage.get(addresses, name);
          if (there) this.storage.remove(addresses, there);
        },
      };
      hooks.set('services', serviceAddresses(services, serviceClusterIpRange, random.fork('service addresses'), () => this.storage.list(services), ledger));
    }
    return hooks;
  }

  #guarded(warnings: string[], answer: () => ApiResponse): ApiResponse {
    try {
      return answer();
    } catch (error) {
      return refusal(asStatusError(error), warnings);
    }
  }

  /** Opens a stream, with its stages in the audit log: begun, answered, and complete when either end closes it. */
  #recorded<S extends WatchSink | StreamSink>(sink: S, code: number, open: (sink: S, begin: Begin) => OpenStream | ApiResponse): OpenStream | ApiResponse {
    let record: AuditRecord | undefined;
    let isOver = false;
    const complete = () => {
      if (isOver) return;
      isOver = true;
      record?.stage('ResponseComplete', { code });
    };
    const watched: S = this.#options.audit ? { ...boundSink(sink), closed: (exit: number | undefined) => { complete(); sink.closed(exit); } } : sink;
    let answer: OpenStream | ApiResponse;
    try {
      answer = open(watched, (begun) => { record = begun; });
    } catch (error) {
      answer = refusal(asStatusError(error));
    }
    if (!record) return answer;
    if ('code' in answer) {
      record.stage('ResponseComplete', answer);
      return answer;
    }
    record.stage('ResponseStarted', { code });
    const stream = answer;
    return { ...stream, send: stream.send?.bind(stream), close: () => { complete(); stream.close(); } };
  }
}

/** Where the steps of a request note what they do: the audit log, the x-ray, or nowhere. */
function noting(record: AuditRecord | undefined, trace: RequestTrace | undefined): Annotate | undefined {
  if (!record && !trace) return undefined;
  return Object.assign((key: string, value: string) => record?.annotate(key, value), trace ? { trace } : {});
}

/** The group version that a path is about: of a resource, or of its list of resources. */
function versionOf({ isResource, group, version, path }: RequestInfo): { group: string; version: string } {
  if (isResource) return { group, version };
  const [, named = '', of = ''] = /^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(path) ?? [];
  return { group: named, version: of };
}

/** A Namespace from its first delete on: it shows in the phase, and no grace is given. */
function terminating({ metadata: { deletionGracePeriodSeconds: _none, ...metadata }, ...namespace }: KubeObject): KubeObject {
  return { ...namespace, metadata, status: { ...(namespace.status as object | undefined), phase: 'Terminating' } };
}

/** Errors of the layers below as the API server reports them; anything else is ours and is thrown on. */
function asStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof EtcdError) return failure(500, '', error.message);
  throw error;
}

/** exec and attach as admission sees them: their options, connecting. */
function connection(kind: Kind, { name, namespace, subresource, query }: RequestInfo): Operation {
  const options = { container: query.get('container') ?? undefined, command: query.getAll('command'), ...Object.fromEntries(['stdin', 'stdout', 'stderr', 'tty'].map((flag) => [flag, query.get(flag) === 'true'])) };
  const object: unknown = { kind: subresource === 'attach' ? 'PodAttachOptions' : 'PodExecOptions', apiVersion: 'v1', ...options };
  return { verb: 'CONNECT', kind, subresource, namespace, name, object: object as KubeObject, old: undefined }; // options have no metadata
}

function refused(info: RequestInfo, reason: string): StatusError {
  if (info.isResource) return forbidden({ group: info.group, plural: info.resource, kind: info.resource }, info.name, reason);
  return failure(403, 'Forbidden', `forbidden: ${reason}`, {});
}
