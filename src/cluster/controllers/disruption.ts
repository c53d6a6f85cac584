/** The disruption controller: how many Pods of a budget may be evicted now (pkg/controller/disruption). */
import { timestamp } from '../api/duration.ts';
import { goSelector } from '../api/go-selector.ts';
import { scaledValue } from '../api/int-or-string.ts';
import { matchesLabelSelector } from '../api/labels.ts';
import type { KubeObject, Pod, PodDisruptionBudget } from '../api/types.ts';
import { deployments, podDisruptionBudgets, pods, replicaSets, replicationControllers, statefulSets } from '../client/resources.ts';
import type { ResourceRef } from '../client/types.ts';
import { type Controller, controllerOf, keyOf } from './controller.ts';
import { isOver, isReady } from './pods.ts';
import { canonical } from './template-hash.ts';

const DELETION_TIMEOUT_MS = 120_000; // an eviction that has led to nothing by then is forgotten

type Status = PodDisruptionBudget['status'];

/** How many Pods there should be, or why that cannot be said. */
type Expected = { count: number; unmanaged: number } | { error: string };

export const disruptionController: Controller = (context) => {
  const { client, world } = context;
  const budgets = context.informer(podDisruptionBudgets);
  const allPods = context.informer(pods);
  const recorder = context.recorder('controllermanager');
  budgets.indexBy('namespace', (budget) => [budget.metadata.namespace ?? '']);
  allPods.indexBy('namespace', (pod) => [pod.metadata.namespace ?? '']);
  const scalables: Readonly<Record<string, { resource: ResourceRef<KubeObject & { spec: { replicas?: number } }> }>> = {
    ReplicaSet: { resource: replicaSets }, ReplicationController: { resource: replicationControllers }, StatefulSet: { resource: statefulSets }, Deployment: { resource: deployments },
  };
  const queue = context.queue('disruption', reconcile);

  budgets.onChange((now) => { if (now) queue.add(keyOf(now)); });
  allPods.onChange((now, old) => {
    for (const pod of [now, old]) if (pod) for (const budget of budgets.byIndex('namespace', pod.metadata.namespace ?? '')) if (matchesLabelSelector(budget.spec.selector, pod.metadata.labels)) queue.add(keyOf(budget));
  });

  function reconcile(key: string): void {
    const budget = budgets.get(key);
    if (!budget) return;
    const matching = allPods.byIndex('namespace', budget.metadata.namespace ?? '').filter((pod) => matchesLabelSelector(budget.spec.selector, pod.metadata.labels));
    if (matching.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const expected = expectedCount(budget, matching);
    if ('error' in expected) {
      recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', `Failed to calculate the number of expected pods: ${expected.error}`);
      return write(budget, { ...budget.status, disruptionsAllowed: 0, observedGeneration: budget.metadata.generation, conditions: [condition(budget, 'False', 'SyncFailed', expected.error)] });
    }
    if (expected.unmanaged > 0) recorder.event(budget, 'Warning', 'UnmanagedPods', `Pods selected by this PodDisruptionBudget (selector: ${goSelector(budget.spec.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`);
    write(budget, statusOf(budget, matching, expected.count));
  }

  function statusOf(budget: PodDisruptionBudget, matching: readonly Pod[], count: number): Status {
    const disrupted = stillDisrupted(budget, matching);
    const currentHealthy = matching.filter((pod) => !pod.metadata.deletionTimestamp && disrupted[pod.metadata.name] === undefined && isReady(pod)).length;
    const desiredHealthy = desired(budget, count);
    const allowed = Math.max(0, currentHealthy - desiredHealthy);
    const disruptionsAllowed = count <= 0 ? 0 : allowed;
    const isAllowed = disruptionsAllowed > 0;
    return {
      currentHealthy, desiredHealthy, disruptionsAllowed, expectedPods: count, observedGeneration: budget.metadata.generation,
      ...(Object.keys(disrupted).length > 0 ? { disruptedPods: disrupted } : {}),
      conditions: [condition(budget, isAllowed ? 'True' : 'False', isAllowed ? 'SufficientPods' : 'InsufficientPods', '')],
    };
  }

  function condition(budget: PodDisruptionBudget, status: string, reason: string, message: string): NonNullable<Status['conditions']>[number] {
    const before = budget.status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : timestamp(world.clock.now());
    return { type: 'DisruptionAllowed', status, reason, message, lastTransitionTime, observedGeneration: budget.metadata.generation };
  }

  /** Evictions that the API server has let through and whose Pods are still there. */
  function stillDisrupted(budget: PodDisruptionBudget, matching: readonly Pod[]): Record<string, string> {
    const nowMs = world.clock.now();
    const entries = Object.entries(budget.status.disruptedPods ?? {}).filter(([name, time]) => {
      const pod = matching.find(({ metadata }) => metadata.name === name);
      if (!pod || pod.metadata.deletionTimestamp) return false;
      const leftMs = Date.parse(String(time)) + DELETION_TIMEOUT_MS - nowMs;
      if (leftMs > 0) queue.addAfter(keyOf(budget), leftMs);
      return leftMs > 0;
    });
    return Object.fromEntries(entries.map(([name, time]) => [name, String(time)]));
  }

  /** Shares are of what the Pods' controllers want; a plain number of available Pods is of those that are there. */
  function expectedCount({ spec }: PodDisruptionBudget, matching: readonly Pod[]): Expected {
    if (spec.maxUnavailable === undefined && typeof spec.minAvailable !== 'string') return { count: matching.filter((pod) => !isOver(pod)).length, unmanaged: 0 };
    const owners = new Map<string, number>();
    let unmanaged = 0;
    for (const pod of matching) {
      const owner = controllerOf(pod);
      if (!owner) {
        unmanaged++;
        continue;
      }
      const scale = scaleBehind(owner.kind, owner.name, pod.metadata.namespace);
      if (!scale) return { error: `found no controllers for pod ${JSON.stringify(pod.metadata.name)}` };
      owners.set(scale.uid, scale.replicas);
    }
    return { count: [...owners.values()].reduce((a, b) => a + b, 0), unmanaged };
  }

  function scaleBehind(kind: string, name: string, namespace: string | undefined): { uid: string; replicas: number } | undefined {
    const resource = scalables[kind]?.resource;
    const object = resource && client.get(resource, name, namespace);
    if (!object) return undefined;
    const above = controllerOf(object);
    if (above?.kind === 'Deployment') return scaleBehind('Deployment', above.name, namespace);
    return { uid: object.metadata.uid, replicas: object.spec.replicas ?? 1 };
  }

  function write(budget: PodDisruptionBudget, status: Status): void {
    if (canonical(status) !== canonical(budget.status)) client.updateStatus(podDisruptionBudgets, { ...budget, status });
  }

  return { stop: () => queue.stop() };
};

function desired({ spec: { minAvailable, maxUnavailable } }: PodDisruptionBudget, count: number): number {
  if (maxUnavailable !== undefined) return Math.max(0, count - scaledValue(maxUnavailable, count, 'up'));
  return minAvailable === undefined ? 0 : scaledValue(minAvailable, count, 'up');
}
