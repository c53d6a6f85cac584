/** Namespace deletion: empty it, Pods first, and let it go when nothing is left; say what holds it (namespaced_resources_deleter.go). */
import { timestamp } from '../api/duration.ts';
import type { KubeObject, Namespace, Pod } from '../api/types.ts';
import { namespaces, pods } from '../client/resources.ts';
import { ApiError, type ResourceRef } from '../client/types.ts';
import { type Controller, unlessGone } from './controller.ts';
import type { Discovery } from './discovery.ts';
import { isOver } from './pods.ts';
import { canonical } from './template-hash.ts';

const DELETION_GRACE_MS = 5_000; // namespace_controller.go: namespaceDeletionGracePeriod, so that every API server knows
const FINALIZER_ESTIMATE_SECONDS = 15; // finalizerEstimateSeconds, for content with finalizers

type Condition = NonNullable<Namespace['status']['conditions']>[number];
interface Remaining { resource: ResourceRef<KubeObject>; objects: readonly KubeObject[] }
interface Outcome { remaining: readonly Remaining[]; failures: readonly string[]; discovery: Discovery }

export const namespaceController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(namespaces);
  const queue = context.queue('namespace', reconcile);
  all.onChange((now) => { if (now?.metadata.deletionTimestamp) queue.addAfter(now.metadata.name, DELETION_GRACE_MS); });

  function reconcile(name: string): void {
    const namespace = client.get(namespaces, name);
    if (!namespace?.metadata.deletionTimestamp) return;
    const outcome = empty(name);
    const isEmpty = outcome.remaining.length === 0 && outcome.failures.length === 0 && outcome.discovery.failures.length === 0;
    if (isEmpty && !(namespace.spec.finalizers ?? []).includes('kubernetes')) return;
    report(namespace, outcome);
    if (!isEmpty) return void queue.addAfter(name, (Math.floor(estimateSeconds(outcome.remaining) / 2) + 1) * 1000);
    const newest = client.get(namespaces, name);
    if (newest) unlessGone(() => client.updateSubresource(namespaces, { ...newest, spec: { ...newest.spec, finalizers: (newest.spec.finalizers ?? []).filter((f) => f !== 'kubernetes') } }, 'finalize'));
  }

  /** Deletes what is there, and says what still is; other kinds wait until the Pods are gone. */
  function empty(name: string): Outcome {
    const discovery = context.discover();
    const failures: string[] = [];
    const left = (resource: ResourceRef<KubeObject>): Remaining[] => {
      try {
        const objects = deleteAll(resource, name);
        return objects.length > 0 ? [{ resource, objects }] : [];
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        failures.push(error.message);
        return [];
      }
    };
    const podsLeft = left(pods);
    if (podsLeft.length > 0) return { remaining: podsLeft, failures, discovery };
    const others = discovery.resources.filter((r) => r.namespaced && r.plural !== 'pods' && r.verbs.includes('delete') && r.verbs.includes('list'));
    return { remaining: others.flatMap(left), failures, discovery };
  }

  function deleteAll(resource: ResourceRef<KubeObject>, namespace: string): KubeObject[] {
    const found = client.list(resource, { namespace });
    for (const object of found) {
      if (!object.metadata.deletionTimestamp) unlessGone(() => client.delete(resource, object.metadata.name, namespace, { propagationPolicy: 'Background' }));
    }
    return found.length > 0 ? client.list(resource, { namespace }) : [];
  }

  function report(namespace: Namespace, outcome: Outcome): void {
    const now = timestamp(world.clock.now());
    const kept = (namespace.status.conditions ?? []).filter((c) => !wordsFor(outcome).some(({ type }) => type === c.type));
    const conditions = wordsFor(outcome).map((next): Condition => {
      const old = namespace.status.conditions?.find((c) => c.type === next.type);
      const lastTransitionTime = old?.status === next.status ? old.lastTransitionTime : now;
      return { ...next, lastTransitionTime };
    });
    const status = { ...namespace.status, phase: 'Terminating', conditions: [...kept, ...conditions] };
    if (canonical(status) !== canonical(namespace.status)) unlessGone(() => client.updateStatus(namespaces, { ...namespace, status }));
  }

  return { stop: () => queue.stop() };
};

/** Seconds until the rest may be gone: the longest grace period of a Pod, some time where finalizers hold. */
function estimateSeconds(remaining: readonly Remaining[]): number {
  let seconds = 0;
  for (const { resource, objects } of remaining) {
    for (const object of objects) {
      if (object.metadata.finalizers?.length) seconds = Math.max(seconds, FINALIZER_ESTIMATE_SECONDS);
      if (resource === pods && !isOver(object as Pod)) seconds = Math.max(seconds, (object as Pod).spec.terminationGracePeriodSeconds ?? 30); // listed as Pods
    }
  }
  return seconds;
}

/** The five conditions, in the order and words of the API (namespace/deletion/status_condition_utils.go). */
function wordsFor({ remaining, failures, discovery }: Outcome): Omit<Condition, 'lastTransitionTime'>[] {
  const counts = remaining.map(({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`).sort();
  const finalizers = new Map<string, number>();
  for (const { objects } of remaining) for (const { metadata } of objects) for (const f of metadata.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1);
  const held = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`).sort();
  const undiscovered = discovery.failures.map(({ groupVersion, message }) => `${groupVersion}: ${message}`);
  const either = (type: string, bad: string | undefined, badReason: string, goodReason: string, good: string) =>
    (bad === undefined ? { type, status: 'False', reason: goodReason, message: good } : { type, status: 'True', reason: badReason, message: bad });
  return [
    either('NamespaceDeletionDiscoveryFailure', undiscovered.length ? `Discovery failed for some groups, ${undiscovered.length} failing: unable to retrieve the complete list of server APIs: ${undiscovered.join(', ')}` : undefined,
      'DiscoveryFailed', 'ResourcesDiscovered', 'All resources successfully discovered'),
    either('NamespaceDeletionGroupVersionParsingFailure', undefined, 'GroupVersionParsingFailed', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
    either('NamespaceDeletionContentFailure', failures.length ? `Failed to delete all resource types, ${failures.length} remaining: ${failures.join(', ')}` : undefined,
      'ContentDeletionFailed', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'),
    either('NamespaceContentRemaining', counts.length ? `Some resources are remaining: ${counts.join(', ')}` : undefined, 'SomeResourcesRemain', 'ContentRemoved', 'All content successfully removed'),
    either('NamespaceFinalizersRemaining', held.length ? `Some content in the namespace has finalizers remaining: ${held.join(', ')}` : undefined,
      'SomeFinalizersRemain', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
  ];
}
