/** An established connection: open until either side, or the path between them, goes away. */
import type { Connection, Origin, Peer, PortService } from './types.ts';

export class OpenConnection implements Connection {
  readonly service: PortService;
  readonly peer: Peer;
  readonly origin: Origin;
  /** The machine it ends on; undefined for what lies outside. */
  readonly serverNode: string | undefined;
  readonly #registries: readonly Set<OpenConnection>[];
  readonly #listeners = new Set<() => void>();
  isOpen = true;

  constructor({ service, peer, origin, serverNode, registries }: { service: PortService; peer: Peer; origin: Origin; serverNode?: string; registries: readonly Set<OpenConnection>[] }) {
    this.service = service;
    this.serverNode = serverNode;
    this.peer = peer;
    this.origin = origin;
    this.#registries = registries;
    for (const registry of registries) registry.add(this);
  }

  onClose(listener: () => void): () => void {
    if (this.isOpen) this.#listeners.add(listener);
    else listener();
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const registry of this.#registries) registry.delete(this);
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}
