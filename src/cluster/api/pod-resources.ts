/** What a Pod asks of a node: requests and limits over its containers (k8s.io/component-helpers/resource). */
import { isSidecar } from './pod-status.ts';
import { addQuantities, compareQuantities, milliValue, parseQuantity, quantityValue } from './quantity.ts';
import type { PodSpec } from './types.ts';

/** Resource name to canonical quantity. */
export type ResourceList = Readonly<Record<string, string>>;

/** Names of the resources that a node offers for Pod-level and container-level requests alike. */
type ResourceKind = 'requests' | 'limits';

/**
 * Effective requests: app containers and sidecars added up, or the largest init container with the sidecars started
 * before it when that is more; Pod-level requests override; overhead on top.
 */
export function podRequests(spec: PodSpec): ResourceList {
  return effective(spec, 'requests');
}

/** Effective limits, by the same rules; a resource without a limit in any app container is only as limited as the others. */
export function podLimits(spec: PodSpec): ResourceList {
  return effective(spec, 'limits');
}

function effective(spec: PodSpec, kind: ResourceKind): ResourceList {
  const fromContainers = containersTotal(spec, kind);
  const podLevel = listOf(spec.resources?.[kind]);
  const total = { ...fromContainers, ...podLevel };
  return spec.overhead ? withOverhead(total, listOf(spec.overhead), kind) : total;
}

/** What a Pod may ask for itself, whatever its containers do. */
export function isPodLevel(name: string): boolean {
  return name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
}

/** What the containers ask for together, whatever the Pod itself says. */
export function containersTotal(spec: PodSpec, kind: ResourceKind): ResourceList {
  let running = spec.containers.map((container) => listOf(container.resources?.[kind])).reduce(addLists, {});
  let sidecars: ResourceList = {};
  let peak: ResourceList = {};
  for (const container of spec.initContainers ?? []) {
    const own = listOf(container.resources?.[kind]);
    if (isSidecar(container)) {
      sidecars = addLists(sidecars, own);
      running = addLists(running, own);
      peak = maxLists(peak, sidecars);
    } else peak = maxLists(peak, addLists(own, sidecars));
  }
  return maxLists(running, peak);
}

/** Overhead adds to every request, but only to limits that exist. */
function withOverhead(list: ResourceList, overhead: ResourceList, kind: ResourceKind): ResourceList {
  if (kind === 'requests') return addLists(list, overhead);
  return Object.fromEntries(Object.entries(list).map(([name, quantity]) => [name, overhead[name] && parseQuantity(quantity).nano !== 0n ? addQuantities(quantity, overhead[name]) : quantity]));
}

/** Sum of two lists, name by name. */
export function addLists(a: ResourceList, b: ResourceList): ResourceList {
  return merge(a, b, addQuantities);
}

/** The larger of two lists, name by name. */
function maxLists(a: ResourceList, b: ResourceList): ResourceList {
  return merge(a, b, (x, y) => (compareQuantities(y, x) > 0 ? y : x));
}

function merge(a: ResourceList, b: ResourceList, join: (x: string, y: string) => string): ResourceList {
  const names = Object.keys(b);
  if (names.length === 0) return a;
  const result: Record<string, string> = { ...a };
  for (const name of names) {
    const [x, y] = [a[name], b[name] ?? '0'];
    result[name] = x === undefined ? y : join(x, y);
  }
  return result;
}

/** A resource list with its quantities as text, as the API server stores them. */
export function listOf(list: Record<string, string | number> | undefined): ResourceList {
  if (!list) return {};
  const result: Record<string, string> = {};
  for (const [name, quantity] of Object.entries(list)) result[name] = String(quantity);
  return result;
}

/** Amount of one resource as a number: thousandths of CPU, whole units of all else. */
export function amountOf(name: string, quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  return name === 'cpu' || name.endsWith('.cpu') ? milliValue(quantity) : quantityValue(quantity);
}
