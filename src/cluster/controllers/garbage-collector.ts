/** Garbage collection by ownerReferences: background, foreground and orphan, by UID, over every kind served. */
import type { KubeObject, OwnerReference } from '../api/types.ts';
import { ApiError, type Informer, type ResourceRef } from '../client/types.ts';
import type { Controller } from './controller.ts';

/** Kinds that own nothing and are owned by nothing worth following. */
const IGNORED = new Set(['events', 'leases', 'componentstatuses']);

interface Entry { object: KubeObject; resource: ResourceRef<KubeObject> }

/** The collector over the given resources (all that discovery names). */
export function garbageCollector(resources: () => readonly ResourceRef<KubeObject>[]): Controller {
  return (context) => {
    const { client } = context;
    const byUid = new Map<string, Entry>();
    const dependents = new Map<string, Set<string>>();
    const informers: Informer<KubeObject>[] = [];
    const queue = context.queue('garbagecollector', reconcile);

    for (const resource of resources()) {
      if (IGNORED.has(resource.plural)) continue;
      const informer = context.informer(resource);
      informers.push(informer);
      informer.onChange((now, old) => {
        if (now) add({ object: now, resource }, old);
        else if (old) remove(old);
      });
    }

    function add(entry: Entry, old: KubeObject | undefined): void {
      const { uid } = entry.object.metadata;
      byUid.set(uid, entry);
      for (const reference of old?.metadata.ownerReferences ?? []) dependents.get(reference.uid)?.delete(uid);
      for (const reference of entry.object.metadata.ownerReferences ?? []) {
        const set = dependents.get(reference.uid) ?? new Set();
        dependents.set(reference.uid, set.add(uid));
      }
      if (entry.object.metadata.ownerReferences?.length || finalizes(entry.object)) queue.add(uid);
      const owners = entry.object.metadata.ownerReferences;
      if (entry.object.metadata.deletionTimestamp) for (const reference of owners ?? []) queue.add(reference.uid);
    }

    function remove(object: KubeObject): void {
      const { uid, ownerReferences = [] } = object.metadata;
      byUid.delete(uid);
      for (const reference of ownerReferences) {
        dependents.get(reference.uid)?.delete(uid);
        queue.add(reference.uid); // an owner in foreground deletion may be waiting for this one
      }
      for (const dependent of dependents.get(uid) ?? []) queue.add(dependent);
    }

    function reconcile(uid: string): void {
      const entry = byUid.get(uid);
      if (!entry) return;
      if (entry.object.metadata.deletionTimestamp) {
        if (has(entry.object, 'orphan')) return orphan(entry);
        if (has(entry.object, 'foregroundDeletion')) return foreground(entry);
        return;
      }
      if (entry.object.metadata.ownerReferences?.length) collect(entry);
    }

    /** Deletes an object all of whose owners are gone; drops references to those that are. */
    function collect({ object, resource }: Entry): void {
      const references = object.metadata.ownerReferences ?? [];
      const solid = references.filter((reference) => isThere(reference, object) && !isBeingDeletedInForeground(reference));
      const waiting = references.filter((reference) => isThere(reference, object) && isBeingDeletedInForeground(reference));
      const dangling = references.filter((reference) => !isThere(reference, object));
      if (solid.length > 0) {
        if (dangling.length + waiting.length === 0) return;
        return void tolerant(() => client.patch(resource, object.metadata.name, object.metadata.namespace, { metadata: { uid: object.metadata.uid, ownerReferences: solid } }));
      }
      const propagationPolicy = waiting.length > 0 && hasDependents(object) ? 'Foreground' : has(object, 'orphan') ? 'Orphan' : 'Background';
      tolerant(() => client.delete(resource, object.metadata.name, object.metadata.namespace, { propagationPolicy, preconditions: { uid: object.metadata.uid } }));
    }

    function foreground({ object, resource }: Entry): void {
      const blocking = [...(dependents.get(object.metadata.uid) ?? [])].flatMap((uid) => byUid.get(uid) ?? [])
        .filter(({ object: dependent }) => dependent.metadata.ownerReferences?.some((r) => r.uid === object.metadata.uid && r.blockOwnerDeletion));
      if (blocking.length === 0) return removeFinalizer(object, resource, 'foregroundDeletion');
      for (const { object: dependent } of blocking) if (!dependent.metadata.deletionTimestamp) queue.add(dependent.metadata.uid);
    }

    function orphan({ object, resource }: Entry): void {
      for (const uid of dependents.get(object.metadata.uid) ?? []) {
        const dependent = byUid.get(uid);
        if (!dependent) continue;
        const left = dependent.object.metadata.ownerReferences?.filter((r) => r.uid !== object.metadata.uid) ?? [];
        tolerant(() => client.patch(dependent.resource, dependent.object.metadata.name, dependent.object.metadata.namespace, { metadata: { uid, ownerReferences: left.length ? left : null } }));
      }
      removeFinalizer(object, resource, 'orphan');
    }

    function removeFinalizer(object: KubeObject, resource: ResourceRef<KubeObject>, finalizer: string): void {
      const finalizers = object.metadata.finalizers?.filter((f) => f !== finalizer) ?? [];
      tolerant(() => client.patch(resource, object.metadata.name, object.metadata.namespace, { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers: finalizers.length ? finalizers : null } }));
    }

    function isThere(reference: OwnerReference, dependent: KubeObject): boolean {
      const owner = byUid.get(reference.uid);
      if (owner) return !owner.object.metadata.namespace || owner.object.metadata.namespace === dependent.metadata.namespace;
      // The informers may be behind the object: ask before calling an owner absent.
      const [version = '', group = ''] = reference.apiVersion.split('/').reverse();
      const known = resources().find((r) => r.group === group && r.version === version && kindMatches(r, reference.kind));
      if (!known) return true;
      return client.get(known, reference.name, known.namespaced ? dependent.metadata.namespace : undefined)?.metadata.uid === reference.uid;
    }

    function isBeingDeletedInForeground(reference: OwnerReference): boolean {
      const owner = byUid.get(reference.uid)?.object;
      return owner?.metadata.deletionTimestamp !== undefined && has(owner, 'foregroundDeletion');
    }

    function hasDependents(object: KubeObject): boolean {
      return (dependents.get(object.metadata.uid)?.size ?? 0) > 0;
    }

    return { stop: () => queue.stop() };
  };
}

/** A resource as the collector needs it: with its kind. */
export interface OwnedResource extends ResourceRef<KubeObject> { readonly kind?: string }

function kindMatches(resource: OwnedResource, kind: string): boolean {
  return resource.kind === undefined || resource.kind === kind;
}

function finalizes(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (has(object, 'orphan') || has(object, 'foregroundDeletion'));
}

function has(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

/** Somebody else may have been faster; the next event tells. */
function tolerant(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}
