/** A watch or a followed log as a chunked answer: lines as they come, and an end for readers that do not keep up. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Status } from '../cluster/api/types.ts';
import type { OpenStream, StreamSink, WatchEvent, WatchSink } from '../cluster/apiserver/request.ts';
import { commonHeaders } from './answer.ts';

/** What may wait for a reader before it is cut off. */
const PENDING_MAX = 16 * 1024 * 1024;
/** How long a reader that was cut off has for what was sent before. */
const FAREWELL_MS = 10_000;

const EXPIRED: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: 'The watch was closed because its client did not read fast enough', reason: 'Expired', code: 410 };

/** How long outlets may be written to before others have their turn. */
const FLUSH_MS = 8;

const unwritten = new Set<Outlet>();

/** Writes to outlets in the order in which they had something to say, some milliseconds at a time. */
function writeSome(): void {
  const endMs = performance.now() + FLUSH_MS;
  for (const outlet of unwritten) {
    if (performance.now() > endMs) return void setImmediate(writeSome);
    unwritten.delete(outlet);
    outlet.flush();
  }
}

/** Collects what comes in a round of the event loop and writes it at once: with many watches, records of TLS are what costs. */
class Outlet {
  readonly #response: ServerResponse;
  readonly #farewell: string;
  #pending: string[] = [];
  #isEnding = false;
  stream: OpenStream | undefined;

  constructor(response: ServerResponse, farewell: string) {
    this.#response = response;
    this.#farewell = farewell;
    response.on('close', () => { this.#isEnding = true; this.stream?.close(); });
  }

  write(text: string): void {
    if (this.#isEnding) return;
    if (this.#pending.push(text) > 1) return;
    if (unwritten.size === 0) setImmediate(writeSome);
    unwritten.add(this);
  }

  end(): void {
    if (this.#isEnding) return;
    this.flush();
    this.#isEnding = true;
    this.#response.end();
  }

  /** Writes what waits. */
  flush(): void {
    unwritten.delete(this);
    if (this.#isEnding || this.#pending.length === 0) return;
    const text = this.#pending.join('');
    this.#pending = [];
    this.#response.write(text);
    if (this.#response.writableLength <= PENDING_MAX) return;
    this.#isEnding = true;
    this.stream?.close();
    this.#response.end(this.#farewell);
    setTimeout(() => this.#response.destroy(), FAREWELL_MS).unref();
  }
}

/** Answers a watch; `open` opens it with the given sink once the head has been sent. */
export function watchAnswer(request: IncomingMessage, response: ServerResponse): { sink: WatchSink; begin(stream: OpenStream): void } {
  const outlet = new Outlet(response, `${JSON.stringify({ type: 'ERROR', object: EXPIRED })}\n`);
  return {
    sink: { event: (event) => outlet.write(lineOf(event)), closed: () => outlet.end() },
    begin: (stream) => begin(request, response, outlet, stream, 'application/json'),
  };
}

/** Answers a followed log. */
export function logAnswer(request: IncomingMessage, response: ServerResponse): { sink: StreamSink; begin(stream: OpenStream): void } {
  const outlet = new Outlet(response, '');
  return {
    sink: { stdout: (text) => outlet.write(text), stderr: (text) => outlet.write(text), closed: () => outlet.end() },
    begin: (stream) => begin(request, response, outlet, stream, 'text/plain'),
  };
}

function begin(request: IncomingMessage, response: ServerResponse, outlet: Outlet, stream: OpenStream, contentType: string): void {
  if (response.destroyed) return stream.close();
  outlet.stream = stream;
  if (response.headersSent || response.writableEnded) return;
  response.writeHead(200, { ...commonHeaders(request), 'Content-Type': contentType });
  response.flushHeaders();
}

const texts = new WeakMap<object, string>();

/** Many watches send the same object: it is written as text once. */
function lineOf({ type, object }: WatchEvent): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, (text = JSON.stringify(object)));
  return `{"type":"${type}","object":${text}}\n`;
}
