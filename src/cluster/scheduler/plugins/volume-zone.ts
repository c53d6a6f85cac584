/** VolumeZone: a volume that is labelled with a zone or region is used there only. */
import type { PersistentVolume, Pod } from '../../api/types.ts';
import { storageClassOf } from '../../api/kinds/storage.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from '../../client/resources.ts';
import type { ObjectLister } from '../cache.ts';
import { type Plugin, unresolvable } from '../framework.ts';
import { REGION_LABEL, ZONE_LABEL } from '../topology.ts';
import { classOf, concernsVolumes, isNodeRelabelled, podClaims } from './pod-claims.ts';

const ELSEWHERE = unresolvable('node(s) had no available volume zone');
/** Labels from before 1.17 and what they are called since. */
const TOPOLOGY_LABELS: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': ZONE_LABEL, 'failure-domain.beta.kubernetes.io/region': REGION_LABEL, [ZONE_LABEL]: ZONE_LABEL, [REGION_LABEL]: REGION_LABEL,
};

interface Place { readonly key: string; readonly values: readonly string[] }

export const volumeZone: Plugin = {
  name: 'VolumeZone',
  preFilter({ pod }, { objects }) {
    const places = placesOf(pod, objects);
    if (typeof places === 'string') return unresolvable(places);
    if (places.length === 0) return undefined;
    return {
      filter({ labels }) {
        if (!Object.keys(TOPOLOGY_LABELS).some((key) => labels[key] !== undefined)) return undefined; // a cluster of one zone needs no labels
        return places.every(({ key, values }) => values.includes(labels[key] ?? labels[TOPOLOGY_LABELS[key]!] ?? '')) ? undefined : ELSEWHERE;
      },
    };
  },
  wakesOn: ['NodeAdd', 'NodeUpdate', 'ObjectChange'],
  mayHelp(event, pod) {
    if (event.type === 'ObjectChange') return concernsVolumes(event, pod, [storageClasses, persistentVolumeClaims, persistentVolumes].map(({ plural }) => plural));
    return isNodeRelabelled(event);
  },
};

/** Where the Pod's volumes are, or what is missing to know it. */
function placesOf(pod: Pod, objects: ObjectLister): Place[] | string {
  const places: Place[] = [];
  for (const { name, claim } of podClaims(pod, objects)) {
    if (!claim) return `persistentvolumeclaim "${name}" not found`;
    const { volumeName } = claim.spec;
    if (!volumeName) {
      const className = storageClassOf(claim);
      if (!className) return 'PersistentVolumeClaim had no pv name and storageClass name';
      const storageClass = classOf(claim, objects);
      if (!storageClass) return `storageclass.storage.k8s.io "${className}" not found`;
      if (storageClass.volumeBindingMode === undefined) return `VolumeBindingMode not set for StorageClass "${className}"`;
      if (storageClass.volumeBindingMode !== 'WaitForFirstConsumer') return 'PersistentVolume had no name';
      continue;
    }
    const volume = objects.get(persistentVolumes, volumeName);
    if (!volume) return `persistentvolume "${volumeName}" not found`;
    places.push(...placesOfVolume(volume));
  }
  return places;
}

function placesOfVolume({ metadata: { labels = {} } }: PersistentVolume): Place[] {
  return Object.keys(TOPOLOGY_LABELS).flatMap((key) => (labels[key] ? [{ key, values: labels[key].split('__') }] : []));
}
