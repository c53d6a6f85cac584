/** Containers of a Pod, init containers included. */
import { textOf } from '../device-claims.ts';
import { duplicate, type FieldError, forbidden, invalid, notFound, required, tooMany } from '../field-error.ts';
import { configKeyErrors, dnsLabelErrors, envNameErrors, portErrors, portNameErrors } from '../names.ts';
import { isSidecar } from '../pod-status.ts';
import type { Container, EnvVar, PodSpec, Volume } from '../types.ts';
import { duplicates, invalidEach, named, nullOr, oneOf, oneOfOrNone, present } from './common.ts';
import { fieldRef, resourceFieldRef } from './downward.ts';
import { lifecycle, probe } from './probe.ts';
import { resourceRequirements } from './resources.ts';
import { securityContext } from './security-context.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];

/** All containers of a spec; `field` is the spec's path. */
export function containers(field: string, spec: PodSpec): FieldError[] {
  const apps = spec.containers ?? [];
  if (apps.length === 0) return [required(`${field}.containers`)];
  const names = new Set<string>();
  return [
    ...apps.flatMap((container, index) => appContainer(`${field}.containers[${index}]`, container, spec, names)),
    ...hostPortConflicts(`${field}.containers`, apps),
    ...(spec.initContainers ?? []).flatMap((container, index) => initContainer(`${field}.initContainers[${index}]`, container, spec, names)),
  ];
}

function appContainer(field: string, container: Container, spec: PodSpec, names: Set<string>): FieldError[] {
  return [
    ...anyContainer(field, container, spec),
    ...uniqueName(field, container, names),
    ...lifecycle(`${field}.lifecycle`, container.lifecycle, spec),
    ...probes(field, container),
    ...restartRules(field, container),
  ];
}

function initContainer(field: string, container: Container, spec: PodSpec, names: Set<string>): FieldError[] {
  const errors = [...anyContainer(field, container, spec), ...restartRules(field, container), ...uniqueName(field, container, names), ...hostPortConflicts(field.replace(/\[\d+\]$/, ''), [container])];
  if (isSidecar(container)) return [...errors, ...lifecycle(`${field}.lifecycle`, container.lifecycle, spec), ...probes(field, container)];
  const stays = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  return [...errors, ...stays.filter((key) => container[key] !== undefined).map((key) => forbidden(`${field}.${key}`, 'may not be set for init containers without restartPolicy=Always'))];
}

function uniqueName(field: string, { name }: Container, names: Set<string>): FieldError[] {
  if (!name) return [];
  if (names.has(name)) return [duplicate(`${field}.name`, name)];
  names.add(name);
  return [];
}

function probes(field: string, container: Container): FieldError[] {
  return [
    ...probe(`${field}.livenessProbe`, container.livenessProbe, 'liveness'),
    ...probe(`${field}.readinessProbe`, container.readinessProbe, 'readiness'),
    ...probe(`${field}.startupProbe`, container.startupProbe, 'startup'),
  ];
}

/** What is the same for containers of every list. */
export function anyContainer(field: string, container: Container, spec: PodSpec): FieldError[] {
  return [
    ...named(`${field}.name`, container.name, dnsLabelErrors),
    ...present(`${field}.image`, container.image),
    ...oneOfOrNone(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['FallbackToLogsOnError', 'File']),
    ...ports(`${field}.ports`, container.ports ?? []),
    ...(container.env ?? []).flatMap((variable, index) => environment(`${field}.env[${index}]`, variable)),
    ...(container.envFrom ?? []).flatMap((source, index) => environmentFrom(`${field}.envFrom[${index}]`, source)),
    ...volumeMounts(`${field}.volumeMounts`, container, spec.volumes ?? []),
    ...volumeDevices(`${field}.volumeDevices`, container, spec.volumes ?? []),
    ...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, pullPolicies),
    ...resourceRequirements(`${field}.resources`, container.resources),
    ...claimNames(`${field}.resources.claims`, container, spec),
    ...resizePolicies(`${field}.resizePolicy`, container, spec),
    ...securityContext(`${field}.securityContext`, container.securityContext, spec.hostUsers !== false),
  ];
}

const RESTART_RULES_MAX = 20;
const EXIT_CODES_MAX = 255;

