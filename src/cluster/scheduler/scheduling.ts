/** The scheduler at work: keeps its cache and queue up to date, runs a cycle for each Pod, carries out the result. */
import { isApiFailure } from '../client/api-failure.ts';
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { KubeObject, Node, Pod } from '../api/types.ts';
import { createInformer, type InformerOptions } from '../client/informer.ts';
import { namespaces, nodes, pods } from '../client/resources.ts';
import { type ApiClient, type Informer } from '../client/types.ts';
import { AttemptLog } from './attempt.ts';
import { SchedulerCache } from './cache.ts';
import { changedAspects, type ClusterEvent } from './cluster-event.ts';
import { type CycleResult, runCycle } from './cycle.ts';
import { failureMessage, NO_PLUGIN, rejectingPlugins } from './diagnosis.ts';
import { evict, setUnscheduled } from './api-writes.ts';
import { PluginError } from './framework.ts';
import { NodeInfo } from './node-info.ts';
import { Nominator } from './nominator.ts';
import { ObjectInformers } from './object-informers.ts';
import { isSamePod, podInfoOf } from './pod-info.ts';
import { postFilter, type PostFilterResult } from './post-filter.ts';
import { preBind, reservationsFor } from './pre-bind.ts';
import type { Profile } from './profile.ts';
import { type QueuedPod, SchedulingQueue } from './queue.ts';
import type { SchedulerRecorder } from './recorder.ts';

const SYNC_RETRY_MS = 100;

export interface SchedulingOptions {
  world: World;
  random: Random;
  client: ApiClient;
  informers: InformerOptions;
  profiles: readonly Profile[];
  recorder(schedulerName: string): SchedulerRecorder;
  attempts: AttemptLog;
}

export class Scheduling {
  readonly #options: SchedulingOptions;
  readonly #profiles: ReadonlyMap<string, Profile>;
  readonly #objects: ObjectInformers;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  readonly #cache: SchedulerCache;
  readonly #queue: SchedulingQueue;
  readonly #nominator = new Nominator();
  /** Keys of Pods that are bound as far as we know, and not yet as far as the informer does. */
  readonly #assumed = new Set<string>();
  #startIndex = 0;
  #isStopped = false;

  constructor(options: SchedulingOptions) {
    const { world, informers, profiles } = options;
    this.#options = options;
    this.#profiles = new Map(profiles.map((profile) => [profile.schedulerName, profile]));
    this.#objects = new ObjectInformers(informers, (resource, now, old) => this.#objectChanged(resource, now, old));
    this.#cache = new SchedulerCache(this.#objects);
    this.#queue = new SchedulingQueue(world, (queued) => this.#schedule(queued));
    this.#nodes = createInformer(nodes, informers);
    this.#pods = createInformer(pods, informers);
    this.#nodes.onChange((now, old) => this.#nodeChanged(now, old));
    this.#pods.onChange((now, old) => this.#podChanged(now, old));
  }

  start(): void {
    this.#objects.start();
    this.#nodes.start();
    this.#pods.start();
  }

  stop(): void {
    this.#isStopped = true;
    for (const part of [this.#objects, this.#nodes, this.#pods, this.#queue]) part.stop();
  }

  // What happens in the cluster.

  #objectChanged(resource: string, now: KubeObject | undefined, old: KubeObject | undefined): void {
    if (resource === namespaces.plural && now && old && JSON.stringify(now.metadata.labels) !== JSON.stringify(old.metadata.labels)) this.#cache.namespacesChanged();
    this.#announce({ type: 'ObjectChange', resource, now, old });
  }

  #nodeChanged(now: Node | undefined, old: Node | undefined): void {
    if (!now) {
      const gone = this.#cache.removeNode(old?.metadata.name ?? '');
      return gone && this.#announce({ type: 'NodeDelete', node: gone });
    }
    if (!old) return this.#announce({ type: 'NodeAdd', node: this.#cache.setNode(now) });
    const changed = changedAspects(now, old);
    if (changed.size > 0) this.#announce({ type: 'NodeUpdate', node: this.#cache.setNode(now), before: new NodeInfo(old), changed });
  }

