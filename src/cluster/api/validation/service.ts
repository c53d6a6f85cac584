/** What a Service's spec may say (ValidateService). */
import { duplicate, type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelErrors, labelKeyErrors, portErrors } from '../names.ts';
import type { Service } from '../types.ts';
import { duplicates, inRange, invalidEach, oneOf, oneOfOrNone, portNumberOrName } from './common.ts';

type Spec = Service['spec'];
type Port = NonNullable<Spec['ports']>[number];

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const SESSION_SECONDS_MAX = 86_400; // validation.MaxClientIPServiceAffinitySeconds
const KUBELET_PORT = 10_250;

/** All that is wrong with a Service by itself. */
export function serviceErrors(spec: Spec): FieldError[] {
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  const errors: FieldError[] = ports.length === 0 && !headless && spec.type !== 'ExternalName' ? [required('spec.ports')] : [];
  return [
    ...errors,
    ...byType(spec, headless),
    ...portList(ports),
    ...labelErrors('spec.selector', spec.selector ?? {}),
    ...oneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...inRange('spec.sessionAffinityConfig.clientIP.timeoutSeconds', spec.sessionAffinityConfig?.clientIP?.timeoutSeconds, 1, SESSION_SECONDS_MAX),
    ...clusterIPs(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, index) => (isIP(ip) ? [] : [invalid(`spec.externalIPs[${index}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')])),
    ...oneOf('spec.type', spec.type, types),
    ...nodePorts(spec),
    ...duplicates(ports, ({ protocol, port }) => `${protocol}/${port}`, ({ port, protocol }, index) => duplicate(`spec.ports[${index}]`, internalOf('ServicePort', { port, protocol }))),
    ...sourceRanges(spec),
    ...trafficPolicies(spec),
    ...oneOfOrNone('spec.trafficDistribution', spec.trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone']),
    ...families(spec, headless && !spec.selector),
  ];
}

/** What may not change in a Service that exists. */
export function serviceUpdateErrors(spec: Spec, old: Spec): FieldError[] {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName') return [];
  const before = old.clusterIPs?.[0] ?? old.clusterIP;
  const now = spec.clusterIPs?.[0] ?? spec.clusterIP;
  return before && now !== before ? [invalid('spec.clusterIPs[0]', spec.clusterIPs ?? [], 'may not change once set')] : [];
}

/** The cluster has addresses of IPv4; without a selector the user says what the endpoints have. */
function families({ type, ipFamilies = [], ipFamilyPolicy }: Spec, isUnmanaged: boolean): FieldError[] {
  const isLimited = type !== 'ExternalName' && !isUnmanaged;
  return [
    ...oneOfOrNone('spec.ipFamilyPolicy', ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
    ...(ipFamilyPolicy === 'RequireDualStack' && isLimited ? [invalid('spec.ipFamilyPolicy', ipFamilyPolicy, 'this cluster is not configured for dual-stack services')] : []),
    ...ipFamilies.flatMap((family, index) => {
      const unknown = oneOf(`spec.ipFamilies[${index}]`, family, ['IPv4', 'IPv6']);
      return unknown.length === 0 && family === 'IPv6' && isLimited ? [invalid(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster')] : unknown;
    }),
  ];
}

function byType(spec: Spec, headless: boolean): FieldError[] {
  switch (spec.type) {
    case 'LoadBalancer': return [
      ...(spec.ports ?? []).flatMap(({ port }, index) => (port === KUBELET_PORT ? [invalid(`spec.ports[${index}]`, port, 'may not expose port 10250 externally since it is used by kubelet')] : [])),
      ...(headless ? [invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for LoadBalancer services")] : []),
    ];
    case 'NodePort': return headless ? [invalid('spec.clusterIPs[0]', 'None', "may not be set to 'None' for NodePort services")] : [];
    case 'ExternalName': return externalName(spec);
    default: return [];
  }
}

function externalName({ clusterIP, clusterIPs: addresses, externalName: name }: Spec): FieldError[] {
  const errors: FieldError[] = clusterIP || addresses?.length ? [forbidden('spec.clusterIPs', 'may not be set for ExternalName services')] : [];
  if (!name) return [...errors, required('spec.externalName')];
  return [...errors, ...invalidEach('spec.externalName', name, dnsSubdomainErrors(name.replace(/\.$/, '')))];
}

function portList(ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, port, protocol, targetPort, appProtocol }, index) => {
    const field = `spec.ports[${index}]`;
    const errors: FieldError[] = [];
    if (!name) {
      if (ports.length > 1) errors.push(required(`${field}.name`));
    } else {
      errors.push(...invalidEach(`${field}.name`, name, dnsLabelErrors(name)));
      if (names.has(name)) errors.push(duplicate(`${field}.name`, name));
      names.add(name);
    }
    return [
      ...errors,
      ...invalidEach(`${field}.port`, port ?? 0, portErrors(port ?? 0)),
      ...oneOf(`${field}.protocol`, protocol, ['SCTP', 'TCP', 'UDP']),
      ...portNumberOrName(`${field}.targetPort`, targetPort),
      ...(appProtocol ? invalidEach(`${field}.appProtocol`, appProtocol, labelKeyErrors(appProtocol)) : []),
    ];
  });
}

function clusterIPs({ type, clusterIP, clusterIPs: addresses }: Spec): FieldError[] {
  if (type === 'ExternalName') return [];
  const list = addresses ?? (clusterIP ? [clusterIP] : []);
  const errors = list.flatMap((ip, index) => (ip === 'None' || isIP(ip) ? [] : [invalid(`spec.clusterIPs[${index}]`, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')]));
  if (addresses?.length && clusterIP && addresses[0] !== clusterIP) errors.push(invalid('spec.clusterIPs', addresses, 'first value must match `clusterIP`'));
  return errors;
}

function nodePorts({ type, ports = [] }: Spec): FieldError[] {
  const given = ports.flatMap(({ nodePort }, index) => (nodePort ? [{ nodePort, index }] : []));
  if (type === 'ClusterIP') return given.map(({ index }) => forbidden(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  return duplicates(ports, ({ nodePort, protocol }) => (nodePort ? `${protocol}/${nodePort}` : undefined), ({ nodePort }, index) => duplicate(`spec.ports[${index}].nodePort`, nodePort));
}

/** The path has its capital letter upstream, too. */
function sourceRanges({ type, loadBalancerSourceRanges: ranges = [] }: Spec): FieldError[] {
  const field = 'spec.LoadBalancerSourceRanges';
  if (ranges.length === 0) return [];
  const misplaced = type === 'LoadBalancer' ? [] : [forbidden(field, "may only be used when `type` is 'LoadBalancer'")];
  return [...misplaced, ...ranges.flatMap((range, index) => cidrErrors(`${field}[${index}]`, range.trim()))];
}

/** A block of addresses, by number of leading bits. */
export function cidrErrors(field: string, cidr: string): FieldError[] {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  const isValid = isIP(address) && /^\d{1,3}$/.test(bits) && rest.length === 0 && Number(bits) <= (address.includes(':') ? 128 : 32);
  return isValid ? [] : [invalid(field, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

function trafficPolicies(spec: Spec): FieldError[] {
  const errors: FieldError[] = [];
  const { type, internalTrafficPolicy, externalTrafficPolicy, allocateLoadBalancerNodePorts } = spec;
  if (type !== 'LoadBalancer' && spec.loadBalancerClass) errors.push(forbidden('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
  if (type !== 'LoadBalancer' && allocateLoadBalancerNodePorts !== undefined) errors.push(forbidden('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  const external = type === 'NodePort' || type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
  if (externalTrafficPolicy && !external) errors.push(invalid('spec.externalTrafficPolicy', externalTrafficPolicy, 'may only be set for externally-accessible services'));
  else if (externalTrafficPolicy && !['Cluster', 'Local'].includes(externalTrafficPolicy)) errors.push(notSupported('spec.externalTrafficPolicy', externalTrafficPolicy, ['Cluster', 'Local']));
  if (spec.healthCheckNodePort && (type !== 'LoadBalancer' || externalTrafficPolicy !== 'Local')) errors.push(invalid('spec.healthCheckNodePort', spec.healthCheckNodePort, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"));
  if (internalTrafficPolicy && !['Cluster', 'Local'].includes(internalTrafficPolicy)) errors.push(notSupported('spec.internalTrafficPolicy', internalTrafficPolicy, ['Cluster', 'Local']));
  return errors;
}

/** True for an IPv4 or IPv6 address. */
export function isIP(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

/** True for an IPv4 address; leading zeros are refused, as Go does. */
export function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIPv6(text: string): boolean {
  if (!text.includes(':') || !/^[0-9a-fA-F:]+$/.test(text)) return false;
  const halves = text.split('::');
  const groups = halves.flatMap((half) => (half ? half.split(':') : []));
  if (halves.length > 2 || groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? groups.length < 8 : groups.length === 8;
}
