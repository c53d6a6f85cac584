/** The API server as curl meets it: plain HTTP requests become API requests, and answers JSON. */
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { ApiServer } from '../../../apiserver/api-server.ts';
import { badRequest, refusal, unsupportedMediaType } from '../../../apiserver/errors.ts';
import type { ApiRequest, ApiResponse } from '../../../apiserver/request.ts';
import type { HttpRequest, HttpResponse, Peer } from '../../../network/types.ts';

const BODY_TYPES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

/** Who asks is in the certificate or the bearer token, what is wanted in a body of JSON or YAML. */
export function httpAnswer(server: ApiServer, request: HttpRequest, peer: Peer): HttpResponse {
  const { code, body } = answer(server, request, peer);
  if (typeof body === 'string') return { status: code, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
  return { status: code, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body, null, 2)}\n` };
}

function answer(server: ApiServer, { method, path, headers = {}, body }: HttpRequest, peer: Peer): ApiResponse {
  const contentType = headers['content-type']?.split(';')[0]!.trim();
  const user = headers['impersonate-user'];
  const group = headers['impersonate-group'];
  const request: ApiRequest = {
    method: method as 'GET', path, contentType, sourceIP: peer.address, userAgent: headers['user-agent'],
    credential: { clientCertificate: peer.clientCertificate, token: /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] },
    ...(user ? { impersonate: { user, groups: group ? [group] : undefined } } : {}),
  };
  if (!body || method === 'GET') return server.handle(request);
  if (method !== 'PATCH' && contentType && !BODY_TYPES.includes(contentType)) return refusal(unsupportedMediaType(contentType, BODY_TYPES));
  try {
    return server.handle({ ...request, body: contentType?.endsWith('yaml') ? parseYaml(body) : JSON.parse(body) });
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof YAMLParseError) return refusal(badRequest(`couldn't get version/kind; json parse error: ${error.message}`));
    throw error;
  }
}
