/**
 * The cluster's network: who listens where, and what happens on the way from one address to another:
 * names, Service addresses by the origin node's kube-proxy, policies, cuts, TLS.
 */
import type { Clock } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { OpenConnection } from './connection.ts';
import { handshake, PLAIN_TO_TLS } from './handshake.ts';
import { MACHINE_NAMESERVER, queryName, resolveName, type Resolver } from './resolver.ts';
import { type ClientTls, type Connection, type DnsRecord, type HttpRequest, type HttpResponse, type Listening, NetworkError, type NetworkStack, type Origin, type PortService, type RecordType, type ServerTls } from './types.ts';

/** What a node's packet filter does with an address that is no Pod's or node's own. `masquerade`: the node puts its own address in the place of the client's. */
export type Verdict = { address: string; port: number; masquerade?: boolean } | 'reject' | 'drop' | undefined;

/** kube-proxy's rules as the node's kernel holds them: they stay when kube-proxy dies. */
export interface PacketRules {
  /** Where a connection to a Service's cluster, external or load-balancer IP goes. */
  toService(address: string, port: number, from: string, protocol?: Protocol): Verdict;
  /** Where a connection to one of the node's own addresses goes when nothing listens: node ports. */
  toNodePort(port: number, from: string, protocol?: Protocol): Verdict;
  /** Whether node ports are served on 127.0.0.1 too; whether a Service's address answers pings. */
  hasLoopbackNodePorts?: boolean;
  answersPing?(address: string): boolean;
}

export type Protocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP';

/** A connection as policies see it: after Service addresses have become those of Pods. */
export interface Flow { from: string; to: string; port: number; protocol: Protocol }

/** What a node's CNI lets its Pods send and receive; like kube-proxy's rules it stays in the kernel when its agent dies. */
export interface PolicyRules {
  mayLeave(flow: Flow): boolean;
  mayEnter(flow: Flow): boolean;
}

/** A bound port. */
export interface Listener { service: PortService; tls?: ServerTls; connections: Set<OpenConnection>; program?: string }

/** A machine on the network. */
interface Host {
   name: string; address: string; clock: Pick<Clock, 'now'>; isCut: boolean; rules?: PacketRules; policies?: PolicyRules; listeners: Map<string, Listener>; connections: Set<OpenConnection>; pods: Set<string>;
}

/** A Pod's own resolv.conf and hosts file; without a name server it asks what its node asks. */
export type PodResolver = Partial<Resolver>;

/** What is dialled, and from where. */
interface Dial { host: Host; origin: Origin; address: string; port: number; protocol?: Protocol; name?: string; tls?: ClientTls }

/** Where a connection ends; `via` is the node that put its address in the place of the client's. */
interface Target { address: string; port: number; via?: Host }

const NO_NAMES: ReadonlyMap<string, string> = new Map();

export class ClusterNetwork {
  readonly #world: World;
  readonly #hosts = new Map<string, Host>();
  readonly #hostOfAddress = new Map<string, Host>();
  /** Names that every machine knows (its hosts file): nodes, and what a level adds. */
  readonly #names = new Map<string, string>();
  /** Names of the world outside, as its DNS knows them. */
  readonly #publicNames = new Map<string, string>();
  readonly #outside = new Map<string, PortService>();
  #sides: readonly [ReadonlySet<string>, ReadonlySet<string>] = [new Set(), new Set()];
  /** Load balancers of the cloud: address to the nodes behind it. */
  readonly loadBalancers = new Map<string, (port: number, from: string) => Verdict>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The stack of a machine; adds it to the network. Certificates are judged by its own clock. */
  nodeStack(name: string, address: string, clock: Pick<Clock, 'now'> = this.#world.clock): NetworkStack {
    let host = this.#hosts.get(name);
    if (!host) {
      host = { name, address, clock, isCut: false, listeners: new Map(), connections: new Set(), pods: new Set() };
      this.#hosts.set(name, host);
    }
    host.address = address;
    this.#hostOfAddress.set(address, host);
    this.#names.set(name, address);
    return this.#stack(host, { nodeName: name }, [address, '127.0.0.1'], { names: this.#names, upstream: (query) => this.lookUpPublic(query) });
  }

  /** The stack of somebody outside the cluster: a customer, an administrator's laptop. */
  outsideStack(name: string, address: string): NetworkStack { return this.nodeStack(name, address); }

  /** The stack of a Pod's sandbox on a node. */
  podStack(nodeName: string, podIP: string, resolver: PodResolver = {}): NetworkStack {
    const host = this.#host(nodeName);
    host.pods.add(podIP);
    this.#hostOfAddress.set(podIP, host);
    return this.#stack(host, { nodeName, podIP }, [podIP, '127.0.0.1'], { upstream: resolver.nameserver ? undefined : (query) => this.lookUpPublic(query), ...resolver, names: resolver.names ?? NO_NAMES });
  }

