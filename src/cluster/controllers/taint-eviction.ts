/** NoExecute taints: Pods that do not tolerate one go at once, the others when their shortest toleration has run out. */
import type { Timer } from '../../time/clock.ts';
import type { Node, Pod, Taint, Toleration } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { nodes, pods } from '../client/resources.ts';
import { type Controller, keyOf } from './controller.ts';

export const taintEvictionController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(nodes);
  const allPods = context.informer(pods);
  const recorder = context.recorder('taint-eviction-controller');
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const timers = new Map<string, Timer>();
  const queue = context.queue('tainteviction', reconcile);

  all.onChange((now, old) => {
    const name = (now ?? old)!.metadata.name;
    if (noExecute(now).length === 0 && noExecute(old).length === 0) return;
    for (const pod of allPods.byIndex('node', name)) queue.add(keyOf(pod));
  });
  allPods.onChange((now, old) => {
    const key = keyOf((now ?? old)!);
    if (!now) return cancel(key);
    if (now.spec.nodeName && noExecute(all.get(now.spec.nodeName)).length > 0) queue.add(key);
  });

  function reconcile(key: string): void {
    const pod = allPods.get(key);
    const taints = pod ? noExecute(all.get(pod.spec.nodeName ?? '')) : [];
    if (!pod || pod.metadata.deletionTimestamp || taints.length === 0) return unplan(pod, key);
    const leavesMs = evictionTimeMs(pod, taints, world.clock.now());
    if (leavesMs === undefined) return unplan(pod, key);
    const planned = timers.get(key);
    if (planned && planned.atMs <= leavesMs) return;
    planned?.cancel();
    const delayMs = leavesMs - world.clock.now();
    if (delayMs <= 0) return evict(pod, key);
    timers.set(key, world.clock.after(delayMs, 'taint eviction', () => evictLater(key)));
  }

  function evictLater(key: string): void {
    timers.delete(key);
    world.soon('taint eviction', () => queue.add(key));
  }

  function evict(pod: Pod, key: string): void {
    cancel(key);
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: rfc3339(world.clock.now()) };
    const conditions = [...(pod.status.conditions ?? []).filter((c) => c.type !== 'DisruptionTarget'), condition];
    client.patch(pods, pod.metadata.name, pod.metadata.namespace, { status: { conditions } }, { subresource: 'status' });
    client.delete(pods, pod.metadata.name, pod.metadata.namespace);
  }

  function unplan(pod: Pod | undefined, key: string): void {
    if (!timers.has(key)) return;
    cancel(key);
    if (pod && !pod.metadata.deletionTimestamp) recorder.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
  }

  function cancel(key: string): void {
    timers.get(key)?.cancel();
    timers.delete(key);
  }

  return {
    stop() {
      queue.stop();
      for (const timer of timers.values()) timer.cancel();
    },
  };
};

function noExecute(node: Node | undefined): Taint[] {
  return (node?.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

/** When a Pod has to leave; undefined if it tolerates everything for ever. */
function evictionTimeMs(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  let earliest: number | undefined;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return nowMs;
    const seconds = matching.flatMap((t) => (t.tolerationSeconds === undefined ? [] : [Math.max(0, t.tolerationSeconds)]));
    if (seconds.length === 0) continue;
    const sinceMs = taint.timeAdded ? Date.parse(String(taint.timeAdded)) : nowMs;
    const atMs = sinceMs + Math.min(...seconds) * 1000;
    earliest = earliest === undefined ? atMs : Math.min(earliest, atMs);
  }
  return earliest;
}

/** Whether a toleration covers a taint: an empty key with Exists covers all, an empty effect all effects. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (!toleration.key && toleration.operator !== 'Exists') return false;
  return toleration.operator === 'Exists' || (toleration.value ?? '') === (taint.value ?? '');
}
