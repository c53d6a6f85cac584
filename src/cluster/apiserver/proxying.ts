/**
 * The proxy subresource of nodes, Pods and Services: the API server passes an HTTP request on to what a name stands for,
 * and the answer back (`kubectl get --raw /api/v1/namespaces/NS/services/NAME:PORT/proxy/PATH`).
 */
import type { KubeObject, Node, Pod, Service } from '../api/types.ts';
import { type HttpRequest, type HttpResponse, NetworkError } from '../network/types.ts';
import { badRequest, failure, internalError, notFound } from './errors.ts';
import type { ApiRequest, ApiResponse } from './request.ts';
import type { RequestInfo } from './request-info.ts';
import { slicesOf } from './service-slices.ts';
import type { Storage } from './storage.ts';

/** One exchange from the API server's machine; `toKubelet` with the certificate that kubelets know. Throws NetworkError. */
export type FetchFor = (url: string, request: Partial<HttpRequest>, toKubelet: boolean) => HttpResponse;

const KUBELET_PORT = '10250';
/** What comes after the subresource, query included; objects and namespaces may be named like it. */
const REST = /^\/api\/[^/]+\/(?:namespaces\/[^/]+\/)?[^/]+\/[^/]+\/proxy(\/[^?]*)?(\?.*)?$/;

interface Place { scheme: string; host: string; port: string; isKubelet?: boolean }
interface Name { scheme: string; id: string; port: string }

/** Whether a request is to be passed on. */
export function isProxied({ group, resource, subresource }: RequestInfo): boolean {
  return group === '' && subresource === 'proxy' && Object.hasOwn(LOCATIONS, resource);
}

/** Passes a request on. Throws StatusError: NotFound, BadRequest, or ServiceUnavailable when nobody answers. */
export function proxied(request: ApiRequest, info: RequestInfo, storage: Storage, fetch: FetchFor | undefined): ApiResponse {
  if (!fetch) throw internalError('this server proxies nothing');
  const name = splitName(info.name);
  const resource = { group: '', plural: info.resource };
  const object = storage.get(resource, name.id, info.namespace || undefined);
  if (!object) throw notFound({ ...resource, kind: '' }, name.id);
  const { scheme, host, port, isKubelet = false } = LOCATIONS[info.resource]!(object, name, storage);
  const [, rest = '/', query = ''] = REST.exec(request.path) ?? [];
  const path = `${rest}${query}`;
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

/** Where an object is reached; which one it is, its resource says. */
const LOCATIONS: Readonly<Record<string, (object: KubeObject, name: Name, storage: Storage) => Place>> = {
  nodes(object, { scheme, id, port }) {
    const { status } = object as Node;
    const host = status.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? id;
    const isKubelet = port === '' || port === KUBELET_PORT;
    return { scheme: isKubelet ? 'https' : scheme || 'http', host, port: port || KUBELET_PORT, isKubelet };
  },

  pods(object, { scheme, port }) {
    const { spec, status } = object as Pod;
    const declared = spec.containers.flatMap(({ ports = [] }) => ports)[0]?.containerPort;
    if (!status.podIP) throw badRequest('address not allowed');
    return { scheme: scheme || 'http', host: status.podIP, port: port || String(declared ?? '') };
  },

  /** An endpoint that is ready: a port is named as the Service names or numbers it; without a name the Service's port has none either. */
  services(object, { scheme, id, port }, storage) {
    const { metadata, spec } = object as Service;
    const wanted = /^\d+$/.test(port) ? spec.ports?.find((each) => String(each.port) === port) : { name: port };
    if (!wanted) throw failure(503, 'ServiceUnavailable', `no service port ${JSON.stringify(port)} found for service ${JSON.stringify(id)}`);
    const ready = slicesOf(storage, id, metadata.namespace ?? '').flatMap(({ endpoints, ports }) => {
      const target = (ports ?? []).find(({ name }) => (name ?? '') === (wanted.name ?? ''))?.port;
      return target === undefined ? [] : (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port: String(target) })));
    });
    if (ready.length === 0) throw failure(503, 'ServiceUnavailable', `no endpoints available for service ${JSON.stringify(id)}`);
    return { scheme: scheme || 'http', ...ready[storage.revision % ready.length]! };
  },
};
