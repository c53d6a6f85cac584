/**
 * The aggregation layer: an APIService for each group version, whether the server behind it is there,
 * and the way to it (kube-aggregator: autoregister, available controller, proxy handler).
 */
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import { timestamp } from '../../api/duration.ts';
import type { Kind } from '../../api/kind.ts';
import type { APIService, APIServiceCondition } from '../../api/kinds/api-service.ts';
import type { KubeObject, Service } from '../../api/types.ts';
import { type ApiClient, ApiError, type ResourceRef } from '../../client/types.ts';
import { NetworkError } from '../../network/types.ts';
import type { Entry, RemoteVersion } from '../discovery.ts';
import { equalJson } from '../equal.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { UserInfo } from '../security.ts';
import { SLICES, slicesOf } from '../service-slices.ts';
import type { Storage } from '../storage.ts';
import { localServices, MANAGED_LABEL } from './local-services.ts';

const CHECK_MS = 30_000; // available_controller.go: the resync of its informers
const AGGREGATOR: UserInfo = { username: 'system:kube-aggregator', groups: ['system:masters'] };
const API_SERVICES: ResourceRef<APIService> = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices', namespaced: false };
const SERVICES = { group: '', plural: 'services' };

/** The server of an APIService, reached by its Service's address as a front proxy. Throws NetworkError. */
export type DialService = (address: string, port: number, service: APIService['spec']) => { handle(request: ApiRequest): ApiResponse };

interface Parts { world: World; storage: Storage; client: ApiClient; dial?: DialService }

export class Aggregator {
  readonly #parts: Parts;
  readonly #checks = new Map<string, Timer>();
  /** The APIServices of other servers, until one changes. */
  #known: APIService[] | undefined;
  #isFollowing = false;
  #isRunning = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Registers what the server serves itself, and begins to look after the rest. */
  start(): void {
    const { storage, world } = this.#parts;
    if (!storage.kinds().some(({ plural }) => plural === API_SERVICES.plural)) return;
    this.#isRunning = true;
    this.#known = undefined;
    world.soon('register APIServices', () => this.register());
    const isNew = !this.#isFollowing;
    this.#isFollowing = true;
    for (const service of this.#remotes()) this.#checkSoon(service.metadata.name);
    if (!isNew) return;
    storage.resource(API_SERVICES).listeners.add(({ object, old, type }) => {
      this.#known = undefined;
      // A changed status is no reason to look again: API servers that differ would answer each other for ever.
      if (type !== 'DELETED' && (object as APIService).spec.service && !equalJson(old?.spec, object.spec)) this.#checkSoon(object.metadata.name);
    });
    for (const kind of [SERVICES, SLICES]) if (storage.kinds().some(({ plural, group }) => plural === kind.plural && group === kind.group)) storage.resource(kind).listeners.add(({ object }) => this.#touched(object));
  }

  stop(): void {
    this.#isRunning = false;
    for (const timer of this.#checks.values()) timer.cancel();
    this.#checks.clear();
  }

  /** Makes the APIServices of built-in and custom kinds what they should be. */
  register(): void {
    const { client, storage, world } = this.#parts;
    if (!this.#isRunning) return;
    const wanted = localServices(storage.kinds());
    attempt(() => {
      for (const draft of wanted) {
        if (client.get(API_SERVICES, draft.metadata.name ?? '')) continue;
        const made = client.create(API_SERVICES, draft);
        const available = { type: 'Available', status: 'True', lastTransitionTime: timestamp(world.clock.now()), reason: 'Local', message: 'Local APIServices are always available' };
        client.updateStatus(API_SERVICES, { ...made, status: { conditions: [available] } });
      }
      for (const { metadata } of client.list(API_SERVICES, { labelSelector: `${MANAGED_LABEL}=true` })) if (!wanted.some((draft) => draft.metadata.name === metadata.name)) client.delete(API_SERVICES, metadata.name);
    });
  }

  /** Group versions that other servers answer for. */
  served(): RemoteVersion[] {
    return this.#remotes().map(({ spec: { group = '', version = '' } }) => ({
      group, version,
      entries: () => {
        const answer = this.answer({ group, version }, { method: 'GET', path: `/apis/${group}/${version}` }, AGGREGATOR);
        return answer?.code === 200 ? (answer.body as { resources: Entry[] }).resources : undefined; // what a discovery path answers
      },
    }));
  }

  /** The answer of the server behind a group version; undefined when it is this one. */
  answer({ group, version }: Pick<Kind, 'group' | 'version'>, request: ApiRequest, user: UserInfo): ApiResponse | undefined {
    const service = this.#remotes().find(({ spec }) => spec.group === group && spec.version === version);
    if (!service) return undefined;
    if (conditionOf(service)?.status !== 'True') return unavailable('service unavailable');
    try {
      return this.#ask(service, { ...request, credential: undefined, remoteUser: user });
    } catch (error) {
      if (error instanceof NetworkError) return unavailable(`error trying to reach service: ${error.message}`);
      throw error;
    }
  }

  #remotes(): APIService[] {
    if (!this.#isFollowing) return [];
    return (this.#known ??= (this.#parts.storage.list(API_SERVICES) as APIService[]).filter(({ spec }) => spec.service)); // the plural says so
  }

  /** Throws NetworkError. */
  #ask({ spec }: APIService, request: ApiRequest): ApiResponse {
    const { storage, dial } = this.#parts;
    const service = storage.get(SERVICES, spec.service?.name ?? '', spec.service?.namespace) as Service | undefined; // the plural says so
    if (!service || !dial) throw new NetworkError('refused', 'connect: connection refused');
    return dial(service.spec.clusterIP ?? '', spec.service?.port ?? 443, spec).handle(request);
  }

  #touched({ metadata, kind }: KubeObject): void {
    const name = kind === 'Service' ? metadata.name : metadata.labels?.['kubernetes.io/service-name'];
    for (const { spec: { service }, metadata: { name: own } } of this.#remotes()) if (service?.name === name && service?.namespace === metadata.namespace) this.#checkSoon(own);
  }

  #checkSoon(name: string, delayMs = 0): void {
    if (!this.#isRunning) return;
    this.#checks.get(name)?.cancel();
    this.#checks.set(name, this.#parts.world.clock.after(delayMs, `availability of ${name}`, () => attempt(() => this.#check(name))));
  }

  /** Writes whether the server is there. Throws ApiError. */
  #check(name: string): void {
    const { client, storage, world } = this.#parts;
    const service = storage.get(API_SERVICES, name) as APIService | undefined; // the plural says so
    if (!service?.spec.service) return;
    this.#checkSoon(name, CHECK_MS);
    const problem = this.#problem(service);
    const now: APIServiceCondition = { type: 'Available', status: problem ? 'False' : 'True', reason: problem?.reason ?? 'Passed', message: problem?.message ?? 'all checks passed' };
    const old = conditionOf(service);
    if (old?.status === now.status && old.reason === now.reason && old.message === now.message) return;
    const lastTransitionTime = old?.status === now.status ? old.lastTransitionTime : timestamp(world.clock.now());
    client.updateStatus(API_SERVICES, { ...service, status: { conditions: [{ ...now, lastTransitionTime }] } });
  }

