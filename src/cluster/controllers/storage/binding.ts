/** The writes by which a volume and a claim become one, and part again (pv_controller.go); each is made only if something changes. */
import { BIND_COMPLETED, BOUND_BY_CONTROLLER, keptFor } from '../../api/volume-binding.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types.ts';
import { persistentVolumeClaims, persistentVolumes } from '../../client/resources.ts';
import type { ApiClient } from '../../client/types.ts';

/** Binds both sides, the volume first. What fails halfway is finished by the next attempt. Throws ApiError. */
export function bind(client: ApiClient, volume: PersistentVolume, claim: PersistentVolumeClaim): void {
  const kept = keptFor(volume, claim);
  const bound = setVolumePhase(client, kept === volume ? volume : client.update(persistentVolumes, kept), 'Bound');
  setClaimPhase(client, bindClaim(client, claim, bound.metadata.name), 'Bound', bound);
}

function bindClaim(client: ApiClient, claim: PersistentVolumeClaim, volumeName: string): PersistentVolumeClaim {
  const { metadata, spec } = claim;
  const isNew = spec.volumeName !== volumeName;
  if (!isNew && metadata.annotations?.[BIND_COMPLETED] !== undefined) return claim;
  const annotations = { ...metadata.annotations, [BIND_COMPLETED]: 'yes', ...(isNew ? { [BOUND_BY_CONTROLLER]: 'yes' } : {}) };
  return client.update(persistentVolumeClaims, { ...claim, metadata: { ...metadata, annotations }, spec: { ...spec, volumeName } });
}

/** Lets go of a volume that its claim did not take; one that the user kept for the claim stays kept. */
export function unbind(client: ApiClient, volume: PersistentVolume): void {
  const { [BOUND_BY_CONTROLLER]: byController, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const { uid: _, ...reserved } = claimRef ?? {};
  const freed = client.update(persistentVolumes, { ...volume, metadata: { ...volume.metadata, annotations }, spec: byController === undefined ? { ...spec, claimRef: reserved } : spec });
  setVolumePhase(client, freed, 'Available');
}

export function setVolumePhase(client: ApiClient, volume: PersistentVolume, phase: string, message?: string): PersistentVolume {
  if (volume.status.phase === phase) return volume;
  const { message: _, ...status } = volume.status;
  return client.updateStatus(persistentVolumes, { ...volume, status: { ...status, phase, ...(message === undefined ? {} : { message }) } });
}

/** With the volume's modes; its size too when the claim comes to be bound. Later sizes are the business of expansion. */
export function setClaimPhase(client: ApiClient, claim: PersistentVolumeClaim, phase: string, volume?: PersistentVolume): void {
  const { accessModes: _, capacity, ...status } = claim.status;
  const wanted = volume ? { ...status, phase, accessModes: volume.spec.accessModes, capacity: claim.status.phase === phase ? capacity : volume.spec.capacity, ...(volume.spec.volumeAttributesClassName ? { currentVolumeAttributesClassName: volume.spec.volumeAttributesClassName } : {}) } : { ...status, phase };
  const isSame = claim.status.phase === phase && JSON.stringify(claim.status.accessModes) === JSON.stringify(volume?.spec.accessModes) && (volume !== undefined || capacity === undefined);
  if (!isSame) client.updateStatus(persistentVolumeClaims, { ...claim, status: wanted });
}
