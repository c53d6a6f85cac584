/** What the HTTPS face refuses by itself, in the API server's words. */
import type { Status } from '../cluster/api/types.ts';
import type { ApiResponse } from '../cluster/apiserver/request.ts';

/** Largest body of a request, as upstream. */
export const BODY_MAX = 3 * 1024 * 1024;

export function refusal(code: number, reason: string, message: string, details?: Status['details']): ApiResponse {
  return { code, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, ...(details ? { details } : {}), code } };
}

export const badRequest = (message: string): ApiResponse => refusal(400, 'BadRequest', message);
export const tooLarge = (): ApiResponse => refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${BODY_MAX}`, {});
export const notAcceptable = (isWatch: boolean): ApiResponse => refusal(406, 'NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${isWatch ? 'application/json;stream=watch' : 'application/json, application/yaml'}`, {});
export const unsupportedBody = (): ApiResponse => refusal(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf');
export const panicked = (): ApiResponse => ({ code: 500, body: 'This request caused apiserver to panic. Look in the logs for details.\n', contentType: 'text/plain; charset=utf-8' });
export const tooMany = (): ApiResponse => ({ code: 429, body: 'Too many requests, please try again later.\n', contentType: 'text/plain; charset=utf-8' });
