/** ReplicaSet: as many Pods as wanted; adopts orphans that match, lets go of those that no longer do. */
import { matchesLabelSelector } from '../api/labels.ts';
import type { Pod, ReplicaSet } from '../api/types.ts';
import { pods, replicaSets } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import { type Controller, controllerOf, controllerReference, keyOf } from './controller.ts';
import { deletionOrder, isActive, isAvailable, isReady, podFromTemplate, readySinceMs } from './pods.ts';

const BURST_REPLICAS = 500; // replica_set.go: BurstReplicas
const SLOW_START_BATCH = 1; // controller_utils.go: SlowStartInitialBatchSize

export const replicaSetController: Controller = (context) => {
  const { client, world } = context;
  const sets = context.informer(replicaSets);
  const allPods = context.informer(pods);
  const recorder = context.recorder('replicaset-controller');
  allPods.indexBy('namespace', (pod) => [pod.metadata.namespace ?? '']);
  allPods.indexBy('controller', (pod) => [controllerOf(pod)?.uid ?? `orphan/${pod.metadata.namespace}`]);
  const queue = context.queue('replicaset', reconcile);

  sets.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  allPods.onChange((now, old) => {
    for (const pod of [now, old]) enqueueOwner(pod);
    if (now && !controllerOf(now)) for (const set of sets.list()) if (set.metadata.namespace === now.metadata.namespace && matchesLabelSelector(set.spec.selector, now.metadata.labels)) queue.add(keyOf(set));
  });

  function enqueueOwner(pod: Pod | undefined): void {
    const owner = pod && controllerOf(pod);
    if (owner?.kind === 'ReplicaSet') queue.add(`${pod!.metadata.namespace}/${owner.name}`);
  }

  function reconcile(key: string): void {
    const set = sets.get(key);
    if (!set) return;
    const own = claim(set);
    const active = own.filter(isActive);
    const failure = set.metadata.deletionTimestamp ? undefined : adjust(set, active);
    updateStatus(set, active, own, failure);
    if (failure) throw failure;
  }

  /** The Pods that are the set's own, after adopting and releasing. */
  function claim(set: ReplicaSet): Pod[] {
    const matches = (pod: Pod) => matchesLabelSelector(set.spec.selector, pod.metadata.labels);
    const owned = allPods.byIndex('controller', set.metadata.uid);
    const mine = owned.filter((pod) => matches(pod) || !release(pod, set));
    if (set.metadata.deletionTimestamp) return mine;
    const orphans = allPods.byIndex('controller', `orphan/${set.metadata.namespace}`).filter((pod) => matches(pod) && isActive(pod));
    return [...mine, ...orphans.filter((pod) => adopt(pod, set))];
  }

  function adopt(pod: Pod, set: ReplicaSet): boolean {
    client.patch(pods, pod.metadata.name, pod.metadata.namespace, { metadata: { uid: pod.metadata.uid, ownerReferences: [...(pod.metadata.ownerReferences ?? []), controllerReference(set)] } });
    return true;
  }

  function release(pod: Pod, set: ReplicaSet): boolean {
    const ownerReferences = (pod.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== set.metadata.uid);
    client.patch(pods, pod.metadata.name, pod.metadata.namespace, { metadata: { uid: pod.metadata.uid, ownerReferences: ownerReferences.length ? ownerReferences : null } });
    return true;
  }

  function adjust(set: ReplicaSet, active: readonly Pod[]): ApiError | undefined {
    const difference = (set.spec.replicas ?? 1) - active.length;
    if (difference > 0) return create(set, Math.min(difference, BURST_REPLICAS));
    if (difference < 0) remove(set, active, Math.min(-difference, BURST_REPLICAS));
    return undefined;
  }

  /** In batches of 1, 2, 4, 8 …; a batch with a failure is the last. */
  function create(set: ReplicaSet, count: number): ApiError | undefined {
    let batch = SLOW_START_BATCH;
    for (let left = count; left > 0;) {
      const size = Math.min(batch, left);
      let failure: ApiError | undefined;
      for (let i = 0; i < size; i++) failure = createOne(set) ?? failure;
      if (failure) return failure;
      left -= size;
      batch *= 2;
    }
    return undefined;
  }

  function createOne(set: ReplicaSet): ApiError | undefined {
    try {
      const pod = client.create(pods, podFromTemplate(set.spec.template!, set, { generateName: `${set.metadata.name}-` }));
      recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      return error;
    }
  }

  function remove(set: ReplicaSet, active: readonly Pod[], count: number): void {
    const onNode = new Map<string, number>();
    for (const pod of related(set)) if (isReady(pod) && pod.spec.nodeName) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
    const order = deletionOrder(active, (pod) => onNode.get(pod.spec.nodeName ?? '') ?? 0, world.clock.now());
    for (const pod of order.slice(0, count)) {
      client.delete(pods, pod.metadata.name, pod.metadata.namespace);
      recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  /** Pods of all ReplicaSets of the same owner: a new revision avoids the nodes of the old one's victims. */
  function related(set: ReplicaSet): readonly Pod[] {
    const owner = controllerOf(set);
    const siblings = owner ? sets.list().filter((other) => controllerOf(other)?.uid === owner.uid) : [set];
    return siblings.flatMap((sibling) => allPods.byIndex('controller', sibling.metadata.uid)).filter(isActive);
  }

  function updateStatus(set: ReplicaSet, active: readonly Pod[], own: readonly Pod[], failure: ApiError | undefined): void {
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const nowMs = world.clock.now();
    const ready = active.filter(isReady);
    const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs));
    const templateLabels = Object.entries(set.spec.template?.metadata?.labels ?? {});
    const labelled = active.filter((pod) => templateLabels.every(([k, v]) => pod.metadata.labels?.[k] === v));
    const terminating = own.filter((pod) => pod.metadata.deletionTimestamp && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed').length;
    const status = {
      replicas: active.length, ...count('fullyLabeledReplicas', labelled.length), ...count('readyReplicas', ready.length), ...count('availableReplicas', available.length),
      observedGeneration: set.metadata.generation, terminatingReplicas: terminating,
      ...(failure ? { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure.message, lastTransitionTime: conditionTime(set) }] } : {}),
    };
    if (JSON.stringify(status) !== JSON.stringify(set.status)) client.updateStatus(replicaSets, { ...set, status: status as ReplicaSet['status'] });
    if (available.length < ready.length) queue.addAfter(keyOf(set), untilAvailable(ready, minReadySeconds, nowMs));
  }

  function conditionTime(set: ReplicaSet): string {
    const before = set.status.conditions?.find((c) => c.type === 'ReplicaFailure');
    return String(before?.lastTransitionTime ?? new Date(world.clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'));
  }

  return { stop: () => queue.stop() };
};

function count(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}

function untilAvailable(ready: readonly Pod[], minReadySeconds: number, nowMs: number): number {
  const waits = ready.map((pod) => (readySinceMs(pod) ?? nowMs) + minReadySeconds * 1000 - nowMs).filter((ms) => ms > 0);
  return Math.max(1, Math.min(...waits));
}
