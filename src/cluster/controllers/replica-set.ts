/** ReplicaSets and ReplicationControllers: as many Pods as wanted; more in growing batches, fewer in order of least loss. */
import { timestamp } from '../api/duration.ts';
import { matches, selectorOf } from '../api/labels.ts';
import type { LabelSelector, Pod, ReplicaSet, ReplicationController } from '../api/types.ts';
import { pods, replicaSets, replicationControllers } from '../client/resources.ts';
import { ApiError, type ResourceRef } from '../client/types.ts';
import { claim, indexByController, ownedBy } from './claim.ts';
import { type Controller, controllerOf, keyOf, unlessGone } from './controller.ts';
import { Expectations } from './expectations.ts';
import { deletionOrder, isActive, isAvailable, isOver, isReady, podFromTemplate, untilNextAvailableMs } from './pods.ts';
import { slowStart } from './slow-start.ts';
import { canonical } from './template-hash.ts';

const BURST_REPLICAS = 500; // replica_set.go: BurstReplicas
const PODS_A_MS = 50; // so many Pods are looked at in a millisecond

type Replicator = ReplicaSet | ReplicationController;
type Failure = { reason: 'FailedCreate' | 'FailedDelete'; error: ApiError };

/** ReplicaSet: selects by expressions too. */
export const replicaSetController = replicator<ReplicaSet>({ kind: 'ReplicaSet', resource: replicaSets, component: 'replicaset-controller', selectorOf: (set) => set.spec.selector });

/** ReplicationController: its elder, which selects by equality. */
export const replicationController = replicator<ReplicationController>({
  kind: 'ReplicationController', resource: replicationControllers, component: 'replication-controller', selectorOf: (set) => ({ matchLabels: set.spec.selector }),
});

interface ReplicatorOptions<T extends Replicator> { kind: string; resource: ResourceRef<T>; component: string; selectorOf: (set: T) => LabelSelector }

