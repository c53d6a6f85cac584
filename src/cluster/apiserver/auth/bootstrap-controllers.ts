/** What each controller of kube-controller-manager may do, under its ServiceAccount in kube-system. */
import { EVENTS, type RuleData } from './bootstrap-roles.ts';

const READ = 'get list watch';
const OWN = 'get list patch update watch';
const SYNC = 'create delete get list patch update watch';

const own = (group: string, plural: string): RuleData[] => [
  [OWN, group, plural],
  ['patch update', group, `${plural}/status`],
  ['update', group, `${plural}/finalizers`],
];
const makesPods: RuleData = ['create delete get list patch update watch', 'core', 'pods'];

/** Controller to rules; the ClusterRole is `system:controller:<name>`. */
export const CONTROLLER_ROLES: Readonly<Record<string, readonly RuleData[]>> = {
  'attachdetach-controller': [
    ['list watch', 'core', 'persistentvolumeclaims persistentvolumes'], [READ, 'core', 'nodes'], ['patch update', 'core', 'nodes/status'], ['list watch', 'core', 'pods'],
    EVENTS, ['create delete get list watch', 'storage.k8s.io', 'volumeattachments'], [READ, 'storage.k8s.io', 'csidrivers'], [READ, 'storage.k8s.io', 'csinodes'],
  ],
  'certificate-controller': [
    ['delete get list watch', 'certificates.k8s.io', 'certificatesigningrequests'], ['update', 'certificates.k8s.io', 'certificatesigningrequests/approval certificatesigningrequests/status'],
    ['approve', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client-kubelet'],
    ['sign', 'certificates.k8s.io', 'signers', 'kubernetes.io/kube-apiserver-client kubernetes.io/kube-apiserver-client-kubelet kubernetes.io/kubelet-serving kubernetes.io/legacy-unknown'],
    ['create', 'authorization.k8s.io', 'subjectaccessreviews'], EVENTS,
  ],
  'clusterrole-aggregation-controller': [['escalate get list patch update watch', 'rbac.authorization.k8s.io', 'clusterroles']],
  'cronjob-controller': [...own('batch', 'cronjobs'), [SYNC, 'batch', 'jobs'], ['delete list watch', 'core', 'pods'], EVENTS],
  'daemon-set-controller': [...own('apps extensions', 'daemonsets'), ['get list watch', 'core', 'nodes'], makesPods, ['create', 'core', 'pods/binding'], [SYNC, 'apps', 'controllerrevisions'], EVENTS],
  'deployment-controller': [...own('apps extensions', 'deployments'), [SYNC, 'apps extensions', 'replicasets'], [OWN, 'core', 'pods'], EVENTS],
  'device-taint-eviction-controller': [
    ['delete get list watch', 'core', 'pods'], ['patch update', 'core', 'pods/status'], [READ, 'resource.k8s.io', 'deviceclasses devicetaintrules resourceclaims resourceslices'], EVENTS,
  ],
  'disruption-controller': [
    [READ, 'apps extensions', 'deployments replicasets'], [READ, 'core', 'pods replicationcontrollers'], [READ, 'apps', 'statefulsets'], [READ, 'policy', 'poddisruptionbudgets'],
    ['patch update', 'policy', 'poddisruptionbudgets/status'], ['patch update', 'core', 'pods/status'], ['get', '*', '*/scale'], EVENTS,
  ],
  'endpoint-controller': [[READ, 'core', 'pods services'], [SYNC, 'core', 'endpoints'], ['create', 'core', 'endpoints/restricted'], EVENTS],
  'endpointslice-controller': [[READ, 'core', 'nodes pods services'], ['update', 'core', 'services/finalizers'], [SYNC, 'discovery.k8s.io', 'endpointslices'], EVENTS],
  'endpointslicemirroring-controller': [
    [READ, 'core', 'endpoints services'], ['update', 'core', 'services/finalizers'], ['update', 'core', 'endpoints/finalizers'], [SYNC, 'discovery.k8s.io', 'endpointslices'], EVENTS,
  ],
  'ephemeral-volume-controller': [[READ, 'core', 'pods'], ['update', 'core', 'pods/finalizers'], ['create get list watch', 'core', 'persistentvolumeclaims'], EVENTS],
  'expand-controller': [[OWN, 'core', 'persistentvolumes'], ['patch update', 'core', 'persistentvolumeclaims/status'], [READ, 'core', 'persistentvolumeclaims'], EVENTS, ['get', 'core', 'services']],
  'generic-garbage-collector': [['delete get list patch update watch', '*', '*'], EVENTS],
  'horizontal-pod-autoscaler': [
    [READ, 'autoscaling', 'horizontalpodautoscalers'], ['patch update', 'autoscaling', 'horizontalpodautoscalers/status'], ['get patch update', '*', '*/scale'], ['list watch', 'core', 'pods'],
    ['get list watch', 'metrics.k8s.io', 'pods'], [READ, 'custom.metrics.k8s.io', '*'], [READ, 'external.metrics.k8s.io', '*'], EVENTS,
  ],
  'job-controller': [...own('batch', 'jobs'), makesPods, ['patch update', 'core', 'pods/status'], EVENTS],
  'legacy-service-account-token-cleaner': [['get', 'core', 'configmaps', 'kube-apiserver-legacy-service-account-token-tracking'], ['delete patch', 'core', 'secrets']],
  'namespace-controller': [['delete get list watch', 'core', 'namespaces'], ['patch update', 'core', 'namespaces/finalize namespaces/status'], ['delete deletecollection get list watch', '*', '*']],
  'node-controller': [
    ['delete get list patch update watch', 'core', 'nodes'], ['patch update', 'core', 'nodes/status'], ['patch update', 'core', 'pods/status'], ['delete get list watch', 'core', 'pods'],
    [READ, 'coordination.k8s.io', 'leases'], EVENTS,
  ],
  'persistent-volume-binder': [
    [SYNC, 'core', 'persistentvolumes'], ['patch update', 'core', 'persistentvolumes/status'], [OWN, 'core', 'persistentvolumeclaims'], ['patch update', 'core', 'persistentvolumeclaims/status'],
    ['create delete get list watch', 'core', 'pods'], [READ, 'storage.k8s.io', 'storageclasses'], ['get list watch', 'core', 'nodes'], EVENTS, ['watch', 'core', 'events'], ['get', 'core', 'services'],
  ],
  'pod-garbage-collector': [['delete get list watch', 'core', 'pods'], [READ, 'core', 'nodes'], ['patch update', 'core', 'pods/status'], EVENTS],
  'pv-protection-controller': [[OWN, 'core', 'persistentvolumes'], EVENTS],
  'pvc-protection-controller': [[OWN, 'core', 'persistentvolumeclaims'], [READ, 'core', 'pods'], EVENTS],
  'replicaset-controller': [...own('apps extensions', 'replicasets'), makesPods, EVENTS],
  'replication-controller': [...own('core', 'replicationcontrollers'), makesPods, EVENTS],
  'resource-claim-controller': [
    [READ, 'core', 'pods'], ['update', 'core', 'pods/finalizers'], ['create delete get list watch', 'resource.k8s.io', 'resourceclaims'],
    ['patch update', 'resource.k8s.io', 'resourceclaims resourceclaims/status'], [READ, 'resource.k8s.io', 'resourceclaimtemplates'], ['patch update', 'core', 'pods/status'], EVENTS,
  ],
  'resourcequota-controller': [['get list watch', '*', '*'], ['patch update', 'core', 'resourcequotas/status'], EVENTS],
  'root-ca-cert-publisher': [['create get list update watch', 'core', 'configmaps'], ['get list watch', 'core', 'namespaces'], EVENTS],
  'route-controller': [['get list watch', 'core', 'nodes'], ['patch', 'core', 'nodes/status'], EVENTS],
  'selinux-warning-controller': [EVENTS, [READ, 'core', 'persistentvolumes'], [READ, 'core', 'persistentvolumeclaims'], [READ, 'core', 'pods'], [READ, 'storage.k8s.io', 'csidrivers']],
  'service-account-controller': [['create get list watch', 'core', 'serviceaccounts'], ['get list watch', 'core', 'namespaces'], EVENTS],
  'service-ca-cert-publisher': [['create get list update watch', 'core', 'configmaps'], EVENTS],
  'service-cidrs-controller': [[OWN, 'networking.k8s.io', 'servicecidrs'], ['patch update', 'networking.k8s.io', 'servicecidrs/finalizers servicecidrs/status'], [READ, 'networking.k8s.io', 'ipaddresses'], EVENTS],
  'service-controller': [[OWN, 'core', 'services'], ['patch update', 'core', 'services/status'], ['get list watch', 'core', 'nodes'], EVENTS],
  'statefulset-controller': [
    ...own('apps', 'statefulsets'), makesPods, ['update', 'core', 'pods/finalizers'], [SYNC, 'apps', 'controllerrevisions'], [SYNC, 'core', 'persistentvolumeclaims'], EVENTS,
  ],
  'ttl-after-finished-controller': [['delete get list watch', 'batch', 'jobs'], EVENTS],
  'ttl-controller': [['get list patch update watch', 'core', 'nodes'], EVENTS],
  'validatingadmissionpolicy-status-controller': [
    [READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'], ['get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'], EVENTS,
  ],
  'volumeattributesclass-protection-controller': [[READ, 'core', 'persistentvolumeclaims'], [READ, 'core', 'persistentvolumes'], [OWN, 'storage.k8s.io', 'volumeattributesclasses'], EVENTS],
};
