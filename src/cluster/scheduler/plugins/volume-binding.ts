/** VolumeBinding: a Pod's claims are bound to volumes that its node can use, or can be, once the Pod has come to that node. */
import {
  findVolume, fitsNode, isFullyBound, isOwnClaim, keptFor, NO_PROVISIONER, requestedSize, SELECTED_NODE, waitsForConsumer,
} from '../../api/volume-binding.ts';
import { matchesLabelSelector } from '../../api/labels.ts';
import { storageClassOf } from '../../api/kinds/storage.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { CSIStorageCapacity, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '../../api/types.ts';
import { csiDrivers, csiStorageCapacities, persistentVolumeClaims, persistentVolumes, storageClasses } from '../../client/resources.ts';
import type { ObjectLister } from '../cache.ts';
import { type Plugin, type Reservation, unresolvable } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { classOf, concernsVolumes, isNodeRelabelled, podClaims } from './pod-claims.ts';

const NODE_CONFLICT = "node(s) didn't match PersistentVolume's node affinity";
const BIND_CONFLICT = "node(s) didn't find available persistent volumes to bind";
const NOT_ENOUGH_SPACE = 'node(s) did not have enough free storage';
const VOLUME_MISSING = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

/** Arguments: how long binding may take (default 10 minutes). */
export interface VolumeBindingArgs { bindTimeoutSeconds?: number }

interface Claims { readonly bound: readonly PersistentVolumeClaim[]; readonly waiting: readonly PersistentVolumeClaim[] }
/** What a node would mean for the claims: why it will not do, or which volumes they get and which must be made. */
interface Decision { reasons: string[]; bindings: { volume: PersistentVolume; claim: PersistentVolumeClaim }[]; toProvision: PersistentVolumeClaim[] }

/** The plugin with its arguments. */
export function volumeBinding({ bindTimeoutSeconds = 600 }: VolumeBindingArgs = {}): Plugin {
  return {
    name: 'VolumeBinding',
    preFilter({ pod, claims: names }, { objects }) {
      if (names.length === 0) return undefined;
      const problem = claimProblem(pod, objects);
      if (problem !== undefined) return unresolvable(problem);
      const all = podClaims(pod, objects).flatMap(({ claim }) => claim ?? []);
      const unbound = all.filter((claim) => !isFullyBound(claim));
      // A claim that names its volume is bound by the volume controller, whatever its class.
      if (unbound.some((claim) => claim.spec.volumeName || !waitsForConsumer(classOf(claim, objects)))) return unresolvable('pod has unbound immediate PersistentVolumeClaims');
      const claims = { bound: all.filter(isFullyBound), waiting: unbound };
      return {
        filter(node) {
          const { reasons } = decide(claims, node, objects);
          return reasons.length > 0 ? unresolvable(...reasons) : undefined;
        },
        reserve(node) {
          const decision = decide(claims, node, objects);
          return decision.bindings.length + decision.toProvision.length > 0 ? reservation(decision, node.name, bindTimeoutSeconds * 1000) : undefined;
        },
      };
    },
    wakesOn: ['NodeAdd', 'NodeUpdate', 'ObjectChange'],
    mayHelp(event, pod) {
      if (event.type !== 'ObjectChange') return isNodeRelabelled(event);
      if (event.resource === storageClasses.plural && event.old && event.now) return JSON.stringify(topologiesOf(event.now)) !== JSON.stringify(topologiesOf(event.old));
      return concernsVolumes(event, pod, [storageClasses, persistentVolumeClaims, persistentVolumes, csiStorageCapacities].map(({ plural }) => plural));
    },
  };
}

function topologiesOf(storageClass: object): unknown {
  return 'allowedTopologies' in storageClass ? storageClass.allowedTopologies : undefined;
}

/** Why no node will do as long as the claims are as they are. */
function claimProblem(pod: Pod, objects: ObjectLister): string | undefined {
  for (const { name, isEphemeral, claim } of podClaims(pod, objects)) {
    if (!claim) return isEphemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"` : `persistentvolumeclaim "${name}" not found`;
    if (claim.status?.phase === 'Lost') return `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec.volumeName ?? ''}"`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim "${name}" is being deleted`;
    const { namespace } = pod.metadata;
    if (isEphemeral && !isOwnClaim(pod, claim)) return `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
  }
  return undefined;
}

