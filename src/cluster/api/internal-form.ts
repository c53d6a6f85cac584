/**
 * Pod specs as the API server's internal types print them: Go's field names and order, every field there.
 * Two of its messages show them: the diff of a refused change to a Pod, and a Job's immutable template.
 */
import type { Json, PodSpec, PodTemplateSpec } from './types.ts';

type Dict = { readonly [key: string]: unknown };

/** Fields of a struct in order: `Name` or `Name=zero`; zero is null unless given; `Name:Struct` converts with that struct. */
const structs: Readonly<Record<string, string>> = {
  PodSpec: 'Volumes:Volume InitContainers:Container Containers:Container EphemeralContainers RestartPolicy="" TerminationGracePeriodSeconds ActiveDeadlineSeconds DNSPolicy="" NodeSelector ServiceAccountName="" AutomountServiceAccountToken NodeName="" SecurityContext:PodSecurityContext ImagePullSecrets Hostname="" Subdomain="" SetHostnameAsFQDN Affinity SchedulerName="" Tolerations:Toleration HostAliases PriorityClassName="" Priority PreemptionPolicy DNSConfig ReadinessGates RuntimeClassName Overhead EnableServiceLinks TopologySpreadConstraints OS SchedulingGates ResourceClaims Resources HostnameOverride SchedulingGroup',
  PodSecurityContext: 'HostNetwork=false HostPID=false HostIPC=false ShareProcessNamespace HostUsers SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot SupplementalGroups SupplementalGroupsPolicy FSGroup FSGroupChangePolicy Sysctls SeccompProfile AppArmorProfile SELinuxChangePolicy',
  Container: 'Name="" Image="" Command Args WorkingDir="" Ports:ContainerPort EnvFrom:EnvFromSource Env:EnvVar Resources:ResourceRequirements={} ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts:VolumeMount VolumeDevices LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle TerminationMessagePath="" TerminationMessagePolicy="" ImagePullPolicy="" SecurityContext:SecurityContext Stdin=false StdinOnce=false TTY=false',
  EphemeralContainer: 'Name="" Image="" Command Args WorkingDir="" Ports:ContainerPort EnvFrom:EnvFromSource Env:EnvVar Resources:ResourceRequirements={} ResizePolicy RestartPolicy RestartPolicyRules VolumeMounts:VolumeMount VolumeDevices LivenessProbe:Probe ReadinessProbe:Probe StartupProbe:Probe Lifecycle TerminationMessagePath="" TerminationMessagePolicy="" ImagePullPolicy="" SecurityContext:SecurityContext Stdin=false StdinOnce=false TTY=false TargetContainerName=""',
  ContainerPort: 'Name="" HostPort=0 ContainerPort=0 Protocol="" HostIP=""',
  EnvFromSource: 'Prefix="" ConfigMapRef SecretRef',
  EnvVar: 'Name="" Value="" ValueFrom:EnvVarSource',
  EnvVarSource: 'FieldRef ResourceFieldRef ConfigMapKeyRef SecretKeyRef FileKeyRef',
  ResourceRequirements: 'Limits Requests Claims',
  VolumeMount: 'Name="" ReadOnly=false RecursiveReadOnly MountPath="" SubPath="" MountPropagation SubPathExpr=""',
  Probe: 'Exec HTTPGet TCPSocket GRPC InitialDelaySeconds=0 TimeoutSeconds=0 PeriodSeconds=0 SuccessThreshold=0 FailureThreshold=0 TerminationGracePeriodSeconds',
  SecurityContext: 'Capabilities:Capabilities Privileged SELinuxOptions WindowsOptions RunAsUser RunAsGroup RunAsNonRoot ReadOnlyRootFilesystem AllowPrivilegeEscalation ProcMount SeccompProfile AppArmorProfile',
  Capabilities: 'Add Drop',
  ServicePort: 'Name="" Protocol="" AppProtocol Port=0 TargetPort=0 NodePort=0',
  PodDisruptionBudgetSpec: 'MinAvailable Selector MaxUnavailable UnhealthyPodEvictionPolicy',
  StatefulSetUpdateStrategy: 'Type="" RollingUpdate:RollingUpdateStatefulSet',
  RollingUpdateStatefulSet: 'Partition=0 MaxUnavailable',
  SuccessPolicy: 'Rules:SuccessRule',
  VolumeNodeAffinity: 'Required:NodeSelector',
  NodeSelector: 'NodeSelectorTerms:NodeSelectorTerm',
  NodeSelectorTerm: 'MatchExpressions:NodeRequirement MatchFields:NodeRequirement',
  NodeRequirement: 'Key="" Operator="" Values',
  PersistentVolumeSource: 'GCEPersistentDisk AWSElasticBlockStore HostPath Glusterfs NFS RBD Quobyte ISCSI FlexVolume Cinder CephFS FC Flocker AzureFile VsphereVolume AzureDisk PhotonPersistentDisk PortworxVolume ScaleIO Local StorageOS CSI',
  CSINodeDriver: 'Name="" NodeID="" TopologyKeys Allocatable',
  ScopeSelector: 'MatchExpressions:ScopeRequirement',
  ScopeRequirement: 'ScopeName="" Operator="" Values',
  SuccessRule: 'SucceededIndexes SucceededCount',
  Taint: 'Key="" Value="" Effect="" TimeAdded',
  Toleration: 'Key="" Operator="" Value="" Effect="" TolerationSeconds',
  Volume: 'Name="" HostPath EmptyDir:EmptyDir GCEPersistentDisk AWSElasticBlockStore GitRepo Secret:SecretVolume NFS ISCSI Glusterfs PersistentVolumeClaim:Claim RBD Quobyte FlexVolume Cinder CephFS Flocker DownwardAPI FC AzureFile ConfigMap:ConfigMapVolume VsphereVolume AzureDisk PhotonPersistentDisk Projected:Projected PortworxVolume ScaleIO StorageOS CSI Ephemeral Image',
  EmptyDir: 'Medium="" SizeLimit',
  SecretVolume: 'SecretName="" Items DefaultMode Optional',
  Claim: 'ClaimName="" ReadOnly=false',
  ConfigMapVolume: 'Name="" Items DefaultMode Optional',
  Projected: 'Sources:ProjectedSource DefaultMode',
  ProjectedSource: 'Secret DownwardAPI:DownwardProjection ConfigMap:ConfigMapProjection ServiceAccountToken:TokenProjection ClusterTrustBundle PodCertificate',
  TokenProjection: 'Audience="" ExpirationSeconds=0 Path=""',
  ConfigMapProjection: 'Name="" Items:KeyToPath Optional',
  KeyToPath: 'Key="" Path="" Mode',
  DownwardProjection: 'Items:DownwardFile',
  DownwardFile: 'Path="" FieldRef:FieldRef ResourceFieldRef Mode',
  FieldRef: 'APIVersion="" FieldPath=""',
};

