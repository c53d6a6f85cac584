/** The door of a mission: the screen drives the cluster's time, and what clients ask comes in between. */
import { rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DoorOpener, OutsideWorld } from '../engine/session-door.ts';
import { GameProblem } from '../engine/view.ts';
import { type DoorKeys, openFace } from './door.ts';
import type { Pacer } from './real-time.ts';

/** How long clients may keep the screen and the sockets waiting. */
const SLICE_MS = 6;
/** How often the screen is told of what they do while they do it. */
const SHOW_EVERY_MS = 150;

export interface MissionDoorOptions {
  /** Writes the kubeconfig; gives where it lies. Throws GameProblem. */
  publish: (kubeconfig: string) => string;
  /** What a request of kubectl's was told, as far as it shows it. */
  commandOf: (command: string, path: string) => string | undefined;
  log: (text: string) => void;
}

/** Opens doors on loopback. All have the same keys, and the same port where it is free: who has the kubeconfig has it for the whole evening. */
export function missionDoors({ publish, commandOf, log }: MissionDoorOptions): DoorOpener {
  let keys: DoorKeys | undefined;
  return async (world) => {
    const pacer = new Turns(world);
    const asked = (command: string, path: string) => {
      const line = commandOf(command, path);
      if (line !== undefined) pacer.do('note', () => world.note(line));
    };
    const face = await openFace(world, pacer, { address: '127.0.0.1', port: 0, keys, log, asked }).catch((error: unknown) => {
      throw new GameProblem(`The door cannot be opened: ${error instanceof Error ? error.message : String(error)}`);
    });
    ({ keys } = face);
    const kubeconfig = publish(face.kubeconfig);
    return {
      url: face.url, kubeconfig, soon: (step) => pacer.do('soon', step), cut: () => face.cut(),
      async close() {
        await face.close();
        await pacer.stop();
        rmSync(kubeconfig, { force: true });
      },
    };
  };
}

/** Steps of clients, each a turn, some milliseconds of them at a time. */
class Turns implements Pacer {
  readonly #world: OutsideWorld;
  #waiting: (() => void)[] = [];
  #running: Promise<void> | undefined;
  #isOver = false;
  #shownMs = 0;

  constructor(world: OutsideWorld) {
    this.#world = world;
  }

  do(_what: string, step: () => void): void {
    if (this.#isOver) return;
    this.#waiting.push(step);
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#waiting = [];
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      let at = 0;
      let endMs = Infinity;
      await this.#world.turns(() => {
        endMs = Math.min(endMs, performance.now() + SLICE_MS); // from the first step on: it may have waited for a tick
        return performance.now() < endMs ? this.#waiting[at++] : undefined;
      });
      this.#waiting.splice(0, at);
      if (performance.now() - this.#shownMs > SHOW_EVERY_MS) this.#show();
      await setImmediate();
    }
    this.#running = undefined;
    if (!this.#isOver) this.#show();
  }

  #show(): void {
    this.#shownMs = performance.now();
    this.#world.show();
  }
}
