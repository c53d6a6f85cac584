/**
 * The proxy subresource of nodes, Pods and Services: the API server passes an HTTP request on to what a name stands for,
 * and the answer back (`kubectl get --raw /api/v1/namespaces/NS/services/NAME:PORT/proxy/PATH`).
 */
import type { EndpointSlice, Node, Pod, Service } from '../api/types.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from '../network/types.ts';
import { badRequest, failure, internalError, notFound } from './errors.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import type { Storage } from './storage.ts';

/** One exchange from the API server's machine; `toKubelet` with the certificate that kubelets know. Throws NetworkError. */
export type FetchFor = (url: string, request: Partial<HttpRequest>, toKubelet: boolean) => HttpResponse;

const KUBELET_PORT = '10250';
const SLICES = { group: 'discovery.k8s.io', plural: 'endpointslices' };

interface Place { scheme: string; host: string; port: string; isKubelet?: boolean }
interface Name { scheme: string; id: string; port: string }

/** Whether a request is to be passed on. */
export function isProxied({ group, resource, subresource }: RequestInfo): boolean {
  return group === '' && subresource === 'proxy' && Object.hasOwn(LOCATIONS, resource);
}

/** Passes a request on. Throws StatusError: NotFound, BadRequest, or ServiceUnavailable when nobody answers. */
export function proxied(request: ApiRequest, info: RequestInfo, storage: Storage, fetch: FetchFor | undefined): ApiResponse {
  if (!fetch) throw internalError('this server proxies nothing');
  const { scheme, host, port, isKubelet = false } = LOCATIONS[info.resource]!(splitName(info.name), info, storage);
  const rest = /\/proxy(\/[^?]*)?(\?.*)?$/.exec(request.path);
  const path = `${rest?.[1] ?? '/'}${rest?.[2] ?? ''}`;
  const body = request.body === undefined ? {} : { body: typeof request.body === 'string' ? request.body : JSON.stringify(request.body), headers: { 'content-type': request.contentType ?? 'application/json' } };
  try {
    const answer = fetch(`${scheme}://${host.includes(':') ? `[${host}]` : host}${port && `:${port}`}${path}`, { method: request.method, ...body }, isKubelet);
    return { code: answer.status, body: answer.body, contentType: answer.headers?.['content-type'] ?? 'text/plain; charset=utf-8' };
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    throw failure(503, 'ServiceUnavailable', `error trying to reach service: ${error.message}`);
  }
}

/** `NAME`, `NAME:PORT` or `SCHEME:NAME:PORT` (net.SplitSchemeNamePort). */
function splitName(name: string): Name {
  const parts = name.split(':');
  if (parts.length === 1) return { scheme: '', id: name, port: '' };
  if (parts.length === 2) return { scheme: '', id: parts[0]!, port: parts[1]! };
  const [scheme = '', id = '', port = ''] = parts;
  if (parts.length > 3 || !['http', 'https', ''].includes(scheme)) throw badRequest(`invalid service request ${JSON.stringify(name)}`);
  return { scheme, id, port };
}

const LOCATIONS: Readonly<Record<string, (name: Name, info: RequestInfo, storage: Storage) => Place>> = {
  nodes({ scheme, id, port }, _info, storage) {
    const node = storage.get({ group: '', plural: 'nodes' }, id) as Node | undefined; // the plural says so
    if (!node) throw notFound({ group: '', plural: 'nodes', kind: 'Node' }, id);
    const host = node.status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? id;
    const isKubelet = port === '' || port === KUBELET_PORT;
    return { scheme: isKubelet ? 'https' : scheme || 'http', host, port: port || KUBELET_PORT, isKubelet };
  },

  pods({ scheme, id, port }, { namespace }, storage) {
    const pod = storage.get({ group: '', plural: 'pods' }, id, namespace) as Pod | undefined; // the plural says so
    if (!pod) throw notFound({ group: '', plural: 'pods', kind: 'Pod' }, id);
    const declared = pod.spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
    if (!pod.status.podIP) throw badRequest('address not allowed');
    return { scheme: scheme || 'http', host: pod.status.podIP, port: port || (declared === undefined ? '' : String(declared)) };
  },

  /** An endpoint that is ready: a port is named as the Service names or numbers it; without a name the Service's port has none either. */
  services({ scheme, id, port }, { namespace }, storage) {
    const service = storage.get({ group: '', plural: 'services' }, id, namespace) as Service | undefined; // the plural says so
    if (!service) throw notFound({ group: '', plural: 'services', kind: 'Service' }, id);
    const wanted = /^\d+$/.test(port) ? service.spec.ports?.find((each) => String(each.port) === port)?.name ?? (service.spec.ports?.some((each) => String(each.port) === port) ? '' : undefined) : port;
    if (wanted === undefined) throw failure(503, 'ServiceUnavailable', `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(id)}`);
    const slices = (storage.list(SLICES, namespace) as EndpointSlice[]).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === id); // the plural says so
    const ready = slices.flatMap(({ endpoints, ports }) => {
      const target = (ports ?? []).find((each) => (each.name ?? '') === wanted)?.port;
      return target === undefined ? [] : (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port: String(target) })));
    });
    if (ready.length === 0) throw failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(id)}`);
    return { scheme: scheme || 'http', ...ready[storage.revision % ready.length]! };
  },
};
