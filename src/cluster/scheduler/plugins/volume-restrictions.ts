/** VolumeRestrictions: a ReadWriteOncePod claim serves one Pod only, and some kinds of disk one writer on a node. */
import type { Volume } from '../../api/types.ts';
import { persistentVolumeClaims } from '../../client/resources.ts';
import { type Plugin, unresolvable, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodInfo } from '../pod-info.ts';
import { concernsVolumes, podClaims } from './pod-claims.ts';

const DISK_CONFLICT = unschedulable('node(s) had no available disk');
const IN_USE = unschedulable('node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod');

export const volumeRestrictions: Plugin = {
  name: 'VolumeRestrictions',
  preFilter({ pod }, { objects, claimUsers }) {
    const disks = (pod.spec.volumes ?? []).filter(isRestricted);
    const claims = podClaims(pod, objects);
    const missing = claims.find(({ claim, isEphemeral }) => !claim && !isEphemeral);
    if (missing) return unresolvable(`persistentvolumeclaim "${missing.name}" not found`);
    const exclusive = new Set(claims.filter(({ claim }) => claim?.spec.accessModes?.includes('ReadWriteOncePod')).map(({ name }) => `${pod.metadata.namespace}/${name}`));
    let conflicts = [...exclusive].filter((key) => claimUsers.has(key)).length;
    if (disks.length === 0 && conflicts === 0) return undefined;
    const shared = (other: PodInfo) => other.claims.filter((key) => exclusive.has(key)).length;
    return {
      podAdded(other) { conflicts += shared(other); },
      podRemoved(other) { conflicts -= shared(other); },
      filter(node) {
        if (disks.length > 0 && isAnyInUse(disks, node)) return DISK_CONFLICT;
        return conflicts > 0 ? IN_USE : undefined;
      },
    };
  },
  wakesOn: ['NodeAdd', 'PodDelete', 'ObjectChange'],
  mayHelp(event, pod) {
    if (event.type === 'PodDelete') return event.pod.claims.some((key) => pod.claims.includes(key)) || clash((pod.pod.spec.volumes ?? []).filter(isRestricted), event.pod);
    return event.type === 'NodeAdd' || concernsVolumes(event, pod, [persistentVolumeClaims.plural]);
  },
};

function isRestricted({ gcePersistentDisk, awsElasticBlockStore, rbd, iscsi }: Volume): boolean {
  return Boolean(gcePersistentDisk ?? awsElasticBlockStore ?? rbd ?? iscsi);
}

function isAnyInUse(disks: readonly Volume[], node: NodeInfo): boolean {
  for (const pod of node.pods.values()) if (clash(disks, pod)) return true;
  return false;
}

function clash(disks: readonly Volume[], { pod }: PodInfo): boolean {
  return (pod.spec.volumes ?? []).some((other) => disks.some((disk) => isSameDisk(disk, other)));
}

/** The same disk, and not both only read it; EBS disks cannot be shared even so. */
function isSameDisk(a: Volume, b: Volume): boolean {
  if (a.gcePersistentDisk && b.gcePersistentDisk) return a.gcePersistentDisk.pdName === b.gcePersistentDisk.pdName && !(a.gcePersistentDisk.readOnly && b.gcePersistentDisk.readOnly);
  if (a.awsElasticBlockStore && b.awsElasticBlockStore) return a.awsElasticBlockStore.volumeID === b.awsElasticBlockStore.volumeID;
  if (a.iscsi && b.iscsi) return a.iscsi.iqn === b.iscsi.iqn && !(a.iscsi.readOnly && b.iscsi.readOnly);
  if (!a.rbd || !b.rbd || (a.rbd.readOnly && b.rbd.readOnly)) return false;
  const { monitors, pool, image } = b.rbd;
  return a.rbd.monitors.some((monitor) => monitors.includes(monitor)) && a.rbd.pool === pool && a.rbd.image === image;
}
