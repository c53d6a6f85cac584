/** Behaviours of servers: they listen, answer, use the processor for each request, and leave when told to. */
import type { HttpRequest, HttpResponse, Peer, PortService, ServerTls } from '../../network/types.ts';
import { NetworkError } from '../../network/types.ts';
import { MONTHS } from '../os/calendar.ts';
import type { Behaviour, Process, ProcessContext } from '../process.ts';

const IDLE_MEMORY_BYTES = 8 * 1024 * 1024;
const CPU_MS_PER_REQUEST = 1;
/** The time over which a server's load is looked at. */
const LOAD_WINDOW_MS = 1000;
const FULL_LOAD = 0.98; // an answer never waits longer than fifty times its own work

export interface ServerData {
  /** Ports it listens on, as its configuration says. Throwing an InvalidConfiguration ends it with its text and code. */
  ports: (context: ProcessContext) => readonly number[];
  service: (context: ProcessContext) => PortService;
  /** Its certificate, when it speaks TLS. */
  tls?: (context: ProcessContext) => ServerTls;
  /** Written to the log when it is up. */
  greeting?: (context: ProcessContext) => string;
  memoryBytes?: number;
  /** SIGHUP: reads its configuration again. Throwing an InvalidConfiguration leaves it as it was, with a line in its log. */
  reload?: (context: ProcessContext) => void;
  /** Exit code on SIGTERM: 0 for a graceful stop, 143 for programs that do not care, `ignored` for those without a handler as process 1. */
  onTerminate?: number | 'ignored';
}

/** A program that refuses to start. */
export class InvalidConfiguration extends Error {
  constructor(message: string, readonly code = 1) { super(message); }
}

/** A server from data. */
export function server(data: ServerData): Behaviour {
  return (context): Process => {
    const open = new Map<number, { close(): void }>();
    const cleanUp = () => listenOn([], open, undefined);
    /** Says why it does not start or reload. */
    const told = (error: unknown) => {
      if (!(error instanceof InvalidConfiguration) && !(error instanceof NetworkError)) throw error;
      context.write(`${error.message}\n`, 'stderr');
      return error instanceof InvalidConfiguration ? error.code : 1;
    };
    let hangUp: (() => void) | undefined;
    try {
      const service = data.service(context);
      const tls = data.tls?.(context);
      const listen = () => listenOn(data.ports(context), open, (port) => context.network.listen('0.0.0.0', port, service, tls));
      listen();
      if (data.greeting) context.write(`${data.greeting(context)}\n`);
      context.useMemory(data.memoryBytes ?? IDLE_MEMORY_BYTES);
      context.useCpu(1);
      const { reload } = data;
      if (reload) hangUp = () => {
        try {
          reload(context);
          listen();
        } catch (error) {
          told(error);
        }
      };
    } catch (error) {
      cleanUp();
      context.exit(told(error));
    }
    return { terminate: () => { if (data.onTerminate !== 'ignored') context.exit(data.onTerminate ?? 0); }, hangUp, cleanUp };
  };
}

/** Closes what is open on other ports, and opens what is missing. */
function listenOn(ports: readonly number[], open: Map<number, { close(): void }>, listen: ((port: number) => { close(): void }) | undefined): void {
  for (const [port, listening] of open) {
    if (ports.includes(port)) continue;
    listening.close();
    open.delete(port);
  }
  for (const port of ports) if (listen && !open.has(port)) open.set(port, listen(port));
}

/** An HTTP service that writes an access log in the common format and slows down under load. */
export function logged(context: ProcessContext, answer: (request: HttpRequest, peer: Peer) => HttpResponse, cpuMsPerRequest = CPU_MS_PER_REQUEST): PortService {
  const work = workload(context, cpuMsPerRequest);
  return {
    http(request, peer) {
      const response = answer(request, peer);
      context.write(`${peer.address} - - [${commonLogTime(context.world.clock.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.body.length} "-" "${request.headers?.['user-agent'] ?? '-'}"\n`);
      return { ...response, latencyMs: (response.latencyMs ?? 0) + work() };
    },
  };
}

/** Counts requests as processor time; gives how long each takes at the load of the last second, as a queue with one server does. */
function workload(context: ProcessContext, cpuMs: number): () => number {
  const { world, spendCpu } = context;
  let window = { startMs: -Infinity, busyMs: 0, loadBefore: 0 };
  return () => {
    const capacity = (context.cpuLimitMillis ?? 1000) / 1000;
    const nowMs = world.clock.now();
    const passedMs = nowMs - window.startMs;
    if (passedMs >= LOAD_WINDOW_MS) {
      const load = passedMs < 2 * LOAD_WINDOW_MS ? window.busyMs / (passedMs * capacity) : 0;
      window = { startMs: nowMs, busyMs: 0, loadBefore: Math.min(load, FULL_LOAD) };
    }
    window.busyMs += cpuMs;
    spendCpu?.(cpuMs);
    return Math.round(cpuMs / capacity / (1 - window.loadBefore));
  };
}

function commonLogTime(ms: number): string {
  const date = new Date(ms);
  const month = MONTHS[date.getUTCMonth()];
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(date.getUTCDate())}/${month}/${date.getUTCFullYear()}:${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())} +0000`;
}

/** The value of `--name value` or `--name=value` on a command line. */
export function flag({ argv }: ProcessContext, ...names: string[]): string | undefined {
  const at = argv.findIndex((arg) => names.some((name) => arg === name || arg.startsWith(`${name}=`)));
  const arg = argv[at];
  if (arg === undefined) return undefined;
  return arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : argv[at + 1];
}

/** A file below a folder as a web server sends it. */
export function page({ files }: ProcessContext, root: string, path: string): HttpResponse {
  const wanted = `${root}${decodeURIComponent(path.split('?')[0] ?? '/')}`;
  const file = wanted.endsWith('/') ? `${wanted}index.html` : wanted;
  if (files.exists(file) && files.stat(file).type === 'file') return { status: 200, headers: { 'content-type': contentType(file) }, body: files.read(file) };
  const isFolder = files.exists(wanted) && files.stat(wanted).type === 'directory';
  return isFolder ? errorPage(403, 'Forbidden') : errorPage(404, 'Not Found');
}

export function errorPage(status: number, text: string): HttpResponse {
  return { status, headers: { 'content-type': 'text/html' }, body: `<html>\r\n<head><title>${status} ${text}</title></head>\r\n<body>\r\n<center><h1>${status} ${text}</h1></center>\r\n</body>\r\n</html>\r\n` };
}

function contentType(path: string): string {
  const types: Readonly<Record<string, string>> = { html: 'text/html', txt: 'text/plain', json: 'application/json', css: 'text/css', js: 'text/javascript' };
  return types[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
}
