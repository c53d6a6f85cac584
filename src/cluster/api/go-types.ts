/** The Go side of API types, as far as clients see it: names in decoding errors and what `omitempty` leaves out. */
import type { FieldType } from './schema.ts';

const leafNames: Readonly<Record<string, string>> = {
  bool: 'bool', int32: 'int32', int64: 'int64', double: 'float64', bytes: '[]uint8', quantity: 'resource.Quantity', string: 'string',
};

/** String types of their own in k8s.io/api, by struct and field. */
const namedStrings: Readonly<Record<string, string>> = {
  'PodSpec.restartPolicy': 'RestartPolicy', 'PodSpec.dnsPolicy': 'DNSPolicy', 'PodSpec.preemptionPolicy': 'PreemptionPolicy',
  'Container.imagePullPolicy': 'PullPolicy', 'Container.restartPolicy': 'ContainerRestartPolicy', 'Container.terminationMessagePolicy': 'TerminationMessagePolicy',
  'ContainerPort.protocol': 'Protocol', 'ServicePort.protocol': 'Protocol', 'HTTPGetAction.scheme': 'URIScheme',
  'ServiceSpec.type': 'ServiceType', 'ServiceSpec.sessionAffinity': 'ServiceAffinity', 'ServiceSpec.externalTrafficPolicy': 'ServiceExternalTrafficPolicy',
  'Taint.effect': 'TaintEffect', 'Toleration.effect': 'TaintEffect', 'Toleration.operator': 'TolerationOperator',
  'NodeSelectorRequirement.operator': 'NodeSelectorOperator', 'LabelSelectorRequirement.operator': 'LabelSelectorOperator',
  'TopologySpreadConstraint.whenUnsatisfiable': 'UnsatisfiableConstraintAction', 'DeploymentStrategy.type': 'DeploymentStrategyType',
  'DaemonSetUpdateStrategy.type': 'DaemonSetUpdateStrategyType', 'StatefulSetUpdateStrategy.type': 'StatefulSetUpdateStrategyType',
  'StatefulSetSpec.podManagementPolicy': 'PodManagementPolicyType', 'CronJobSpec.concurrencyPolicy': 'ConcurrencyPolicy',
  'JobSpec.completionMode': 'CompletionMode', 'HTTPIngressPath.pathType': 'PathType', 'Secret.type': 'SecretType',
  'EmptyDirVolumeSource.medium': 'StorageMedium', 'ObjectMeta.uid': 'types.UID',
};

/** Go's name of a field's type, as `json: cannot unmarshal … of type` has it. */
export function goTypeOf(typeName: string, field: FieldType): string {
  const struct = typeName.slice(typeName.lastIndexOf('.') + 1);
  const containers = field.shape.map((container) => (container === 'list' ? '[]' : 'map[string]')).join('');
  if (!field.isLeaf) return `${containers}v1.${field.type.slice(field.type.lastIndexOf('.') + 1)}`;
  if (field.type === 'quantity' && field.isMap) return 'v1.ResourceList';
  const named = namedStrings[`${struct}.${field.name}`];
  if (named) return `${containers}${named.includes('.') ? named : `v1.${named}`}`;
  return `${containers}${leafNames[field.type] ?? field.type}`;
}

/** Booleans that are no pointers: false is the same as absent. */
const plainBooleans: ReadonlySet<string> = new Set([
  'readOnly', 'stdin', 'stdinOnce', 'tty', 'paused', 'unschedulable', 'hostNetwork', 'hostPID', 'hostIPC', 'globalDefault', 'publishNotReadyAddresses',
  'deprecated', 'preserveUnknownFields', 'exclusiveMaximum', 'exclusiveMinimum', 'nullable', 'uniqueItems', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string',
  'authenticated', 'denied', 'chapAuthDiscovery', 'chapAuthSession', 'sslEnabled',
]);

/** Integers that are no pointers, and are left out when zero. */
const plainIntegers: ReadonlySet<string> = new Set([
  'minReadySeconds', 'nodePort', 'healthCheckNodePort', 'hostPort', 'generation', 'partition', 'signal', 'sizeBytes', 'number', 'count', 'port',
  'initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'successThreshold', 'failureThreshold', 'priority',
  'observedGeneration', 'active', 'succeeded', 'failed', 'numberAvailable', 'numberUnavailable', 'updatedNumberScheduled',
  'availableReplicas', 'fullyLabeledReplicas', 'readyReplicas', 'unavailableReplicas', 'updatedReplicas', 'currentReplicas',
]);

/** Fields whose name is in a list above but which are pointers, or have no `omitempty`. */
const exceptions: ReadonlySet<string> = new Set([
  'RollingUpdateStatefulSetStrategy.partition', 'StatefulSetStatus.availableReplicas', 'ClientIPConfig.timeoutSeconds', 'PodSpec.priority',
  'CSIVolumeSource.readOnly', 'ReplicaSetSpec.replicas', 'MutatingWebhook.timeoutSeconds', 'ValidatingWebhook.timeoutSeconds',
  'EndpointPort.port', 'autoscaling.v2.HorizontalPodAutoscalerStatus.observedGeneration', 'CustomResourceDefinitionSpec.preserveUnknownFields',
  'PersistentVolumeClaimSpec.storageClassName', 'PersistentVolumeClaimSpec.volumeAttributesClassName', 'HostPathVolumeSource.type',
  'IngressSpec.ingressClassName', 'discovery.v1.EndpointPort.name', 'discovery.v1.EndpointPort.appProtocol', 'discovery.v1.EndpointPort.port',
  'LeaseSpec.holderIdentity', 'Event.reportingComponent', 'Event.reportingInstance', 'Event.count',
]);

/** True for an optional scalar whose zero value Go does not write. */
export function isOmittedWhenZero(typeName: string, field: FieldType): boolean {
  if (exceptions.has(`${typeName}.${field.name}`)) return false;
  switch (field.type) {
    case 'string': return true;
    case 'bool': return plainBooleans.has(field.name);
    case 'int32': case 'int64': return plainIntegers.has(field.name) || (typeName === 'DeploymentStatus' && field.name === 'replicas');
    default: return false;
  }
}

/** Lists that clients find even when empty. */
const keptWhenEmpty: ReadonlySet<string> = new Set(['EndpointSlice.endpoints', 'EndpointSlice.ports', 'Role.rules', 'ClusterRole.rules']);

/** True for an empty list that stays. */
export function isKeptWhenEmpty(typeName: string, field: FieldType): boolean {
  return field.isRequired || keptWhenEmpty.has(`${typeName}.${field.name}`);
}

/** Fields without `omitempty`: there with this value when nothing was given. */
const alwaysThere: Readonly<Record<string, Readonly<Record<string, null | string | Record<string, never>>>>> = {
  Container: { resources: {} },
  EphemeralContainer: { resources: {} },
  PodCondition: { lastProbeTime: null },
  'autoscaling.v2.HorizontalPodAutoscalerStatus': { currentMetrics: null },
  ContainerStatus: { state: {}, lastState: {} },
  Event: { source: {}, firstTimestamp: null, lastTimestamp: null, eventTime: null, reportingComponent: '', reportingInstance: '' },
};

const nothing = {};

/** What a decoded struct has in any case. */
export function fieldsAlwaysThere(typeName: string): Readonly<Record<string, null | string | Record<string, never>>> {
  return alwaysThere[typeName] ?? nothing;
}
