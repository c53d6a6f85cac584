/** The objects by which the CSI driver of the pretend cloud's disks is installed, with a class of its own. */
import type { Addon } from '../node/control-plane/addons.ts';
import { DISK_DRIVER } from './cloud-disk.ts';

const DISK_IMAGE = 'registry.pretend.cloud/disk-csi-driver:v1.9.0';
const NAMESPACE = 'kube-system';
const PLUGINS = '/var/lib/kubelet/plugins_registry';
const rule = (group: string, resources: string, verbs: string) => ({ apiGroups: [group], resources: resources.split(' '), verbs: verbs.split(' ') });

/** In the order in which they are applied; as an add-on its class is the default one. */
export function cloudDisk({ isDefault = false } = {}): Addon[] {
  const account = (name: string) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: NAMESPACE } });
  const controller = { app: 'disk-csi-controller' };
  const node = { app: 'disk-csi-node' };
  return [
    account('disk-csi-controller-sa'), account('disk-csi-node-sa'),
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'disk-csi-controller-role' }, rules: [
        rule('', 'nodes', 'get list watch'), rule('', 'persistentvolumeclaims', 'get list watch update patch'), rule('', 'persistentvolumeclaims/status', 'update patch'), rule('', 'persistentvolumes', 'get list watch create delete update patch'), rule('', 'events', 'create patch'),
        rule('storage.k8s.io', 'storageclasses csinodes volumeattributesclasses', 'get list watch'), rule('storage.k8s.io', 'volumeattachments', 'get list watch update patch'), rule('storage.k8s.io', 'volumeattachments/status', 'patch'),
      ],
    },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'disk-csi-controller-binding' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'disk-csi-controller-role' }, subjects: [{ kind: 'ServiceAccount', name: 'disk-csi-controller-sa', namespace: NAMESPACE }] },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'disk-csi-controller', namespace: NAMESPACE, labels: controller }, spec: {
        replicas: 1, selector: { matchLabels: controller }, template: { metadata: { labels: controller }, spec: {
          serviceAccountName: 'disk-csi-controller-sa', priorityClassName: 'system-cluster-critical', tolerations: [{ operator: 'Exists', key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }, { operator: 'Exists', key: 'CriticalAddonsOnly' }],
          nodeSelector: { 'kubernetes.io/os': 'linux' }, affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: { matchExpressions: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] } }] } },
          containers: [{ name: 'disk-plugin', image: DISK_IMAGE, imagePullPolicy: 'IfNotPresent', args: ['controller'] }],
        } },
      },
    },
    {
      apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'disk-csi-node', namespace: NAMESPACE, labels: node }, spec: {
        selector: { matchLabels: node }, template: { metadata: { labels: node }, spec: {
          serviceAccountName: 'disk-csi-node-sa', priorityClassName: 'system-node-critical', tolerations: [{ operator: 'Exists' }],
          containers: [{ name: 'disk-plugin', image: DISK_IMAGE, imagePullPolicy: 'IfNotPresent', args: ['node'], volumeMounts: [{ name: 'registration', mountPath: PLUGINS }] }],
          volumes: [{ name: 'registration', hostPath: { path: PLUGINS, type: 'DirectoryOrCreate' } }],
        } },
      },
    },
    { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: DISK_DRIVER }, spec: { attachRequired: true, podInfoOnMount: false } },
    {
      apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'standard', ...(isDefault ? { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } : {}) },
      provisioner: DISK_DRIVER, volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true, reclaimPolicy: 'Delete',
    },
  ];
}
