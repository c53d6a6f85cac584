/**
 * Custom resources: a CustomResourceDefinition is accepted, its kinds are served, and when it goes its objects go first
 * (apiextensions-apiserver: the naming, establishing and finalizing controllers in one).
 */
import type { World } from '../../time/simulation.ts';
import { customKinds } from '../api/custom/kinds.ts';
import { timestamp } from '../api/duration.ts';
import { groupResource, type Kind } from '../api/kind.ts';
import { CLEANUP_FINALIZER } from '../api/kinds/custom-resource-definition.ts';
import type { CustomResourceDefinition, KubeObject } from '../api/types.ts';
import { type ApiClient, ApiError, type ResourceRef } from '../client/types.ts';
import type { Resource, Storage, StoredEvent } from './storage.ts';

const DEFINITIONS: ResourceRef<CustomResourceDefinition> = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions', namespaced: false };

type Condition = NonNullable<CustomResourceDefinition['status']['conditions']>[number];

interface Parts { world: World; storage: Storage; client: ApiClient; /** Ends the watches on what is served no more. */ closeWatches: (resource: Resource) => void; /** Told when there are kinds more or fewer. */ onServed?: () => void }

export class CustomResources {
  readonly #parts: Parts;
  readonly #served = new Set<string>();
  readonly #emptied = new Set<string>();
  #isFollowing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Serves what is defined, once the storage is open, and whatever is defined later. */
  start(): void {
    const { storage } = this.#parts;
    if (!storage.kinds().some((kind) => kind.plural === DEFINITIONS.plural)) return;
    for (const object of storage.list(DEFINITIONS)) this.#changed(object as CustomResourceDefinition); // the plural says so
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    storage.resource(DEFINITIONS).listeners.add((event) => this.#followed(event));
  }

  #followed({ type, object }: StoredEvent): void {
    const definition = object as CustomResourceDefinition; // the plural says so
    if (type === 'DELETED') this.#withdraw(definition);
    else this.#changed(definition);
  }

  #changed(definition: CustomResourceDefinition): void {
    const { name } = definition.metadata;
    if (definition.metadata.deletionTimestamp) return this.#later(`empty ${name}`, () => this.#empty(name));
    const isAccepted = isTrue(definition, 'Established');
    if (isAccepted) this.#serve(definition);
    else this.#later(`establish ${name}`, () => this.#establish(name));
  }

  #later(what: string, act: () => void): void {
    this.#parts.world.soon(what, () => {
      try {
        act();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    });
  }

  /** Accepts the names if nobody else has them. Throws ApiError. */
  #establish(name: string): void {
    const { client, world } = this.#parts;
    const definition = client.get(DEFINITIONS, name);
    if (!definition || definition.metadata.deletionTimestamp || isTrue(definition, 'Established')) return;
    const now = timestamp(world.clock.now());
    const conflict = this.#nameConflict(definition);
    const condition = (type: string, status: string, reason: string, message: string): Condition => ({ type, status, lastTransitionTime: now, reason, message });
    const conditions = conflict === undefined
      ? [condition('NamesAccepted', 'True', 'NoConflicts', 'no conflicts found'), condition('Established', 'True', 'InitialNamesAccepted', 'the initial names have been accepted')]
      : [condition('NamesAccepted', 'False', conflict.reason, conflict.message), condition('Established', 'False', 'NotAccepted', 'not all names are accepted')];
    if (conflict && definition.status.conditions?.some(({ type, status }) => type === 'NamesAccepted' && status === 'False')) return;
    const { names, versions } = definition.spec;
    const storedVersions = versions.filter(({ storage }) => storage).map((version) => version.name);
    client.updateStatus(DEFINITIONS, { ...definition, status: { conditions, acceptedNames: conflict ? { kind: '', plural: '' } : names, storedVersions } });
  }

  #nameConflict({ spec: { group, names } }: CustomResourceDefinition): { reason: string; message: string } | undefined {
    const others = this.#parts.storage.kinds().filter((kind) => kind.group === group && kind.plural !== names.plural);
    for (const short of names.shortNames ?? []) if (others.some((kind) => kind.shortNames.includes(short))) return { reason: 'ShortNamesConflict', message: `"${short}" is already in use` };
    if (others.some((kind) => kind.kind === names.kind)) return { reason: 'KindConflict', message: `"${names.kind}" is already in use` };
    return undefined;
  }

  #serve(definition: CustomResourceDefinition): void {
    const { storage } = this.#parts;
    const [kind, ...others] = customKinds(definition);
    if (!kind) return void this.#withdraw(definition);
    storage.addKind(kind, others);
    this.#served.add(definition.metadata.name);
    this.#parts.world.soon('custom kinds', () => this.#parts.onServed?.());
    const { listeners } = storage.resource(kind);
    if (this.#emptied.has(groupResource(kind))) return;
    this.#emptied.add(groupResource(kind));
    listeners.add((event) => {
      if (event.type === 'DELETED') this.#later(`after the last ${kind.plural}`, () => this.#release(definition.metadata.name, kind));
    });
  }

  #withdraw(definition: CustomResourceDefinition): void {
    const { spec: { group, names: { plural } } } = definition;
    if (!this.#served.delete(definition.metadata.name)) return;
    this.#emptied.delete(groupResource({ group, plural }));
    const resource = this.#parts.storage.removeKind({ group, plural });
    if (resource) this.#parts.closeWatches(resource);
    this.#parts.world.soon('custom kinds', () => this.#parts.onServed?.());
  }

  /** Deletes all objects of a definition that is going. Throws ApiError. */
  #empty(name: string): void {
    const { client, storage } = this.#parts;
    const definition = client.get(DEFINITIONS, name);
    if (!definition?.metadata.deletionTimestamp) return;
    const [kind] = customKinds(definition);
    if (!kind || !this.#served.has(name)) return this.#release(name, undefined);
    for (const { metadata } of storage.list(kind)) client.delete(refOf(kind), metadata.name, metadata.namespace);
    this.#release(name, kind);
  }

  /** Lets a definition go when nothing of it is left. Throws ApiError. */
  #release(name: string, kind: Kind | undefined): void {
    const { client, storage } = this.#parts;
    const definition = client.get(DEFINITIONS, name);
    if (!definition?.metadata.deletionTimestamp || (kind && storage.list(kind).length > 0)) return;
    const finalizers = (definition.metadata.finalizers ?? []).filter((each) => each !== CLEANUP_FINALIZER);
    client.update(DEFINITIONS, { ...definition, metadata: { ...definition.metadata, finalizers } });
  }
}

function isTrue({ status }: CustomResourceDefinition, type: string): boolean {
  return status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

function refOf({ group, version, plural, namespaced }: Kind): ResourceRef<KubeObject> {
  return { group, version, plural, namespaced };
}
