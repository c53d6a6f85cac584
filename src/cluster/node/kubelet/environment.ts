/** A container's environment: literal values, references, whole ConfigMaps, Service variables. */
import { milliValue, quantityValue } from '../../api/quantity.ts';
import type { ConfigMap, Container, EnvVar, Pod, Secret } from '../../api/types.ts';

/** What a container cannot start without: its STATUS becomes CreateContainerConfigError. */
export class ConfigError extends Error {}

/** Reads objects of the Pod's namespace. */
export interface ObjectSource {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

export interface PodFacts {
  podIP: string;
  hostIP: string;
  nodeName: string;
  /** What the node offers: the limit of a container that has none. */
  allocatable?: Readonly<Record<string, string>>;
}

/** The container's variables. Throws ConfigError for a missing key or object that is not optional. */
export function environmentOf(pod: Pod, container: Container, source: ObjectSource, facts: PodFacts): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    if (configMapRef) Object.assign(env, prefixed(prefix, configMapData(source, configMapRef.name ?? '', configMapRef.optional)));
    if (secretRef) Object.assign(env, prefixed(prefix, secretData(source, secretRef.name ?? '', secretRef.optional)));
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom ? referenced(pod, container, variable, source, facts) : expandVariables(variable.value ?? '', env);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

/** Replaces `$(NAME)` by known variables; `$$` is a dollar sign, the unknown stays as it is. */
export function expandVariables(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([A-Za-z_][A-Za-z0-9_.-]*)\))/g, (whole, dollar: string, name: string | undefined) => (dollar === '$' ? '$' : (env[name ?? ''] ?? whole)));
}

function referenced(pod: Pod, container: Container, { valueFrom }: EnvVar, source: ObjectSource, facts: PodFacts): string | undefined {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom!;
  if (configMapKeyRef) {
    const { name = '', key, optional } = configMapKeyRef;
    const data = configMapData(source, name, optional);
    return keyOf(data, key, optional, `couldn't find key ${key} in ConfigMap ${pod.metadata.namespace}/${name}`);
  }
  if (secretKeyRef) {
    const { name = '', key, optional } = secretKeyRef;
    const data = secretData(source, name, optional);
    return keyOf(data, key, optional, `couldn't find key ${key} in Secret ${pod.metadata.namespace}/${name}`);
  }
  if (fieldRef) return fieldValue(pod, fieldRef.fieldPath, facts);
  if (resourceFieldRef) return resourceValue(pod.spec.containers.find(({ name }) => name === resourceFieldRef.containerName) ?? container, resourceFieldRef, facts);
  return undefined;
}

/** The downward API's fields. */
export function fieldValue(pod: Pod, path: string, { podIP, hostIP, nodeName }: PodFacts): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return (keyed[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[keyed[2]!] ?? '';
  const lines = (values: Record<string, string> | undefined) => Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join('\n');
  switch (path) {
    case 'metadata.name': return pod.metadata.name;
    case 'metadata.namespace': return pod.metadata.namespace ?? '';
    case 'metadata.uid': return pod.metadata.uid;
    case 'metadata.labels': return lines(pod.metadata.labels);
    case 'metadata.annotations': return lines(pod.metadata.annotations);
    case 'spec.nodeName': return nodeName;
    case 'spec.serviceAccountName': return pod.spec.serviceAccountName ?? 'default';
    case 'status.podIP': case 'status.podIPs': return podIP;
    case 'status.hostIP': case 'status.hostIPs': return hostIP;
    default: return '';
  }
}

type ResourceFieldRef = NonNullable<NonNullable<EnvVar['valueFrom']>['resourceFieldRef']>;

/** An amount of the container's requests or limits in units of the divisor, rounded up. */
export function resourceValue(container: Container, { resource, divisor = '1' }: ResourceFieldRef, { allocatable = {} }: PodFacts): string {
  const dot = resource.indexOf('.');
  const [kind, name] = [resource.slice(0, dot), resource.slice(dot + 1)];
  const { limits, requests } = container.resources ?? {};
  const amount = kind === 'limits' ? (limits?.[name] ?? allocatable[name] ?? '0') : (requests?.[name] ?? '0');
  const unit = quantityValue(divisor) === 0 ? '1' : divisor;
  return String(name === 'cpu' ? Math.ceil(milliValue(amount) / milliValue(unit)) : Math.ceil(quantityValue(amount) / quantityValue(unit)));
}

function configMapData(source: ObjectSource, name: string, optional: boolean | undefined): Record<string, string> {
  const found = source.configMap(name);
  if (!found && !optional) throw new ConfigError(`configmap "${name}" not found`);
  return found?.data ?? {};
}

function secretData(source: ObjectSource, name: string, optional: boolean | undefined): Record<string, string> {
  const found = source.secret(name);
  if (!found && !optional) throw new ConfigError(`secret "${name}" not found`);
  return Object.fromEntries(Object.entries(found?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]));
}

function keyOf(data: Record<string, string>, key: string, optional: boolean | undefined, missing: string): string | undefined {
  const value = Object.hasOwn(data, key) ? data[key] : undefined;
  if (value === undefined && !optional) throw new ConfigError(missing);
  return value;
}

function prefixed(prefix: string, data: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [prefix + key, value]));
}
