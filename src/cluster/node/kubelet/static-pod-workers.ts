/** Which static Pods run: those of the folder, one of a name at a time. */
import { keyOf } from '../../client/informer.ts';
import type { Pod } from '../../api/types.ts';
import type { MirrorPods } from './mirror-pods.ts';
import type { PodWorker } from './pod-worker.ts';
import { isStatic, StaticPodSource, type StaticPodOptions } from './static-pods.ts';

export interface StaticPodWorkersOptions extends Omit<StaticPodOptions, 'changed'> {
  /** By UID. */
  workers: ReadonlyMap<string, PodWorker>;
  mirrors: MirrorPods;
  begin: (pod: Pod) => void;
  forget: (worker: PodWorker) => void;
}

export class StaticPodWorkers {
  readonly #options: StaticPodWorkersOptions;
  readonly #source: StaticPodSource;
  /** Static Pods that wait for an older one of the same name to end. */
  readonly #successors = new Map<string, Pod>();
  #pods: readonly Pod[] = [];

  constructor(options: StaticPodWorkersOptions) {
    this.#options = options;
    this.#source = new StaticPodSource({ ...options, changed: (found) => this.#changed(found) });
  }

  start(): void { this.#source.start(); }
  stop(): void { this.#source.stop(); }

  /** One has ended: it is forgotten unless its manifest is still there. */
  finished(worker: PodWorker): void {
    const { begin, forget } = this.#options;
    if (this.#pods.some(({ metadata: { uid } }) => uid === worker.pod.metadata.uid)) return;
    forget(worker);
    const successor = this.#successors.get(keyOf(worker.pod));
    this.#successors.delete(keyOf(worker.pod));
    if (successor && this.#pods.includes(successor)) begin(successor);
  }

  #changed(found: readonly Pod[]): void {
    const { workers, mirrors } = this.#options;
    this.#pods = found;
    const wanted = new Map(found.map((pod) => [pod.metadata.uid, pod]));
    for (const worker of workers.values()) if (isStatic(worker.pod) && !wanted.has(worker.pod.metadata.uid)) worker.terminate();
    for (const pod of wanted.values()) if (!workers.has(pod.metadata.uid)) this.#begin(pod);
    mirrors.want(found);
  }

  /** A changed manifest waits for the old Pod's end. */
  #begin(pod: Pod): void {
    const { workers, begin } = this.#options;
    if ([...workers.values()].some((worker) => isStatic(worker.pod) && keyOf(worker.pod) === keyOf(pod))) this.#successors.set(keyOf(pod), pod);
    else begin(pod);
  }
}
