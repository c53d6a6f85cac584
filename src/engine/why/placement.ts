/** Why a Pod has no node: from the scheduler's own last attempt, plugin by plugin and node by node. */
import type { KubeObject, Node, Pod } from '../../cluster/api/types.ts';
import { amountOf, podRequests } from '../../cluster/api/pod-resources.ts';
import { isFinished } from '../../cluster/api/pod-status.ts';
import type { NodeOutcome } from '../../cluster/scheduler/attempt.ts';
import { whyComponent } from './component.ts';
import { whyClaim } from './claim.ts';
import { whyNode } from './node.ts';
import { inNamespace, type Link, link, type WhyWorld } from './world.ts';

/** How many nodes are told of one by one for each plugin. */
const NODES_MAX = 3;

export function whyUnplaced(world: WhyWorld, pod: Pod): Link[] {
  const { name, namespace } = pod.metadata;
  const at = inNamespace(namespace);
  const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const pending = link(world.words.pending(name, condition?.message ?? ''), `kubectl describe pod ${name}${at}`);
  const gates = pod.spec.schedulingGates ?? [];
  if (gates.length > 0) return [pending, link(world.words.gated(gates.map((gate) => gate.name).join(', ')), `kubectl get pod ${name}${at} -o jsonpath='{.spec.schedulingGates}'`)];
  const scheduler = whyComponent(world, 'kube-scheduler');
  if (scheduler.length > 0) return [pending, ...scheduler];
  const attempt = world.attempt(pod);
  if (!attempt) return [pending, ...unseen(world, pod, at)];
  const plugins = new Map<string, NodeOutcome[]>();
  for (const outcome of attempt.nodes) if (outcome.filteredBy) plugins.set(outcome.filteredBy, [...(plugins.get(outcome.filteredBy) ?? []), outcome]);
  const refusals = [...plugins].flatMap(([plugin, outcomes]) => refusal(world, pod, plugin, outcomes));
  if (attempt.rejectedBy) refusals.unshift(link(world.words.rejected(attempt.rejectedBy, attempt.message ?? ''), `kubectl describe pod ${name}${at}`), ...claims(world, pod));
  if (attempt.preemption) refusals.push(link(world.words.preempting(attempt.preemption.node, attempt.preemption.victims.join(', ')), `kubectl get events${at} --field-selector reason=Preempted`));
  return [pending, ...refusals];
}

function unseen({ words }: WhyWorld, pod: Pod, at: string): Link[] {
  const { schedulerName = 'default-scheduler' } = pod.spec;
  if (schedulerName === 'default-scheduler') return [link(words.notTried, `kubectl get events${at} --field-selector involvedObject.name=${pod.metadata.name}`)];
  return [link(words.otherScheduler(schedulerName), `kubectl get pod ${pod.metadata.name}${at} -o jsonpath='{.spec.schedulerName}'`)];
}

/** A plugin's word, and what on the nodes made it say so. */
function refusal(world: WhyWorld, pod: Pod, plugin: string, outcomes: readonly NodeOutcome[]): Link[] {
  const names = outcomes.map(({ node }) => node);
  const shown = names.slice(0, NODES_MAX);
  const reasons = [...new Set(outcomes.flatMap((outcome) => outcome.reasons ?? []))].join(', ');
  const head = link(world.words.refused(plugin, shown.join(', '), names.length - NODES_MAX, reasons), `kubectl get events${inNamespace(pod.metadata.namespace)} --field-selector involvedObject.name=${pod.metadata.name}`);
  const nodes = shown.flatMap((name) => world.get({ resource: 'node', name }) ?? []) as Node[]; // asked for nodes
  return [head, ...(DETAILS[plugin]?.(world, pod, nodes) ?? [])];
}

