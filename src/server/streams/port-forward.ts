/** port-forward: bytes of a client to what listens in a Pod, and its answers back. */
import type { ApiRequest } from '../../cluster/apiserver/request.ts';
import { NetworkError, type Connection } from '../../cluster/network/types.ts';
import { bytesOfText, textOfBytes } from '../../cluster/node/byte-text.ts';
import type { Entry } from '../identities.ts';
import type { Pacer } from '../real-time.ts';
import { HttpReader } from './http-reader.ts';

/** One forwarded connection, seen from the client. */
export interface Forwarded { data(bytes: Buffer): void; end(): void }

export interface ForwardOptions {
  request: ApiRequest; entry: Entry; pacer: Pacer; port: number;
  write(bytes: Buffer): void;
  /** What went wrong, for the client's error stream. */
  fail(message: string): void;
  /** The far end has closed. */
  ended(): void;
}

/** Connects; what cannot be reached is told by `fail`. */
export function forwardPort({ request, entry, pacer, port, write, fail, ended }: ForwardOptions): Forwarded {
  let connection: Connection | undefined;
  let reader: HttpReader | undefined;
  let isOver = false;
  const stop = (message?: string) => {
    if (isOver) return;
    isOver = true;
    if (message) fail(message);
    connection?.close();
    ended();
  };
  pacer.do('port-forward', () => {
    try {
      const answer = entry.transport.portForward?.(request, port);
      if (!answer) return stop('port forwarding is not served');
      if ('code' in answer) return stop(messageOf(answer.body));
      connection = answer;
      connection.onClose(() => stop());
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      stop(`an error occurred forwarding ${port} -> ${port}: error forwarding port ${port} to pod: ${error.message}`);
    }
  });
  const take = (bytes: Buffer) => {
    if (isOver || !connection) return;
    const { service, peer } = connection;
    const { http } = service;
    if (!http) {
      const said = service.tcp?.(textOfBytes(bytes), peer);
      if (said) write(bytesOfText(said));
      return;
    }
    reader ??= new HttpReader((asked) => http(asked, peer), write, () => stop());
    reader.receive(bytes);
  };
  return { data: (bytes) => pacer.do('forwarded', () => take(bytes)), end: () => pacer.do('forwarded end', () => stop()) };
}

function messageOf(body: unknown): string {
  const message: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'message') : body;
  return String(message);
}
