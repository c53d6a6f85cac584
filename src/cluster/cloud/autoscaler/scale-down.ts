/** Giving machines back: nodes that were not needed for long enough are emptied and destroyed, budgets permitting. */
import type { Clock, Timer } from '../../../time/clock.ts';
import { parseGoDuration } from '../../api/duration.ts';
import type { KubeObject, Node, Pod, Taint } from '../../api/types.ts';
import { nodes, pods } from '../../client/resources.ts';
import { type ApiClient, ApiError, type Informer } from '../../client/types.ts';
import { unlessGone } from '../../controllers/controller.ts';
import type { Flags } from '../../node/control-plane/flags.ts';
import type { ObjectLister } from '../../scheduler/cache.ts';
import { podDisruptionBudgets } from '../../scheduler/resource-refs.ts';
import { type Cloud, CloudError } from '../cloud.ts';
import { keptBecause, podsToMove, utilization } from './removable.ts';
import type { Candidate } from './scale-up.ts';
import type { ClusterSnapshot } from './snapshot.ts';

export const TO_BE_DELETED = 'ToBeDeletedByClusterAutoscaler';
const CANDIDATE = 'DeletionCandidateOfClusterAutoscaler';
const EVICTION_RETRY_MS = 10_000; // EvictionRetryTime
const EVICTION_LIMIT_MS = 120_000; // --max-pod-eviction-time

export interface ScaleDownOptions {
  cloud: Cloud;
  flags: Flags;
  clock: Clock;
  client: ApiClient;
  nodes: Informer<Node>;
  podsOn: (nodeName: string) => readonly Pod[];
  objects: ObjectLister;
  snapshot: () => ClusterSnapshot;
  event: (object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string) => void;
  /** What events about the whole cluster are about. */
  statusObject: () => KubeObject;
  candidates: () => Candidate[];
}

export class ScaleDown {
  readonly #options: ScaleDownOptions;
  /** Nodes that are not needed, and since when. */
  readonly unneeded = new Map<string, number>();
  readonly #draining = new Map<string, Timer | undefined>();

  constructor(options: ScaleDownOptions) {
    this.#options = options;
  }

