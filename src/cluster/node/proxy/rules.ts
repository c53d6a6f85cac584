/** kube-proxy's rules: what a Service's address leads to, computed from Services and EndpointSlices. */
import type { EndpointSlice, Service } from '../../api/types.ts';
import type { Random } from '../../../time/random.ts';
import type { PacketRules, Verdict } from '../../network/network.ts';

interface Target { address: string; port: number; nodeName?: string }

interface PortRule { ready: readonly Target[]; fallback: readonly Target[]; isLocalOnly: boolean; externalLocalOnly: boolean; affinity: boolean }

/** The rules of one moment. They are shared by all nodes; what differs is who asks. */
export class ServiceRules {
  readonly #byAddress = new Map<string, PortRule>();
  readonly #byNodePort = new Map<number, PortRule>();
  readonly #chosen = new Map<string, Target>();

  constructor(services: readonly Service[], slicesOf: (service: Service) => readonly EndpointSlice[]) {
    for (const service of services) this.#add(service, slicesOf(service));
  }

  /** The rules as one node's kernel applies them. */
  on(nodeName: string, random: Random): PacketRules {
    return {
      toService: (address, port, from) => this.#pick(this.#byAddress.get(`${address}:${port}`), nodeName, from, random, false),
      toNodePort: (port, from) => this.#pick(this.#byNodePort.get(port), nodeName, from, random, true),
    };
  }

  #add(service: Service, slices: readonly EndpointSlice[]): void {
    const { spec } = service;
    if (!spec.clusterIP || spec.clusterIP === 'None') return;
    for (const port of spec.ports ?? []) {
      const { ready, fallback } = targets(slices, port.name ?? '');
      const rule = { ready, fallback, isLocalOnly: spec.internalTrafficPolicy === 'Local', externalLocalOnly: spec.externalTrafficPolicy === 'Local', affinity: spec.sessionAffinity === 'ClientIP' };
      const outside = [...(spec.externalIPs ?? []), ...(service.status.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? [])];
      for (const address of [spec.clusterIP, ...outside]) this.#byAddress.set(`${address}:${port.port}`, rule);
      if (port.nodePort) this.#byNodePort.set(port.nodePort, rule);
    }
  }

  #pick(rule: PortRule | undefined, nodeName: string, from: string, random: Random, isExternal: boolean): Verdict {
    if (!rule) return undefined;
    const isLocal = isExternal ? rule.externalLocalOnly : rule.isLocalOnly;
    const near = (all: readonly Target[]) => (isLocal ? all.filter((t) => t.nodeName === nodeName) : all);
    const ready = near(rule.ready);
    const pool = ready.length > 0 ? ready : near(rule.fallback);
    // No endpoints: rejected; but dropped where a Local policy only lacks one on this node.
    if (pool.length === 0) return isLocal && rule.ready.length > 0 ? 'drop' : 'reject';
    if (!rule.affinity) return pool.length === 1 ? pool[0] : random.pick(pool);
    const before = this.#chosen.get(from);
    const target = before && pool.includes(before) ? before : random.pick(pool);
    this.#chosen.set(from, target);
    return target;
  }
}

/** Ready endpoints, and those that serve while terminating, for when there is nothing else. */
function targets(slices: readonly EndpointSlice[], portName: string): { ready: Target[]; fallback: Target[] } {
  const found = { ready: [] as Target[], fallback: [] as Target[] };
  for (const slice of slices) {
    const port = slice.ports?.find((p) => (p.name ?? '') === portName)?.port;
    if (!port) continue;
    for (const endpoint of slice.endpoints) {
      const target = { address: endpoint.addresses[0]!, port, nodeName: endpoint.nodeName };
      if (endpoint.conditions?.ready !== false) found.ready.push(target);
      else if (endpoint.conditions.serving && endpoint.conditions.terminating) found.fallback.push(target);
    }
  }
  return found;
}
