/** Claims that Pods use and volumes that claims use are not removed while they are used (pvc_protection_controller.go, pv_protection_controller.go). */
import { claimNameOf, isOwnClaim } from '../../api/volume-binding.ts';
import type { KubeObject, PersistentVolumeClaim, Pod } from '../../api/types.ts';
import { persistentVolumeClaims, persistentVolumes, pods, volumeAttributesClasses } from '../../client/resources.ts';
import type { ApiClient, ResourceRef } from '../../client/types.ts';
import { type Controller, keyOf, unlessGone } from '../controller.ts';
import { isOver } from '../pods.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';
const CLASS_FINALIZER = 'kubernetes.io/vac-protection';
const INDEX = 'claim';

/** pvc-protection: as long as a Pod on a node refers to the claim, ended or not. */
export const claimProtection: Controller = ({ client, informer, queue: createQueue }) => {
  const claims = informer(persistentVolumeClaims);
  const allPods = informer(pods);
  allPods.indexBy(INDEX, (pod) => (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []).map((name) => `${pod.metadata.namespace}/${name}`));
  const queue = createQueue('pvc protection', (key) => {
    const claim = claims.get(key);
    if (!claim) return;
    if (!claim.metadata.deletionTimestamp) return guard(client, persistentVolumeClaims, claim, CLAIM_FINALIZER);
    if (!allPods.byIndex(INDEX, key).some((pod) => uses(pod, claim)) && !usedByApi(claim)) release(client, persistentVolumeClaims, claim, CLAIM_FINALIZER);
  });
  /** The informer may be behind: the API has the last word. */
  const usedByApi = (claim: PersistentVolumeClaim) => hasFinalizer(claim, CLAIM_FINALIZER) && client.list(pods, { namespace: claim.metadata.namespace }).some((pod) => uses(pod, claim));
  claims.onChange((now) => { if (now && (now.metadata.deletionTimestamp !== undefined) === hasFinalizer(now, CLAIM_FINALIZER)) queue.add(keyOf(now)); });
  allPods.onChange((now, old) => {
    const pod = (now ?? old)!;
    if (now && !isOver(now) && now.spec.nodeName) return;
    for (const volume of pod.spec.volumes ?? []) {
      const name = claimNameOf(pod, volume);
      if (name !== undefined) queue.add(`${pod.metadata.namespace}/${name}`);
    }
  });
  return { stop: () => queue.stop() };
};

function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName) return false;
  return (pod.spec.volumes ?? []).some((volume) => claimNameOf(pod, volume) === claim.metadata.name && (!volume.ephemeral || (!isOver(pod) && isOwnClaim(pod, claim))));
}

/** pv-protection: as long as the volume is bound. */
export const volumeProtection: Controller = ({ client, informer, queue: createQueue }) => {
  const volumes = informer(persistentVolumes);
  const queue = createQueue('pv protection', (key) => {
    const volume = volumes.get(key);
    if (!volume) return;
    if (!volume.metadata.deletionTimestamp) guard(client, persistentVolumes, volume, VOLUME_FINALIZER);
    else if (volume.status.phase !== 'Bound') release(client, persistentVolumes, volume, VOLUME_FINALIZER);
  });
  volumes.onChange((now) => { if (now && (now.metadata.deletionTimestamp !== undefined) === hasFinalizer(now, VOLUME_FINALIZER)) queue.add(keyOf(now)); });
  return { stop: () => queue.stop() };
};

/** vac-protection: as long as a claim or a volume names the class. */
export const attributesProtection: Controller = ({ client, informer, queue: createQueue }) => {
  const [classes, claims, volumes] = [informer(volumeAttributesClasses), informer(persistentVolumeClaims), informer(persistentVolumes)];
  const named = ({ spec, status }: PersistentVolumeClaim) => [spec.volumeAttributesClassName, status.currentVolumeAttributesClassName, status.modifyVolumeStatus?.targetVolumeAttributesClassName];
  const queue = createQueue('vac protection', (name) => {
    const found = classes.get(name);
    if (!found) return;
    if (!found.metadata.deletionTimestamp) guard(client, volumeAttributesClasses, found, CLASS_FINALIZER);
    else if (!claims.list().some((claim) => named(claim).includes(name)) && !volumes.list().some(({ spec }) => spec.volumeAttributesClassName === name)) release(client, volumeAttributesClasses, found, CLASS_FINALIZER);
  });
  const leaving = () => { for (const { metadata } of classes.list()) if (metadata.deletionTimestamp) queue.add(metadata.name); };
  classes.onChange((now) => { if (now) queue.add(now.metadata.name); });
  claims.onChange(leaving);
  volumes.onChange(leaving);
  return { stop: () => queue.stop() };
};

function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

function guard<T extends KubeObject>(client: ApiClient, resource: ResourceRef<T>, object: T, finalizer: string): void {
  if (!hasFinalizer(object, finalizer)) client.update(resource, { ...object, metadata: { ...object.metadata, finalizers: [...object.metadata.finalizers ?? [], finalizer] } });
}

function release<T extends KubeObject>(client: ApiClient, resource: ResourceRef<T>, object: T, finalizer: string): void {
  if (hasFinalizer(object, finalizer)) unlessGone(() => client.update(resource, { ...object, metadata: { ...object.metadata, finalizers: object.metadata.finalizers?.filter((each) => each !== finalizer) } }));
}
