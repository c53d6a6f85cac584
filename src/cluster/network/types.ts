/** The cluster's network as its users see it: listeners, connections, and how connecting fails. */
import type { ApiServerFace } from '../apiserver/request.ts';
import type { EtcdServerFace } from '../etcd/face.ts';
import { ExpectedError } from '../expected-error.ts';
import type { KubeletFace } from '../node/kubelet-face.ts';

/** Where a connection starts. */
export interface Origin {
  nodeName: string;
  /** The Pod's own IP; undefined for node processes and host-network Pods. */
  podIP?: string;
}

export interface HttpRequest {
  method: string;
  /** Path with query. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Dialled in the place of the URL's host, which still names the server (curl --resolve). */
  address?: string;
}

export interface HttpResponse {
  status: number;
  headers?: Record<string, string>;
  body: string;
  /** Virtual time the answer takes; callers compare it with their timeout. */
  latencyMs?: number;
}

/** The far end of a connection, as seen by the server. */
export interface Peer {
  address: string;
  /** PEM of the client certificate, if TLS was spoken and one was sent. */
  clientCertificate?: string;
}

export type RecordType = 'A' | 'CNAME' | 'SRV' | 'PTR';

/** `data` as a zone file writes it: an address, a name with its dot, `0 100 80 web.default.svc.cluster.local.`. */
export interface DnsRecord { name: string; type: RecordType; data: string }

/** What answers on a port: plain HTTP, an etcd member, an API server, or something that only accepts TCP. */
export interface PortService {
  http?: (request: HttpRequest, peer: Peer) => HttpResponse;
  etcd?: EtcdServerFace;
  /** Speaks gRPC, health checks included (as etcd does). */
  grpc?: boolean;
  /** An etcd member on its peer port; only its peers know what to make of it. */
  etcdPeer?: object;
  api?: ApiServerFace;
  /** A DNS server's answer for a fully qualified name; [] for NXDOMAIN. */
  dns?: (name: string, type: RecordType, peer?: Peer) => DnsRecord[];
  /** A kubelet's own port (10250). */
  kubelet?: KubeletFace;
  /** A line protocol's answer to what was sent (redis, postgres); for `nc` and the like. */
  tcp?: (input: string, peer: Peer) => string;
  /** Passes each connection on to another, which ends with it; undefined: accepted and closed at once. */
  relay?: () => Connection | undefined;
}

/** TLS as a server speaks it. PEM texts. */
export interface ServerTls {
  certificate: string;
  key: string;
  /** CA whose client certificates are accepted; with `requireClientCertificate` nothing else is. */
  clientCa?: string;
  requireClientCertificate?: boolean;
  /** Other certificates by the name that is asked for (SNI). */
  certificateFor?: (serverName: string) => { certificate: string; key: string } | undefined;
}

/** TLS as a client speaks it. PEM texts. */
export interface ClientTls {
  ca?: string;
  certificate?: string;
  key?: string;
  insecureSkipVerify?: boolean;
  /** The name that the server is asked for and has to prove (SNI); the dialled host unless given. */
  serverName?: string;
}

/** A bound port. */
export interface Listening { close(): void }

/** An established connection. */
export interface Connection {
  readonly service: PortService;
  readonly peer: Peer;
  /** False once the listener has closed or the path was cut. */
  readonly isOpen: boolean;
  /** Called once, when `isOpen` turns false; gives what takes the listener back. */
  onClose(listener: () => void): () => void;
  close(): void;
}

/** Why a connection could not be made; messages are those of Go's net package. */
export class NetworkError extends ExpectedError {
  constructor(
    readonly reason: 'refused' | 'timeout' | 'no such host' | 'unreachable' | 'tls' | 'port in use',
    message: string,
  ) {
    super(message);
    this.name = 'NetworkError';
  }
}

/** The network face of one origin (a node or a Pod). */
export interface NetworkStack {
  readonly origin: Origin;
  /** Own addresses: the Pod IP, or the node's IP and 127.0.0.1. */
  readonly addresses: readonly string[];
  /** Binds a port for a program. `address` '0.0.0.0' for all own addresses. Throws NetworkError('port in use'). */
  listen(address: string, port: number, service: PortService, tls?: ServerTls, program?: string): Listening;
  /** Connects to a name or address; Service addresses go through this node's kube-proxy rules. Throws NetworkError. */
  connect(host: string, port: number, tls?: ClientTls): Connection;
  /** Whether an address answers ICMP echo requests. */
  ping(address: string): boolean;
  /** Asks a DNS server, not the hosts file: the stack's own, or another by address. Throws NetworkError if it does not answer. */
  query(name: string, options?: { type?: RecordType; server?: string; isAbsolute?: boolean }): { server: string; records: DnsRecord[] };
  /** One HTTP exchange; `url` with http or https. Throws NetworkError. */
  fetch(url: string, request?: Partial<HttpRequest>, tls?: ClientTls): HttpResponse;
  /** Resolves a name as this origin's resolver would; [] is NXDOMAIN. Throws NetworkError if no DNS server answers. */
  resolve(host: string): string[];
}
