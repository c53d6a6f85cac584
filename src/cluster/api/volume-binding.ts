/** When a volume suits a claim: the rules that the volume controller and the scheduler share (component-helpers: storage/volume). */
import { createHash } from 'node:crypto';
import { storageClassOf } from './kinds/storage.ts';
import { matchesLabelSelector } from './labels.ts';
import { matchesNodeSelectorTerms, type Selectable } from './node-selector.ts';
import { compareQuantities } from './quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod, StorageClass, Volume } from './types.ts';

/** On a claim: both sides of the binding are written. */
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
/** On either side: the other was chosen by a controller, not by the user. */
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
/** On a volume: the provisioner that made it. */
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
/** On a claim: the node that the scheduler has chosen for its first Pod. */
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
/** On a claim: the provisioner whose turn it is. */
export const STORAGE_PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
export const BETA_STORAGE_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
/** The provisioner of classes that provision nothing. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** The claim behind a Pod's volume: named, or the Pod's own ephemeral one. */
export function claimNameOf(pod: Pick<Pod, 'metadata'>, { name, persistentVolumeClaim, ephemeral }: Volume): string | undefined {
  return persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined);
}

/** Whether a claim of an ephemeral volume's name is really this Pod's. */
export function isOwnClaim(pod: Pod, claim: PersistentVolumeClaim): boolean {
  return claim.metadata.ownerReferences?.some(({ uid, controller }) => controller && uid === pod.metadata.uid) ?? false;
}

export function isFullyBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return Boolean(spec.volumeName) && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** The volume as kept for the claim, UID included; the same object if it is so already. */
export function keptFor(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const isKept = isKeptFor(volume, claim);
  if (isKept && volume.spec.claimRef?.uid) return volume;
  const annotations = isKept ? volume.metadata.annotations : { ...volume.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid, resourceVersion } } };
}

/** Whether the volume is kept for this claim; the UID is written last. */
export function isKeptFor({ spec: { claimRef } }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  return claimRef?.name === metadata.name && claimRef.namespace === metadata.namespace && (!claimRef.uid || claimRef.uid === metadata.uid);
}

export function waitsForConsumer(storageClass: StorageClass | undefined): boolean {
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
}

export function requestedSize({ spec }: PersistentVolumeClaim): string {
  return String(spec.resources?.requests?.['storage'] ?? '0');
}

export function sizeOf({ spec }: PersistentVolume): string {
  return String(spec.capacity?.['storage'] ?? '0');
}

/** Whether a node may use the volume. */
export function fitsNode({ spec }: PersistentVolume, node: Selectable): boolean {
  const required = spec.nodeAffinity?.required;
  return !required || matchesNodeSelectorTerms(required.nodeSelectorTerms, node);
}

export interface MatchOptions {
  /** The scheduler's question: is there one for this node? */
  node?: Selectable;
  /** The scheduler has to choose: only a volume that is kept for the claim will do. */
  waits?: boolean;
  /** Names of volumes that are spoken for. */
  taken?: ReadonlySet<string>;
}

/** The volume kept for the claim, or the smallest available one that suits it. */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], { node, waits = false, taken }: MatchOptions): PersistentVolume | undefined {
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (taken?.has(volume.metadata.name) || !couldServe(claim, volume)) continue;
    const fits = !node || fitsNode(volume, node);
    if (isKeptFor(volume, claim)) return fits ? volume : undefined;
    if (!fits || (waits && !node) || !isFree(claim, volume) || (node && !allowsModes(volume, claim))) continue;
    if (!smallest || compareQuantities(sizeOf(smallest), sizeOf(volume)) > 0) smallest = volume;
  }
  return smallest;
}

/** The same among all volumes, as the volume controller asks: those with the fewest access modes besides the wanted come first. */
export function findVolumeAnywhere(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[], waits: boolean): PersistentVolume | undefined {
  const groups = new Map<string, PersistentVolume[]>();
  for (const volume of volumes) {
    if (!allowsModes(volume, claim)) continue;
    const modes = [...volume.spec.accessModes ?? []].sort().join();
    groups.set(modes, [...groups.get(modes) ?? [], volume]);
  }
  const inOrder = [...groups].sort(([a], [b]) => a.split(',').length - b.split(',').length || (a < b ? -1 : 1));
  for (const [, group] of inOrder) {
    const found = findVolume(claim, group, { waits });
    if (found) return found;
  }
  return undefined;
}

/** Why a claim cannot have the volume that it names (checkVolumeSatisfyClaim). */
export function whyUnfit(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(sizeOf(volume), requestedSize(claim)) < 0) return 'requested PV is too small';
  if (storageClassOf(volume) !== storageClassOf(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  return allowsModes(volume, claim) ? undefined : 'incompatible accessMode';
}

export function modeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec.volumeMode ?? 'Filesystem';
}

function couldServe(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  if (volume.spec.claimRef && !isKeptFor(volume, claim)) return false;
  return compareQuantities(sizeOf(volume), requestedSize(claim)) >= 0 && modeOf(volume) === modeOf(claim)
    && (volume.spec.volumeAttributesClassName ?? '') === (claim.spec.volumeAttributesClassName ?? '') && !volume.metadata.deletionTimestamp;
}

function isFree(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
  const { selector } = claim.spec;
  return volume.status.phase === 'Available' && storageClassOf(volume) === storageClassOf(claim) && (!selector || matchesLabelSelector(selector, volume.metadata.labels ?? {}));
}

function allowsModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode));
}

/** The name of the VolumeAttachment that brings a CSI volume to a node (csi_attacher.go: getAttachmentName). */
export function attachmentName(driver: string, volumeHandle: string, nodeName: string): string {
  return `csi-${createHash('sha256').update(volumeHandle + driver + nodeName).digest('hex')}`;
}

/** How a node's status calls a CSI volume. */
export function inUseName(driver: string, volumeHandle: string): string {
  return `kubernetes.io/csi/${driver}^${volumeHandle}`;
}
