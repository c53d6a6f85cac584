/** A Pod's spec as ValidatePodSpec checks it, part by part in the same order. */
import { claimReferences } from '../device-claims.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelErrors, labelKeyErrors } from '../names.ts';
import type { PodSpec } from '../types.ts';
import { duplicates, INT32_MAX, inRange, invalidEach, named, oneOf, oneOfOrNone } from './common.ts';
import { containers } from './container.ts';
import { resourceRequirements } from './resources.ts';
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
    ...containers(field, spec),
    ...resourceRequirements(`${field}.resources`, spec.resources),
    ...oneOf(`${field}.restartPolicy`, spec.restartPolicy, restartPolicies),
    ...oneOf(`${field}.dnsPolicy`, spec.dnsPolicy, dnsPolicies),
    ...labelErrors(`${field}.nodeSelector`, spec.nodeSelector ?? {}),
    ...hostPorts(`${field}.containers`, spec),
    ...podSecurityContext(field, spec),
    ...pullSecrets(`${field}.imagePullSecrets`, spec),
    ...(spec.hostAliases ?? []).flatMap(({ ip, hostnames }, index) => [
      ...ipAddress(`${field}.hostAliases[${index}].ip`, ip ?? ''),
      ...(hostnames ?? []).flatMap((name, at) => invalidEach(`${field}.hostAliases[${index}].hostnames[${at}]`, name, dnsSubdomainErrors(name))),
    ]),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType }, index) => invalidEach(`${field}.readinessGates[${index}].conditionType`, conditionType, labelKeyErrors(conditionType))),
    ...gateNames(`${field}.schedulingGates`, spec.schedulingGates ?? []),
    ...claims(`${field}.resourceClaims`, spec),
    ...affinity(`${field}.affinity`, spec.affinity),
    ...dnsConfig(field, spec),
    ...topologySpread(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []),
    ...hostUsers(field, spec),
    ...names(field, spec),
    ...tolerations(`${field}.tolerations`, spec.tolerations ?? []),
    ...oneOfOrNone(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
  ];
}

/** A Pod that is new: what its controllers may leave open, it may not. */
export function podCreate(spec: PodSpec): FieldError[] {
  return [
    ...podSpec('spec', spec),
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
function hostUsers(field: string, { hostUsers: sharesUsers, hostNetwork, hostPID, hostIPC }: PodSpec): FieldError[] {
  if (sharesUsers !== false) return [];
  return Object.entries({ hostNetwork, HostPID: hostPID, HostIPC: hostIPC }).flatMap(([name, isShared]) => (isShared ? [forbidden(`${field}.${name}`, 'when `hostUsers` is false')] : []));
}

function names(field: string, spec: PodSpec): FieldError[] {
  const checked = (key: keyof PodSpec & string, value: string | undefined, rule: (name: string) => string[]) => (value ? invalidEach(`${field}.${key}`, value, rule(value)) : []);
  return [
    ...checked('serviceAccountName', spec.serviceAccountName, dnsSubdomainErrors),
    ...checked('nodeName', spec.nodeName, dnsSubdomainErrors),
    ...inRange(`${field}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, INT32_MAX),
    ...checked('hostname', spec.hostname, dnsLabelErrors),
    ...checked('subdomain', spec.subdomain, dnsLabelErrors),
    ...checked('priorityClassName', spec.priorityClassName, dnsSubdomainErrors),
    ...checked('runtimeClassName', spec.runtimeClassName, dnsSubdomainErrors),
  ];
}

function pullSecrets(field: string, { imagePullSecrets }: PodSpec): FieldError[] {
  return (imagePullSecrets ?? []).flatMap(({ name }, index) => (name ? [] : [required(`${field}[${index}].name`)]));
}

const NAMESERVERS_MAX = 3; // validation.MaxDNSNameservers

function dnsConfig(field: string, { dnsPolicy, dnsConfig: config }: PodSpec): FieldError[] {
  const nameservers = config?.nameservers ?? [];
  if (dnsPolicy === 'None') {
    if (!config) return [required(`${field}.dnsConfig`, "must provide `dnsConfig` when `dnsPolicy` is None")];
    if (nameservers.length === 0) return [required(`${field}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')];
  }
  return [
    ...(nameservers.length > NAMESERVERS_MAX ? [invalid(`${field}.dnsConfig.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)] : []),
    ...nameservers.flatMap((ip, index) => ipAddress(`${field}.dnsConfig.nameservers[${index}]`, ip)),
    ...(config?.options ?? []).flatMap(({ name }, index) => (name ? [] : [required(`${field}.dnsConfig.options[${index}]`, 'must not be empty')])),
  ];
}
