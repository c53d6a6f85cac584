/** Clients outside of the game: what they ask of the API server is an input of the attempt, and can be asked again. */
import type { ApiRequest, ApiTransport, OpenStream, StreamSink, WatchSink } from '../../cluster/apiserver/request.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { type Connection, type HttpRequest, NetworkError } from '../../cluster/network/types.ts';

export interface OutsideUser { name: string; groups: readonly string[] }

/** A request as it is kept: its body is JSON text, and where it came from does not matter. */
interface Asked extends Omit<ApiRequest, 'body' | 'sourceIP'> { as?: OutsideUser; body?: string }

/** What was asked at once, in order. Streams are numbered as they were opened. */
export type Call =
  | { note: string }
  | { ask: Asked }
  | { open: 'watch' | 'connect' | 'forward'; stream: number; ask: Asked; port?: number }
  | { stream: number; send: string } | { stream: number; tcp: string } | { stream: number; http: HttpRequest }
  | { stream: number; end: true } | { stream: number; close: true };

/** Clients cannot make an attempt longer than this, in bytes. */
export const OUTSIDE_MAX = 12 * 1024 * 1024;

const SILENT: WatchSink & StreamSink = { event: () => undefined, stdout: () => undefined, stderr: () => undefined, closed: () => undefined };

