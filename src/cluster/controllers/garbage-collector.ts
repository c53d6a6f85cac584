/** Garbage collection by ownerReferences: background, foreground and orphan, by UID, over every kind served. */
import { isApiFailure } from '../client/api-failure.ts';
import type { Timer } from '../../time/clock.ts';
import type { KubeObject, OwnerReference } from '../api/types.ts';
import { ApiError, type Informer } from '../client/types.ts';
import { type Controller, unlessGone } from './controller.ts';
import type { DiscoveredResource } from './discovery.ts';
import { OwnerGraph } from './owner-graph.ts';

const RESYNC_MS = 30_000; // garbage collector: Sync period, for kinds that come later

/** An object in the graph: where its newest state is found. */
interface Entry { resource: DiscoveredResource; informer: Informer<KubeObject>; object: KubeObject }

export const garbageCollector: Controller = (context) => {
  const { client, world } = context;
  const recorder = context.recorder('garbage-collector-controller');
  const graph = new OwnerGraph<Entry>();
  const watched = new Map<string, { resource: DiscoveredResource; informer: Informer<KubeObject> }>();
  const queue = context.queue('garbagecollector', reconcile);
  let tick: Timer | undefined;

  watchAll();

  function watchAll(): void {
    tick = world.clock.after(RESYNC_MS, 'gc discovery', watchAll);
    try {
      for (const resource of context.discover().resources) if (isCollected(resource)) watch(resource);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
    }
  }

  function watch(resource: DiscoveredResource): void {
    const key = `${resource.group}/${resource.kind}`;
    if (watched.has(key)) return;
    const informer = context.informer<KubeObject>(resource);
    watched.set(key, { resource, informer });
    informer.onChange((now, old) => {
      if (now) seen({ resource, informer, object: now }, old);
      else if (old) gone(old);
    });
  }

  function seen(entry: Entry, old: KubeObject | undefined): void {
    const { uid, ownerReferences = [], deletionTimestamp, finalizers } = entry.object.metadata;
    const before = old?.metadata;
    const isNew = graph.set(uid, entry, ownerReferences);
    if (!isNew && before && before.ownerReferences === ownerReferences && before.deletionTimestamp === deletionTimestamp && before.finalizers === finalizers) return;
    if (ownerReferences.length > 0 || finalizes(entry.object)) queue.add(uid);
    if (deletionTimestamp) for (const reference of ownerReferences) queue.add(reference.uid);
  }

  function gone({ metadata: { uid, ownerReferences = [] } }: KubeObject): void {
    const dependents = graph.dependentsOf(uid);
    graph.remove(uid);
    for (const reference of ownerReferences) queue.add(reference.uid); // an owner in foreground deletion may wait for this one
    for (const dependent of dependents) queue.add(dependent);
  }

  function reconcile(uid: string): void {
    const entry = graph.get(uid);
    if (!entry) return;
    // Until every kind has been listed, nobody knows that an owner or a dependent is missing.
    for (const { informer } of watched.values()) if (!informer.hasSynced) return queue.addAfter(uid, 1000);
    const { metadata } = entry.object;
    if (!metadata.deletionTimestamp) return metadata.ownerReferences?.length ? collect(entry) : undefined;
    if (has(entry.object, 'orphan')) return orphan(entry);
    if (has(entry.object, 'foregroundDeletion')) foreground(entry);
  }

  /** Deletes an object all of whose owners are gone; drops references to those that are. */
  function collect({ object, resource }: Entry): void {
    const references = object.metadata.ownerReferences ?? [];
    const there = references.filter((reference) => isThere(reference, object));
    const waiting = there.filter(waitsForDependents);
    const solid = there.filter((reference) => !waiting.includes(reference));
    const { name, namespace, uid } = object.metadata;
    if (solid.length > 0) {
      if (solid.length < references.length) patch({ object, resource }, { ownerReferences: solid });
      return;
    }
    const propagationPolicy = (waiting.length > 0 && graph.dependentsOf(uid).length > 0) || has(object, 'foregroundDeletion') ? 'Foreground' : has(object, 'orphan') ? 'Orphan' : 'Background';
    tolerant(() => client.delete(resource, name, namespace, { propagationPolicy, preconditions: { uid } }));
  }

  /** Waits for the dependents that block, which go one after the other. */
  function foreground(entry: Entry): void {
    const { uid } = entry.object.metadata;
    const dependents = graph.dependentsOf(uid).flatMap((each) => graph.get(each) ?? []);
    for (const { object } of dependents) if (!object.metadata.deletionTimestamp) queue.add(object.metadata.uid);
    const isBlocked = dependents.some(({ object }) => object.metadata.ownerReferences?.some((r) => r.uid === uid && r.blockOwnerDeletion));
    if (!isBlocked) removeFinalizer(entry, 'foregroundDeletion');
  }

  function orphan(entry: Entry): void {
    for (const dependent of graph.dependentsOf(entry.object.metadata.uid).flatMap((uid) => graph.get(uid) ?? [])) {
      const left = dependent.object.metadata.ownerReferences?.filter((r) => r.uid !== entry.object.metadata.uid) ?? [];
      patch(dependent, { ownerReferences: left.length ? left : null });
    }
    removeFinalizer(entry, 'orphan');
  }

  function removeFinalizer(entry: Entry, finalizer: string): void {
    const finalizers = entry.object.metadata.finalizers?.filter((f) => f !== finalizer) ?? [];
    const { resource, object: { metadata: { name, namespace, uid, resourceVersion } } } = entry;
    // A conflict comes back through the queue: the event of the other write may be none to this controller.
    unlessGone(() => client.patch(resource, name, namespace, { metadata: { uid, resourceVersion, finalizers: finalizers.length ? finalizers : null } }));
  }

  function patch({ object, resource }: Pick<Entry, 'object' | 'resource'>, metadata: object): void {
    tolerant(() => client.patch(resource, object.metadata.name, object.metadata.namespace, { metadata: { uid: object.metadata.uid, ...metadata } }));
  }

  function isThere(reference: OwnerReference, dependent: KubeObject): boolean {
    const owner = graph.get(reference.uid)?.object;
    if (owner) {
      const { namespace = '' } = dependent.metadata;
      const isReachable = !owner.metadata.namespace || owner.metadata.namespace === namespace;
      if (!isReachable) recorder.event(dependent, 'Warning', 'OwnerRefInvalidNamespace', `ownerRef [${textOf(reference, namespace)}] does not exist in namespace "${namespace}"`);
      // Nobody can tell whether the owner of a cluster-scoped object is in some namespace: it is never collected.
      return isReachable || namespace === '';
    }
    // The informers may be behind the object: ask before calling an owner absent.
    const group = reference.apiVersion.includes('/') ? reference.apiVersion.split('/')[0]! : '';
    const known = watched.get(`${group}/${reference.kind}`)?.resource;
    if (!known) return true;
    if (known.namespaced && !dependent.metadata.namespace) return true;
    return client.get(known, reference.name, known.namespaced ? dependent.metadata.namespace : undefined)?.metadata.uid === reference.uid;
  }

  function waitsForDependents(reference: OwnerReference): boolean {
    const owner = graph.get(reference.uid)?.object;
    return owner?.metadata.deletionTimestamp !== undefined && has(owner, 'foregroundDeletion');
  }

  return {
    stop() {
      queue.stop();
      tick?.cancel();
    },
  };
};

/** Everything that can be watched and deleted, but events: they own nothing and live an hour. */
function isCollected({ plural, verbs }: DiscoveredResource): boolean {
  return plural !== 'events' && ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb));
}

function finalizes(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined && (has(object, 'orphan') || has(object, 'foregroundDeletion'));
}

function has(object: KubeObject, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

function textOf({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): string {
  return `${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}`;
}

/** Somebody else may have been faster; the next event tells. */
function tolerant(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
  }
}
