/** What an object uses of a ResourceQuota: the evaluators of k8s.io/kubernetes/pkg/quota as functions. */
import { groupResource, type Kind } from './kind.ts';
import { listOf, podLimits, podRequests, type ResourceList } from './pod-resources.ts';
import { qosClassOf } from './qos.ts';
import type { KubeObject, Pod, Service } from './types.ts';

/** The part of a ResourceQuota's spec that says which objects count. */
export interface QuotaScopes {
  scopes?: readonly string[];
  scopeSelector?: { matchExpressions?: readonly { scopeName: string; operator: string; values?: readonly string[] }[] };
}

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
/** Kinds that quotas can name without `count/`. */
const NAMED = new Set(['configmaps', 'replicationcontrollers', 'resourcequotas', 'secrets']);

/** Resource name to quantity: `count/pods`, `requests.cpu`, `services.nodeports`, … */
export function usageOf(kind: Pick<Kind, 'group' | 'plural'>, object: KubeObject): ResourceList {
  const resource = groupResource(kind);
  const counted = { [`count/${resource}`]: '1' };
  // Casts: the resource says what the object is.
  switch (resource) {
    case 'pods': return { ...counted, ...podUsage(object as Pod) };
    case 'services': return { ...counted, ...serviceUsage(object as Service) };
    case 'persistentvolumeclaims': return { ...counted, ...claimUsage(object) };
    default: return NAMED.has(resource) ? { ...counted, [resource]: '1' } : counted;
  }
}

/** Whether an object is in all scopes of a quota: Pods, or claims when it is their class of volume attributes that is asked about. */
export function isInScope({ scopes = [], scopeSelector }: QuotaScopes, kind: Pick<Kind, 'group' | 'plural'>, object: KubeObject): boolean {
  const terms = [...scopes.map((scopeName) => ({ scopeName, operator: 'Exists', values: [] as readonly string[] })), ...(scopeSelector?.matchExpressions ?? [])];
  if (terms.length === 0) return true;
  const resource = groupResource(kind);
  if (resource === 'persistentvolumeclaims') {
    const { volumeAttributesClassName } = (object.spec ?? {}) as { volumeAttributesClassName?: string }; // a PersistentVolumeClaim
    return terms.every(({ scopeName, operator, values }) => scopeName === 'VolumeAttributesClass' && selects(volumeAttributesClassName, operator, values ?? []));
  }
  if (resource !== 'pods') return false;
  const pod = object as Pod; // the resource says so
  return terms.every(({ scopeName, operator, values }) => podIsIn(pod, scopeName, operator, values ?? []));
}

/** Succeeded and failed Pods keep their object, but give back what they ran on. */
function podUsage(pod: Pod): ResourceList {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return {};
  const usage: Record<string, string> = { pods: '1' };
  for (const [name, quantity] of Object.entries(podRequests(pod.spec))) {
    if (COMPUTE.includes(name)) usage[name] = quantity;
    usage[`requests.${name}`] = quantity;
  }
  for (const [name, quantity] of Object.entries(podLimits(pod.spec))) if (COMPUTE.includes(name)) usage[`limits.${name}`] = quantity;
  return usage;
}

function podIsIn(pod: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  switch (scope) {
    case 'Terminating': return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating': return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort': return qosClassOf(pod.spec) === 'BestEffort';
    case 'NotBestEffort': return qosClassOf(pod.spec) !== 'BestEffort';
    case 'PriorityClass': return selects(pod.spec.priorityClassName, operator, values);
    case 'CrossNamespacePodAffinity': return looksAcrossNamespaces(pod);
    default: return false;
  }
}

function selects(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'Exists': return Boolean(value);
    case 'DoesNotExist': return !value;
    case 'In': return values.includes(value ?? '');
    default: return !values.includes(value ?? '');
  }
}

function looksAcrossNamespaces({ spec: { affinity } }: Pod): boolean {
  const terms = [affinity?.podAffinity, affinity?.podAntiAffinity].flatMap((one) => [
    ...(one?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(one?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((preferred) => preferred.podAffinityTerm),
  ]);
  return terms.some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined);
}

function serviceUsage({ spec }: Service): ResourceList {
  const isBalanced = spec.type === 'LoadBalancer';
  const hasNodePorts = spec.type === 'NodePort' || (isBalanced && spec.allocateLoadBalancerNodePorts !== false);
  return {
    services: '1',
    'services.nodeports': hasNodePorts ? String(spec.ports?.length ?? 0) : '0',
    'services.loadbalancers': isBalanced ? '1' : '0',
  };
}

function claimUsage(claim: KubeObject): ResourceList {
  const spec = claim.spec as { storageClassName?: string; resources?: { requests?: Record<string, string> } } | undefined; // a PersistentVolumeClaim
  const storage = listOf(spec?.resources?.requests)['storage'];
  const usage: Record<string, string> = { persistentvolumeclaims: '1', ...(storage !== undefined && { 'requests.storage': storage }) };
  if (!spec?.storageClassName) return usage;
  const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io/`;
  return { ...usage, [`${prefix}persistentvolumeclaims`]: '1', ...(storage !== undefined && { [`${prefix}requests.storage`]: storage }) };
}
