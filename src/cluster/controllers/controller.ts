/** What a controller is: a function from a context to something that can be stopped. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import { DEFAULT_GATES, type FeatureGates } from '../api/feature-gates.ts';
import type { KubeObject, OwnerReference } from '../api/types.ts';
import { type ApiClient, ApiError, type EventRecorder, type Informer, type ResourceRef, type WorkQueue } from '../client/types.ts';
import type { Discovery } from './discovery.ts';

/** The settings of the process: its flags by name, as they were given or as they usually are. */
export interface Settings { ms(name: string, usual: number): number; int(name: string, usual: number): number; number(name: string, usual: number): number; gates(): FeatureGates }

export const USUAL_SETTINGS: Settings = { ms: (_, usual) => usual, int: (_, usual) => usual, number: (_, usual) => usual, gates: () => DEFAULT_GATES };

export interface ControllerContext {
  readonly world: World;
  readonly client: ApiClient;
  readonly random: Random;
  readonly settings: Settings;
  /** The shared informer of a resource; started once all controllers have registered, later ones at once. */
  informer<T extends KubeObject>(resource: ResourceRef<T>): Informer<T>;
  /** What the API server serves at the moment. Throws ApiError or NetworkError. */
  discover(): Discovery;
  queue(name: string, reconcile: (key: string) => number | void): WorkQueue;
  recorder(component: string): EventRecorder;
}

export type Controller = (context: ControllerContext) => { stop(): void };

/** The reference by which an object's controller owns another. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, controller: true, blockOwnerDeletion: true };
}

/** The owner that controls an object, if one does. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((reference) => reference.controller);
}

/** The controlling owner's UID as index values. */
export function byController(object: KubeObject): readonly string[] {
  const owner = controllerOf(object);
  return owner ? [owner.uid] : [];
}

/** `namespace/name`. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace ? `${namespace}/${name}` : name;
}

/** Does `act`; that the object is gone already is no failure. */
export function unlessGone(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 404) throw error;
  }
}

/** Does `act`; an object of that name which exists already is as good. */
export function unlessThere(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
  }
}
