/** A Pod's quality of service class (k8s.io/kubernetes/pkg/apis/core/v1/helper/qos). */
import { compareQuantities } from './quantity.ts';
import type { PodSpec } from './types.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Guaranteed: cpu and memory limited everywhere and requested in full; BestEffort: neither is mentioned anywhere. */
export function qosClassOf(spec: PodSpec): QosClass {
  const all = spec.resources && mentions(spec.resources) ? [{ resources: spec.resources }] : [...spec.containers, ...(spec.initContainers ?? [])];
  if (!all.some(({ resources }) => mentions(resources))) return 'BestEffort';
  return all.every(({ resources }) => isFullyReserved(resources)) ? 'Guaranteed' : 'Burstable';
}

interface Resources { requests?: Record<string, string | number>; limits?: Record<string, string | number> }
const computeResources = ['cpu', 'memory'];

function mentions(resources: Resources | undefined): boolean {
  return computeResources.some((name) => isPositive(resources?.requests?.[name]) || isPositive(resources?.limits?.[name]));
}

function isFullyReserved(resources: Resources | undefined): boolean {
  return computeResources.every((name) => {
    const limit = resources?.limits?.[name];
    const request = resources?.requests?.[name] ?? limit;
    return isPositive(limit) && limit !== undefined && request !== undefined && compareQuantities(request, limit) === 0;
  });
}

function isPositive(quantity: string | number | undefined): boolean {
  return quantity !== undefined && compareQuantities(quantity, '0') > 0;
}
