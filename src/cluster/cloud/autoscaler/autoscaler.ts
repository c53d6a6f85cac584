/** cluster-autoscaler: asks the cloud for machines that Pods wait for, and gives back those that nobody needs. */
import type { Timer } from '../../../time/clock.ts';
import { parseGoDuration } from '../../api/duration.ts';
import type { KubeObject, Node, Pod } from '../../api/types.ts';
import { createClient } from '../../client/client.ts';
import { inCluster } from '../../client/in-cluster.ts';
import { createInformer } from '../../client/informer.ts';
import { createRecorder } from '../../client/recorder.ts';
import { configMaps, nodes, pods } from '../../client/resources.ts';
import { ApiError, type EventRecorder } from '../../client/types.ts';
import { Backoff } from '../../controllers/backoff.ts';
import { FatalError, klogFatal, klogTime, program, type Running } from '../../node/control-plane/program.ts';
import type { Flags } from '../../node/control-plane/flags.ts';
import type { Behaviour, ProcessContext } from '../../node/process.ts';
import { NetworkError } from '../../network/types.ts';
import { ObjectInformers } from '../../scheduler/object-informers.ts';
import { type Cloud, CloudError } from '../cloud.ts';
import { ScaleDown, TO_BE_DELETED } from './scale-down.ts';
import { type Candidate, choose, type Option, planScaleUp } from './scale-up.ts';
import { ClusterSnapshot, templateNode } from './snapshot.ts';
import { statusText } from './status.ts';

const NAMESPACE = 'kube-system';
const STATUS_NAME = 'cluster-autoscaler-status';
const EXPENDABLE_PRIORITY = -10; // --expendable-pods-priority-cutoff
const GROUP_BACKOFF = { minMs: 300_000, maxMs: 1_800_000 }; // --initial-node-group-backoff-duration, --max-node-group-backoff-duration
const SAME_EVENT_MS = 300_000; // without --record-duplicated-events

/** The program; it knows the cloud. */
export const clusterAutoscalerProgram = (cloud: Cloud): Behaviour => program('cluster-autoscaler', (flags, context) => {
  const provider = flags.text('cloud-provider') ?? '';
  if (provider !== 'pretend') throw klogFatal(context, 'cloud_provider_builder.go:89', `Unknown cloud provider: ${provider}`);
  const options = inCluster(context, 'cluster-autoscaler');
  if (typeof options === 'string') throw new FatalError(`F${klogTime(context.world.clock.now())}       1 main.go:123] Failed to create autoscaler: ${options}`, 255);
  const autoscaler = new ClusterAutoscaler(cloud, flags, context, options);
  autoscaler.start();
  context.useMemory(60 * 1024 * 1024);
  return autoscaler;
});

class ClusterAutoscaler implements Running {
  readonly #cloud: Cloud;
  readonly #flags: Flags;
  readonly #context: ProcessContext;
  readonly #client;
  readonly #nodes;
  readonly #pods;
  readonly #objects: ObjectInformers;
  readonly #recorder: EventRecorder;
  readonly #scaleDown: ScaleDown;
  readonly #backoff: Backoff;
  readonly #recorded = new Map<string, number>();
  #lastScaleUpMs = -Infinity;
  #status = '';
  #timer: Timer | undefined;

