/** The constraints of a LimitRange, in the words of the LimitRanger plugin. */
import { addLists, listOf, podLimits, podRequests, type ResourceList } from '../../api/pod-resources.ts';
import { canonicalQuantity, compareQuantities, milliValue } from '../../api/quantity.ts';
import type { Container, KubeObject, PodSpec } from '../../api/types.ts';

/** One item of a LimitRange's `spec.limits`. */
export interface LimitItem {
  type: string;
  max?: Record<string, string>;
  min?: Record<string, string>;
  default?: Record<string, string>;
  defaultRequest?: Record<string, string>;
  maxLimitRequestRatio?: Record<string, string>;
}

/** What one thing asks for. */
interface Asked { requests: ResourceList; limits: ResourceList }

export function limitItems(limitRange: KubeObject): readonly LimitItem[] {
  return (limitRange.spec as { limits?: LimitItem[] } | undefined)?.limits ?? []; // only asked of LimitRanges
}

/** Defaults for containers, filled up as the API does: default from max, request from default, then from min; the first item that says something counts. */
export function containerDefaults(items: readonly LimitItem[]): Asked {
  let limits: ResourceList = {};
  let requests: ResourceList = {};
  for (const item of items.filter(({ type }) => type === 'Container')) {
    const itemLimits = { ...listOf(item.max), ...listOf(item.default) };
    limits = { ...itemLimits, ...limits };
    requests = { ...listOf(item.min), ...itemLimits, ...listOf(item.defaultRequest), ...requests };
  }
  return { limits, requests };
}

/** All that a Pod breaks of one item. */
export function podComplaints(item: LimitItem, spec: PodSpec): string[] {
  if (item.type === 'Pod') return complaints(item, { requests: podRequests(spec), limits: podLimits(spec) });
  if (item.type !== 'Container') return [];
  return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) => complaints(item, askedBy(container)));
}

/** All that a PersistentVolumeClaim breaks of one item. */
export function claimComplaints(item: LimitItem, claim: KubeObject): string[] {
  if (item.type !== 'PersistentVolumeClaim') return [];
  const spec = claim.spec as { resources?: { requests?: Record<string, string> } } | undefined; // only asked of claims
  const requests = listOf(spec?.resources?.requests);
  return [
    ...eachName(item.min, (name, limit) => below(item.type, name, limit, { requests, limits: {} })),
    ...eachName(item.max, (name, limit) => {
      const says = `maximum ${name} usage per ${item.type} is ${limit}`;
      if (requests[name] === undefined) return `${says}.  No request is specified`;
      return compareQuantities(requests[name], limit) > 0 ? `${says}, but request is ${requests[name]}` : undefined;
    }),
  ];
}

function complaints(item: LimitItem, asked: Asked): string[] {
  return [
    ...eachName(item.min, (name, limit) => below(item.type, name, limit, asked)),
    ...eachName(item.max, (name, limit) => above(item.type, name, limit, asked)),
    ...eachName(item.maxLimitRequestRatio, (name, ratio) => ratioExceeded(item.type, name, ratio, asked)),
  ];
}

function eachName(list: Record<string, string> | undefined, complain: (name: string, limit: string) => string | undefined): string[] {
  return Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, limit]) => complain(name, canonicalQuantity(limit))).filter((text) => text !== undefined);
}

function below(type: string, name: string, limit: string, { requests, limits }: Asked): string | undefined {
  const says = `minimum ${name} usage per ${type} is ${limit}`;
  const [request, most] = [requests[name], limits[name]];
  if (request === undefined) return `${says}.  No request is specified`;
  if (compareQuantities(request, limit) < 0) return `${says}, but request is ${request}`;
  return most !== undefined && compareQuantities(most, limit) < 0 ? `${says}, but limit is ${most}` : undefined;
}

function above(type: string, name: string, limit: string, { requests, limits }: Asked): string | undefined {
  const says = `maximum ${name} usage per ${type} is ${limit}`;
  const [request, most] = [requests[name], limits[name]];
  if (most === undefined) return `${says}.  No limit is specified`;
  if (compareQuantities(most, limit) > 0) return `${says}, but limit is ${most}`;
  return request !== undefined && compareQuantities(request, limit) > 0 ? `${says}, but request is ${request}` : undefined;
}

function ratioExceeded(type: string, name: string, ratio: string, { requests, limits }: Asked): string | undefined {
  const says = `${name} max limit to request ratio per ${type} is ${ratio}`;
  const [request, most] = [milliValue(requests[name] ?? '0'), milliValue(limits[name] ?? '0')];
  if (request === 0) return `${says}, but no request is specified or request is 0`;
  if (most === 0) return `${says}, but no limit is specified or limit is 0`;
  return most / request > milliValue(ratio) / 1000 ? `${says}, but provided ratio is ${(most / request).toFixed(6)}` : undefined;
}

function askedBy({ resources }: Container): Asked {
  return { requests: addLists({}, listOf(resources?.requests)), limits: addLists({}, listOf(resources?.limits)) };
}
