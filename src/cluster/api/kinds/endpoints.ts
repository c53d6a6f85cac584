/** Endpoints and EndpointSlices: where a Service's Pods are. */
import { mapped, withDefaults, withField } from '../defaulting.ts';
import { duplicate, type FieldError, invalid, required, tooMany } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelKeyErrors, labelValueErrors, portErrors } from '../names.ts';
import type { EndpointSlice, Endpoints } from '../types.ts';
import { duplicates, immutable, invalidEach, oneOf, sameJson } from '../validation/common.ts';
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

// discovery validation: maxEndpoints, maxAddresses, maxZoneHints, maxPorts
const ENDPOINTS_MAX = 1000;
const ADDRESSES_MAX = 100;
const ZONE_HINTS_MAX = 8;
const PORTS_MAX = 20_000;

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
    ...sliceEndpoints(object), ...slicePorts(object.ports ?? []),
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
  return list.flatMap(({ addresses, hostname, nodeName, hints }, index) => {
    const field = `endpoints[${index}]`;
    const zones = hints?.forZones ?? [];
    const zone = (at: number) => `${field}.hints.forZones[${at}].name`;
    return [
      ...(addresses?.length ? [] : [required(`${field}.addresses`, 'must contain at least 1 address')]),
      ...((addresses?.length ?? 0) > ADDRESSES_MAX ? [tooMany(`${field}.addresses`, addresses.length, ADDRESSES_MAX)] : []),
      ...(addresses ?? []).flatMap((address, at) => addressErrors(`${field}.addresses[${at}]`, address, addressType)),
      ...(nodeName === undefined ? [] : invalidEach(`${field}.nodeName`, nodeName, dnsSubdomainErrors(nodeName))),
      ...(hostname === undefined ? [] : invalidEach(`${field}.hostname`, hostname, dnsLabelErrors(hostname))),
      ...(zones.length > ZONE_HINTS_MAX ? [tooMany(`${field}.hints.forZones`, zones.length, ZONE_HINTS_MAX)] : [
        ...duplicates(zones, ({ name }) => name, ({ name }, at) => duplicate(zone(at), name)), ...zones.flatMap(({ name }, at) => invalidEach(zone(at), name, labelValueErrors(name))),
      ]),
    ];
  });
}

/** An address of the slice's type, that can be somebody's. */
function addressErrors(field: string, address: string, type: string): FieldError[] {
  if (type === 'FQDN') return domainErrors(field, address);
  if (!isIP(address)) return [invalid(field, address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
  const problem = isIPv4(address) === (type === 'IPv4') ? specialAddress(address) : `must be an ${type} address`;
  return problem ? [invalid(field, address, problem)] : [];
}

function domainErrors(field: string, name: string): FieldError[] {
  if (!name) return [required(field)];
  const domain = name.replace(/\.$/, '');
  const malformed = dnsSubdomainErrors(domain);
  if (malformed.length > 0) return [invalid(field, domain, malformed.join(','))];
  return domain.includes('.') ? [] : [invalid(field, domain, 'should be a domain with at least two segments separated by dots')];
}

function slicePorts(list: NonNullable<EndpointSlice['ports']>): FieldError[] {
  if (list.length > PORTS_MAX) return [tooMany('ports', list.length, PORTS_MAX)];
  return list.flatMap(({ name = '', protocol, appProtocol }, index) => [
    ...(name ? invalidEach(`ports[${index}].name`, name, dnsLabelErrors(name)) : []),
    ...(list.findIndex((port) => (port.name ?? '') === name) < index ? [duplicate(`ports[${index}].name`, name)] : []),
    ...oneOf(`ports[${index}].protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
    ...(appProtocol === undefined ? [] : invalidEach(`ports[${index}].appProtocol`, appProtocol, labelKeyErrors(appProtocol))),
  ]);
}
