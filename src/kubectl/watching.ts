/** Reading a watch one event at a time, until it ends, time runs out, or Ctrl-C. */
import type { WatchEvent } from '../cluster/apiserver/request.ts';
import type { Call } from './command.ts';
import type { RequestOptions } from './client.ts';

/** A watch whose events are waited for. Close it when done. */
export class Watching {
  readonly #call: Call;
  readonly #events: WatchEvent[] = [];
  #hasEnded = false;
  #close: () => void = () => undefined;
  #wake: (() => void) | undefined;

  private constructor(call: Call) { this.#call = call; }

  /** Opens a watch of a list's path. Throws StatusError, UnreachableError. */
  static async open(call: Call, path: string, options: RequestOptions): Promise<Watching> {
    const watching = new Watching(call);
    const stream = (await call.client()).watch(path, options, {
      event: (event) => {
        watching.#events.push(event);
        watching.#wake?.();
      },
      closed: () => {
        watching.#hasEnded = true;
        watching.#wake?.();
      },
    });
    watching.#close = () => stream.close();
    return watching;
  }

  /** The next event; undefined once the watch has ended, Ctrl-C was pressed, or the time `untilMs` has come. */
  async next(untilMs = Infinity): Promise<WatchEvent | undefined> {
    const { environment } = this.#call;
    for (;;) {
      const event = this.#events.shift();
      if (event) return event;
      if (this.#hasEnded || environment.signal.aborted || environment.world.clock.now() >= untilMs) return undefined;
      await this.#blocked(untilMs);
    }
  }

  /** True once the server has ended the stream and all of it was read. */
  get hasEnded(): boolean { return this.#hasEnded && this.#events.length === 0; }

  close(): void { this.#close(); }

  async #blocked(untilMs: number): Promise<void> {
    const { world, signal } = this.#call.environment;
    await world.block<void>('kubectl watch', (wake) => {
      const timer = untilMs === Infinity ? undefined : world.clock.after(untilMs - world.clock.now(), 'kubectl timeout', () => go());
      const go = () => {
        this.#wake = undefined;
        timer?.cancel();
        signal.removeEventListener('abort', go);
        wake();
      };
      this.#wake = go;
      signal.addEventListener('abort', go, { once: true });
    });
  }
}
