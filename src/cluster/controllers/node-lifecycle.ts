/** Node health: a node whose kubelet falls silent becomes Unknown, is tainted, and its Pods are marked not ready. */
import type { Lease, Node, NodeCondition, Pod, Taint } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { leases, nodes, pods } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import type { Controller } from './controller.ts';
import { canonical } from './template-hash.ts';

const nodeMonitorPeriodMs = 5_000; // kube-controller-manager: --node-monitor-period
const nodeMonitorGracePeriodMs = 50_000; // --node-monitor-grace-period
const nodeStartupGracePeriodMs = 60_000; // --node-startup-grace-period
const unhealthyZoneThreshold = 0.55; // --unhealthy-zone-threshold
const nodeEvictionRateMs = 10_000; // --node-eviction-rate 0.1 a second

const PRESSURE: Readonly<Record<string, string>> = { MemoryPressure: 'memory-pressure', DiskPressure: 'disk-pressure', PIDPressure: 'pid-pressure', NetworkUnavailable: 'network-unavailable' };
const OWN_TAINTS = new Set(['not-ready', 'unreachable', 'unschedulable', ...Object.values(PRESSURE)].map((name) => `node.kubernetes.io/${name}`));

interface Health { heardMs: number; leaseTime: string; statusVersion: string }

