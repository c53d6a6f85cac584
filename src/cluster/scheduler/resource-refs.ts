/** Resources that only the scheduler watches. */
import type { PersistentVolume, PersistentVolumeClaim, PodDisruptionBudget, ReplicationController, StorageClass } from '../api/types.ts';
import type { ResourceRef } from '../client/types.ts';

export const replicationControllers: ResourceRef<ReplicationController> = { group: '', version: 'v1', plural: 'replicationcontrollers', namespaced: true };
export const podDisruptionBudgets: ResourceRef<PodDisruptionBudget> = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespaced: true };
export const persistentVolumeClaims: ResourceRef<PersistentVolumeClaim> = { group: '', version: 'v1', plural: 'persistentvolumeclaims', namespaced: true };
export const persistentVolumes: ResourceRef<PersistentVolume> = { group: '', version: 'v1', plural: 'persistentvolumes', namespaced: false };
export const storageClasses: ResourceRef<StorageClass> = { group: 'storage.k8s.io', version: 'v1', plural: 'storageclasses', namespaced: false };
