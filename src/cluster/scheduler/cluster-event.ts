/** What happens in the cluster, as far as it may let a waiting Pod in. */
import type { KubeObject, Node } from '../api/types.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

export type NodeAspect = 'allocatable' | 'labels' | 'taints' | 'unschedulable' | 'images' | 'features';

export type ClusterEvent =
  | { readonly type: 'NodeAdd'; readonly node: NodeInfo }
  /** `before` is the old form of the node without its Pods. */
  | { readonly type: 'NodeUpdate'; readonly node: NodeInfo; readonly before: NodeInfo; readonly changed: ReadonlySet<NodeAspect> }
  | { readonly type: 'NodeDelete'; readonly node: NodeInfo }
  /** Of Pods that have a node. */
  | { readonly type: 'PodAdd'; readonly pod: PodInfo }
  | { readonly type: 'PodUpdate'; readonly pod: PodInfo; readonly before: PodInfo }
  | { readonly type: 'PodDelete'; readonly pod: PodInfo }
  /** Of any other object, by resource: `persistentvolumeclaims`. */
  | { readonly type: 'ObjectChange'; readonly resource: string; readonly now: KubeObject | undefined; readonly old: KubeObject | undefined };

/** What of a node has changed that plugins look at; heartbeats give nothing. */
export function changedAspects(now: Node, before: Node): ReadonlySet<NodeAspect> {
  const changed = new Set<NodeAspect>();
  if (differs(now.status.allocatable, before.status.allocatable)) changed.add('allocatable');
  if (differs(now.metadata.labels, before.metadata.labels)) changed.add('labels');
  if (differs(now.spec.taints, before.spec.taints)) changed.add('taints');
  if ((now.spec.unschedulable ?? false) !== (before.spec.unschedulable ?? false)) changed.add('unschedulable');
  if (differs(now.status.images, before.status.images)) changed.add('images');
  if (differs(Reflect.get(now.status, 'declaredFeatures'), Reflect.get(before.status, 'declaredFeatures'))) changed.add('features');
  return changed;
}

function differs(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}

/** Whether the event makes a node ready for Pods in a way that `holds` looks at: it holds now and did not before. */
export function nodeNow(event: ClusterEvent, aspects: readonly NodeAspect[], holds: (node: NodeInfo) => boolean): boolean {
  if (event.type === 'NodeAdd') return holds(event.node);
  if (event.type !== 'NodeUpdate' || !aspects.some((aspect) => event.changed.has(aspect))) return false;
  return holds(event.node) && !holds(event.before);
}
