/** kubectl's HTTP client: requests with credentials, warnings, -v logging, and answers turned into objects or failures. */
import { type ApiRequest, type ApiResponse, type ApiTransport, isResponse, type OpenStream, type StreamSink, type WatchSink } from '../cluster/apiserver/request.ts';
import { parseGoDuration } from '../cluster/api/duration.ts';
import type { Status } from '../cluster/api/types.ts';
import { NetworkError } from '../cluster/network/types.ts';
import { KubectlError, PlainError, StatusError, UnreachableError } from './errors.ts';
import type { Connection } from './kubeconfig.ts';
import type { Log } from './klog.ts';
import { isDict } from './objects.ts';

export const USER_AGENT = 'kubectl/v1.36.2 (linux/amd64) kubernetes/80d2c8a';

export type Method = ApiRequest['method'];

/** What a request is about, for the words of failures that the server does not explain. */
export interface Subject { group: string; plural: string; name?: string }

export interface RequestOptions {
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  accept?: string;
  contentType?: string;
  body?: unknown;
  subject?: Subject;
}

export interface ClientOptions {
  transport: ApiTransport;
  connection: Connection;
  log: Log;
  /** Given each new warning of the server once. */
  warn: (text: string) => void;
  /** As typed: `0`, seconds, or a duration. */
  requestTimeout: string;
}

export class Client {
  readonly connection: Connection;
  readonly log: Log;
  readonly #transport: ApiTransport;
  readonly #warn: (text: string) => void;
  readonly #seenWarnings = new Set<string>();
  readonly #timeoutMs: number;

  constructor({ transport, connection, log, warn, requestTimeout }: ClientOptions) {
    this.connection = connection;
    this.log = log;
    this.#transport = transport;
    this.#warn = warn;
    this.#timeoutMs = parseTimeout(requestTimeout);
  }

  get server(): string { return this.connection.server; }

  /** The answer, whatever its code. Throws UnreachableError. */
  send(method: Method, path: string, options: RequestOptions = {}): ApiResponse {
    const request = this.#request(method, path, options);
    const response = this.#reaching(request, () => this.#transport.handle(request));
    this.#noticed(response);
    return response;
  }

  /** The body of a successful answer. Throws StatusError and UnreachableError. */
  call(method: Method, path: string, options: RequestOptions = {}): unknown {
    const response = this.send(method, path, options);
    if (response.code >= 400) throw statusErrorOf(response, method, options.subject);
    return response.body;
  }

  get(path: string, options: RequestOptions = {}): unknown { return this.call('GET', path, options); }

  /** Opens a watch. Throws StatusError when it is refused. */
  watch(path: string, options: RequestOptions, sink: WatchSink): OpenStream {
    const request = this.#request('GET', path, { ...options, query: { ...options.query, watch: true } });
    return this.#opened(request, this.#reaching(request, () => this.#transport.watch(request, sink)), options.subject);
  }

  /** Opens exec, attach or a followed log. Throws StatusError when it is refused. */
  stream(method: 'GET' | 'POST', path: string, options: RequestOptions, sink: StreamSink): OpenStream {
    const request = this.#request(method, path, options);
    return this.#opened(request, this.#reaching(request, () => this.#transport.connect(request, sink)), options.subject);
  }

  #opened(request: ApiRequest, answer: OpenStream | ApiResponse, subject: Subject | undefined): OpenStream {
    if (!isResponse(answer)) return answer;
    this.#noticed(answer);
    throw statusErrorOf(answer, request.method, subject);
  }

  #request(method: Method, path: string, { query, accept = 'application/json', contentType, body }: RequestOptions): ApiRequest {
    const { token, impersonate } = this.connection;
    return {
      method, path: withQuery(path, query), accept, userAgent: USER_AGENT, managedFields: true,
      ...(body !== undefined ? { body, contentType: contentType ?? 'application/json' } : {}),
      credential: token ? { token } : {}, ...(impersonate ? { impersonate } : {}),
    };
  }

  #reaching<A extends OpenStream | ApiResponse>(request: ApiRequest, send: () => A): A {
    const url = `${this.server}${request.path}`;
    // The modelled network answers at once, so only a timeout below a millisecond can run out.
    if (this.#timeoutMs > 0 && this.#timeoutMs < 1) throw new PlainError('context deadline exceeded');
    const logged = { verb: request.method, url, headers: headersOf(request), body: request.body === undefined ? '' : JSON.stringify(request.body) };
    this.log.request(logged);
    try {
      const answer = send();
      const isAnswer = isResponse(answer);
      const body = isAnswer ? bodyText(answer) : '';
      this.log.response(logged, { status: isAnswer ? answer.code : 200, headers: [['Content-Type', (isAnswer && answer.contentType) || 'application/json']], body, milliseconds: 1 });
      return answer;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const verb = request.method[0] + request.method.slice(1).toLowerCase();
      throw new UnreachableError(hostOf(this.server), `${verb} "${url}"`, error);
    }
  }

  #noticed({ warnings = [] }: ApiResponse): void {
    for (const text of warnings) {
      if (this.#seenWarnings.has(text)) continue;
      this.#seenWarnings.add(text);
      this.#warn(text);
    }
  }
}

/** `host:port` of a server's URL. */
export function hostOf(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
}

function withQuery(path: string, query: RequestOptions['query']): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== '' && value !== false);
  if (pairs.length === 0) return path;
  const sorted = pairs.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${encodeURIComponent(String(value)).replaceAll('%20', '+')}`);
  return `${path}${path.includes('?') ? '&' : '?'}${sorted.join('&')}`;
}

function headersOf({ accept = '', contentType, impersonate, credential }: ApiRequest): [string, string][] {
  return [
    ['Accept', accept],
    ...(credential?.token ? [['Authorization', 'Bearer <masked>'] as [string, string]] : []),
    ...(contentType ? [['Content-Type', contentType] as [string, string]] : []),
    ...(impersonate ? [['Impersonate-User', impersonate.user] as [string, string]] : []),
    ['User-Agent', USER_AGENT],
  ];
}

/** A body as text: JSON in one line, other text as it is. */
export function bodyText({ body }: Pick<ApiResponse, 'body'>): string {
  return typeof body === 'string' ? body : JSON.stringify(body) ?? '';
}

/** Milliseconds of --request-timeout; 0 for none. */
function parseTimeout(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const ms = parseGoDuration(text);
  if (ms === undefined) throw new KubectlError('Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)');
  return ms;
}

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

/** The failure in an answer: the server's own Status, or what client-go makes of a bare code (NewGenericServerResponse). */
export function statusErrorOf(response: ApiResponse, method: Method, subject?: Subject): StatusError {
  const { body, code } = response;
  if (isStatus(body)) return new StatusError(body);
  const text = bodyText(response).trim();
  const [reason, generic] = GENERIC[code] ?? ['InternalError', `an error on the server (${JSON.stringify(text || 'unknown')}) has prevented the request from succeeding`];
  const message = code === 403 && text ? text : generic;
  const { group = '', plural = '', name = '' } = subject ?? {};
  const about = plural ? ` (${VERBS[method]} ${group ? `${plural}.${group}` : plural}${name ? ` ${name}` : ''})` : '';
  const details = { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(plural ? { kind: plural } : {}), causes: [{ reason: 'UnexpectedServerResponse', message: text || 'unknown' }] };
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: `${message}${about}`, reason, details, code });
}

const VERBS: Readonly<Record<Method, string>> = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' };

export function isStatus(body: unknown): body is Status {
  return isDict(body) && body.kind === 'Status' && body.status === 'Failure';
}
