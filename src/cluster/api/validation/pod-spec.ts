/** A Pod's spec as ValidatePodSpec checks it, part by part in the same order. */
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { dnsLabelErrors, dnsSubdomainErrors, labelErrors } from '../names.ts';
import type { PodSpec } from '../types.ts';
import { INT32_MAX, inRange, invalidEach, oneOf, oneOfOrNone } from './common.ts';
import { containers } from './container.ts';
import { resourceRequirements } from './resources.ts';
import { affinity, tolerations, topologySpread } from './scheduling.ts';
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
    ...securityContext(field, spec),
    ...pullSecrets(`${field}.imagePullSecrets`, spec),
    ...affinity(`${field}.affinity`, spec.affinity),
    ...dnsConfig(field, spec),
    ...topologySpread(`${field}.topologySpreadConstraints`, spec.topologySpreadConstraints ?? []),
    ...hostUsers(field, spec),
    ...names(field, spec),
    ...tolerations(`${field}.tolerations`, spec.tolerations ?? []),
    ...oneOfOrNone(`${field}.preemptionPolicy`, spec.preemptionPolicy, ['Never', 'PreemptLowerPriority']),
  ];
}

function securityContext(podField: string, { securityContext: given = {}, hostPID, shareProcessNamespace }: PodSpec): FieldError[] {
  const field = `${podField}.securityContext`;
  const id = (name: string, value: number | undefined) => inRange(`${field}.${name}`, value, 0, INT32_MAX);
  return [
    ...id('fsGroup', given.fsGroup), ...id('runAsUser', given.runAsUser), ...id('runAsGroup', given.runAsGroup), ...(given.supplementalGroups ?? []).flatMap((group, index) => id(`supplementalGroups[${index}]`, group)),
    ...(shareProcessNamespace && hostPID ? [invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')] : []),
  ];
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
  return nameservers.length > NAMESERVERS_MAX ? [invalid(`${field}.dnsConfig.nameservers`, nameservers, `must not have more than ${NAMESERVERS_MAX} nameservers`)] : [];
}
