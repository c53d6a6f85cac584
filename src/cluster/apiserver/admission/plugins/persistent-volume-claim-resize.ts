/** PersistentVolumeClaimResize: only classes that allow it let a bound claim grow. */
import { compareQuantities } from '../../../api/quantity.ts';
import type { KubeObject } from '../../../api/types.ts';
import { type AdmissionPlugin, concerns, refuse } from '../types.ts';

interface ClaimSpec { storageClassName?: string; resources?: { requests?: { storage?: string } } }

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  validate(request, cluster) {
    const { object, oldObject, operation } = request;
    if (operation !== 'UPDATE' || !oldObject || !concerns(request, 'persistentvolumeclaims')) return;
    if (compareQuantities(sizeOf(object), sizeOf(oldObject)) <= 0) return;
    if ((oldObject.status as { phase?: string } | undefined)?.phase !== 'Bound') throw refuse(request, 'Only bound persistent volume claims can be expanded');
    const className = specOf(oldObject).storageClassName;
    const found = className ? cluster.get('storageclasses', 'storage.k8s.io', undefined, className) : undefined;
    if (!found || !('allowVolumeExpansion' in found) || found.allowVolumeExpansion !== true) {
      throw refuse(request, 'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
    }
  },
};

function specOf(claim: KubeObject): ClaimSpec {
  return claim.spec as ClaimSpec; // only asked of PersistentVolumeClaims
}

function sizeOf(claim: KubeObject): string {
  return specOf(claim).resources?.requests?.storage ?? '0';
}
