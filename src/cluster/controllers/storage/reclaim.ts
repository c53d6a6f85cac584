/** What becomes of a volume whose claim is gone, by its reclaim policy. Volumes of external provisioners are deleted by these. */
import { PROVISIONED_BY } from '../../api/volume-binding.ts';
import type { PersistentVolume } from '../../api/types.ts';
import { persistentVolumes } from '../../client/resources.ts';
import type { ApiClient, EventRecorder } from '../../client/types.ts';
import { unlessGone } from '../controller.ts';
import { setVolumePhase } from './binding.ts';

/** Released, then kept, deleted or failed. Throws ApiError. */
export function reclaim(client: ApiClient, recorder: EventRecorder, volume: PersistentVolume): void {
  const released = volume.status.phase === 'Failed' ? volume : setVolumePhase(client, volume, 'Released');
  const policy = released.spec.persistentVolumeReclaimPolicy;
  if (policy === 'Recycle') return fail('VolumeFailedRecycle', 'No recycler plugin found for the volume!');
  const provisioner = released.metadata.annotations?.[PROVISIONED_BY];
  if (policy !== 'Delete' || (provisioner && !provisioner.startsWith('kubernetes.io/'))) return;
  const problem = deletionProblem(released);
  if (problem !== undefined) return fail('VolumeFailedDelete', problem);
  if (!released.metadata.deletionTimestamp) unlessGone(() => client.delete(persistentVolumes, released.metadata.name));

  function fail(reason: string, message: string): void {
    if (released.status.phase === 'Failed') return;
    recorder.event(setVolumePhase(client, released, 'Failed', message), 'Warning', reason, message);
  }
}

/** Only the plugin for hostPath can delete by itself, and that only in /tmp. */
function deletionProblem({ metadata, spec: { hostPath } }: PersistentVolume): string | undefined {
  if (!hostPath) return `error getting deleter volume plugin for volume "${metadata.name}": no deletable volume plugin matched`;
  return /\/tmp\/.+/.test(hostPath.path) ? undefined : `host_path deleter only supports /tmp/.+ but received provided ${hostPath.path}`;
}
