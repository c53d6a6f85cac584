/** The images on a node, and pulling more: one after the other unless the kubelet allows several at a time, the larger the longer. */
import type { World } from '../../../time/simulation.ts';
import type { Image, ImageCatalogue, RegistryCredential } from '../process.ts';

const PULL_BYTES_PER_MS = 40_000; // about 40 MB/s
const PULL_MIN_MS = 300;

export interface PullTimes { pullMs: number; waitedMs: number; sizeBytes: number }

/** What hollow nodes take for an image that nobody knows. */
const EMPTY_IMAGE: Image = { reference: '', digest: '', sizeBytes: 1, entrypoint: [], cmd: [], hasShell: false, behaviour: () => ({ terminate: () => undefined, cleanUp: () => undefined }) };

export class ImageStore {
  readonly #world: World;
  readonly #registries: ImageCatalogue;
  readonly #pretend: boolean;
  readonly #images = new Map<string, Image>();
  #usedBytes: number | undefined;
  readonly #sinceMs = new Map<string, number>();
  readonly #freeBytes: () => number;
  /** Logins that images were pulled with that could not be had without (kubelet: image pull records). */
  readonly #logins = new Map<string, Set<string>>();
  #queue: (() => void)[] = [];
  /** Pulls under way: what they fetch, and when they will have it. */
  #running = new Map<() => void, { digest: string | undefined; untilMs: number }>();
  /** kubelet: serializeImagePulls, maxParallelImagePulls. */
  maxParallelPulls = 1;

  constructor({ world, images, pretend = false, freeBytes = () => Infinity }: { world: World; images: ImageCatalogue; pretend?: boolean; freeBytes?: () => number }) {
    this.#freeBytes = freeBytes;
    this.#world = world;
    this.#registries = images;
    this.#pretend = pretend;
  }

  has(reference: string): boolean { return this.#images.has(reference); }
  get(reference: string): Image | undefined { return this.#images.get(reference); }
  list(): Image[] { return [...this.#images.values()]; }
  /** Bytes that all images take; one with several names counts once. */
  get usedBytes(): number {
    return (this.#usedBytes ??= [...new Map(this.list().map(({ digest, sizeBytes }) => [digest, sizeBytes])).values()].reduce((sum, bytes) => sum + bytes, 0));
  }

  /** Whether who has these logins may use an image that is here: it was pulled without any, or with one of them. */
  isOpenTo(reference: string, credentials: readonly RegistryCredential[]): boolean {
    const logins = this.#logins.get(reference);
    return !logins || credentials.some((login) => logins.has(JSON.stringify(login)));
  }

  /** When an image came to this node. */
  sinceMs(reference: string): number { return this.#sinceMs.get(reference) ?? 0; }

  remove(reference: string): boolean {
    this.#sinceMs.delete(reference);
    this.#logins.delete(reference);
    this.#usedBytes = undefined;
    return this.#images.delete(reference);
  }

  /** Puts an image on this node before anything runs. */
  preload(reference: string): void {
    const image = this.#registries.resolve(reference);
    if (!('pullError' in image)) this.#keep(reference, image);
  }

  #keep(reference: string, image: Image, credentials: readonly RegistryCredential[] = []): void {
    if (credentials.length > 0 && 'pullError' in this.#registries.resolve(reference)) this.#logins.set(reference, new Set([...(this.#logins.get(reference) ?? []), ...credentials.map((login) => JSON.stringify(login))]));
    if (!this.#images.has(reference)) this.#sinceMs.set(reference, this.#world.clock.now());
    this.#images.set(reference, image);
    this.#usedBytes = undefined;
  }

  /** Pulls an image; `done` gets undefined or the error's text. */
  pull(reference: string, done: (error: string | undefined, took: PullTimes) => void, credentials: readonly RegistryCredential[] = []): void {
    if (this.#pretend) return this.#pullAtOnce(reference, done);
    const askedMs = this.#world.clock.now();
    const run = () => {
      const resolved = this.#registries.resolve(reference, credentials);
      const isError = 'pullError' in resolved;
      const pullMs = isError || this.#images.get(reference)?.digest === resolved.digest ? PULL_MIN_MS : Math.max(PULL_MIN_MS, this.#fetchMs(resolved));
      this.#running.set(run, { digest: isError ? undefined : resolved.digest, untilMs: this.#world.clock.now() + pullMs });
      this.#world.clock.after(pullMs, `pull ${reference}`, () => {
        if (!this.#running.delete(run)) return; // the power went meanwhile
        const isNew = !isError && !this.list().some(({ digest }) => digest === resolved.digest);
        const isFull = isNew && resolved.sizeBytes > this.#freeBytes();
        if (!isError && !isFull) this.#keep(reference, resolved, credentials);
        this.#queue.shift()?.();
        done(isError ? resolved.pullError : isFull ? noSpace(resolved) : undefined, { pullMs, waitedMs: this.#world.clock.now() - askedMs, sizeBytes: isError ? 0 : resolved.sizeBytes });
      });
    };
    if (this.#running.size < this.maxParallelPulls) run();
    else this.#queue.push(run);
  }

  /** Layers that are on their way already are waited for, not fetched again. */
  #fetchMs({ digest, sizeBytes }: Image): number {
    const other = [...this.#running.values()].find((pull) => pull.digest === digest);
    return other ? other.untilMs - this.#world.clock.now() : Math.round(sizeBytes / PULL_BYTES_PER_MS);
  }

  /** What is being pulled is given up. */
  dropPulls(): void {
    this.#queue = [];
    this.#running.clear();
  }

  /** On hollow nodes every image exists. */
  #pullAtOnce(reference: string, done: (error: undefined, took: PullTimes) => void): void {
    const resolved = this.#registries.resolve(reference);
    const image = 'pullError' in resolved ? { ...EMPTY_IMAGE, reference, digest: `${reference.split(/[:@]/)[0]}@sha256:${'0'.repeat(64)}` } : resolved;
    this.#keep(reference, image);
    done(undefined, { pullMs: 0, waitedMs: 0, sizeBytes: image.sizeBytes });
  }
}

function noSpace({ fullReference = '', reference, digest }: Image): string {
  return `failed to pull and unpack image "${fullReference || reference}": failed to extract layer ${digest.split('@')[1] ?? ''}: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/new: no space left on device`;
}
