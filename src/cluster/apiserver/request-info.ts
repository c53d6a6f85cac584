/** What a request is about: the API server's RequestInfo, read from method and path. */
import type { ApiRequest } from './request.ts';

export interface RequestInfo {
  /** get, list, watch, create, update, patch, delete, deletecollection; the method in lower case outside of resources. */
  verb: string;
  path: string;
  query: URLSearchParams;
  /** Set for /api/v1/… and /apis/GROUP/VERSION/…; then group, version and resource are known. */
  isResource: boolean;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

const NO_QUERY = new URLSearchParams();
const NAMESPACE_SUBRESOURCES = new Set(['status', 'finalize']);

/** Parses method and path. Paths that are no resource have `isResource` false. */
export function requestInfo(request: Pick<ApiRequest, 'method' | 'path'>): RequestInfo {
  const mark = request.path.indexOf('?');
  const path = mark < 0 ? request.path : request.path.slice(0, mark);
  const query = mark < 0 ? NO_QUERY : new URLSearchParams(request.path.slice(mark + 1));
  const info: RequestInfo = {
    verb: request.method.toLowerCase(), path, query, isResource: false,
    group: '', version: '', resource: '', subresource: '', namespace: '', name: '',
  };
  const parts = path.split('/').filter(Boolean).map(decode);
  const isCore = parts[0] === 'api';
  if (!isCore && parts[0] !== 'apis') return info;
  const rest = parts.slice(isCore ? 2 : 3);
  if (rest.length === 0) return info;
  info.isResource = true;
  info.group = isCore ? '' : parts[1]!;
  info.version = parts[isCore ? 1 : 2]!;
  readResource(info, rest);
  info.verb = verbOf(request.method, info);
  return info;
}

function readResource(info: RequestInfo, parts: readonly string[]): void {
  let rest = parts;
  if (rest[0] === 'namespaces' && rest.length > 1) {
    info.namespace = rest[1]!;
    if (rest.length > 2 && !(rest.length === 3 && NAMESPACE_SUBRESOURCES.has(rest[2]!))) rest = rest.slice(2);
  }
  [info.resource = '', info.name = '', info.subresource = ''] = rest;
  if (rest.length > 3 && info.subresource !== 'proxy') info.subresource = rest.slice(2).join('/');
}

function verbOf(method: ApiRequest['method'], info: RequestInfo): string {
  switch (method) {
    case 'POST': return 'create';
    case 'PUT': return 'update';
    case 'PATCH': return 'patch';
    case 'DELETE': return info.name ? 'delete' : 'deletecollection';
    default: break;
  }
  const watch = info.query.get('watch');
  if (watch === '1' || watch === 'true') return 'watch';
  return info.name ? 'get' : 'list';
}

function decode(part: string): string {
  if (!part.includes('%')) return part;
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
