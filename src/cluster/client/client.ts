/** The typed, synchronous API client that every component is built on. */
import type { ApiRequest, ApiTransport, Credential } from '../apiserver/request.ts';
import type { KubeObject, Status } from '../api/types.ts';
import { genericStatus } from '../api/generic-status.ts';
import { requestInfo } from '../apiserver/request-info.ts';
import { type ApiClient, ApiError, type ListOptions, type ResourceRef } from './types.ts';

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/** What `createClient` needs: a way to the server, and who is asking. */
export interface ClientOptions {
  transport: ApiTransport;
  /** A function when it changes with time (tokens). */
  credential?: Credential | (() => Credential);
  /** As in `kube-scheduler/v1.36.2`; becomes the field manager's name. */
  userAgent?: string;
}

/** A client with one identity. Methods throw ApiError or NetworkError. */
export function createClient({ transport, credential, userAgent }: ClientOptions): ApiClient {
  const send = (method: ApiRequest['method'], path: string, body?: unknown, contentType?: string): unknown => {
    const response = transport.handle({ method, path, body, contentType, credential: typeof credential === 'function' ? credential() : credential, userAgent });
    if (response.code >= 400) throw new ApiError(statusOf(response.code, response.body, { method, path }));
    return response.body;
  };
  return {
    get(resource, name, namespace) {
      try {
        return send('GET', resourcePath(resource, namespace, name)) as never;
      } catch (error) {
        if (error instanceof ApiError && error.code === 404) return undefined;
        throw error;
      }
    },
    getSubresource: (resource, name, namespace, subresource) => send('GET', resourcePath(resource, namespace, name, subresource)),
    list: (resource, options = {}) => (send('GET', listPath(resource, options)) as { items: never[] }).items,
    create: (resource, object) => send('POST', resourcePath(resource, object.metadata.namespace), object) as never,
    update: (resource, object) => send('PUT', resourcePath(resource, object.metadata.namespace, object.metadata.name), object) as never,
    updateStatus: (resource, object) => send('PUT', resourcePath(resource, object.metadata.namespace, object.metadata.name, 'status'), object) as never,
    updateSubresource: (resource, object, subresource) => send('PUT', resourcePath(resource, object.metadata.namespace, object.metadata.name, subresource), object) as never,
    patch: (resource, name, namespace, patch, options = {}) =>
      send('PATCH', resourcePath(resource, namespace, name, options.subresource), patch, PATCH_TYPES[options.type ?? 'merge']) as never,
    delete(resource, name, namespace, options) {
      send('DELETE', resourcePath(resource, namespace, name), options && { kind: 'DeleteOptions', apiVersion: 'v1', ...options });
    },
    createSubresource: (resource, name, namespace, subresource, body) => send('POST', resourcePath(resource, namespace, name, subresource), body),
  };
}

/** The URL path of a resource, an object or a subresource. */
export function resourcePath(resource: ResourceRef<KubeObject>, namespace?: string, name?: string, subresource?: string): string {
  let path = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`;
  if (resource.namespaced && namespace) path += `/namespaces/${namespace}`;
  path += `/${resource.plural}`;
  if (name) path += `/${name}`;
  return subresource ? `${path}/${subresource}` : path;
}

/** The path of a list with its selectors. */
export function listPath(resource: ResourceRef<KubeObject>, options: ListOptions, extra: Record<string, string> = {}): string {
  const query = new URLSearchParams(extra);
  if (options.labelSelector) query.set('labelSelector', options.labelSelector);
  if (options.fieldSelector) query.set('fieldSelector', options.fieldSelector);
  if (options.metricLabelSelector) query.set('metricLabelSelector', options.metricLabelSelector);
  const text = query.toString();
  return resourcePath(resource, options.namespace) + (text ? `?${text}` : '');
}

/** The Status in a refusal, or what a client makes of a bare code. */
export function statusOf(code: number, body: unknown, request: Pick<ApiRequest, 'method' | 'path'>): Status {
  if (typeof body === 'object' && body !== null && 'kind' in body && body.kind === 'Status') return body as Status;
  const { group, resource: plural, name } = requestInfo(request);
  return genericStatus({ code, text: String(body).trim(), method: request.method, subject: { group, plural, name } });
}
