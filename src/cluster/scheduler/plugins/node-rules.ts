/** The small rules about a node itself: cordoned, named, tainted, its ports taken. */
import type { Taint, Toleration } from '../../api/types.ts';
import { type FilterPlugin, normalize, rejected, type ScorePlugin, unresolvable } from '../framework.ts';
import type { HostPort, NodeInfo } from '../node-info.ts';

const UNSCHEDULABLE_TAINT: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** A cordoned node takes no Pods, except those that tolerate the taint of the same name. */
export const nodeUnschedulable: FilterPlugin = {
  name: 'NodeUnschedulable',
  filter: ({ pod }, { node }) => (node.spec.unschedulable && !toleratesTaint(pod.spec.tolerations ?? [], UNSCHEDULABLE_TAINT) ? unresolvable('node(s) were unschedulable') : undefined),
};

export const nodeName: FilterPlugin = {
  name: 'NodeName',
  filter: ({ pod }, { name }) => (pod.spec.nodeName && pod.spec.nodeName !== name ? unresolvable("node(s) didn't match the requested node name") : undefined),
};

export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  weight: 3,
  filter({ pod }, { taints }) {
    const untolerated = taints.some((taint) => taint.effect !== 'PreferNoSchedule' && !toleratesTaint(pod.spec.tolerations ?? [], taint));
    return untolerated ? unresolvable('node(s) had untolerated taint(s)') : undefined;
  },
  score({ pod }, nodes) {
    const tolerations = (pod.spec.tolerations ?? []).filter((t) => !t.effect || t.effect === 'PreferNoSchedule');
    const counts = nodes.map(({ taints }) => taints.filter((taint) => taint.effect === 'PreferNoSchedule' && !toleratesTaint(tolerations, taint)).length);
    return normalize(counts, { reverse: true });
  },
};

export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  filter({ hostPorts }, node) {
    return hostPorts.some((port) => isTaken(port, node)) ? rejected("node(s) didn't have free ports for the requested pod ports") : undefined;
  },
};

function isTaken(wanted: HostPort, node: NodeInfo): boolean {
  for (const { hostPorts } of node.pods.values()) {
    if (hostPorts.some((port) => port.port === wanted.port && port.protocol === wanted.protocol && (port.ip === wanted.ip || port.ip === '0.0.0.0' || wanted.ip === '0.0.0.0'))) return true;
  }
  return false;
}

/** Whether one of the tolerations covers the taint. */
export function toleratesTaint(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(({ key, operator, value, effect }) => {
    if (effect && effect !== taint.effect) return false;
    if (key && key !== taint.key) return false;
    if (!key && operator !== 'Exists') return false;
    return operator === 'Exists' || (value ?? '') === (taint.value ?? '');
  });
}
