/** The objects by which cluster-autoscaler is installed. */
import type { Addon } from '../../node/control-plane/addons.ts';

const AUTOSCALER_IMAGE = 'registry.k8s.io/autoscaling/cluster-autoscaler:v1.36.0';

const NAME = 'cluster-autoscaler';
const NAMESPACE = 'kube-system';
const labels = { app: NAME, 'k8s-addon': 'cluster-autoscaler.addons.k8s.io', 'k8s-app': NAME };
const rule = (group: string, resources: string, verbs: string) => ({ apiGroups: [group], resources: resources.split(' '), verbs: verbs.split(' ') });

/** In the order in which they are applied. Groups are found in the cloud with their own bounds. */
export function clusterAutoscaler(): Addon[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace: NAMESPACE, labels } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: NAME, labels }, rules: [
        rule('', 'events endpoints', 'create patch'), rule('', 'pods/eviction', 'create'), rule('', 'pods/status', 'update'), rule('', 'nodes', 'watch list get patch update'), rule('', 'configmaps', 'create list watch get update patch delete'),
        rule('', 'namespaces pods services replicationcontrollers persistentvolumeclaims persistentvolumes', 'watch list get'), rule('batch', 'jobs cronjobs', 'watch list get'), rule('apps', 'statefulsets replicasets daemonsets', 'watch list get'),
        rule('policy', 'poddisruptionbudgets', 'watch list'), rule('storage.k8s.io', 'storageclasses csinodes csidrivers csistoragecapacities volumeattachments', 'watch list get'), rule('resource.k8s.io', 'deviceclasses resourceclaims resourceslices', 'watch list get'), rule('coordination.k8s.io', 'leases', 'create get update'),
      ],
    },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: NAME, labels }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: NAME }, subjects: [{ kind: 'ServiceAccount', name: NAME, namespace: NAMESPACE }] },
    {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: NAME, namespace: NAMESPACE, labels }, spec: {
        replicas: 1, selector: { matchLabels: { app: NAME } }, template: { metadata: { labels: { app: NAME } }, spec: {
          priorityClassName: 'system-cluster-critical', serviceAccountName: NAME,
          containers: [{ name: NAME, image: AUTOSCALER_IMAGE, imagePullPolicy: 'IfNotPresent', command: ['./cluster-autoscaler', '--v=4', '--stderrthreshold=info', '--cloud-provider=pretend', '--skip-nodes-with-local-storage=false', '--expander=least-waste'], resources: { requests: { cpu: '100m', memory: '600Mi' }, limits: { cpu: '100m', memory: '600Mi' } } }],
        } },
      },
    },
  ];
}