export class Outside {
  readonly #cluster: Cluster;
  readonly #transports = new Map<string, ApiTransport>();
  readonly #streams = new Map<number, OpenStream | Connection>();
  #next = 0;
  #calls: Call[] | undefined;
  #bytes = 0;
  /** Takes a step that comes at a moment of its own, such as a client that hangs up. */
  later: ((step: () => void) => void) | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Bytes of all calls so far. */
  get bytes(): number { return this.#bytes; }

  /** Does a step; gives the calls that were made in it. */
  calls(step: () => void): Call[] {
    const calls: Call[] = [];
    this.#calls = calls;
    try {
      step();
    } finally {
      this.#calls = undefined;
    }
    return calls;
  }

  /** kubectl has been told something: for the record, nothing is done. */
  note(command: string): void { this.#keep({ note: command }); }

  /** A way in whose every use is kept. */
  transportAs(user?: OutsideUser): ApiTransport {
    const real = () => this.#as(user);
    const asked = ({ body, sourceIP: _sourceIP, ...request }: ApiRequest): Asked => ({ ...(user ? { as: user } : {}), ...request, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    const open = <A extends object>(via: 'watch' | 'connect' | 'forward', request: ApiRequest, act: (stream: number) => A, port?: number): A => {
      const stream = this.#next++;
      this.#keep({ open: via, stream, ask: asked(request), ...(port === undefined ? {} : { port }) });
      return act(stream);
    };
    return {
      server: this.#cluster.server,
      handle: (request) => {
        this.#keep({ ask: asked(request) });
        return real().handle(request);
      },
      watch: (request, sink) => open('watch', request, (stream) => this.#opened(stream, real().watch(request, this.#until(stream, sink)))),
      connect: (request, sink) => open('connect', request, (stream) => this.#opened(stream, real().connect(request, this.#until(stream, sink)))),
      portForward: (request, port) => open('forward', request, (stream) => {
        const answer = real().portForward?.(request, port) ?? { code: 404, body: '' };
        return 'service' in answer ? this.#connected(stream, answer) : answer;
      }, port),
    };
  }

  /** Makes a call again that was kept; nobody hears the answer. */
  repeat(call: Call): void {
    try {
      this.#repeat(call);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error; // who asked was told the same
    }
  }

  /** Ends all streams: their clients are gone. */
  hangUp(): void { for (const stream of this.#streams.keys()) this.#close(stream); }

  #repeat(call: Call): void {
    this.#bytes += sizeOf(call);
    if ('note' in call) return;
    if ('open' in call) return this.#reopen(call);
    if ('ask' in call) return void this.#as(call.ask.as).handle(requestOf(call.ask));
    const found = this.#streams.get(call.stream);
    if (!found) return;
    if ('close' in call) {
      this.#streams.delete(call.stream);
      return found.close();
    }
    if ('service' in found) {
      if ('http' in call) found.service.http?.(call.http, found.peer);
      else if ('tcp' in call) found.service.tcp?.(call.tcp, found.peer);
    } else if ('send' in call) found.send?.(call.send);
    else if ('end' in call) found.endInput?.();
  }

  #reopen({ open, stream, ask, port }: Extract<Call, { open: string }>): void {
    this.#next = Math.max(this.#next, stream + 1);
    const transport = this.#as(ask.as);
    const request = requestOf(ask);
    const sink = this.#until(stream, SILENT);
    const answer = open === 'forward' ? transport.portForward?.(request, port) : transport[open](request, sink);
    if (answer && !('code' in answer)) this.#streams.set(stream, answer);
  }

  #as(user: OutsideUser | undefined): ApiTransport {
    const key = user ? JSON.stringify(user) : '';
    const known = this.#transports.get(key) ?? this.#cluster.transportAs(user);
    this.#transports.set(key, known);
    return known;
  }

  /** A sink that also says here when the far end is through. */
  #until<S extends WatchSink | StreamSink>(stream: number, sink: S): S {
    const closed = (exit: number | undefined) => {
      this.#streams.delete(stream);
      sink.closed(exit);
    };
    return 'event' in sink ? { ...sink, event: (event) => sink.event(event), closed } : { ...sink, stdout: (text) => sink.stdout(text), stderr: (text) => sink.stderr(text), closed };
  }

  #opened<A extends object>(stream: number, answer: OpenStream | A): OpenStream | A {
    if (!('close' in answer)) return answer;
    this.#streams.set(stream, answer);
    return {
      send: (text) => { this.#keep({ stream, send: text }); answer.send?.(text); },
      endInput: () => { this.#keep({ stream, end: true }); answer.endInput?.(); },
      close: () => this.#close(stream),
    };
  }

  #connected(stream: number, connection: Connection): Connection {
    this.#streams.set(stream, connection);
    connection.onClose(() => void this.#streams.delete(stream));
    const { service: { http, tcp }, peer } = connection;
    return {
      peer, get isOpen() { return connection.isOpen; }, onClose: (listener) => connection.onClose(listener), close: () => this.#close(stream),
      service: {
        ...(http ? { http: (request) => { this.#keep({ stream, http: request }); return http(request, peer); } } : {}),
        ...(tcp ? { tcp: (text) => { this.#keep({ stream, tcp: text }); return tcp(text, peer); } } : {}),
      },
    };
  }

  #close(stream: number): void {
    if (!this.#calls) return this.later?.(() => this.#close(stream));
    const open = this.#streams.get(stream);
    if (!open) return;
    this.#keep({ stream, close: true });
    this.#streams.delete(stream);
    open.close();
  }

  #keep(call: Call): void {
    if (!this.#calls) throw new Error('a client outside acts outside of its turn');
    this.#calls.push(call);
    this.#bytes += sizeOf(call);
  }
}

/** Whether a client that asked this wanted something changed. */
export function changes(call: Call): boolean {
  return 'send' in call || ('ask' in call && !('open' in call) && call.ask.method !== 'GET' && !/reviews(\?|$)/.test(call.ask.path));
}

/** Whether a piece of data is a call that can be made again. */
export function isCall(data: unknown): data is Call {
  if (!isDict(data)) return false;
  if (typeof data.note === 'string') return true;
  const hasStream = Number.isInteger(data.stream);
  if (isDict(data.ask)) return isAsked(data.ask) && (data.open === undefined || (hasStream && typeof data.open === 'string' && /^(watch|connect|forward)$/.test(data.open) && (data.port === undefined || Number.isInteger(data.port))));
  return hasStream && (typeof data.send === 'string' || typeof data.tcp === 'string' || data.end === true || data.close === true || (isDict(data.http) && ['method', 'path'].every((key) => isDict(data.http) && typeof data.http[key] === 'string')));
}

function isAsked({ as, method, path, body, accept, contentType, userAgent, credential, impersonate }: Record<string, unknown>): boolean {
  const isText = (value: unknown) => value === undefined || typeof value === 'string';
  const isTexts = (value: unknown) => Array.isArray(value) && value.every((each) => typeof each === 'string');
  const isUser = (user: unknown) => isDict(user) && typeof user.name === 'string' && isTexts(user.groups);
  return typeof method === 'string' && /^(GET|POST|PUT|PATCH|DELETE)$/.test(method) && typeof path === 'string' && path.startsWith('/') && [body, accept, contentType, userAgent].every(isText)
    && (as === undefined || isUser(as)) && (credential === undefined || (isDict(credential) && Object.values(credential).every(isText)))
    && (impersonate === undefined || (isDict(impersonate) && typeof impersonate.user === 'string' && (impersonate.groups === undefined || isTexts(impersonate.groups)) && (impersonate.extra === undefined || (isDict(impersonate.extra) && Object.values(impersonate.extra).every(isTexts)))));
}

function requestOf({ as: _as, body, ...request }: Asked): ApiRequest {
  return { ...request, ...(body === undefined ? {} : { body: JSON.parse(body, withoutPrototypes) as unknown }) };
}

/** An attempt from elsewhere may hold what the door would never have let in. */
function withoutPrototypes(this: unknown, _key: string, value: unknown): unknown {
  if (isDict(value) && Object.hasOwn(value, '__proto__')) Reflect.deleteProperty(value, '__proto__');
  return value;
}

const CALL_BYTES = 200; // about what a call takes beside its texts

function sizeOf(call: Call): number {
  const text = 'ask' in call ? (call.ask.body?.length ?? 0) + call.ask.path.length + (call.ask.accept?.length ?? 0) : 'send' in call ? call.send.length : 'tcp' in call ? call.tcp.length : 'http' in call ? call.http.body?.length ?? 0 : 0;
  return CALL_BYTES + text;
}

function isDict(value: unknown): value is Record<string, unknown> { return typeof value === 'object' && value !== null && !Array.isArray(value); }
