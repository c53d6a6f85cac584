/** The packet filter of one node as kube-proxy has programmed it; it goes on working when kube-proxy is gone. */
import type { Clock } from '../../../time/clock.ts';
import type { Random } from '../../../time/random.ts';
import { cidrContains } from '../../network/addresses.ts';
import type { PacketRules, Protocol, Verdict } from '../../network/network.ts';
import { type Endpoint, type NodePlace, type ServicePort, usableEndpoints } from './rules.ts';

/** From where an address is used: a cluster IP, a node's port, or a load balancer's address from within (which reaches all endpoints). */
type Traffic = 'internal' | 'external' | 'balancer';

export class NodeRules implements PacketRules {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #byAddress = new Map<string, ServicePort>();
  readonly #byNodePort = new Map<string, ServicePort>();
  readonly #byService = new Map<string, readonly ServicePort[]>();
  /** Session affinity: Service port and client to the endpoint of last time. */
  readonly #sessions = new Map<string, { endpoint: string; atMs: number }>();
  #usable = new WeakMap<ServicePort, ReturnType<typeof usableEndpoints>>();
  #node: NodePlace;

  /** What kube-proxy programs: `iptables`, `ipvs` or `nftables`. */
  readonly mode: string;

  constructor({ clock, random, node, mode = 'iptables' }: { clock: Clock; random: Random; node: NodePlace; mode?: string }) {
    this.mode = mode;
    this.#clock = clock;
    this.#random = random;
    this.#node = node;
  }

  /** Only iptables mode serves node ports on 127.0.0.1 (--iptables-localhost-nodeports). */
  get hasLoopbackNodePorts(): boolean { return this.mode === 'iptables'; }

  /** In ipvs mode Service addresses are those of a device of the node, which answers pings. */
  answersPing(address: string): boolean { return this.mode === 'ipvs' && [...this.#byAddress.values()].some(({ clusterIP }) => clusterIP === address); }

  get node(): NodePlace { return this.#node; }

  /** The node's zone has become known, or another. */
  moveTo(node: NodePlace): void {
    this.#node = node;
    this.#usable = new WeakMap();
  }

  /** The endpoints that this node uses for a rule. */
  usable(rule: ServicePort): ReturnType<typeof usableEndpoints> {
    let found = this.#usable.get(rule);
    if (!found) this.#usable.set(rule, (found = usableEndpoints(rule, this.#node)));
    return found;
  }

  /** Replaces the rules of one Service. */
  set(service: string, ports: readonly ServicePort[]): void {
    for (const port of this.#byService.get(service) ?? []) this.#index(port, (map, key) => { if (map.get(key) === port) map.delete(key); });
    if (ports.length > 0) this.#byService.set(service, ports);
    else this.#byService.delete(service);
    for (const port of ports) this.#index(port, (map, key) => map.set(key, port));
  }

  /** All rules, ordered by Service. */
  ports(): ServicePort[] {
    return [...this.#byService].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, ports]) => ports);
  }

  /** The rules of one Service. */
  of(service: string): readonly ServicePort[] { return this.#byService.get(service) ?? []; }

  toService(address: string, port: number, from: string, protocol: Protocol = 'TCP'): Verdict {
    const rule = this.#byAddress.get(`${address}:${port}/${protocol}`);
    if (!rule) return undefined;
    if (rule.loadBalancerIPs.includes(address) && !mayUse(rule, from)) return 'drop';
    return this.#choose(rule, address === rule.clusterIP ? 'internal' : 'balancer', from);
  }

  toNodePort(port: number, from: string, protocol: Protocol = 'TCP'): Verdict {
    const rule = this.#byNodePort.get(`${port}/${protocol}`);
    return rule && this.#choose(rule, 'external', from);
  }

  #index(port: ServicePort, apply: (map: Map<string, ServicePort>, key: string) => void): void {
    for (const address of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs]) apply(this.#byAddress, `${address}:${port.port}/${port.protocol}`);
    if (port.nodePort) apply(this.#byNodePort, `${port.nodePort}/${port.protocol}`);
  }

  #choose(rule: ServicePort, traffic: Traffic, from: string): Verdict {
    const { cluster, local } = this.usable(rule);
    if (cluster.length === 0 && local.length === 0) return 'reject';
    const isLocal = traffic === 'internal' ? rule.internalLocal : traffic === 'external' && rule.externalLocal;
    const usable = isLocal ? local : cluster;
    if (usable.length === 0) return 'drop';
    const { address, port } = rule.affinitySeconds === undefined ? this.#random.pick(usable) : this.#remembered(rule, rule.affinitySeconds, from, usable);
    return { address, port, masquerade: traffic !== 'internal' && !rule.externalLocal };
  }

  #remembered(rule: ServicePort, seconds: number, from: string, usable: readonly Endpoint[]): Endpoint {
    const key = `${rule.name} ${from}`;
    const nowMs = this.#clock.now();
    const session = this.#sessions.get(key);
    const known = session && nowMs - session.atMs <= seconds * 1000 ? usable.find((endpoint) => `${endpoint.address}:${endpoint.port}` === session.endpoint) : undefined;
    const endpoint = known ?? this.#random.pick(usable);
    this.#sessions.set(key, { endpoint: `${endpoint.address}:${endpoint.port}`, atMs: nowMs });
    return endpoint;
  }
}

function mayUse({ sourceRanges }: ServicePort, from: string): boolean {
  return sourceRanges.length === 0 || sourceRanges.some((range) => cidrContains(range, from));
}
