/** Add-ons that a level asks for or a player installs: by name, or by the address of their manifests on the pretend internet. */
import { stringify } from 'yaml';
import { clusterAutoscaler } from '../../cloud/autoscaler/manifest.ts';
import { cloudDisk } from '../../drivers/cloud-disk-manifest.ts';
import { localPath } from '../../drivers/local-path.ts';
import { nvidiaDevicePlugin, nvidiaDraDriver } from '../../drivers/nvidia.ts';
import { ingressNginx } from '../../network/ingress/manifest.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { HttpResponse } from '../../network/types.ts';
import type { Addon } from './addons.ts';
import { metricsServer } from './metrics-server/manifest.ts';

/** The add-ons by name. */
export const OPTIONAL_ADDONS = {
  'ingress-nginx': () => ingressNginx(),
  'cluster-autoscaler': () => clusterAutoscaler(),
  'disk-csi-driver': () => cloudDisk({ isDefault: true }),
  'local-path-provisioner': () => localPath({ isDefault: true }),
  'nvidia-device-plugin': () => nvidiaDevicePlugin(),
  'nvidia-dra-driver': () => nvidiaDraDriver(),
  'metrics-server': () => metricsServer(),
} satisfies Record<string, () => Addon[]>;

export type AddonName = keyof typeof OPTIONAL_ADDONS;

/** Where their projects publish them; any release is as good as another. */
const PUBLISHED: readonly [path: RegExp, manifest: () => Addon[]][] = [
  [/^\/kubernetes\/ingress-nginx\/[\w.-]+\/deploy\/static\/provider\/(cloud|aws|do|scw|exoscale)\/deploy\.yaml$/, () => ingressNginx()],
  [/^\/kubernetes\/ingress-nginx\/[\w.-]+\/deploy\/static\/provider\/(baremetal|kind)\/deploy\.yaml$/, () => ingressNginx('NodePort')],
  [/^\/kubernetes\/autoscaler\/[\w.-]+\/cluster-autoscaler\/cloudprovider\/\w+\/examples\/cluster-autoscaler-autodiscover\.yaml$/, () => clusterAutoscaler()],
  [/^\/pretend-cloud\/disk-csi-driver\/[\w.-]+\/deploy\/deploy\.yaml$/, () => cloudDisk()],
  [/^\/rancher\/local-path-provisioner\/[\w.-]+\/deploy\/local-path-storage\.yaml$/, () => localPath()],
  [/^\/NVIDIA\/k8s-device-plugin\/[\w.-]+\/deployments\/static\/nvidia-device-plugin\.yml$/, () => nvidiaDevicePlugin()],
  [/^\/NVIDIA\/k8s-dra-driver-gpu\/[\w.-]+\/deployments\/static\/nvidia-dra-driver-gpu\.yaml$/, () => nvidiaDraDriver()],
  [/^\/kubernetes-sigs\/metrics-server\/releases\/(latest\/download|download\/v[\w.-]+)\/components\.yaml$/, () => metricsServer()],
];

/** Makes the manifests downloadable. */
export function publishAddons(network: ClusterNetwork): void {
  for (const [address, host] of [['185.199.108.133', 'raw.githubusercontent.com'], ['140.82.121.4', 'github.com']] as const) network.addOutside(address, { http: ({ path }) => published(path) }, host);
}

function published(path: string): HttpResponse {
  const found = PUBLISHED.find(([pattern]) => pattern.test(path));
  if (!found) return { status: 404, body: '404: Not Found' };
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: found[1]().map((object) => stringify(object)).join('---\n') };
}
