/** What a kubelet says to a Pod that is new to its node; for a critical one it makes room (kubelet/preemption). */
import { amountOf, podRequests, type ResourceList } from '../../api/pod-resources.ts';
import { qosClassOf } from '../../api/qos.ts';
import type { Node, Pod } from '../../api/types.ts';
import type { EventRecorder } from '../../client/types.ts';
import { admitPod, type Refusal } from './admission.ts';
import { isCritical } from './eviction/ranking.ts';
import type { NodePressure } from './node-pressure.ts';
import { type NodeDescription, ownLabels } from './node-status.ts';
import type { NodeSupplies } from './node-supplies.ts';
import type { PodWorker } from './pod-worker.ts';

export interface NodeAdmissionOptions {
  node: NodeDescription;
  isHollow: boolean;
  workers: () => PodWorker[];
  /** The Node as the API has it; undefined when there is no answer. */
  stored: () => Node | undefined;
  allocatable: () => ResourceList;
  pressure: NodePressure | undefined;
  supplies: NodeSupplies;
  recorder: EventRecorder;
  isShuttingDown: () => boolean;
}

const WAIT: Refusal = { reason: 'Preempting', message: '', isTemporary: true };
const PREEMPTED = 'Preempted in order to admit critical pod';
const QOS_ORDER = ['BestEffort', 'Burstable', 'Guaranteed'];

export class NodeAdmission {
  readonly #options: NodeAdmissionOptions;

  constructor(options: NodeAdmissionOptions) {
    this.#options = options;
  }

  /** Why the Pod may not start, if so; `isAlone`: whether it would fit were it the only one. A Pod that runs here already asks for a resize. */
  refusal(pod: Pod, isAlone: boolean): Refusal | undefined {
    const { supplies, pressure, isShuttingDown } = this.#options;
    const active = this.#holders().map((worker) => worker.pod);
    const others = isAlone ? [] : active.filter(({ metadata: { uid } }) => uid !== pod.metadata.uid);
    const isResize = active.some(({ metadata: { uid } }) => uid === pod.metadata.uid);
    if (isShuttingDown() && !isResize) return { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' };
    const refused: Refusal | undefined = (isResize ? undefined : pressure?.refusal(pod)) ?? this.#predicates(pod, others);
    if (refused?.lacks && !isResize && isCritical(pod)) return this.#preempt(refused.lacks);
    return refused ?? (isResize ? undefined : supplies.allocate(pod, others));
  }

  #holders(): PodWorker[] { return this.#options.workers().filter(({ holdsResources }) => holdsResources); }

  /** The stored Node is read where it matters only: for labels that the Pod selects by, and for taints. */
  #predicates(pod: Pod, others: readonly Pod[]): Refusal | undefined {
    const { node, isHollow, allocatable, stored } = this.#options;
    const now = isHollow && !pod.spec.nodeSelector && !pod.spec.affinity?.nodeAffinity ? undefined : stored();
    return admitPod(pod, others, {
      name: node.name, operatingSystem: node.nodeInfo.operatingSystem || 'linux', allocatable: allocatable(),
      labels: now?.metadata.labels ?? { ...ownLabels(node), ...node.labels }, taints: now?.spec.taints ?? [],
    });
  }

  /** Ends as few Pods as will do, those of a lower quality of service first, and lets the critical one wait for their end. */
  #preempt({ resource, amount }: { resource: string; amount: number }): Refusal {
    const { recorder } = this.#options;
    const weight = (worker: PodWorker) => (resource === 'pods' ? 1 : amountOf(resource, podRequests(worker.pod.spec)[resource]));
    const left = this.#holders().filter((worker) => !isCritical(worker.pod) && weight(worker) > 0);
    let missing = amount - left.filter(({ isActive }) => !isActive).reduce((sum, worker) => sum + weight(worker), 0);
    const candidates = left.filter(({ isActive }) => isActive);
    if (missing > candidates.reduce((sum, worker) => sum + weight(worker), 0)) {
      return { reason: 'UnexpectedAdmissionError', message: `Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: no set of running pods found to reclaim resources: [(res: ${resource}, q: ${amount}), ]` };
    }
    while (missing > 0) {
      const lowest = QOS_ORDER.map((qos) => candidates.filter((worker) => qosClassOf(worker.pod.spec) === qos)).find(({ length }) => length > 0)!;
      lowest.sort((a, b) => weight(a) - weight(b));
      const victim = lowest.find((worker) => weight(worker) >= missing) ?? lowest.at(-1)!;
      candidates.splice(candidates.indexOf(victim), 1);
      missing -= weight(victim);
      recorder.event(victim.pod, 'Warning', 'Preempting', PREEMPTED);
      victim.terminate({ verdict: { phase: 'Failed', reason: 'Preempting', message: PREEMPTED, disruption: { reason: 'TerminationByKubelet', message: 'Pod was preempted by Kubelet to accommodate a critical pod.' } } });
    }
    return WAIT;
  }
}
