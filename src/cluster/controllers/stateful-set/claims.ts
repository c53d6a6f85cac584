/** The claims of a StatefulSet's Pods: made before the Pod, kept or deleted afterwards as the retention policy says. */
import type { OwnerReference, PersistentVolumeClaim, Pod, StatefulSet } from '../../api/types.ts';
import { persistentVolumeClaims } from '../../client/resources.ts';
import { type ApiClient, ApiError, type EventRecorder, type Informer } from '../../client/types.ts';
import { claimsOf, ordinalOf, ordinalsOf } from './identity.ts';

export interface ClaimKeeper {
  /** Makes the claims of an ordinal that are missing; false while an old one is still on its way out. Throws ApiError. */
  ensure(set: StatefulSet, ordinal: number): boolean;
  /** Sets who owns the claims of a Pod, so that they go with the set or with a Pod scaled away. */
  setOwners(set: StatefulSet, pod: Pod): void;
}

export function claimKeeper(client: ApiClient, claims: Informer<PersistentVolumeClaim>, recorder: EventRecorder): ClaimKeeper {
  return {
    ensure(set, ordinal) {
      for (const { name, draft } of claimsOf(set, ordinal)) {
        const existing = claims.get(`${set.metadata.namespace}/${name}`);
        if (existing?.metadata.deletionTimestamp) return false;
        if (existing) continue;
        const pod = `${set.metadata.name}-${ordinal}`;
        try {
          client.create(persistentVolumeClaims, draft);
          recorder.event(set, 'Normal', 'SuccessfulCreate', `Create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`);
        } catch (error) {
          if (!(error instanceof ApiError) || error.reason === 'AlreadyExists') continue;
          recorder.event(set, 'Warning', 'FailedCreate', `Create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${error.message}`);
          throw error;
        }
      }
      return true;
    },
    setOwners(set, pod) {
      const ordinal = ordinalOf(set, pod)!;
      const { start, end } = ordinalsOf(set);
      for (const { name } of claimsOf(set, ordinal)) {
        const claim = claims.get(`${set.metadata.namespace}/${name}`);
        if (!claim) continue;
        const before = claim.metadata.ownerReferences ?? [];
        const others = before.filter((reference) => reference.uid !== set.metadata.uid && reference.uid !== pod.metadata.uid);
        const owners = [...others, ...ownersFor(set, pod, ordinal < start || ordinal >= end)];
        if (owners.map((o) => o.uid).sort().join() === before.map((o) => o.uid).sort().join()) continue;
        client.patch(persistentVolumeClaims, claim.metadata.name, claim.metadata.namespace, { metadata: { uid: claim.metadata.uid, ownerReferences: owners.length ? owners : null } });
      }
    },
  };
}

/** The owner whose end takes a claim along: none, the set, or the Pod that is scaled away. */
function ownersFor(set: StatefulSet, pod: Pod, isCondemned: boolean): OwnerReference[] {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (isCondemned && whenScaled === 'Delete') return [{ apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid }];
  if (whenDeleted === 'Delete') return [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: set.metadata.name, uid: set.metadata.uid, controller: true }];
  return [];
}
