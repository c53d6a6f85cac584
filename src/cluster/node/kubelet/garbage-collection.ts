/** What a kubelet throws away: images that nobody uses once the disk is full, logs that are too long. */
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import type { KubeletConfiguration } from './configuration.ts';
import type { NodeStats } from './eviction/signals.ts';

const IMAGE_GC_MS = 300_000; // kubelet: ImageGCPeriod
const LOG_MONITOR_MS = 10_000; // kubelet: containerLogMonitorInterval
const PAUSE = /\/pause:/; // pinned by the runtime

export interface GarbageOptions { world: World; runtime: ContainerRuntime; configuration: KubeletConfiguration; stats: () => NodeStats; announce: (reason: string, message: string) => void }

export class GarbageCollector {
  readonly #options: GarbageOptions;
  readonly #timers = new Map<string, Timer>();

  constructor(options: GarbageOptions) {
    this.#options = options;
  }

  start(): void {
    this.#every(IMAGE_GC_MS, 'image garbage collection', () => this.#collectImages());
    this.#every(LOG_MONITOR_MS, 'container logs', () => this.#rotateLogs());
  }

  stop(): void { for (const timer of this.#timers.values()) timer.cancel(); }

  #every(ms: number, what: string, act: () => void): void {
    this.#timers.set(what, this.#options.world.clock.after(ms, what, () => {
      act();
      this.#every(ms, what, act);
    }));
  }

  /** Frees at least so many bytes of images, oldest first; those in use, pinned, or younger than imageMinimumGCAge stay. Gives what it freed. */
  freeImages(bytes: number): number {
    const { runtime, world, configuration } = this.#options;
    const used = new Set(runtime.containers().map(({ image }) => image.digest));
    const unused = runtime.images().filter(({ reference, digest }) => !used.has(digest) && !PAUSE.test(reference) && world.clock.now() - runtime.imageStore.sinceMs(reference) >= configuration.imageMinimumGCAgeMs);
    unused.sort((a, b) => runtime.imageStore.sinceMs(a.reference) - runtime.imageStore.sinceMs(b.reference));
    let freed = 0;
    for (const { reference, sizeBytes } of unused) {
      if (freed >= bytes) break;
      runtime.removeImage(reference);
      freed += sizeBytes;
    }
    return freed;
  }

  #collectImages(): void {
    const { stats, configuration: { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low }, announce } = this.#options;
    const { capacityBytes, availableBytes } = stats().disk;
    if (100 - Math.floor((availableBytes * 100) / capacityBytes) < high) return;
    const wanted = Math.floor((capacityBytes * (100 - low)) / 100) - availableBytes;
    const freed = this.freeImages(wanted);
    if (freed >= wanted) return;
    announce('FreeDiskSpaceFailed', `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`);
    announce('ImageGCFailed', `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`);
  }

  #rotateLogs(): void {
    const { runtime, world, configuration: { containerLogMaxBytes, containerLogMaxFiles } } = this.#options;
    for (const { state, log } of runtime.containers()) if (state === 'Running' && log.fileBytes > containerLogMaxBytes) log.rotate(world.clock.now(), containerLogMaxFiles);
  }
}
