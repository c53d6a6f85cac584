/** The cloud's node controllers: what the cloud knows of a new node; nodes whose machine is gone or switched off. */
import { timestamp } from '../api/duration.ts';
import type { Node } from '../api/types.ts';
import { nodes } from '../client/resources.ts';
import { type Controller, unlessGone } from '../controllers/controller.ts';
import { type Cloud, CloudError, type Instance } from './cloud.ts';

const UNINITIALIZED = 'node.cloudprovider.kubernetes.io/uninitialized';
const SHUTDOWN = 'node.cloudprovider.kubernetes.io/shutdown';
const nodeMonitorPeriodMs = 5_000; // cloud-controller-manager: --node-monitor-period
const RETRY_MS = 5_000;

/** The cloud node controller: initializes nodes that registered with `--cloud-provider=external`. */
export function cloudNodeController(cloud: Cloud): Controller {
  return (context) => {
    const { client } = context;
    const all = context.informer(nodes);
    const recorder = context.recorder('cloud-node-controller');
    const queue = context.queue('cloudnode', (name) => {
      const node = all.get(name);
      if (!node || !hasTaint(node, UNINITIALIZED)) return;
      try {
        initialize(node, cloud.instanceOf({ name, providerID: node.spec.providerID }));
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        queue.addAfter(name, RETRY_MS);
      }
    });
    all.onChange((now) => { if (now && hasTaint(now, UNINITIALIZED)) queue.add(now.metadata.name); });

    function initialize(node: Node, instance: Instance | undefined): void {
      const { name, resourceVersion } = node.metadata;
      if (!instance) return queue.addAfter(name, RETRY_MS);
      unlessGone(() => {
        client.patch(nodes, name, undefined, { status: { addresses: instance.addresses } }, { subresource: 'status' });
        const taints = node.spec.taints?.filter((taint) => taint.key !== UNINITIALIZED) ?? [];
        const newest = client.get(nodes, name)?.metadata.resourceVersion ?? resourceVersion;
        client.patch(nodes, name, undefined, { metadata: { resourceVersion: newest, labels: labelsOf(instance) }, spec: { providerID: instance.providerID, taints: taints.length ? taints : null } });
      });
      recorder.event(node, 'Normal', 'Synced', 'Node synced successfully');
    }

    return { stop: () => queue.stop() };
  };
}

/** The labels that say what machine a node is, and where. */
export function labelsOf({ type, region, zone }: Pick<Instance, 'type' | 'region' | 'zone'>): Record<string, string> {
  return {
    'node.kubernetes.io/instance-type': type, 'beta.kubernetes.io/instance-type': type,
    'topology.kubernetes.io/region': region, 'failure-domain.beta.kubernetes.io/region': region,
    'topology.kubernetes.io/zone': zone, 'failure-domain.beta.kubernetes.io/zone': zone,
  };
}

/** The cloud node lifecycle controller: asks the cloud about nodes that are not ready. Nodes that are no machines of the cloud are left alone. */
export function cloudNodeLifecycleController(cloud: Cloud): Controller {
  return (context) => {
    const { client, world } = context;
    const all = context.informer(nodes);
    const recorder = context.recorder('cloud-node-lifecycle-controller');
    const queue = context.queue('cloudnodelifecycle', (name) => {
      const node = all.get(name);
      if (!node?.spec.providerID) return;
      if (isReady(node)) return setShutdown(node, false);
      queue.addAfter(name, nodeMonitorPeriodMs);
      try {
        const instance = cloud.instanceOf({ name, providerID: node.spec.providerID });
        if (instance) setShutdown(node, instance.state === 'stopped');
        else remove(node);
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
      }
    });
    all.onChange((now, old) => { if (now && (!old || isReady(now) !== isReady(old))) queue.add(now.metadata.name); });

    function remove(node: Node): void {
      const { name } = node.metadata;
      recorder.event(node, 'Normal', 'DeletingNode', `Deleting node ${name} because it does not exist in the cloud provider`);
      unlessGone(() => client.delete(nodes, name));
    }

    function setShutdown(node: Node, isDown: boolean): void {
      if (hasTaint(node, SHUTDOWN) === isDown) return;
      const others = node.spec.taints?.filter((taint) => taint.key !== SHUTDOWN) ?? [];
      const taints = isDown ? [...others, { key: SHUTDOWN, effect: 'NoSchedule', timeAdded: timestamp(world.clock.now()) }] : others;
      const { name, resourceVersion } = node.metadata;
      unlessGone(() => client.patch(nodes, name, undefined, { metadata: { resourceVersion }, spec: { taints: taints.length ? taints : null } }));
    }

    return { stop: () => queue.stop() };
  };
}

/** The route controller: the cloud's network leads each node's Pod network to the node, or the node says that it does not. */
export function routeController(cloud: Cloud): Controller {
  return (context) => {
    const { client, world } = context;
    const all = context.informer(nodes);
    const recorder = context.recorder('route_controller');
    const queue = context.queue('route', (name) => {
      const node = all.get(name);
      if (!node?.spec.podCIDR) return;
      try {
        if (cloud.routes().get(node.spec.podCIDR) !== name) cloud.createRoute(node.spec.podCIDR, name);
        report(node, 'False', 'RouteCreated', 'RouteController created a route');
      } catch (error) {
        if (!(error instanceof CloudError)) throw error;
        recorder.event(node, 'Warning', 'FailedToCreateRoute', `Could not create route ${node.metadata.uid} ${node.spec.podCIDR} for node ${name}: ${error.message}`);
        report(node, 'True', 'NoRouteCreated', 'RouteController failed to create a route');
        queue.addAfter(name, 10_000); // --route-reconciliation-period
      }
    });
    all.onChange((now, old) => {
      if (now && now.spec.podCIDR !== old?.spec.podCIDR) queue.add(now.metadata.name);
      if (!now && old?.spec.podCIDR && cloud.hasCredentials && cloud.outage === undefined) cloud.deleteRoute(old.spec.podCIDR);
    });

    function report(node: Node, status: string, reason: string, message: string): void {
      const conditions = node.status.conditions ?? [];
      const before = conditions.find((c) => c.type === 'NetworkUnavailable');
      if (before?.status === status && before.reason === reason) return;
      const now = timestamp(world.clock.now());
      const next = { type: 'NetworkUnavailable', status, reason, message, lastHeartbeatTime: now, lastTransitionTime: before?.status === status ? before.lastTransitionTime : now };
      unlessGone(() => client.patch(nodes, node.metadata.name, undefined, { metadata: { resourceVersion: node.metadata.resourceVersion }, status: { conditions: [...conditions.filter((c) => c.type !== 'NetworkUnavailable'), next] } }, { subresource: 'status' }));
    }

    return { stop: () => queue.stop() };
  };
}

function hasTaint({ spec }: Node, key: string): boolean {
  return spec.taints?.some((taint) => taint.key === key) ?? false;
}

function isReady({ status }: Node): boolean {
  return status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') ?? false;
}
