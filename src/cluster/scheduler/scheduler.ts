/** kube-scheduler: takes Pods without a node from the queue, finds one, and binds them through the API. */
import type { Random } from '../../time/random.ts';
import type { World } from '../../time/simulation.ts';
import type { ApiTransport, Credential } from '../apiserver/request.ts';
import type { Node, Pod, PodCondition } from '../api/types.ts';
import { createClient } from '../client/client.ts';
import { createInformer } from '../client/informer.ts';
import { electLeader } from '../client/leader-election.ts';
import { createRecorder, rfc3339 } from '../client/recorder.ts';
import { nodes, pods } from '../client/resources.ts';
import { type ApiClient, ApiError, type Component, type EventRecorder, type Informer } from '../client/types.ts';
import { NetworkError } from '../network/types.ts';
import { failureMessage, runCycle } from './algorithm.ts';
import type { Attempt } from './framework.ts';
import { NodeInfo, podInfo } from './node-info.ts';
import { filterPlugins, scorePlugins } from './profile.ts';
import { SchedulingQueue } from './queue.ts';

const ATTEMPTS_KEPT = 500;

export interface SchedulerOptions {
  world: World;
  random: Random;
  transport: ApiTransport;
  credential: Credential;
  hostname: string;
  schedulerName?: string;
  leaderElect?: boolean;
  onExit?: (code: number) => void;
}

