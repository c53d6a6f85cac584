/** What a controller has done and its informers have not shown yet, so that it does not do it twice (controller_utils.go: ControllerExpectations). */
import type { World } from '../../time/simulation.ts';
import type { KubeObject } from '../api/types.ts';

const EXPECTATIONS_TIMEOUT_MS = 5 * 60_000; // controller_utils.go: ExpectationsTimeout

interface Pending { readonly sinceMs: number; readonly created: Set<string>; readonly deleted: Set<string> }

export class Expectations {
  readonly #world: World;
  readonly #pending = new Map<string, Pending>();
  /** UID of what is awaited to the owner that waits. */
  readonly #owners = new Map<string, string>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The owner has created an object. */
  created(owner: string, object: KubeObject): void { this.#add(owner, object.metadata.uid, 'created'); }

  /** The owner has asked for an object's deletion. */
  deleted(owner: string, object: KubeObject): void { this.#add(owner, object.metadata.uid, 'deleted'); }

  /** To be called with every change that the informer shows. */
  observe(now: KubeObject | undefined, old: KubeObject | undefined): void {
    const { uid } = (now ?? old)!.metadata;
    const owner = this.#owners.get(uid);
    const pending = owner === undefined ? undefined : this.#pending.get(owner);
    if (owner === undefined || !pending) return;
    pending.created.delete(uid);
    if (!now || now.metadata.deletionTimestamp) pending.deleted.delete(uid);
    if (!pending.created.has(uid) && !pending.deleted.has(uid)) this.#owners.delete(uid);
    if (pending.created.size === 0 && pending.deleted.size === 0) this.#pending.delete(owner);
  }

  /** Whether the owner has seen all it did; after five minutes it goes on regardless. */
  areMet(owner: string): boolean {
    const pending = this.#pending.get(owner);
    if (!pending) return true;
    if (this.#world.clock.now() - pending.sinceMs < EXPECTATIONS_TIMEOUT_MS) return false;
    this.forget(owner);
    return true;
  }

  /** The owner is gone. */
  forget(owner: string): void {
    const pending = this.#pending.get(owner);
    if (!pending) return;
    for (const uid of [...pending.created, ...pending.deleted]) this.#owners.delete(uid);
    this.#pending.delete(owner);
  }

  #add(owner: string, uid: string, what: 'created' | 'deleted'): void {
    let pending = this.#pending.get(owner);
    if (!pending) this.#pending.set(owner, (pending = { sinceMs: this.#world.clock.now(), created: new Set(), deleted: new Set() }));
    pending[what].add(uid);
    this.#owners.set(uid, owner);
  }
}