function replicator<T extends Replicator>(options: ReplicatorOptions<T>): Controller {
  return (context) => {
    const { client, world } = context;
    const { kind, resource } = options;
    const sets = context.informer(resource);
    const allPods = context.informer(pods);
    const recorder = context.recorder(options.component);
    const expectations = new Expectations(world);
    sets.indexBy('namespace', (set) => [set.metadata.namespace ?? '']);
    sets.indexBy('owner', (set) => (controllerOf(set) ? [controllerOf(set)!.uid] : []));
    indexByController(allPods);
    const queue = context.queue(kind.toLowerCase(), reconcile);

    sets.onChange((now, old) => {
      if (!now) expectations.forget(keyOf(old!));
      queue.add(keyOf((now ?? old)!));
    });
    allPods.onChange((now, old) => {
      expectations.observe(now, old);
      for (const pod of [now, old]) {
        const owner = pod && controllerOf(pod);
        if (owner?.kind === kind) queue.add(`${pod!.metadata.namespace}/${owner.name}`);
      }
      if (now && !now.metadata.deletionTimestamp && !controllerOf(now)) offerOrphan(now);
    });

    function offerOrphan(pod: Pod): void {
      for (const set of sets.byIndex('namespace', pod.metadata.namespace ?? '')) if (selects(set)(pod)) queue.add(keyOf(set));
    }

    function selects(set: T): (pod: Pod) => boolean {
      const selector = selectorOf(options.selectorOf(set)) ?? [];
      return (pod) => selector.length > 0 && matches(selector, pod.metadata.labels);
    }

    function reconcile(key: string): number {
      const set = sets.get(key);
      if (!set) return 0;
      const isFree = expectations.areMet(key);
      const own = claim({ client, resource: pods, informer: allPods, owner: set, matches: selects(set) });
      const active = own.filter(isActive);
      const failure = isFree && !set.metadata.deletionTimestamp ? adjust(set, active) : undefined;
      updateStatus(set, active, own, failure);
      if (failure) throw failure.error;
      return Math.floor(own.length / PODS_A_MS);
    }

    function adjust(set: T, active: readonly Pod[]): Failure | undefined {
      const difference = (set.spec.replicas ?? 1) - active.length;
      if (difference > 0) return slowStart(Math.min(difference, BURST_REPLICAS), () => createOne(set));
      return difference < 0 ? remove(set, active, Math.min(-difference, BURST_REPLICAS)) : undefined;
    }

    function createOne(set: T): Failure | undefined {
      try {
        const pod = client.create(pods, podFromTemplate(set.spec.template!, set, { generateName: `${set.metadata.name}-` }));
        expectations.created(keyOf(set), pod);
        recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
        return undefined;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (!isTerminatingNamespace(error)) recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
        return { reason: 'FailedCreate', error };
      }
    }

    function remove(set: T, active: readonly Pod[], count: number): Failure | undefined {
      const onNode = new Map<string, number>();
      for (const pod of related(set)) if (pod.spec.nodeName && isReady(pod)) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
      const order = deletionOrder(active, { coLocated: (pod) => onNode.get(pod.spec.nodeName ?? '') ?? 0, nowMs: world.clock.now() });
      for (const pod of order.slice(0, count)) {
        try {
          unlessGone(() => client.delete(pods, pod.metadata.name, pod.metadata.namespace));
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          recorder.event(set, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`);
          return { reason: 'FailedDelete', error };
        }
        expectations.deleted(keyOf(set), pod);
        recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
      }
      return undefined;
    }

    /** Active Pods of all sets of the same owner: a new revision avoids the nodes that the old one leaves. */
    function related(set: T): readonly Pod[] {
      const owner = controllerOf(set);
      const siblings = owner ? sets.byIndex('owner', owner.uid) : [set];
      return siblings.flatMap((sibling) => ownedBy(allPods, sibling)).filter(isActive);
    }

    function updateStatus(set: T, active: readonly Pod[], own: readonly Pod[], failure: Failure | undefined): void {
      const minReadySeconds = set.spec.minReadySeconds ?? 0;
      const nowMs = world.clock.now();
      const ready = active.filter(isReady);
      const available = ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs));
      const templateLabels = Object.entries(set.spec.template?.metadata?.labels ?? {});
      const labelled = active.filter((pod) => templateLabels.every(([k, v]) => pod.metadata.labels?.[k] === v));
      const status = {
        replicas: active.length, ...shown('fullyLabeledReplicas', labelled.length), ...shown('readyReplicas', ready.length), ...shown('availableReplicas', available.length),
        ...(kind === 'ReplicaSet' ? { terminatingReplicas: own.filter((pod) => pod.metadata.deletionTimestamp && !isOver(pod)).length } : {}),
        observedGeneration: set.metadata.generation, ...conditionsOf(set, failure),
      };
      if (canonical(status) !== canonical(set.status)) client.updateStatus(resource, { ...set, status });
      const waitMs = untilNextAvailableMs(ready, minReadySeconds, nowMs);
      if (waitMs !== undefined) queue.addAfter(keyOf(set), waitMs);
    }

    function conditionsOf(set: T, failure: Failure | undefined): object {
      const others = (set.status.conditions ?? []).filter((c) => c.type !== 'ReplicaFailure');
      const before = set.status.conditions?.find((c) => c.type === 'ReplicaFailure');
      const now = failure && (before ?? { type: 'ReplicaFailure', status: 'True', reason: failure.reason, message: failure.error.message, lastTransitionTime: timestamp(world.clock.now()) });
      const conditions = now ? [...others, now] : others;
      return conditions.length > 0 ? { conditions } : {};
    }

    return { stop: () => queue.stop() };
  };
}

function shown(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}

/** Refusals because the namespace is on its way out are not worth an event, which would be refused too. */
function isTerminatingNamespace(error: ApiError): boolean {
  return error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}
