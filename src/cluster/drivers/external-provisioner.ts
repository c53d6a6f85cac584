/** Volumes on demand, as sig-storage-lib-external-provisioner makes and deletes them: one loop for every provisioner. */
import { storageClassOf } from '../api/kinds/storage.ts';
import { PROVISIONED_BY, requestedSize, SELECTED_NODE, STORAGE_PROVISIONER, waitsForConsumer } from '../api/volume-binding.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, StorageClass } from '../api/types.ts';
import { nodes, persistentVolumeClaims, persistentVolumes, storageClasses } from '../client/resources.ts';
import { keyOf, unlessGone, unlessThere } from '../controllers/controller.ts';
import { isApiFailure } from '../client/api-failure.ts';
import type { Driver } from './driver-program.ts';

const RETRY_MIN_MS = 1_000; // csi-provisioner: --retry-interval-start …
const RETRY_MAX_MS = 300_000; // … and --retry-interval-max
const FINALIZER = 'external-provisioner.volume.kubernetes.io/finalizer';

/** What a volume is made of besides what claim and class say: its source and where it can be used. */
type Provisioned = Pick<PersistentVolume['spec'], 'csi' | 'hostPath' | 'local' | 'nodeAffinity'>;
/** Why not; `moves`: another node may do. */
interface ProvisionError { readonly error: string; readonly moves?: boolean }

export interface ProvisionRequest {
  readonly volumeName: string;
  readonly claim: PersistentVolumeClaim;
  readonly storageClass: StorageClass;
  /** The node that the scheduler has chosen. */
  readonly node: Node | undefined;
  readonly nodes: readonly Node[];
}

export interface Provisioner {
  readonly name: string;
  create(request: ProvisionRequest, done: (answer: Provisioned | ProvisionError) => void): void;
  delete(volume: PersistentVolume, done: (error: string | undefined) => void): void;
}

