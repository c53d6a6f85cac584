/** A Deployment's status and conditions, computed from its ReplicaSets (deployment/sync.go, progress.go). Pure. */
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { rfc3339 } from '../../client/recorder.ts';
import { available, fencePosts, size, sum } from './rolling.ts';

type Status = Deployment['status'];
export type Condition = NonNullable<Status['conditions']>[number];

/** The counts alone. */
export function countsOf(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined): Status {
  const replicas = sum(all, (s) => s.status.replicas ?? 0);
  const availableReplicas = sum(all, available);
  const counts = {
    replicas, updatedReplicas: current?.status.replicas ?? 0, readyReplicas: sum(all, (s) => s.status.readyReplicas ?? 0), availableReplicas,
    unavailableReplicas: Math.max(0, sum(all, size) - availableReplicas),
    terminatingReplicas: sum(all, (s) => (s.status as { terminatingReplicas?: number }).terminatingReplicas ?? 0),
  };
  const shown = Object.fromEntries(Object.entries(counts).filter(([name, value]) => value > 0 || name === 'terminatingReplicas'));
  return { observedGeneration: deployment.metadata.generation, ...shown, ...(deployment.status.collisionCount ? { collisionCount: deployment.status.collisionCount } : {}) };
}

/** Whether the rollout is over. */
export function isComplete(deployment: Deployment, counts: Status): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  return (counts.updatedReplicas ?? 0) === wanted && (counts.replicas ?? 0) === wanted && (counts.availableReplicas ?? 0) === wanted;
}

/** The Available condition. */
export function availableCondition(deployment: Deployment, counts: Status, nowMs: number): Condition {
  const enough = (counts.availableReplicas ?? 0) >= (deployment.spec.replicas ?? 1) - fencePosts(deployment).maxUnavailable;
  return condition('Available', enough ? 'True' : 'False', enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.', nowMs);
}

/** The Progressing condition as it follows from the new counts; undefined leaves the old one. */
export function progressCondition(deployment: Deployment, counts: Status, current: ReplicaSet | undefined, nowMs: number): Condition | undefined {
  const before = conditionOf(deployment, 'Progressing');
  const name = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isSettled(deployment, before)) return undefined;
  if (isComplete(deployment, counts)) return condition('Progressing', 'True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`, nowMs);
  if (isProgressing(deployment.status, counts)) return condition('Progressing', 'True', 'ReplicaSetUpdated', `${name} is progressing.`, nowMs);
  if (isTimedOut(deployment, before, nowMs)) return condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`, nowMs);
  return undefined;
}

/** A rollout that was complete and still is asks no more. */
function isSettled(deployment: Deployment, before: Condition | undefined): boolean {
  return (deployment.status.replicas ?? 0) === (deployment.status.updatedReplicas ?? 0) && before?.reason === 'NewReplicaSetAvailable';
}

function isProgressing(old: Status, counts: Status): boolean {
  const outdated = (s: Status) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (counts.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) || outdated(counts) < outdated(old)
    || (counts.readyReplicas ?? 0) > (old.readyReplicas ?? 0) || (counts.availableReplicas ?? 0) > (old.availableReplicas ?? 0);
}

function isTimedOut(deployment: Deployment, before: Condition | undefined, nowMs: number): boolean {
  if (!before || deployment.spec.paused) return before?.reason === 'ProgressDeadlineExceeded';
  if (before.reason === 'NewReplicaSetAvailable') return false;
  if (before.reason === 'ProgressDeadlineExceeded') return true;
  return Date.parse(String(before.lastUpdateTime)) + deadlineMs(deployment) <= nowMs;
}

export function deadlineMs(deployment: Deployment): number {
  return (deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
}

export function conditionOf(deployment: Deployment, type: string): Condition | undefined {
  return deployment.status.conditions?.find((c) => c.type === type);
}

/** Conditions with one set or replaced; its transition time moves only with its status, its update time with anything. */
export function withCondition(conditions: readonly Condition[], next: Condition): Condition[] {
  const old = conditions.find((c) => c.type === next.type);
  if (old?.status === next.status && old.reason === next.reason && old.message === next.message) return [...conditions];
  const kept = old?.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next;
  return [...conditions.filter((c) => c.type !== next.type), kept];
}

export function condition(type: string, status: string, reason: string, message: string, nowMs: number): Condition {
  const now = rfc3339(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}
