/** Ingresses, their classes, and NetworkPolicies. */
import { changed, mapped, withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { formatLabelSelector } from '../labels.ts';
import { dnsLabelErrors, dnsSubdomainErrors, pathSegmentErrors, portErrors, portNameErrors, wildcardSubdomainErrors } from '../names.ts';
import { cidrContains } from '../../network/addresses.ts';
import type { Ingress, IngressClass, NetworkPolicy } from '../types.ts';
import { domainPrefixedPath, immutable, invalidEach, labelSelector, named, nullOr, oneOf, portNumberOrName } from '../validation/common.ts';
import { cidrErrors, isIP } from '../validation/service.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

type Backend = NonNullable<Ingress['spec']['defaultBackend']>;
type Rule = NonNullable<Ingress['spec']['rules']>[number];
const CLASS_ANNOTATION = 'kubernetes.io/ingress.class';

export const ingress: Kind<Ingress> = {
  group: 'networking.k8s.io', version: 'v1', kind: 'Ingress', plural: 'ingresses', singular: 'ingress', shortNames: ['ing'], namespaced: true,
  hasStatus: true, etcdPrefix: 'ingress',
  defaults: (object) => withDefaults(object, { spec: {} }),
  prepare: (object, old) => (old ? object : { ...object, status: { loadBalancer: {} } }),
  validate: ({ metadata, spec }, old) => {
    if (old && old.spec === spec) return [];
    const named = metadata.annotations?.[CLASS_ANNOTATION];
    return [...ingressErrors(spec), ...(!old && named !== undefined && spec.ingressClassName !== undefined && named !== spec.ingressClassName ? [invalid(`annotations.${CLASS_ANNOTATION}`, named, 'must match `ingressClassName` when both are specified')] : [])];
  },
  columns: [
    nameColumn,
    column('Class', ({ spec }) => spec.ingressClassName ?? '<none>'),
    column('Hosts', ({ spec }) => hosts(spec.rules ?? [])),
    column('Address', ({ status }) => [...new Set((status.loadBalancer?.ingress ?? []).map(({ ip, hostname }) => ip || hostname || ''))].filter(Boolean).sort().join(',')),
    column('Ports', ({ spec }) => (spec.tls?.length ? '80, 443' : '80')),
    ageColumn,
  ],
};

const HOSTS_SHOWN = 3;

function hosts(rules: readonly Rule[]): string {
  const named = rules.flatMap(({ host }) => (host ? [host] : []));
  if (named.length === 0) return '*';
  const shown = named.slice(0, HOSTS_SHOWN).join(',');
  return named.length > HOSTS_SHOWN ? `${shown} + ${named.length - HOSTS_SHOWN} more...` : shown;
}

function ingressErrors({ rules = [], defaultBackend, ingressClassName, tls = [] }: Ingress['spec']): FieldError[] {
  const errors: FieldError[] = [];
  if (rules.length === 0 && !defaultBackend) errors.push(invalid('spec', null, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) errors.push(...backendErrors('spec.defaultBackend', defaultBackend));
  errors.push(...rules.flatMap((rule, index) => ruleErrors(`spec.rules[${index}]`, rule)));
  for (const [index, entry] of tls.entries()) errors.push(...(entry.hosts ?? []).flatMap((host, at) => hostErrors(`spec.tls[${index}].hosts[${at}]`, host)), ...(entry.secretName ? invalidEach(`spec.tls[${index}].secretName`, entry.secretName, dnsSubdomainErrors(entry.secretName)) : []));
  if (ingressClassName !== undefined) errors.push(...invalidEach('spec.ingressClassName', ingressClassName, dnsSubdomainErrors(ingressClassName)));
  return errors;
}

function hostErrors(field: string, host: string): FieldError[] {
  return invalidEach(field, host, host.includes('*') ? wildcardSubdomainErrors(host) : dnsSubdomainErrors(host));
}

function ruleErrors(field: string, { host, http }: Rule): FieldError[] {
  const errors = host ? [...(isIP(host) ? [invalid(`${field}.host`, host, 'must be a DNS name, not an IP address')] : []), ...hostErrors(`${field}.host`, host)] : [];
  if (!http) return errors;
  if (http.paths.length === 0) return [...errors, required(`${field}.http.paths`)];
  return [...errors, ...http.paths.flatMap(({ path = '', pathType, backend }, index) => {
    const place = `${field}.http.paths[${index}]`;
    return [...pathErrors(place, path, pathType), ...backendErrors(`${place}.backend`, backend)];
  })];
}

function pathErrors(field: string, path: string, pathType: string | undefined): FieldError[] {
  if (!pathType) return [required(`${field}.pathType`, 'pathType must be specified')];
  if (!['Exact', 'ImplementationSpecific', 'Prefix'].includes(pathType)) return oneOf(`${field}.pathType`, pathType, ['Exact', 'ImplementationSpecific', 'Prefix']);
  if (pathType === 'ImplementationSpecific') return path === '' || path.startsWith('/') ? [] : [invalid(`${field}.path`, path, 'must be an absolute path')];
  const errors = path.startsWith('/') ? [] : [invalid(`${field}.path`, path, 'must be an absolute path')];
  errors.push(...['//', '/./', '/../', '%2f', '%2F'].filter((part) => path.includes(part)).map((part) => invalid(`${field}.path`, path, `must not contain '${part}'`)));
  return [...errors, ...['/..', '/.'].filter((part) => path.endsWith(part)).map((part) => invalid(`${field}.path`, path, `cannot end with '${part}'`))];
}

function backendErrors(field: string, { service, resource }: Backend): FieldError[] {
  if (service && resource) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource) return referenceErrors(`${field}.resource`, resource);
  if (!service) return [invalid(field, '', 'resource or service backend is required')];
  const { name, port } = service;
  const errors = name ? invalidEach(`${field}.service.name`, name, dnsLabelErrors(name)) : [required(`${field}.service.name`)];
  if (port?.name && port.number) return [...errors, invalid(field, '', 'cannot set both port name & port number')];
  if (port?.name) return [...errors, ...invalidEach(`${field}.service.port.name`, port.name, portNameErrors(port.name))];
  if (!port?.number) return [...errors, required(field, 'port name or number is required')];
  return [...errors, ...invalidEach(`${field}.service.port.number`, port.number, portErrors(port.number))];
}

function referenceErrors(field: string, { apiGroup, kind, name }: { apiGroup?: string; kind: string; name: string }): FieldError[] {
  return [...(apiGroup === undefined ? [] : invalidEach(`${field}.apiGroup`, apiGroup, dnsSubdomainErrors(apiGroup))), ...named(`${field}.kind`, kind, pathSegmentErrors), ...named(`${field}.name`, name, pathSegmentErrors)];
}

const CONTROLLER_MAX = 250; // networking validation: maxLenIngressClassController

function classErrors({ controller = '', parameters }: IngressClass['spec']): FieldError[] {
  const errors = [...(controller.length > CONTROLLER_MAX ? [tooLong('spec.controller', CONTROLLER_MAX)] : []), ...domainPrefixedPath('spec.controller', controller)];
  if (!parameters) return errors;
  const { scope, namespace } = parameters;
  const field = 'spec.parameters';
  errors.push(...referenceErrors(field, parameters), ...oneOf(`${field}.scope`, scope, ['Cluster', 'Namespace']));
  if (scope === 'Namespace') errors.push(...(namespace === undefined ? [required(`${field}.namespace`, "`parameters.scope` is set to 'Namespace'")] : invalidEach(`${field}.namespace`, namespace, dnsLabelErrors(namespace))));
  if (scope === 'Cluster' && namespace !== undefined) errors.push(forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'"));
  return errors;
}

const DEFAULT_CLASS_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class';

export const ingressClass: Kind<IngressClass> = {
  group: 'networking.k8s.io', version: 'v1', kind: 'IngressClass', plural: 'ingressclasses', singular: 'ingressclass', shortNames: [], namespaced: false, etcdPrefix: 'ingressclasses',
  defaults: (object) => withField(object, 'spec', withField(object.spec ?? {}, 'parameters', changed(object.spec?.parameters, (parameters) => withDefaults(parameters, { scope: 'Cluster' })))),
  validate: ({ spec }, old) => [...(old ? immutable('spec.controller', spec.controller, old.spec.controller) : []), ...classErrors(spec)],
  columns: [
    { name: 'Name', format: 'name', cell: ({ metadata }) => `${metadata.name}${metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true' ? ' (default)' : ''}` },
    column('Controller', ({ spec }) => spec.controller ?? ''),
    column('Parameters', ({ spec: { parameters } }) => (parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}` : '<none>')),
    ageColumn,
  ],
};

type Peer = NonNullable<NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]>['from']>[number];
type PolicyPort = NonNullable<NonNullable<NonNullable<NetworkPolicy['spec']['ingress']>[number]>['ports']>[number];

export const networkPolicy: Kind<NetworkPolicy> = {
  group: 'networking.k8s.io', version: 'v1', kind: 'NetworkPolicy', plural: 'networkpolicies', singular: 'networkpolicy', shortNames: ['netpol'], namespaced: true, etcdPrefix: 'networkpolicies',
  defaults: (object) => withField(object, 'spec', policyWithDefaults(object.spec ?? { podSelector: {} })),
  validate: ({ spec }, old) => (old && old.spec === spec ? [] : policyErrors(spec)),
  columns: [nameColumn, column('Pod-Selector', ({ spec }) => formatLabelSelector(spec.podSelector)), ageColumn],
};

function policyWithDefaults(given: NetworkPolicy['spec']): NetworkPolicy['spec'] {
  const withProtocol = <R extends { ports?: PolicyPort[] }>(rule: R): R => withField(rule, 'ports', mapped(rule.ports, (port) => withDefaults(port, { protocol: 'TCP' })));
  const spec = withField(withField(given, 'ingress', mapped(given.ingress, withProtocol)), 'egress', mapped(given.egress, withProtocol));
  return withDefaults(spec, { podSelector: {}, policyTypes: spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'] });
}

function policyErrors({ podSelector, ingress: incoming = [], egress: outgoing = [], policyTypes = [] }: NetworkPolicy['spec']): FieldError[] {
  const errors = labelSelector('spec.podSelector', podSelector);
  for (const [index, { ports = [], from = [] }] of incoming.entries()) {
    errors.push(...ports.flatMap((port, at) => policyPort(`spec.ingress[${index}].ports[${at}]`, port)), ...from.flatMap((peer, at) => peerErrors(`spec.ingress[${index}].from[${at}]`, peer)));
  }
  for (const [index, { ports = [], to = [] }] of outgoing.entries()) {
    errors.push(...ports.flatMap((port, at) => policyPort(`spec.egress[${index}].ports[${at}]`, port)), ...to.flatMap((peer, at) => peerErrors(`spec.egress[${index}].to[${at}]`, peer)));
  }
  if (policyTypes.length > 2) return [...errors, invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')];
  return [...errors, ...policyTypes.flatMap((type, index) => nullOr(`spec.policyTypes[${index}]`, type, ['Ingress', 'Egress']))];
}

function policyPort(field: string, { protocol, port, endPort }: PolicyPort): FieldError[] {
  const errors = oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']);
  if (port !== undefined) errors.push(...portNumberOrName(`${field}.port`, port));
  if (endPort === undefined) return errors;
  if (typeof port !== 'number') return [invalid(`${field}.endPort`, endPort, `may not be specified when \`port\` is ${port === undefined ? 'not specified' : 'non-numeric'}`), ...errors];
  return [...errors, ...(endPort < port ? [invalid(`${field}.endPort`, endPort, 'must be greater than or equal to `port`')] : []), ...invalidEach(`${field}.endPort`, endPort, portErrors(endPort))];
}

function exceptErrors(field: string, except: string, cidr: string): FieldError[] {
  const malformed = cidrErrors(field, except);
  if (malformed.length > 0 || cidrErrors(field, cidr).length > 0) return malformed;
  const bits = (block: string) => Number(block.split('/')[1]);
  return cidrContains(cidr, except.split('/')[0]!) && bits(except) > bits(cidr) ? [] : [invalid(field, except, 'must be a strict subset of `cidr`')];
}

function peerErrors(field: string, { podSelector, namespaceSelector, ipBlock }: Peer): FieldError[] {
  const errors = [...labelSelector(`${field}.podSelector`, podSelector), ...labelSelector(`${field}.namespaceSelector`, namespaceSelector)];
  if (ipBlock) {
    errors.push(...(ipBlock.cidr ? cidrErrors(`${field}.ipBlock.cidr`, ipBlock.cidr) : [required(`${field}.ipBlock.cidr`)]), ...(ipBlock.except ?? []).flatMap((cidr, index) => exceptErrors(`${field}.ipBlock.except[${index}]`, cidr, ipBlock.cidr)));
    if (podSelector || namespaceSelector) errors.push(forbidden(field, 'may not specify both ipBlock and another peer'));
  } else if (!podSelector && !namespaceSelector) errors.push(required(field, 'must specify a peer'));
  return errors;
}
