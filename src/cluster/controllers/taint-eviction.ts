/** NoExecute taints: Pods that do not tolerate one go at once, the others when their shortest toleration has run out. */
import { timestamp } from '../api/duration.ts';
import { tolerates } from '../api/tolerations.ts';
import type { Node, Pod, Taint } from '../api/types.ts';
import type { Timer } from '../../time/clock.ts';
import { nodes, pods } from '../client/resources.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';
import { patchPodStatus } from './pods.ts';

interface Planned { readonly createdMs: number; readonly atMs: number; readonly timer: Timer }

export const taintEvictionController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(nodes);
  const allPods = context.informer(pods);
  const recorder = context.recorder('taint-eviction-controller');
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const planned = new Map<string, Planned>();
  const queue = context.queue('tainteviction', reconcile);

  all.onChange((now, old) => {
    const [after, before] = [noExecute(now), noExecute(old)];
    if (sameTaints(after, before)) return;
    for (const pod of allPods.byIndex('node', (now ?? old)!.metadata.name)) queue.add(keyOf(pod));
  });
  allPods.onChange((now, old) => {
    const key = keyOf((now ?? old)!);
    if (!now || now.metadata.uid !== (old ?? now).metadata.uid) cancel(key);
    if (!now) return;
    const isMoved = now.spec.nodeName !== old?.spec.nodeName || now.spec.tolerations?.length !== old?.spec.tolerations?.length;
    if (isMoved && noExecute(all.get(now.spec.nodeName ?? '')).length > 0) queue.add(key);
  });

  function reconcile(key: string): void {
    const pod = allPods.get(key);
    if (!pod) return cancel(key);
    const taints = noExecute(all.get(pod.spec.nodeName ?? ''));
    const stayMs = toleratedMs(pod, taints);
    if (pod.metadata.deletionTimestamp || stayMs === Infinity) return callOff(pod, key);
    const nowMs = world.clock.now();
    const before = planned.get(key);
    if (stayMs <= 0 || (before && before.atMs <= nowMs)) return evict(pod, key);
    // Counted from when the eviction was first planned; a shorter toleration comes sooner.
    const createdMs = before?.createdMs ?? nowMs;
    const atMs = Math.max(nowMs, createdMs + stayMs);
    if (before && before.atMs <= atMs) return;
    before?.timer.cancel();
    planned.set(key, { createdMs, atMs, timer: world.clock.after(atMs - nowMs, 'taint eviction', () => queue.add(key)) });
  }

  function evict(pod: Pod, key: string): void {
    const { name, namespace } = pod.metadata;
    recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByTaintManager', message: 'Taint manager: deleting due to NoExecute taint', lastTransitionTime: timestamp(world.clock.now()) };
    unlessGone(() => {
      patchPodStatus(client, pod, { conditions: [condition] });
      client.delete(pods, name, namespace);
    });
    cancel(key);
  }

  function callOff(pod: Pod, key: string): void {
    if (!planned.has(key)) return;
    cancel(key);
    if (!pod.metadata.deletionTimestamp) recorder.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
  }

  function cancel(key: string): void {
    planned.get(key)?.timer.cancel();
    planned.delete(key);
  }

  return {
    stop() {
      queue.stop();
      for (const { timer } of planned.values()) timer.cancel();
    },
  };
};

function noExecute(node: Node | undefined): readonly Taint[] {
  return node?.spec.taints?.filter((taint) => taint.effect === 'NoExecute') ?? [];
}

function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint, i) => taint.key === b[i]!.key && taint.value === b[i]!.value);
}

/** How long a Pod may stay: 0 with a taint that it does not tolerate, else its shortest toleration, Infinity without a limit. */
function toleratedMs(pod: Pod, taints: readonly Taint[]): number {
  let shortest = Infinity;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    for (const { tolerationSeconds } of matching) if (tolerationSeconds !== undefined) shortest = Math.min(shortest, Math.max(0, tolerationSeconds) * 1000);
  }
  return shortest;
}