function decide({ bound, waiting }: Claims, node: NodeInfo, objects: ObjectLister): Decision {
  const decision: Decision = { reasons: boundReasons(bound, node, objects), bindings: [], toProvision: [] };
  if (waiting.some(({ metadata }) => ![undefined, node.name].includes(metadata.annotations?.[SELECTED_NODE]))) decision.reasons.push(BIND_CONFLICT);
  else {
    const chosen = waiting.filter(({ metadata }) => metadata.annotations?.[SELECTED_NODE] !== undefined);
    matchVolumes(waiting.filter((claim) => !chosen.includes(claim)), node, objects, decision);
    decision.toProvision.unshift(...chosen);
    const refusal = decision.toProvision.map((claim) => provisionRefusal(claim, node, objects)).find((reason) => reason !== undefined);
    if (refusal !== undefined) decision.reasons.push(refusal);
  }
  return decision;
}

function boundReasons(bound: readonly PersistentVolumeClaim[], node: NodeInfo, objects: ObjectLister): string[] {
  for (const { spec } of bound) {
    const volume = objects.get(persistentVolumes, spec.volumeName ?? '');
    if (!volume) return [VOLUME_MISSING];
    if (!fitsNode(volume, node)) return [NODE_CONFLICT];
  }
  return [];
}

/** Small claims choose first, so that they leave the large volumes to the others. */
function matchVolumes(claims: readonly PersistentVolumeClaim[], node: NodeInfo, objects: ObjectLister, { bindings, toProvision }: Decision): void {
  const taken = new Set<string>();
  for (const claim of [...claims].sort((a, b) => compareQuantities(requestedSize(a), requestedSize(b)))) {
    const volumes = objects.list(persistentVolumes).filter((volume) => storageClassOf(volume) === storageClassOf(claim));
    const volume = findVolume(claim, volumes, { node, taken });
    if (!volume) toProvision.push(claim);
    else {
      taken.add(volume.metadata.name);
      bindings.push({ volume, claim });
    }
  }
}

/** Why no volume can be made for the claim where this node is. */
function provisionRefusal(claim: PersistentVolumeClaim, node: NodeInfo, objects: ObjectLister): string | undefined {
  const storageClass = classOf(claim, objects);
  if (!storageClass?.provisioner || storageClass.provisioner === NO_PROVISIONER || !isAllowed(storageClass, node)) return BIND_CONFLICT;
  return hasCapacity(storageClass, claim, node, objects) ? undefined : NOT_ENOUGH_SPACE;
}

function isAllowed({ allowedTopologies = [] }: StorageClass, { labels }: NodeInfo): boolean {
  return allowedTopologies.length === 0 || allowedTopologies.some(({ matchLabelExpressions = [] }) => matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? '')));
}

/** Drivers that tell how much room they have are asked. */
function hasCapacity({ metadata, provisioner }: StorageClass, claim: PersistentVolumeClaim, { labels }: NodeInfo, objects: ObjectLister): boolean {
  if (!objects.get(csiDrivers, provisioner)?.spec.storageCapacity) return true;
  const size = requestedSize(claim);
  const isEnough = ({ capacity, maximumVolumeSize }: CSIStorageCapacity) => compareQuantities(String(capacity ?? '0'), size) >= 0 && (maximumVolumeSize === undefined || compareQuantities(String(maximumVolumeSize), size) >= 0);
  return objects.list(csiStorageCapacities).some((room) => room.storageClassName === metadata.name && isEnough(room) && Boolean(room.nodeTopology) && matchesLabelSelector(room.nodeTopology, labels));
}

/** Writes what was decided, then waits until the volume controller and the provisioners have bound all. */
function reservation({ bindings, toProvision }: Decision, nodeName: string, timeoutMs: number): Reservation {
  const claims = [...bindings.map(({ claim }) => claim), ...toProvision];
  return {
    timeoutMs, timeoutMessage: 'binding volumes: context deadline exceeded',
    write(context) {
      for (const { volume, claim } of bindings) {
        const kept = keptFor(volume, claim);
        if (kept !== volume) context.assume(persistentVolumes, context.client.update(persistentVolumes, kept));
      }
      for (const claim of toProvision) {
        if (claim.metadata.annotations?.[SELECTED_NODE] === nodeName) continue;
        const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName };
        context.assume(persistentVolumeClaims, context.client.update(persistentVolumeClaims, { ...claim, metadata: { ...claim.metadata, annotations } }));
      }
    },
    state(objects) {
      const now = claims.map(({ metadata: { namespace, name } }) => objects.get(persistentVolumeClaims, `${namespace}/${name}`));
      const reset = toProvision.find((_, i) => now[bindings.length + i]?.metadata.annotations?.[SELECTED_NODE] !== nodeName);
      if (reset && !now[claims.indexOf(reset)]?.spec.volumeName) return { failed: `binding volumes: selectedNode annotation reset for PVC "${reset.metadata.name}"` };
      return now.every((claim) => claim && isFullyBound(claim)) ? 'ready' : 'waiting';
    },
  };
}
