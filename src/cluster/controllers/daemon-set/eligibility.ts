/** Which nodes a DaemonSet's Pods belong on: name, labels and taints count, resources do not (daemon_controller.go: NodeShouldRunDaemonPod). */
import { matchesNodeSelection } from '../../api/node-selector.ts';
import type { DaemonSet, Node, NodeSelectorTerm, Pod, PodTemplateSpec, Toleration } from '../../api/types.ts';
import { tolerates } from '../../api/tolerations.ts';

/** Whether a node should have a Pod, and whether one that is there may stay: a new NoSchedule taint moves nobody. */
export interface Eligibility { readonly shouldRun: boolean; readonly shouldContinue: boolean }

/** Tolerations that every daemon Pod gets (daemonset_util.go: AddOrUpdateDaemonPodTolerations). */
const AUTOMATIC: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const NETWORK_UNAVAILABLE: Toleration = { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' };

export function eligibility({ spec }: DaemonSet, node: Node): Eligibility {
  const { nodeName, tolerations = [] } = spec.template.spec!;
  const { name, labels = {} } = node.metadata;
  const fits = (!nodeName || nodeName === name) && matchesNodeSelection(spec.template.spec!, { name, labels });
  if (!fits) return { shouldRun: false, shouldContinue: false };
  const all = [...tolerations, ...automatic(spec.template)];
  const untolerated = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !all.some((toleration) => tolerates(toleration, taint)));
  return { shouldRun: untolerated.length === 0, shouldContinue: !untolerated.some((taint) => taint.effect === 'NoExecute') };
}

function automatic(template: PodTemplateSpec): readonly Toleration[] {
  return template.spec?.hostNetwork ? [...AUTOMATIC, NETWORK_UNAVAILABLE] : AUTOMATIC;
}

/** The Pod spec for one node: with the automatic tolerations, and tied to the node by an affinity that replaces the template's terms. */
export function specFor(template: PodTemplateSpec, nodeName: string): Pod['spec'] {
  const spec = template.spec!;
  const own = spec.tolerations ?? [];
  const missing = automatic(template).filter((each) => !own.some((t) => t.key === each.key && t.operator === each.operator && t.effect === each.effect && t.value === each.value && t.tolerationSeconds === undefined));
  const nodeSelectorTerms: NodeSelectorTerm[] = [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] }];
  const nodeAffinity = { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
  return { ...spec, tolerations: [...own, ...missing], affinity: { ...spec.affinity, nodeAffinity } };
}

/** The node a daemon Pod is on or is meant for; undefined for Pods that are none of a DaemonSet's making. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  return terms.flatMap((term) => term.matchFields ?? []).find((field) => field.key === 'metadata.name' && field.operator === 'In' && field.values?.length === 1)?.values?.[0];
}
