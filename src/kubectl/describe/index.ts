/** What `describe` writes: an object and what belongs to it, line for line as kubectl's describers. Kinds without one get the general form. */
import type { ApiObject } from '../objects.ts';
import { cronJob, job } from './batch.ts';
import { certificateSigningRequest } from './certificate.ts';
import { configMap, priorityClass, secret, serviceAccount } from './configuration.ts';
import { podTemplate } from './pod-template.ts';
import { Description } from './description.ts';
import type { Describer, DescribeSource } from './describer.ts';
import { events } from './events.ts';
import { general } from './general.ts';
import { limitRange, namespace, resourceQuota } from './namespace.ts';
import { NETWORK_DESCRIBERS } from './network.ts';
import { node } from './node.ts';
import { pod } from './pod.ts';
import { binding, role } from './rbac.ts';
import { horizontalPodAutoscaler, podDisruptionBudget } from './scaling.ts';
import { ipAddress, serviceCidr } from './service-addresses.ts';
import { csiNode, persistentVolume, persistentVolumeClaim, storageClass, volumeAttributesClass } from './storage.ts';
import { daemonSet, deployment, replicaSet, replicationController, statefulSet } from './workloads.ts';

const DESCRIBERS: Readonly<Record<string, Describer>> = {
  Pod: pod, Node: node, Namespace: namespace, ResourceQuota: resourceQuota, LimitRange: limitRange,
  Deployment: deployment, ReplicaSet: replicaSet, ReplicationController: replicationController, StatefulSet: statefulSet, DaemonSet: daemonSet,
  Job: job, CronJob: cronJob, PersistentVolume: persistentVolume, PersistentVolumeClaim: persistentVolumeClaim, StorageClass: storageClass, CSINode: csiNode, VolumeAttributesClass: volumeAttributesClass,
  HorizontalPodAutoscaler: horizontalPodAutoscaler, PodDisruptionBudget: podDisruptionBudget,
  ConfigMap: configMap, Secret: secret, ServiceAccount: serviceAccount, PriorityClass: priorityClass,
  Role: role, ClusterRole: role, RoleBinding: binding, ClusterRoleBinding: binding, CertificateSigningRequest: certificateSigningRequest,
  ServiceCIDR: serviceCidr, IPAddress: ipAddress, ...NETWORK_DESCRIBERS,
};

/** The groups of those kinds; a custom resource of the same name is described in general. */
const BUILT_IN = /^(v1|(apps|autoscaling|batch|policy)\/v\d+|[a-z.]+\.k8s\.io\/v[0-9a-z]+)$/;
const WITHOUT_EVENTS = new Set(['ClusterRole', 'ClusterRoleBinding', 'LimitRange', 'Namespace', 'NetworkPolicy', 'ResourceQuota', 'Role', 'RoleBinding', 'Secret']);

/** The whole text for one object. */
export async function describe(object: ApiObject, source: DescribeSource): Promise<string> {
  const out = new Description();
  const special = BUILT_IN.test(object.apiVersion) ? DESCRIBERS[object.kind] : undefined;
  await (special ?? general)(object, out, source);
  if (source.showEvents && !(special && WITHOUT_EVENTS.has(object.kind))) await events(object, out, source);
  return out.text();
}

/** A Pod template as `rollout history --revision` shows it. */
export function podTemplateText(template: unknown): string {
  const out = new Description();
  podTemplate(template, out);
  return out.rawText();
}
