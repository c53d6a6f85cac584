/** What-if for the autoscaler: the scheduler's own filters over the nodes that are there, those that are coming, and a template of one that could come. */
import type { Node, Pod } from '../../api/types.ts';
import { SchedulerCache, type ObjectLister } from '../../scheduler/cache.ts';
import { checkNode, prepareFilters } from '../../scheduler/filtering.ts';
import { podInfoOf } from '../../scheduler/pod-info.ts';
import { defaultProfile } from '../../scheduler/profile.ts';
import { ownLabels } from '../../node/kubelet/node-status.ts';
import { labelsOf } from '../node.ts';
import type { NodeGroupSpec } from '../node-groups.ts';

export class ClusterSnapshot {
  readonly #cache: SchedulerCache;
  readonly #plugins = defaultProfile().plugins;

  constructor(objects: ObjectLister, nodes: readonly Node[], pods: readonly Pod[]) {
    this.#cache = new SchedulerCache(objects);
    for (const node of nodes) this.addNode(node);
    for (const pod of pods) if (pod.spec.nodeName && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed') this.#cache.setPod(pod, pod.spec.nodeName);
  }

  addNode(node: Node): void { this.#cache.setNode(node); }

  /** Why a node does not take a Pod; undefined: it does. */
  reasons(pod: Pod, nodeName: string): readonly string[] | undefined {
    const info = podInfoOf(unbound(pod));
    const { filters, narrowed, rejected } = prepareFilters(this.#plugins, info, this.#cache);
    if (rejected) return rejected.rejection.reasons;
    if (narrowed && !narrowed.nodeNames.has(nodeName)) return ["node(s) didn't match Pod's node affinity/selector"];
    const node = this.#cache.node(nodeName);
    return node ? checkNode(filters, node)?.rejection.reasons : ['node not found'];
  }

  /** Puts a Pod on the first of these nodes that takes it, for what is asked later; false if none does. */
  place(pod: Pod, nodeNames: readonly string[]): boolean {
    const name = nodeNames.find((each) => this.reasons(pod, each) === undefined);
    if (name !== undefined) this.#cache.setPod(unbound(pod), name);
    return name !== undefined;
  }

  /** Takes a Pod off its node. */
  remove({ metadata: { namespace, name } }: Pod): void { this.#cache.removePod(`${namespace}/${name}`); }
}

function unbound(pod: Pod): Pod {
  const { nodeName: _node, ...spec } = pod.spec;
  return { ...pod, spec };
}

/** The Node that a machine of a group would become. */
export function templateNode({ name: group, machine, type = 'pretend-4', region = 'region-1', zone = 'region-1a' }: NodeGroupSpec, name: string): Node {
  const description = { ...machine, name, addresses: [] };
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name, uid: name, resourceVersion: '', creationTimestamp: '', labels: { ...ownLabels(description), ...labelsOf({ type, region, zone }), ...machine.labels, 'pretend.cloud/node-group': group } },
    spec: { taints: machine.taints ? [...machine.taints] : undefined }, status: { capacity: machine.capacity, allocatable: machine.capacity, conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: '', lastTransitionTime: '', reason: 'KubeletReady', message: '' }] },
  };
}
