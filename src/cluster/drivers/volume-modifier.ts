/** external-resizer's other half: gives a volume the attributes of the VolumeAttributesClass that its claim names (modifycontroller). */
import { timestamp } from '../api/duration.ts';
import type { PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '../api/types.ts';
import { persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '../client/resources.ts';
import { type DiskRefusal, type Disks, isRefusal } from '../cloud/disks.ts';
import { keyOf } from '../controllers/controller.ts';
import type { Driver } from './driver-program.ts';

interface Retries { failed(key: string): void; succeeded(key: string): void; writing(key: string, act: () => void): void }

const MODIFYING = 'ModifyingVolume';

export function runModifier(driver: Driver, disks: Disks, { name: driverName, grpc, retries }: { name: string; grpc: (refusal: DiskRefusal) => string; retries: (driver: Driver, add: (key: string) => void) => Retries }): void {
  const { client, context: { world } } = driver;
  const recorder = driver.recorder(`external-resizer ${driverName}`);
  const busy = new Set<string>();
  const volumes = driver.informer(persistentVolumes, () => undefined);
  const claims = driver.informer(persistentVolumeClaims, (now) => { if (now?.spec.volumeAttributesClassName && now.status.phase === 'Bound') queue.add(keyOf(now)); });
  const classes = driver.informer(volumeAttributesClasses, (now) => { for (const claim of now ? claims.list() : []) if (claim.spec.volumeAttributesClassName === now?.metadata.name) queue.add(keyOf(claim)); });
  const queue = driver.queue('modify disks', (key) => {
    const claim = claims.get(key);
    const volume = volumes.get(claim?.spec.volumeName ?? '');
    const target = claim?.spec.volumeAttributesClassName;
    if (!claim || !target || claim.status.phase !== 'Bound' || volume?.spec.csi?.driver !== driverName || busy.has(key)) return;
    if (claim.status.currentVolumeAttributesClassName === target && volume.spec.volumeAttributesClassName === target) return;
    const found = classes.get(target);
    if (found) return modify(key, claim, volume, found);
    if (claim.status.modifyVolumeStatus?.targetVolumeAttributesClassName === target) return;
    recorder.event(claim, 'Warning', 'VolumeModifyFailed', `VAC ${target} does not exist.`);
    retry.writing(key, () => mark(claim, { modifyVolumeStatus: { targetVolumeAttributesClassName: target, status: 'Pending' } }));
  });
  const retry = retries(driver, (key) => queue.add(key));

  function modify(key: string, claim: PersistentVolumeClaim, volume: PersistentVolume, { metadata: { name }, parameters = {} }: VolumeAttributesClass): void {
    const told = (status: string, message: string) => retry.writing(key, () => mark(claim, { modifyVolumeStatus: { targetVolumeAttributesClassName: name, status } }, message));
    busy.add(key);
    const known = claim.status.modifyVolumeStatus;
    if (known?.targetVolumeAttributesClassName !== name || known.status === 'Pending') {
      told('InProgress', 'ModifyVolume operation in progress.');
      recorder.event(claim, 'Normal', 'VolumeModify', `external resizer is modifying volume ${claim.metadata.name} with vac ${name}`);
    }
    disks.modify(volume.spec.csi?.volumeHandle ?? '', parameters, (answer) => {
      busy.delete(key);
      if (isRefusal(answer)) {
        recorder.event(claim, 'Warning', 'VolumeModifyFailed', grpc(answer));
        told(answer.code === 'InvalidArgument' || answer.code === 'NotFound' ? 'Infeasible' : 'InProgress', `ModifyVolume failed with error: ${grpc(answer)}. Waiting for retry.`);
        return retry.failed(key);
      }
      retry.succeeded(key);
      retry.writing(key, () => {
        client.patch(persistentVolumes, volume.metadata.name, undefined, { spec: { volumeAttributesClassName: name } });
        mark(claim, { currentVolumeAttributesClassName: name, modifyVolumeStatus: null });
        recorder.event(claim, 'Normal', 'VolumeModifySuccessful', `external resizer modified volume ${claim.metadata.name} with vac ${name} successfully`);
      });
    });
  }

  /** Writes the claim's status; the condition stands while something is told of it. */
  function mark({ metadata: { name, namespace } }: PersistentVolumeClaim, status: object, message?: string): void {
    const others = (client.get(persistentVolumeClaims, name, namespace)?.status.conditions ?? []).filter(({ type }) => type !== MODIFYING);
    const conditions = message === undefined ? others : [...others, { type: MODIFYING, status: 'True', lastTransitionTime: timestamp(world.clock.now()), message }];
    client.patch(persistentVolumeClaims, name, namespace, { status: { ...status, conditions } }, { subresource: 'status' });
  }
}
