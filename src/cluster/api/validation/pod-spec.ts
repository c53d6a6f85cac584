/** A Pod's spec as ValidatePodSpec checks it, part by part in the same order. */
import { claimReferences } from '../device-claims.ts';
import { duplicate, type FieldError, forbidden, invalid, required, tooLong } from '../field-error.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelErrors, labelKeyErrors, underscoredSubdomainErrors } from '../names.ts';
import type { PodSpec } from '../types.ts';
import { duplicates, INT32_MAX, inRange, invalidEach, named, oneOf, oneOfOrNone } from './common.ts';
import { containers } from './container.ts';
import { ephemeralContainers } from './ephemeral.ts';
import { podResources, resourceRequirements } from './resources.ts';
import { affinity, tolerations, topologySpread } from './scheduling.ts';
import { podSecurityContext } from './security-context.ts';
import { isIP } from './service.ts';
import { volumes } from './volume.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];

/** All that is wrong with a Pod's spec; `field` is where it is: `spec`, `spec.template.spec`. */
export function podSpec(field: string, spec: PodSpec): FieldError[] {
  return [
    ...volumes(`${field}.volumes`, spec.volumes ?? []),
    ...claims(`${field}.resourceClaims`, spec),
    ...containers(field, spec),
    ...ephemeralContainers(`${field}.ephemeralContainers`, spec),
    ...podResources(`${field}.resources`, spec),
    ...hostPorts(`${field}.containers`, spec),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, restartPolicies),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, dnsPolicies),
    ...labelErrors(`${field}.nodeSelector`, spec.nodeSelector ?? {}),
    ...podSecurityContext(field, spec),
    ...pullSecrets(`${field}.imagePullSecrets`, spec),
    ...affinity(`${field}.affinity`, spec.affinity),
    ...dnsConfig(field, spec),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, index) => invalidEach(`${field}.readinessGates[${index}].conditionType`, conditionType, labelKeyErrors(conditionType))),
    ...gateNames(`${field}.schedulingGates`, spec.schedulingGates ?? []),
    ...topologySpread(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []),
    ...hostUsers(field, spec),
    ...hostnameOverride(`${field}.hostnameOverride`, spec),
    ...names(field, spec),
    ...oneOfOrNone(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never']),
    ...(spec.overhead ? resourceRequirements(`${field}.overhead`, { limits: spec.overhead }) : []),
  ];
}

