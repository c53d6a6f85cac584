/** The HTTPS face of a cluster's API server: framing and bounds; every answer comes from the same function as inside. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type ApiRequest, type ApiResponse, isResponse, type OpenStream } from '../cluster/apiserver/request.ts';
import { NetworkError } from '../cluster/network/types.ts';
import { commonHeaders, sendAnswer } from './answer.ts';
import { decodeBody, isRefusal, readBytes } from './body.ts';
import { type ClusterDoor, type Entry, Identities, type User } from './identities.ts';
import { acceptableForm, type Form } from './media-types.ts';
import { openApiProtobuf, PROTOBUF_OPENAPI, PROTOBUF_OPENAPI_TYPE } from './protobuf/openapi.ts';
import type { Pacer } from './real-time.ts';
import { badRequest, notAcceptable, panicked, refusal, tooLarge, tooMany } from './refusals.ts';
import { logAnswer, watchAnswer } from './watch-answer.ts';
import type { Authority } from './x509.ts';

/** --max-requests-inflight and --max-mutating-requests-inflight together. */
const IN_FLIGHT_MAX = 600;
const EXTRA = 'impersonate-extra-';
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
const JSON_FORM: Form = { encoding: 'json', clause: 'application/json' };
/** A watch without a timeout of its own ends some time in the hour after half an hour: --min-request-timeout. */
const ATTEMPTS = 10; // plugin/pkg/admission/serviceaccount: numAttempts
const WATCH_SECONDS_MIN = 1_800;

export interface FaceOptions {
  door: ClusterDoor;
  pacer: Pacer;
  authority: Authority;
  /** Addresses and names that the certificate is for. */
  hosts: readonly string[];
  /** Told of each request that kubectl makes: its command (`kubectl get`) and the path. */
  asked?: (command: string, path: string) => void;
  /** Told of users of the face as they come in. */
  entered?: (user: User) => void;
  /** Told of what should not happen. */
  log: (text: string) => void;
}

