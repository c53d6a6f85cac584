/** Whether a node takes a Pod that was bound to it (kubelet's predicateAdmitHandler): system, resources, labels, ports, taints. */
import { hostPortsOf, portsConflict } from '../../api/host-ports.ts';
import { matchesNodeSelection } from '../../api/node-selector.ts';
import { addLists, amountOf, podRequests, type ResourceList } from '../../api/pod-resources.ts';
import { untolerated } from '../../api/tolerations.ts';
import type { Pod, Taint } from '../../api/types.ts';
import { isStatic } from './static-pods.ts';

export interface Refusal { reason: string; message: string; /** What is missing, when it is only that. */ lacks?: { resource: string; amount: number }; /** Room is being made: ask again soon. */ isTemporary?: boolean }

export interface NodeCapacity {
  name: string;
  operatingSystem: string;
  allocatable: ResourceList;
  labels: Readonly<Record<string, string>>;
  taints: readonly Taint[];
}

/** The order in which resources are looked at; all others follow by name. */
const FIRST = ['cpu', 'memory', 'ephemeral-storage'];

/** Why the Pod cannot run here beside the `others` that do; undefined: it can. */
export function admitPod(pod: Pod, others: readonly Pod[], node: NodeCapacity): Refusal | undefined {
  return wrongSystem(pod, node) ?? tooManyPods(others, node) ?? outOfResource(pod, others, node) ?? unfit(pod, others, node);
}

function wrongSystem({ spec }: Pod, { operatingSystem }: NodeCapacity): Refusal | undefined {
  const selected = spec.nodeSelector?.['kubernetes.io/os'];
  if (selected !== undefined && selected !== operatingSystem) return { reason: 'PodOSSelectorNodeLabelDoesNotMatch', message: 'Failed to admit pod as the `kubernetes.io/os` label doesn\'t match node label' };
  return spec.os && spec.os.name !== operatingSystem ? { reason: 'PodOSNotSupported', message: 'Failed to admit pod as the OS field doesn\'t match node OS' } : undefined;
}

function tooManyPods(others: readonly Pod[], { allocatable }: NodeCapacity): Refusal | undefined {
  const capacity = amountOf('pods', allocatable.pods ?? '110');
  return others.length < capacity ? undefined : refusal('pods', 1, others.length, capacity);
}

/** Extended resources that the node does not have are none of the kubelet's business. */
function outOfResource(pod: Pod, others: readonly Pod[], { allocatable }: NodeCapacity): Refusal | undefined {
  const requests = podRequests(pod.spec);
  const asked = Object.keys(requests).filter((name) => amountOf(name, requests[name]) > 0 && allocatable[name] !== undefined);
  if (asked.length === 0) return undefined;
  const used = others.map(({ spec }) => podRequests(spec)).reduce(addLists, {});
  for (const name of [...FIRST.filter((each) => asked.includes(each)), ...asked.filter((each) => !FIRST.includes(each)).sort()]) {
    const amount = (list: ResourceList) => amountOf(name, list[name]);
    if (amount(requests) + amount(used) > amount(allocatable)) return refusal(name, amount(requests), amount(used), amount(allocatable));
  }
  return undefined;
}

function refusal(resource: string, requested: number, used: number, capacity: number): Refusal {
  return { reason: `OutOf${resource}`, message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${used}, capacity: ${capacity}`, lacks: { resource, amount: requested + used - capacity } };
}

function unfit(pod: Pod, others: readonly Pod[], node: NodeCapacity): Refusal | undefined {
  const failed = (reason: string, why: string): Refusal => ({ reason, message: `Predicate ${reason} failed: ${why}` });
  if (!matchesNodeSelection(pod.spec, node)) return failed('NodeAffinity', 'node(s) didn\'t match Pod\'s node affinity/selector');
  const ports = hostPortsOf(pod.spec);
  if (ports.length > 0 && others.some(({ spec }) => hostPortsOf(spec).some((taken) => ports.some((port) => portsConflict(port, taken))))) return failed('NodePorts', 'node(s) didn\'t have free ports for the requested pod ports');
  const taint = isStatic(pod) ? undefined : untolerated(node.taints.filter(({ effect }) => effect === 'NoExecute'), pod.spec.tolerations ?? []);
  return taint && failed('TaintToleration', 'node(s) had taints that the pod didn\'t tolerate');
}
