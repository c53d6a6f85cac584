/** Containers of a Pod, init containers included. */
import { duplicate, type FieldError, forbidden, invalid, notFound, required } from '../field-error.ts';
import { configKeyErrors, dnsLabelErrors, envNameErrors, portErrors, portNameErrors } from '../names.ts';
import { isSidecar } from '../pod-status.ts';
import type { Container, EnvVar, PodSpec } from '../types.ts';
import { duplicates, invalidEach, named, oneOf, oneOfOrNone, present } from './common.ts';
import { lifecycle, probe } from './probe.ts';
import { resourceRequirements } from './resources.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];

/** All containers of a spec; `field` is the spec's path. */
export function containers(field: string, spec: PodSpec): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map((volume) => volume.name));
  const apps = spec.containers ?? [];
  if (apps.length === 0) return [required(`${field}.containers`)];
  const names = new Set<string>();
  return [
    ...apps.flatMap((container, index) => appContainer(`${field}.containers[${index}]`, container, volumes, names)),
    ...hostPortConflicts(`${field}.containers`, apps),
    ...(spec.initContainers ?? []).flatMap((container, index) => initContainer(`${field}.initContainers[${index}]`, container, volumes, names)),
  ];
}

function appContainer(field: string, container: Container, volumes: ReadonlySet<string>, names: Set<string>): FieldError[] {
  const errors = [
    ...common(field, container, volumes),
    ...uniqueName(field, container, names),
    ...lifecycle(`${field}.lifecycle`, container.lifecycle),
    ...probes(field, container),
  ];
  if (container.restartPolicy === 'Always' || (container.restartPolicy && !['Never', 'OnFailure'].includes(container.restartPolicy))) {
    errors.push(...oneOf(`${field}.restartPolicy`, container.restartPolicy, ['Always', 'Never', 'OnFailure']));
  }
  return errors;
}

function initContainer(field: string, container: Container, volumes: ReadonlySet<string>, names: Set<string>): FieldError[] {
  const errors = [...common(field, container, volumes), ...uniqueName(field, container, names), ...hostPortConflicts(`${field}.ports`, [container])];
  if (isSidecar(container)) return [...errors, ...lifecycle(`${field}.lifecycle`, container.lifecycle), ...probes(field, container)];
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
    ...probe(`${field}.livenessProbe`, container.livenessProbe, 'onlyOneSuccess'),
    ...probe(`${field}.readinessProbe`, container.readinessProbe, 'anySuccesses'),
    ...probe(`${field}.startupProbe`, container.startupProbe, 'onlyOneSuccess'),
  ];
}

function common(field: string, container: Container, volumes: ReadonlySet<string>): FieldError[] {
  return [
    ...named(`${field}.name`, container.name, dnsLabelErrors),
    ...image(`${field}.image`, container.image),
    ...oneOfOrNone(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['FallbackToLogsOnError', 'File']),
    ...ports(`${field}.ports`, container.ports ?? []),
    ...(container.env ?? []).flatMap((variable, index) => environment(`${field}.env[${index}]`, variable)),
    ...(container.envFrom ?? []).flatMap((source, index) => environmentFrom(`${field}.envFrom[${index}]`, source)),
    ...volumeMounts(`${field}.volumeMounts`, container.volumeMounts ?? [], volumes),
    ...oneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, pullPolicies),
    ...resourceRequirements(`${field}.resources`, container.resources),
    ...securityContext(`${field}.securityContext`, container.securityContext),
  ];
}

function image(field: string, name: string | undefined): FieldError[] {
  if (!name) return [required(field)];
  return name === name.trim() ? [] : [invalid(field, name, 'must not have leading or trailing whitespace')];
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
const downwardFields = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.podIP', 'status.hostIPs', 'status.podIPs'];

function valueFrom(field: string, { value, valueFrom: source }: EnvVar): FieldError[] {
  if (!source) return [];
  const errors: FieldError[] = [];
  const keyRef = (name: 'configMapKeyRef' | 'secretKeyRef') => (source[name] ? [...present(`${field}.${name}.name`, source[name].name), ...named(`${field}.${name}.key`, source[name].key, configKeyErrors)] : []);
  if (source.fieldRef) errors.push(...fieldRef(`${field}.fieldRef`, source.fieldRef.fieldPath));
  if (source.resourceFieldRef) errors.push(...present(`${field}.resourceFieldRef.resource`, source.resourceFieldRef.resource));
  errors.push(...keyRef('configMapKeyRef'), ...keyRef('secretKeyRef'));
  const count = Object.keys(source).length;
  if (count === 0) errors.push(invalid(field, '', ENV_SOURCES));
  if (value) {
    if (count > 0) errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  } else if (count > 1) errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

function fieldRef(field: string, path: string): FieldError[] {
  if (!path) return [required(`${field}.fieldPath`)];
  const keyed = /^metadata\.(labels|annotations)\['.+'\]$/.test(path);
  return keyed || downwardFields.includes(path) ? [] : [invalid(`${field}.fieldPath`, path, `error converting fieldPath: field label not supported: ${path}`)];
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

function volumeMounts(field: string, mounts: NonNullable<Container['volumeMounts']>, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap(({ name, mountPath, subPath, subPathExpr }, index) => {
    const place = `${field}[${index}]`;
    const errors = [...present(`${place}.name`, name), ...present(`${place}.mountPath`, mountPath)];
    if (paths.has(mountPath)) errors.push(invalid(`${place}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (!volumes.has(name)) errors.push(notFound(`${place}.name`, name));
    if (subPath && subPathExpr) errors.push(invalid(`${place}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    if (subPath) errors.push(...localPath(`${place}.subPath`, subPath));
    return errors;
  });
}

/** A path below where it starts. */
export function localPath(field: string, path: string): FieldError[] {
  const errors: FieldError[] = path.startsWith('/') ? [invalid(field, path, 'must be a relative path')] : [];
  return path.split('/').includes('..') ? [...errors, invalid(field, path, "must not contain '..'")] : errors;
}

function securityContext(field: string, context: Container['securityContext']): FieldError[] {
  if (!context) return [];
  const errors: FieldError[] = [];
  for (const key of ['runAsUser', 'runAsGroup'] as const) {
    const id = context[key];
    if (id !== undefined && (id < 0 || id > 0xffffffff)) errors.push(invalid(`${field}.${key}`, id, 'must be between 0 and 4294967295, inclusive'));
  }
  if (context.allowPrivilegeEscalation === false && context.privileged) {
    errors.push(invalid(field, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true'));
  }
  return errors;
}