/** A Pod that is new: what its controllers may leave open, it may not. */
export function podCreate(spec: PodSpec): FieldError[] {
  return [
    ...podSpec('spec', spec),
    ...(['containers', 'initContainers'] as const).flatMap((list) => (spec[list] ?? []).flatMap(({ image = '' }, index) => (image === image.trim() ? [] : [invalid(`spec.${list}[${index}].image`, image, 'must not have leading or trailing whitespace')]))),
    ...(spec.ephemeralContainers?.length ? [forbidden('spec.ephemeralContainers', 'cannot be set on create')] : []),
    ...(spec.schedulingGates?.length && spec.nodeName ? [forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')] : []),
  ];
}

/** On the host's network a port is the host's. */
function hostPorts(field: string, { hostNetwork, containers: all }: PodSpec): FieldError[] {
  if (!hostNetwork) return [];
  return (all ?? []).flatMap(({ ports }, index) => (ports ?? []).flatMap(({ hostPort, containerPort }, at) => (hostPort && hostPort !== containerPort ? [invalid(`${field}[${index}].ports[${at}].hostPort`, hostPort, 'must match `containerPort` when `hostNetwork` is true')] : [])));
}

function gateNames(field: string, gates: readonly { name: string }[]): FieldError[] {
  return [
    ...gates.flatMap(({ name }, index) => invalidEach(`${field}[${index}]`, name, labelKeyErrors(name))),
    ...duplicates(gates, ({ name }) => name, ({ name }, index) => duplicate(`${field}[${index}]`, name)),
  ];
}

/** Each claim of devices comes from one place. */
function claims(field: string, spec: PodSpec): FieldError[] {
  return claimReferences({ spec }).flatMap(({ name, claimName: claim, templateName: template }, index) => {
    const shown = { Name: name, ResourceClaimName: claim || null, ResourceClaimTemplateName: template || null };
    const errors = named(`${field}[${index}].name`, name, dnsLabelErrors);
    if (claim && template) errors.push(invalid(`${field}[${index}]`, shown, 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'));
    if (!claim && !template) errors.push(invalid(`${field}[${index}]`, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    return errors;
  });
}

function ipAddress(field: string, ip: string): FieldError[] {
  return isIP(ip) ? [] : [invalid(field, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

/** Users of the Pod's own go with none of the host's other namespaces. */
function hostUsers(field: string, spec: PodSpec): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const { hostNetwork, hostPID, hostIPC } = spec;
  const devices = (['initContainers', 'containers'] as const).flatMap((list) => (spec[list] ?? []).map(({ volumeDevices }, index) => [`${list}[${index}].volumeDevices`, volumeDevices?.length] as const));
  return [...Object.entries({ hostNetwork, HostPID: hostPID, HostIPC: hostIPC }), ...devices].flatMap(([name, isSet]) => (isSet ? [forbidden(`${field}.${name}`, 'when `hostUsers` is false')] : []));
}

const HOSTNAME_MAX = 64;

/** A name for the host that is neither the Pod's nor made from it. */
function hostnameOverride(field: string, { hostnameOverride: name, setHostnameAsFQDN, hostNetwork }: PodSpec): FieldError[] {
  if (name === undefined) return [];
  return [
    ...(setHostnameAsFQDN ? [forbidden(field, 'may not be specified when setHostnameAsFQDN is true')] : []),
    ...(hostNetwork ? [forbidden(field, 'may not be specified when hostNetwork is true')] : []),
    ...(name.length > HOSTNAME_MAX ? [tooLong(field, HOSTNAME_MAX)] : []), ...invalidEach(field, name, dnsSubdomainErrors(name)),
  ];
}

function names(field: string, spec: PodSpec): FieldError[] {
  const checked = (key: keyof PodSpec & string, value: string | undefined, rule: (name: string) => string[]) => (value ? invalidEach(`${field}.${key}`, value, rule(value)) : []);
  return [
    ...checked('serviceAccountName', spec.serviceAccountName, dnsSubdomainErrors),
    ...checked('nodeName', spec.nodeName, dnsSubdomainErrors),
    ...inRange(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, INT32_MAX),
    ...checked('hostname', spec.hostname, dnsLabelErrors),
    ...checked('subdomain', spec.subdomain, dnsLabelErrors),
    ...tolerations(`${field}.tolerations`, spec.tolerations ?? []),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames }, index) => [
      ...ipAddress(`${field}.hostAliases[${index}].ip`, ip ?? ''),
      ...(hostnames ?? []).flatMap((name, at) => invalidEach(`${field}.hostAliases[${index}].hostnames[${at}]`, name, dnsSubdomainErrors(name))),
    ]),
    ...checked('priorityClassName', spec.priorityClassName, dnsSubdomainErrors),
    ...checked('runtimeClassName', spec.runtimeClassName, dnsSubdomainErrors),
  ];
}

function pullSecrets(field: string, { imagePullSecrets }: PodSpec): FieldError[] {
  return (imagePullSecrets ?? []).flatMap(({ name }, index) => (name ? [] : [required(`${field}[${index}].name`)]));
}

const NAMESERVERS_MAX = 3; // validation.MaxDNSNameservers
const SEARCHES_MAX = 32; // validation.MaxDNSSearchPaths
const SEARCH_CHARACTERS_MAX = 2048; // validation.MaxDNSSearchListChars

function dnsConfig(field: string, { dnsPolicy, dnsConfig: config }: PodSpec): FieldError[] {
  const { nameservers = [], searches = [] } = config ?? {};
  if (dnsPolicy === 'None') {
    if (!config) return [required(`${field}.dnsConfig`, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (nameservers.length === 0) return [required(`${field}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  return [
    ...(nameservers.length > NAMESERVERS_MAX ? [invalid(`${field}.dnsConfig.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)] : []),
    ...nameservers.flatMap((ip, index) => ipAddress(`${field}.dnsConfig.nameservers[${index}]`, ip)),
    ...(searches.length > SEARCHES_MAX ? [invalid(`${field}.dnsConfig.searches`, searches, `must not have more than ${SEARCHES_MAX} search paths`)] : []),
    ...(searches.join(' ').length > SEARCH_CHARACTERS_MAX ? [invalid(`${field}.dnsConfig.searches`, searches, `must not have more than ${SEARCH_CHARACTERS_MAX} characters (including spaces) in the search list`)] : []),
    ...searches.map((path) => (path === '.' ? path : path.replace(/\.$/, ''))).flatMap((path, index) => (path === '.' ? [] : invalidEach(`${field}.dnsConfig.searches[${index}]`, path, underscoredSubdomainErrors(path)))),
    ...(config?.options ?? []).flatMap(({ name }, index) => (name ? [] : [required(`${field}.dnsConfig.options[${index}]`, 'must not be empty')])),
  ];
}