export const nodeLifecycleController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(nodes);
  const allLeases = context.informer(leases);
  const allPods = context.informer(pods);
  const recorder = context.recorder('node-controller');
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const health = new Map<string, Health>();
  let lastEvictionMs = -Infinity;
  const queue = context.queue('nodelifecycle', reconcile);

  all.onChange((now, old) => {
    if (now && !old) recorder.event(now, 'Normal', 'RegisteredNode', `Node ${now.metadata.name} event: Registered Node ${now.metadata.name} in Controller`);
    if (!now && old) {
      health.delete(old.metadata.name);
      recorder.event(old, 'Normal', 'RemovingNode', `Node ${old.metadata.name} event: Removing Node ${old.metadata.name} from Controller`);
    }
    if (now) queue.add(now.metadata.name);
  });
  allLeases.onChange((lease) => { if (lease?.metadata.namespace === 'kube-node-lease') hear(lease); });

  function hear(lease: Lease): void {
    const known = health.get(lease.metadata.name);
    const leaseTime = String(lease.spec?.renewTime ?? '');
    if (known && known.leaseTime !== leaseTime) Object.assign(known, { leaseTime, heardMs: world.clock.now() });
  }

  function reconcile(name: string): void {
    const node = all.get(name);
    if (!node) return;
    const nowMs = world.clock.now();
    const known = observe(node, nowMs);
    const ready = conditionOf(node, 'Ready');
    const grace = ready ? nodeMonitorGracePeriodMs : nodeStartupGracePeriodMs;
    const silentMs = nowMs - known.heardMs;
    // The check runs with a period, so a node is found silent at the next tick after its grace is over.
    if (silentMs > grace && ready?.status !== 'Unknown') return markUnknown(node);
    queue.addAfter(name, nextCheck(grace - silentMs));
    applyTaints(node);
    if (ready && ready.status !== 'True') markPods(node);
  }

  function nextCheck(untilMs: number): number {
    return untilMs > 0 ? Math.ceil((untilMs + 1) / nodeMonitorPeriodMs) * nodeMonitorPeriodMs : nodeMonitorPeriodMs;
  }

  function observe(node: Node, nowMs: number): Health {
    const statusVersion = canonical(heartbeats(node));
    const known = health.get(node.metadata.name);
    if (!known) {
      const first = { heardMs: conditionOf(node, 'Ready') ? nowMs : Date.parse(node.metadata.creationTimestamp), leaseTime: '', statusVersion };
      health.set(node.metadata.name, first);
      return first;
    }
    const fromKubelet = known.statusVersion !== statusVersion && conditionOf(node, 'Ready')?.reason !== 'NodeStatusUnknown';
    if (fromKubelet) Object.assign(known, { statusVersion, heardMs: nowMs });
    return known;
  }

  function markUnknown(node: Node): void {
    const now = rfc3339(world.clock.now());
    const had = conditionOf(node, 'Ready') !== undefined;
    const types = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'];
    const conditions = types.map((type): NodeCondition => {
      const before = conditionOf(node, type);
      return {
        type, status: 'Unknown', reason: before ? 'NodeStatusUnknown' : 'NodeStatusNeverUpdated',
        message: before ? 'Kubelet stopped posting node status.' : 'Kubelet never posted node status.',
        lastHeartbeatTime: before?.lastHeartbeatTime ?? node.metadata.creationTimestamp, lastTransitionTime: before?.status === 'Unknown' ? before.lastTransitionTime : now,
      };
    });
    const others = (node.status.conditions ?? []).filter((c) => !types.includes(c.type));
    client.updateStatus(nodes, { ...node, status: { ...node.status, conditions: [...others, ...conditions] } });
    if (had) recorder.event(node, 'Normal', 'NodeNotReady', `Node ${node.metadata.name} status is now: NodeNotReady`);
  }

  /** NoSchedule taints follow the conditions at once; NoExecute ones at the eviction rate, and not at all when everything is down. */
  function applyTaints(node: Node): void {
    const ready = conditionOf(node, 'Ready')?.status;
    const key = ready === 'False' ? 'node.kubernetes.io/not-ready' : ready === 'True' || ready === undefined ? undefined : 'node.kubernetes.io/unreachable';
    const wanted: { key: string; effect: string }[] = [];
    if (key) wanted.push({ key, effect: 'NoSchedule' });
    for (const [type, name] of Object.entries(PRESSURE)) if (conditionOf(node, type)?.status === 'True') wanted.push({ key: `node.kubernetes.io/${name}`, effect: 'NoSchedule' });
    if (node.spec.unschedulable) wanted.push({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' });
    if (key && mayEvict(node, key)) wanted.push({ key, effect: 'NoExecute' });
    const taints = node.spec.taints ?? [];
    const kept = taints.filter((t) => !isOwn(t, ready) || wanted.some((w) => w.key === t.key && w.effect === t.effect));
    const missing = wanted.filter((w) => !taints.some((t) => t.key === w.key && t.effect === w.effect));
    if (missing.length === 0 && kept.length === taints.length) return;
    const timeAdded = rfc3339(world.clock.now());
    const next = [...kept, ...missing.map((taint) => ({ ...taint, timeAdded } as Taint))];
    client.patch(nodes, node.metadata.name, undefined, { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: next.length ? next : null } });
  }

  /** Taints that this controller takes away again. A fresh node keeps its not-ready taint until its kubelet has reported. */
  function isOwn(taint: Taint, ready: string | undefined): boolean {
    return OWN_TAINTS.has(taint.key) && !(ready === undefined && taint.key === 'node.kubernetes.io/not-ready');
  }

  function mayEvict(node: Node, key: string): boolean {
    if (node.spec.taints?.some((t) => t.key === key && t.effect === 'NoExecute')) return true;
    const everyone = all.list();
    const down = everyone.filter((n) => conditionOf(n, 'Ready')?.status !== 'True').length;
    if (down === everyone.length) return false;
    const zone = everyone.filter((n) => zoneOf(n) === zoneOf(node));
    const zoneDown = zone.filter((n) => conditionOf(n, 'Ready')?.status !== 'True').length;
    const nowMs = world.clock.now();
    if (zoneDown > 2 && zoneDown / zone.length >= unhealthyZoneThreshold && everyone.length <= 50) return false;
    if (nowMs - lastEvictionMs < nodeEvictionRateMs) {
      queue.addAfter(node.metadata.name, lastEvictionMs + nodeEvictionRateMs - nowMs);
      return false;
    }
    lastEvictionMs = nowMs;
    return true;
  }

  /** Pods of a node that is not ready are not ready either: they leave their Services. */
  function markPods(node: Node): void {
    for (const pod of allPods.byIndex('node', node.metadata.name)) markPod(pod);
  }

  function markPod(pod: Pod): void {
    const ready = pod.status.conditions?.find((c) => c.type === 'Ready');
    if (ready?.status !== 'True') return;
    const conditions = pod.status.conditions!.map((c) => (c.type === 'Ready' ? { ...c, status: 'False', lastTransitionTime: rfc3339(world.clock.now()) } : c));
    try {
      client.patch(pods, pod.metadata.name, pod.metadata.namespace, { status: { conditions } }, { subresource: 'status' });
      recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 404) throw error;
    }
  }

  return { stop: () => queue.stop() };
};

function heartbeats(node: Node): unknown {
  return (node.status.conditions ?? []).map((c) => [c.type, c.status, c.lastHeartbeatTime]);
}

function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status.conditions?.find((c) => c.type === type);
}

function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}
