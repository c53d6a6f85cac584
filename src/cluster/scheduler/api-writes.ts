/** What the scheduler writes on Pods besides bindings. */
import type { Pod, PodCondition } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { succeeds } from '../client/api-failure.ts';
import { pods } from '../client/resources.ts';
import { type ApiClient } from '../client/types.ts';

export interface Unscheduled {
  /** `Unschedulable` or `SchedulerError`; without it the condition stays. */
  reason?: string;
  message?: string;
  /** Empty: none any more; undefined: as it is. */
  nominatedNodeName?: string;
}

/** Sets the PodScheduled condition and the nomination, if they are not so already. */
export function setUnscheduled(client: ApiClient, pod: Pod, { reason, message, nominatedNodeName }: Unscheduled, nowMs: number): void {
  const before = pod.status.conditions?.find(({ type }) => type === 'PodScheduled');
  const condition = reason !== undefined && (before?.status !== 'False' || before.reason !== reason || before.message !== message)
    ? conditionOf(pod, { type: 'PodScheduled', status: 'False', reason, message }, nowMs) : undefined;
  const isNominationNew = nominatedNodeName !== undefined && nominatedNodeName !== (pod.status.nominatedNodeName ?? '');
  if (!condition && !isNominationNew) return;
  patchStatus(client, pod, { ...(condition ? { conditions: [condition] } : {}), ...(isNominationNew ? { nominatedNodeName: nominatedNodeName || null } : {}) });
}

/** Deletes a victim of preemption with its full grace period, saying why; false if it could not. */
export function evict(client: ApiClient, victim: Pod, preemptor: Pod, nowMs: number): boolean {
  const message = `${preemptor.spec.schedulerName}: preempting to accommodate a higher priority pod`;
  const { name, namespace } = victim.metadata;
  patchStatus(client, victim, { conditions: [conditionOf(victim, { type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler', message }, nowMs)] });
  return succeeds(() => client.delete(pods, name, namespace));
}

function conditionOf(pod: Pod, condition: PodCondition, nowMs: number): object {
  const before = pod.status.conditions?.find(({ type }) => type === condition.type);
  const since = before?.status === condition.status ? before.lastTransitionTime : rfc3339(nowMs);
  return { ...condition, observedGeneration: pod.metadata.generation, lastProbeTime: null, lastTransitionTime: since };
}

function patchStatus(client: ApiClient, pod: Pod, status: object): void {
  const { name, namespace } = pod.metadata;
  succeeds(() => client.patch(pods, name, namespace, { status }, { subresource: 'status', type: 'strategic' }));
}
