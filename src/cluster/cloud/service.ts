/** The service controller: Services of type LoadBalancer get a load balancer of the cloud, and lose it with their end. */
import type { Node, Service } from '../api/types.ts';
import { nodes, services } from '../client/resources.ts';
import { Backoff } from '../controllers/backoff.ts';
import { type Controller, keyOf, unlessGone } from '../controllers/controller.ts';
import { addFinalizer, removeFinalizer } from '../controllers/finalizers.ts';
import { canonical } from '../controllers/template-hash.ts';
import { type Cloud, CloudError, type LoadBalancer } from './cloud.ts';

const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';
const EXCLUDED = 'node.kubernetes.io/exclude-from-external-load-balancers';
const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const PROXY_HEALTH_PORT = 10256; // kube-proxy's healthz, for externalTrafficPolicy Cluster
const RETRY = { minMs: 5_000, maxMs: 300_000 }; // service controller: minRetryDelay, maxRetryDelay

export function serviceController(cloud: Cloud): Controller {
  return (context) => {
    const { client, world } = context;
    const recorder = context.recorder('service-controller');
    const all = context.informer(services);
    const allNodes = context.informer(nodes);
    const failures = new Backoff(world.clock, RETRY);
    const queue = context.queue('service', reconcile);

    all.onChange((now, old) => {
      const ranges = (of: Service) => `[${(of.spec.loadBalancerSourceRanges ?? []).join(' ')}]`;
      if (now && old && wants(now) && ranges(now) !== ranges(old)) recorder.event(now, 'Normal', 'LoadBalancerSourceRanges', `${ranges(old)} -> ${ranges(now)}`);
      if (now && old && now.spec.type !== old.spec.type && (wants(now) || wants(old))) recorder.event(now, 'Normal', 'Type', `${old.spec.type} -> ${now.spec.type}`);
      if (now && concerns(now)) queue.add(keyOf(now));
    });
    allNodes.onChange((now, old) => {
      if (now && old && isTarget(now) === isTarget(old) && addressOf(now) === addressOf(old)) return;
      for (const service of all.list()) if (concerns(service)) queue.add(keyOf(service));
    });

    function reconcile(key: string): void {
      const service = all.get(key);
      if (!service) return failures.forget(key);
      try {
        if (service.metadata.deletionTimestamp || !wants(service)) release(service);
        else ensure(service);
        failures.forget(key);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        const what = service.metadata.deletionTimestamp ? 'failed to delete load balancer' : 'failed to ensure load balancer';
        recorder.event(service, 'Warning', 'SyncLoadBalancerFailed', `Error syncing load balancer: ${what}: ${error.message}`);
        failures.next(key);
        queue.addAfter(key, failures.remainingMs(key));
      }
    }

    function release(service: Service): void {
      const { name, namespace, finalizers = [], deletionTimestamp } = service.metadata;
      if (!finalizers.includes(FINALIZER)) return;
      recorder.event(service, 'Normal', 'DeletingLoadBalancer', 'Deleting load balancer');
      cloud.deleteLoadBalancer(balancerName(service));
      recorder.event(service, 'Normal', 'DeletedLoadBalancer', 'Deleted load balancer');
      unlessGone(() => {
        if (!deletionTimestamp) client.patch(services, name, namespace, { status: { loadBalancer: null } }, { subresource: 'status' });
        removeFinalizer(client, services, service.metadata, FINALIZER);
      });
    }

    function ensure(service: Service): void {
      const { finalizers = [] } = service.metadata;
      const wanted = { ports: portsOf(service), healthCheckPort: service.spec.healthCheckNodePort ?? PROXY_HEALTH_PORT, sourceRanges: (service.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()), nodes: allNodes.list().filter(isTarget).flatMap((node) => addressOf(node) ?? []).sort() };
      const known = cloud.loadBalancer(balancerName(service));
      const isNew = !known || canonical([known.ports, known.healthCheckPort, known.sourceRanges]) !== canonical([wanted.ports, wanted.healthCheckPort, wanted.sourceRanges]);
      if (isNew) recorder.event(service, 'Normal', 'EnsuringLoadBalancer', 'Ensuring load balancer');
      if (!finalizers.includes(FINALIZER)) addFinalizer(client, services, service.metadata, FINALIZER);
      if (wanted.nodes.length === 0 && known?.nodes.length !== 0) recorder.event(service, 'Warning', 'UnAvailableLoadBalancer', 'There are no available nodes for LoadBalancer');
      const balancer = isNew || canonical(known.nodes) !== canonical(wanted.nodes) ? cloud.ensureLoadBalancer(balancerName(service), wanted, world.clock.now()) : known;
      if (!isNew && balancer !== known) recorder.event(service, 'Normal', 'UpdatedLoadBalancer', 'Updated load balancer with new hosts');
      publish(service, balancer, isNew);
    }

    /** Tells the address once the load balancer is there. */
    function publish(service: Service, balancer: LoadBalancer, isNew: boolean): void {
      const leftMs = balancer.readyMs - world.clock.now();
      if (leftMs > 0) return queue.addAfter(keyOf(service), leftMs);
      const isKnown = service.status.loadBalancer?.ingress?.[0]?.ip === balancer.address;
      const { name, namespace } = service.metadata;
      if (!isKnown) client.patch(services, name, namespace, { status: { loadBalancer: { ingress: [{ ip: balancer.address, ipMode: 'VIP' }] } } }, { subresource: 'status' });
      if (isNew || !isKnown) recorder.event(service, 'Normal', 'EnsuredLoadBalancer', 'Ensured load balancer');
    }

    return { stop: () => queue.stop() };
  };
}

function wants({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
}

function concerns(service: Service): boolean {
  return wants(service) || (service.metadata.finalizers?.includes(FINALIZER) ?? false);
}

/** As cloud providers name them: `a` and the Service's UID, 32 characters (DefaultLoadBalancerName). */
function balancerName({ metadata: { uid } }: Service): string {
  return `a${uid.replaceAll('-', '')}`.slice(0, 32);
}

function portsOf({ spec }: Service): { port: number; nodePort: number }[] {
  return (spec.ports ?? []).flatMap(({ port, nodePort }) => (nodePort ? [{ port, nodePort }] : []));
}

/** A node that load balancers send traffic to. That it must be ready stands for the load balancer's own health checks. */
function isTarget({ metadata, spec, status }: Node): boolean {
  const isReady = status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
  return isReady && metadata.labels?.[EXCLUDED] === undefined && !spec.taints?.some((taint) => taint.key === TO_BE_DELETED);
}

function addressOf(node: Node): string | undefined {
  return node.status.addresses?.find((each) => each.type === 'InternalIP')?.address;
}