/** An upgraded connection: exec and the like over WebSocket or SPDY. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer, api: { request: ApiRequest; entry: Entry }) => void;

export class HttpsFace {
  readonly identities: Identities;
  readonly #options: FaceOptions;
  readonly #server: Server;
  /** Also those that were upgraded, which the HTTP server knows no more. */
  readonly #sockets = new Set<Duplex>();
  #inFlight = 0;

  constructor(options: FaceOptions, upgrade: Upgrade) {
    this.#options = options;
    const { authority, hosts } = options;
    this.identities = new Identities(options.door, authority, options.entered ?? (() => undefined));
    const { certificate, key } = authority.issue({ commonName: 'kube-apiserver', hosts });
    // No authority is named to clients: they may show what the cluster's own has signed, too.
    this.#server = createServer({ cert: certificate, key, ca: [], requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', maxHeaderSize: 1 << 20, noDelay: true, keepAliveTimeout: 90_000 }, (request, response) => void this.#serve(request, response).catch((error: unknown) => this.#failed(request, response, error)));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      socket.end(`HTTP/1.1 ${error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request`);
    });
    this.#server.on('secureConnection', (socket: Duplex) => {
      this.#sockets.add(socket);
      socket.on('close', () => void this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy());
      upgrade(request, socket, head, this.#callOf(request));
    });
  }

  /** Begins to listen; gives the port. Rejects with the system's error (EADDRINUSE, EACCES). */
  listen(address: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, () => {
        const bound: AddressInfo | string | null = this.#server.address();
        resolve(typeof bound === 'object' && bound ? bound.port : port);
      });
    });
  }

  /** Ends all connections and listens no more. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.cut();
    });
  }

  /** Ends all connections; new ones may come. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
  }

  #callOf(request: IncomingMessage): { request: ApiRequest; entry: Entry } {
    const { headers, method = 'GET', url = '/' } = request;
    const entry = this.identities.entryOf(request);
    const one = (name: string) => { const value = headers[name]; return typeof value === 'string' ? value : value?.[0]; };
    const user = one('impersonate-user');
    return {
      entry,
      request: {
        method: method === 'HEAD' ? 'GET' : method as ApiRequest['method'], // checked against METHODS before it is used
        path: url, credential: entry.credential, managedFields: true, userAgent: one('user-agent') ?? '', sourceIP: request.socket.remoteAddress,
        ...(user ? { impersonate: { user, groups: headersOf(request, 'impersonate-group').map(([, group]) => group), uid: one('impersonate-uid'), extra: extraIn(request) } } : {}),
      },
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => response.destroy());
    const { method = '', url = '' } = request;
    if (!METHODS.has(method)) return sendAnswer(request, response, refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}), JSON_FORM);
    if (!isReadable(url)) return sendAnswer(request, response, { code: 400, body: '400 Bad Request\n', contentType: 'text/plain; charset=utf-8' }, JSON_FORM);
    if (this.#inFlight >= IN_FLIGHT_MAX) return this.#refuseAndClose(request, response, tooMany());
    this.#inFlight++;
    try {
      await this.#answer(request, response);
    } finally {
      this.#inFlight--;
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = this.#callOf(request);
    const command = request.headers['kubectl-command'];
    if (typeof command === 'string') this.#options.asked?.(command, call.request.path);
    const query = new URLSearchParams(call.request.path.split('?')[1] ?? '');
    const isWatch = request.method === 'GET' && ['1', 'true'].includes(query.get('watch') ?? '');
    if (PROTOBUF_OPENAPI.test(request.headers.accept ?? '')) return this.#openApi(request, response, call);
    const form = acceptableForm(request.headers.accept);
    if (!form || (isWatch && form.encoding !== 'json')) {
      if (/^\/(healthz|livez|readyz|metrics)/.test(call.request.path) || isLog(call.request.path)) return this.#whole(request, response, call, JSON_FORM);
      return sendAnswer(request, response, notAcceptable(isWatch), JSON_FORM);
    }
    call.request.accept = form.clause;
    const bytes = await readBytes(request);
    if (!bytes) return this.#refuseAndClose(request, response, tooLarge());
    if (bytes.length > 0 && request.method !== 'GET') {
      const { 'content-type': contentType } = request.headers;
      const body = decodeBody(call.request.method, contentType, bytes, () => this.#kindName(call));
      if (isRefusal(body)) return sendAnswer(request, response, body, form);
      Object.assign(call.request, { body: body.value, contentType: contentType ?? 'application/json' });
    } else if (call.request.method === 'PATCH') call.request.contentType = request.headers['content-type'] ?? '';
    if (isWatch) return this.#watch(request, response, call, query);
    if (isLog(call.request.path) && query.get('follow') === 'true') return this.#follow(request, response, call);
    if (/\/pods\/[^/]+\/(exec|attach|portforward)(\?|$)/.test(call.request.path)) return sendAnswer(request, response, badRequest('Upgrade request required'), form);
    return this.#whole(request, response, call, form);
  }

  #openApi(request: IncomingMessage, response: ServerResponse, { request: asked, entry }: { request: ApiRequest; entry: Entry }): Promise<void> {
    return this.#inWorld(request, response, () => {
      const answer = entry.transport.handle({ ...asked, accept: 'application/json' });
      if (answer.code !== 200 || typeof answer.body !== 'object') return sendAnswer(request, response, answer, JSON_FORM);
      const body = openApiProtobuf(answer.body as Parameters<typeof openApiProtobuf>[0]); // what /openapi/v2 answers
      response.writeHead(200, { ...commonHeaders(request), 'Content-Type': PROTOBUF_OPENAPI_TYPE, 'Content-Length': body.length });
      response.end(body);
    });
  }

  async #whole(request: IncomingMessage, response: ServerResponse, { request: asked, entry }: { request: ApiRequest; entry: Entry }, form: Form): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      let waitsMs: number | undefined;
      await this.#inWorld(request, response, () => {
        const answer = entry.transport.handle(asked);
        waitsMs = attempt < ATTEMPTS ? answer.waitsMs : undefined;
        if (waitsMs === undefined) sendAnswer(request, response, answer, form);
      });
      if (waitsMs === undefined) return;
      await delay(waitsMs);
    }
  }

  #watch(request: IncomingMessage, response: ServerResponse, { request: asked, entry }: { request: ApiRequest; entry: Entry }, query: URLSearchParams): Promise<void> {
    const path = query.has('timeoutSeconds') ? asked.path : `${asked.path}&timeoutSeconds=${WATCH_SECONDS_MIN + Math.floor(Math.random() * WATCH_SECONDS_MIN)}`;
    return this.#stream(request, response, watchAnswer(request, response), (sink) => entry.transport.watch({ ...asked, path }, sink));
  }

  #follow(request: IncomingMessage, response: ServerResponse, { request: asked, entry }: { request: ApiRequest; entry: Entry }): Promise<void> {
    return this.#stream(request, response, logAnswer(request, response), (sink) => entry.transport.connect(asked, sink));
  }

  /** Opens a stream; it does not count as in flight any more once it is open. */
  #stream<S>(request: IncomingMessage, response: ServerResponse, { sink, begin }: { sink: S; begin(stream: OpenStream): void }, open: (sink: S) => OpenStream | ApiResponse): Promise<void> {
    return this.#inWorld(request, response, () => {
      const answer = open(sink);
      if (isResponse(answer)) sendAnswer(request, response, answer, JSON_FORM);
      else begin(answer);
    });
  }

  /** Does something as a step of the simulated world; what cannot be reached there cannot be reached here. */
  #inWorld(request: IncomingMessage, response: ServerResponse, act: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#options.pacer.do('request', () => {
        try {
          if (!response.destroyed) act();
        } catch (error) {
          this.#failed(request, response, error);
        }
        resolve();
      });
    });
  }

  #failed(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof NetworkError || response.headersSent || isGone(error)) return void response.destroy();
    this.#options.log(`${request.method} ${request.url}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
    sendAnswer(request, response, panicked(), JSON_FORM);
  }

  /** An answer before all of the request was read: the connection cannot be used again. */
  #refuseAndClose(request: IncomingMessage, response: ServerResponse, answer: ApiResponse): void {
    response.setHeader('Connection', 'close');
    const { socket } = response; // a request that was cut off knows it no more
    response.on('finish', () => { request.resume(); setTimeout(() => socket?.destroy(), 1_000).unref(); });
    sendAnswer(request, response, answer, JSON_FORM);
  }

  /** The kind that a path takes, as discovery says it; the resource's name where that is not told. */
  #kindName({ request: { path }, entry }: { request: ApiRequest; entry: Entry }): string {
    const [, root = '', rest = ''] = /^\/(api\/[^/]+|apis\/[^/]+\/[^/]+)\/(.*)$/.exec(path.split('?')[0]!) ?? [];
    const [resource = ''] = rest.replace(/^namespaces\/[^/]+\/(?=.)/, '').split('/');
    try {
      const { body } = entry.transport.handle({ method: 'GET', path: `/${root}`, credential: entry.credential });
      const resources: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'resources') : undefined;
      const found: unknown = Array.isArray(resources) ? resources.find((entry: { name?: unknown }) => entry.name === resource) : undefined;
      const kind: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'kind') : undefined;
      return typeof kind === 'string' ? kind : resource;
    } catch {
      return resource; // only a name in a message
    }
  }
}

