/** What controllers ask of Pods, and how they make and rank them. */
import type { Draft, KubeObject, Pod, PodTemplateSpec } from '../api/types.ts';
import { controllerReference } from './controller.ts';

/** A Pod from a template, owned by its controller. */
export function podFromTemplate(template: PodTemplateSpec, owner: KubeObject, name: { name: string } | { generateName: string }): Draft<Pod> {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      ...name, namespace: owner.metadata.namespace,
      ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}), ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec!,
  };
}

/** Neither over nor on its way out: the Pods that count. */
export function isActive(pod: Pod): boolean {
  return pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed' && !pod.metadata.deletionTimestamp;
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}

/** Since when the Pod is ready, in milliseconds; undefined when it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const condition = pod.status.conditions?.find((c) => c.type === 'Ready' && c.status === 'True');
  return condition ? Date.parse(String(condition.lastTransitionTime)) : undefined;
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const sinceMs = readySinceMs(pod);
  return sinceMs !== undefined && (minReadySeconds === 0 || sinceMs + minReadySeconds * 1000 <= nowMs);
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Orders Pods so that those to delete first come first (controller_utils.go: ActivePodsWithRanks).
 * `coLocated` says how many ready Pods of the same owner share the Pod's node.
 */
export function deletionOrder(pods: readonly Pod[], coLocated: (pod: Pod) => number, nowMs: number): Pod[] {
  const cost = (pod: Pod) => Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  const restarts = (pod: Pod) => Math.max(0, ...(pod.status.containerStatuses ?? []).map((c) => c.restartCount));
  const bucket = (ms: number | undefined) => (ms === undefined ? 0 : Math.floor(Math.log2(Math.max(1, (nowMs - ms) / 1000))));
  const created = (pod: Pod) => Date.parse(pod.metadata.creationTimestamp);
  const compare = (a: Pod, b: Pod): number =>
    Number(Boolean(a.spec.nodeName)) - Number(Boolean(b.spec.nodeName))
    || (PHASE_RANK[a.status.phase ?? 'Pending'] ?? 0) - (PHASE_RANK[b.status.phase ?? 'Pending'] ?? 0)
    || Number(isReady(a)) - Number(isReady(b))
    || cost(a) - cost(b)
    || coLocated(b) - coLocated(a)
    || bucket(readySinceMs(a)) - bucket(readySinceMs(b))
    || restarts(b) - restarts(a)
    || bucket(created(a)) - bucket(created(b))
    || (a.metadata.uid < b.metadata.uid ? -1 : 1);
  return [...pods].sort(compare);
}
