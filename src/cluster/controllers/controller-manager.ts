/** kube-controller-manager: all controllers in one process, working only while it holds the lease. */
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
import { accountCredential } from './account-credential.ts';
import type { ControllerContext } from './controller.ts';
import { ALIASES, type ControllerFlags, CONTROLLERS } from './controllers.ts';
import { discover } from './discovery.ts';

export interface ControllerManagerOptions extends ControllerFlags {
  world: World;
  random: Random;
  transport: ApiTransport;
  /** Without the client certificate, for the controllers' own tokens. */
  tokenTransport?: ApiTransport;
  credential: Credential;
  hostname: string;
  /** `--controllers`: `*`, names, `-name`. */
  controllers?: readonly string[];
  leaderElect?: boolean;
  /** `--use-service-account-credentials`: each controller acts as a ServiceAccount of its own. */
  useServiceAccounts?: boolean;
  /** Called when the process ends by itself (lease lost). */
  onExit?: (code: number) => void;
}

export class ControllerManager implements Component {
  readonly name = 'kube-controller-manager';
  readonly #options: ControllerManagerOptions;
  #running: { stop(): void }[] = [];

  constructor(options: ControllerManagerOptions) {
    this.#options = options;
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
    for (const { name, account, create } of CONTROLLERS) {
      if (!isEnabled(name, this.#options.controllers ?? ['*'])) continue;
      const controller = create(this.#options);
      if (controller) this.#running.push(controller(this.#context(informers.shared, account)));
    }
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
    const { world, random, transport, tokenTransport = transport, credential, useServiceAccounts } = this.#options;
    const own = createClient({ transport, credential, userAgent: this.name });
    const client = useServiceAccounts ? createClient({ transport: tokenTransport, credential: accountCredential(world, own, account), userAgent: `${this.name}/${account}` }) : own;
    return {
      world, client, random, informer,
      discover: () => discover(transport, credential, this.name),
      queue: (name, reconcile) => createQueue(world, name, reconcile),
      recorder: (component) => createRecorder({ world, client, component }),
    };
  }
}

/** Whether `--controllers` lets a controller run: its own name first, then `*`. */
export function isEnabled(name: string, list: readonly string[]): boolean {
  const asked = list.map((item) => (item.startsWith('-') ? `-${ALIASES[item.slice(1)] ?? item.slice(1)}` : (ALIASES[item] ?? item)));
  if (asked.includes(name)) return true;
  return !asked.includes(`-${name}`) && asked.includes('*');
}
