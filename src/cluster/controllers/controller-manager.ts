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
import { type Component, type Informer, type ResourceRef } from '../client/types.ts';
import { clusterRoleAggregationController } from './cluster-role-aggregation.ts';
import type { Controller, ControllerContext } from './controller.ts';
import { daemonSetController } from './daemon-set.ts';
import { deploymentController } from './deployment/deployment.ts';
import { endpointSliceController } from './endpoint-slice.ts';
import { garbageCollector, type OwnedResource } from './garbage-collector.ts';
import { namespaceController } from './namespace.ts';
import { rootCaPublisher, serviceAccountController } from './namespace-defaults.ts';
import { nodeIpamController, nodeTtlController } from './node-attributes.ts';
import { nodeLifecycleController } from './node-lifecycle.ts';
import { podGcController } from './pod-gc.ts';
import { replicaSetController } from './replica-set.ts';
import { taintEvictionController } from './taint-eviction.ts';

export interface ControllerManagerOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential: Credential;
  hostname: string;
  /** All resources that the API serves, with their kinds, for the collector and namespaces. */
  resources: readonly OwnedResource[];
  /** `--controllers`: `*`, names, `-name`. */
  controllers?: readonly string[];
  rootCa?: string;
  /** `--cluster-cidr` when `--allocate-node-cidrs` is on. */
  clusterCidr?: string;
  leaderElect?: boolean;
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

  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
  }

  #startControllers(): void {
    const informers = new Map<string, Informer<KubeObject>>();
    const context = this.#context(informers);
    for (const [name, controller] of Object.entries(this.#controllers())) {
      if (isEnabled(name, this.#options.controllers ?? ['*'])) this.#running.push(controller(context));
    }
    for (const informer of informers.values()) {
      informer.start();
      this.#running.push(informer);
    }
  }

  #controllers(): Record<string, Controller> {
    const { resources, rootCa, clusterCidr } = this.#options;
    return {
      'serviceaccount-controller': serviceAccountController,
      ...(rootCa === undefined ? {} : { 'root-ca-certificate-publisher-controller': rootCaPublisher(rootCa) }),
      'namespace-controller': namespaceController(() => resources),
      'garbage-collector-controller': garbageCollector(() => resources),
      'deployment-controller': deploymentController,
      'replicaset-controller': replicaSetController,
      'daemonset-controller': daemonSetController,
      'endpointslice-controller': endpointSliceController,
      'node-lifecycle-controller': nodeLifecycleController,
      'taint-eviction-controller': taintEvictionController,
      'pod-garbage-collector-controller': podGcController,
      'ttl-controller': nodeTtlController,
      ...(clusterCidr === undefined ? {} : { 'node-ipam-controller': nodeIpamController(clusterCidr) }),
      'clusterrole-aggregation-controller': clusterRoleAggregationController,
    };
  }

  #context(informers: Map<string, Informer<KubeObject>>): ControllerContext {
    const { world, random, transport, credential } = this.#options;
    const client = createClient({ transport, credential, userAgent: this.name });
    return {
      world, client, random,
      informer: <T extends KubeObject>(resource: ResourceRef<T>): Informer<T> => {
        const key = `${resource.plural}.${resource.group}`;
        let found = informers.get(key);
        if (!found) informers.set(key, (found = createInformer<KubeObject>(resource, { world, transport, credential, userAgent: this.name })));
        return found as Informer<KubeObject> as Informer<T>; // the key says which resource it is
      },
      queue: (name, reconcile) => createQueue(world, name, reconcile),
      recorder: (component) => createRecorder({ world, client, component }),
    };
  }
}

/** Whether `--controllers` lets a controller run: its own name first, then `*`. */
export function isEnabled(name: string, list: readonly string[]): boolean {
  if (list.includes(name)) return true;
  if (list.includes(`-${name}`)) return false;
  return list.includes('*');
}
