/** Requests and limits of containers. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { labelKeyErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../quantity.ts';
import { containersTotal, isPodLevel, listOf } from '../pod-resources.ts';
import type { Container, PodSpec } from '../types.ts';
import { invalidEach, nonNegativeQuantity } from './common.ts';

const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
const standardResources = [...containerResources, 'pods', 'storage', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory', 'requests.storage'];

/** Requests and limits: known names, whole numbers where they must be, no request above its limit. */
export function resourceRequirements(field: string, resources: Container['resources'], nameErrors = resourceName): FieldError[] {
  const resource = (place: string, name: string, quantity: string) => [...nameErrors(place, name), ...amount(place, name, quantity)];
  const limits = resources?.limits ?? {};
  const requests = resources?.requests ?? {};
  const all = { ...limits, ...requests };
  return [
    ...sorted(limits).flatMap(([name, quantity]) => resource(`${field}.limits[${name}]`, name, quantity)),
    ...sorted(requests).flatMap(([name, quantity]) => [
      ...resource(`${field}.requests[${name}]`, name, quantity),
      ...requestAgainstLimit(field, name, quantity, limits[name]),
    ]),
    ...(Object.keys(all).some(isPages) && !('cpu' in all) && !('memory' in all) ? [forbidden(field, 'HugePages require cpu or memory')] : []),
  ];
}

/** The Pod's own requests and limits: no less than its containers' requests together, nor than the limit of any (validatePodResources). */
export function podResources(field: string, spec: PodSpec): FieldError[] {
  const { resources } = spec;
  if (!resources) return [];
  if (spec.os?.name === 'windows') return [forbidden(field, 'may not be set for a windows pod')];
  const below = (list: 'requests' | 'limits', matters: (name: string) => boolean) => sorted(containersTotal(spec, list)).flatMap(([name, sum]) => {
    const own = listOf(resources[list])[name];
    return own !== undefined && matters(name) && compareQuantities(sum, own) > 0 ? [invalid(`${field}.${list}[${name}]`, canonicalQuantity(own), `must be greater than or equal to aggregate container ${list} of ${canonicalQuantity(sum)}`)] : [];
  });
  return [
    ...(resources.claims ? [forbidden(`${field}.claims`, 'claims may not be set for Resources at pod-level')] : []),
    ...resourceRequirements(field, resources, podResourceName),
    ...below('requests', () => true),
    ...below('limits', isPages),
    ...spec.containers.flatMap((container, index) => sorted(listOf(container.resources?.limits)).flatMap(([name, limit]) => {
      const own = listOf(resources.limits)[name];
      return own !== undefined && compareQuantities(limit, own) > 0 ? [invalid(`${field}.containers[${index}][${name}].limits`, canonicalQuantity(limit), `must be less than or equal to pod limits of ${canonicalQuantity(own)}`)] : [];
    })),
  ];
}

function podResourceName(field: string, name: string): FieldError[] {
  const malformed = standardName(field, name);
  return malformed.length > 0 || isPodLevel(name) ? malformed : [notSupported(field, name, ['cpu', 'hugepages-', 'memory'])];
}

function amount(field: string, name: string, quantity: string): FieldError[] {
  const errors = nonNegativeQuantity(field, quantity);
  if (isExtended(name) && parseQuantity(quantity).nano % 1_000_000_000n !== 0n) errors.push(invalid(field, canonicalQuantity(quantity), 'must be an integer'));
  const pageSize = isPages(name) ? parseQuantity(name.slice('hugepages-'.length)).nano : 1n;
  if (isPages(name) && parseQuantity(quantity).nano % pageSize !== 0n) errors.push(invalid(field, canonicalQuantity(quantity), `${canonicalQuantity(quantity)} is not positive integer multiple of ${name}`));
  return errors;
}

function isPages(name: string): boolean {
  return name.startsWith('hugepages-');
}

/** A name by itself: Kubernetes' own, or one with a domain. */
export function standardName(field: string, name: string): FieldError[] {
  const malformed = labelKeyErrors(name);
  if (malformed.length > 0) return invalidEach(field, name, malformed);
  return name.includes('/') || isPages(name) || standardResources.includes(name) ? [] : [invalid(field, name, 'must be a standard resource type or fully qualified')];
}

/** The name of something that a container may ask for. */
export function resourceName(field: string, name: string): FieldError[] {
  const errors = standardName(field, name);
  return labelKeyErrors(name).length > 0 || name.includes('/') || isPages(name) || containerResources.includes(name) ? errors : [...errors, invalid(field, name, 'must be a standard resource for containers')];
}

function requestAgainstLimit(field: string, name: string, request: string, limit: string | undefined): FieldError[] {
  if (limit === undefined) return mayOvercommit(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  const order = compareQuantities(request, limit);
  if (order !== 0 && !mayOvercommit(name)) return [invalid(`${field}.requests`, canonicalQuantity(request), `must be equal to ${name} limit of ${canonicalQuantity(limit)}`)];
  if (order > 0) return [invalid(`${field}.requests`, canonicalQuantity(request), `must be less than or equal to ${name} limit of ${canonicalQuantity(limit)}`)];
  return [];
}

/** True for a resource of a vendor, such as `nvidia.com/gpu`. */
export function isExtended(name: string): boolean {
  return name.includes('/') && !name.split('/')[0]?.endsWith('kubernetes.io');
}

/** Requests may be below limits for the resources that Kubernetes itself knows, huge pages apart. */
export function mayOvercommit(name: string): boolean {
  return !isPages(name) && (!name.includes('/') || name.includes('kubernetes.io/'));
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
