/** The CSI driver of the pretend cloud's disks: a controller that makes, plugs in, enlarges and deletes them, and a part on each node. */
import { timestamp } from '../api/duration.ts';
import { quantityValue } from '../api/quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, VolumeAttachment } from '../api/types.ts';
import { requestedSize, sizeOf } from '../api/volume-binding.ts';
import { persistentVolumeClaims, persistentVolumes, volumeAttachments } from '../client/resources.ts';
import { type DiskRefusal, type Disks, isRefusal } from '../cloud/disks.ts';
import { keyOf, unlessGone } from '../controllers/controller.ts';
import { addFinalizer, removeFinalizer } from '../controllers/finalizers.ts';
import { isApiFailure } from '../client/api-failure.ts';
import { PLUGINS_FOLDER } from '../node/kubelet/plugin-sockets.ts';
import { type Driver, driverProgram } from './driver-program.ts';
import { runModifier } from './volume-modifier.ts';
import { type Provisioner, type ProvisionRequest, runProvisioner } from './external-provisioner.ts';

export const DISK_DRIVER = 'disk.csi.pretend.cloud';
const ZONE = 'topology.kubernetes.io/zone';
const ATTACH_FINALIZER = `external-attacher/${DISK_DRIVER.replaceAll('.', '-')}`;
const RETRY_MIN_MS = 1_000; // csi-attacher, csi-resizer: --retry-interval-start …
const RETRY_MAX_MS = 300_000; // … and --retry-interval-max
const GIB = 2 ** 30;

/** The program `disk-csi-driver`: `controller`, or `node` on each machine. */
export const cloudDiskProgram = (disks: Disks) => driverProgram(DISK_DRIVER, (driver) => {
  if (driver.context.argv.includes('node')) {
    driver.listen(`${PLUGINS_FOLDER}/${DISK_DRIVER}-reg.sock`, { type: 'CSIPlugin', name: DISK_DRIVER, nodeID: driver.context.nodeName, volumesMax: disks.perMachine, topologyKeys: [ZONE] });
    return;
  }
  runProvisioner(driver, provisioner(disks));
  runAttacher(driver, disks);
  runResizer(driver, disks);
  runModifier(driver, disks, { name: DISK_DRIVER, grpc, retries });
});

const grpc = ({ code, message }: DiskRefusal): string => `rpc error: code = ${code} desc = ${message}`;

function provisioner(disks: Disks): Provisioner {
  return {
    name: DISK_DRIVER,
    create(request, done) {
      const { claim, volumeName } = request;
      if (claim.spec.accessModes?.some((mode) => mode.endsWith('Many'))) return done({ error: 'rpc error: code = InvalidArgument desc = Volume capabilities not supported: a disk serves one node only' });
      const zone = zoneFor(request);
      if (typeof zone === 'object') return done(zone);
      const size = Math.ceil(quantityValue(requestedSize(claim)) / GIB) * GIB;
      disks.create(volumeName, size, zone, (answer) => {
        if (isRefusal(answer)) return done({ error: grpc(answer), moves: answer.code === 'ResourceExhausted' });
        const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: [zone] }] }] };
        done({ csi: { driver: DISK_DRIVER, volumeHandle: answer.id, fsType: request.storageClass.parameters?.['csi.storage.k8s.io/fstype'] ?? 'ext4' }, ...(zone ? { nodeAffinity: { required } } : {}) });
      });
    },
    delete(volume, done) {
      disks.delete(volume.spec.csi?.volumeHandle ?? '', (answer) => done(isRefusal(answer) ? grpc(answer) : undefined));
    },
  };
}

/** Where the first Pod will be; without one, any zone that the class allows. */
function zoneFor({ node, nodes, storageClass: { allowedTopologies = [] }, claim }: ProvisionRequest): string | { error: string } {
  const allowed = allowedTopologies.flatMap(({ matchLabelExpressions = [] }) => matchLabelExpressions.filter(({ key }) => key === ZONE).flatMap(({ values }) => values));
  if (node) return node.metadata.labels?.[ZONE] ?? '';
  const known = [...new Set(nodes.flatMap(({ metadata: { labels } }) => labels?.[ZONE] ?? []))].sort();
  const zones = allowed.length > 0 ? allowed : known;
  if (allowedTopologies.length > 0 && !zones.some((zone) => known.includes(zone))) return { error: 'error generating accessibility requirements: no available topology found' };
  const hash = [...claim.metadata.uid].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return zones[hash % Math.max(1, zones.length)] ?? '';
}

/** What goes wrong is tried again after a pause that doubles. */
function retries(driver: Driver, add: (key: string) => void): { failed(key: string): void; succeeded(key: string): void; writing(key: string, act: () => void): void } {
  const counts = new Map<string, number>();
  const failed = (key: string) => {
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    const timer = driver.context.world.clock.after(Math.min(RETRY_MIN_MS * 2 ** count, RETRY_MAX_MS), 'retry disk', () => add(key));
    driver.onStop(() => timer.cancel());
  };
  return {
    failed, succeeded: (key) => void counts.delete(key),
    writing(key, act) {
      try {
        unlessGone(act);
      } catch (error) {
        if (!isApiFailure(error)) throw error;
        failed(key);
      }
    },
  };
}

