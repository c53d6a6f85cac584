/** DefaultStorageClass: a claim that names no class gets the default one, should there be one. */
import type { KubeObject } from '../../../api/types.ts';
import { type AdmissionPlugin, type AdmissionReader, concerns } from '../types.ts';

const DEFAULT = 'storageclass.kubernetes.io/is-default-class';
const CLASS = 'volume.beta.kubernetes.io/storage-class';

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  mutate(request, cluster) {
    const { object, operation } = request;
    if (operation !== 'CREATE' || !concerns(request, 'persistentvolumeclaims')) return object;
    const spec = object.spec as { storageClassName?: string } | undefined; // the kind says so
    // An empty class is a class: it asks for a volume without one.
    if (spec?.storageClassName !== undefined || object.metadata.annotations?.[CLASS] !== undefined) return object;
    const found = newestDefault(cluster.list('storageclasses', 'storage.k8s.io'), DEFAULT);
    return found ? { ...object, spec: { ...spec, storageClassName: found.metadata.name } } : object;
  },
};

/** The default among objects marked by an annotation: the newest, then by name. */
export function newestDefault(objects: ReturnType<AdmissionReader['list']>, annotation: string): KubeObject | undefined {
  const defaults = objects.filter((object) => object.metadata.annotations?.[annotation] === 'true');
  const rank = ({ metadata }: KubeObject) => metadata.creationTimestamp;
  return defaults.reduce<KubeObject | undefined>((best, object) => {
    if (!best || rank(object) > rank(best)) return object;
    return rank(object) === rank(best) && object.metadata.name < best.metadata.name ? object : best;
  }, undefined);
}