  /** Forgets a Pod's address; what listened or was connected there is closed. */
  removePod(podIP: string): void {
    const host = this.#hostOfAddress.get(podIP);
    if (!host) return;
    host.pods.delete(podIP);
    this.#hostOfAddress.delete(podIP);
    for (const [key, listener] of host.listeners) if (key.startsWith(`${podIP}:`) || key.startsWith(`${podIP}|`)) this.#close(host, key, listener);
    for (const connection of host.connections) if (connection.origin.podIP === podIP) connection.close();
  }

  /** Cuts a machine off (power, cable), or joins it again. Connections break at once. */
  setCut(nodeName: string, isCut: boolean): void {
    const host = this.#host(nodeName);
    host.isCut = isCut;
    if (!isCut) return;
    for (const connection of host.connections) if (connection.origin.nodeName !== connection.serverNode) connection.close();
  }

  /** Cuts the way between two groups of machines and no other; none at all when one is empty. */
  separate(side: readonly string[], other: readonly string[]): void {
    this.#sides = [new Set(side), new Set(other)];
    for (const name of side) for (const connection of this.#host(name).connections) if (this.#areApart(connection.origin.nodeName, connection.serverNode)) connection.close();
  }

  #areApart(a: string, b = ''): boolean {
    const [side, other] = this.#sides;
    return (side.has(a) && other.has(b)) || (side.has(b) && other.has(a));
  }

