/** Namespace deletion: empty it, Pods first, and let it go when nothing is left; say what holds it. */
import type { KubeObject, Namespace } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { namespaces, pods } from '../client/resources.ts';
import { ApiError, type ResourceRef } from '../client/types.ts';
import type { Controller } from './controller.ts';
import { canonical } from './template-hash.ts';

const RETRY_MS = 1000; // while content goes

type Condition = NonNullable<Namespace['status']['conditions']>[number];

/** The controller over all namespaced resources. */
export function namespaceController(resources: () => readonly ResourceRef<KubeObject>[]): Controller {
  return (context) => {
    const { client, world } = context;
    const all = context.informer(namespaces);
    const queue = context.queue('namespace', reconcile);
    all.onChange((now) => { if (now?.metadata.deletionTimestamp) queue.add(now.metadata.name); });

    function reconcile(name: string): void {
      const namespace = client.get(namespaces, name);
      if (!namespace?.metadata.deletionTimestamp) return;
      const remaining = empty(name);
      if (remaining.length > 0) {
        report(namespace, remaining);
        return queue.addAfter(name, RETRY_MS);
      }
      const finalizers = (namespace.spec.finalizers ?? []).filter((f) => f !== 'kubernetes');
      client.updateSubresource(namespaces, { ...namespace, spec: { ...namespace.spec, finalizers } }, 'finalize');
    }

    /** Deletes what is there, and gives what still is; other kinds wait until the Pods are gone. */
    function empty(name: string): { resource: ResourceRef<KubeObject>; objects: KubeObject[] }[] {
      const podsLeft = deleteAll(pods, name);
      if (podsLeft.length > 0) return [{ resource: pods, objects: podsLeft }];
      return resources().filter((r) => r.namespaced && r.plural !== 'pods').map((resource) => ({ resource, objects: deleteAll(resource, name) })).filter(({ objects }) => objects.length > 0);
    }

    function deleteAll(resource: ResourceRef<KubeObject>, namespace: string): KubeObject[] {
      for (const object of client.list(resource, { namespace })) {
        if (object.metadata.deletionTimestamp) continue;
        try {
          client.delete(resource, object.metadata.name, namespace, { propagationPolicy: 'Background' });
        } catch (error) {
          if (!(error instanceof ApiError) || error.code !== 404) throw error;
        }
      }
      return client.list(resource, { namespace });
    }

    function report(namespace: Namespace, remaining: { resource: ResourceRef<KubeObject>; objects: KubeObject[] }[]): void {
      const finalizers = new Map<string, number>();
      for (const { objects } of remaining) for (const object of objects) for (const f of object.metadata.finalizers ?? []) finalizers.set(f, (finalizers.get(f) ?? 0) + 1);
      const counts = remaining.map(({ resource, objects }) => `${resource.plural}.${resource.group} has ${objects.length} resource instances`).sort();
      const held = [...finalizers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([f, n]) => `${f} in ${n} resource instances`);
      const conditions: Condition[] = [
        condition('NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'),
        condition('NamespaceDeletionGroupVersionParsingFailure', 'False', 'ParsedGroupVersions', 'All legacy kube types successfully parsed'),
        condition('NamespaceDeletionContentFailure', 'False', 'ContentDeleted', 'All content successfully deleted, may be waiting on finalization'),
        condition('NamespaceContentRemaining', 'True', 'SomeResourcesRemain', `Some resources are remaining: ${counts.join(', ')}`),
        held.length ? condition('NamespaceFinalizersRemaining', 'True', 'SomeFinalizersRemain', `Some content in the namespace has finalizers remaining: ${held.join(', ')}`)
          : condition('NamespaceFinalizersRemaining', 'False', 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'),
      ];
      const merged = conditions.map((next) => {
        const old = namespace.status.conditions?.find((c) => c.type === next.type);
        return old?.status === next.status && old.message === next.message ? old : next;
      });
      if (canonical(merged) !== canonical(namespace.status.conditions)) client.updateStatus(namespaces, { ...namespace, status: { ...namespace.status, phase: 'Terminating', conditions: merged } });
    }

    function condition(type: string, status: string, reason: string, message: string): Condition {
      return { type, status, reason, message, lastTransitionTime: rfc3339(world.clock.now()) };
    }

    return { stop: () => queue.stop() };
  };
}
