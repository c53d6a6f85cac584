/** Resources that only the scheduler watches. */
import type { PodDisruptionBudget, ReplicationController } from '../api/types.ts';
import type { ResourceRef } from '../client/types.ts';

export const replicationControllers: ResourceRef<ReplicationController> = { group: '', version: 'v1', plural: 'replicationcontrollers', namespaced: true };
export const podDisruptionBudgets: ResourceRef<PodDisruptionBudget> = { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets', namespaced: true };