  #podChanged(now: Pod | undefined, old: Pod | undefined): void {
    const pod = now ?? old!;
    if (!now || isOver(now)) return this.#podGone(pod);
    if (now.spec.nodeName) return this.#podAssigned(now, now.spec.nodeName);
    this.#podPending(now, old);
  }

  #podGone(pod: Pod): void {
    const key = keyOf(pod);
    this.#queue.delete(key);
    this.#nominator.delete(key);
    this.#assumed.delete(key);
    this.#options.attempts.forget(key);
    const gone = this.#cache.removePod(key);
    if (gone) this.#announce({ type: 'PodDelete', pod: gone });
  }

  #podAssigned(pod: Pod, nodeName: string): void {
    const key = keyOf(pod);
    const before = this.#cache.pod(key);
    const isNew = !before || this.#assumed.delete(key);
    if (isNew) {
      this.#queue.delete(key);
      this.#nominator.delete(key);
    }
    if (before && this.#cache.nodeOf(key) === nodeName && isSamePod(before.pod, pod)) {
      before.pod = pod;
      return isNew ? this.#announce({ type: 'PodAdd', pod: before }) : undefined;
    }
    const info = this.#cache.setPod(pod, nodeName);
    this.#announce(isNew || !before ? { type: 'PodAdd', pod: info } : { type: 'PodUpdate', pod: info, before });
  }

  #podPending(pod: Pod, old: Pod | undefined): void {
    const key = keyOf(pod);
    if (!this.#profileOf(pod) || this.#assumed.has(key)) return;
    if (pod.metadata.deletionTimestamp || this.#isGated(pod)) return this.#queue.delete(key);
    const info = podInfoOf(pod);
    const nodeName = pod.status.nominatedNodeName;
    if (nodeName) this.#nominator.set(info, nodeName);
    else this.#nominator.delete(key);
    this.#queue.set(info, { retry: !old || !isSamePod(old, pod) });
  }

  #isGated(pod: Pod): boolean {
    return Boolean(this.#profileOf(pod)?.plugins.some(({ plugin }) => plugin.preEnqueue?.(pod)));
  }

  #profileOf({ spec }: Pod): Profile | undefined {
    return this.#profiles.get(spec.schedulerName || 'default-scheduler');
  }

  /** Lets Pods try again that were rejected by a plugin to which the event is good news. */
  #announce(event: ClusterEvent): void {
    for (const name of this.#queue.rejectingPlugins) {
      this.#queue.wake(name, (pod) => {
        if (name === NO_PLUGIN) return true;
        const plugin = this.#profileOf(pod.pod)?.plugins.find((enabled) => enabled.plugin.name === name)?.plugin;
        if (!plugin || (plugin.wakesOn && !plugin.wakesOn.includes(event.type))) return false;
        return plugin.mayHelp?.(event, pod, this.#cache) ?? true;
      });
    }
  }

  // One Pod after the other.

  #schedule(queued: QueuedPod): void {
    if (!this.#hasSynced()) return this.#later(queued);
    const profile = this.#profileOf(queued.pod.pod);
    if (!profile) return;
    const { random } = this.#options;
    const result = this.#tolerating(queued, () => runCycle({ profile, pod: queued.pod, cluster: this.#cache, nominator: this.#nominator, random, startIndex: this.#startIndex }));
    if (!result) return;
    const count = this.#cache.nodes.length;
    if (count > 0) this.#startIndex = (this.#startIndex + result.feasible.length + result.failures.length) % count;
    if (result.chosen) this.#place(queued, result, result.chosen);
    else this.#reject(queued, result, profile);
  }

  /** A plugin that cannot judge fails the attempt. */
  #tolerating(queued: QueuedPod, run: () => CycleResult): CycleResult | undefined {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      this.#options.attempts.keep({ ...this.#summary(queued), message: error.message });
      this.#attemptFailed(queued, error.message);
      return undefined;
    }
  }

  #hasSynced(): boolean {
    return this.#nodes.hasSynced && this.#pods.hasSynced && this.#objects.hasSynced;
  }

  /** Without a full picture nobody is placed. */
  #later({ pod }: QueuedPod): void {
    this.#options.world.clock.after(SYNC_RETRY_MS, 'wait for informers', () => {
      if (!this.#isStopped) this.#podChanged(this.#pods.get(pod.key), undefined);
    });
  }

  /** The node is chosen: the Pod counts there from now on, and is bound as soon as what it needs there is ready. */
  #place(queued: QueuedPod, result: CycleResult, node: NodeInfo): void {
    const { client, attempts, world } = this.#options;
    attempts.keep(this.#summary(queued), result);
    const { key } = queued.pod;
    this.#cache.place(queued.pod, node.name);
    this.#assumed.add(key);
    preBind(reservationsFor(result.preparation.filters, node), {
      world, client, nowMs: world.clock.now(), objects: this.#objects, assume: (resource, written) => this.#objects.assume(resource, written),
      isWanted: () => !this.#isStopped && this.#assumed.has(key),
      failed: (message) => this.#bindingFailed(queued, message),
      ready: () => this.#bind(queued, node.name),
    });
  }

  #bind(queued: QueuedPod, nodeName: string): void {
    const { pod, key } = queued.pod;
    const { name, namespace, uid } = pod.metadata;
    try {
      this.#options.client.createSubresource(pods, name, namespace, 'binding', { apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid }, target: { kind: 'Node', name: nodeName } });
      this.#recorderFor(pod).event(pod, { type: 'Normal', action: 'Binding', reason: 'Scheduled', note: `Successfully assigned ${key} to ${nodeName}` });
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      this.#bindingFailed(queued, `binding rejected: running Bind plugin "DefaultBinder": ${error.message}`);
    }
  }

  #bindingFailed(queued: QueuedPod, message: string): void {
    const { key } = queued.pod;
    this.#assumed.delete(key);
    const forgotten = this.#cache.removePod(key);
    if (forgotten) this.#announce({ type: 'PodDelete', pod: forgotten });
    this.#options.attempts.failed(key, message);
    this.#attemptFailed(queued, message);
  }

  #attemptFailed(queued: QueuedPod, message: string): void {
    this.#failed(queued, message, 'SchedulerError');
    this.#queueAgain(queued, () => this.#queue.failed(queued));
  }

  #reject(queued: QueuedPod, result: CycleResult, profile: Profile): void {
    const { random, world, attempts } = this.#options;
    const { pod } = queued;
    const args = profile.preemption;
    const outcome: PostFilterResult = args && this.#cache.nodes.length > 0
      ? postFilter({ args, pod, cluster: this.#cache, nominator: this.#nominator, random, nowMs: world.clock.now() }, result)
      : { message: '' };
    const message = failureMessage(result, this.#cache.nodes.length, outcome.message);
    const { candidate } = outcome;
    const preemption = candidate && { node: candidate.node.name, victims: candidate.victims.map(({ key }) => key) };
    attempts.keep({ ...this.#summary(queued), message, ...(preemption ? { preemption } : {}) }, result);
    // Before the victims go, so that their going wakes it.
    this.#queueAgain(queued, () => this.#queue.rejected(queued, rejectingPlugins(result)));
    if (preemption) this.#nominator.set(pod, preemption.node);
    this.#failed(queued, message, 'Unschedulable', nominationAfter(outcome));
    if (preemption && candidate) this.#preempt(pod.pod, preemption.node, candidate.victims.map((victim) => victim.pod));
  }

  /** Back into the queue, unless the Pod has gone or was placed by somebody else meanwhile. */
  #queueAgain({ pod }: QueuedPod, put: () => void): void {
    const now = this.#pods.get(pod.key);
    if (now && now.metadata.uid === pod.pod.metadata.uid && !now.spec.nodeName && !now.metadata.deletionTimestamp) put();
  }

  #preempt(preemptor: Pod, nodeName: string, victims: readonly Pod[]): void {
    const { client, world } = this.#options;
    const recorder = this.#recorderFor(preemptor);
    for (const { pod } of this.#nominator.lesserPodsFor(nodeName, podInfoOf(preemptor))) {
      this.#nominator.delete(keyOf(pod));
      setUnscheduled(client, pod, { nominatedNodeName: '' }, world.clock.now());
      this.#queue.activate(keyOf(pod));
    }
    for (const victim of victims) {
      if (victim.metadata.deletionTimestamp || !evict(client, victim, preemptor, world.clock.now())) continue;
      recorder.event(victim, { type: 'Normal', action: 'Preempting', reason: 'Preempted', note: `Preempted by pod ${preemptor.metadata.uid} on node ${nodeName}`, related: preemptor });
    }
  }

  /** Tells the world: an event and the PodScheduled condition. */
  #failed({ pod: { pod, key } }: QueuedPod, message: string, reason: string, nominatedNodeName?: string): void {
    const { client, world } = this.#options;
    const newest = this.#pods.get(key) ?? pod;
    this.#recorderFor(pod).event(newest, { type: 'Warning', action: 'Scheduling', reason: 'FailedScheduling', note: message });
    setUnscheduled(client, newest, { reason, message, nominatedNodeName }, world.clock.now());
  }

  #recorderFor({ spec }: Pod): SchedulerRecorder {
    return this.#options.recorder(spec.schedulerName || 'default-scheduler');
  }

  #summary({ pod, attempts }: QueuedPod): { pod: string; atMs: number; number: number } {
    return { pod: pod.key, atMs: this.#options.world.clock.now(), number: attempts };
  }
}

/** The nomination to write: the new one; none when preemption found nothing; undefined leaves it as it is. */
function nominationAfter({ candidate, message }: PostFilterResult): string | undefined {
  if (candidate) return candidate.node.name;
  return message.includes('preemption: 0/') ? '' : undefined;
}

function isOver({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

function keyOf({ metadata: { namespace, name } }: Pod): string {
  return `${namespace}/${name}`;
}