/** Serves claims of the provisioner's classes and volumes that it has made. */
export function runProvisioner(driver: Driver, provisioner: Provisioner): void {
  const { client, context } = driver;
  const { clock } = context.world;
  const recorder = driver.recorder(`${provisioner.name}_${context.hostname}_${context.random.uuid()}`);
  const busy = new Set<string>();
  const failures = new Map<string, number>();
  const classes = driver.informer(storageClasses, () => undefined);
  const allNodes = driver.informer(nodes, () => undefined);
  const claims = driver.informer(persistentVolumeClaims, (now) => { if (now && isOurs(now)) queue.add(keyOf(now)); });
  const volumes = driver.informer(persistentVolumes, (now) => { if (now && (isLeft(now) || isKept(now))) queue.add(now.metadata.name); });
  const queue = driver.queue('provision volumes', (key) => {
    if (busy.has(key)) return;
    if (key.includes('/')) provision(key);
    else remove(key);
  });

  function isOurs({ metadata: { annotations, deletionTimestamp }, spec }: PersistentVolumeClaim): boolean {
    return annotations?.[STORAGE_PROVISIONER] === provisioner.name && !spec.volumeName && deletionTimestamp === undefined;
  }

  function isLeft({ metadata, spec, status }: PersistentVolume): boolean {
    return metadata.annotations?.[PROVISIONED_BY] === provisioner.name && spec.persistentVolumeReclaimPolicy === 'Delete' && ['Released', 'Failed'].includes(status.phase ?? '');
  }

  /** A volume that is to outlive its claim is no longer ours to hold. */
  function isKept({ metadata, spec }: PersistentVolume): boolean {
    return metadata.annotations?.[PROVISIONED_BY] === provisioner.name && spec.persistentVolumeReclaimPolicy !== 'Delete' && (metadata.finalizers?.includes(FINALIZER) ?? false);
  }

  function letGo(name: string): void {
    const finalizers = client.get(persistentVolumes, name)?.metadata.finalizers;
    if (finalizers?.includes(FINALIZER)) unlessGone(() => client.patch(persistentVolumes, name, undefined, { metadata: { finalizers: finalizers.filter((each) => each !== FINALIZER) } }));
  }

  function again(key: string): void {
    const count = failures.get(key) ?? 0;
    failures.set(key, count + 1);
    queue.addAfter(key, Math.min(RETRY_MIN_MS * 2 ** count, RETRY_MAX_MS));
  }

  function provision(key: string): void {
    const claim = claims.get(key);
    const storageClass = claim && classes.get(storageClassOf(claim));
    if (!claim || !storageClass || !isOurs(claim)) return;
    const nodeName = claim.metadata.annotations?.[SELECTED_NODE];
    if (waitsForConsumer(storageClass) && nodeName === undefined) return;
    const volumeName = `pvc-${claim.metadata.uid}`;
    busy.add(key);
    recorder.event(claim, 'Normal', 'Provisioning', `External provisioner is provisioning volume for claim "${key}"`);
    provisioner.create({ volumeName, claim, storageClass, node: nodeName === undefined ? undefined : allNodes.get(nodeName), nodes: allNodes.list() }, (answer) => {
      busy.delete(key);
      if ('error' in answer) return failed(claim, key, answer, storageClass.metadata.name);
      failures.delete(key);
      writing(key, () => {
        unlessThere(() => client.create(persistentVolumes, volumeFor(volumeName, claim, storageClass, answer)));
        recorder.event(claim, 'Normal', 'ProvisioningSucceeded', `Successfully provisioned volume ${volumeName}`);
      });
    });
  }

  function failed(claim: PersistentVolumeClaim, key: string, { error, moves }: ProvisionError, className: string): void {
    recorder.event(claim, 'Warning', 'ProvisioningFailed', `failed to provision volume with StorageClass "${className}": ${error}`);
    if (!moves || claim.metadata.annotations?.[SELECTED_NODE] === undefined) return again(key);
    failures.set(key, (failures.get(key) ?? 0) + 1);
    clock.after(RETRY_MIN_MS, 'reschedule', () => writing(key, () => { client.patch(persistentVolumeClaims, claim.metadata.name, claim.metadata.namespace, { metadata: { annotations: { [SELECTED_NODE]: null } } }); }));
  }

  function volumeFor(name: string, claim: PersistentVolumeClaim, storageClass: StorageClass, made: Provisioned): Parameters<typeof client.create<PersistentVolume>>[1] {
    const { metadata: { name: claimName, namespace, uid, resourceVersion }, spec } = claim;
    return {
      apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, annotations: { [PROVISIONED_BY]: provisioner.name }, ...(storageClass.reclaimPolicy === 'Retain' ? {} : { finalizers: [FINALIZER] }) },
      spec: {
        ...made, capacity: { storage: requestedSize(claim) }, accessModes: spec.accessModes, volumeMode: spec.volumeMode, persistentVolumeReclaimPolicy: storageClass.reclaimPolicy, storageClassName: storageClass.metadata.name,
        ...(storageClass.mountOptions ? { mountOptions: storageClass.mountOptions } : {}), ...(spec.volumeAttributesClassName ? { volumeAttributesClassName: spec.volumeAttributesClassName } : {}),
        claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', name: claimName, namespace, uid, resourceVersion },
      },
    };
  }

  function remove(name: string): void {
    const volume = volumes.get(name);
    if (volume && isKept(volume)) return letGo(name);
    if (!volume || !isLeft(volume)) return;
    busy.add(name);
    provisioner.delete(volume, (error) => {
      busy.delete(name);
      if (error !== undefined) {
        recorder.event(volume, 'Warning', 'VolumeFailedDelete', error);
        return again(name);
      }
      failures.delete(name);
      writing(name, () => {
        unlessGone(() => client.delete(persistentVolumes, name));
        letGo(name);
      });
    });
  }

  /** Writes; what the API server does not take now is tried again. */
  function writing(key: string, act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      again(key);
    }
  }
}