  stop(): void {
    for (const timer of this.#draining.values()) timer?.cancel();
  }

  /** One look at all nodes of the groups; `mayDelete` is false for some time after machines were added. */
  run({ mayDelete }: { mayDelete: boolean }): void {
    const { clock, flags } = this.#options;
    const found = this.#removable();
    for (const name of this.unneeded.keys()) if (!found.includes(name)) this.#needed(name);
    for (const name of found) if (!this.unneeded.has(name)) this.#notNeeded(name);
    const unneededMs = parseGoDuration(flags.text('scale-down-unneeded-time') ?? '10m') ?? 600_000;
    if (!mayDelete) return;
    for (const [name, sinceMs] of this.unneeded) {
      if (clock.now() - sinceMs < unneededMs || !this.#removable().includes(name)) continue;
      const isEmpty = podsToMove(this.#options.podsOn(name)).length === 0;
      if (!isEmpty && this.#draining.size > 0) continue; // --max-drain-parallelism=1
      this.#delete(name, isEmpty);
    }
  }

  #removable(): string[] {
    const { cloud, flags, nodes: allNodes, podsOn, objects, snapshot, candidates } = this.#options;
    const rules = {
      utilizationThreshold: Number(flags.text('scale-down-utilization-threshold') ?? 0.5), skipNodesWithLocalStorage: flags.bool('skip-nodes-with-local-storage', true), skipNodesWithSystemPods: flags.bool('skip-nodes-with-system-pods', true),
    };
    const staying = allNodes.list().filter(({ metadata }) => !this.#draining.has(metadata.name)).map(({ metadata }) => metadata.name);
    return candidates().flatMap(({ group, min }) => {
      const leaving = group.instances.filter(({ name }) => this.#draining.has(name)).length;
      let spare = group.target - leaving - min;
      return group.instances.filter(({ name, providerID }) => {
        const node = allNodes.get(name);
        if (!node || spare <= 0 || this.#draining.has(name) || cloud.nodeGroups.groupOf(node.spec.providerID ?? providerID) === undefined) return false;
        const reason = keptBecause(node, podsOn(name), { rules, budgets: objects.list(podDisruptionBudgets), snapshot: snapshot(), others: staying.filter((each) => each !== name) });
        if (reason === undefined) spare--;
        return reason === undefined;
      }).map(({ name }) => name);
    });
  }

  #notNeeded(name: string): void {
    this.unneeded.set(name, this.#options.clock.now());
    this.#setTaint(name, CANDIDATE, { key: CANDIDATE, value: String(Math.floor(this.#options.clock.now() / 1000)), effect: 'PreferNoSchedule' });
  }

  #needed(name: string): void {
    this.unneeded.delete(name);
    this.#setTaint(name, CANDIDATE, undefined);
  }

  #delete(name: string, isEmpty: boolean): void {
    const { clock, event, nodes: allNodes, podsOn, statusObject } = this.#options;
    const node = allNodes.get(name);
    if (!node) return;
    const used = utilization(node, podsOn(name));
    const moving = podsToMove(podsOn(name)).map(({ metadata }) => metadata.name).join(',');
    event(statusObject(), 'Normal', isEmpty ? 'ScaleDownEmpty' : 'ScaleDown', isEmpty ? `Scale-down: removing empty node "${name}"` : `Scale-down: removing node ${name}, utilization: ${used.toFixed(2)}, pods to reschedule: ${moving}`);
    this.#setTaint(name, TO_BE_DELETED, { key: TO_BE_DELETED, value: String(Math.floor(clock.now() / 1000)), effect: 'NoSchedule' });
    event(node, 'Normal', 'ScaleDown', 'marked the node as toBeDeleted/unschedulable');
    this.unneeded.delete(name);
    this.#draining.set(name, undefined);
    for (const pod of podsToMove(podsOn(name))) event(pod, 'Normal', 'ScaleDown', 'deleting pod for node scale down');
    this.#drain(name, isEmpty, clock.now() + EVICTION_LIMIT_MS);
  }

  /** Evicts what is left, again and again; the machine goes when nothing is. */
  #drain(name: string, isEmpty: boolean, untilMs: number): void {
    const { client, clock, podsOn } = this.#options;
    const left = podsToMove(podsOn(name));
    if (left.length === 0) return this.#destroy(name, isEmpty);
    if (clock.now() >= untilMs) return this.#giveUp(name, 'failed to drain the node, aborting ScaleDown');
    for (const { metadata } of left.filter(({ metadata: { deletionTimestamp } }) => !deletionTimestamp)) {
      try {
        unlessGone(() => client.createSubresource(pods, metadata.name, metadata.namespace, 'eviction', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name, namespace: metadata.namespace } }));
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 429) throw error; // a budget says: later
      }
    }
    this.#draining.set(name, clock.after(EVICTION_RETRY_MS, `drain ${name}`, () => this.#drain(name, isEmpty, untilMs)));
  }

  #destroy(name: string, isEmpty: boolean): void {
    const { cloud, event, nodes: allNodes, statusObject } = this.#options;
    const node = allNodes.get(name);
    try {
      if (node?.spec.providerID) cloud.nodeGroups.remove(node.spec.providerID);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return this.#giveUp(name, 'failed to delete the node');
    }
    this.#draining.delete(name);
    if (node) event(node, 'Normal', 'ScaleDown', 'node removed by cluster autoscaler');
    event(statusObject(), 'Normal', isEmpty ? 'ScaleDownEmpty' : 'ScaleDown', isEmpty ? `Scale-down: empty node ${name} removed` : `Scale-down: node ${name} removed with drain`);
  }

  #giveUp(name: string, why: string): void {
    this.#draining.delete(name);
    this.#setTaint(name, TO_BE_DELETED, undefined);
    const node = this.#options.nodes.get(name);
    if (node) this.#options.event(node, 'Warning', 'ScaleDownFailed', why);
  }

  #setTaint(name: string, key: string, taint: Taint | undefined): void {
    const { client } = this.#options;
    unlessGone(() => {
      const node = client.get(nodes, name);
      if (!node) return;
      const taints = [...(node.spec.taints ?? []).filter((each) => each.key !== key), ...(taint ? [taint] : [])];
      client.patch(nodes, name, undefined, { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } });
    });
  }
}