export class Scheduler implements Component {
  readonly name = 'kube-scheduler';
  readonly #options: SchedulerOptions;
  readonly #client: ApiClient;
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #attempts = new Map<string, Attempt>();
  #order: NodeInfo[] = [];
  #startIndex = 0;
  #recorder: EventRecorder;
  #queue: SchedulingQueue | undefined;
  #running: { stop(): void }[] = [];

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { world, transport, credential } = options;
    this.#client = createClient({ transport, credential, userAgent: this.name });
    this.#recorder = createRecorder({ world, client: this.#client, component: options.schedulerName ?? 'default-scheduler' });
  }

  start(): void {
    const { world, random, hostname, leaderElect = true, onExit } = this.#options;
    if (!leaderElect) return this.#begin();
    this.#running.push(electLeader({
      world, client: this.#client, recorder: this.#recorder, name: this.name, identity: `${hostname}_${random.uuid()}`,
      onElected: () => this.#begin(), onLost: () => { this.stop(); onExit?.(1); },
    }));
  }

  stop(): void {
    for (const part of this.#running.splice(0)) part.stop();
    this.#nodes.clear();
    this.#order = [];
  }

  /** How the last attempt to place a Pod went: for each node which plugin refused it, or how it scored. */
  lastAttempt(podKey: string): Attempt | undefined { return this.#attempts.get(podKey); }

  #begin(): void {
    const { world, transport, credential } = this.#options;
    const options = { world, transport, credential, userAgent: this.name };
    const queue = new SchedulingQueue(world, (pod, attempt) => this.#schedule(pod, attempt));
    this.#queue = queue;
    const allNodes: Informer<Node> = createInformer(nodes, options);
    const allPods: Informer<Pod> = createInformer(pods, options);
    allNodes.onChange((now, old) => this.#nodeChanged(now, old));
    allPods.onChange((now, old) => this.#podChanged(now, old));
    allNodes.start();
    allPods.start();
    this.#running.push(allNodes, allPods, queue);
  }

  #nodeChanged(now: Node | undefined, old: Node | undefined): void {
    const name = (now ?? old)!.metadata.name;
    const info = this.#nodes.get(name);
    if (!now) {
      this.#nodes.delete(name);
      this.#order = this.#order.filter((n) => n !== info);
      return;
    }
    if (info) info.update(now);
    else {
      const fresh = new NodeInfo(now);
      this.#nodes.set(name, fresh);
      this.#order.push(fresh);
    }
    if (!old || mayHelp(now, old)) this.#queue?.wake(() => true);
  }

  #podChanged(now: Pod | undefined, old: Pod | undefined): void {
    const pod = (now ?? old)!;
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
    const isOver = !now || now.status.phase === 'Succeeded' || now.status.phase === 'Failed';
    const boundTo = old?.spec.nodeName || now?.spec.nodeName;
    if (isOver) {
      this.#queue?.remove(pod);
      if (!now) this.#attempts.delete(key);
      if (!boundTo) return;
      this.#nodes.get(boundTo)?.remove(key);
      return this.#queue?.wake(() => true);
    }
    if (now.spec.nodeName) {
      this.#queue?.remove(now);
      return this.#nodes.get(now.spec.nodeName)?.add(podInfo(now));
    }
    if (now.metadata.deletionTimestamp || !this.#isOurs(now)) return this.#queue?.remove(now);
    if (now.spec.schedulingGates?.length) return;
    if (!old || old.metadata.generation !== now.metadata.generation || old.spec.schedulingGates?.length) this.#queue?.add(now);
  }

  #isOurs(pod: Pod): boolean {
    return (pod.spec.schedulerName ?? 'default-scheduler') === (this.#options.schedulerName ?? 'default-scheduler');
  }

  #schedule(pod: Pod, attempt: number): void {
    const info = podInfo(pod);
    const result = runCycle({ pod: info, nodes: this.#order, startIndex: this.#startIndex, filters: filterPlugins, scorers: scorePlugins, random: this.#options.random });
    this.#startIndex = this.#order.length === 0 ? 0 : (this.#startIndex + result.examined) % this.#order.length;
    const message = result.chosen ? undefined : failureMessage(result.rejections, this.#order.length, pod.spec.preemptionPolicy);
    this.#remember(info.key, { pod, atMs: this.#options.world.clock.now(), nodes: result.nodes, chosen: result.chosen?.name, message });
    try {
      if (result.chosen) this.#bind(pod, result.chosen, info.key);
      else this.#fail(pod, message!);
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError)) throw error;
      result.chosen?.remove(info.key);
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return;
      this.#queue?.fail(pod, attempt);
      this.#options.world.clock.after(1000, 'retry binding', () => this.#queue?.wake((p) => p.metadata.uid === pod.metadata.uid));
      return;
    }
    if (!result.chosen) this.#queue?.fail(pod, attempt);
  }

  #bind(pod: Pod, node: NodeInfo, key: string): void {
    node.add(podInfo({ ...pod, spec: { ...pod.spec, nodeName: node.name } }));
    const { name, namespace } = pod.metadata;
    this.#client.createSubresource(pods, name, namespace, 'binding', {
      apiVersion: 'v1', kind: 'Binding', metadata: { name, namespace, uid: pod.metadata.uid }, target: { kind: 'Node', name: node.name },
    });
    this.#recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${key} to ${node.name}`);
  }

  #fail(pod: Pod, message: string): void {
    this.#recorder.event(pod, 'Warning', 'FailedScheduling', message);
    const before = pod.status.conditions?.find((c) => c.type === 'PodScheduled');
    if (before?.status === 'False' && before.message === message) return;
    const condition = {
      type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastProbeTime: null,
      lastTransitionTime: before?.status === 'False' ? before.lastTransitionTime : rfc3339(this.#options.world.clock.now()),
    };
    const conditions = [...(pod.status.conditions ?? []).filter((c) => c.type !== 'PodScheduled'), condition as unknown as PodCondition];
    this.#client.patch(pods, pod.metadata.name, pod.metadata.namespace, { status: { conditions } }, { subresource: 'status' });
  }

  #remember(key: string, attempt: Attempt): void {
    this.#attempts.delete(key);
    this.#attempts.set(key, attempt);
    const [oldest] = this.#attempts.keys();
    if (this.#attempts.size > ATTEMPTS_KEPT && oldest !== undefined) this.#attempts.delete(oldest);
  }
}

/** Whether a node's change could let a waiting Pod in: not a heartbeat. */
function mayHelp(now: Node, old: Node): boolean {
  return now.spec !== old.spec && JSON.stringify(now.spec) !== JSON.stringify(old.spec)
    || JSON.stringify(now.metadata.labels) !== JSON.stringify(old.metadata.labels)
    || JSON.stringify(now.status.allocatable) !== JSON.stringify(old.status.allocatable);
}
