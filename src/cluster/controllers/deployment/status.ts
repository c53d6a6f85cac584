/** A Deployment's status and conditions, computed from its ReplicaSets (deployment/sync.go, progress.go). Pure. */
import { timestamp } from '../../api/duration.ts';
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { available, fencePosts, size, sum, wantedReplicas } from './rolling.ts';

type Status = Deployment['status'];
export type Condition = NonNullable<Status['conditions']>[number];

const NO_DEADLINE = 2 ** 31 - 1; // math.MaxInt32 means none

/** The whole status that follows from the ReplicaSets; the Deployment's conditions are those before. */
export function statusOf(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined, nowMs: number): Status {
  const counts = countsOf(deployment, all, current);
  let conditions = withCondition(deployment.status.conditions ?? [], availableCondition(deployment, counts, nowMs));
  if (deadlineMs(deployment) === undefined) conditions = conditions.filter((c) => c.type !== 'Progressing');
  else conditions = withProgress(deployment, counts, conditions, current, nowMs);
  const failure = failureOf(all, current);
  conditions = failure ? withCondition(conditions, failure) : conditions.filter((c) => c.type !== 'ReplicaFailure');
  return { ...counts, conditions };
}

/** The counts alone. */
function countsOf(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet | undefined): Status {
  const availableReplicas = sum(all, available);
  const counts = {
    replicas: sum(all, (s) => s.status.replicas), updatedReplicas: current?.status.replicas ?? 0, readyReplicas: sum(all, (s) => s.status.readyReplicas ?? 0), availableReplicas,
    unavailableReplicas: Math.max(0, sum(all, size) - availableReplicas),
  };
  const shown = Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0));
  const { collisionCount } = deployment.status;
  return { observedGeneration: deployment.metadata.generation, ...shown, terminatingReplicas: sum(all, terminating), ...(collisionCount ? { collisionCount } : {}) } as Status; // terminatingReplicas is younger than the types
}

/** Pods on their way out, as ReplicaSets report them. */
export function terminating(set: ReplicaSet): number {
  return (set.status as { terminatingReplicas?: number }).terminatingReplicas ?? 0; // younger than the types
}

/** Whether the rollout is over. */
export function isComplete(deployment: Deployment, counts: Status): boolean {
  const wanted = wantedReplicas(deployment);
  return (counts.updatedReplicas ?? 0) === wanted && (counts.replicas ?? 0) === wanted && (counts.availableReplicas ?? 0) === wanted
    && (counts.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

/** Whether the new counts are nearer to the end than the old ones. */
export function isProgressing(old: Status, counts: Status): boolean {
  const outdated = (s: Status) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (counts.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) || outdated(counts) < outdated(old)
    || (counts.readyReplicas ?? 0) > (old.readyReplicas ?? 0) || (counts.availableReplicas ?? 0) > (old.availableReplicas ?? 0);
}

/** Whether the deadline has passed since the Progressing condition was last renewed. A finished rollout never times out. */
export function isTimedOut(deployment: Deployment, conditions: readonly Condition[], nowMs: number): boolean {
  const limitMs = deadlineMs(deployment);
  const progressing = conditions.find((c) => c.type === 'Progressing');
  if (limitMs === undefined || !progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return Date.parse(String(progressing.lastUpdateTime)) + limitMs < nowMs;
}

/** `progressDeadlineSeconds` in milliseconds; undefined when there is no deadline. */
export function deadlineMs(deployment: Deployment): number | undefined {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === NO_DEADLINE ? undefined : seconds * 1000;
}

function availableCondition(deployment: Deployment, counts: Status, nowMs: number): Condition {
  return (counts.availableReplicas ?? 0) >= wantedReplicas(deployment) - fencePosts(deployment).maxUnavailable
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
    : condition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs);
}

function withProgress(deployment: Deployment, counts: Status, conditions: Condition[], current: ReplicaSet | undefined, nowMs: number): Condition[] {
  const before = conditions.find((c) => c.type === 'Progressing');
  const name = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  // One active ReplicaSet that was reported complete: no rollout, nothing to estimate.
  if ((counts.replicas ?? 0) === (counts.updatedReplicas ?? 0) && before?.reason === 'NewReplicaSetAvailable') return conditions;
  if (deployment.spec.paused) return conditions;
  if (isComplete(deployment, counts)) return withCondition(conditions, condition('Progressing', 'True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`, nowMs));
  if (isProgressing(deployment.status, counts)) {
    // Renewed even with the same reason: the deadline runs from the last progress.
    const renewed = condition('Progressing', 'True', 'ReplicaSetUpdated', `${name} is progressing.`, nowMs);
    const kept = before?.status === 'True' ? { ...renewed, lastTransitionTime: before.lastTransitionTime } : renewed;
    return [...conditions.filter((c) => c.type !== 'Progressing'), kept];
  }
  if (isTimedOut(deployment, conditions, nowMs)) return withCondition(conditions, condition('Progressing', 'False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`, nowMs));
  return conditions;
}

/** Why Pods cannot be made: the new ReplicaSet's reason, else an old one's. */
function failureOf(all: readonly ReplicaSet[], current: ReplicaSet | undefined): Condition | undefined {
  const failing = (set: ReplicaSet) => set.status.conditions?.find((c) => c.type === 'ReplicaFailure');
  const found = (current && failing(current)) ?? all.map(failing).find((c) => c !== undefined);
  return found && { type: 'ReplicaFailure', status: found.status, lastUpdateTime: found.lastTransitionTime, lastTransitionTime: found.lastTransitionTime, reason: found.reason, message: found.message };
}

export function conditionOf(deployment: Deployment, type: string): Condition | undefined {
  return deployment.status.conditions?.find((c) => c.type === type);
}

/** Conditions with one set or replaced; nothing changes with the same status and reason, and the transition time only with the status. */
export function withCondition(conditions: readonly Condition[], next: Condition): Condition[] {
  const old = conditions.find((c) => c.type === next.type);
  if (old?.status === next.status && old.reason === next.reason) return [...conditions];
  const kept = old?.status === next.status ? { ...next, lastTransitionTime: old.lastTransitionTime } : next;
  return [...conditions.filter((c) => c.type !== next.type), kept];
}

export function condition(type: string, status: string, reason: string, message: string, nowMs: number): Condition {
  const now = timestamp(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}