  constructor(cloud: Cloud, flags: Flags, context: ProcessContext, options: Exclude<ReturnType<typeof inCluster>, string>) {
    this.#cloud = cloud;
    this.#flags = flags;
    this.#context = context;
    this.#client = createClient(options);
    this.#nodes = createInformer(nodes, options);
    this.#pods = createInformer(pods, options);
    this.#pods.indexBy('node', ({ spec }) => (spec.nodeName ? [spec.nodeName] : []));
    this.#objects = new ObjectInformers(options, () => undefined);
    this.#recorder = createRecorder({ world: context.world, client: this.#client, component: 'cluster-autoscaler' });
    this.#backoff = new Backoff(context.world.clock, GROUP_BACKOFF);
    this.#scaleDown = new ScaleDown({
      cloud, flags, clock: context.world.clock, client: this.#client, nodes: this.#nodes, podsOn: (name) => this.#pods.byIndex('node', name), objects: this.#objects,
      snapshot: () => this.#snapshot(), event: (object, type, reason, message) => this.#event(object, type, reason, message), statusObject: () => this.#statusObject(), candidates: () => this.#candidates(),
    });
  }

  start(): void {
    this.#nodes.start();
    this.#pods.start();
    this.#objects.start();
    this.#later();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#scaleDown.stop();
    for (const part of [this.#nodes, this.#pods, this.#objects]) part.stop();
  }

  #later(): void {
    const intervalMs = parseGoDuration(this.#flags.text('scan-interval') ?? '10s') ?? 10_000;
    this.#timer = this.#context.world.clock.after(intervalMs, 'cluster-autoscaler loop', () => {
      this.#runOnce();
      this.#later();
    });
  }

  #runOnce(): void {
    if (!this.#nodes.hasSynced || !this.#pods.hasSynced || !this.#objects.hasSynced) return;
    try {
      this.#writeStatus();
      const hasGrown = this.#scaleUp();
      const addDelayMs = parseGoDuration(this.#flags.text('scale-down-delay-after-add') ?? '10m') ?? 0;
      if (this.#flags.bool('scale-down-enabled', true)) this.#scaleDown.run({ mayDelete: !hasGrown && this.#context.world.clock.now() - this.#lastScaleUpMs >= addDelayMs });
    } catch (error) {
      if (!(error instanceof ApiError) && !(error instanceof NetworkError) && !(error instanceof CloudError)) throw error;
      this.#log(`Failed to run loop: ${error.message}`);
    }
  }

  /** The cloud's groups, with the bounds of --nodes=MIN:MAX:NAME where it is given. */
  #candidates(): Candidate[] {
    const bounds = new Map(this.#context.argv.flatMap((arg) => {
      const [, min, max, name] = /^--nodes=(\d+):(\d+):(.+)$/.exec(arg) ?? [];
      return name === undefined ? [] : [[name, { min: Number(min), max: Number(max) }] as const];
    }));
    return this.#cloud.nodeGroups.list().filter(({ spec }) => bounds.size === 0 || bounds.has(spec.name)).map((group) => {
      const { min, max } = bounds.get(group.spec.name) ?? group.spec;
      const skip = group.target >= max ? 'max node group size reached' : this.#backoff.remainingMs(group.spec.name) > 0 ? 'in backoff after failed scale-up' : undefined;
      return { group, min, max, skip };
    });
  }

  /** The cluster as it is, and as it will be with the machines that are booting. */
  #snapshot(): ClusterSnapshot { return new ClusterSnapshot(this.#objects, this.#nodes.list(), this.#pods.list()); }

  #coming(): Node[] {
    return this.#cloud.nodeGroups.list().flatMap((group) => {
      const ready = group.instances.filter(({ name }) => isReady(this.#nodes.get(name))).length;
      return Array.from({ length: Math.max(0, group.target - ready) }, (_, i) => templateNode(group.spec, `upcoming-${group.spec.name}-${i}`));
    });
  }

  #scaleUp(): boolean {
    const coming = this.#coming();
    const snapshotWith = () => {
      const snapshot = this.#snapshot();
      for (const node of coming) snapshot.addNode(node);
      return snapshot;
    };
    const waiting = this.#pods.list().filter(isWaiting).sort((a, b) => (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || a.metadata.creationTimestamp.localeCompare(b.metadata.creationTimestamp));
    if (waiting.length === 0) return false;
    const first = snapshotWith();
    const names = [...this.#nodes.list().filter(isReady).map(({ metadata }) => metadata.name), ...coming.map(({ metadata }) => metadata.name)];
    const homeless = waiting.filter((pod) => !first.place(pod, names));
    if (homeless.length === 0) return false;
    const { options, refusals } = planScaleUp(homeless, this.#candidates(), snapshotWith);
    for (const [pod, why] of refusals) this.#event(pod, 'Normal', 'NotTriggerScaleUp', `pod didn't trigger scale-up: ${why}`);
    if (options.length === 0) return false;
    return this.#grow(choose(options, this.#flags.text('expander') ?? 'random', (all) => this.#context.random.pick(all)));
  }

  #grow({ group, size, max, pods: helped }: Option): boolean {
    const { name } = group.spec;
    const before = group.target;
    const status = this.#statusObject();
    this.#event(status, 'Normal', 'ScaledUpGroup', `Scale-up: setting group ${name} size to ${size} instead of ${before} (max: ${max})`);
    try {
      this.#cloud.nodeGroups.grow(name, size);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      this.#backoff.next(name);
      this.#event(status, 'Warning', 'FailedToScaleUpGroup', `Scale-up failed for group ${name}: ${error.message}`);
      return false;
    }
    this.#lastScaleUpMs = this.#context.world.clock.now();
    this.#event(status, 'Normal', 'ScaledUpGroup', `Scale-up: group ${name} size set to ${size} instead of ${before} (max: ${max})`);
    for (const pod of helped) this.#event(pod, 'Normal', 'TriggeredScaleUp', `pod triggered scale-up: [{${name} ${before}->${size} (max: ${max})}]`);
    this.#log(`Final scale-up plan: [{${name} ${before}->${size} (max: ${max})}]`);
    return true;
  }

  #writeStatus(): void {
    const nowMs = this.#context.world.clock.now();
    const groups = this.#candidates().map(({ group, min, max }) => {
      const own = group.instances.map(({ name }) => this.#nodes.get(name)).filter((node) => node !== undefined);
      return { group, min, max, registered: own.length, ready: own.filter(isReady).length, isInBackoff: this.#backoff.remainingMs(group.spec.name) > 0, candidates: group.instances.filter(({ name }) => this.#scaleDown.unneeded.has(name)).length };
    });
    const text = statusText(groups, { registered: this.#nodes.list().length, ready: this.#nodes.list().filter(isReady).length }, nowMs);
    const [time, ...rest] = text.split('\n');
    if (rest.join('\n') === this.#status) return;
    this.#status = rest.join('\n');
    const annotations = { 'cluster-autoscaler.kubernetes.io/last-updated': time!.replace('time: ', '') };
    const metadata = { name: STATUS_NAME, namespace: NAMESPACE, annotations };
    if (this.#client.get(configMaps, STATUS_NAME, NAMESPACE)) this.#client.patch(configMaps, STATUS_NAME, NAMESPACE, { metadata: { annotations }, data: { status: text } });
    else this.#client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { status: text } });
  }

  #statusObject(): KubeObject {
    return this.#client.get(configMaps, STATUS_NAME, NAMESPACE) ?? { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: STATUS_NAME, namespace: NAMESPACE, uid: '', resourceVersion: '', creationTimestamp: '' } };
  }

  /** Equal events within five minutes are one. */
  #event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const key = `${object.metadata.uid} ${reason} ${message}`;
    const nowMs = this.#context.world.clock.now();
    if (nowMs - (this.#recorded.get(key) ?? -Infinity) < SAME_EVENT_MS) return;
    this.#recorded.set(key, nowMs);
    this.#recorder.event(object, type, reason, message);
  }

  #log(text: string): void {
    this.#context.write(`I${klogTime(this.#context.world.clock.now())}       1 static_autoscaler.go:598] ${text}\n`, 'stderr');
  }
}

function isReady(node: Node | undefined): boolean {
  return (node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false) && !node!.spec.taints?.some(({ key }) => key === TO_BE_DELETED || key === 'node.cloudprovider.kubernetes.io/uninitialized');
}

/** The scheduler has looked at it and found no place. */
function isWaiting({ metadata, spec, status }: Pod): boolean {
  if (spec.nodeName || metadata.deletionTimestamp || (spec.priority ?? 0) < EXPENDABLE_PRIORITY) return false;
  return status.conditions?.some(({ type, status: is, reason }) => type === 'PodScheduled' && is === 'False' && reason === 'Unschedulable') ?? false;
}
