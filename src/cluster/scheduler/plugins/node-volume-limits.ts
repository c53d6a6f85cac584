/** NodeVolumeLimits: a CSI driver attaches only so many volumes to a node. */
import type { Pod } from '../../api/types.ts';
import { csiNodes, persistentVolumeClaims, persistentVolumes, volumeAttachments } from '../../client/resources.ts';
import type { ObjectLister } from '../cache.ts';
import { type Plugin, unschedulable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { classOf, concernsVolumes, podClaims } from './pod-claims.ts';

const TOO_MANY = unschedulable('node(s) exceed max volume count');

export const nodeVolumeLimits: Plugin = {
  name: 'NodeVolumeLimits',
  preFilter({ pod, claims }, { objects }) {
    if (claims.length === 0) return undefined;
    const wanted = volumesOf(pod, objects);
    return wanted.size === 0 ? undefined : { filter: (node) => (exceeds(wanted, node, objects) ? TOO_MANY : undefined) };
  },
  wakesOn: ['NodeAdd', 'PodDelete', 'ObjectChange'],
  mayHelp(event, pod) {
    if (event.type === 'PodDelete') return event.pod.claims.length > 0;
    if (event.type === 'ObjectChange' && event.resource === volumeAttachments.plural) return !event.now;
    return event.type === 'NodeAdd' || concernsVolumes(event, pod, [csiNodes.plural, persistentVolumeClaims.plural]);
  },
};

/** Whether the node would have more volumes of a driver than its CSINode allows. */
function exceeds(wanted: ReadonlyMap<string, string>, node: NodeInfo, objects: ObjectLister): boolean {
  const limits = new Map(objects.get(csiNodes, node.name)?.spec.drivers.flatMap(({ name, allocatable }) => (allocatable?.count === undefined ? [] : [[name, allocatable.count] as const])));
  if (limits.size === 0) return false;
  const there = attachedTo(node, objects);
  return [...limits].some(([driver, limit]) => {
    const added = [...wanted].filter(([id, of]) => of === driver && !there.has(id)).length;
    return added > 0 && [...there.values()].filter((of) => of === driver).length + added > limit;
  });
}

/** Volumes of the node's Pods, and those still attached for others; with their drivers. */
function attachedTo(node: NodeInfo, objects: ObjectLister): ReadonlyMap<string, string> {
  const there = new Map<string, string>();
  for (const { pod, claims } of node.pods.values()) if (claims.length > 0) for (const [id, driver] of volumesOf(pod, objects)) there.set(id, driver);
  for (const { spec } of objects.list(volumeAttachments)) {
    const csi = spec.nodeName === node.name ? objects.get(persistentVolumes, spec.source.persistentVolumeName ?? '')?.spec.csi : undefined;
    if (csi) there.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
  }
  return there;
}

/** CSI volumes of a Pod with their drivers; one that is still to be made counts already. */
function volumesOf(pod: Pod, objects: ObjectLister): ReadonlyMap<string, string> {
  const volumes = new Map<string, string>();
  for (const { claim } of podClaims(pod, objects)) {
    if (!claim) continue;
    const csi = claim.spec.volumeName ? objects.get(persistentVolumes, claim.spec.volumeName)?.spec.csi : undefined;
    const provisioner = claim.spec.volumeName ? undefined : classOf(claim, objects)?.provisioner;
    if (csi) volumes.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    else if (provisioner) volumes.set(`${provisioner}-${claim.metadata.namespace}/${claim.metadata.name}`, provisioner);
  }
  return volumes;
}