/** The container's own restartPolicy, and the exit codes that overrule it. */
function restartRules(field: string, { restartPolicy, restartPolicyRules: rules = [] }: Container): FieldError[] {
  const place = `${field}.restartPolicyRules`;
  return [
    ...(restartPolicy === undefined && rules.length > 0 ? [required(`${field}.restartPolicy`, 'must specify restartPolicy when restart rules are used')] : nullOr(`${field}.restartPolicy`, restartPolicy, ['Always', 'Never', 'OnFailure'])),
    ...(rules.length > RESTART_RULES_MAX ? [tooMany(place, rules.length, RESTART_RULES_MAX)] : []),
    ...rules.flatMap(({ action, exitCodes }, index) => [
      ...nullOr(`${place}[${index}].action`, action, ['Restart', 'RestartAllContainers']),
      ...(exitCodes ? nullOr(`${place}[${index}].exitCodes.operator`, exitCodes.operator, ['In', 'NotIn']) : [required(`${place}[${index}].exitCodes`, 'must be specified')]),
      ...((exitCodes?.values?.length ?? 0) > EXIT_CODES_MAX ? [tooMany(`${place}[${index}].exitCodes.values`, exitCodes!.values!.length, EXIT_CODES_MAX)] : []),
    ]),
  ];
}

