/** The eviction API: a delete that asks the PodDisruptionBudgets first (pkg/registry/core/pod/storage/eviction.go). */
import type { World } from '../../time/simulation.ts';
import type { Kind } from '../api/kind.ts';
import { matchesLabelSelector } from '../api/labels.ts';
import type { KubeObject, LabelSelector, Pod } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { failure } from './errors.ts';
import type { DeletionOptions, Registry, WriteContext } from './registry/registry.ts';
import type { ApiResponse } from './request.ts';
import type { Storage } from './storage.ts';

interface Budget extends KubeObject {
  spec: { selector?: LabelSelector; unhealthyPodEvictionPolicy?: string };
  status: { observedGeneration?: number; conditions?: { reason?: string; message?: string }[]; disruptionsAllowed?: number; desiredHealthy?: number; currentHealthy?: number; disruptedPods?: Record<string, string> };
}

interface EvictionCall { storage: Storage; registry: Registry; world: World; kind: Kind; pod: Pod; eviction: KubeObject; context: WriteContext }

/** Evicts a Pod, or throws 429 when its budget has no disruption left. */
export function evict({ storage, registry, world, kind, pod, eviction, context }: EvictionCall): ApiResponse {
  const options = (eviction as KubeObject & { deleteOptions?: DeletionOptions }).deleteOptions ?? {};
  if (mayBeDisrupted(pod)) {
    const [budget, other] = budgetsOf(storage, pod);
    if (other) throw failure(500, 'InternalError', 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.');
    if (budget) spend(storage, registry, budget, pod, world, context);
  }
  if (!context.dryRun) markDisrupted(registry, kind, pod, world, context);
  registry.delete(kind, pod.metadata.name, pod.metadata.namespace, options, context);
  return { code: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 } };
}

/** Pods that are pending, over or already leaving are nobody's availability. */
function mayBeDisrupted(pod: Pod): boolean {
  return pod.status.phase === 'Running' && !pod.metadata.deletionTimestamp;
}

function budgetsOf(storage: Storage, pod: Pod): Budget[] {
  const kind = storage.kindOf('policy', 'v1', 'poddisruptionbudgets');
  if (!kind) return [];
  return (storage.list(kind, pod.metadata.namespace) as Budget[]).filter((b) => matchesLabelSelector(b.spec.selector, pod.metadata.labels));
}

function spend(storage: Storage, registry: Registry, budget: Budget, pod: Pod, world: World, context: WriteContext): void {
  const { disruptionsAllowed = 0, desiredHealthy = 0, currentHealthy = 0 } = budget.status;
  const isReady = pod.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
  if (!isReady && (budget.spec.unhealthyPodEvictionPolicy === 'AlwaysAllow' || (currentHealthy >= desiredHealthy && desiredHealthy > 0))) return;
  const { name, generation = 0 } = budget.metadata;
  const failed = budget.status.conditions?.find(({ reason }) => reason === 'SyncFailed');
  const isUnseen = (budget.status.observedGeneration ?? 0) < generation;
  if (isUnseen || disruptionsAllowed <= 0) {
    const why = isUnseen ? 'is still being processed by the server.' : failed ? `does not allow evicting pods currently because it failed sync: ${failed.message}` : `needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    throw failure(429, 'TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget.", { causes: [{ reason: 'DisruptionBudget', message: `The disruption budget ${name} ${why}` }], ...(isUnseen ? { retryAfterSeconds: 10 } : {}) });
  }
  const kind = storage.kindOf('policy', 'v1', 'poddisruptionbudgets')!;
  registry.update(kind, budget.metadata.name, budget.metadata.namespace, 'status', (current) => ({
    ...current,
    metadata: { ...current.metadata, resourceVersion: '' },
    status: { ...budget.status, disruptionsAllowed: disruptionsAllowed - 1, disruptedPods: { ...budget.status.disruptedPods, [pod.metadata.name]: rfc3339(world.clock.now()) } },
  }), context);
}

function markDisrupted(registry: Registry, kind: Kind, pod: Pod, world: World, context: WriteContext): void {
  registry.update(kind, pod.metadata.name, pod.metadata.namespace, 'status', (current) => {
    const { conditions = [], ...status } = (current as Pod).status;
    const others = conditions.filter((c) => c.type !== 'DisruptionTarget');
    const condition = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: rfc3339(world.clock.now()), reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting' };
    return { ...current, metadata: { ...current.metadata, resourceVersion: '' }, status: { ...status, conditions: [...others, condition] } };
  }, context);
}
