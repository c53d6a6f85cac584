/** Security contexts of Pods and containers (ValidatePodSecurityContext, ValidateSecurityContext), and what an operating system excludes. */
import { textOf } from '../device-claims.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import type { Container, PodSpec } from '../types.ts';
import { duplicates, INT32_MAX, inRange, oneOf, oneOfOrNone } from './common.ts';

type Profile = { type?: string; localhostProfile?: string };
const PROFILE_TYPES = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const SYSCTL = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;

/** The Pod's; `podField` is its spec's path. */
export function podSecurityContext(podField: string, spec: PodSpec): FieldError[] {
  const { securityContext: given = {}, hostPID, shareProcessNamespace } = spec;
  const field = `${podField}.securityContext`;
  const id = (name: string, value: number | undefined) => inRange(`${field}.${name}`, value, 0, INT32_MAX);
  return [
    ...id('fsGroup', given.fsGroup), ...id('runAsUser', given.runAsUser), ...id('runAsGroup', given.runAsGroup), ...(given.supplementalGroups ?? []).flatMap((group, index) => id(`supplementalGroups[${index}]`, group)),
    ...(shareProcessNamespace && hostPID ? [invalid(`${field}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled')] : []),
    ...sysctls(`${field}.sysctls`, given.sysctls ?? []),
    ...oneOfOrNone(`${field}.fsGroupChangePolicy`, given.fsGroupChangePolicy, ['Always', 'OnRootMismatch']),
    ...profiles(field, given),
    ...oneOfOrNone(`${field}.supplementalGroupsPolicy`, textOf(given, 'supplementalGroupsPolicy'), ['Merge', 'Strict']),
    ...operatingSystem(podField, spec),
  ];
}

/** A container's. */
export function securityContext(field: string, context: Container['securityContext'], isHostUser: boolean): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = (['runAsUser', 'runAsGroup'] as const).flatMap((key) => inRange(`${field}.${key}`, context[key], 0, INT32_MAX));
  errors.push(...oneOfOrNone(`${field}.procMount`, context.procMount, ['Default', 'Unmasked']));
  if (context.procMount === 'Unmasked' && isHostUser) errors.push(invalid(`${field}.procMount`, 'Unmasked', '`hostUsers` must be false to use `Unmasked`'));
  if (context.allowPrivilegeEscalation === false) {
    const shown = internalOf('SecurityContext', context);
    if (context.privileged) errors.push(invalid(field, shown, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
    if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) errors.push(invalid(field, shown, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN'));
  }
  return [...errors, ...profiles(field, context)];
}

function profiles(field: string, { seccompProfile, appArmorProfile }: { seccompProfile?: Profile; appArmorProfile?: Profile }): FieldError[] {
  return [...profile(`${field}.seccompProfile`, seccompProfile, 'seccomp'), ...profile(`${field}.appArmorProfile`, appArmorProfile, 'AppArmor')];
}

function profile(field: string, given: Profile | undefined, what: 'seccomp' | 'AppArmor'): FieldError[] {
  if (!given) return [];
  if (!given.type) return [required(`${field}.type`, `type is required when ${what === 'seccomp' ? 'seccompProfile' : 'appArmorProfile'} is set`)];
  const [isLocal, path] = [given.type === 'Localhost', given.localhostProfile];
  if (isLocal && !path) return [required(`${field}.localhostProfile`, `must be set when ${what} type is Localhost`)];
  return [
    ...oneOf(`${field}.type`, given.type, PROFILE_TYPES),
    ...(!isLocal && path !== undefined ? [invalid(`${field}.localhostProfile`, path, `can only be set when ${what} type is Localhost`)] : []),
  ];
}

function sysctls(field: string, list: readonly { name: string }[]): FieldError[] {
  const names = list.flatMap(({ name }, index) => {
    if (!name) return [required(`${field}[${index}].name`)];
    return SYSCTL.test(name) && name.length <= 253 ? [] : [invalid(`${field}[${index}].name`, name, `must have at most 253 characters and match regex ${SYSCTL.source.replace('[./]', '[\\./]')}`)];
  });
  return [...names, ...duplicates(list, ({ name }) => name || undefined, ({ name }, index) => duplicate(`${field}[${index}].name`, name))];
}

const ID_FIELDS = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile'];
const LINUX_POD = [...ID_FIELDS, 'fsGroup', 'fsGroupChangePolicy', 'sysctls', 'runAsUser', 'runAsGroup', 'supplementalGroups', 'supplementalGroupsPolicy'];
const LINUX_CONTAINER = [...ID_FIELDS, 'capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'];

/** `spec.os`: a known name; what only the other system knows may not be set. */
function operatingSystem(field: string, spec: PodSpec): FieldError[] {
  const { os, securityContext: pod } = spec;
  if (!os) return [];
  const known = oneOf(`${field}.os.name`, os.name, ['linux', 'windows']);
  if (known.length > 0) return known;
  const [podFields, containerFields, why] = os.name === 'windows' ? [LINUX_POD, LINUX_CONTAINER, 'cannot be set for a windows pod'] : [['windowsOptions'], ['windowsOptions'], 'windows options cannot be set for a linux pod'];
  const given = (place: string, context: object | undefined, fields: readonly string[]) => fields.filter((name) => Reflect.get(context ?? {}, name) !== undefined).map((name) => forbidden(`${place}.${name}`, why));
  return [
    ...given(`${field}.securityContext`, pod, podFields),
    ...(['containers', 'initContainers'] as const).flatMap((list) => (spec[list] ?? []).flatMap((container, index) => given(`${field}.${list}[${index}].securityContext`, container.securityContext, containerFields))),
  ];
}
