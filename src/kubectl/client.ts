/** kubectl's HTTP client: requests with credentials, warnings, -v logging, and answers turned into objects or failures. */
import { type ApiRequest, type ApiResponse, type ApiTransport, isResponse, type OpenStream, type StreamSink, type WatchSink } from '../cluster/apiserver/request.ts';
import { parseGoDuration } from '../cluster/api/duration.ts';
import { genericStatus, type Subject } from '../cluster/api/generic-status.ts';
import type { Status } from '../cluster/api/types.ts';
import { type Connection as PortConnection, NetworkError } from '../cluster/network/types.ts';
import { KubectlError, PlainError, StatusError, UnreachableError } from './errors.ts';
import type { Connection } from './kubeconfig.ts';
import type { Log } from './klog.ts';
import { isDict } from './objects.ts';

const USER_AGENT = 'kubectl/v1.36.2 (linux/amd64) kubernetes/80d2c8a';

export type Method = ApiRequest['method'];

export interface RequestOptions {
  query?: Readonly<Record<string, string | number | boolean | undefined>>;
  accept?: string;
  contentType?: string;
  body?: unknown;
  /** For the words of failures that the server does not explain. */
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
  /** Of --request-timeout; 0 for none. */
  readonly timeoutMs: number;

  constructor({ transport, connection, log, warn, requestTimeout }: ClientOptions) {
    this.connection = connection;
    this.log = log;
    this.#transport = transport;
    this.#warn = warn;
    this.timeoutMs = parseTimeout(requestTimeout);
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

  /** A connection to a port in a Pod; without a port only whether it may be had. Throws StatusError, and NetworkError when nothing listens there. */
  portForward(path: string, port?: number): PortConnection | undefined {
    const request = this.#request('POST', path, {});
    const ask = () => this.#transport.portForward?.(request, port) ?? { code: 404, body: '404 page not found\n' };
    const answer = port === undefined ? this.#reaching(request, ask) : ask();
    if (!isResponse(answer)) return answer;
    if (answer.code >= 400) throw statusErrorOf(answer, 'POST');
    return undefined;
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
    if (this.timeoutMs > 0 && this.timeoutMs < 1) throw new PlainError('context deadline exceeded');
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

/** The failure in an answer: the server's own Status, or what client-go makes of a bare code. */
export function statusErrorOf(response: ApiResponse, method: Method, subject?: Subject): StatusError {
  const { body, code } = response;
  return new StatusError(isStatus(body) ? body : genericStatus({ code, text: bodyText(response).trim(), method, subject }), response.waitsMs);
}

export function isStatus(body: unknown): body is Status {
  return isDict(body) && body.kind === 'Status' && body.status === 'Failure';
}
