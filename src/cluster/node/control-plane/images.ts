/** The images of the control plane and its add-ons: programs as behaviours. */
import type { ApiServer, RequestRecord } from '../../apiserver/api-server.ts';
import { clusterAutoscalerProgram } from '../../cloud/autoscaler/autoscaler.ts';
import type { Cloud } from '../../cloud/cloud.ts';
import { cniProgram } from '../../network/cni.ts';
import { cloudDiskProgram } from '../../drivers/cloud-disk.ts';
import { localPathProgram } from '../../drivers/local-path.ts';
import { devicePluginProgram, draDriverProgram } from '../../drivers/nvidia.ts';
import { dnsProgram } from '../../network/dns.ts';
import { ingressControllerProgram } from '../../network/ingress/controller.ts';
import type { ClusterNetwork } from '../../network/network.ts';
import type { AttemptLog } from '../../scheduler/attempt.ts';
import type { KnownImage } from '../images/known.ts';
import type { Behaviour } from '../process.ts';
import { kubeProxyProgram } from '../proxy/program.ts';
import { cloudControllerManagerProgram, kubeControllerManagerProgram, kubeSchedulerProgram } from './programs/clients.ts';
import { KINDNET_IMAGE } from './addons.ts';
import { metricsServerProgram } from './metrics-server/metrics-server.ts';
import { etcdProgram } from './programs/etcd.ts';
import type { EtcdDisks } from './programs/etcd-disks.ts';
import { kubeApiServerProgram } from './programs/kube-apiserver.ts';

export interface ControlPlaneParts {
  disks: EtcdDisks;
  cloud: Cloud;
  network: ClusterNetwork;
  onServing: (server: ApiServer, isServing: boolean) => void;
  attempts: AttemptLog;
  onRequest?: (record: RequestRecord) => void;
}

/** By reference without tag. */
export function controlPlaneImages(parts: ControlPlaneParts): Record<string, KnownImage> {
  const image = (name: string, sizeBytes: number, behaviour: Behaviour): KnownImage => ({ sizeBytes, hasShell: false, entrypoint: [name], behaviour });
  return {
    'registry.k8s.io/etcd': image('etcd', 23_000_000, etcdProgram(parts.disks)),
    'registry.k8s.io/kube-apiserver': image('kube-apiserver', 28_000_000, kubeApiServerProgram({ onServing: parts.onServing, onRequest: parts.onRequest })),
    'registry.k8s.io/kube-controller-manager': image('kube-controller-manager', 23_000_000, kubeControllerManagerProgram),
    'registry.k8s.io/kube-scheduler': image('kube-scheduler', 18_000_000, kubeSchedulerProgram(parts.attempts)),
    'registry.k8s.io/cloud-controller-manager': image('cloud-controller-manager', 20_000_000, cloudControllerManagerProgram(parts.cloud)),
    'registry.k8s.io/autoscaling/cluster-autoscaler': image('./cluster-autoscaler', 40_000_000, clusterAutoscalerProgram(parts.cloud)),
    'registry.k8s.io/kube-proxy': image('kube-proxy', 26_000_000, kubeProxyProgram(parts.network)),
    'kindest/kindnetd': image('/bin/kindnetd', 36_000_000, cniProgram(parts.network)),
    'registry.k8s.io/ingress-nginx/controller': { ...image('/usr/bin/dumb-init', 300_000_000, afterInit(ingressControllerProgram)), entrypoint: ['/usr/bin/dumb-init', '--'], hasShell: true },
    'registry.pretend.cloud/disk-csi-driver': image('/disk-csi-driver', 60_000_000, cloudDiskProgram(parts.cloud.disks)),
    'rancher/local-path-provisioner': image('local-path-provisioner', 21_000_000, localPathProgram),
    'nvcr.io/nvidia/k8s-device-plugin': image('nvidia-device-plugin', 210_000_000, devicePluginProgram),
    'nvcr.io/nvidia/k8s-dra-driver-gpu': image('gpu-kubelet-plugin', 180_000_000, draDriverProgram),
    'registry.k8s.io/metrics-server/metrics-server': image('/metrics-server', 21_000_000, metricsServerProgram),
    'registry.k8s.io/coredns/coredns': image('coredns', 24_000_000, dnsProgram),
  };
}

/** `dumb-init -- PROGRAM` only passes signals on. */
const afterInit = (behaviour: Behaviour): Behaviour => (context) => behaviour({ ...context, argv: context.argv.slice(context.argv[1] === '--' ? 2 : 1) });

/** Images that a node has before it joins. */
export const preloaded = (version: string): readonly string[] => [
  'registry.k8s.io/etcd:3.6.8-0', ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'].map((name) => `registry.k8s.io/${name}:${version}`),
  'registry.k8s.io/cloud-controller-manager:v1.36.0', 'registry.k8s.io/coredns/coredns:v1.14.2', 'registry.k8s.io/pause:3.10.2', KINDNET_IMAGE,
];
