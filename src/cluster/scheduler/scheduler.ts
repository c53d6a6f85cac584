/** kube-scheduler: the component, which schedules while it holds the lease. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { ApiTransport, Credential } from '../apiserver/request.ts';
import { createClient } from '../client/client.ts';
import { electLeader } from '../client/leader-election.ts';
import { createRecorder } from '../client/recorder.ts';
import type { Component } from '../client/types.ts';
import { AttemptLog } from './attempt.ts';
import { defaultProfile, type Profile } from './profile.ts';
import { SchedulerRecorder } from './recorder.ts';
import { Scheduling } from './scheduling.ts';

export interface SchedulerOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential: Credential;
  hostname: string;
  /** The default profile unless given. */
  profiles?: readonly Profile[];
  /** Where to note how each attempt went; schedulers of one cluster share it. */
  attempts?: AttemptLog;
  /** `--leader-elect` */
  leaderElect?: boolean;
  /** Called when the process ends by itself (lease lost). */
  onExit?: (code: number) => void;
}

export class Scheduler implements Component {
  readonly name = 'kube-scheduler';
  readonly #options: SchedulerOptions;
  #running: { stop(): void }[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  start(): void {
    const { world, random, hostname, leaderElect = true, onExit } = this.#options;
    if (!leaderElect) return this.#begin();
    const client = this.#client();
    this.#running.push(electLeader({
      world, client, recorder: createRecorder({ world, client, component: 'default-scheduler' }), name: this.name, identity: `${hostname}_${random.uuid()}`,
      onElected: () => this.#begin(),
      onLost: () => { this.stop(); onExit?.(1); },
    }));
  }

  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
  }

  #client() {
    const { transport, credential } = this.#options;
    return createClient({ transport, credential, userAgent: this.name });
  }

  #begin(): void {
    const { world, random, transport, credential, hostname, profiles = [defaultProfile()], attempts = new AttemptLog() } = this.#options;
    const client = this.#client();
    const recorders = new Map<string, SchedulerRecorder>();
    const scheduling = new Scheduling({
      world, random, client, profiles, attempts,
      informers: { world, transport, credential, userAgent: this.name },
      recorder(schedulerName) {
        const known = recorders.get(schedulerName) ?? new SchedulerRecorder(world, client, { component: schedulerName, instance: `${schedulerName}-${hostname}` });
        recorders.set(schedulerName, known);
        return known;
      },
    });
    scheduling.start();
    this.#running.push(scheduling, { stop: () => { for (const recorder of recorders.values()) recorder.stop(); } });
  }
}
