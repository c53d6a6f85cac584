/** Which objects are a controller's own: it adopts orphans that match, and lets go of those that no longer do (controller_ref_manager.go). */
import type { KubeObject } from '../api/types.ts';
import { type ApiClient, ApiError, type Informer, type ResourceRef } from '../client/types.ts';
import { controllerOf, controllerReference } from './controller.ts';

/** The index by controlling owner's UID; orphans are under their namespace. */
const INDEX = 'controller';

/** Lets `ownedBy` and `claim` find objects without a scan. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.indexBy(INDEX, (object) => [controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace)]);
}

/** The objects that an owner controls. */
export function ownedBy<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): readonly T[] {
  return informer.byIndex(INDEX, owner.metadata.uid);
}

function orphansOf(namespace: string | undefined): string { return `orphans of ${namespace ?? ''}`; }

export interface ClaimOptions<T extends KubeObject> {
  client: ApiClient;
  resource: ResourceRef<T>;
  informer: Informer<T>;
  owner: KubeObject;
  matches: (object: T) => boolean;
}

/** The owner's objects after adopting and releasing. An owner on its way out does neither. */
export function claim<T extends KubeObject>({ client, resource, informer, owner, matches }: ClaimOptions<T>): T[] {
  const isLeaving = owner.metadata.deletionTimestamp !== undefined;
  const mine: T[] = [];
  for (const object of ownedBy(informer, owner)) {
    if (matches(object)) mine.push(object);
    else if (!isLeaving) rewrite(object, (object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== owner.metadata.uid));
  }
  if (isLeaving) return mine;
  for (const orphan of informer.byIndex(INDEX, orphansOf(owner.metadata.namespace))) {
    if (orphan.metadata.deletionTimestamp || !matches(orphan)) continue;
    const adopted = rewrite(orphan, [...(orphan.metadata.ownerReferences ?? []), controllerReference(owner)]);
    if (adopted) mine.push(adopted);
  }
  return mine;

  function rewrite(object: T, ownerReferences: NonNullable<T['metadata']['ownerReferences']>): T | undefined {
    const { name, namespace, uid } = object.metadata;
    try {
      return client.patch(resource, name, namespace, { metadata: { uid, ownerReferences: ownerReferences.length ? ownerReferences : null } });
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }
}
