/** A process full of controllers: leader election, informers that they share, clients of their own. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { ApiTransport, Credential } from '../apiserver/request.ts';
import type { KubeObject } from '../api/types.ts';
import { createClient } from '../client/client.ts';
import { createInformer } from '../client/informer.ts';
import { electLeader } from '../client/leader-election.ts';
import { createQueue } from '../client/queue.ts';
import { createRecorder } from '../client/recorder.ts';
import type { Component, Informer, ResourceRef } from '../client/types.ts';
import type { Counters } from '../client/counters.ts';
import { accountTransport } from './account-credential.ts';
import { type Controller, type ControllerContext, type Settings, USUAL_SETTINGS } from './controller.ts';
import { discover } from './discovery.ts';

/** A controller with the name that `--controllers` knows and the ServiceAccount it acts as (none: the process itself). */
export interface HostedController { readonly name: string; readonly account: string; readonly controller: Controller }

export interface HostOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  /** Without the client certificate, for the controllers' own tokens. */
  tokenTransport?: ApiTransport;
  credential: Credential;
  hostname: string;
  settings?: Settings;
  /** `--leader-elect` */
  leaderElect?: boolean;
  /** `--use-service-account-credentials`: each controller acts as a ServiceAccount of its own. */
  useServiceAccounts?: boolean;
  /** Called when the process ends by itself (lease lost). */
  onExit?: (code: number) => void;
  counters?: Counters;
}

export class ControllerHost implements Component {
  readonly name: string;
  readonly #options: HostOptions;
  readonly #controllers: () => readonly HostedController[];
  #running: { stop(): void }[] = [];

  /** `controllers` is asked for each time the process becomes the leader. */
  constructor(name: string, options: HostOptions, controllers: () => readonly HostedController[]) {
    this.name = name;
    this.#options = options;
    this.#controllers = controllers;
  }

  start(): void {
    const { world, random, transport, credential, hostname, leaderElect = true, onExit } = this.#options;
    if (!leaderElect) return this.#startControllers();
    const client = createClient({ transport, credential, userAgent: this.name });
    this.#running.push(electLeader({
      world, client, recorder: createRecorder({ world, client, component: this.name, host: hostname }), name: this.name,
      identity: `${hostname}_${random.uuid()}`,
      onElected: () => this.#startControllers(),
      onLost: () => { this.stop(); onExit?.(1); },
    }));
  }

  /** Lets go of everything at once, as a process that dies. */
  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
  }

  #startControllers(): void {
    const informers = this.#informers();
    for (const { account, controller } of this.#controllers()) this.#running.push(controller(this.#context(informers.shared, account)));
    informers.start();
  }

  /** One informer a resource for all controllers; those asked for after the start are started at once. */
  #informers(): { shared: ControllerContext['informer']; start: () => void } {
    const { world, transport, credential } = this.#options;
    const informers = new Map<string, Informer<KubeObject>>();
    let hasStarted = false;
    const begin = (informer: Informer<KubeObject>) => {
      this.#running.push(informer);
      informer.start();
    };
    return {
      shared: <T extends KubeObject>(resource: ResourceRef<T>): Informer<T> => {
        const key = `${resource.plural}.${resource.group}`;
        let found = informers.get(key);
        if (!found) {
          informers.set(key, (found = createInformer<KubeObject>(resource, { world, transport, credential, userAgent: this.name })));
          if (hasStarted) begin(found);
        }
        return found as Informer<KubeObject> as Informer<T>; // the key says which resource it is
      },
      start: () => {
        hasStarted = true;
        for (const informer of informers.values()) begin(informer);
      },
    };
  }

  #context(informer: ControllerContext['informer'], account: string): ControllerContext {
    const { world, random, transport, tokenTransport = transport, credential, useServiceAccounts, settings = USUAL_SETTINGS, counters } = this.#options;
    const own = createClient({ transport, credential, userAgent: this.name });
    const client = useServiceAccounts && account ? createClient({ transport: accountTransport(tokenTransport, world, own, account), userAgent: `${this.name}/${account}` }) : own;
    return {
      world, client, random, settings, informer,
      discover: () => discover(transport, credential, this.name),
      queue: (name, reconcile) => createQueue(world, name, reconcile, counters),
      recorder: (component) => createRecorder({ world, client, component }),
    };
  }
}

/** Whether `--controllers` lets a controller run: its own name first, then `*`. `aliases` are further names. */
export function isEnabled(name: string, list: readonly string[], aliases: Readonly<Record<string, string>> = {}): boolean {
  const full = (item: string) => aliases[item] ?? item;
  const asked = list.map((item) => (item.startsWith('-') ? `-${full(item.slice(1))}` : full(item)));
  if (asked.includes(name)) return true;
  return !asked.includes(`-${name}`) && asked.includes('*');
}
