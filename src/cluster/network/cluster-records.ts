/** The names that Kubernetes gives to Services and Pods, as CoreDNS's plugin `kubernetes` answers them. */
import type { EndpointSlice, Service } from '../api/types.ts';
import type { Informer } from '../client/types.ts';
import type { DnsRecord, RecordType } from './types.ts';

export interface ClusterObjects {
  services: Informer<Service>;
  /** Indexed by `service`: namespace/name. */
  slices: Informer<EndpointSlice>;
}

export const SERVICE_INDEX = 'service';

/** What is asked: `zone` is the part of the name that this plugin answers for. */
export interface Question { name: string; zone: string; type: RecordType }

/** The records of a name of the cluster: addresses, the alias of an ExternalName, the ports of a Service; [] for what does not exist. */
export function clusterRecords({ name, zone, type }: Question, { services, slices }: ClusterObjects, pods: 'disabled' | 'insecure' | 'verified'): DnsRecord[] {
  const [kind, namespace = '', subject = '', ...rest] = name.slice(0, -zone.length - 1).split('.').reverse();
  const addresses = (list: readonly string[]): DnsRecord[] => (type === 'A' ? list.map((data) => ({ name, type: 'A', data })) : []);
  if (kind === 'pod') return pods === 'disabled' || rest.length > 0 ? [] : addresses(dashedAddress(subject));
  const service = kind === 'svc' ? services.get(`${namespace}/${subject}`) : undefined;
  if (!service) return [];
  if (service.spec.type === 'ExternalName') return rest.length === 0 ? [{ name, type: 'CNAME', data: `${(service.spec.externalName ?? '').replace(/\.$/, '')}.` }] : [];
  const { clusterIP } = service.spec;
  const hasAddress = clusterIP !== undefined && clusterIP !== '' && clusterIP !== 'None';
  const behind = slices.byIndex(SERVICE_INDEX, `${namespace}/${subject}`);
  if (rest.length === 2 && rest[1]!.startsWith('_')) return type === 'SRV' ? portRecords({ name, zone, type }, service, hasAddress ? undefined : behind) : [];
  if (rest.length > 1) return [];
  const [endpoint] = rest;
  return addresses(hasAddress && endpoint === undefined ? [clusterIP] : readyEndpoints(behind).filter(({ label }) => endpoint === undefined || label === endpoint).map(({ address }) => address));
}

/** `_http._tcp.web.default.svc`: the port, on the Service's name or, for headless ones, on each endpoint's. */
function portRecords({ name, zone }: Question, { metadata, spec }: Service, headless: readonly EndpointSlice[] | undefined): DnsRecord[] {
  const [portName, protocol] = name.split('.').map((label) => label.slice(1));
  const port = spec.ports?.find((each) => each.name === portName && (each.protocol ?? 'TCP').toLowerCase() === protocol);
  if (!port) return [];
  const own = `${metadata.name}.${metadata.namespace}.svc.${zone}.`;
  if (!headless) return [{ name, type: 'SRV', data: `0 100 ${port.port} ${own}` }];
  const found = readyEndpoints(headless);
  return found.map(({ label, ports }) => ({ name, type: 'SRV', data: `0 ${Math.floor(100 / found.length)} ${ports.find((each) => each.name === portName)?.port ?? port.port} ${label}.${own}` }));
}

/** The Service that an address belongs to, for `10.0.96.10.in-addr.arpa`. */
export function reverseRecords(name: string, zone: string, { services }: ClusterObjects): DnsRecord[] {
  const address = name.replace(/\.in-addr\.arpa$/, '').split('.').reverse().join('.');
  const found = services.list().find(({ spec }) => spec.clusterIP === address);
  return found ? [{ name, type: 'PTR', data: `${found.metadata.name}.${found.metadata.namespace}.svc.${zone}.` }] : [];
}

/** `shop/web` of a slice, for the index. */
export function sliceService({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}

interface ReadyEndpoint { address: string; /** Its hostname, or its address with dashes where it has none. */ label: string; ports: NonNullable<EndpointSlice['ports']> }

function readyEndpoints(slices: readonly EndpointSlice[]): ReadyEndpoint[] {
  const found = new Map<string, ReadyEndpoint>();
  for (const { addressType, endpoints, ports } of slices) {
    if (addressType !== 'IPv4') continue;
    for (const { addresses: [address], conditions, hostname } of endpoints ?? []) {
      if (address && conditions?.ready !== false) found.set(address, { address, label: hostname ?? address.replaceAll('.', '-'), ports: ports ?? [] });
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
}

/** `10-244-1-5`, as in `10-244-1-5.default.pod`. */
function dashedAddress(name: string): string[] {
  return /^\d+(-\d+){3}$/.test(name) ? [name.replaceAll('-', '.')] : [];
}