/** external-attacher: plugs disks in where VolumeAttachments say so, and out when these go. */
function runAttacher(driver: Driver, disks: Disks): void {
  const { client, context: { world } } = driver;
  const busy = new Set<string>();
  const volumes = driver.informer(persistentVolumes, () => undefined);
  const attachments = driver.informer(volumeAttachments, (now) => { if (now?.spec.attacher === DISK_DRIVER) queue.add(now.metadata.name); });
  const queue = driver.queue('attach disks', (name) => {
    const attachment = attachments.get(name);
    if (!attachment || busy.has(name)) return;
    const { metadata: { deletionTimestamp, finalizers = [] }, spec: { nodeName, source }, status } = attachment;
    const id = volumes.get(source.persistentVolumeName ?? '')?.spec.csi?.volumeHandle ?? disks.list().find((disk) => disk.name === source.persistentVolumeName)?.id ?? '';
    if (deletionTimestamp) {
      if (!finalizers.includes(ATTACH_FINALIZER)) return;
      return call(name, (done) => disks.detach(id, nodeName, done), 'detachError', () => removeFinalizer(client, volumeAttachments, attachment.metadata, ATTACH_FINALIZER));
    }
    if (status?.attached) return;
    if (!finalizers.includes(ATTACH_FINALIZER)) addFinalizer(client, volumeAttachments, attachment.metadata, ATTACH_FINALIZER);
    call(name, (done) => disks.attach(id, nodeName, done), 'attachError', () => client.patch(volumeAttachments, name, undefined, { status: { attached: true, attachError: null } }, { subresource: 'status' }));
  });
  const retry = retries(driver, (key) => queue.add(key));

  function call(name: string, ask: (done: (answer: object) => void) => void, field: keyof VolumeAttachment['status'], act: () => void): void {
    busy.add(name);
    ask((answer) => {
      busy.delete(name);
      if (!isRefusal(answer)) {
        retry.succeeded(name);
        return retry.writing(name, act);
      }
      retry.failed(name);
      retry.writing(name, () => client.patch(volumeAttachments, name, undefined, { status: { attached: field === 'detachError', [field]: { message: grpc(answer), time: timestamp(world.clock.now()) } } }, { subresource: 'status' }));
    });
  }
}

/** external-resizer: enlarges the disk behind a claim that asks for more; the file system on it is the kubelet's to enlarge. */
function runResizer(driver: Driver, disks: Disks): void {
  const { client, context: { world } } = driver;
  const recorder = driver.recorder(`external-resizer ${DISK_DRIVER}`);
  const busy = new Set<string>();
  const volumes = driver.informer(persistentVolumes, () => undefined);
  const claims = driver.informer(persistentVolumeClaims, (now) => { if (now?.status.phase === 'Bound') queue.add(keyOf(now)); });
  const queue = driver.queue('resize disks', (key) => {
    const claim = claims.get(key);
    const volume = volumes.get(claim?.spec.volumeName ?? '');
    if (claim?.status.phase !== 'Bound' || volume?.spec.csi?.driver !== DISK_DRIVER || busy.has(key)) return;
    if (quantityValue(requestedSize(claim)) > quantityValue(sizeOf(volume))) resize(key, claim, volume);
  });
  const retry = retries(driver, (key) => queue.add(key));

  function resize(key: string, claim: PersistentVolumeClaim, volume: PersistentVolume): void {
    const size = requestedSize(claim);
    busy.add(key);
    recorder.event(claim, 'Normal', 'Resizing', `External resizer is resizing volume ${volume.metadata.name}`);
    retry.writing(key, () => setConditions(claim, 'Resizing'));
    disks.expand(volume.spec.csi?.volumeHandle ?? '', Math.ceil(quantityValue(size) / GIB) * GIB, (answer) => {
      busy.delete(key);
      if (isRefusal(answer)) {
        recorder.event(claim, 'Warning', 'VolumeResizeFailed', `resize volume "${volume.metadata.name}" by resizer "${DISK_DRIVER}" failed: ${grpc(answer)}`);
        return retry.failed(key);
      }
      retry.succeeded(key);
      retry.writing(key, () => {
        client.patch(persistentVolumes, volume.metadata.name, undefined, { spec: { capacity: { storage: size } } });
        setConditions(claim, 'FileSystemResizePending', 'Waiting for user to (re-)start a pod to finish file system resize of volume on node.');
        recorder.event(claim, 'Normal', 'FileSystemResizeRequired', 'Require file system resize of volume on node');
      });
    });
  }

  function setConditions({ metadata: { name, namespace } }: PersistentVolumeClaim, type: string, message?: string): void {
    const now = timestamp(world.clock.now());
    const condition = { type, status: 'True', lastTransitionTime: now, ...(message === undefined ? {} : { message }) };
    client.patch(persistentVolumeClaims, name, namespace, { status: { conditions: [condition] } }, { subresource: 'status' });
  }
}