  /** How many connections are open, counted once for each machine at an end. */
  get openConnections(): number { return [...this.#hosts.values()].reduce((sum, { connections }) => sum + connections.size, 0); }

  isCut(nodeName: string): boolean { return this.#hosts.get(nodeName)?.isCut ?? true; }

  /** Installs kube-proxy's rules in a node's kernel. */
  setRules(nodeName: string, rules: PacketRules | undefined): void { this.#host(nodeName).rules = rules; }
  rulesOf(nodeName: string): PacketRules | undefined { return this.#hosts.get(nodeName)?.rules; }

  /** Installs what a node's CNI enforces. */
  setPolicies(nodeName: string, policies: PolicyRules | undefined): void { this.#host(nodeName).policies = policies; }

  /** Gives a name to an address for all machines. */
  addName(name: string, address: string): void { this.#names.set(name, address); }

  /** Something outside the cluster that answers at an address, for levels; with a name that public DNS knows. */
  addOutside(address: string, service: PortService, name?: string): void {
    this.#outside.set(address, service);
    if (name) this.#publicNames.set(name, address);
  }

  /** What the DNS of the world outside says of a name; [] is NXDOMAIN. */
  lookUpPublic(name: string): string[] {
    const address = this.#publicNames.get(name.replace(/\.$/, ''));
    return address === undefined ? [] : [address];
  }

  /** What listens in a node's own namespace, for `ss`. */
  listening(nodeName: string): { address: string; port: number; program?: string; tls: boolean; clientCertificates: boolean }[] {
    const host = this.#host(nodeName);
    return [...host.listeners].filter(([key]) => key.startsWith('node|') || key.startsWith(`${host.address}:`)).map(([key, { tls, program }]) => {
      const at = key.lastIndexOf(':');
      return { address: key.slice(0, at).split('|').pop()!, port: Number(key.slice(at + 1)), program, tls: tls !== undefined, clientCertificates: tls?.requireClientCertificate === true };
    });
  }

  #stack(host: Host, origin: Origin, addresses: readonly string[], resolver: Resolver): NetworkStack {
    const ask = (server: string, query: string, type: RecordType) => this.#askDns(host, origin, { server, query, type });
    const stack: NetworkStack = {
      origin,
      addresses,
      listen: (address, port, service, tls, program) => this.#listen(host, origin, addresses, { address, port, service, tls, program }),
      connect: (name, port, tls) => this.#connect({ host, origin, address: stack.resolve(name)[0] ?? refuseName(name, resolver.nameserver), port, name, tls }),
      ping: (address) => this.#answersPing(host, origin, address),
      fetch: (url, request, tls) => this.#fetch(stack, url, request, tls),
      resolve: (name) => resolveName(name, resolver, ask),
      query: (name, { type = 'A', server = resolver.nameserver, isAbsolute = false } = {}) => ({ server: server ?? MACHINE_NAMESERVER, records: queryName(isAbsolute ? `${name.replace(/\.$/, '')}.` : name, type, { ...resolver, nameserver: server }, ask) }),
    };
    return stack;
  }

  #listen(host: Host, origin: Origin, own: readonly string[], { address, port, service, tls, program }: { address: string; port: number; service: PortService; tls?: ServerTls; program?: string }): Listening {
    const addresses = address === '0.0.0.0' || address === '::' || address === '' ? own : [address];
    const keys = addresses.map((a) => listenerKey(origin, a, port));
    const taken = keys.find((key) => host.listeners.has(key));
    if (taken) throw new NetworkError('port in use', `listen tcp ${address}:${port}: bind: address already in use`);
    if (!addresses.every((a) => own.includes(a) || isLoopback(a))) throw new NetworkError('unreachable', `listen tcp ${address}:${port}: bind: cannot assign requested address`);
    const listener: Listener = { service, tls, program, connections: new Set() };
    for (const key of keys) host.listeners.set(key, listener);
    return { close: () => { for (const key of keys) if (host.listeners.get(key) === listener) this.#close(host, key, listener); } };
  }

  #close(host: Host, key: string, listener: Listener): void {
    host.listeners.delete(key);
    for (const connection of listener.connections) connection.close();
  }

  #connect({ host, origin, address, port, protocol = 'TCP', name = address, tls }: Dial): Connection {
    const where = `dial tcp ${address}:${port}`;
    const source = origin.podIP ?? host.address;
    const outside = this.#outside.get(address);
    if (outside) return this.#connectOutside({ host, origin, address, port, protocol }, outside, where);
    const target = this.#route({ host, origin, address, port, protocol }, where);
    const server = this.#hostOfAddress.get(target.address) ?? (isLoopback(target.address) ? host : undefined);
    if (!server) throw new NetworkError('timeout', `${where}: i/o timeout`);
    if (server !== host && (host.isCut || server.isCut)) throw new NetworkError(host.isCut ? 'unreachable' : 'timeout', host.isCut ? `${where}: connect: network is unreachable` : `${where}: i/o timeout`);
    if (this.#areApart(host.name, server.name)) throw new NetworkError('timeout', `${where}: i/o timeout`);
    if (!this.#mayPass(host, server, target.via, { from: source, to: target.address, port: target.port, protocol })) throw new NetworkError('timeout', `${where}: i/o timeout`);
    const listener = this.#listenerAt(server, origin, target.address, target.port);
    if (!listener) throw new NetworkError('refused', `${where}: connect: connection refused`);
    const clientCertificate = handshake(listener.tls, tls, tls?.serverName ?? name, { clientMs: host.clock.now(), serverMs: server.clock.now() });
    const peer = { address: clientAddress({ host, origin, server, target }), clientCertificate };
    const onward = listener.service.relay?.();
    const connection = new OpenConnection({ service: onward?.service ?? listener.service, peer: onward?.peer ?? peer, origin, serverNode: server.name, registries: [listener.connections, host.connections, server.connections] });
    connection.onClose(() => onward?.close());
    onward?.onClose(() => connection.close());
    return connection;
  }

  #connectOutside({ host, origin, address, port, protocol = 'TCP' }: Dial, service: PortService, where: string): Connection {
    if (host.isCut) throw new NetworkError('unreachable', `${where}: connect: network is unreachable`);
    if (origin.podIP && host.policies?.mayLeave({ from: origin.podIP, to: address, port, protocol }) === false) throw new NetworkError('timeout', `${where}: i/o timeout`);
    return new OpenConnection({ service, peer: { address: host.address }, origin, registries: [host.connections] });
  }

  /** Policies hold for Pods; what a Pod sends to itself and what its own node sends it passes always. */
  #mayPass(host: Host, server: Host, via: Host | undefined, flow: Flow): boolean {
    if (flow.from === flow.to || isLoopback(flow.to)) return true;
    if (host.pods.has(flow.from) && host.policies?.mayLeave(flow) === false) return false;
    const seen = via && via !== server ? { ...flow, from: via.address } : flow;
    if (!server.pods.has(flow.to) || seen.from === server.address) return true;
    return server.policies?.mayEnter(seen) !== false;
  }

  #answersPing(host: Host, origin: Origin, address: string): boolean {
    const server = isLoopback(address) ? host : this.#hostOfAddress.get(address);
    if (!server) return !host.isCut && (this.#outside.has(address) || (host.rules?.answersPing?.(address) ?? false));
    if (server !== host && (host.isCut || server.isCut || this.#areApart(host.name, server.name))) return false;
    return this.#mayPass(host, server, undefined, { from: origin.podIP ?? host.address, to: address, port: 0, protocol: 'ICMP' });
  }

  /** Where a connection really goes, after the packet filter of the node it starts on. */
  #route({ host, origin, address, port, protocol }: Dial, where: string): Target {
    const from = origin.podIP ?? host.address;
    let verdict: Verdict;
    const owner = this.#hostOfAddress.get(address);
    if (owner && owner.address === address && !owner.pods.has(address)) {
      if (!this.#listenerAt(owner, origin, address, port)) verdict = owner.rules?.toNodePort(port, from, protocol);
    } else if (isLoopback(address)) {
      if (!origin.podIP && host.rules?.hasLoopbackNodePorts !== false && !this.#listenerAt(host, origin, address, port)) verdict = host.rules?.toNodePort(port, from, protocol);
    } else if (!owner) {
      verdict = host.rules?.toService(address, port, from, protocol) ?? this.loadBalancers.get(address)?.(port, from);
    }
    if (verdict === 'reject') throw new NetworkError('refused', `${where}: connect: connection refused`);
    if (verdict === 'drop') throw new NetworkError('timeout', `${where}: i/o timeout`);
    if (!verdict) return { address, port };
    const further = this.#hostOfAddress.get(verdict.address);
    if (further && further.address === verdict.address && !this.#listenerAt(further, origin, verdict.address, verdict.port)) return this.#route({ host: further, origin: { nodeName: further.name, podIP: from }, address: verdict.address, port: verdict.port, protocol }, where);
    return { address: verdict.address, port: verdict.port, ...(verdict.masquerade ? { via: owner ?? host } : {}) };
  }

  #listenerAt(server: Host, origin: Origin, address: string, port: number): Listener | undefined {
    if (isLoopback(address)) return server.listeners.get(listenerKey(origin, address, port));
    return server.listeners.get(`${address}:${port}`);
  }

  #fetch(stack: NetworkStack, url: string, { address, ...request }: Partial<HttpRequest> = {}, tls?: ClientTls): HttpResponse {
    const { protocol, hostname, port, pathname, search } = new URL(url);
    const isTls = protocol === 'https:';
    const connection = this.#open(stack, address ?? hostname.replace(/^\[|\]$/g, ''), Number(port) || (isTls ? 443 : 80), isTls ? { serverName: hostname, ...tls } : undefined);
    if (!connection) return { status: 400, body: 'Client sent an HTTP request to an HTTPS server.\n' };
    try {
      const { http } = connection.service;
      if (!http) throw new NetworkError('refused', `${hostname}:${port}: connection reset by peer`);
      return http({ method: 'GET', path: pathname + search, ...request, headers: { host: port ? `${hostname}:${port}` : hostname, ...request.headers } }, connection.peer);
    } finally {
      connection.close();
    }
  }

  /** Undefined when plain HTTP was spoken to a TLS port: a Go server then answers in plain text. */
  #open(stack: NetworkStack, host: string, port: number, tls: ClientTls | undefined): Connection | undefined {
    try {
      return stack.connect(host, port, tls);
    } catch (error) {
      if (error instanceof NetworkError && error.message === PLAIN_TO_TLS) return undefined;
      throw error;
    }
  }

  #askDns(host: Host, origin: Origin, { server, query, type }: { server: string; query: string; type: RecordType }): DnsRecord[] {
    const connection = this.#connect({ host, origin, address: server, port: 53, protocol: 'UDP' });
    try {
      if (!connection.service.dns) throw new NetworkError('refused', `${server}:53: connection refused`);
      return connection.service.dns(query, type, connection.peer);
    } finally {
      connection.close();
    }
  }

  #host(name: string): Host {
    const host = this.#hosts.get(name);
    if (!host) throw new Error(`no machine "${name}" on the network`);
    return host;
  }
}

/** Loopback listeners belong to the network namespace they were made in: the node's or the Pod's. */
function listenerKey(origin: Origin, address: string, port: number): string {
  return isLoopback(address) ? `${origin.podIP ?? 'node'}|${address === '::1' ? '[::1]' : '127.0.0.1'}:${port}` : `${address}:${port}`;
}

/** Whom the server sees. What a machine sends to its own Pods comes from its end of the Pod network: the first address of its range, a /24 as the controller manager gives them out. */
function clientAddress({ host, origin, server, target }: { host: Host; origin: Origin; server: Host; target: Target }): string {
  const machine = target.via ?? (origin.podIP === undefined ? host : undefined);
  if (isLoopback(target.address)) return '127.0.0.1';
  if (!machine) return origin.podIP!;
  if (machine !== server) return machine.address;
  return server.pods.has(target.address) ? target.address.replace(/\d+$/, '1') : target.address;
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}

function refuseName(name: string, nameserver: string | undefined): never {
  throw new NetworkError('no such host', `dial tcp: lookup ${name}${nameserver ? ` on ${nameserver}:53` : ''}: no such host`);
}
