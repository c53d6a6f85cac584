/** The API server's side of etcd: a connection that may break and be made again, and errors when it is not there. */
import { EtcdError, type EtcdFace, type EtcdServerFace } from '../../../etcd/face.ts';
import { type ClientTls, type Connection, NetworkError, type NetworkStack } from '../../../network/types.ts';

export interface EtcdConnection extends EtcdFace {
  /** Throws NetworkError when no server can be reached. */
  connect(): EtcdServerFace;
  /** Whether etcd answers now and has a leader; tries to connect again if it did not. */
  isAvailable(): boolean;
}

/** A client of the first server that answers. `onReplaced` is told when another database answers than before. */
export function etcdConnection(network: NetworkStack, servers: readonly string[], tls: ClientTls, onReplaced: () => void): EtcdConnection {
  let connection: Connection | undefined;
  let first: object | undefined;

  const connect = (): EtcdServerFace => {
    if (connection?.isOpen && connection.service.etcd) return connection.service.etcd;
    let failure: NetworkError | undefined;
    for (const server of servers) {
      try {
        const url = addressOf(server);
        connection = network.connect(url.hostname, Number(url.port), url.protocol === 'https:' ? tls : undefined);
        if (!connection.service.etcd) throw new NetworkError('refused', `${url.host}: not an etcd server`);
        first ??= connection.service.etcd.database;
        if (first !== connection.service.etcd.database) onReplaced();
        return connection.service.etcd;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        failure = error;
      }
    }
    throw failure ?? new NetworkError('refused', 'no etcd servers are configured');
  };
  const face = (): EtcdServerFace => {
    try {
      return connect();
    } catch (error) {
      if (error instanceof NetworkError) throw new EtcdError('unavailable', 'etcdserver: request timed out');
      throw error;
    }
  };
  return {
    connect,
    isAvailable() {
      try {
        return connect().hasLeader;
      } catch (error) {
        if (error instanceof NetworkError) return false;
        throw error;
      }
    },
    range: (key, options) => face().range(key, options),
    put: (key, value, options) => face().put(key, value, options),
    delete: (key, options) => face().delete(key, options),
    watch: (key, options, listener) => face().watch(key, options, listener),
    grantLease: (ttl) => face().grantLease(ttl),
    compact: (revision) => face().compact(revision),
  };
}

/** An endpoint as etcd's client reads it: without a scheme it is plain HTTP. */
function addressOf(server: string): URL {
  const text = server.includes('://') ? server : `http://${server}`;
  if (!URL.canParse(text)) throw new NetworkError('no such host', `dial tcp: address ${server}: invalid endpoint`);
  return new URL(text);
}
