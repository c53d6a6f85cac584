/** StorageObjectInUseProtection: claims and volumes get the finalizers that keep them while they are used. */
import { type AdmissionPlugin, concerns } from '../types.ts';

export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  mutate(request) {
    const { object, operation } = request;
    const finalizer = concerns(request, 'persistentvolumeclaims') ? 'kubernetes.io/pvc-protection' : concerns(request, 'persistentvolumes') ? 'kubernetes.io/pv-protection' : undefined;
    const finalizers = object.metadata.finalizers ?? [];
    if (operation !== 'CREATE' || finalizer === undefined || finalizers.includes(finalizer)) return object;
    return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } };
  },
};
