/** Pod garbage collection: Pods of nodes that no longer exist are removed, after a quarantine. */
import type { Timer } from '../../time/clock.ts';
import type { Pod } from '../api/types.ts';
import { rfc3339 } from '../client/recorder.ts';
import { nodes, pods } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import type { Controller } from './controller.ts';
import { isActive } from './pods.ts';

const gcCheckPeriodMs = 20_000; // gc_controller.go: gcCheckPeriod
const quarantineMs = 40_000; // gc_controller.go: quarantineTime

export const podGcController: Controller = (context) => {
  const { client, world } = context;
  const allNodes = context.informer(nodes);
  const allPods = context.informer(pods);
  allPods.indexBy('node', (pod) => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  const quarantined = new Map<string, number>();
  let tick: Timer | undefined;

  const watchFor = (name: string) => {
    if (!name || allNodes.get(name) || quarantined.has(name)) return;
    quarantined.set(name, world.clock.now());
    tick ??= world.clock.after(gcCheckPeriodMs, 'pod gc', check);
  };
  allPods.onChange((now) => { if (now) watchFor(now.spec.nodeName ?? ''); });
  allNodes.onChange((now, old) => {
    if (now) quarantined.delete(now.metadata.name);
    else if (old) watchFor(old.metadata.name);
  });

  function check(): void {
    tick = undefined;
    for (const [name, sinceMs] of [...quarantined]) {
      if (allNodes.get(name)) quarantined.delete(name);
      else if (world.clock.now() - sinceMs >= quarantineMs && removeAll(name)) quarantined.delete(name);
    }
    if (quarantined.size > 0) tick = world.clock.after(gcCheckPeriodMs, 'pod gc', check);
  }

  function removeAll(nodeName: string): boolean {
    try {
      for (const pod of allPods.byIndex('node', nodeName)) remove(pod);
      return true;
    } catch (error) {
      if (error instanceof ApiError) return false;
      throw error;
    }
  }

  function remove(pod: Pod): void {
    const condition = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists', lastTransitionTime: rfc3339(world.clock.now()) };
    const phase = isActive(pod) ? { phase: 'Failed' } : {};
    client.patch(pods, pod.metadata.name, pod.metadata.namespace, { status: { ...phase, conditions: [...(pod.status.conditions ?? []).filter((c) => c.type !== 'DisruptionTarget'), condition] } }, { subresource: 'status' });
    client.delete(pods, pod.metadata.name, pod.metadata.namespace, { gracePeriodSeconds: 0 });
  }

  return { stop: () => tick?.cancel() };
};
