/** The taints that follow from a node's state. Pure (node_lifecycle_controller.go: nodeConditionToTaintKeyStatusMap). */
import { timestamp } from '../../api/duration.ts';
import type { Node, NodeCondition, Taint } from '../../api/types.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

const PRESSURE: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure', DiskPressure: 'node.kubernetes.io/disk-pressure', PIDPressure: 'node.kubernetes.io/pid-pressure', NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

export function conditionOf(node: Node, type: string): NodeCondition | undefined {
  return node.status.conditions?.find((c) => c.type === type);
}

/** The key that stands for the node not being ready; undefined while it is, or has not said. */
export function healthTaint(node: Node): typeof NOT_READY | typeof UNREACHABLE | undefined {
  const status = conditionOf(node, 'Ready')?.status;
  return status === 'False' ? NOT_READY : status === 'Unknown' ? UNREACHABLE : undefined;
}

/** Whether Pods are being evicted for the node's health. */
export function isEvicting(node: Node): boolean {
  return node.spec.taints?.some((t) => t.effect === 'NoExecute' && (t.key === NOT_READY || t.key === UNREACHABLE)) ?? false;
}

/** The node's taints as they should be, the same array if they are. */
export function taintsFor(node: Node, { evicts, nowMs }: { evicts: boolean; nowMs: number }): readonly Taint[] {
  const before = node.spec.taints ?? [];
  const wanted = wantedTaints(node, evicts);
  const isWanted = (taint: Taint) => wanted.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  const kept = before.filter((taint) => !isOwn(taint, node) || isWanted(taint));
  const missing = wanted.filter(({ key, effect }) => !before.some((taint) => taint.key === key && taint.effect === effect));
  if (missing.length === 0 && kept.length === before.length) return before;
  const timeAdded = timestamp(nowMs);
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded }))];
}

function wantedTaints(node: Node, evicts: boolean): { key: string; effect: string }[] {
  const key = healthTaint(node);
  const keys = [...(key ? [key] : []), ...Object.entries(PRESSURE).filter(([type]) => conditionOf(node, type)?.status === 'True').map(([, taint]) => taint), ...(node.spec.unschedulable ? [UNSCHEDULABLE] : [])];
  return [...keys.map((each) => ({ key: each, effect: 'NoSchedule' })), ...(key && evicts ? [{ key, effect: 'NoExecute' }] : [])];
}

/** Taints that are taken away again. A fresh node keeps its not-ready taint until its kubelet has reported. */
function isOwn({ key, effect }: Taint, node: Node): boolean {
  if (key === NOT_READY || key === UNREACHABLE) return conditionOf(node, 'Ready') !== undefined;
  return effect === 'NoSchedule' && (key === UNSCHEDULABLE || Object.values(PRESSURE).includes(key));
}
