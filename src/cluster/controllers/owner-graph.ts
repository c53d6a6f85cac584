/** Objects by UID, and who depends on whom. */
import type { OwnerReference } from '../api/types.ts';

export class OwnerGraph<E> {
  readonly #entries = new Map<string, { value: E; owners: readonly OwnerReference[] }>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): E | undefined { return this.#entries.get(uid)?.value; }

  /** The UIDs of those that name this one as an owner, whether it exists or not. */
  dependentsOf(uid: string): string[] { return [...(this.#dependents.get(uid) ?? [])]; }

  /** Adds or renews an object; true if it was not known. */
  set(uid: string, value: E, owners: readonly OwnerReference[]): boolean {
    const before = this.#entries.get(uid);
    this.#entries.set(uid, { value, owners });
    if (before?.owners === owners) return false;
    this.#unlink(uid, before?.owners ?? []);
    for (const { uid: owner } of owners) {
      let dependents = this.#dependents.get(owner);
      if (!dependents) this.#dependents.set(owner, (dependents = new Set()));
      dependents.add(uid);
    }
    return before === undefined;
  }

  remove(uid: string): void {
    this.#unlink(uid, this.#entries.get(uid)?.owners ?? []);
    this.#entries.delete(uid);
  }

  #unlink(uid: string, owners: readonly OwnerReference[]): void {
    for (const { uid: owner } of owners) {
      const dependents = this.#dependents.get(owner);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner);
    }
  }
}
