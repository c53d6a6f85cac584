/** NVIDIA's two ways to GPUs: the device plugin (nvidia.com/gpu) and the DRA driver (ResourceSlices). Both read the machine's cards from /proc/driver/nvidia. */
import type { ResourceSlice } from '../api/device-types.ts';
import { nodes, resourceSlices } from '../client/resources.ts';
import { isApiFailure } from '../client/api-failure.ts';
import { type DeviceEdits, DEVICES_FOLDER, PLUGINS_FOLDER } from '../node/kubelet/plugin-sockets.ts';
import { GPU_FOLDER, type Gpu, gpusIn } from '../node/gpus.ts';
import type { Addon } from '../node/control-plane/addons.ts';
import { type Driver, driverProgram } from './driver-program.ts';

const DEVICE_PLUGIN_IMAGE = 'nvcr.io/nvidia/k8s-device-plugin:v0.17.1';
const DRA_IMAGE = 'nvcr.io/nvidia/k8s-dra-driver-gpu:v25.8.0';
const RESOURCE = 'nvidia.com/gpu';
const DRIVER = 'gpu.nvidia.com';
const HOST = '/host';
const PUBLISH_RETRY_MS = 5_000;

const edits = ({ uuid, folder, minor }: Gpu): DeviceEdits => ({ env: { NVIDIA_VISIBLE_DEVICES: uuid }, files: [`${GPU_FOLDER}/${folder}`, `/dev/nvidia${minor}`] });
/** A card whose device file is gone has fallen off the bus. */
const isHealthy = ({ context: { files } }: Driver, { minor }: Gpu): boolean => files.exists(`${HOST}/dev/nvidia${minor}`);
const cards = ({ context: { files } }: Driver): Gpu[] => gpusIn(files, `${HOST}${GPU_FOLDER}`);

/** The program `nvidia-device-plugin`. */
export const devicePluginProgram = driverProgram('nvidia-device-plugin', (driver) => {
  const { context: { files } } = driver;
  if (cards(driver).length === 0) return driver.log('"No devices found. Waiting indefinitely."');
  const socket = `${DEVICES_FOLDER}/nvidia-gpu.sock`;
  const offer = () => driver.listen(socket, { type: 'DevicePlugin', resourceName: RESOURCE, devices: cards(driver).map((gpu) => ({ id: gpu.uuid, healthy: isHealthy(driver, gpu), edits: edits(gpu) })) });
  const watches = [files.watch(`${HOST}/dev`, offer), files.watch(`${DEVICES_FOLDER}/kubelet.sock`, offer)];
  driver.onStop(() => { for (const watch of watches) watch.close(); });
  offer();
  driver.log(`"Registered device plugin for '${RESOURCE}' with Kubelet"`);
});

/** The program `gpu-kubelet-plugin`. */
export const draDriverProgram = driverProgram(DRIVER, (driver) => {
  const { client, context: { nodeName, files, world } } = driver;
  if (cards(driver).length === 0) return driver.log('"No devices found"');
  const publish = (): void => {
    const found = cards(driver).filter((gpu) => isHealthy(driver, gpu));
    driver.listen(`${PLUGINS_FOLDER}/${DRIVER}-reg.sock`, { type: 'DRAPlugin', name: DRIVER, devices: Object.fromEntries(found.map((gpu) => [`gpu-${gpu.minor}`, edits(gpu)])) });
    try {
      writeSlice(found);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      const timer = world.clock.after(PUBLISH_RETRY_MS, 'publish devices', publish);
      driver.onStop(() => timer.cancel());
    }
  };

  function writeSlice(found: readonly Gpu[]): void {
    const old = client.list(resourceSlices, { fieldSelector: `spec.nodeName=${nodeName}` }).find(({ spec }) => spec.driver === DRIVER);
    const spec: ResourceSlice['spec'] = { driver: DRIVER, nodeName, pool: { name: nodeName, generation: (old?.spec.pool.generation ?? 0) + 1, resourceSliceCount: 1 }, devices: found.map(deviceOf) };
    if (old && JSON.stringify(old.spec.devices) === JSON.stringify(spec.devices)) return;
    const uid = client.get(nodes, nodeName)?.metadata.uid ?? '';
    if (old) client.update(resourceSlices, { ...old, spec });
    else client.create<ResourceSlice>(resourceSlices, { apiVersion: 'resource.k8s.io/v1', kind: 'ResourceSlice', metadata: { generateName: `${nodeName}-${DRIVER}-`, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid, controller: true }] }, spec });
  }

  driver.informer(resourceSlices, (now, old) => { if (!now && old?.spec.driver === DRIVER && old.spec.nodeName === nodeName) publish(); });
  const watch = files.watch(`${HOST}/dev`, publish);
  driver.onStop(() => watch.close());
  publish();
});

