/** The API server's side of etcd: a connection that may break and be made again, its watches with it, and errors when it is not there. */
import type { Timer } from '../../../../time/clock.ts';
import type { World } from '../../../../time/simulation.ts';
import { EtcdError, type EtcdFace, type EtcdServerFace, type WatchListener } from '../../../etcd/face.ts';
import { type ClientTls, type Connection, NetworkError, type NetworkStack } from '../../../network/types.ts';

const REDIAL_MS = 1000; // gRPC's first back-off

export interface EtcdConnection extends EtcdFace {
  /** Throws NetworkError when no server can be reached. */
  connect(): EtcdServerFace;
  /** Whether etcd answers now and has a leader; tries to connect again if it did not. */
  isAvailable(): boolean;
  close(): void;
}

export interface EtcdConnectionOptions {
  world: World;
  network: NetworkStack;
  servers: readonly string[];
  tls: ClientTls;
  /** Told when another database answers than before, or one that has forgotten what was not yet seen. */
  onReplaced: () => void;
}

interface Watch { key: string; rangeEnd: string | undefined; fromRevision: number | undefined; listener: WatchListener; open: { close(): void } | undefined }

/** A client of the first server that answers. */
export function etcdConnection({ world, network, servers, tls, onReplaced }: EtcdConnectionOptions): EtcdConnection {
  let connection: Connection | undefined;
  let first: object | undefined;
  let redial: Timer | undefined;
  let isClosed = false;
  const watches = new Set<Watch>();

  const connect = (): EtcdServerFace => {
    if (connection?.isOpen && connection.service.etcd) return connection.service.etcd;
    let failure: NetworkError | undefined;
    for (const server of servers) {
      try {
        return adopt(server);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        failure = error;
      }
    }
    throw failure ?? new NetworkError('refused', 'no etcd servers are configured');
  };
  const adopt = (server: string): EtcdServerFace => {
    const url = addressOf(server);
    const made = network.connect(url.hostname, Number(url.port), url.protocol === 'https:' ? tls : undefined);
    const { etcd } = made.service;
    if (!etcd) throw new NetworkError('refused', `${url.host}: not an etcd server`);
    connection = made;
    first ??= etcd.database;
    if (first !== etcd.database) onReplaced();
    else for (const watch of watches) begin(watch, etcd);
    made.onClose(() => redialLater(0));
    return etcd;
  };
  const redialLater = (delayMs: number) => {
    redial?.cancel();
    if (isClosed) return;
    redial = world.clock.after(delayMs, 'etcd client', () => {
      if (!isAvailable()) redialLater(REDIAL_MS);
    });
  };
  const begin = (watch: Watch, etcd: EtcdServerFace) => {
    const { key, rangeEnd, fromRevision, listener } = watch;
    watch.open?.close();
    try {
      watch.open = etcd.watch(key, { rangeEnd, fromRevision }, (events, revision) => {
        watch.fromRevision = revision + 1;
        listener(events, revision);
      });
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
      onReplaced();
    }
  };
  const face = (): EtcdServerFace => {
    try {
      return connect();
    } catch (error) {
      if (error instanceof NetworkError) throw new EtcdError('unavailable', 'etcdserver: request timed out');
      throw error;
    }
  };
  const isAvailable = () => {
    try {
      return connect().hasLeader;
    } catch (error) {
      if (error instanceof NetworkError) return false;
      throw error;
    }
  };
  return {
    connect, isAvailable,
    range: (key, options) => face().range(key, options),
    put: (key, value, options) => face().put(key, value, options),
    delete: (key, options) => face().delete(key, options),
    watch(key, { rangeEnd, fromRevision }, listener) {
      const watch: Watch = { key, rangeEnd, fromRevision, listener, open: undefined };
      begin(watch, face());
      watches.add(watch);
      return {
        close() {
          watch.open?.close();
          watches.delete(watch);
        },
      };
    },
    grantLease: (ttl) => face().grantLease(ttl),
    compact: (revision) => face().compact(revision),
    close() {
      isClosed = true;
      redial?.cancel();
      connection?.close();
    },
  };
}

/** An endpoint as etcd's client reads it: without a scheme it is plain HTTP. */
function addressOf(server: string): URL {
  const text = server.includes('://') ? server : `http://${server}`;
  if (!URL.canParse(text)) throw new NetworkError('no such host', `dial tcp: address ${server}: invalid endpoint`);
  return new URL(text);
}
