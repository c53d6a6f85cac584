/** The shapes of API objects: one place for every layer. Kinds come from kubernetes-types, metadata is made strict. */
import type * as meta from 'kubernetes-types/meta/v1.d.ts';
import type * as admission from 'kubernetes-types/admissionregistration/v1.d.ts';
import type * as apiextensions from 'kubernetes-types/apiextensions/v1.d.ts';
import type * as apps from 'kubernetes-types/apps/v1.d.ts';
import type * as autoscaling from 'kubernetes-types/autoscaling/v2.d.ts';
import type * as batch from 'kubernetes-types/batch/v1.d.ts';
import type * as certificates from 'kubernetes-types/certificates/v1.d.ts';
import type * as coordination from 'kubernetes-types/coordination/v1.d.ts';
import type * as core from 'kubernetes-types/core/v1.d.ts';
import type * as discovery from 'kubernetes-types/discovery/v1.d.ts';
import type * as networking from 'kubernetes-types/networking/v1.d.ts';
import type * as nodeApi from 'kubernetes-types/node/v1.d.ts';
import type * as policy from 'kubernetes-types/policy/v1.d.ts';
import type * as rbac from 'kubernetes-types/rbac/v1.d.ts';
import type * as scheduling from 'kubernetes-types/scheduling/v1.d.ts';
import type * as storage from 'kubernetes-types/storage/v1.d.ts';
import type { Ledgered, ManagedFieldsEntry } from './managed-fields/ledger.ts';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type OwnerReference = meta.OwnerReference;
export type LabelSelector = meta.LabelSelector;
export type Labels = Record<string, string>;

/** Metadata of an object that has been through the API server. */
export interface ObjectMeta extends Ledgered {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  /** RFC 3339, whole seconds. */
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Labels;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  /** Only on the way to and from clients that ask for it; in between the ledger knows. */
  managedFields?: readonly ManagedFieldsEntry[];
}

/** Any API object as stored: never changed in place. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
}

/** An object as a client writes it before the server has filled it in. */
export type Draft<T extends KubeObject = KubeObject> = Omit<T, 'metadata' | 'status'> & {
  metadata: Partial<ObjectMeta>;
  status?: T['status'];
};

type Present<T> = Exclude<T, undefined>;
/** A kubernetes-types kind, with metadata (and spec and status where the kind has them) always there. */
type Stored<T> = KubeObject & Omit<T, 'apiVersion' | 'kind' | 'metadata' | 'spec' | 'status'> &
  (T extends { spec?: infer S } ? { spec: Present<S> } : unknown) &
  (T extends { status?: infer S } ? { status: Present<S> } : unknown);

