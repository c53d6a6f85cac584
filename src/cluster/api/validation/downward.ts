/** What a Pod says of itself to its containers: fields of its own, and resources of a container. */
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { labelKeyErrors } from '../names.ts';
import { canonicalQuantity } from '../quantity.ts';
import type { Container } from '../types.ts';
import { invalidEach } from './common.ts';

const ENV_FIELDS = ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName', 'spec.serviceAccountName', 'status.hostIP', 'status.hostIPs', 'status.podIP', 'status.podIPs'];
const VOLUME_FIELDS = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];
const KNOWN_FIELDS = [...ENV_FIELDS, ...VOLUME_FIELDS, 'spec.host', 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'];
const RESOURCES = ['cpu', 'ephemeral-storage', 'memory'];
const SOURCES = ['limits', 'requests'].flatMap((list) => RESOURCES.map((name) => `${list}.${name}`));
const BYTE_DIVISORS = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** A field of the Pod, for a variable or for a file. */
export function fieldRef(field: string, path: string, use: 'variable' | 'file'): FieldError[] {
  if (!path) return [required(`${field}.fieldPath`)];
  const [, map, key = ''] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (map) return invalidEach(field, key, labelKeyErrors(map === 'labels' ? key : key.toLowerCase()));
  if (!KNOWN_FIELDS.includes(path)) return [invalid(`${field}.fieldPath`, path, `error converting fieldPath: field label not supported: ${path}`)];
  const supported = use === 'variable' ? ENV_FIELDS : VOLUME_FIELDS;
  return supported.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, supported)];
}

type ResourceFieldRef = NonNullable<NonNullable<NonNullable<Container['env']>[number]['valueFrom']>['resourceFieldRef']>;

/** A request or limit of a container; a file must say of which. */
export function resourceFieldRef(field: string, { containerName, resource, divisor }: ResourceFieldRef, use: 'variable' | 'file'): FieldError[] {
  if (use === 'file' && !containerName) return [required(`${field}.containerName`)];
  if (!resource) return [required(`${field}.resource`)];
  const name = resource.slice(resource.indexOf('.') + 1);
  const isPages = /^(limits|requests)\.hugepages-/.test(resource);
  const errors = SOURCES.includes(resource) || isPages ? [] : [notSupported(`${field}.resource`, resource, SOURCES)];
  const unit = canonicalQuantity(divisor ?? '0');
  if (unit === '0') return errors;
  if (name === 'cpu') return ['1m', '1'].includes(unit) ? errors : [...errors, invalid(`${field}.divisor`, resource, "only divisor's values 1m and 1 are supported with the cpu resource")];
  const what = name === 'memory' ? 'memory' : name === 'ephemeral-storage' ? 'local ephemeral storage' : isPages ? 'hugepages' : undefined;
  return !what || BYTE_DIVISORS.includes(unit) ? errors : [...errors, invalid(`${field}.divisor`, resource, `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${what} resource`)];
}
