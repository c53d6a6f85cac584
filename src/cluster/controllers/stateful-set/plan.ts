/** The one next step of a StatefulSet, or several when its Pods need not wait for each other. Pure (stateful_set_control.go: updateStatefulSet). */
import { scaledValue } from '../../api/int-or-string.ts';
import type { Pod, StatefulSet } from '../../api/types.ts';
import { isAvailable, isOver, isReady } from '../pods.ts';
import { ordinalOf, ordinalsOf, REVISION_LABEL } from './identity.ts';

export type Step =
  | { do: 'create'; ordinal: number; revision: 'current' | 'update' }
  | { do: 'delete'; pod: Pod; because?: 'failed' | 'succeeded' };

export interface View {
  set: StatefulSet;
  pods: readonly Pod[];
  /** Names of the ControllerRevisions. */
  currentRevision: string;
  updateRevision: string;
  nowMs: number;
  /** Whether several Pods may be updated at a time (the gate MaxUnavailableStatefulSet). */
  updatesMany?: boolean;
}

/** What to do now. One step and then waiting with OrderedReady; with Parallel all creations and deletions at once. */
export function nextSteps(view: View): Step[] {
  const { set } = view;
  if (set.metadata.deletionTimestamp) return [];
  const { replicas, condemned } = partsOf(view);
  const ordered = set.spec.podManagementPolicy !== 'Parallel';
  const filling = fill(view, replicas, ordered);
  if (filling.blocks) return filling.steps;
  const shrinking = shrink(view, replicas, condemned, ordered);
  if (shrinking.blocks || filling.steps.length > 0) return [...filling.steps, ...shrinking.steps];
  return [...shrinking.steps, ...(view.updatesMany && set.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined ? rollMany(view, replicas) : roll(view, replicas))];
}

/** Pods by the ordinals that the set wants, and those beyond, the highest first. */
function partsOf({ set, pods }: View): { replicas: (Pod | undefined)[]; condemned: Pod[] } {
  const { start, end } = ordinalsOf(set);
  const replicas = Array.from<Pod | undefined>({ length: end - start });
  const condemned: Pod[] = [];
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod)!;
    if (ordinal >= start && ordinal < end) replicas[ordinal - start] = pod;
    else condemned.push(pod);
  }
  condemned.sort((a, b) => ordinalOf(set, b)! - ordinalOf(set, a)!);
  return { replicas, condemned };
}

interface Part { steps: Step[]; blocks: boolean }

/** Makes what is missing, in order; nothing moves past a Pod that is not healthy. */
function fill(view: View, replicas: readonly (Pod | undefined)[], ordered: boolean): Part {
  const { start } = ordinalsOf(view.set);
  const steps: Step[] = [];
  let blocks = false;
  for (const [i, pod] of replicas.entries()) {
    if (!pod) steps.push({ do: 'create', ordinal: start + i, revision: revisionFor(view, start + i) });
    else if (isOver(pod) && !pod.metadata.deletionTimestamp) steps.push({ do: 'delete', pod, because: pod.status.phase === 'Failed' ? 'failed' : 'succeeded' });
    blocks ||= pod !== undefined && isOver(pod);
    if (ordered && (!pod || !isHealthy(pod) || !isAvailable(pod, view.set.spec.minReadySeconds ?? 0, view.nowMs))) return { steps, blocks: true };
  }
  return { steps, blocks };
}

/** Recreated Pods below the partition stay at the old revision. */
function revisionFor({ set, currentRevision, updateRevision }: View, ordinal: number): 'current' | 'update' {
  if (currentRevision === updateRevision || set.spec.updateStrategy?.type !== 'RollingUpdate') return 'update';
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0;
  return ordinal < ordinalsOf(set).start + partition ? 'current' : 'update';
}

/** Removes what is too much, the highest ordinal first, one at a time and only when everything below is healthy. */
function shrink(view: View, replicas: readonly (Pod | undefined)[], condemned: readonly Pod[], ordered: boolean): Part {
  const firstUnhealthy = [...replicas, ...[...condemned].reverse()].find((pod) => pod && !isHealthy(pod));
  const steps: Step[] = [];
  for (const pod of condemned) {
    if (pod.metadata.deletionTimestamp) {
      if (ordered) return { steps, blocks: true };
      continue;
    }
    const isUp = isHealthy(pod) && isAvailable(pod, view.set.spec.minReadySeconds ?? 0, view.nowMs);
    if (ordered && !isUp && pod !== firstUnhealthy) return { steps, blocks: true };
    steps.push({ do: 'delete', pod });
    if (ordered) return { steps, blocks: true };
  }
  return { steps, blocks: false };
}

/** Deletes the highest Pod of an old revision, once all above it are healthy. */
function roll({ set, updateRevision, nowMs }: View, replicas: readonly (Pod | undefined)[]): Step[] {
  if (set.spec.updateStrategy?.type !== 'RollingUpdate') return [];
  const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0;
  for (let i = replicas.length - 1; i >= partition; i--) {
    const pod = replicas[i];
    if (!pod) return [];
    if (pod.metadata.labels?.[REVISION_LABEL] !== updateRevision && !pod.metadata.deletionTimestamp) return [{ do: 'delete', pod }];
    if (!isHealthy(pod) || !isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)) return [];
  }
  return [];
}

/** Deletes the highest Pods of an old revision, as many as may be unavailable at once. */
function rollMany({ set, updateRevision, nowMs }: View, replicas: readonly (Pod | undefined)[]): Step[] {
  const { type, rollingUpdate: { partition = 0, maxUnavailable = 1 } = {} } = set.spec.updateStrategy ?? {};
  if (type !== 'RollingUpdate') return [];
  const isUp = (pod: Pod | undefined) => pod !== undefined && isHealthy(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
  const room = Math.max(1, scaledValue(maxUnavailable, replicas.length, 'down')) - replicas.filter((pod) => !isUp(pod)).length;
  const old = replicas.slice(partition).filter((pod): pod is Pod => pod !== undefined && pod.metadata.labels?.[REVISION_LABEL] !== updateRevision && !pod.metadata.deletionTimestamp);
  return old.reverse().slice(0, Math.max(0, room)).map((pod) => ({ do: 'delete', pod }));
}

/** Running, ready, and here to stay. */
function isHealthy(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isReady(pod) && !pod.metadata.deletionTimestamp;
}

/** The counts of the status, and which revision is the current one. */
export function statusOf({ set, pods, currentRevision, updateRevision, nowMs }: View): StatefulSet['status'] {
  const isUp = (pod: Pod) => pod.status.phase === 'Running' && isReady(pod);
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const at = (revision: string) => staying.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision).length;
  const counts = {
    readyReplicas: pods.filter(isUp).length, currentReplicas: at(currentRevision), updatedReplicas: at(updateRevision),
  };
  const availableReplicas = pods.filter((pod) => isUp(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length;
  // Once every Pod has the new revision and is ready, it becomes the current one.
  const isDone = set.spec.updateStrategy?.type === 'RollingUpdate' && counts.updatedReplicas === pods.length && counts.readyReplicas === pods.length;
  const current = isDone ? { currentRevision: updateRevision, currentReplicas: counts.updatedReplicas } : { currentRevision, currentReplicas: counts.currentReplicas };
  const shown = Object.fromEntries(Object.entries({ ...counts, currentReplicas: current.currentReplicas }).filter(([, value]) => value > 0));
  const { collisionCount = 0 } = set.status;
  return { observedGeneration: set.metadata.generation, replicas: pods.length, ...shown, availableReplicas, currentRevision: current.currentRevision, updateRevision, collisionCount };
}
