/** Mirrors static Pods in the API: made, replaced when the manifest changes, made again when somebody deletes them. */
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import type { Pod } from '../../api/types.ts';
import { keyOf } from '../../client/informer.ts';
import { nodes, pods } from '../../client/resources.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';
import { isApiFailure } from '../../client/api-failure.ts';
import { CONFIG_HASH, CONFIG_MIRROR, mirrorOf } from './static-pods.ts';
import type { Target } from './status-writer.ts';

const RETRY_MS = 10_000;

export class MirrorPods {
  readonly #world: World;
  readonly #client: ApiClient;
  readonly #nodeName: string;
  readonly #appeared: (pod: Pod) => void;
  /** Mirrors in the API, by namespace/name. */
  readonly #found = new Map<string, Pod>();
  #wanted = new Map<string, Pod>();
  #retry: Timer | undefined;
  #isStopped = false;

  /** `appeared` is called with the static Pod whose mirror is new. */
  constructor(world: World, client: ApiClient, nodeName: string, appeared: (pod: Pod) => void) {
    this.#world = world;
    this.#client = client;
    this.#nodeName = nodeName;
    this.#appeared = appeared;
  }

  /** Where a static Pod's status goes; undefined until it has a mirror. */
  target(pod: Pod): Target | undefined {
    const found = this.#found.get(keyOf(pod));
    return found?.metadata.annotations?.[CONFIG_MIRROR] === pod.metadata.uid ? found : undefined;
  }

  /** The static Pods there are now. */
  want(statics: readonly Pod[]): void {
    this.#wanted = new Map(statics.map((pod) => [keyOf(pod), pod]));
    this.retry();
  }

  /** A mirror has changed in the API. */
  changed(now: Pod | undefined, old: Pod | undefined): void {
    const key = keyOf(now ?? old ?? { metadata: {} });
    const before = this.#found.get(key)?.metadata.uid;
    if (now) this.#found.set(key, now);
    else this.#found.delete(key);
    const wanted = this.#wanted.get(key);
    if (now && wanted && now.metadata.uid !== before) this.#appeared(wanted);
    this.#world.soon('mirror pod', () => this.#reconcile(key));
  }

  /** Tries again what could not be done. */
  retry(): void {
    for (const key of new Set([...this.#wanted.keys(), ...this.#found.keys()])) this.#reconcile(key);
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
  }

  #reconcile(key: string): void {
    if (this.#isStopped) return;
    const wanted = this.#wanted.get(key);
    const found = this.#found.get(key);
    try {
      const isCurrent = found && wanted && found.metadata.annotations?.[CONFIG_MIRROR] === wanted.metadata.annotations?.[CONFIG_HASH] && !found.metadata.deletionTimestamp;
      if (found && !isCurrent) this.#remove(found);
      else if (wanted && !found) this.#create(wanted);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#retryLater();
    }
  }

  #create(pod: Pod): void {
    const node = this.#client.get(nodes, this.#nodeName);
    if (!node) return this.#retryLater();
    try {
      const created = this.#client.create(pods, mirrorOf(pod, { name: this.#nodeName, uid: node.metadata.uid }));
      this.#found.set(keyOf(pod), created);
      this.#appeared(pod);
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
    }
  }

  #remove({ metadata: { name, namespace, uid } }: Pod): void {
    try {
      this.#client.delete(pods, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
  }

  #retryLater(): void {
    this.#retry ??= this.#world.clock.after(RETRY_MS, 'mirror pods', () => {
      this.#retry = undefined;
      this.retry();
    });
  }
}
