/** DefaultStorageClass: a claim that names no class gets the default one, should there be one. */
import { newestDefault } from '../../../api/default-class.ts';
import { isDefaultClass } from '../../../api/kinds/storage.ts';
import { type AdmissionPlugin, concerns } from '../types.ts';

const CLASS = 'volume.beta.kubernetes.io/storage-class';

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate(request, cluster) {
    const { object, operation } = request;
    if (operation !== 'CREATE' || !concerns(request, 'persistentvolumeclaims')) return object;
    const spec = object.spec as { storageClassName?: string } | undefined; // the kind says so
    // An empty class is a class: it asks for a volume without one.
    if (spec?.storageClassName !== undefined || object.metadata.annotations?.[CLASS] !== undefined) return object;
    const found = newestDefault(cluster.list('storageclasses', 'storage.k8s.io'), isDefaultClass);
    return found ? { ...object, spec: { ...spec, storageClassName: found.metadata.name } } : object;
  },
};
