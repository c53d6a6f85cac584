/** Requests and limits of containers. */
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { labelKeyErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities, parseQuantity } from '../quantity.ts';
import type { Container } from '../types.ts';
import { invalidEach, nonNegativeQuantity } from './common.ts';

const containerResources = ['cpu', 'memory', 'ephemeral-storage'];
const standardResources = [...containerResources, 'pods', 'storage', 'services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory', 'requests.storage'];

/** Requests and limits: known names, whole numbers where they must be, no request above its limit. */
export function resourceRequirements(field: string, resources: Container['resources']): FieldError[] {
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

function resource(field: string, name: string, quantity: string): FieldError[] {
  const errors = [...resourceName(field, name), ...nonNegativeQuantity(field, quantity)];
  if (isExtended(name) && parseQuantity(quantity).nano % 1_000_000_000n !== 0n) errors.push(invalid(field, canonicalQuantity(quantity), 'must be an integer'));
  const pageSize = isPages(name) ? parseQuantity(name.slice('hugepages-'.length)).nano : 1n;
  if (isPages(name) && parseQuantity(quantity).nano % pageSize !== 0n) errors.push(invalid(field, canonicalQuantity(quantity), `${canonicalQuantity(quantity)} is not positive integer multiple of ${name}`));
  return errors;
}

function isPages(name: string): boolean {
  return name.startsWith('hugepages-');
}

function resourceName(field: string, name: string): FieldError[] {
  const malformed = labelKeyErrors(name);
  if (malformed.length > 0) return invalidEach(field, name, malformed);
  if (name.includes('/') || isPages(name)) return [];
  const errors: FieldError[] = [];
  if (!standardResources.includes(name)) errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  if (!containerResources.includes(name)) errors.push(invalid(field, name, 'must be a standard resource for containers'));
  return errors;
}

function requestAgainstLimit(field: string, name: string, request: string, limit: string | undefined): FieldError[] {
  if (limit === undefined) return mayOvercommit(name) ? [] : [required(`${field}.limits`, 'Limit must be set for non overcommitable resources')];
  const order = compareQuantities(request, limit);
  if (order !== 0 && !mayOvercommit(name)) return [invalid(`${field}.requests`, canonicalQuantity(request), `must be equal to ${name} limit of ${canonicalQuantity(limit)}`)];
  if (order > 0) return [invalid(`${field}.requests`, canonicalQuantity(request), `must be less than or equal to ${name} limit of ${canonicalQuantity(limit)}`)];
  return [];
}

/** True for a resource of a vendor, such as `nvidia.com/gpu`. */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.split('/')[0]?.endsWith('kubernetes.io');
}

/** Requests may be below limits for the resources that Kubernetes itself knows, huge pages apart. */
function mayOvercommit(name: string): boolean {
  return !isPages(name) && (!name.includes('/') || name.includes('kubernetes.io/'));
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}