/** Names that are not the JSON name with its first letter raised. */
const jsonNames: Readonly<Record<string, string>> = {
  DNSPolicy: 'dnsPolicy', DNSConfig: 'dnsConfig', OS: 'os', HTTPGet: 'httpGet', TCPSocket: 'tcpSocket', GRPC: 'grpc', TTY: 'tty', SELinuxOptions: 'seLinuxOptions', SELinuxChangePolicy: 'seLinuxChangePolicy',
  FSGroup: 'fsGroup', FSGroupChangePolicy: 'fsGroupChangePolicy', GCEPersistentDisk: 'gcePersistentDisk', AWSElasticBlockStore: 'awsElasticBlockStore', NFS: 'nfs', ISCSI: 'iscsi', RBD: 'rbd', CephFS: 'cephfs', FC: 'fc',
  StorageOS: 'storageos', ScaleIO: 'scaleIO', CSI: 'csi', APIVersion: 'apiVersion', HostPID: 'hostPID', HostIPC: 'hostIPC', HostIP: 'hostIP',
};

/** Fields that are the spec's in v1, but the security context's inside. */
const securityFields = ['hostNetwork', 'hostPID', 'hostIPC', 'shareProcessNamespace', 'hostUsers'];

/** A Pod's spec in internal form. */
export function internalPodSpec(spec: PodSpec): Json {
  const given: Dict = { ...spec };
  const moved = Object.fromEntries(securityFields.filter((field) => given[field] !== undefined).map((field) => [field, given[field]]));
  return convert({ ...given, securityContext: { ...spec.securityContext, ...moved } }, 'PodSpec');
}

/** A struct in internal form, as messages show it. */
export function internalOf(struct: 'SecurityContext' | 'Taint' | 'Toleration' | 'ServicePort' | 'PodDisruptionBudgetSpec' | 'StatefulSetUpdateStrategy' | 'RollingUpdateStatefulSet' | 'SuccessPolicy' | 'ScopeSelector' | 'CSINodeDriver' | 'EphemeralContainer' | 'VolumeNodeAffinity' | 'PersistentVolumeSource', value: object): Json {
  return convert(value, struct);
}

/** A Pod template in internal form; its metadata keeps the names of v1. */
export function internalPodTemplate({ metadata, spec }: PodTemplateSpec): Json {
  const sorted = { labels: metadata?.labels && sortedKeys(metadata.labels), annotations: metadata?.annotations && sortedKeys(metadata.annotations) };
  const kept = Object.entries({ ...metadata, ...sorted }).filter(([, value]) => value !== undefined);
  // Metadata came out of JSON and is JSON.
  return { ...(Object.fromEntries(kept) as { [key: string]: Json }), Spec: internalPodSpec(spec ?? { containers: [] }) };
}

function convert(value: unknown, struct: string | undefined): Json {
  if (Array.isArray(value)) return value.map((item) => convert(item, struct));
  if (!isDict(value)) return value === undefined ? null : (value as Json); // a leaf of a JSON value
  const fields = struct ? structs[struct] : undefined;
  return fields ? convertStruct(value, fields) : convertUnlisted(value);
}

function convertStruct(value: Dict, fields: string): Json {
  return Object.fromEntries(fields.split(' ').map((field): [string, Json] => {
    const [, name = '', struct, zero] = /^(\w+)(?::(\w+))?(?:=(.+))?$/.exec(field) ?? [];
    const given = value[jsonNames[name] ?? name.charAt(0).toLowerCase() + name.slice(1)];
    if (given === undefined || given === null) return [name, zero === '{}' ? convert({}, struct) : zero ? (JSON.parse(zero) as Json) : null];
    return [name, isMapField(name) && isDict(given) ? (sortedKeys(given) as Json) : convert(given, struct)];
  }));
}

/** Maps keep their keys. */
function isMapField(name: string): boolean {
  return ['Limits', 'Requests', 'NodeSelector', 'Overhead', 'Selector'].includes(name);
}

/** Structs without a list here: the names alone are Go's. */
function convertUnlisted(value: Dict): Json {
  return Object.fromEntries(Object.entries(value).map(([key, item]): [string, Json] => [goNames[key] ?? key.charAt(0).toUpperCase() + key.slice(1), key === 'matchLabels' ? (item as Json) : convert(item, undefined)]));
}

const goNames: Readonly<Record<string, string>> = Object.fromEntries(Object.entries(jsonNames).map(([go, json]) => [json, go]));

/** A map in the order in which Go writes it. */
export function sortedKeys<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isDict(value: unknown): value is Dict {
  return typeof value === 'object' && value !== null;
}
