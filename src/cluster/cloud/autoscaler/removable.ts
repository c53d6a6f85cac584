/** Whether a node could be given up: how much of it is asked for, and whether its Pods may and can go elsewhere (cluster-autoscaler: simulator, drainability). */
import type { Node, Pod, PodDisruptionBudget } from '../../api/types.ts';
import { matchesLabelSelector } from '../../api/labels.ts';
import { amountOf, podRequests } from '../../api/pod-resources.ts';
import { controllerOf } from '../../controllers/controller.ts';
import type { ClusterSnapshot } from './snapshot.ts';

const SAFE_TO_EVICT = 'cluster-autoscaler.kubernetes.io/safe-to-evict';
const SCALE_DOWN_DISABLED = 'cluster-autoscaler.kubernetes.io/scale-down-disabled';

export interface DrainRules { skipNodesWithLocalStorage: boolean; skipNodesWithSystemPods: boolean; utilizationThreshold: number }

/** The larger share of CPU and memory that the node's Pods ask for. */
export function utilization(node: Node, pods: readonly Pod[]): number {
  return Math.max(...['cpu', 'memory'].map((resource) => {
    const allocatable = amountOf(resource, String(node.status.allocatable?.[resource] ?? '0'));
    return allocatable > 0 ? pods.reduce((sum, pod) => sum + amountOf(resource, podRequests(pod.spec)[resource]), 0) / allocatable : 0;
  }));
}

/** The Pods that have to move when the node goes: not those of DaemonSets, nor mirrors of static Pods. */
export function podsToMove(pods: readonly Pod[]): Pod[] {
  return pods.filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet' && !pod.metadata.annotations?.['kubernetes.io/config.mirror'] && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed');
}

/** What keeps a node; undefined when it may go. The snapshot is changed as if its Pods had moved. */
export function keptBecause(node: Node, pods: readonly Pod[], { rules, budgets, snapshot, others }: { rules: DrainRules; budgets: readonly PodDisruptionBudget[]; snapshot: ClusterSnapshot; others: readonly string[] }): string | undefined {
  if (node.metadata.annotations?.[SCALE_DOWN_DISABLED] === 'true') return 'ScaleDownDisabledAnnotation';
  if (utilization(node, pods) >= rules.utilizationThreshold) return 'NotUnderutilized';
  const moving = podsToMove(pods);
  const blocked = moving.map((pod) => blockingReason(pod, rules, budgets)).find((reason) => reason !== undefined);
  if (blocked) return blocked;
  for (const pod of moving) snapshot.remove(pod);
  return moving.every((pod) => snapshot.place(pod, others)) ? undefined : 'NoPlaceToMovePods';
}

function blockingReason(pod: Pod, rules: DrainRules, budgets: readonly PodDisruptionBudget[]): string | undefined {
  const { annotations, namespace, labels } = pod.metadata;
  const own = budgets.filter((budget) => budget.metadata.namespace === namespace && matchesLabelSelector(budget.spec.selector, labels));
  if (own.some(({ status }) => (status?.disruptionsAllowed ?? 0) < 1)) return 'NotEnoughPdb';
  if (annotations?.[SAFE_TO_EVICT] === 'true') return undefined;
  if (annotations?.[SAFE_TO_EVICT] === 'false') return 'NotSafeToEvictAnnotation';
  if (!controllerOf(pod)) return 'NotReplicated';
  if (rules.skipNodesWithSystemPods && namespace === 'kube-system' && own.length === 0) return 'UnmovableKubeSystemPod';
  const isLocal = pod.spec.volumes?.some(({ emptyDir, hostPath }) => hostPath || (emptyDir && emptyDir.medium !== 'Memory'));
  return rules.skipNodesWithLocalStorage && isLocal ? 'LocalStorageRequested' : undefined;
}
