/** What the API server itself knows of a Service's endpoints. */
import type { EndpointSlice } from '../api/types.ts';
import type { Storage } from './storage.ts';

export const SLICES = { group: 'discovery.k8s.io', plural: 'endpointslices' };

/** The EndpointSlices of a Service. */
export function slicesOf(storage: Storage, service: string, namespace: string): EndpointSlice[] {
  const slices = storage.list(SLICES, namespace) as EndpointSlice[]; // the plural says so
  return slices.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
}
