/** One turn of a controller's loop over objects that do not change meanwhile, as upstream's tests of a single sync have it. */
import type { Draft, KubeObject, Status } from '../../../src/cluster/api/types.ts';
import { type ApiClient, ApiError, type Informer, type ResourceRef } from '../../../src/cluster/client/types.ts';
import { type Controller, type ControllerContext, USUAL_SETTINGS } from '../../../src/cluster/controllers/controller.ts';
import { Simulation } from '../../../src/time/simulation.ts';

type Verb = 'create' | 'delete' | 'patch' | 'get';

export class OneSync {
  readonly world: Simulation;
  readonly created: KubeObject[] = [];
  readonly deleted: string[] = [];
  readonly patched: string[] = [];
  readonly updated: KubeObject[] = [];
  /** Creations asked for, refused ones too. */
  attempts = 0;
  /** The last status written for each object. */
  readonly statuses = new Map<string, KubeObject>();
  readonly events: string[] = [];
  readonly waits: number[] = [];
  /** What creations, deletions and patches answer. */
  refuse: ((verb: Verb) => Partial<Status> | undefined) | undefined;
  /** Objects that the API server has and the informers have not. */
  readonly hidden: KubeObject[] = [];
  readonly #objects = new Map<string, KubeObject[]>();
  #reconcile: ((key: string) => void) | undefined;

  constructor(controller: Controller, nowMs: number) {
    this.world = new Simulation({ seed: 1, startMs: nowMs });
    controller(this.#context());
  }

  /** What the informer of a resource shows from now on. */
  given(plural: string, objects: readonly KubeObject[]): void { this.#objects.set(plural, [...objects]); }

  /** Runs the controller's first queue once; the error it would try again for. */
  sync(key: string): unknown {
    try {
      this.#reconcile!(key);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #informer<T extends KubeObject>({ plural }: ResourceRef<T>): Informer<T> {
    const all = () => (this.#objects.get(plural) ?? []) as T[];
    const indices = new Map<string, (object: T) => readonly string[]>();
    return {
      get: (key) => all().find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === key), list: all, hasSynced: true,
      byIndex: (index, value) => all().filter((object) => indices.get(index)!(object).includes(value)), indexBy: (index, values) => void indices.set(index, values),
      onChange: () => undefined, start: () => undefined, stop: () => undefined,
    };
  }

  #context(): ControllerContext {
    const { world } = this;
    const queueNothing = { add: () => undefined, addRateLimited: () => undefined, forget: () => undefined, stop: () => undefined };
    const refused = (verb: Verb) => {
      const status = this.refuse?.(verb);
      if (status) throw new ApiError({ code: 500, ...status } as Status);
    };
    const client = {
      get: (_: unknown, name: string) => {
        refused('get');
        return [...this.hidden, ...[...this.#objects.values()].flat()].find(({ metadata }) => metadata.name === name);
      },
      create: (_: unknown, draft: Draft<KubeObject>) => {
        this.attempts++;
        refused('create');
        const { name, generateName } = draft.metadata;
        const object = { ...(draft.kind === 'ReplicaSet' ? { status: { replicas: 0 } } : {}), ...draft, metadata: { namespace: 'default', ...draft.metadata, name: name ?? `${generateName}${this.created.length}`, uid: `made-${this.created.length}` } } as KubeObject;
        this.created.push(object);
        return object;
      },
      update: (_: unknown, object: KubeObject) => { this.updated.push(object); return object; },
      updateStatus: (_: unknown, object: KubeObject) => { this.statuses.set(object.metadata.name, object); return object; },
      patch: (_: unknown, name: string) => { this.patched.push(name); refused('patch'); },
      delete: (_: unknown, name: string) => { this.deleted.push(name); refused('delete'); },
    };
    return {
      world, random: world.random, settings: USUAL_SETTINGS, client: client as unknown as ApiClient, informer: (resource) => this.#informer(resource),
      discover: () => { throw new Error('not in one sync'); },
      queue: (_, reconcile) => {
        this.#reconcile ??= reconcile;
        return { ...queueNothing, addAfter: (_key, delayMs) => void this.waits.push(delayMs) };
      },
      recorder: () => ({ event: (_, type, reason, message) => void this.events.push(`${type} ${reason}: ${message}`) }),
    };
  }
}
