/** Pod garbage collection: Pods of nodes that are gone or given up, and too many that have ended (podgc/gc_controller.go). */
import { isApiFailure } from '../client/api-failure.ts';
import type { Timer } from '../../time/clock.ts';
import { timestamp } from '../api/duration.ts';
import type { Node, Pod } from '../api/types.ts';
import { nodes, pods } from '../client/resources.ts';
import { type Controller, keyOf, unlessGone } from './controller.ts';
import { isOver, patchPodStatus } from './pods.ts';

const gcCheckPeriodMs = 20_000; // gcCheckPeriod
const quarantineMs = 40_000; // quarantineTime
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

export const podGcController: Controller = (context) => {
  const { client, world } = context;
  const terminatedPodThreshold = context.settings.int('terminated-pod-gc-threshold', 12_500);
  const allNodes = context.informer(nodes);
  const allPods = context.informer(pods);
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  /** Nodes that Pods are bound to and nobody knows, since when. */
  const quarantined = new Map<string, number>();
  const abandoned = new Set<string>();
  const ended = new Set<string>();
  let tick: Timer | undefined;

  allPods.onChange((now, old) => {
    const key = keyOf((now ?? old)!);
    if (now && isOver(now)) ended.add(key);
    else ended.delete(key);
    if (now) watchFor(now.spec.nodeName ?? '');
    plan();
  });
  allNodes.onChange((now, old) => {
    const { name } = (now ?? old)!.metadata;
    if (now) quarantined.delete(name);
    else watchFor(name);
    if (now && isAbandoned(now)) abandoned.add(name);
    else abandoned.delete(name);
    plan();
  });

  function watchFor(name: string): void {
    if (name && !allNodes.get(name) && !quarantined.has(name)) quarantined.set(name, world.clock.now());
  }

  /** The period only runs while there is something to look at. */
  function plan(): void {
    if (tick || (quarantined.size === 0 && abandoned.size === 0 && ended.size <= terminatedPodThreshold)) return;
    tick = world.clock.after(gcCheckPeriodMs, 'pod gc', () => {
      tick = undefined;
      try {
        check();
      } catch (error) {
        if (!isApiFailure(error)) throw error;
      }
      plan();
    });
  }

  function check(): void {
    if (!allNodes.hasSynced || !allPods.hasSynced) return;
    const surplus = terminatedPodThreshold > 0 ? ended.size - terminatedPodThreshold : 0;
    if (surplus > 0) for (const pod of [...ended].flatMap((key) => allPods.get(key) ?? []).sort(byAge).slice(0, surplus)) remove(pod);
    for (const name of abandoned) for (const pod of allPods.byIndex('node', name)) if (pod.metadata.deletionTimestamp) remove(pod);
    for (const [name, sinceMs] of [...quarantined].filter(([, since]) => world.clock.now() - since >= quarantineMs)) {
      if (client.get(nodes, name)) continue; // the informer is behind
      for (const pod of allPods.byIndex('node', name)) remove(pod, 'PodGC: node no longer exists');
      if (quarantined.get(name) === sinceMs) quarantined.delete(name);
    }
  }

  /** Deletes without grace; `why` is told in the Pod's conditions. A Pod that has not ended is Failed by it. */
  function remove(pod: Pod, why?: string): void {
    const { name, namespace } = pod.metadata;
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: why, lastTransitionTime: timestamp(world.clock.now()) };
    unlessGone(() => {
      if (!isOver(pod)) patchPodStatus(client, pod, { phase: 'Failed', ...(why === undefined ? {} : { conditions: [condition] }) });
      client.delete(pods, name, namespace, { gracePeriodSeconds: 0 });
    });
  }

  return { stop: () => tick?.cancel() };
};

/** Not ready, and declared lost by an administrator. */
function isAbandoned({ spec, status }: Node): boolean {
  return (spec.taints?.some((taint) => taint.key === OUT_OF_SERVICE) ?? false) && !status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
}

function byAge(a: Pod, b: Pod): number {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return x === y ? (a.metadata.name < b.metadata.name ? -1 : 1) : x < y ? -1 : 1;
}
