/** Who owns what: from an object up to what was applied, and down to what came of it. What cannot be read (a lost encryption key) counts as not there. */
import type { Kind } from '../../cluster/api/kind.ts';
import type { KubeObject, OwnerReference } from '../../cluster/api/types.ts';
import type { Storage } from '../../cluster/apiserver/storage.ts';
import type { ObjectRef } from './lens-view.ts';

/** The kind of objects that say `apiVersion` and `kind`; undefined when it is not served. */
function kindNamed(storage: Storage, apiVersion: string, kind: string): Kind | undefined {
  return storage.kinds().find((k) => k.kind === kind && (k.group ? `${k.group}/${k.version}` : k.version) === apiVersion);
}

/** The words for an object at the prompt; a group only where kubectl would need it. */
export function refTo({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { resource: resourceWord(apiVersion, kind), name, ...(namespace ? { namespace } : {}) };
}

/** `deployment`, `widget.example.com`. */
export function resourceWord(apiVersion: string, kind: string): string {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  const isCustom = group.includes('.') && !group.endsWith('.k8s.io');
  return `${kind.toLowerCase()}${isCustom ? `.${group}` : ''}`;
}

/** The object behind a reference; undefined when it is gone or its kind is not served. */
export function find(storage: Storage, { resource, name, namespace }: ObjectRef): KubeObject | undefined {
  const kind = storage.kinds().find((k) => resourceWord(k.group ? `${k.group}/${k.version}` : k.version, k.kind) === resource);
  return kind && storage.get(kind, name, namespace);
}

/** The object that controls this one, or owns it where none controls it. */
function ownerOf(storage: Storage, { metadata: { ownerReferences = [], namespace } }: KubeObject): KubeObject | undefined {
  const reference: OwnerReference | undefined = ownerReferences.find(({ controller }) => controller) ?? ownerReferences[0];
  const kind = reference && kindNamed(storage, reference.apiVersion, reference.kind);
  const found = kind && storage.get(kind, reference.name, kind.namespaced ? namespace : undefined);
  return found?.metadata.uid === reference?.uid ? found : undefined;
}

/** What owns an object, nearest first. */
export function ownersOf(storage: Storage, object: KubeObject): KubeObject[] {
  const owner = ownerOf(storage, object);
  return owner ? [owner, ...ownersOf(storage, owner)] : [];
}

/** What an object owns, of all kinds; Events and Leases own nothing and are left out. */
export function ownedBy(storage: Storage, { metadata: { uid, namespace } }: KubeObject): KubeObject[] {
  const kinds = storage.kinds().filter((kind, index, all) => kind.plural !== 'events' && storage.resource(kind).unreadable.size === 0 && all.findIndex((k) => k.plural === kind.plural && k.group === kind.group) === index);
  return kinds.flatMap((kind) => storage.list(kind, kind.namespaced ? namespace : undefined)).filter((object) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid));
}
