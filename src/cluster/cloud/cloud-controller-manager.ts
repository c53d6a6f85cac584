/** cloud-controller-manager: Services of type LoadBalancer get a load balancer of the cloud, and lose it with their end. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { ApiTransport, Credential } from '../apiserver/request.ts';
import type { Node, Service } from '../api/types.ts';
import { createClient } from '../client/client.ts';
import { createInformer } from '../client/informer.ts';
import { electLeader } from '../client/leader-election.ts';
import { createQueue } from '../client/queue.ts';
import { createRecorder } from '../client/recorder.ts';
import { nodes, services } from '../client/resources.ts';
import type { Component } from '../client/types.ts';
import { type Cloud, CloudError } from './cloud.ts';

const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const RETRY_MS = 5_000; // service controller: minRetryDelay

export interface CloudControllerManagerOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential: Credential;
  hostname: string;
  cloud: Cloud;
  leaderElect: boolean;
  onExit?: (code: number) => void;
}

export class CloudControllerManager implements Component {
  readonly name = 'cloud-controller-manager';
  readonly #options: CloudControllerManagerOptions;
  #running: { stop(): void }[] = [];

  constructor(options: CloudControllerManagerOptions) {
    this.#options = options;
  }

  start(): void {
    const { world, random, transport, credential, hostname, leaderElect, onExit } = this.#options;
    if (!leaderElect) return this.#begin();
    const client = createClient({ transport, credential, userAgent: this.name });
    this.#running.push(electLeader({
      world, client, recorder: createRecorder({ world, client, component: this.name }), name: this.name, identity: `${hostname}_${random.uuid()}`,
      onElected: () => this.#begin(), onLost: () => { this.stop(); onExit?.(1); },
    }));
  }

  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
  }

  #begin(): void {
    const { world, transport, credential, cloud } = this.#options;
    const options = { world, transport, credential, userAgent: this.name };
    const client = createClient(options);
    const recorder = createRecorder({ world, client, component: 'service-controller' });
    const allServices = createInformer(services, options);
    const allNodes = createInformer(nodes, options);
    const queue = createQueue(world, 'service', (key) => {
      const service = allServices.get(key);
      if (!service) return;
      try {
        reconcile(service);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        recorder.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: failed to ensure load balancer: ${error.message}`);
        queue.addAfter(key, RETRY_MS);
      }
    });
    allServices.onChange((now) => { if (now && concerns(now)) queue.add(`${now.metadata.namespace}/${now.metadata.name}`); });
    allNodes.onChange((now, old) => {
      if (now && old && isTarget(now) === isTarget(old)) return;
      for (const service of allServices.list()) if (service.spec.type === 'LoadBalancer') queue.add(`${service.metadata.namespace}/${service.metadata.name}`);
    });
    for (const informer of [allNodes, allServices]) informer.start();
    this.#running.push(allNodes, allServices, queue);

    function reconcile(service: Service): void {
      const { name, namespace, finalizers = [], deletionTimestamp, uid } = service.metadata;
      const id = `a${uid.replaceAll('-', '')}`;
      if (deletionTimestamp || service.spec.type !== 'LoadBalancer') {
        if (!finalizers.includes(FINALIZER)) return;
        recorder.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
        cloud.deleteLoadBalancer(id);
        recorder.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
        const left = finalizers.filter((f) => f !== FINALIZER);
        if (!deletionTimestamp) client.patch(services, name, namespace, { status: { loadBalancer: null } }, { subresource: 'status' });
        client.patch(services, name, namespace, { metadata: { finalizers: left.length ? left : null } });
        return;
      }
      const targets = allNodes.list().filter(isTarget).flatMap((node) => node.status.addresses?.find((a) => a.type === 'InternalIP')?.address ?? []).sort();
      const before = service.status.loadBalancer?.ingress?.[0]?.ip;
      if (!before) recorder.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
      if (targets.length === 0) recorder.event(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer');
      if (!finalizers.includes(FINALIZER)) client.patch(services, name, namespace, { metadata: { finalizers: [...finalizers, FINALIZER] } });
      const ports = (service.spec.ports ?? []).flatMap(({ port, nodePort }) => (nodePort ? [{ port, nodePort }] : []));
      const balancer = cloud.ensureLoadBalancer(id, ports, targets);
      if (before === balancer.address) return;
      client.patch(services, name, namespace, { status: { loadBalancer: { ingress: [{ ip: balancer.address, ipMode: 'VIP' }] } } }, { subresource: 'status' });
      recorder.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
    }
  }
}

function concerns(service: Service): boolean {
  return service.spec.type === 'LoadBalancer' || (service.metadata.finalizers?.includes(FINALIZER) ?? false);
}

/** A node that load balancers send traffic to: ready and not excluded. */
function isTarget(node: Node): boolean {
  return node.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true && node.metadata.labels?.[EXCLUDED] === undefined;
}