/** With what came after the version that kubernetes-types describes. */
export type PodSpec = Omit<core.PodSpec, 'containers' | 'initContainers'> & { containers: Container[]; initContainers?: Container[]; resources?: core.ResourceRequirements; hostnameOverride?: string };
export type PodStatus = core.PodStatus & { observedGeneration?: number };
export type Pod = Stored<core.Pod> & { spec: PodSpec; status: PodStatus };
export type PodTemplateSpec = core.PodTemplateSpec & { spec?: PodSpec };
export type PodCondition = core.PodCondition;
export type Container = core.Container & { restartPolicyRules?: { action: string; exitCodes?: { operator: string; values?: number[] } }[]; lifecycle?: core.Lifecycle & { stopSignal?: string } };
export type ContainerStatus = core.ContainerStatus;
export type ContainerState = core.ContainerState;
export type Probe = core.Probe;
export type Volume = core.Volume;
export type EnvVar = core.EnvVar;
export type Toleration = core.Toleration;
export type Taint = core.Taint;
export type Node = Stored<core.Node>;
export type NodeCondition = core.NodeCondition;
export type NodeSelector = core.NodeSelector;
export type NodeSelectorTerm = core.NodeSelectorTerm;
export type Namespace = Stored<core.Namespace>;
export type Service = Stored<core.Service>;
export type Endpoints = Stored<core.Endpoints>;
export type ConfigMap = Stored<core.ConfigMap>;
export type Secret = Stored<core.Secret>;
export type ServiceAccount = Stored<core.ServiceAccount>;
export type Event = Stored<core.Event>;
export type Deployment = Stored<apps.Deployment>;
export type ReplicaSet = Stored<apps.ReplicaSet>;
export type DaemonSet = Stored<apps.DaemonSet>;
export type StatefulSet = Stored<apps.StatefulSet>;
export type ControllerRevision = Stored<apps.ControllerRevision>;
export type EndpointSlice = Stored<discovery.EndpointSlice>;
export type Lease = Stored<coordination.Lease>;
export type Role = Stored<rbac.Role>;
export type ClusterRole = Stored<rbac.ClusterRole>;
export type RoleBinding = Stored<rbac.RoleBinding>;
export type ClusterRoleBinding = Stored<rbac.ClusterRoleBinding>;
export type PolicyRule = rbac.PolicyRule;
export type Subject = rbac.Subject;
export type PriorityClass = Stored<scheduling.PriorityClass>;
export type ReplicationController = Stored<core.ReplicationController>;
export type PodTemplate = Stored<core.PodTemplate>;
export type PersistentVolume = Stored<core.PersistentVolume>;
export type PersistentVolumeClaim = Stored<core.PersistentVolumeClaim>;
export type ResourceQuota = Stored<core.ResourceQuota>;
export type LimitRange = Stored<core.LimitRange>;
export type StorageClass = Stored<storage.StorageClass>;
export type VolumeAttachment = Stored<storage.VolumeAttachment>;
export type CSIDriver = Stored<storage.CSIDriver>;
export type CSINode = Stored<storage.CSINode>;
export type CSIStorageCapacity = Stored<storage.CSIStorageCapacity>;
/** `parameters` of a driver's own. */
export type VolumeAttributesClass = KubeObject & { driverName: string; parameters?: Record<string, string> };
export type Job = Stored<batch.Job>;
export type JobSpec = batch.JobSpec;
export type CronJob = Stored<batch.CronJob>;
export type HorizontalPodAutoscaler = Stored<autoscaling.HorizontalPodAutoscaler> & { spec: { behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules } } };
export type ScalingRules = autoscaling.HPAScalingRules & { tolerance?: string };
export type MetricSpec = autoscaling.MetricSpec;
export type MetricStatus = autoscaling.MetricStatus;
export type PodDisruptionBudget = Stored<policy.PodDisruptionBudget>;
export type Ingress = Stored<networking.Ingress>;
export type IngressClass = Stored<networking.IngressClass>;
export type NetworkPolicy = Stored<networking.NetworkPolicy>;
export type RuntimeClass = Stored<nodeApi.RuntimeClass>;
export type CustomResourceDefinition = Stored<apiextensions.CustomResourceDefinition>;
export type CertificateSigningRequest = Stored<certificates.CertificateSigningRequest>;
export type MatchCondition = admission.MatchCondition;
export type MatchResources = Omit<admission.MatchResources, 'resourceRules' | 'excludeResourceRules'> & { resourceRules?: AdmissionRule[]; excludeResourceRules?: AdmissionRule[] };
/** With what kubernetes-types leaves out. */
export type AdmissionRule = admission.NamedRuleWithOperations & { apiGroups?: string[]; apiVersions?: string[]; operations?: string[]; resources?: string[]; scope?: string };
export type ParamRef = admission.ParamRef;
export type ValidatingAdmissionPolicy = Stored<admission.ValidatingAdmissionPolicy>;
export type ValidatingAdmissionPolicyBinding = Stored<admission.ValidatingAdmissionPolicyBinding>;
/** A change that a MutatingAdmissionPolicy makes; kubernetes-types does not know the kind yet. */
export interface Mutation { patchType: string; applyConfiguration?: { expression?: string }; jsonPatch?: { expression?: string } }
export type MutatingAdmissionPolicy = KubeObject & { spec: Omit<admission.ValidatingAdmissionPolicySpec, 'validations' | 'auditAnnotations'> & { mutations?: Mutation[]; reinvocationPolicy?: string } };
export type MutatingAdmissionPolicyBinding = KubeObject & { spec: Omit<admission.ValidatingAdmissionPolicyBindingSpec, 'validationActions'> };
export type Webhook = Omit<admission.ValidatingWebhook, 'rules'> & { rules?: AdmissionRule[]; reinvocationPolicy?: string };
export type WebhookConfiguration = KubeObject & { webhooks?: Webhook[] };

/** A metav1.Status: what the API server answers when it has no object to give. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, never>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: { name?: string; group?: string; kind?: string; uid?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
  code?: number;
}

/** One reason within a Status: a field and what is wrong with it. */
export interface StatusCause { reason: string; message: string; field?: string }
