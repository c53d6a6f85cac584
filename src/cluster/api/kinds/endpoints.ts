/** Endpoints and EndpointSlices: where a Service's Pods are. */
import { mapped, withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid, required, tooMany } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { portErrors } from '../names.ts';
import type { EndpointSlice, Endpoints } from '../types.ts';
import { immutable, invalidEach, oneOf, sameJson } from '../validation/common.ts';
import { isIP, isIPv4 } from '../validation/service.ts';
import { column, columnsBetween, firstFew } from './columns.ts';

export const endpoints: Kind<Endpoints> = {
  group: '', version: 'v1', kind: 'Endpoints', plural: 'endpoints', singular: 'endpoints', shortNames: ['ep'], namespaced: true, etcdPrefix: 'services/endpoints',
  defaults: (object) => withField(object, 'subsets', mapped(object.subsets, (subset) => withField(subset, 'ports', mapped(subset.ports, (port) => withDefaults(port, { protocol: 'TCP' }))))),
  validate: ({ subsets = [] }) => subsets.flatMap((subset, index) => subsetErrors(`subsets[${index}]`, subset)),
  columns: columnsBetween<Endpoints>(column('Endpoints', (object) => firstFew(addressesOf(object), '<none>'))),
};

type Subset = NonNullable<Endpoints['subsets']>[number];

/** `ip:port` of everything ready, in order of the subsets. */
function addressesOf({ subsets = [] }: Endpoints): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) => {
    if (ports.length === 0) return addresses.map(({ ip }) => ip);
    return ports.flatMap(({ port }) => addresses.map(({ ip }) => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`));
  });
}

function subsetErrors(field: string, { addresses = [], notReadyAddresses = [], ports = [] }: Subset): FieldError[] {
  if (addresses.length + notReadyAddresses.length === 0) return [required(field, 'must specify `addresses` or `notReadyAddresses`')];
  const wrongIP = (name: string) => ({ ip }: { ip: string }, index: number) => {
    const problem = isIP(ip) ? specialAddress(ip) : 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
    return problem ? [invalid(`${field}.${name}[${index}].ip`, ip, problem)] : [];
  };
  return [
    ...addresses.flatMap(wrongIP('addresses')),
    ...notReadyAddresses.flatMap(wrongIP('notReadyAddresses')),
    ...ports.flatMap(({ name, port, protocol }, index) => [
      ...(ports.length > 1 && !name ? [required(`${field}.ports[${index}].name`)] : []),
      ...invalidEach(`${field}.ports[${index}].port`, port, portErrors(port)),
      ...oneOf(`${field}.ports[${index}].protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
    ]),
  ];
}

/** Why an address can be nobody's endpoint (ValidateNonSpecialIP). */
function specialAddress(ip: string): string | undefined {
  if (ip === '0.0.0.0' || ip === '::') return 'may not be unspecified (0.0.0.0 or ::)';
  if (ip.startsWith('127.') || ip === '::1') return 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
  if (ip.startsWith('169.254.') || /^fe[89ab]/i.test(ip)) return 'may not be in the link-local range (169.254.0.0/16, fe80::/10)';
  if (ip.startsWith('224.0.0.') || /^ff02:/i.test(ip)) return 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)';
  return undefined;
}

const ENDPOINTS_MAX = 1000; // discovery validation: maxEndpoints

export const endpointSlice: Kind<EndpointSlice> = {
  group: 'discovery.k8s.io', version: 'v1', kind: 'EndpointSlice', plural: 'endpointslices', singular: 'endpointslice', shortNames: [], namespaced: true, hasGeneration: true,
  defaults: (object) => {
    const ports = mapped(object.ports, (port) => withDefaults(port, { name: '', protocol: 'TCP' }));
    return withDefaults(withField(object, 'ports', ports), { endpoints: [] });
  },
  // The registry compares specs, of which slices have none.
  prepare: (object, old) => {
    if (!old || (sameJson(object.endpoints, old.endpoints) && sameJson(object.ports, old.ports))) return object;
    return { ...object, metadata: { ...object.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
  },
  validate: (object, old) => [
    ...oneOf('addressType', object.addressType, ['FQDN', 'IPv4', 'IPv6']),
    ...sliceEndpoints(object),
    ...(old ? immutable('addressType', object.addressType, old.addressType) : []),
  ],
  columns: columnsBetween<EndpointSlice>(
    column('AddressType', ({ addressType }) => addressType),
    column('Ports', ({ ports }) => firstFew((ports ?? []).map(({ port }) => (port === undefined ? '*' : String(port))), '<unset>')),
    column('Endpoints', (object) => firstFew((object.endpoints ?? []).flatMap(({ addresses }) => addresses), '<unset>')),
  ),
};

function sliceEndpoints({ endpoints: given, addressType }: EndpointSlice): FieldError[] {
  const list = given ?? [];
  if (list.length > ENDPOINTS_MAX) return [tooMany('endpoints', list.length, ENDPOINTS_MAX)];
  return list.flatMap(({ addresses }, index) => {
    const field = `endpoints[${index}].addresses`;
    if (!addresses?.length) return [required(field, 'must contain at least 1 address')];
    return addresses.flatMap((address, at) => {
      const problem = addressType === 'FQDN' ? undefined : addressType === 'IPv4' && !isIPv4(address) ? 'must be an IPv4 address' : specialAddress(address);
      return problem ? [invalid(`${field}[${at}]`, address, problem)] : [];
    });
  });
}