function deviceOf({ minor, uuid, product, architecture, memory, computeCapability }: Gpu): NonNullable<ResourceSlice['spec']['devices']>[number] {
  return {
    name: `gpu-${minor}`,
    attributes: {
      type: { string: 'gpu' }, uuid: { string: uuid }, productName: { string: product }, brand: { string: 'Nvidia' }, architecture: { string: architecture }, index: { int: minor }, minor: { int: minor },
      cudaComputeCapability: { version: computeCapability }, cudaDriverVersion: { version: '13.0.0' }, driverVersion: { version: '580.65.6' },
    },
    capacity: { memory: { value: memory } },
  };
}

const hostFolder = (name: string, path: string) => ({ name, hostPath: { path, type: 'DirectoryOrCreate' } });
const volumes = [hostFolder('proc', GPU_FOLDER), hostFolder('dev', '/dev')];
const mounts = [{ name: 'proc', mountPath: `${HOST}${GPU_FOLDER}` }, { name: 'dev', mountPath: `${HOST}/dev` }];
const tolerations = [{ key: RESOURCE, operator: 'Exists', effect: 'NoSchedule' }];

function daemonSet(name: string, namespace: string, image: string, folder: string, serviceAccountName?: string): Addon {
  const labels = { name: `${name}-ds` };
  return {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, namespace }, spec: {
      selector: { matchLabels: labels }, updateStrategy: { type: 'RollingUpdate' }, template: { metadata: { labels }, spec: {
        tolerations, priorityClassName: 'system-node-critical', ...(serviceAccountName ? { serviceAccountName } : {}),
        containers: [{ name: `${name}-ctr`, image, imagePullPolicy: 'IfNotPresent', securityContext: { privileged: true }, volumeMounts: [{ name: 'plugins', mountPath: folder }, ...mounts] }],
        volumes: [hostFolder('plugins', folder), ...volumes],
      } },
    },
  };
}

/** The objects of its nvidia-device-plugin.yml. */
export function nvidiaDevicePlugin(): Addon[] {
  return [daemonSet('nvidia-device-plugin-daemonset', 'kube-system', DEVICE_PLUGIN_IMAGE, DEVICES_FOLDER)];
}

/** The objects of its chart, as far as GPUs are concerned. */
export function nvidiaDraDriver(): Addon[] {
  const namespace = 'nvidia-dra-driver-gpu';
  const account = 'nvidia-dra-driver-gpu-service-account';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: account, namespace } },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'nvidia-dra-driver-gpu-role' }, rules: [{ apiGroups: ['resource.k8s.io'], resources: ['resourceslices'], verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'] }, { apiGroups: [''], resources: ['nodes'], verbs: ['get'] }] },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'nvidia-dra-driver-gpu-role-binding' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'nvidia-dra-driver-gpu-role' }, subjects: [{ kind: 'ServiceAccount', name: account, namespace }] },
    { apiVersion: 'resource.k8s.io/v1', kind: 'DeviceClass', metadata: { name: DRIVER }, spec: { selectors: [{ cel: { expression: `device.driver == '${DRIVER}' && device.attributes['${DRIVER}'].type == 'gpu'` } }] } },
    daemonSet('nvidia-dra-driver-gpu-kubelet-plugin', namespace, DRA_IMAGE, PLUGINS_FOLDER, account),
  ];
}
