/** Whether a node takes a Pod that was bound to it (kubelet's canAdmitPod): resources, number of Pods, selectors. */
import { quantityValue } from '../../api/quantity.ts';
import { addLists, amountOf, podRequests, type ResourceList } from '../../api/pod-resources.ts';
import type { Pod } from '../../api/types.ts';

export interface Refusal { reason: string; message: string }

export interface NodeCapacity {
  allocatable: ResourceList;
  labels: Readonly<Record<string, string>>;
}

/** Why the Pod cannot run here beside the `others` that do; undefined: it can. */
export function admitPod(pod: Pod, others: readonly Pod[], node: NodeCapacity): Refusal | undefined {
  return tooManyPods(others, node) ?? outOfResource(pod, others, node) ?? wrongNode(pod, node);
}

function tooManyPods(others: readonly Pod[], { allocatable }: NodeCapacity): Refusal | undefined {
  const capacity = quantityValue(allocatable.pods ?? '110');
  if (others.length < capacity) return undefined;
  return refusal('pods', 1, others.length, capacity);
}

function outOfResource(pod: Pod, others: readonly Pod[], { allocatable }: NodeCapacity): Refusal | undefined {
  const requests = podRequests(pod.spec);
  const names = Object.keys(requests).filter((name) => amountOf(name, requests[name]) > 0 && name !== 'ephemeral-storage').sort();
  if (names.length === 0) return undefined;
  const used = others.map(({ spec }) => podRequests(spec)).reduce(addLists, {});
  for (const name of names) {
    const amount = (list: ResourceList) => amountOf(name, list[name]);
    if (amount(requests) + amount(used) > amount(allocatable)) return refusal(name, amount(requests), amount(used), amount(allocatable));
  }
  return undefined;
}

function refusal(name: string, requested: number, used: number, capacity: number): Refusal {
  return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}` };
}

/** nodeSelector and required node affinity by `In`-like terms on labels, as far as a kubelet checks them. */
function wrongNode({ spec }: Pod, { labels }: NodeCapacity): Refusal | undefined {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value);
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const fits = terms === undefined || terms.some(({ matchExpressions = [] }) => matchExpressions.every((each) => matches(each, labels)));
  return selected && fits ? undefined : { reason: 'NodeAffinity', message: 'Predicate NodeAffinity failed: node(s) didn\'t match Pod\'s node affinity/selector' };
}

function matches({ key, operator, values = [] }: { key: string; operator: string; values?: string[] }, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In': return value !== undefined && values.includes(value);
    case 'NotIn': return value === undefined || !values.includes(value);
    case 'Exists': return value !== undefined;
    case 'DoesNotExist': return value === undefined;
    case 'Gt': return Number(value) > Number(values[0]);
    default: return Number(value) < Number(values[0]);
  }
}