const isLog = (path: string): boolean => /\/pods\/[^/]+\/log(\?|$)/.test(path);

/** Headers whose names begin so, each as often as it was sent; values are UTF-8. */
function headersOf({ rawHeaders }: IncomingMessage, begin: string): [name: string, value: string][] {
  const found: [string, string][] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) if (rawHeaders[i]!.toLowerCase().startsWith(begin)) found.push([rawHeaders[i]!.toLowerCase(), Buffer.from(rawHeaders[i + 1]!, 'latin1').toString('utf8')]);
  return found;
}

/** Impersonate-Extra-KEY headers; keys are in small letters and may be escaped. */
function extraIn(request: IncomingMessage): Record<string, string[]> | undefined {
  const extra = new Map<string, string[]>();
  for (const [name, value] of headersOf(request, EXTRA)) {
    const key = unescaped(name.slice(EXTRA.length));
    extra.set(key, [...(extra.get(key) ?? []), value]);
  }
  return extra.size > 0 ? Object.fromEntries(extra) : undefined;
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function isReadable(url: string): boolean {
  if (!url.startsWith('/')) return false;
  try {
    decodeURIComponent(url.split('?')[0]!);
    return !url.includes('\0');
  } catch {
    return false;
  }
}

/** The client went away while it was still sending. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE');
}
