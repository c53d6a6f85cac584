/** All kinds that the API server serves out of the box, in the order of `kubectl api-resources` and of `get all`. */
import { groupVersion, type Kind } from '../kind.ts';
import { mutatingAdmissionPolicy, mutatingAdmissionPolicyBinding, mutatingWebhookConfiguration, validatingAdmissionPolicy, validatingAdmissionPolicyBinding, validatingWebhookConfiguration } from './admission-registration.ts';
import { apiService } from './api-service.ts';
import { certificateSigningRequest } from './certificate.ts';
import { componentStatus } from './component-status.ts';
import { configMap, secret } from './config.ts';
import { cronJob } from './cron-job.ts';
import { customResourceDefinition } from './custom-resource-definition.ts';
import { daemonSet } from './daemon-set.ts';
import { csiDriver, csiNode, volumeAttachment, volumeAttributesClass } from './csi.ts';
import { deployment } from './deployment.ts';
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from './devices.ts';
import { horizontalPodAutoscaler, podDisruptionBudget } from './disruption.ts';
import { endpointSlice, endpoints } from './endpoints.ts';
import { erase } from './erase.ts';
import { event } from './event.ts';
import { eventsV1 } from './event-v1.ts';
import { version1 } from './horizontal-pod-autoscaler-v1.ts';
import { job } from './job.ts';
import { lease, priorityClass } from './lease.ts';
import { namespace } from './namespace.ts';
import { ingress, ingressClass, networkPolicy } from './networking.ts';
import { node } from './node.ts';
import { otherKinds, podTemplate, runtimeClass } from './others.ts';
import { pod } from './pod.ts';
import { limitRange, resourceQuota } from './quota.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from './rbac.ts';
import { replicaSet, replicationController } from './replica-set.ts';
import { service } from './service.ts';
import { serviceAccount } from './service-account.ts';
import { controllerRevision, statefulSet } from './stateful-set.ts';
import { persistentVolume, persistentVolumeClaim, storageClass } from './storage.ts';

const described: readonly Kind[] = [
  erase(componentStatus), erase(configMap), erase(endpoints), erase({ ...event, otherVersions: [eventsV1(event)] }), erase(limitRange), erase(namespace), erase(node), erase(persistentVolumeClaim), erase(persistentVolume),
  erase(pod), erase(podTemplate), erase(replicationController), erase(resourceQuota), erase(secret), erase(serviceAccount), erase(service),
  erase(mutatingAdmissionPolicy), erase(mutatingAdmissionPolicyBinding), erase(mutatingWebhookConfiguration), erase(validatingAdmissionPolicy), erase(validatingAdmissionPolicyBinding), erase(validatingWebhookConfiguration),
  erase(controllerRevision), erase(daemonSet), erase(deployment), erase(replicaSet), erase(statefulSet),
  erase({ ...horizontalPodAutoscaler, otherVersions: [version1(horizontalPodAutoscaler)] }),
  erase(cronJob), erase(job),
  erase(apiService),
  erase(certificateSigningRequest),
  erase(customResourceDefinition),
  erase(lease),
  erase(endpointSlice),
  erase(ingressClass), erase(ingress), erase(networkPolicy),
  erase(runtimeClass),
  erase(podDisruptionBudget),
  erase(clusterRoleBinding), erase(clusterRole), erase(roleBinding), erase(role),
  erase(priorityClass),
  erase(deviceClass), erase(resourceClaim), erase(resourceClaimTemplate), erase(resourceSlice),
  erase(csiDriver), erase(csiNode), erase(storageClass), erase(volumeAttachment), erase(volumeAttributesClass),
];

/** Groups by name, the core group first; within a group by the resource's name. */
function inOrder(a: Kind, b: Kind): number {
  if (a.group !== b.group) return a.group < b.group ? -1 : 1;
  return a.plural < b.plural ? -1 : a.plural > b.plural ? 1 : 0;
}

export const allKinds: readonly Kind[] = [...described, ...otherKinds].sort(inOrder);

/** The kind that a manifest's two lines name; undefined when Kubernetes has none such of itself. */
export function kindNamed(apiVersion: unknown, kind: unknown): Kind | undefined {
  return allKinds.find((each) => each.kind === kind && groupVersion(each) === apiVersion);
}
