/** An established connection: open until either side, or the path between them, goes away. */
import type { Connection, Origin, Peer, PortService } from './types.ts';

export class OpenConnection implements Connection {
  readonly service: PortService;
  readonly peer: Peer;
  readonly origin: Origin;
  readonly #registries: readonly Set<OpenConnection>[];
  readonly #listeners: (() => void)[] = [];
  isOpen = true;

  constructor(service: PortService, peer: Peer, origin: Origin, registries: readonly Set<OpenConnection>[]) {
    this.service = service;
    this.peer = peer;
    this.origin = origin;
    this.#registries = registries;
    for (const registry of registries) registry.add(this);
  }

  onClose(listener: () => void): void {
    if (this.isOpen) this.#listeners.push(listener);
    else listener();
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const registry of this.#registries) registry.delete(this);
    for (const listener of this.#listeners) listener();
  }
}
