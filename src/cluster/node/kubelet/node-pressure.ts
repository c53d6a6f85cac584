/** A kubelet's care for its node: eviction under pressure, garbage, and what the kernel's OOM killer did. */
import type { World } from '../../../time/simulation.ts';
import type { Pod } from '../../api/types.ts';
import type { FileSystem } from '../file-system.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { RuntimeContainer } from '../runtime/container.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { EvictionManager } from './eviction/eviction-manager.ts';
import type { NodeStats, Pressure } from './eviction/signals.ts';
import { GarbageCollector } from './garbage-collection.ts';
import type { PodWorker } from './pod-worker.ts';

export interface NodePressureOptions {
  world: World;
  runtime: ContainerRuntime;
  files: FileSystem;
  configuration: KubeletConfiguration;
  stats: () => NodeStats;
  workers: () => PodWorker[];
  recorder: { event(pod: Pod, type: 'Warning', reason: string, message: string): void };
  /** A warning about the node. */
  announce: (reason: string, message: string) => void;
}

export class NodePressure {
  readonly #options: NodePressureOptions;
  readonly #garbage: GarbageCollector;
  readonly #evictions: EvictionManager;

  constructor(options: NodePressureOptions) {
    this.#options = options;
    const { world, files, configuration, stats, workers, announce, recorder } = options;
    this.#garbage = new GarbageCollector(options);
    this.#evictions = new EvictionManager({
      world, configuration, stats, announce, reclaimDisk: () => this.#reclaimDisk(),
      tenants: () => workers().filter(({ isActive }) => isActive).map(({ pod, containers }) => ({ pod, running: containers.filter(({ state }) => state === 'Running'), diskUsage: (path) => files.usage(path), fileCount: (path) => files.count(path) })),
      isLeaving: () => workers().some(({ isBeingEvicted }) => isBeingEvicted),
      evict: (pod, message, graceSeconds) => {
        recorder.event(pod, 'Warning', 'Evicted', message);
        workers().find((worker) => worker.pod.metadata.uid === pod.metadata.uid)?.terminate({ graceSeconds, verdict: { phase: 'Failed', reason: 'Evicted', message, disruption: { reason: 'TerminationByKubelet', message } } });
      },
    });
  }

  get pressures(): Pressure[] { return this.#evictions.pressures; }

  refusal(pod: Pod) { return this.#evictions.refusal(pod); }

  start(): void {
    this.#garbage.start();
    this.#evictions.start();
    this.#options.runtime.oomListeners.add(this.#killed);
  }

  stop(): void {
    this.#garbage.stop();
    this.#evictions.stop();
    this.#options.runtime.oomListeners.delete(this.#killed);
  }

  readonly #killed = ({ config, image, id }: RuntimeContainer): void => {
    const program = [...(config.command ?? []), ...image.entrypoint, ...image.cmd][0]?.split('/').pop() ?? config.name;
    this.#options.announce('SystemOOM', `System OOM encountered, victim process: ${program}, pid: ${1000 + (Number.parseInt(id.slice(0, 4), 16) % 30_000)}`);
  };

  /** Dead containers first, then all images that nobody uses. */
  #reclaimDisk(): void {
    const { runtime, workers } = this.#options;
    for (const { isTerminated, containers } of workers()) if (isTerminated) for (const container of containers) if (container.state === 'Exited') runtime.remove(container);
    this.#garbage.freeImages(Infinity);
  }
}
