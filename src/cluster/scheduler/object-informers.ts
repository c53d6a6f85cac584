/** Informers of the objects that plugins look at besides nodes and Pods. */
import { createInformer, type InformerOptions, keyOf } from '../client/informer.ts';
import { csiDrivers, csiNodes, csiStorageCapacities, deviceClasses, namespaces, persistentVolumeClaims, persistentVolumes, podDisruptionBudgets, replicaSets, replicationControllers, resourceClaims, resourceSlices, services, statefulSets, storageClasses, volumeAttachments } from '../client/resources.ts';
import type { Informer, ResourceRef } from '../client/types.ts';
import type { KubeObject } from '../api/types.ts';
import type { ObjectLister } from './cache.ts';

const WATCHED: readonly ResourceRef<KubeObject>[] = [
  namespaces, services, replicationControllers, replicaSets, statefulSets, podDisruptionBudgets, persistentVolumeClaims, persistentVolumes, storageClasses,
  csiDrivers, csiNodes, csiStorageCapacities, volumeAttachments, deviceClasses, resourceClaims, resourceSlices,
];

export class ObjectInformers implements ObjectLister {
  readonly #informers = new Map<string, Informer<KubeObject>>();
  /** Objects as the scheduler has just written them, by resource and key. */
  readonly #assumed = new Map<string, KubeObject>();

  constructor(options: InformerOptions, onChange: (resource: string, now: KubeObject | undefined, old: KubeObject | undefined) => void) {
    for (const resource of WATCHED) {
      const informer = createInformer(resource, options);
      informer.indexBy('namespace', ({ metadata: { namespace } }) => (namespace ? [namespace] : []));
      informer.onChange((now, old) => {
        this.#seen(resource.plural, (now ?? old)!);
        onChange(resource.plural, now, old);
      });
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
    const found = this.#of(resource).get(key);
    return found && this.#newest(resource, found);
  }

  list<T extends KubeObject>(resource: ResourceRef<T>, namespace?: string): readonly T[] {
    const informer = this.#of(resource);
    const found = namespace === undefined ? informer.list() : informer.byIndex('namespace', namespace);
    return this.#assumed.size === 0 ? found : found.map((object) => this.#newest(resource, object));
  }

  /** Lets an object stand for the older one that the informer has. */
  assume<T extends KubeObject>({ plural }: ResourceRef<T>, written: T): void {
    this.#assumed.set(`${plural} ${keyOf(written)}`, written);
  }

  #newest<T extends KubeObject>({ plural }: ResourceRef<T>, object: T): T {
    return (this.#assumed.get(`${plural} ${keyOf(object)}`) as T | undefined) ?? object; // the plural says which resource it is
  }

  #seen(plural: string, object: KubeObject): void {
    const key = `${plural} ${keyOf(object)}`;
    const assumed = this.#assumed.get(key);
    if (assumed && Number(object.metadata.resourceVersion) >= Number(assumed.metadata.resourceVersion)) this.#assumed.delete(key);
  }

  #of<T extends KubeObject>({ plural }: ResourceRef<T>): Informer<T> {
    const informer = this.#informers.get(plural);
    if (!informer) throw new Error(`the scheduler does not watch ${plural}`);
    return informer as Informer<KubeObject> as Informer<T>; // the plural says which resource it is
  }
}
