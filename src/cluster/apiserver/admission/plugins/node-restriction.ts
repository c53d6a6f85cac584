/** NodeRestriction: kubelets write their own Node, the status of their own Pods, and mirror Pods; nothing else. */
import type { KubeObject, Node, Pod } from '../../../api/types.ts';
import { nodeIdentity } from '../../auth/user-info.ts';
import { notFound } from '../../errors.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, refuse } from '../types.ts';
import { forbiddenNodeLabels } from './node-labels.ts';

export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  validate(request, cluster) {
    const { isNode, nodeName } = nodeIdentity(request.user);
    if (!isNode) return;
    if (!nodeName) throw refuse(request, `could not determine node from user ${JSON.stringify(request.user.username)}`);
    const why = check({ request, cluster, nodeName, node: JSON.stringify(nodeName) });
    if (why !== undefined) throw refuse(request, why);
  },
};

interface Case { request: AdmissionRequest; cluster: AdmissionReader; nodeName: string; /** The name in quotes. */ node: string }

function check(asked: Case): string | undefined {
  const { kind, subresource = '' } = asked.request;
  switch (`${kind.plural}.${kind.group}`) {
    case 'pods.': return checkPod(asked, subresource);
    case 'nodes.': return checkNode(asked);
    case 'persistentvolumeclaims.': return subresource === 'status' ? undefined : 'may only update PVC status';
    case 'serviceaccounts.': return subresource === 'token' ? checkToken(asked) : undefined;
    case 'leases.coordination.k8s.io': return checkLease(asked);
    case 'csinodes.storage.k8s.io': return asked.request.name === asked.nodeName ? undefined : 'can only access CSINode with the same name as the requesting node';
    default: return undefined;
  }
}

function checkPod(asked: Case, subresource: string): string | undefined {
  const { request, nodeName, node } = asked;
  const pod = (request.oldObject ?? request.object) as Pod; // the kind says so
  switch (subresource) {
    case '':
      if (request.operation === 'CREATE') return checkMirrorPod(asked);
      if (request.operation === 'UPDATE') return `unexpected operation "UPDATE", node ${node} can only create and delete mirror pods`;
      return pod.spec.nodeName === nodeName ? undefined : `node ${node} can only delete pods with spec.nodeName set to itself`;
    case 'status':
      if (pod.spec.nodeName !== nodeName) return `node ${node} can only update pod status for pods with spec.nodeName set to itself`;
      return sameJson(pod.metadata.labels ?? {}, request.object.metadata.labels ?? {}) ? undefined : `node ${node} cannot update labels through pod status`;
    case 'eviction':
      return pod.spec.nodeName === nodeName ? undefined : `node ${nodeName} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource ${JSON.stringify(subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

function checkMirrorPod({ request, cluster, nodeName, node }: Case): string | undefined {
  const pod = request.object as Pod; // the kind says so
  if (pod.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined) return `pod does not have "kubernetes.io/config.mirror" annotation, node ${node} can only create mirror pods`;
  if (pod.spec.nodeName !== nodeName) return `node ${node} can only create pods with spec.nodeName set to itself`;
  return checkOwner(pod, cluster, nodeName, node) ?? checkReferences(pod, node);
}

function checkOwner(pod: Pod, cluster: AdmissionReader, nodeName: string, node: string): string | undefined {
  const [owner, ...others] = pod.metadata.ownerReferences ?? [];
  if (others.length > 0) return `node ${node} can only create pods with a single owner reference set to itself`;
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName) return `node ${node} can only create pods with an owner reference set to itself`;
  if (!owner.controller) return `node ${node} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `node ${node} must not set blockOwnerDeletion on an owner reference`;
  const found = cluster.get('nodes', '', undefined, nodeName);
  if (!found) throw notFound({ group: '', plural: 'nodes', kind: 'Node' }, nodeName);
  return owner.uid === found.metadata.uid ? undefined : `node ${nodeName} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`;
}

function checkReferences(pod: Pod, node: string): string | undefined {
  const { volumes = [], containers, initContainers = [], imagePullSecrets, serviceAccountName } = pod.spec;
  const sources = volumes.flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  const variables = [...initContainers, ...containers].flatMap((container) => container.env ?? []);
  const imports = [...initContainers, ...containers].flatMap((container) => container.envFrom ?? []);
  const cannot = (what: string) => `node ${node} can not create pods that reference ${what}`;
  if (serviceAccountName) return cannot('a service account');
  if (imagePullSecrets?.length || sources.some((source) => source.secret) || variables.some((v) => v.valueFrom?.secretKeyRef) || imports.some((i) => i.secretRef)) return cannot('secrets');
  if (sources.some((source) => source.configMap) || variables.some((v) => v.valueFrom?.configMapKeyRef) || imports.some((i) => i.configMapRef)) return cannot('configmaps');
  return volumes.some((volume) => volume.persistentVolumeClaim) ? cannot('persistentvolumeclaims') : undefined;
}

function checkNode({ request, nodeName, node }: Case): string | undefined {
  const { operation, name, object, oldObject } = request;
  if (name !== nodeName) return `node ${node} is not allowed to modify node ${JSON.stringify(name)}`;
  if (operation === 'CREATE') {
    const labels = forbiddenNodeLabels(object.metadata.labels, undefined);
    return labels.length > 0 ? `node ${node} is not allowed to set the following labels: ${labels.join(', ')}` : undefined;
  }
  if (operation !== 'UPDATE' || !oldObject) return undefined;
  if (!sameJson(taintsOf(object), taintsOf(oldObject))) return `node ${node} is not allowed to modify taints`;
  const labels = forbiddenNodeLabels(object.metadata.labels, oldObject.metadata.labels);
  return labels.length > 0 ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

function checkToken({ request, cluster, nodeName }: Case): string | undefined {
  const spec = request.object.spec as { boundObjectRef?: { apiVersion?: string; kind?: string; name?: string; uid?: string } } | undefined; // a TokenRequest
  const reference = spec?.boundObjectRef;
  if (reference?.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name) return 'node requested token not bound to a pod';
  if (!reference.uid) return 'node requested token with a pod binding without a uid';
  const pod = cluster.get('pods', '', request.namespace, reference.name) as Pod | undefined; // the plural says so
  if (!pod) throw notFound({ group: '', plural: 'pods', kind: 'Pod' }, reference.name);
  if (reference.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  return pod.spec.nodeName === nodeName ? undefined : 'node requested token bound to a pod scheduled on a different node';
}

function checkLease({ request, nodeName }: Case): string | undefined {
  if (request.namespace !== 'kube-node-lease') return 'can only access leases in the "kube-node-lease" system namespace';
  return (request.name || request.object.metadata.name) === nodeName ? undefined : 'can only access node lease with the same name as the requesting node';
}

function taintsOf(node: KubeObject): unknown {
  return (node as Node).spec?.taints ?? []; // only asked of Nodes
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
