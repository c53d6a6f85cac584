/** Cluster IPs and node ports: allocated when a Service is written, released when it goes. */
import type { Random } from '../../../time/random.ts';
import { type FieldError, invalid } from '../../api/field-error.ts';
import type { Kind } from '../../api/kind.ts';
import { needsHealthCheckPort } from '../../api/kinds/service.ts';
import type { Draft, KubeObject, Service } from '../../api/types.ts';
import { failure, invalid as invalidObject } from '../errors.ts';
import type { Hooks } from './registry.ts';

const NODE_PORT_MIN = 30000; // kube-apiserver: --service-node-port-range
const NODE_PORT_MAX = 32767;
const STATIC_NODE_PORTS = 86; // the first ports are left for static choice

/** Where the addresses in use stand as IPAddress objects. */
export interface AddressLedger { put(address: Draft<KubeObject>): void; drop(name: string): void }

/** Allocation over the Services that exist. `cidr` is `--service-cluster-ip-range`. */
export function serviceAddresses(kind: Kind, cidr: string, random: Random, existing: () => readonly KubeObject[], ledger: AddressLedger): Hooks {
  const range = parseCidr(cidr);
  let taken: { addresses: Set<string>; ports: Set<number> } | undefined;
  const inUse = () => (taken ??= collect(existing() as Service[]));

  return {
    beforeWrite(object, old) {
      const service = object as Service;
      const reserved = inUse();
      const errors: FieldError[] = [];
      const before = old as Service | undefined;
      const withAddress = needsAddress(service) ? { ...service, spec: withClusterIP(service.spec, before?.spec, reserved.addresses, errors) } : withoutAddress(service);
      const chosen = new Set<number>();
      const isFree = (port: number) => !reserved.ports.has(port) && !chosen.has(port);
      const free = () => freePort(isFree, chosen);
      const spec = withHealthCheckPort(withNodePorts(withAddress.spec, before?.spec, isFree, free, errors), before?.spec, isFree, free, errors);
      if (errors.length > 0) throw invalidObject(kind, service.metadata.name, errors);
      return { ...withAddress, spec };
    },
    onAdmitted(object, old) {
      const [service, before] = [object as Service, old as Service | undefined];
      release(before, inUse());
      take(service.spec, inUse());
      enter(before?.spec.clusterIP, service.spec.clusterIP, service);
    },
    afterDelete(object) {
      const service = object as Service;
      release(service, inUse());
      enter(service.spec.clusterIP, undefined, service);
    },
  };

  function enter(old: string | undefined, now: string | undefined, { metadata: { namespace, name } }: Service): void {
    if (old === now) return;
    if (old && old !== 'None') ledger.drop(old);
    if (!now || now === 'None') return;
    const labels = { 'ipaddress.kubernetes.io/ip-family': 'IPv4', 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' };
    ledger.put({ apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: now, labels }, spec: { parentRef: { group: '', resource: 'services', namespace, name } } } as Draft<KubeObject>);
  }

  function withClusterIP(spec: Service['spec'], old: Service['spec'] | undefined, addresses: Set<string>, errors: FieldError[]): Service['spec'] {
    const asked = spec.clusterIP || old?.clusterIP || '';
    if (asked === 'None') return { ...spec, clusterIP: 'None', clusterIPs: ['None'] };
    if (asked && asked !== old?.clusterIP) {
      if (!contains(range, asked)) errors.push(invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: the provided network does not match the current range`));
      else if (addresses.has(asked)) errors.push(invalid('spec.clusterIPs', [asked], `failed to allocate IP ${asked}: provided IP is already allocated`));
    }
    const clusterIP = asked || freeAddress(addresses);
    return { ...spec, clusterIP, clusterIPs: [clusterIP] };
  }

  /** Dynamic addresses come from above the band that is kept for static choice, while there are any. */
  function freeAddress(addresses: Set<string>): string {
    const offset = pick(range.size - 2, Math.min(Math.max(16, Math.floor(range.size / 16)), 256), (i) => !addresses.has(formatAddress(range.base + 1 + i)));
    if (offset === undefined) throw failure(500, 'InternalError', 'Internal error occurred: failed to allocate a serviceIP: range is full');
    return formatAddress(range.base + 1 + offset);
  }

  /** One of `size` numbers that is free: by chance above the band, else the next one, in the band last. */
  function pick(size: number, wantedBand: number, isFree: (i: number) => boolean): number | undefined {
    const band = wantedBand < size ? wantedBand : 0;
    const start = random.int(size - band);
    const upper = Array.from({ length: Math.min(1000, size - band) }, (_, i) => band + ((start + i) % (size - band)));
    return [...upper, ...Array.from({ length: band }, (_, i) => i)].find(isFree);
  }

  function withNodePorts(spec: Service['spec'], old: Service['spec'] | undefined, isFree: (port: number) => boolean, free: () => number, errors: FieldError[]): Service['spec'] {
    const wants = spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
    const own = new Set((old?.ports ?? []).map((p) => p.nodePort).filter(Boolean));
    return {
      ...spec,
      ports: (spec.ports ?? []).map((port, i) => {
        if (!wants) return port.nodePort && spec.type !== 'LoadBalancer' ? { ...port, nodePort: undefined } : port;
        const kept = port.nodePort ?? old?.ports?.find((p) => (p.name ?? '') === (port.name ?? '') && p.port === port.port)?.nodePort;
        if (port.nodePort && !own.has(port.nodePort) && !isFree(port.nodePort)) errors.push(invalid(`spec.ports[${i}].nodePort`, port.nodePort, 'provided port is already allocated'));
        if (port.nodePort && (port.nodePort < NODE_PORT_MIN || port.nodePort > NODE_PORT_MAX)) errors.push(invalid(`spec.ports[${i}].nodePort`, port.nodePort, `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_MIN}-${NODE_PORT_MAX}`));
        return { ...port, nodePort: kept ?? free() };
      }),
    };
  }

  function withHealthCheckPort(spec: Service['spec'], old: Service['spec'] | undefined, isFree: (port: number) => boolean, free: () => number, errors: FieldError[]): Service['spec'] {
    const { healthCheckNodePort: asked, ...rest } = spec;
    if (!needsHealthCheckPort(spec)) return spec;
    const before = old?.healthCheckNodePort;
    if (asked && asked !== before && !isFree(asked)) errors.push(invalid('spec.healthCheckNodePort', asked, 'provided port is already allocated'));
    return { ...rest, healthCheckNodePort: asked || before || free() };
  }

  function freePort(isFree: (port: number) => boolean, chosen: Set<number>): number {
    const offset = pick(NODE_PORT_MAX - NODE_PORT_MIN + 1, STATIC_NODE_PORTS, (i) => isFree(NODE_PORT_MIN + i));
    if (offset === undefined) throw failure(500, 'InternalError', 'Internal error occurred: failed to allocate a nodePort: range is full');
    chosen.add(NODE_PORT_MIN + offset);
    return NODE_PORT_MIN + offset;
  }
}

function needsAddress({ spec }: Service): boolean {
  return spec.type !== 'ExternalName';
}

function withoutAddress(service: Service): Service {
  const { clusterIP: _ip, clusterIPs: _ips, ...spec } = service.spec;
  return { ...service, spec };
}

function collect(services: readonly Service[]): { addresses: Set<string>; ports: Set<number> } {
  const reserved = { addresses: new Set<string>(), ports: new Set<number>() };
  for (const { spec } of services) take(spec, reserved);
  return reserved;
}

function take(spec: Service['spec'], reserved: { addresses: Set<string>; ports: Set<number> }): void {
  if (spec.clusterIP && spec.clusterIP !== 'None') reserved.addresses.add(spec.clusterIP);
  for (const port of spec.ports ?? []) if (port.nodePort) reserved.ports.add(port.nodePort);
  if (spec.healthCheckNodePort) reserved.ports.add(spec.healthCheckNodePort);
}

function release(service: Service | undefined, reserved: { addresses: Set<string>; ports: Set<number> }): void {
  if (!service) return;
  if (service.spec.clusterIP) reserved.addresses.delete(service.spec.clusterIP);
  for (const port of service.spec.ports ?? []) if (port.nodePort) reserved.ports.delete(port.nodePort);
  if (service.spec.healthCheckNodePort) reserved.ports.delete(service.spec.healthCheckNodePort);
}

interface Range { base: number; size: number }

function parseCidr(cidr: string): Range {
  const [address = '', bits = ''] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const base = toNumber(address);
  return { base: base - (base % size), size };
}

function contains({ base, size }: Range, address: string): boolean {
  const value = toNumber(address);
  return value > base && value < base + size - 1;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