const DETAILS: Readonly<Record<string, (world: WhyWorld, pod: Pod, nodes: readonly Node[]) => Link[]>> = {
  NodeResourcesFit: (world, pod, nodes) => nodes.flatMap((node) => tooFull(world, pod, node)),
  TaintToleration: (world, _pod, nodes) => nodes.flatMap((node) => {
    const { name } = node.metadata;
    const taints = (node.spec.taints ?? []).map(({ key, value, effect }) => `${key}${value ? `=${value}` : ''}:${effect}`);
    const tainted = link(world.words.tainted(name, taints.join(', ')), `kubectl get node ${name} -o jsonpath='{.spec.taints}'`);
    return [tainted, ...(taints.some((taint) => taint.startsWith('node.kubernetes.io/')) ? whyNode(world, node) : [])];
  }),
  NodeUnschedulable: ({ words }, _pod, nodes) => nodes.map(({ metadata: { name } }) => link(words.uncordon(name), `kubectl get node ${name}`)),
  NodeAffinity: ({ words }, { spec, metadata: { name, namespace } }, nodes) => [
    link(words.wants(wantedOf(spec, words)), `kubectl get pod ${name}${inNamespace(namespace)} -o yaml`),
    ...nodes.map((node) => link(words.has(node.metadata.name, labelsOf(node) || words.noOwnLabels), `kubectl get node ${node.metadata.name} --show-labels`)),
  ],
  VolumeBinding: (world, pod) => claims(world, pod),
  InterPodAffinity: ({ words }, { metadata: { name, namespace } }) => [link(words.podAffinity, `kubectl get pods${inNamespace(namespace)} -o wide --show-labels; kubectl get pod ${name}${inNamespace(namespace)} -o jsonpath='{.spec.affinity}'`)],
  PodTopologySpread: ({ words }, { spec: { topologySpreadConstraints = [] }, metadata: { namespace } }) => topologySpreadConstraints.map(({ topologyKey, maxSkew }) => link(words.spread(maxSkew, topologyKey), `kubectl get pods${inNamespace(namespace)} -o wide; kubectl get nodes -L ${topologyKey}`)),
};

/** What the Pod asks for and the node cannot give. */
function tooFull(world: WhyWorld, pod: Pod, node: Node): Link[] {
  const { name } = node.metadata;
  const there = (world.list('pod') as readonly Pod[]).filter((each) => each.spec.nodeName === name && !isFinished(each));
  const asked = podRequests(pod.spec);
  return Object.entries({ ...asked, pods: '1' }).flatMap(([resource, amount]) => {
    const capacity = amountOf(resource, String(node.status.allocatable?.[resource] ?? '0'));
    const used = resource === 'pods' ? there.length : there.reduce((sum, each) => sum + amountOf(resource, podRequests(each.spec)[resource]), 0);
    const wanted = amountOf(resource, amount);
    if (used + wanted <= capacity) return [];
    const unit = (value: number) => shownAmount(resource, value);
    return [link(world.words.tooFull(name, unit(wanted), resource, unit(capacity), unit(used), unit(Math.max(0, capacity - used))), `kubectl describe node ${name}`)];
  });
}

function shownAmount(resource: string, value: number): string {
  if (resource === 'cpu') return `${value / 1000}`;
  return value >= 2 ** 20 ? `${Math.round((value / 2 ** 20) * 10) / 10}Mi` : String(value);
}

function wantedOf({ nodeSelector, affinity }: Pod['spec'], words: WhyWorld['words']): string {
  const selector = Object.entries(nodeSelector ?? {}).map(([key, value]) => `${key}=${value}`);
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const expressions = terms.map((term) => (term.matchExpressions ?? []).map(({ key, operator, values }) => `${key} ${operator}${values ? ` ${values.join(',')}` : ''}`).join(` ${words.and} `));
  return [...selector, ...(expressions.length > 0 ? [expressions.join(` ${words.or} `)] : [])].join(', ');
}

/** Labels that somebody chose; those that every node has tell nothing. */
function labelsOf({ metadata: { labels = {} } }: KubeObject): string {
  const own = Object.entries(labels).filter(([key]) => !/^(beta\.)?kubernetes\.io\//.test(key)).map(([key, value]) => (value ? `${key}=${value}` : key));
  return own.join(', ');
}

function claims(world: WhyWorld, pod: Pod): Link[] {
  return (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }) => (persistentVolumeClaim ? whyClaim(world, persistentVolumeClaim.claimName, pod.metadata.namespace) : []));
}