  #problem(apiService: APIService): { reason: string; message: string } | undefined {
    const { storage } = this.#parts;
    const { namespace = '', name = '', port = 443 } = apiService.spec.service ?? {};
    const where = `service/${name} in "${namespace}"`;
    const service = storage.get(SERVICES, name, namespace) as Service | undefined; // the plural says so
    if (!service) return { reason: 'ServiceNotFound', message: `${where} is not present` };
    const found = service.spec.ports?.find((each) => each.port === port);
    if (!found) return { reason: 'ServicePortError', message: `${where} is not listening on port ${port}` };
    const slices = slicesOf(storage, name, namespace);
    if (slices.length === 0) return { reason: 'EndpointsNotFound', message: `cannot find endpointslices for ${where}` };
    const isReady = slices.some(({ endpoints, ports }) => (ports ?? []).some((each) => (each.name ?? '') === (found.name ?? '')) && (endpoints ?? []).some(({ conditions }) => conditions?.ready !== false));
    if (!isReady) return { reason: 'MissingEndpoints', message: `endpointslices for ${where} have no addresses with port name ${JSON.stringify(found.name ?? '')}` };
    return this.#discoveryProblem(apiService, `https://${service.spec.clusterIP}:${port}/apis/${apiService.spec.group}/${apiService.spec.version}`);
  }

  #discoveryProblem(service: APIService, url: string): { reason: string; message: string } | undefined {
    const failed = (why: string) => ({ reason: 'FailedDiscoveryCheck', message: `failing or missing response from ${url}: ${why}` });
    try {
      const { code } = this.#ask(service, { method: 'GET', path: new URL(url).pathname, remoteUser: AGGREGATOR });
      return code < 400 ? undefined : failed(`bad status from ${url}: ${code}`);
    } catch (error) {
      if (error instanceof NetworkError) return failed(`Get "${url}": ${error.message}`);
      throw error;
    }
  }
}

function conditionOf({ status }: APIService): APIServiceCondition | undefined {
  return status?.conditions?.find(({ type }) => type === 'Available');
}

const unavailable = (text: string): ApiResponse => ({ code: 503, body: `${text}\n`, contentType: 'text/plain' });

/** Does `act`; what the server refuses for now comes right at the next check. */
function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}
