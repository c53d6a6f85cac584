/** One constant for each resource that components use. */
import type * as t from '../api/types.ts';
import type * as devices from '../api/device-types.ts';
import type { ResourceRef } from './types.ts';

function resource<T extends t.KubeObject>(groupVersion: string, plural: string, scope: 'namespaced' | 'cluster' = 'namespaced'): ResourceRef<T> {
  const [version = '', group = ''] = groupVersion.split('/').reverse();
  return { group, version, plural, namespaced: scope === 'namespaced' };
}

export const pods = resource<t.Pod>('v1', 'pods');
export const nodes = resource<t.Node>('v1', 'nodes', 'cluster');
export const namespaces = resource<t.Namespace>('v1', 'namespaces', 'cluster');
export const services = resource<t.Service>('v1', 'services');
export const endpoints = resource<t.Endpoints>('v1', 'endpoints');
export const configMaps = resource<t.ConfigMap>('v1', 'configmaps');
export const secrets = resource<t.Secret>('v1', 'secrets');
export const serviceAccounts = resource<t.ServiceAccount>('v1', 'serviceaccounts');
export const events = resource<t.Event>('v1', 'events');
export const deployments = resource<t.Deployment>('apps/v1', 'deployments');
export const replicaSets = resource<t.ReplicaSet>('apps/v1', 'replicasets');
export const daemonSets = resource<t.DaemonSet>('apps/v1', 'daemonsets');
export const statefulSets = resource<t.StatefulSet>('apps/v1', 'statefulsets');
export const controllerRevisions = resource<t.ControllerRevision>('apps/v1', 'controllerrevisions');
export const endpointSlices = resource<t.EndpointSlice>('discovery.k8s.io/v1', 'endpointslices');
export const leases = resource<t.Lease>('coordination.k8s.io/v1', 'leases');
export const roles = resource<t.Role>('rbac.authorization.k8s.io/v1', 'roles');
export const roleBindings = resource<t.RoleBinding>('rbac.authorization.k8s.io/v1', 'rolebindings');
export const clusterRoles = resource<t.ClusterRole>('rbac.authorization.k8s.io/v1', 'clusterroles', 'cluster');
export const clusterRoleBindings = resource<t.ClusterRoleBinding>('rbac.authorization.k8s.io/v1', 'clusterrolebindings', 'cluster');
export const priorityClasses = resource<t.PriorityClass>('scheduling.k8s.io/v1', 'priorityclasses', 'cluster');
export const serviceCIDRs = resource<t.KubeObject & { spec: { cidrs: string[] } }>('networking.k8s.io/v1', 'servicecidrs', 'cluster');
export const persistentVolumes = resource<t.PersistentVolume>('v1', 'persistentvolumes', 'cluster');
export const persistentVolumeClaims = resource<t.PersistentVolumeClaim>('v1', 'persistentvolumeclaims');
export const storageClasses = resource<t.StorageClass>('storage.k8s.io/v1', 'storageclasses', 'cluster');
export const volumeAttachments = resource<t.VolumeAttachment>('storage.k8s.io/v1', 'volumeattachments', 'cluster');
export const volumeAttributesClasses = resource<t.VolumeAttributesClass>('storage.k8s.io/v1', 'volumeattributesclasses', 'cluster');
export const csiDrivers = resource<t.CSIDriver>('storage.k8s.io/v1', 'csidrivers', 'cluster');
export const csiNodes = resource<t.CSINode>('storage.k8s.io/v1', 'csinodes', 'cluster');
export const csiStorageCapacities = resource<t.CSIStorageCapacity>('storage.k8s.io/v1', 'csistoragecapacities');
export const deviceClasses = resource<devices.DeviceClass>('resource.k8s.io/v1', 'deviceclasses', 'cluster');
export const resourceClaims = resource<devices.ResourceClaim>('resource.k8s.io/v1', 'resourceclaims');
export const resourceClaimTemplates = resource<devices.ResourceClaimTemplate>('resource.k8s.io/v1', 'resourceclaimtemplates');
export const resourceSlices = resource<devices.ResourceSlice>('resource.k8s.io/v1', 'resourceslices', 'cluster');
export const replicationControllers = resource<t.ReplicationController>('v1', 'replicationcontrollers');
export const jobs = resource<t.Job>('batch/v1', 'jobs');
export const cronJobs = resource<t.CronJob>('batch/v1', 'cronjobs');
export const networkPolicies = resource<t.NetworkPolicy>('networking.k8s.io/v1', 'networkpolicies');
export const ingresses = resource<t.Ingress>('networking.k8s.io/v1', 'ingresses');
export const ingressClasses = resource<t.IngressClass>('networking.k8s.io/v1', 'ingressclasses', 'cluster');
export const podDisruptionBudgets = resource<t.PodDisruptionBudget>('policy/v1', 'poddisruptionbudgets');
export const resourceQuotas = resource<t.ResourceQuota>('v1', 'resourcequotas');
export const certificateSigningRequests = resource<t.CertificateSigningRequest>('certificates.k8s.io/v1', 'certificatesigningrequests', 'cluster');
export const tokenReviews = resource<t.KubeObject>('authentication.k8s.io/v1', 'tokenreviews', 'cluster');
export const subjectAccessReviews = resource<t.KubeObject>('authorization.k8s.io/v1', 'subjectaccessreviews', 'cluster');
export const validatingAdmissionPolicies = resource<t.ValidatingAdmissionPolicy>('admissionregistration.k8s.io/v1', 'validatingadmissionpolicies', 'cluster');
export const horizontalPodAutoscalers = resource<t.HorizontalPodAutoscaler>('autoscaling/v2', 'horizontalpodautoscalers');
