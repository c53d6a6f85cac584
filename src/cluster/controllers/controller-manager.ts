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
import { accountCredential } from './account-credential.ts';
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
  /** Without the client certificate, for the controllers' own tokens. */
  tokenTransport?: ApiTransport;
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

  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
  }

  #startControllers(): void {
    const informers = new Map<string, Informer<KubeObject>>();
    for (const [name, { account, controller }] of Object.entries(this.#controllers())) {
      if (isEnabled(name, this.#options.controllers ?? ['*'])) this.#running.push(controller(this.#context(informers, account)));
    }
    for (const informer of informers.values()) {
      informer.start();
      this.#running.push(informer);
    }
  }

  /** By the name that `--controllers` uses, with the ServiceAccount each acts as. */
  #controllers(): Record<string, { account: string; controller: Controller }> {
    const { resources, rootCa, clusterCidr } = this.#options;
    return {
      'serviceaccount-controller': { account: 'service-account-controller', controller: serviceAccountController },
      ...(rootCa === undefined ? {} : { 'root-ca-certificate-publisher-controller': { account: 'root-ca-cert-publisher', controller: rootCaPublisher(rootCa) } }),
      'namespace-controller': { account: 'namespace-controller', controller: namespaceController(() => resources) },
      'garbage-collector-controller': { account: 'generic-garbage-collector', controller: garbageCollector(() => resources) },
      'deployment-controller': { account: 'deployment-controller', controller: deploymentController },
      'replicaset-controller': { account: 'replicaset-controller', controller: replicaSetController },
      'daemonset-controller': { account: 'daemon-set-controller', controller: daemonSetController },
      'endpointslice-controller': { account: 'endpointslice-controller', controller: endpointSliceController },
      'node-lifecycle-controller': { account: 'node-controller', controller: nodeLifecycleController },
      'taint-eviction-controller': { account: 'node-controller', controller: taintEvictionController },
      'pod-garbage-collector-controller': { account: 'pod-garbage-collector', controller: podGcController },
      'ttl-controller': { account: 'ttl-controller', controller: nodeTtlController },
      ...(clusterCidr === undefined ? {} : { 'node-ipam-controller': { account: 'node-controller', controller: nodeIpamController(clusterCidr) } }),
      'clusterrole-aggregation-controller': { account: 'clusterrole-aggregation-controller', controller: clusterRoleAggregationController },
    };
  }

  #context(informers: Map<string, Informer<KubeObject>>, account: string): ControllerContext {
    const { world, random, transport, tokenTransport = transport, credential, useServiceAccounts } = this.#options;
    const own = createClient({ transport, credential, userAgent: this.name });
    const client = useServiceAccounts ? createClient({ transport: tokenTransport, credential: accountCredential(world, own, account), userAgent: `${this.name}/${account}` }) : own;
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
