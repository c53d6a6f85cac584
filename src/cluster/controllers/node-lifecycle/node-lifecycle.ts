/** Node health: a node whose kubelet falls silent becomes Unknown, is tainted, and its Pods are marked not ready. */
import { timestamp } from '../../api/duration.ts';
import type { Lease, Node, NodeCondition, Pod } from '../../api/types.ts';
import { leases, nodes, pods } from '../../client/resources.ts';
import { type Controller, unlessGone } from '../controller.ts';
import { isReady, patchPodStatus } from '../pods.ts';
import { canonical } from '../template-hash.ts';
import { conditionOf, healthTaint, isEvicting, taintsFor } from './taints.ts';
import { Zones } from './zones.ts';

/** A pass over the queue of nodes to evict from: by then the state of the zones is known. */
const taintingPeriodMs = 100; // node_lifecycle_controller.go: nodeEvictionPeriod

/** What was last heard of a node, by this controller's own clock. */
interface Health { heardMs: number; renewTime: string | undefined; heartbeats: string }

export const nodeLifecycleController: Controller = (context) => {
  const { client, world, settings } = context;
  const nodeMonitorPeriodMs = settings.ms('node-monitor-period', 5_000);
  const nodeMonitorGracePeriodMs = settings.ms('node-monitor-grace-period', 50_000);
  const nodeStartupGracePeriodMs = settings.ms('node-startup-grace-period', 60_000);
  const all = context.informer(nodes);
  const allLeases = context.informer(leases);
  const allPods = context.informer(pods);
  const recorder = context.recorder('node-controller');
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const health = new Map<string, Health>();
  const zones = new Zones(settings);
  /** Nodes whose end the next check will tell. */
  const removed = new Map<string, Node>();
  /** Nodes that turned silent and whose Pods have still to be marked. */
  const toMark = new Set<string>();
  /** Since when nodes wait for their Pods to be evicted. */
  const down = new Map<string, number>();
  const queue = context.queue('nodelifecycle', reconcile);

  all.onChange((now, old) => {
    const { name } = (now ?? old)!.metadata;
    if (now && !old) recorder.event(now, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    if (!now && old) {
      health.delete(name);
      toMark.delete(name);
      down.delete(name);
      removed.set(name, old);
      queue.addAfter(name, nextCheckMs(0));
    }
    noteZone(name, now);
    if (now) queue.add(name);
  });
  allLeases.onChange((lease) => { if (lease?.metadata.namespace === 'kube-node-lease') hear(lease); });

  /** A zone that changes its state changes what may be done with every node that is down. */
  function noteZone(name: string, node: Node | undefined): void {
    const [stateBefore, wasAllDown] = [zones.state, zones.isAllDown];
    zones.note(name, node, world.clock.now());
    if (zones.state === stateBefore) return;
    // After everything was down every node gets its time anew.
    if (wasAllDown && !zones.isAllDown) for (const known of health.values()) known.heardMs = world.clock.now();
    for (const each of zones.down) queue.add(each);
  }

  function hear({ metadata: { name }, spec }: Lease): void {
    const known = health.get(name);
    const renewTime = spec.renewTime === undefined ? undefined : String(spec.renewTime);
    if (known && known.renewTime !== renewTime) Object.assign(known, { renewTime, heardMs: world.clock.now() });
  }

  function reconcile(name: string): void {
    const node = all.get(name);
    const gone = removed.get(name);
    if (gone && removed.delete(name)) recorder.event(gone, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    if (!node) return;
    const ready = conditionOf(node, 'Ready');
    const graceMs = ready ? nodeMonitorGracePeriodMs : nodeStartupGracePeriodMs;
    const leftMs = observe(node).heardMs + graceMs - world.clock.now();
    if (leftMs < 0 && ready?.status !== 'Unknown') markUnknown(node);
    else queue.addAfter(name, nextCheckMs(leftMs));
    if (toMark.has(name)) markPods(node);
    if (!healthTaint(node)) down.delete(name);
    applyTaints(node);
  }

  /** One check at a time for all nodes: those that fell silent together are found together, at the tick after their grace is over. */
  function nextCheckMs(leftMs: number): number {
    const nowMs = world.clock.now();
    return (Math.floor((nowMs + Math.max(0, leftMs)) / nodeMonitorPeriodMs) + 1) * nodeMonitorPeriodMs - nowMs;
  }

  function observe(node: Node): Health {
    const { name, creationTimestamp } = node.metadata;
    const heartbeats = canonical((node.status.conditions ?? []).map((c) => [c.type, c.status, c.lastHeartbeatTime]));
    const nowMs = world.clock.now();
    const known = health.get(name);
    if (!known) {
      const renewTime = allLeases.get(`kube-node-lease/${name}`)?.spec.renewTime;
      const first = { heardMs: conditionOf(node, 'Ready') ? nowMs : Date.parse(creationTimestamp), renewTime: renewTime === undefined ? undefined : String(renewTime), heartbeats };
      health.set(name, first);
      return first;
    }
    if (known.heartbeats !== heartbeats) {
      // What this controller wrote itself is no sign of life.
      const isOwn = conditionOf(node, 'Ready')?.reason?.startsWith('NodeStatus') ?? false;
      Object.assign(known, { heartbeats, ...(isOwn ? {} : { heardMs: nowMs }) });
    }
    return known;
  }

  function markUnknown(node: Node): void {
    const now = timestamp(world.clock.now());
    const types = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'];
    const conditions = types.map((type): NodeCondition => {
      const before = conditionOf(node, type);
      return {
        type, status: 'Unknown', reason: before ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated', message: before ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
        lastHeartbeatTime: before?.lastHeartbeatTime ?? node.metadata.creationTimestamp, lastTransitionTime: before?.status === 'Unknown' ? before.lastTransitionTime : now,
      };
    });
    const others = (node.status.conditions ?? []).filter((c) => !types.includes(c.type));
    client.updateStatus(nodes, { ...node, status: { ...node.status, conditions: [...others, ...conditions] } });
    if (conditionOf(node, 'Ready')?.status !== 'True') return;
    recorder.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
    toMark.add(node.metadata.name);
  }

  /** NoSchedule follows the conditions at once; NoExecute at the zone's rate, and not at all when everything is down. */
  function applyTaints(node: Node): void {
    const taints = taintsFor(node, { evicts: healthTaint(node) !== undefined && mayEvict(node), nowMs: world.clock.now() });
    if (taints === node.spec.taints || (taints.length === 0 && !node.spec.taints?.length)) return;
    const { name, resourceVersion } = node.metadata;
    unlessGone(() => client.patch(nodes, name, undefined, { metadata: { resourceVersion }, spec: { taints: taints.length ? taints : null } }));
  }

  function mayEvict(node: Node): boolean {
    if (zones.isAllDown) return false;
    if (isEvicting(node)) return true;
    const { name } = node.metadata;
    const sinceMs = down.get(name) ?? world.clock.now();
    down.set(name, sinceMs);
    if (world.clock.now() - sinceMs < taintingPeriodMs) {
      queue.addAfter(name, taintingPeriodMs);
      return false;
    }
    const permission = zones.mayEvict(node, world.clock.now());
    if (typeof permission === 'object') queue.addAfter(name, permission.afterMs);
    return permission === 'now';
  }

  /** Pods of a node that fell silent are not ready: they leave their Services. */
  function markPods(node: Node): void {
    for (const pod of allPods.byIndex('node', node.metadata.name)) markPod(pod);
    toMark.delete(node.metadata.name);
  }

  function markPod(pod: Pod): void {
    if (!isReady(pod)) return;
    unlessGone(() => patchPodStatus(client, pod, { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: timestamp(world.clock.now()) }] }));
    recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
  }

  return { stop: () => queue.stop() };
};
