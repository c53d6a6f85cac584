/** The default ClusterRoles for people, nodes and control-plane programs, as data. */

/** Verbs, API groups, resources and resource names, each separated by spaces; `core` is the core group, group `urls` makes the third part paths. */
export type RuleData = readonly [verbs: string, groups: string, resources: string, names?: string];

export interface RoleData {
  rules: readonly RuleData[];
  /** Names of the default roles whose rules these are added to: label aggregate-to-<name>. */
  aggregateTo?: string;
  /** Filled with the rules of the roles that carry label aggregate-to-<name>. */
  aggregates?: string;
  /** Subjects of the ClusterRoleBinding of the same name: `user:`, `group:` or `account:<namespace>:`. */
  boundTo?: readonly string[];
}

const READ = 'get list watch';
const WRITE = 'create delete deletecollection patch update';
const ALL = 'create delete deletecollection get list patch update watch';
const CERTIFICATES = 'certificates.k8s.io';
const RBAC = 'rbac.authorization.k8s.io';
const LEASES = 'coordination.k8s.io';
export const EVENTS: RuleData = ['create patch update', 'core events.k8s.io', 'events'];

const aggregateToView: readonly RuleData[] = [
  [READ, 'core', 'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status'],
  [READ, 'core', 'bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status'],
  [READ, 'core', 'namespaces'],
  [READ, 'core events.k8s.io', 'events'],
  [READ, 'discovery.k8s.io', 'endpointslices'],
  [READ, 'apps', 'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status'],
  [READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'],
  [READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'],
  [READ, 'extensions', 'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale'],
  [READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'],
  [READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'],
  [READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'],
];

const aggregateToEdit: readonly RuleData[] = [
  [READ, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'],
  ['impersonate', 'core', 'serviceaccounts'],
  [WRITE, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'],
  ['create', 'core', 'pods/eviction'],
  [WRITE, 'core', 'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy'],
  ['create', 'core', 'serviceaccounts/token'],
  [WRITE, 'core events.k8s.io', 'events'],
  [WRITE, 'apps', 'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale'],
  [WRITE, 'autoscaling', 'horizontalpodautoscalers'],
  [WRITE, 'batch', 'cronjobs jobs'],
  [WRITE, 'extensions', 'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale'],
  [WRITE, 'policy', 'poddisruptionbudgets'],
  [WRITE, 'networking.k8s.io', 'ingresses networkpolicies'],
  [ALL, LEASES, 'leases'],
  [WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'],
];

const node: readonly RuleData[] = [
  ['create', 'authentication.k8s.io', 'tokenreviews'],
  ['create', 'authorization.k8s.io', 'localsubjectaccessreviews subjectaccessreviews'],
  [READ, 'core', 'services'],
  ['create get list watch', 'core', 'nodes'],
  ['patch update', 'core', 'nodes/status'],
  ['patch update', 'core', 'nodes'],
  ['create patch update', 'core events.k8s.io', 'events'],
  [READ, 'core', 'pods'],
  ['create delete', 'core', 'pods'],
  ['patch update', 'core', 'pods/status'],
  ['create', 'core', 'pods/eviction'],
  [READ, 'core', 'configmaps secrets'],
  ['get', 'core', 'persistentvolumeclaims persistentvolumes'],
  ['get', 'core', 'endpoints'],
  ['create get list watch', CERTIFICATES, 'certificatesigningrequests'],
  ['create delete get patch update', LEASES, 'leases'],
  ['get', 'storage.k8s.io', 'volumeattachments'],
  ['get patch update', 'core', 'persistentvolumeclaims/status'],
  ['create', 'core', 'serviceaccounts/token'],
  [READ, 'storage.k8s.io', 'csidrivers'],
  ['create delete get patch update', 'storage.k8s.io', 'csinodes'],
  [READ, 'node.k8s.io', 'runtimeclasses'],
  ['get', 'resource.k8s.io', 'resourceclaims'],
  ['create delete deletecollection get list patch update watch', 'resource.k8s.io', 'resourceslices'],
];

const scheduler: readonly RuleData[] = [
  EVENTS,
  ['create', LEASES, 'leases'],
  ['get list patch update watch', LEASES, 'leases', 'kube-scheduler'],
  ['create delete get list patch update watch', LEASES, 'leasecandidates'],
  [READ, 'core', 'nodes'],
  ['delete get list watch', 'core', 'pods'],
  ['create', 'core', 'bindings pods/binding'],
  ['patch update', 'core', 'pods/status'],
  [READ, 'core', 'replicationcontrollers services'],
  [READ, 'apps extensions', 'replicasets'],
  [READ, 'apps', 'statefulsets'],
  [READ, 'policy', 'poddisruptionbudgets'],
  [READ, 'core', 'persistentvolumeclaims persistentvolumes'],
  ['create', 'authentication.k8s.io', 'tokenreviews'],
  ['create', 'authorization.k8s.io', 'subjectaccessreviews'],
  [READ, 'storage.k8s.io', 'csinodes'],
  [READ, 'core', 'namespaces'],
  [READ, 'storage.k8s.io', 'csidrivers'],
  [READ, 'storage.k8s.io', 'csistoragecapacities'],
  [READ, 'storage.k8s.io', 'volumeattachments'],
  [READ, 'resource.k8s.io', 'deviceclasses resourceclaims resourceslices'],
  ['patch update', 'resource.k8s.io', 'resourceclaims resourceclaims/status'],
];

const controllerManager: readonly RuleData[] = [
  EVENTS,
  ['create', LEASES, 'leases'],
  ['get list patch update watch', LEASES, 'leases', 'kube-controller-manager'],
  ['create delete get list patch update watch', LEASES, 'leasecandidates'],
  ['create', 'core', 'secrets serviceaccounts'],
  ['delete', 'core', 'secrets'],
  ['get', 'core', 'configmaps namespaces secrets serviceaccounts'],
  ['update', 'core', 'secrets serviceaccounts'],
  ['create', 'authentication.k8s.io', 'tokenreviews'],
  ['create', 'authorization.k8s.io', 'subjectaccessreviews'],
  ['create', 'core', 'serviceaccounts/token'],
  ['list watch', '*', '*'],
];

const approver = (signer: string): RoleData => ({ rules: [['approve', CERTIFICATES, 'signers', signer]] });

/** Name to role. */
export const CLUSTER_ROLES: Readonly<Record<string, RoleData>> = {
  admin: { rules: [], aggregates: 'admin' },
  'cluster-admin': { rules: [['*', '*', '*'], ['*', 'urls', '*']], boundTo: ['group:system:masters'] },
  edit: { rules: [], aggregates: 'edit', aggregateTo: 'admin' },
  'system:aggregate-to-admin': { rules: [['create', 'authorization.k8s.io', 'localsubjectaccessreviews'], [ALL, RBAC, 'rolebindings roles']], aggregateTo: 'admin' },
  'system:aggregate-to-edit': { rules: aggregateToEdit, aggregateTo: 'edit' },
  'system:aggregate-to-view': { rules: aggregateToView, aggregateTo: 'view' },
  'system:auth-delegator': { rules: [['create', 'authentication.k8s.io', 'tokenreviews'], ['create', 'authorization.k8s.io', 'subjectaccessreviews']] },
  'system:basic-user': {
    rules: [['create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'], ['create', 'authentication.k8s.io', 'selfsubjectreviews']],
    boundTo: ['group:system:authenticated'],
  },
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': { rules: [['create', CERTIFICATES, 'certificatesigningrequests/nodeclient']] },
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': { rules: [['create', CERTIFICATES, 'certificatesigningrequests/selfnodeclient']] },
  'system:certificates.k8s.io:kube-apiserver-client-approver': approver('kubernetes.io/kube-apiserver-client'),
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': approver('kubernetes.io/kube-apiserver-client-kubelet'),
  'system:certificates.k8s.io:kubelet-serving-approver': approver('kubernetes.io/kubelet-serving'),
  'system:certificates.k8s.io:legacy-unknown-approver': approver('kubernetes.io/legacy-unknown'),
  'system:discovery': { rules: [['get', 'urls', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/']], boundTo: ['group:system:authenticated'] },
  'system:heapster': { rules: [[READ, 'core', 'events namespaces nodes pods'], [READ, 'extensions', 'deployments']] },
  'system:kube-aggregator': { rules: [[READ, 'core', 'endpoints services']] },
  'system:kube-controller-manager': { rules: controllerManager, boundTo: ['user:system:kube-controller-manager'] },
  'system:kube-dns': { rules: [['list watch', 'core', 'endpoints services']], boundTo: ['account:kube-system:kube-dns'] },
  'system:kube-scheduler': { rules: scheduler, boundTo: ['user:system:kube-scheduler'] },
  'system:kubelet-api-admin': {
    rules: [[READ, 'core', 'nodes'], ['proxy', 'core', 'nodes'], ['*', 'core', 'nodes/configz nodes/healthz nodes/log nodes/metrics nodes/pods nodes/proxy nodes/stats']],
  },
  'system:monitoring': {
    rules: [['get', 'urls', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*']],
    boundTo: ['group:system:monitoring'],
  },
  'system:node': { rules: node, boundTo: [] },
  'system:node-bootstrapper': { rules: [['create get list watch', CERTIFICATES, 'certificatesigningrequests']] },
  'system:node-problem-detector': { rules: [['get', 'core', 'nodes'], ['patch', 'core', 'nodes/status'], EVENTS] },
  'system:node-proxier': {
    rules: [['list watch', 'core', 'services'], [READ, 'core', 'nodes'], EVENTS, ['list watch', 'discovery.k8s.io', 'endpointslices'], ['list watch', 'networking.k8s.io', 'servicecidrs']],
    boundTo: ['user:system:kube-proxy'],
  },
  'system:persistent-volume-provisioner': {
    rules: [
      ['create delete get list watch', 'core', 'persistentvolumes'], ['get list update watch', 'core', 'persistentvolumeclaims'],
      [READ, 'storage.k8s.io', 'storageclasses'], ['watch', 'core', 'events'], EVENTS,
    ],
  },
  'system:public-info-viewer': { rules: [['get', 'urls', '/healthz /livez /readyz /version /version/']], boundTo: ['group:system:authenticated', 'group:system:unauthenticated'] },
  'system:service-account-issuer-discovery': {
    rules: [['get', 'urls', '/.well-known /.well-known/* /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/']],
    boundTo: ['group:system:serviceaccounts'],
  },
  'system:volume-scheduler': {
    rules: [['get list patch update watch', 'core', 'persistentvolumes'], [READ, 'storage.k8s.io', 'storageclasses'], ['get list patch update watch', 'core', 'persistentvolumeclaims']],
    boundTo: ['user:system:kube-scheduler'],
  },
  view: { rules: [], aggregates: 'view', aggregateTo: 'edit' },
};