function resizePolicies(field: string, { resizePolicy = [] }: Container, spec: PodSpec): FieldError[] {
  const twice = duplicates(resizePolicy, ({ resourceName }) => resourceName, ({ resourceName }, index) => duplicate(`${field}[${index}]`, resourceName));
  return [...twice, ...resizePolicy.flatMap(({ resourceName, restartPolicy }) => [
    ...oneOf(field, resourceName, ['cpu', 'memory']), ...oneOf(field, restartPolicy, ['NotRequired', 'RestartContainer']),
    ...(spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired' ? [invalid(field, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")] : []),
  ])];
}

function ports(field: string, list: NonNullable<Container['ports']>): FieldError[] {
  const names = new Set<string>();
  return list.flatMap(({ name, containerPort, hostPort, protocol }, index) => {
    const place = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (name) {
      const malformed = portNameErrors(name);
      if (malformed.length > 0) errors.push(...invalidEach(`${place}.name`, name, malformed));
      else if (names.has(name)) errors.push(duplicate(`${place}.name`, name));
      else names.add(name);
    }
    errors.push(...(containerPort ? invalidEach(`${place}.containerPort`, containerPort, portErrors(containerPort)) : [required(`${place}.containerPort`)]));
    if (hostPort) errors.push(...invalidEach(`${place}.hostPort`, hostPort, portErrors(hostPort)));
    return [...errors, ...oneOf(`${place}.protocol`, protocol, protocols)];
  });
}

function hostPortConflicts(field: string, list: readonly Container[]): FieldError[] {
  const all = list.flatMap((container, index) => (container.ports ?? []).map((port, at) => ({ port, place: `${field}[${index}].ports[${at}].hostPort` })));
  return duplicates(all, ({ port }) => (port.hostPort ? `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}` : undefined),
    ({ port, place }) => duplicate(place, `${port.protocol}/${port.hostIP ?? ''}/${port.hostPort}`));
}

function environment(field: string, variable: EnvVar): FieldError[] {
  return [...named(`${field}.name`, variable.name, envNameErrors), ...valueFrom(`${field}.valueFrom`, variable)];
}

const ENV_SOURCES = 'must specify one of: `configMapKeyRef`, `fieldRef`, `fileKeyRef`, `resourceFieldRef` or `secretKeyRef`';

function valueFrom(field: string, { value, valueFrom: source }: EnvVar): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  const keyRef = (name: 'configMapKeyRef' | 'secretKeyRef') => (source[name] ? [...present(`${field}.${name}.name`, source[name].name), ...named(`${field}.${name}.key`, source[name].key, configKeyErrors)] : []);
  if (source.fieldRef) errors.push(...fieldRef(`${field}.fieldRef`, source.fieldRef.fieldPath, 'variable'));
  if (source.resourceFieldRef) errors.push(...resourceFieldRef(`${field}.resourceFieldRef`, source.resourceFieldRef, 'variable'));
  errors.push(...keyRef('configMapKeyRef'), ...keyRef('secretKeyRef'));
  const count = Object.keys(source).length;
  if (count === 0) errors.push(invalid(field, '', ENV_SOURCES));
  if (value) {
    if (count > 0) errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

function environmentFrom(field: string, source: NonNullable<Container['envFrom']>[number]): FieldError[] {
  const errors: FieldError[] = source.prefix ? invalidEach(`${field}.prefix`, source.prefix, envNameErrors(source.prefix)) : [];
  if (source.configMapRef) errors.push(...present(`${field}.configMapRef.name`, source.configMapRef.name));
  if (source.secretRef) errors.push(...present(`${field}.secretRef.name`, source.secretRef.name));
  const count = Number(source.configMapRef !== undefined) + Number(source.secretRef !== undefined);
  if (count === 0) errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
  if (count > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

function volumeMounts(field: string, { volumeMounts: mounts = [], securityContext: context }: Container, volumes: readonly Volume[]): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const { name, mountPath, subPath, subPathExpr } = mount;
    const place = `${field}[${index}]`;
    const errors = [...present(`${place}.name`, name), ...present(`${place}.mountPath`, mountPath)];
    if (paths.has(mountPath)) errors.push(invalid(`${place}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (!volumes.some((volume) => volume.name === name)) errors.push(notFound(`${place}.name`, name));
    if (subPath && subPathExpr) errors.push(invalid(`${place}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    if (subPath) errors.push(...localPath(`${place}.subPath`, subPath));
    return [...errors, ...propagation(field, mount, context?.privileged === true)];
  });
}

/** How a mount is shared; upstream leaves the mount's index out of these paths. */
function propagation(field: string, { mountPropagation: mode, recursiveReadOnly, readOnly }: NonNullable<Container['volumeMounts']>[number], isPrivileged: boolean): FieldError[] {
  const errors = oneOfOrNone(`${field}.mountPropagation`, mode, ['Bidirectional', 'HostToContainer', 'None']);
  if (mode === 'Bidirectional' && !isPrivileged) errors.push(forbidden(`${field}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'));
  errors.push(...oneOfOrNone(`${field}.recursiveReadOnly`, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']));
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible') return errors;
  if (!readOnly) errors.push(forbidden(`${field}.recursiveReadOnly`, 'may only be specified when readOnly is true'));
  if (mode && mode !== 'None') errors.push(forbidden(`${field}.recursiveReadOnly`, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
}

function volumeDevices(field: string, { volumeDevices: devices = [] }: Container, volumes: readonly Volume[]): FieldError[] {
  return devices.flatMap(({ name, devicePath }, index) => {
    const volume = volumes.find((each) => each.name === name);
    return [
      ...present(`${field}[${index}].name`, name),
      ...(!volume ? [notFound(`${field}[${index}].name`, name)] : volume.persistentVolumeClaim || volume.ephemeral ? [] : [invalid(`${field}[${index}].name`, name, 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode')]),
      ...present(`${field}[${index}].devicePath`, devicePath),
    ];
  });
}

const claimKey = (claim: { name: string }) => [claim.name, textOf(claim, 'request')].filter(Boolean).join('/');

/** Claims of devices that a container uses must be the Pod's. */
function claimNames(field: string, { resources }: Container, spec: PodSpec): FieldError[] {
  const known = (spec.resourceClaims ?? []).map(({ name }) => name).sort();
  const where = `must be one of the names in pod.spec.resourceClaims${known.length > 0 ? `: ${known.join(', ')}` : ' which is empty'}`;
  const claims = resources?.claims ?? [];
  return [
    ...duplicates(claims, claimKey, (claim, index) => duplicate(`${field}[${index}]`, claimKey(claim))),
    ...claims.flatMap(({ name }, index) => (known.includes(name) ? [] : [{ ...notFound(`${field}[${index}]`, name), message: `Not found: ${JSON.stringify(name)}: ${where}` }])),
  ];
}

/** A path below where it starts. */
export function localPath(field: string, path: string): FieldError[] {
  const errors: FieldError[] = path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : [];
  return path.split('/').includes('..') ? [...errors, invalid(field, path, "must not contain '..'")] : errors;
}
