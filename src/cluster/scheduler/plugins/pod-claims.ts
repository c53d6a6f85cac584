/** The claims behind a Pod's volumes, as plugins look them up. */
import { claimNameOf } from '../../api/volume-binding.ts';
import type { PersistentVolumeClaim, Pod, StorageClass } from '../../api/types.ts';
import { storageClassOf } from '../../api/kinds/storage.ts';
import { persistentVolumeClaims, storageClasses } from '../../client/resources.ts';
import type { ObjectLister } from '../cache.ts';
import type { ClusterEvent } from '../cluster-event.ts';
import type { PodInfo } from '../pod-info.ts';

/** A claim by its name, with what is stored under it. */
export interface PodClaim { readonly name: string; readonly isEphemeral: boolean; readonly claim: PersistentVolumeClaim | undefined }

/** All claims of a Pod in the order of its volumes. */
export function podClaims(pod: Pod, objects: ObjectLister): PodClaim[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const name = claimNameOf(pod, volume);
    if (name === undefined) return [];
    return [{ name, isEphemeral: volume.ephemeral !== undefined, claim: objects.get(persistentVolumeClaims, `${pod.metadata.namespace}/${name}`) }];
  });
}

export function classOf(claim: PersistentVolumeClaim, objects: ObjectLister): StorageClass | undefined {
  const name = storageClassOf(claim);
  return name ? objects.get(storageClasses, name) : undefined;
}

/** Whether the event is the arrival or change of an object, of a claim only if it is one of the Pod's. */
export function concernsVolumes(event: ClusterEvent, pod: PodInfo, resources: readonly string[]): boolean {
  if (event.type !== 'ObjectChange' || !event.now || !resources.includes(event.resource)) return false;
  if (event.resource !== persistentVolumeClaims.plural) return true;
  const { name, namespace } = event.now.metadata;
  return pod.claims.includes(`${namespace}/${name}`);
}

/** Whether the event is a node that is new, or has other labels than before. */
export function isNodeRelabelled(event: ClusterEvent): boolean {
  return event.type === 'NodeAdd' || (event.type === 'NodeUpdate' && event.changed.has('labels'));
}
