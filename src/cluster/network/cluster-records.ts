/** The names that Kubernetes gives to Services and Pods, as CoreDNS's plugin `kubernetes` answers them. */
import type { EndpointSlice, Service } from '../api/types.ts';
import type { Informer } from '../client/types.ts';

export interface ClusterObjects {
  services: Informer<Service>;
  /** Indexed by `service`: namespace/name. */
  slices: Informer<EndpointSlice>;
}

export const SERVICE_INDEX = 'service';

/** Addresses of a name, or another name that stands for it (ExternalName); [] for what does not exist. */
export function clusterRecords(labels: readonly string[], { services, slices }: ClusterObjects, pods: 'disabled' | 'insecure' | 'verified'): readonly string[] | { alias: string } {
  const [type, namespace = '', name = '', ...rest] = [...labels].reverse();
  if (type === 'pod') return pods === 'disabled' || rest.length > 0 ? [] : dashedAddress(name);
  if (type !== 'svc' || rest.length > 1) return [];
  const service = services.get(`${namespace}/${name}`);
  if (!service) return [];
  if (service.spec.type === 'ExternalName') return rest.length === 0 ? { alias: service.spec.externalName ?? '' } : [];
  const { clusterIP } = service.spec;
  const [endpoint] = rest;
  if (clusterIP && clusterIP !== 'None' && endpoint === undefined) return [clusterIP];
  return endpointAddresses(slices.byIndex(SERVICE_INDEX, `${namespace}/${name}`), endpoint);
}

/** `shop/web` of a slice, for the index. */
export function sliceService({ metadata }: EndpointSlice): string {
  return `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
}

/** Ready endpoints; one of them when it is asked for by hostname, or by address with dashes where it has none. */
function endpointAddresses(slices: readonly EndpointSlice[], wanted: string | undefined): string[] {
  const addresses = new Set<string>();
  for (const { addressType, endpoints } of slices) {
    if (addressType !== 'IPv4') continue;
    for (const { addresses: own, conditions, hostname } of endpoints ?? []) {
      const [address] = own;
      if (!address || conditions?.ready === false) continue;
      if (wanted === undefined || wanted === (hostname ?? address.replaceAll('.', '-'))) addresses.add(address);
    }
  }
  return [...addresses].sort();
}

/** `10-244-1-5`, as in `10-244-1-5.default.pod`. */
function dashedAddress(name: string): string[] {
  return /^\d+(-\d+){3}$/.test(name) ? [name.replaceAll('-', '.')] : [];
}
