/** The attach-detach controller: a VolumeAttachment for every CSI volume on every node whose Pods use it (attachdetach/attach_detach_controller.go). */
import { attachmentName, claimNameOf, inUseName } from '../../api/volume-binding.ts';
import type { Node, PersistentVolume, Pod, VolumeAttachment } from '../../api/types.ts';
import { csiDrivers, csiNodes, nodes, persistentVolumeClaims, persistentVolumes, pods, volumeAttachments } from '../../client/resources.ts';
import { type Controller, type ControllerContext, unlessGone, unlessThere } from '../controller.ts';
import { isOver } from '../pods.ts';

const MANAGED = 'volumes.kubernetes.io/controller-managed-attach-detach';
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';
const maxWaitForUnmountMs = 360_000; // ReconcilerMaxWaitForUnmountDuration
const RETRY_MS = 1_000;

export const attachDetachController: Controller = (context) => {
  const controller = new AttachDetach(context);
  return { stop: () => controller.stop() };
};

class AttachDetach {
  readonly #context: ControllerContext;
  readonly #informers;
  readonly #recorder;
  readonly #queue;
  /** Since when an attachment is not wanted any more. */
  readonly #unwanted = new Map<string, number>();
  /** What was told about a volume on a node, so that it is told once. */
  readonly #told = new Map<string, string>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = context.recorder('attachdetach-controller');
    const { informer } = context;
    this.#informers = { pods: informer(pods), nodes: informer(nodes), claims: informer(persistentVolumeClaims), volumes: informer(persistentVolumes), attachments: informer(volumeAttachments), drivers: informer(csiDrivers), csiNodes: informer(csiNodes) };
    const { pods: allPods, nodes: allNodes, claims, volumes, attachments } = this.#informers;
    allPods.indexBy('claim', claimsOf);
    attachments.indexBy('volume', ({ spec }) => [spec.source.persistentVolumeName ?? '']);
    attachments.indexBy('node', ({ spec }) => [spec.nodeName]);
    this.#queue = context.queue('attach and detach volumes', (name) => this.#reconcile(name));
    allPods.onChange((now, old) => {
      const pod = (now ?? old)!;
      if (now && old && now.spec.nodeName === old.spec.nodeName && isOver(now) === isOver(old)) return;
      for (const key of claimsOf(pod)) this.#add(claims.get(key)?.spec.volumeName);
    });
    claims.onChange((now, old) => { if (now?.spec.volumeName && now.status.phase !== old?.status.phase) this.#add(now.spec.volumeName); });
    volumes.onChange((now, old) => { if (now && !old) this.#add(now.metadata.name); });
    attachments.onChange((now, old) => this.#add((now ?? old)?.spec.source.persistentVolumeName));
    allNodes.onChange((now, old) => {
      for (const { spec } of attachments.byIndex('node', (now ?? old)!.metadata.name)) this.#add(spec.source.persistentVolumeName);
    });
  }

  stop(): void { this.#queue.stop(); }

  #add(volumeName: string | undefined): void {
    if (volumeName) this.#queue.add(volumeName);
  }

  #reconcile(name: string): void {
    const { volumes, attachments } = this.#informers;
    if (!Object.values(this.#informers).every(({ hasSynced }) => hasSynced)) return this.#queue.addAfter(name, RETRY_MS);
    const volume = volumes.get(name);
    const users = volume ? this.#usersByNode(volume) : new Map<string, Pod[]>();
    for (const attachment of attachments.byIndex('volume', name)) if (!users.has(attachment.spec.nodeName)) this.#detach(attachment, volume);
    if (volume?.spec.csi && this.#informers.drivers.get(volume.spec.csi.driver)?.spec.attachRequired !== false) for (const [nodeName, of] of users) this.#attach(volume, volume.spec.csi, nodeName, of);
  }

  /** Pods that use the volume, by their nodes; Pods that have ended use nothing. */
  #usersByNode({ metadata: { name }, spec: { claimRef } }: PersistentVolume): Map<string, Pod[]> {
    const { pods: allPods, claims, nodes: allNodes } = this.#informers;
    const users = new Map<string, Pod[]>();
    const key = `${claimRef?.namespace}/${claimRef?.name}`;
    if (!claimRef || claims.get(key)?.spec.volumeName !== name) return users;
    for (const pod of allPods.byIndex('claim', key)) {
      const { nodeName } = pod.spec;
      if (nodeName && !isOver(pod) && allNodes.get(nodeName)?.metadata.annotations?.[MANAGED] === 'true') users.set(nodeName, [...users.get(nodeName) ?? [], pod]);
    }
    return users;
  }

  #attach(volume: PersistentVolume, { driver, volumeHandle }: NonNullable<PersistentVolume['spec']['csi']>, nodeName: string, users: readonly Pod[]): void {
    const { client } = this.#context;
    const { name } = volume.metadata;
    const all = this.#informers.attachments.byIndex('volume', name);
    const own = all.find(({ spec }) => spec.nodeName === nodeName);
    if (own) return this.#follow(own, volume, users);
    if (!isShareable(volume) && all.length > 0) return this.#tell(name, nodeName, users, `Multi-Attach error for volume "${name}" ${this.#whoHasIt(volume, nodeName, users)}`);
    const csiNode = this.#informers.csiNodes.get(nodeName);
    if (!csiNode?.spec.drivers.some((each) => each.name === driver)) {
      this.#tell(name, nodeName, users, `AttachVolume.Attach failed for volume "${name}" : ${csiNode ? `CSINode ${nodeName} does not contain driver ${driver}` : `csinode.storage.k8s.io "${nodeName}" not found`}`);
      return this.#queue.addAfter(name, RETRY_MS);
    }
    unlessThere(() => client.create<VolumeAttachment>(volumeAttachments, { apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttachment', metadata: { name: attachmentName(driver, volumeHandle, nodeName) }, spec: { attacher: driver, nodeName, source: { persistentVolumeName: name } } }));
  }

  #whoHasIt(volume: PersistentVolume, nodeName: string, [pod]: readonly Pod[]): string {
    const others = [...this.#usersByNode(volume)].filter(([node]) => node !== nodeName).flatMap(([, list]) => list);
    const near = others.filter(({ metadata }) => metadata.namespace === pod?.metadata.namespace).map(({ metadata }) => metadata.name);
    return near.length > 0 ? `Volume is already used by pod(s) ${near.join(', ')}` : 'Volume is already exclusively attached to one node and can\'t be attached to another';
  }

  /** Tells Pods and the node how it went. */
  #follow({ spec: { nodeName }, status, metadata }: VolumeAttachment, volume: PersistentVolume, users: readonly Pod[]): void {
    const { name } = volume.metadata;
    if (metadata.deletionTimestamp) return;
    if (!status?.attached) {
      if (status?.attachError) this.#tell(name, nodeName, users, `AttachVolume.Attach failed for volume "${name}" : ${status.attachError.message ?? ''}`);
      return;
    }
    this.#setAttached(volume, nodeName, true);
    const key = `${name} ${nodeName}`;
    if (this.#told.get(key) === 'attached') return;
    this.#told.set(key, 'attached');
    for (const pod of users) this.#recorder.event(pod, 'Normal', 'SuccessfulAttachVolume', `AttachVolume.Attach succeeded for volume "${name}" `);
  }

  #tell(volumeName: string, nodeName: string, users: readonly Pod[], message: string): void {
    const key = `${volumeName} ${nodeName}`;
    const told = `${users.map(({ metadata }) => metadata.uid).join()} ${message}`;
    if (this.#told.get(key) === told) return;
    this.#told.set(key, told);
    for (const pod of users) this.#recorder.event(pod, 'Warning', 'FailedAttachVolume', message);
  }

  /** Only once the node has unmounted it, or is given up. */
  #detach(attachment: VolumeAttachment, volume: PersistentVolume | undefined): void {
    const { metadata: { name, deletionTimestamp }, spec: { nodeName, source } } = attachment;
    const { clock } = this.#context.world;
    const node = this.#informers.nodes.get(nodeName);
    if (deletionTimestamp || (node && !node.metadata.annotations?.[MANAGED])) return;
    const csi = volume?.spec.csi;
    const isMounted = Boolean(csi && node?.status.volumesInUse?.includes(inUseName(csi.driver, csi.volumeHandle)));
    if (isMounted && node && !isGivenUp(node)) {
      const sinceMs = this.#unwanted.get(name) ?? clock.now();
      this.#unwanted.set(name, sinceMs);
      const leftMs = sinceMs + maxWaitForUnmountMs - clock.now();
      if (leftMs > 0) return this.#queue.addAfter(source.persistentVolumeName ?? '', leftMs);
      if (isReady(node)) return this.#queue.addAfter(source.persistentVolumeName ?? '', RETRY_MS * 60);
    }
    this.#unwanted.delete(name);
    this.#told.delete(`${source.persistentVolumeName} ${nodeName}`);
    if (volume) this.#setAttached(volume, nodeName, false);
    unlessGone(() => this.#context.client.delete(volumeAttachments, name));
  }

  #setAttached({ spec: { csi } }: PersistentVolume, nodeName: string, isAttached: boolean): void {
    const node = csi && this.#informers.nodes.get(nodeName);
    if (!node) return;
    const name = inUseName(csi.driver, csi.volumeHandle);
    const before = node.status.volumesAttached ?? [];
    if (before.some((each) => each.name === name) === isAttached) return;
    const volumesAttached = isAttached ? [...before, { name, devicePath: '' }] : before.filter((each) => each.name !== name);
    unlessGone(() => this.#context.client.patch(nodes, nodeName, undefined, { status: { volumesAttached } }, { subresource: 'status' }));
  }
}

function claimsOf(pod: Pod): string[] {
  return (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []).map((name) => `${pod.metadata.namespace}/${name}`);
}

function isShareable({ spec: { accessModes = [] } }: PersistentVolume): boolean {
  return accessModes.includes('ReadWriteMany') || accessModes.includes('ReadOnlyMany');
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
}

/** An administrator says that the node is off for good. */
function isGivenUp({ spec }: Node): boolean {
  return spec.taints?.some(({ key }) => key === OUT_OF_SERVICE) ?? false;
}
