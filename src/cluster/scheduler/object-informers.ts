/** Informers of the objects that plugins look at besides nodes and Pods. */
import { createInformer, type InformerOptions } from '../client/informer.ts';
import { namespaces, replicaSets, services, statefulSets } from '../client/resources.ts';
import type { Informer, ResourceRef } from '../client/types.ts';
import type { KubeObject } from '../api/types.ts';
import type { ObjectLister } from './cache.ts';
import { persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, replicationControllers, storageClasses } from './resource-refs.ts';

const WATCHED: readonly ResourceRef<KubeObject>[] = [
  namespaces, services, replicationControllers, replicaSets, statefulSets, podDisruptionBudgets, persistentVolumeClaims, persistentVolumes, storageClasses,
];

export class ObjectInformers implements ObjectLister {
  readonly #informers = new Map<string, Informer<KubeObject>>();

  constructor(options: InformerOptions, onChange: (resource: string, now: KubeObject | undefined, old: KubeObject | undefined) => void) {
    for (const resource of WATCHED) {
      const informer = createInformer(resource, options);
      informer.indexBy('namespace', ({ metadata: { namespace } }) => (namespace ? [namespace] : []));
      informer.onChange((now, old) => onChange(resource.plural, now, old));
      this.#informers.set(resource.plural, informer);
    }
  }

  get hasSynced(): boolean { return [...this.#informers.values()].every(({ hasSynced }) => hasSynced); }

  start(): void {
    for (const informer of this.#informers.values()) informer.start();
  }

  stop(): void {
    for (const informer of this.#informers.values()) informer.stop();
  }

  get<T extends KubeObject>(resource: ResourceRef<T>, key: string): T | undefined {
    return this.#of(resource).get(key);
  }

  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly T[] {
    const informer = this.#of(resource);
    return namespace === undefined ? informer.list() : informer.byIndex('namespace', namespace);
  }

  #of<T extends KubeObject>({ plural }: ResourceRef<T>): Informer<T> {
    const informer = this.#informers.get(plural);
    if (!informer) throw new Error(`the scheduler does not watch ${plural}`);
    return informer as Informer<KubeObject> as Informer<T>; // the plural says which resource it is
  }
}
