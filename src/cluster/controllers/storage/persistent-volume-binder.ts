/** The PersistentVolume controller: brings claims and volumes together, asks provisioners, reclaims what is left (pv_controller.go). */
import type { Timer } from '../../../time/clock.ts';
import { newestDefault } from '../../api/default-class.ts';
import { isDefaultClass, namesClass, storageClassOf } from '../../api/kinds/storage.ts';
import {
  BETA_STORAGE_PROVISIONER, BIND_COMPLETED, claimNameOf, findVolumeAnywhere, isKeptFor, modeOf, PROVISIONED_BY, SELECTED_NODE, STORAGE_PROVISIONER, waitsForConsumer, whyUnfit,
} from '../../api/volume-binding.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/types.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../../client/resources.ts';
import { type Controller, type ControllerContext, keyOf } from '../controller.ts';
import { isOver } from '../pods.ts';
import { bind, setClaimPhase, setVolumePhase, unbind } from './binding.ts';
import { reclaim } from './reclaim.ts';

const syncPeriodMs = 15_000; // kube-controller-manager: --pvclaimbinder-sync-period
const SYNC_RETRY_MS = 100;

export const persistentVolumeBinder: Controller = (context) => {
  const binder = new Binder(context);
  return { stop: () => binder.stop() };
};

