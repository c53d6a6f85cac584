/** What clients make of a bare HTTP code (apimachinery: NewGenericServerResponse). */
import type { Status } from './types.ts';

const GENERIC: Readonly<Record<number, [reason: string, message: string]>> = {
  400: ['BadRequest', 'the server rejected our request for an unknown reason'],
  401: ['Unauthorized', 'the server has asked for the client to provide credentials'],
  403: ['Forbidden', 'the server does not allow access to the requested resource'],
  404: ['NotFound', 'the server could not find the requested resource'],
  405: ['MethodNotAllowed', 'the server does not allow this method on the requested resource'],
  406: ['NotAcceptable', 'the server was unable to respond with a content type that the client supports'],
  409: ['Conflict', 'the server reported a conflict'],
  415: ['UnsupportedMediaType', 'the server was unable to process the type of the request'],
  422: ['Invalid', 'the server rejected our request due to an error in our request'],
  429: ['TooManyRequests', 'the server has received too many requests and has asked us to try again later'],
  503: ['ServiceUnavailable', 'the server is currently unable to handle the request'],
  504: ['Timeout', 'the server was unable to return a response in the time allotted, but may still be processing the request'],
};

/** What a request was about. */
export interface Subject { group?: string; plural?: string; name?: string }

/** The failure behind a code and a text that is no Status. */
export function genericStatus({ code, text, method, subject: { group = '', plural = '', name = '' } = {} }: { code: number; text: string; method: string; subject?: Subject }): Status {
  const [reason, generic] = GENERIC[code] ?? ['InternalError', `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`];
  const message = code === 403 && text ? text : generic;
  const about = plural ? ` (${method.toLowerCase()} ${group ? `${plural}.${group}` : plural}${name ? ` ${name}` : ''})` : '';
  const details = { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(plural ? { kind: plural } : {}), causes: [{ reason: 'UnexpectedServerResponse', message: text || 'unknown' }] };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: `${message}${about}`, reason, details, code };
}
