/** Behaviours of servers: they listen, answer, log a line a request, and leave when told to. */
import type { HttpRequest, HttpResponse, Peer, PortService } from '../../network/types.ts';
import { NetworkError } from '../../network/types.ts';
import type { Behaviour, Process, ProcessContext } from '../process.ts';

const IDLE_MEMORY_BYTES = 8 * 1024 * 1024;

export interface ServerData {
  /** Ports it listens on, as its configuration says. Throwing an InvalidConfiguration ends it with its text and code 1. */
  ports: (context: ProcessContext) => readonly number[];
  service: (context: ProcessContext) => PortService;
  /** Written to the log when it is up. */
  greeting?: (context: ProcessContext) => string;
  memoryBytes?: number;
  /** Exit code on SIGTERM: 0 for a graceful stop, 143 for programs that do not care. */
  stopCode?: number;
}

/** A program that refuses to start. */
export class InvalidConfiguration extends Error {
  constructor(message: string, readonly code = 1) { super(message); }
}

/** A server from data. */
export function server(data: ServerData): Behaviour {
  return (context): Process => {
    const open: { close(): void }[] = [];
    const cleanUp = () => { for (const listening of open.splice(0)) listening.close(); };
    try {
      const service = data.service(context);
      for (const port of data.ports(context)) open.push(context.network.listen('0.0.0.0', port, service));
      if (data.greeting) context.write(`${data.greeting(context)}\n`);
      context.useMemory(data.memoryBytes ?? IDLE_MEMORY_BYTES);
    } catch (error) {
      cleanUp();
      if (!(error instanceof InvalidConfiguration) && !(error instanceof NetworkError)) throw error;
      context.write(`${error.message}\n`, 'stderr');
      context.exit(error instanceof InvalidConfiguration ? error.code : 1);
    }
    return { terminate: () => context.exit(data.stopCode ?? 0), cleanUp };
  };
}

/** An HTTP service that writes an access log in the common format. */
export function logged(context: ProcessContext, answer: (request: HttpRequest, peer: Peer) => HttpResponse): PortService {
  return {
    http(request, peer) {
      const response = answer(request, peer);
      context.write(`${peer.address} - - [${commonLogTime(context.world.clock.now())}] "${request.method} ${request.path} HTTP/1.1" ${response.status} ${response.body.length} "-" "${request.headers?.['user-agent'] ?? '-'}"\n`);
      return response;
    },
  };
}

function commonLogTime(ms: number): string {
  const date = new Date(ms);
  const month = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][date.getUTCMonth()];
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(date.getUTCDate())}/${month}/${date.getUTCFullYear()}:${pad(date.getUTCHours())}:${pad(date.getUTCMinutes())}:${pad(date.getUTCSeconds())} +0000`;
}
