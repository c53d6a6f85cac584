/** From the API server's answer to HTTP: headers that clients look for, the form they asked for, gzip. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { stringify as toYaml } from 'yaml';
import type { ApiResponse } from '../cluster/apiserver/request.ts';
import type { Form } from './media-types.ts';

const GZIP_MIN = 128 * 1024; // apiserver: defaultGzipThresholdBytes
/** One flow schema and one priority level for all: there is no fairness to be modelled where nothing is bounded by it. */
const FLOW_SCHEMA = randomUUID();
const PRIORITY_LEVEL = randomUUID();

/** Headers of every answer. */
export function commonHeaders(request: IncomingMessage): Record<string, string> {
  const given = request.headers['audit-id'];
  return {
    'Audit-Id': typeof given === 'string' && given ? given.slice(0, 128) : randomUUID(), 'Cache-Control': 'no-cache, private',
    'X-Kubernetes-Pf-Flowschema-Uid': FLOW_SCHEMA, 'X-Kubernetes-Pf-Prioritylevel-Uid': PRIORITY_LEVEL,
  };
}

/** Values of Warning headers, as RFC 7234 writes them. */
function warningHeaders(warnings: readonly string[] | undefined): string[] {
  return (warnings ?? []).map((text) => `299 - ${JSON.stringify(text.replace(/[\r\n]+/g, ' ').replace(/[^\x20-\x7e]/g, '?'))}`);
}

/** Sends an answer as a whole. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: ApiResponse, form: Form): void {
  const isText = typeof answer.body === 'string';
  const isYaml = form.encoding === 'yaml' && !isText;
  const text = isText ? String(answer.body) : isYaml ? toYaml(answer.body) : isPretty(request) ? JSON.stringify(answer.body, null, 2) : `${JSON.stringify(answer.body)}\n`;
  const plain = Buffer.from(text, 'utf8');
  const isZipped = plain.length >= GZIP_MIN && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
  const bytes = isZipped ? gzipSync(plain, { level: 1 }) : plain;
  const warnings = warningHeaders(answer.warnings);
  response.writeHead(answer.code, {
    ...commonHeaders(request), 'Content-Type': isYaml ? 'application/yaml' : answer.contentType ?? (isText ? 'text/plain; charset=utf-8' : 'application/json'), 'Content-Length': bytes.length,
    ...(isZipped ? { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' } : {}), ...(warnings.length > 0 ? { Warning: warnings } : {}), ...retryAfter(answer),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** As people read it: /version always is, other answers by `?pretty` or for a browser or a command-line HTTP tool. */
function isPretty({ url = '', headers }: IncomingMessage): boolean {
  const [path = '', query = ''] = url.split('?');
  const asked = new URLSearchParams(query).get('pretty');
  if (asked !== null) return asked !== 'false' && asked !== '0';
  return path === '/version' || path === '/version/' || /^(curl|Wget|Mozilla)\//.test(headers['user-agent'] ?? '');
}

function retryAfter({ code, body }: ApiResponse): Record<string, string> {
  const details: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'details') : undefined;
  const seconds: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'retryAfterSeconds') : undefined;
  if (typeof seconds === 'number' && seconds > 0) return { 'Retry-After': String(seconds) };
  return code === 429 && typeof body === 'string' ? { 'Retry-After': '1' } : {};
}
