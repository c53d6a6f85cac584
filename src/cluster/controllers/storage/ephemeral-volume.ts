/** The ephemeral-volume controller: a claim of its own for each ephemeral volume of a Pod, which goes with the Pod (ephemeral/controller.go). */
import { claimNameOf, isOwnClaim } from '../../api/volume-binding.ts';
import type { Pod, Volume } from '../../api/types.ts';
import { persistentVolumeClaims, pods } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { type Controller, controllerReference, keyOf } from '../controller.ts';

export const ephemeralVolumeController: Controller = ({ client, informer, recorder: createRecorder, queue: createQueue }) => {
  const allPods = informer(pods);
  const claims = informer(persistentVolumeClaims);
  const recorder = createRecorder('ephemeral_volume');
  const queue = createQueue('ephemeral volumes', (key) => {
    const pod = allPods.get(key);
    if (!pod || pod.metadata.deletionTimestamp) return;
    for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral) ensure(pod, volume);
  });

  function ensure(pod: Pod, volume: Volume): void {
    const { namespace } = pod.metadata;
    const name = claimNameOf(pod, volume)!;
    const told = (why: string) => recorder.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volume.name}: ${why}`);
    const claim = claims.get(`${namespace}/${name}`);
    if (claim && !isOwnClaim(pod, claim)) {
      told(`PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`);
      return queue.addRateLimited(keyOf(pod));
    }
    const template = volume.ephemeral?.volumeClaimTemplate;
    if (claim || !template) return;
    const { labels, annotations } = template.metadata ?? {};
    try {
      client.create(persistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name, namespace, labels, annotations, ownerReferences: [controllerReference(pod)] }, spec: template.spec });
    } catch (error) {
      if (error instanceof ApiError) told(`create PVC ${name}: ${error.message}`);
      throw error;
    }
  }

  allPods.onChange((now) => { if (now && !now.metadata.deletionTimestamp && now.spec.volumes?.some(({ ephemeral }) => ephemeral)) queue.add(keyOf(now)); });
  claims.onChange((now, old) => {
    const owner = now ? undefined : old?.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller);
    if (owner) queue.add(`${old?.metadata.namespace}/${owner.name}`);
  });
  return { stop: () => queue.stop() };
};
