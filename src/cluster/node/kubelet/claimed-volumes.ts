/** Volumes behind claims: folders of the node, or disks that a CSI driver brings; these are attached by others, mounted and enlarged here. */
import { attachmentName, inUseName, sizeOf } from '../../api/volume-binding.ts';
import { compareQuantities } from '../../api/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../api/types.ts';
import { csiDrivers, persistentVolumeClaims, persistentVolumes, volumeAttachments } from '../../client/resources.ts';
import type { ApiClient, EventRecorder } from '../../client/types.ts';
import type { World } from '../../../time/simulation.ts';
import type { Disk } from '../../cloud/disks.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import type { ClaimedVolume, ClaimProblem } from './volumes.ts';

const GROW_MS = 1_000; // volume manager: a claim's new size is seen in its next round

export interface ClaimedVolumesOptions {
  world: World;
  client: ApiClient;
  recorder: EventRecorder;
  nodeName: string;
  /** Hollow nodes mount nothing, whatever a claim stands for. */
  isHollow: boolean;
  isRegistered: (driver: string) => boolean;
  /** A disk that is plugged into this machine. */
  disk: (id: string) => Disk | undefined;
  /** Told of the attachable volumes that a Pod uses. */
  used: (pod: Pod, volume: string) => void;
}

export class ClaimedVolumes {
  readonly #options: ClaimedVolumesOptions;

  constructor(options: ClaimedVolumesOptions) {
    this.#options = options;
  }

  /** Where a claim's data lies, or why it cannot be had (yet). Throws ApiError or NetworkError. */
  find(pod: Pod, name: string): ClaimedVolume | ClaimProblem {
    const { client, isHollow } = this.#options;
    const { namespace = '' } = pod.metadata;
    const claim = client.get(persistentVolumeClaims, name, namespace);
    if (!claim) return { error: `error getting PVC "${namespace}/${name}": persistentvolumeclaim "${name}" not found` };
    const volume = claim.spec.volumeName ? client.get(persistentVolumes, claim.spec.volumeName) : undefined;
    if (!volume || claim.status.phase !== 'Bound') return { error: `PVC ${namespace}/${name} is not bound` };
    const { hostPath, local, csi } = volume.spec;
    const path = hostPath?.path ?? local?.path;
    if (path !== undefined) return { path };
    return csi && !isHollow ? this.#csi(pod, claim, volume, csi) : { path: `/var/lib/kubelet/plugins/volumes/${volume.metadata.name}` };
  }

  #csi(pod: Pod, claim: PersistentVolumeClaim, volume: PersistentVolume, { driver, volumeHandle, readOnly }: NonNullable<PersistentVolume['spec']['csi']>): ClaimedVolume | ClaimProblem {
    const { client, nodeName, isRegistered, disk, used } = this.#options;
    const mountDevice = (why: string): ClaimProblem => ({ error: why, event: `MountVolume.MountDevice failed for volume "${volume.metadata.name}" : ${why}` });
    used(pod, inUseName(driver, volumeHandle));
    if (client.get(csiDrivers, driver)?.spec.attachRequired !== false && !this.#isAttached(attachmentName(driver, volumeHandle, nodeName))) return { error: 'volume is not attached yet', isWaiting: true };
    if (!isRegistered(driver)) return mountDevice(`kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${driver} not found in the list of registered CSI drivers`);
    const found = disk(volumeHandle);
    if (!found) return mountDevice(`rpc error: code = Internal desc = failed to find device path of ${volumeHandle}`);
    found.grown = () => void this.#options.world.clock.after(GROW_MS, 'expand file system', () => this.#expandSafely(pod, claim, found));
    if (found.files.capacityBytes < found.sizeBytes) found.grown();
    return { files: found.files, path: '/', readOnly };
  }

  /** A node may not even ask for an attachment that does not exist yet. */
  #isAttached(name: string): boolean {
    try {
      return this.#options.client.get(volumeAttachments, name)?.status?.attached ?? false;
    } catch (error) {
      if (isApiFailure(error)) return false;
      throw error;
    }
  }

  #expandSafely(pod: Pod, claim: PersistentVolumeClaim, disk: Disk): void {
    try {
      this.#expand(pod, claim, disk);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      disk.grown?.();
    }
  }

  /** The file system fills the disk again, and the claim has what it asked for. */
  #expand(pod: Pod, { metadata: { name, namespace }, spec }: PersistentVolumeClaim, disk: Disk): void {
    const { client, recorder, nodeName } = this.#options;
    if (this.#options.disk(disk.id) !== disk) return;
    const claim = client.get(persistentVolumeClaims, name, namespace);
    const volume = client.get(persistentVolumes, spec.volumeName ?? '');
    if (!claim || !volume) return;
    if (compareQuantities(sizeOf(volume), String(claim.status.capacity?.['storage'] ?? '0')) <= 0) return disk.files.capacityBytes < disk.sizeBytes ? disk.grown?.() : undefined;
    disk.files.capacityBytes = disk.sizeBytes;
    client.patch(persistentVolumeClaims, name, namespace, { status: { capacity: { storage: sizeOf(volume) }, conditions: null } }, { subresource: 'status' });
    recorder.event(pod, 'Normal', 'FileSystemResizeSuccessful', `MountVolume.NodeExpandVolume succeeded for volume "${volume.metadata.name}" ${nodeName}`);
  }
}
