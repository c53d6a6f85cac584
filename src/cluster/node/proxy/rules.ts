/** What kube-proxy makes of Services and EndpointSlices: one rule a Service port, the same on every node. */
import type { EndpointSlice, Service } from '../../api/types.ts';

const DEFAULT_AFFINITY_SECONDS = 10_800; // ClientIPConfig: timeoutSeconds

/** One address behind a Service port. */
export interface Endpoint {
  address: string;
  port: number;
  nodeName?: string;
  isReady: boolean;
  /** Ready but for being on its way out. */
  isServing: boolean;
  isTerminating: boolean;
  /** Zones and nodes that are to prefer it (topology hints); undefined: no hint. */
  forZones?: readonly string[];
  forNodes?: readonly string[];
}

/** One port of a Service with all its endpoints. */
export interface ServicePort {
  /** `shop/web` */
  service: string;
  /** `shop/web:http`; without the colon for an unnamed port. */
  name: string;
  protocol: string;
  clusterIP: string;
  port: number;
  nodePort?: number;
  externalIPs: readonly string[];
  loadBalancerIPs: readonly string[];
  /** Who may use the load balancer's address; empty: everyone. */
  sourceRanges: readonly string[];
  affinitySeconds?: number;
  internalLocal: boolean;
  externalLocal: boolean;
  healthCheckNodePort?: number;
  endpoints: readonly Endpoint[];
}

/** Where a rule is applied. */
export interface NodePlace { name: string; zone?: string }

/** `forNodes` is newer than the type package. */
interface Hints { forZones?: readonly { name: string }[]; forNodes?: readonly { name: string }[] }

interface Shared { slices: readonly EndpointSlice[]; ports: readonly ServicePort[] }

/** The rules of a Service are the same for all proxies: the first to need them computes them. */
const shared = new WeakMap<Service, Shared>();

/** The rules of a Service; [] for headless Services and ExternalNames. Slices in any fixed order. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[]): readonly ServicePort[] {
  const known = shared.get(service);
  if (known && known.slices.length === slices.length && known.slices.every((slice, i) => slice === slices[i])) return known.ports;
  const ports = computePorts(service, slices);
  shared.set(service, { slices, ports });
  return ports;
}

function computePorts({ metadata, spec, status }: Service, slices: readonly EndpointSlice[]): ServicePort[] {
  const { clusterIP } = spec;
  if (!clusterIP || clusterIP === 'None' || spec.type === 'ExternalName') return [];
  const service = `${metadata.namespace}/${metadata.name}`;
  return (spec.ports ?? []).map((port): ServicePort => ({
    service, clusterIP, name: port.name ? `${service}:${port.name}` : service, protocol: port.protocol ?? 'TCP', port: port.port,
    nodePort: port.nodePort, externalIPs: spec.externalIPs ?? [],
    loadBalancerIPs: (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : [])),
    sourceRanges: spec.loadBalancerSourceRanges ?? [],
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS) : undefined,
    internalLocal: spec.internalTrafficPolicy === 'Local', externalLocal: spec.externalTrafficPolicy === 'Local',
    healthCheckNodePort: spec.externalTrafficPolicy === 'Local' ? spec.healthCheckNodePort : undefined,
    endpoints: endpointsOf(slices, port.name ?? ''),
  }));
}

function endpointsOf(slices: readonly EndpointSlice[], portName: string): Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const { endpoints, ports } of slices) {
    for (const port of ports ?? []) {
      if ((port.name ?? '') !== portName || port.port === undefined) continue;
      for (const { addresses, conditions, nodeName, hints } of endpoints ?? []) {
        const [address] = addresses;
        if (!address) continue;
        const { forZones, forNodes }: Hints = hints ?? {};
        const isReady = conditions?.ready ?? true;
        found.set(`${address}:${port.port}`, {
          address, port: port.port, nodeName, isReady, isServing: conditions?.serving ?? isReady, isTerminating: conditions?.terminating ?? false,
          forZones: forZones?.map(({ name }) => name), forNodes: forNodes?.map(({ name }) => name),
        });
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}

/**
 * The endpoints that a node uses: `cluster` for traffic policy Cluster, `local` for Local.
 * Where none is ready, those that are terminating but still serve stand in.
 */
export function usableEndpoints({ endpoints }: ServicePort, node: NodePlace): { cluster: readonly Endpoint[]; local: readonly Endpoint[] } {
  const local = endpoints.filter(({ nodeName }) => nodeName === node.name);
  return { cluster: readyOrServing(endpoints, (ready) => hinted(ready, node)), local: readyOrServing(local) };
}

function readyOrServing(endpoints: readonly Endpoint[], prefer = (ready: readonly Endpoint[]) => ready): readonly Endpoint[] {
  const ready = endpoints.filter(({ isReady }) => isReady);
  return ready.length > 0 ? prefer(ready) : endpoints.filter(({ isServing, isTerminating }) => isServing && isTerminating);
}

/** Topology hints count only when every ready endpoint has them and one is for this place. */
function hinted(ready: readonly Endpoint[], node: NodePlace): readonly Endpoint[] {
  const forNode = ready.every(({ forNodes }) => forNodes) ? ready.filter(({ forNodes }) => forNodes?.includes(node.name)) : [];
  if (forNode.length > 0) return forNode;
  const { zone } = node;
  const forZone = zone && ready.every(({ forZones }) => forZones) ? ready.filter(({ forZones }) => forZones?.includes(zone)) : [];
  return forZone.length > 0 ? forZone : ready;
}