class Binder {
  readonly #context: ControllerContext;
  readonly #volumes;
  readonly #claims;
  readonly #classes;
  readonly #pods;
  readonly #recorder;
  readonly #claimQueue;
  readonly #volumeQueue;
  /** Claims that wait for something that may come without an event of theirs. */
  readonly #unbound = new Set<string>();
  readonly #startMs: number;
  #tick: Timer | undefined;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#startMs = context.world.clock.now();
    this.#recorder = context.recorder('persistentvolume-controller');
    this.#classes = context.informer(storageClasses);
    this.#volumes = context.informer(persistentVolumes);
    this.#claims = context.informer(persistentVolumeClaims);
    this.#pods = context.informer(pods);
    this.#volumes.indexBy('class', (volume) => [storageClassOf(volume)]);
    this.#volumes.indexBy('claim', ({ spec: { claimRef } }) => (claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : []));
    this.#pods.indexBy('claim', (pod) => (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []).map((name) => `${pod.metadata.namespace}/${name}`));
    this.#claimQueue = context.queue('persistentvolume claims', (key) => this.#whenSynced(() => this.#syncClaim(key), () => this.#claimQueue.addAfter(key, SYNC_RETRY_MS)));
    this.#volumeQueue = context.queue('persistentvolumes', (key) => this.#whenSynced(() => this.#syncVolume(key), () => this.#volumeQueue.addAfter(key, SYNC_RETRY_MS)));
    this.#claims.onChange((now, old) => this.#claimChanged(now, old));
    this.#volumes.onChange((now, old) => this.#volumeChanged(now, old));
  }

  stop(): void {
    this.#claimQueue.stop();
    this.#volumeQueue.stop();
    this.#tick?.cancel();
  }

  #claimChanged(now: PersistentVolumeClaim | undefined, old: PersistentVolumeClaim | undefined): void {
    const key = keyOf((now ?? old)!);
    if (now && now.status.phase !== 'Bound') this.#unbound.add(key);
    else this.#unbound.delete(key);
    if (now) this.#claimQueue.add(key);
    else if (old?.spec.volumeName) this.#volumeQueue.add(old.spec.volumeName);
    this.#plan();
  }

  #volumeChanged(now: PersistentVolume | undefined, old: PersistentVolume | undefined): void {
    if (now) return this.#volumeQueue.add(now.metadata.name);
    const claimRef = old?.spec.claimRef;
    if (claimRef) this.#claimQueue.add(`${claimRef.namespace}/${claimRef.name}`);
  }

  /** New volumes tell no claim: what is unbound is looked at again each period, counted from the start. */
  #plan(): void {
    if (this.#tick || this.#unbound.size === 0) return;
    const { clock } = this.#context.world;
    const sinceMs = (clock.now() - this.#startMs) % syncPeriodMs;
    this.#tick = clock.after(syncPeriodMs - sinceMs, 'sync persistent volumes', () => {
      this.#tick = undefined;
      for (const key of this.#unbound) this.#claimQueue.add(key);
      this.#plan();
    });
  }

  #whenSynced(act: () => void, later: () => void): void {
    if ([this.#classes, this.#volumes, this.#claims, this.#pods].every(({ hasSynced }) => hasSynced)) act();
    else later();
  }

  // Claims.

  #syncClaim(key: string): void {
    const claim = this.#claims.get(key);
    if (!claim) return;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) this.#syncBoundClaim(claim);
    else if (claim.spec.volumeName) this.#syncReservation(claim, claim.spec.volumeName);
    else this.#syncUnboundClaim(claim, key);
  }

  #syncBoundClaim(claim: PersistentVolumeClaim): void {
    const { volumeName } = claim.spec;
    if (!volumeName) return this.#lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    const volume = this.#volumes.get(volumeName) ?? this.#context.client.get(persistentVolumes, volumeName);
    if (!volume) return this.#lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    if (volume.spec.claimRef && volume.spec.claimRef.uid !== claim.metadata.uid) return this.#lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
    bind(this.#context.client, volume, claim);
  }

  #lose(claim: PersistentVolumeClaim, reason: string, message: string): void {
    if (claim.status.phase === 'Lost') return;
    setClaimPhase(this.#context.client, claim, 'Lost');
    this.#recorder.event(claim, 'Warning', reason, message);
  }

  /** The user has named a volume. */
  #syncReservation(claim: PersistentVolumeClaim, volumeName: string): void {
    const { client } = this.#context;
    const volume = this.#volumes.get(volumeName);
    if (volume && (volume.spec.claimRef ? isKeptFor(volume, claim) : whyUnfit(volume, claim) === undefined)) return bind(client, volume, claim);
    if (volume?.spec.claimRef) this.#recorder.event(claim, 'Warning', 'FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
    else if (volume) this.#recorder.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${volumeName}": ${whyUnfit(volume, claim)}`);
    setClaimPhase(client, claim, 'Pending');
  }

  #syncUnboundClaim(claim: PersistentVolumeClaim, key: string): void {
    const { client } = this.#context;
    const className = storageClassOf(claim);
    const waits = waitsForConsumer(this.#classes.get(className));
    const volume = findVolumeAnywhere(claim, [...new Set([...this.#volumes.byIndex('class', className), ...this.#volumes.byIndex('claim', key)])], waits);
    if (volume) return bind(client, volume, claim);
    if (this.#assignDefaultClass(claim)) return;
    if (waits && claim.metadata.annotations?.[SELECTED_NODE] === undefined) this.#tellWaiting(claim, key);
    else if (className) return this.#provision(claim, className);
    else this.#recorder.event(claim, 'Normal', 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
    setClaimPhase(client, claim, 'Pending');
  }

  /** A claim made before there was a default class gets it afterwards. */
  #assignDefaultClass(claim: PersistentVolumeClaim): boolean {
    const found = namesClass(claim) ? undefined : newestDefault(this.#classes.list(), isDefaultClass);
    if (!found) return false;
    this.#context.client.update(persistentVolumeClaims, { ...claim, spec: { ...claim.spec, storageClassName: found.metadata.name } });
    return true;
  }

  #tellWaiting(claim: PersistentVolumeClaim, key: string): void {
    const waiting = this.#pods.byIndex('claim', key).filter((pod) => !isOver(pod) && !pod.spec.nodeName).map((pod) => pod.metadata.name);
    if (waiting.length === 0) return this.#recorder.event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    this.#recorder.event(claim, 'Normal', 'WaitForPodScheduled', `waiting for ${waiting.length > 1 ? 'pods' : 'pod'} ${waiting.join(',')} to be scheduled`);
  }

  #provision(claim: PersistentVolumeClaim, className: string): void {
    const provisioner = this.#classes.get(className)?.provisioner;
    if (provisioner === undefined) return this.#recorder.event(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
    if (provisioner.startsWith('kubernetes.io/')) return this.#recorder.event(claim, 'Warning', 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`);
    const { metadata } = claim;
    const annotations = { ...metadata.annotations, [BETA_STORAGE_PROVISIONER]: provisioner, [STORAGE_PROVISIONER]: provisioner };
    const asked = metadata.annotations?.[STORAGE_PROVISIONER] === provisioner ? claim : this.#context.client.update(persistentVolumeClaims, { ...claim, metadata: { ...metadata, annotations } });
    this.#recorder.event(asked, 'Normal', 'ExternalProvisioning', `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`);
  }

  // Volumes.

  #syncVolume(name: string): void {
    const { client } = this.#context;
    const volume = this.#volumes.get(name);
    if (!volume) return;
    const { claimRef } = volume.spec;
    if (!claimRef?.uid) return void setVolumePhase(client, volume, 'Available');
    const key = `${claimRef.namespace}/${claimRef.name}`;
    const isIts = (found: PersistentVolumeClaim | undefined) => found?.metadata.uid === claimRef.uid;
    const known = this.#claims.get(key);
    const claim = isIts(known) ? known : [client.get(persistentVolumeClaims, claimRef.name ?? '', claimRef.namespace)].find(isIts);
    if (!claim) return reclaim(client, this.#recorder, volume);
    if (claim.spec.volumeName === name) return void setVolumePhase(client, volume, 'Bound');
    if (claim.spec.volumeName) return this.#claimedElsewhere(volume);
    if (modeOf(volume) === modeOf(claim)) return this.#claimQueue.add(key);
    this.#recorder.event(volume, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${claim.metadata.name}" due to incompatible volumeMode.`);
    this.#recorder.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume "${name}" to requested PersistentVolumeClaim due to incompatible volumeMode.`);
  }

  #claimedElsewhere(volume: PersistentVolume): void {
    const isSpare = volume.metadata.annotations?.[PROVISIONED_BY] !== undefined && volume.spec.persistentVolumeReclaimPolicy === 'Delete';
    if (isSpare) reclaim(this.#context.client, this.#recorder, volume);
    else unbind(this.#context.client, volume);
  }
}
