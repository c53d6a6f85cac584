/** The door of a mission: the player's own tools come in through it, and what they ask is part of the attempt. */
import type { ApiTransport } from '../cluster/apiserver/request.ts';
import type { Mission } from './mission/mission.ts';
import { OUTSIDE_MAX, type OutsideUser } from './mission/outside.ts';
import { type DoorView, GameProblem } from './view.ts';

/** A mission as a door sees it. */
export interface OutsideWorld {
  readonly server: string;
  readonly adminUser: OutsideUser;
  transportAs(user?: OutsideUser): ApiTransport;
  /** A command of the player's kubectl. */
  note(command: string): void;
  /** Does steps, each in a turn of its own, until `next` has none; whoever asks it decides how long that may take. */
  turns(next: () => (() => void) | undefined): Promise<void>;
  /** What was done is shown. */
  show(): void;
}

export interface OutsideDoor {
  readonly url: string;
  /** Where the kubeconfig lies. */
  readonly kubeconfig: string;
  /** Takes a step of a client's as soon as it can be. */
  soon(step: () => void): void;
  /** Ends all connections; new ones may come. */
  cut(): void;
  close(): Promise<void>;
}

export type DoorOpener = (world: OutsideWorld) => Promise<OutsideDoor>;

export interface SessionDoorOptions {
  open: DoorOpener | undefined;
  mission: () => Mission;
  /** One driver of the cluster's time at a time. */
  exclusive: <T>(act: () => Promise<T>) => Promise<T>;
  /** After something was done. */
  changed: () => void;
  tell: (text: string) => void;
}

export class SessionDoor {
  readonly #options: SessionDoorOptions;
  #door: OutsideDoor | undefined;
  #requests = 0;

  constructor(options: SessionDoorOptions) {
    this.#options = options;
  }

  get view(): DoorView | undefined { return this.#door && { url: this.#door.url, kubeconfig: this.#door.kubeconfig, requests: this.#requests }; }

  /** Why it stays shut. In an exam all play by the same means, those that its marker can see; an exam's author may allow more. */
  get refusal(): string | undefined {
    const { level, isOver, words: { problems } } = this.#options.mission();
    if (!this.#options.open) return problems.noDoor;
    if (isOver) return problems.over;
    return level.exam && !level.exam.outside ? problems.examDoor : undefined;
  }

  /** Opens it, or closes it. Throws GameProblem. */
  async toggle(): Promise<void> {
    if (this.#door) return this.close();
    const { open } = this.#options;
    const { refusal } = this;
    if (!open || refusal) throw new GameProblem(this.#options.mission().words.problems.doorShut(refusal ?? ''));
    this.#requests = 0;
    this.#door = await open(this.#world());
    this.enter();
    this.#options.changed();
  }

  /** A mission has begun, or has been brought back: who was in the one before has to come in again. */
  enter(): void {
    const { outside } = this.#options.mission();
    outside.later = this.#door && ((step) => this.#door?.soon(step));
    this.#door?.cut();
  }

  /** Before a mission goes on that was played before: what its clients had open then is nobody's now. */
  async clear(): Promise<void> {
    const mission = this.#options.mission();
    if (!mission.isOver) await mission.turn(() => mission.outside.hangUp());
  }

  async close(): Promise<void> {
    const door = this.#door;
    this.#door = undefined;
    if (!door) return;
    await door.close();
    await this.#options.exclusive(() => this.clear());
    this.#options.changed();
  }

  #world(): OutsideWorld {
    const { mission, exclusive, changed } = this.#options;
    const now = (user?: OutsideUser) => mission().outside.transportAs(user);
    return {
      get server() { return mission().cluster.server; }, get adminUser() { return mission().cluster.adminUser; },
      transportAs: (user) => ({
        server: mission().cluster.server, handle: (request) => now(user).handle(request), watch: (request, sink) => now(user).watch(request, sink),
        connect: (request, sink) => now(user).connect(request, sink), portForward: (request, port) => now(user).portForward?.(request, port) ?? { code: 404, body: '' },
      }),
      note: (command) => mission().outside.note(command),
      turns: (next) => exclusive(async () => {
        for (let step = next(); step; step = next()) {
          this.#requests++;
          await mission().turn(step);
        }
      }),
      show: () => {
        changed();
        if (this.#door && mission().outside.bytes > OUTSIDE_MAX) void this.close().then(() => this.#options.tell(mission().words.problems.doorFull));
      },
    };
  }
}
