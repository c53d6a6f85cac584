/** One finalizer comes or goes, whatever others there are by now (a strategic merge patch, as controllers send it). */
import { type ApiClient, type ResourceRef } from '../client/types.ts';
import type { KubeObject } from '../api/types.ts';

/** Adds a finalizer. Throws ApiError or NetworkError. */
export function addFinalizer(client: ApiClient, resource: ResourceRef<KubeObject>, { name, namespace }: KubeObject['metadata'], finalizer: string): void {
  client.patch(resource, name, namespace, { metadata: { finalizers: [finalizer] } }, { type: 'strategic' });
}

/** Takes a finalizer from this very object, not from a later one of its name. Throws ApiError or NetworkError. */
export function removeFinalizer(client: ApiClient, resource: ResourceRef<KubeObject>, { name, namespace, uid }: KubeObject['metadata'], finalizer: string): void {
  client.patch(resource, name, namespace, { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [finalizer] } }, { type: 'strategic' });
}
