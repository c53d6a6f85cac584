/** What controllers ask of Pods, and how they make and rank them. */
import type { Draft, KubeObject, Pod, PodTemplateSpec } from '../api/types.ts';
import { pods } from '../client/resources.ts';
import type { ApiClient } from '../client/types.ts';
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

/** Writes conditions of this very Pod (and more of its status), and leaves those that others have written meanwhile (utilpod.PatchPodStatus). Throws ApiError or NetworkError. */
export function patchPodStatus(client: ApiClient, { metadata: { name, namespace, uid } }: Pod, status: Partial<Pod['status']>): void {
  client.patch(pods, name, namespace, { metadata: { uid }, status }, { subresource: 'status', type: 'strategic' });
}

/** Succeeded or Failed: it will not run again. */
export function isOver(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** Neither over nor on its way out: the Pods that count. */
export function isActive(pod: Pod): boolean {
  return !isOver(pod) && !pod.metadata.deletionTimestamp;
}

export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}

/** Since when the Pod is ready, in milliseconds; undefined when it is not. */
function readySinceMs(pod: Pod): number | undefined {
  const time = pod.status.conditions?.find((c) => c.type === 'Ready' && c.status === 'True')?.lastTransitionTime;
  return time ? Date.parse(String(time)) : undefined;
}

/** Ready for at least `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const sinceMs = readySinceMs(pod);
  return sinceMs !== undefined && sinceMs + minReadySeconds * 1000 <= nowMs;
}

/** Milliseconds until the next of these ready Pods has been so long enough to be available; undefined: none will by waiting. */
export function untilNextAvailableMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waits = pods.flatMap((pod) => readySinceMs(pod) ?? []).map((sinceMs) => sinceMs + minReadySeconds * 1000 - nowMs).filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : waits.reduce((a, b) => Math.min(a, b));
}

const PHASE_RANK: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

interface Ranking {
  /** How many ready Pods of the same owner share the Pod's node. */
  coLocated?: (pod: Pod) => number;
  /** With it ages are compared in powers of two, so that equally old Pods go in the order of their UIDs. */
  nowMs?: number;
}

/** Orders Pods so that those to delete first come first (controller_utils.go: ActivePodsWithRanks). */
export function deletionOrder(pods: readonly Pod[], { coLocated = () => 0, nowMs }: Ranking = {}): Pod[] {
  const compare = (a: Pod, b: Pod): number =>
    Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName))
    || (PHASE_RANK[a.status.phase ?? ''] ?? 0) - (PHASE_RANK[b.status.phase ?? ''] ?? 0)
    || Number(isReady(a)) - Number(isReady(b))
    || deletionCost(a) - deletionCost(b)
    || coLocated(b) - coLocated(a)
    || (isReady(a) && isReady(b) ? youngerFirst(a, b, readySinceMs, nowMs) : 0)
    || moreRestartsFirst(a, b)
    || youngerFirst(a, b, createdMs, nowMs);
  return [...pods].sort(compare);
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? '';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

function createdMs(pod: Pod): number | undefined {
  return pod.metadata.creationTimestamp ? Date.parse(pod.metadata.creationTimestamp) : undefined;
}

function youngerFirst(a: Pod, b: Pod, timeOf: (pod: Pod) => number | undefined, nowMs: number | undefined): number {
  const [x, y] = [timeOf(a), timeOf(b)];
  if (x === y) return 0;
  if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
  if (nowMs === undefined) return y - x;
  return ageRank(nowMs - x) - ageRank(nowMs - y) || (a.metadata.uid < b.metadata.uid ? -1 : 1);
}

/** The power of two of an age in nanoseconds. */
function ageRank(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function moreRestartsFirst(a: Pod, b: Pod): number {
  return mostRestarts(b.status.containerStatuses) - mostRestarts(a.status.containerStatuses) || mostSidecarRestarts(b) - mostSidecarRestarts(a);
}

function mostSidecarRestarts(pod: Pod): number {
  const sidecars = (pod.spec?.initContainers ?? []).filter((c) => c.restartPolicy === 'Always').map((c) => c.name);
  return mostRestarts(pod.status.initContainerStatuses?.filter((status) => sidecars.includes(status.name)));
}

function mostRestarts(statuses: readonly { restartCount: number }[] = []): number {
  return statuses.reduce((most, { restartCount }) => Math.max(most, restartCount), 0);
}
