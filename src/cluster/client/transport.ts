/** The way from a component to its API server: one connection, made when needed, made again after it was lost. */
import type { ApiServerFace, ApiTransport, Credential, OpenStream, StreamSink, WatchSink } from '../apiserver/request.ts';
import { isResponse } from '../apiserver/request.ts';
import { type ClientTls, type Connection, NetworkError, type NetworkStack } from '../network/types.ts';

/**
 * A transport over the cluster's network. Throws NetworkError when the server cannot be reached;
 * streams are told `closed` when the connection goes away under them.
 */
export function networkTransport(network: NetworkStack, server: string, tls: ClientTls = {}): ApiTransport & { close(): void } {
  const { host, port, isTls } = parseServer(server);
  let connection: Connection | undefined;
  let shownCertificate: string | undefined;

  const connect = (): { face: ApiServerFace; connection: Connection } => {
    if (connection?.isOpen && shownCertificate !== tls.certificate) connection.close(); // a new certificate is shown to a new connection only
    if (!connection?.isOpen) connection = network.connect(host, port, isTls ? tls : undefined);
    shownCertificate = tls.certificate;
    const face = connection.service.api;
    if (!face) throw new NetworkError('refused', `${host}:${port} is not an API server`);
    return { face, connection };
  };
  // A client shows the same credential again and again.
  let shown: { of: Credential | undefined; peer: Connection['peer']; credential: Credential } | undefined;
  const withPeer = <T extends { credential?: Credential; sourceIP?: string }>(request: T, peer: Connection['peer']): T => {
    if (!shown || shown.of !== request.credential || shown.peer !== peer) shown = { of: request.credential, peer, credential: { ...request.credential, clientCertificate: peer.clientCertificate ?? request.credential?.clientCertificate } };
    return { ...request, sourceIP: peer.address, credential: shown.credential };
  };

  return {
    server,
    /** Hangs up, as a process does that ends. */
    close: () => connection?.close(),
    handle(request) {
      const { face, connection } = connect();
      return face.handle(withPeer(request, connection.peer));
    },
    watch(request, sink) {
      const { face, connection } = connect();
      return untilLost(connection, sink, (guarded) => face.watch(withPeer(request, connection.peer), guarded));
    },
    portForward(request, port) {
      const { face, connection } = connect();
      return face.portForward?.(withPeer(request, connection.peer), port) ?? { code: 404, body: '404 page not found\n' };
    },
    connect(request, sink) {
      const { face, connection } = connect();
      return untilLost(connection, sink, (guarded) => face.connect(withPeer(request, connection.peer), guarded));
    },
  };
}

/** Opens a stream that also ends, once, when its connection does. */
function untilLost<S extends WatchSink | StreamSink, A extends OpenStream | object>(connection: Connection, sink: S, open: (sink: S) => A): A {
  let ended = false;
  let forget: (() => void) | undefined;
  const once = (exit?: number) => {
    if (ended) return;
    ended = true;
    forget?.();
    sink.closed(exit);
  };
  const answer = open({ ...boundSink(sink), closed: once });
  if ('code' in answer && isResponse(answer as never)) return answer;
  if (!ended) forget = connection.onClose(() => {
    if (ended) return;
    if ('close' in answer && typeof answer.close === 'function') answer.close();
    once();
  });
  return answer;
}

/** A sink's methods as plain functions, so that one can be replaced. */
export function boundSink<S extends WatchSink | StreamSink>(sink: S): S {
  const copy: Record<string, unknown> = {};
  for (const name of ['event', 'stdout', 'stderr'] as const) {
    const method: unknown = Reflect.get(sink, name);
    if (typeof method === 'function') copy[name] = method.bind(sink);
  }
  return copy as S; // the caller adds `closed`, which completes it
}

/** Splits `https://host:port`. */
function parseServer(server: string): { host: string; port: number; isTls: boolean } {
  const match = /^(https?):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?/.exec(server);
  if (!match) throw new NetworkError('no such host', `invalid server address "${server}"`);
  const isTls = match[1] === 'https';
  return { host: match[2]!.replace(/^\[|\]$/g, ''), port: match[3] ? Number(match[3]) : isTls ? 443 : 80, isTls };
}
