/** The resources that a kustomization collects, how they are told apart, and the order they come out in. */
import { type ApiObject, compareText, groupOf, versionOf } from '../objects.ts';

/** One object on its way through the kustomizations above it. */
export interface Resource {
  object: ApiObject;
  /** All names that it has had, with their namespaces, the first first: references may use any of them. */
  names: readonly { name: string; namespace: string }[];
  /** A name that still gets the hash of its content. */
  needsHash: boolean;
}

const CLUSTER_SCOPED = new Set([
  'APIService', 'CSIDriver', 'CSINode', 'CertificateSigningRequest', 'ClusterRole', 'ClusterRoleBinding', 'CustomResourceDefinition', 'FlowSchema', 'IngressClass', 'MutatingWebhookConfiguration', 'Namespace', 'Node',
  'PersistentVolume', 'PriorityClass', 'PriorityLevelConfiguration', 'RuntimeClass', 'StorageClass', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration', 'VolumeAttachment',
]);

export const isClusterScoped = ({ kind }: ApiObject): boolean => CLUSTER_SCOPED.has(kind);

export const nameOf = ({ metadata }: ApiObject): string => metadata.name ?? '';
export const namespaceOf = (object: ApiObject): string => (isClusterScoped(object) ? '' : object.metadata.namespace ?? '');

export function resourceOf(object: ApiObject, needsHash = false): Resource {
  return { object, names: [{ name: nameOf(object), namespace: namespaceOf(object) }], needsHash };
}

/** The resource with a changed object; a new name or namespace is remembered. */
export function changed(resource: Resource, object: ApiObject): Resource {
  const last = resource.names.at(-1);
  const [name, namespace] = [nameOf(object), namespaceOf(object)];
  return { ...resource, object, names: last?.name === name && last.namespace === namespace ? resource.names : [...resource.names, { name, namespace }] };
}

/** `Deployment.v1.apps/web.[noNs]`, as kustomize names a resource in its complaints. */
export function idOf(object: ApiObject): string {
  const kind = [object.kind, versionOf(object.apiVersion), groupOf(object.apiVersion) || '[noGrp]'].join('.');
  return `${kind}/${nameOf(object)}.${isClusterScoped(object) ? '[noNs]' : object.metadata.namespace || '[noNs]'}`;
}

const FIRST = [
  'Namespace', 'ResourceQuota', 'StorageClass', 'CustomResourceDefinition', 'ServiceAccount', 'PodSecurityPolicy', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding', 'ConfigMap', 'Secret', 'Endpoints', 'Service',
  'LimitRange', 'PriorityClass', 'PersistentVolume', 'PersistentVolumeClaim', 'Deployment', 'StatefulSet', 'CronJob', 'PodDisruptionBudget',
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** kustomize's order: what others need comes first. */
export function inOrder(resources: readonly Resource[]): Resource[] {
  const rank = ({ kind }: ApiObject) => (FIRST.includes(kind) ? FIRST.indexOf(kind) : FIRST.length + (LAST.includes(kind) ? 1 + LAST.indexOf(kind) : 0));
  const text = (object: ApiObject) => [groupOf(object.apiVersion), versionOf(object.apiVersion), object.kind, namespaceOf(object), nameOf(object)].join('_');
  return [...resources].sort(({ object: a }, { object: b }) => rank(a) - rank(b) || compareText(text(a), text(b)));
}
