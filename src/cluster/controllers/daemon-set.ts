/** DaemonSet: one Pod on each eligible node, bound by the scheduler through node affinity; rolled one node at a time. */
import { matchesLabels } from '../api/labels.ts';
import type { ControllerRevision, DaemonSet, Draft, Node, NodeSelectorTerm, Pod, PodTemplateSpec, Toleration } from '../api/types.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../client/resources.ts';
import { ApiError } from '../client/types.ts';
import { byController, type Controller, controllerOf, controllerReference, keyOf } from './controller.ts';
import { isActive, isAvailable, isReady, podFromTemplate } from './pods.ts';
import { tolerates } from './taint-eviction.ts';
import { canonical, templateHash } from './template-hash.ts';

const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

/** Tolerations that every daemon Pod gets (daemonset_util.go: AddOrUpdateDaemonPodTolerations). */
const AUTOMATIC: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];

export const daemonSetController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(daemonSets);
  const allNodes = context.informer(nodes);
  const allPods = context.informer(pods);
  const revisions = context.informer(controllerRevisions);
  const recorder = context.recorder('daemonset-controller');
  allPods.indexBy('controller', (pod) => [controllerOf(pod)?.uid ?? `orphan/${pod.metadata.namespace}`]);
  revisions.indexBy('controller', byController);
  const queue = context.queue('daemonset', reconcile);

  all.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  allNodes.onChange((now, old) => {
    if (now && old && canonical([now.metadata.labels, now.spec]) === canonical([old.metadata.labels, old.spec])) return;
    for (const set of all.list()) queue.add(keyOf(set));
  });
  allPods.onChange((now, old) => {
    const owner = controllerOf((now ?? old)!);
    if (owner?.kind === 'DaemonSet') queue.add(`${(now ?? old)!.metadata.namespace}/${owner.name}`);
  });

  function reconcile(key: string): void {
    const set = all.get(key);
    if (!set) return;
    const own = allPods.byIndex('controller', set.metadata.uid);
    if (set.metadata.deletionTimestamp) return updateStatus(set, own, '');
    const hash = ensureRevision(set);
    placeMissing(set, own, hash);
    if (set.spec.updateStrategy?.type !== 'OnDelete') roll(set, own, hash);
    updateStatus(set, own, hash);
  }

  function podsByNode(own: readonly Pod[]): Map<string, Pod[]> {
    const byNode = new Map<string, Pod[]>();
    for (const pod of own) {
      const name = pod.spec.nodeName || targetNode(pod) || '';
      byNode.set(name, [...(byNode.get(name) ?? []), pod]);
    }
    return byNode;
  }

  /** A Pod for each node that should have one; none where it should not; failed ones are replaced. */
  function placeMissing(set: DaemonSet, own: readonly Pod[], hash: string): void {
    const byNode = podsByNode(own);
    for (const node of allNodes.list()) {
      const here = byNode.get(node.metadata.name) ?? [];
      const { shouldRun, shouldContinue } = eligibility(set, node);
      for (const pod of here.filter((p) => p.status.phase === 'Failed' && !p.metadata.deletionTimestamp)) {
        recorder.event(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${keyOf(pod)} on node ${node.metadata.name}, will try to kill it`);
        remove(set, pod);
      }
      const living = here.filter((p) => p.status.phase !== 'Failed' && p.status.phase !== 'Succeeded');
      if (shouldRun && living.length === 0) create(set, node.metadata.name, hash);
      else if (!shouldContinue) for (const pod of living.filter(isActive)) remove(set, pod);
    }
  }

  /** Old Pods go as maxUnavailable allows; those that are not available anyway go first. */
  function roll(set: DaemonSet, own: readonly Pod[], hash: string): void {
    const wanted = allNodes.list().filter((node) => eligibility(set, node).shouldRun).length;
    const limit = percent(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, wanted);
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const active = own.filter(isActive);
    const isUp = (pod: Pod) => isAvailable(pod, minReadySeconds, world.clock.now());
    const old = active.filter((pod) => pod.metadata.labels?.[HASH_LABEL] !== hash);
    const available = active.filter(isUp).length;
    for (const pod of old.filter((p) => !isUp(p))) remove(set, pod);
    const budget = Math.max(0, limit - (wanted - available));
    for (const pod of old.filter(isUp).slice(0, budget)) remove(set, pod);
  }

  function create(set: DaemonSet, nodeName: string, hash: string): void {
    const template = withTolerations(set.spec.template!);
    const draft = podFromTemplate(template, set, { generateName: `${set.metadata.name}-` });
    const generation = set.metadata.annotations?.[GENERATION_ANNOTATION] ?? '1';
    const labels = { ...draft.metadata.labels, [HASH_LABEL]: hash, [GENERATION_LABEL]: generation };
    try {
      const pod = client.create(pods, { ...draft, metadata: { ...draft.metadata, labels }, spec: { ...draft.spec, affinity: pinnedTo(nodeName, draft.spec) } });
      recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (error instanceof ApiError) recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      throw error;
    }
  }

  function remove(set: DaemonSet, pod: Pod): void {
    client.delete(pods, pod.metadata.name, pod.metadata.namespace);
    recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
  }

  /** The ControllerRevision of the current template, made or renumbered; gives its hash. */
  function ensureRevision(set: DaemonSet): string {
    const own = [...revisions.byIndex('controller', set.metadata.uid)].sort((a, b) => a.revision - b.revision);
    const data = { spec: { template: { ...set.spec.template, $patch: 'replace' } } };
    const newest = own.at(-1);
    const found = own.find((revision) => canonical(revision.data) === canonical(data));
    const hash = found?.metadata.labels?.[HASH_LABEL] ?? templateHash(set.spec.template);
    const next = (newest?.revision ?? 0) + 1;
    if (found && found !== newest) client.update(controllerRevisions, { ...found, revision: next });
    if (!found) {
      const draft: Draft<ControllerRevision> = {
        apiVersion: 'apps/v1', kind: 'ControllerRevision',
        metadata: {
          name: `${set.metadata.name}-${hash}`, namespace: set.metadata.namespace, labels: { ...set.spec.template?.metadata?.labels, [HASH_LABEL]: hash },
          annotations: { ...set.metadata.annotations }, ownerReferences: [controllerReference(set)],
        },
        revision: next, data,
      };
      try {
        client.create(controllerRevisions, draft);
      } catch (error) {
        if (!(error instanceof ApiError) || error.reason !== 'AlreadyExists') throw error;
      }
    }
    return hash;
  }

  function updateStatus(set: DaemonSet, own: readonly Pod[], hash: string): void {
    const byNode = podsByNode(own.filter(isActive));
    const status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0, observedGeneration: set.metadata.generation, updatedNumberScheduled: 0, numberAvailable: 0 };
    for (const node of allNodes.list()) {
      const [pod] = byNode.get(node.metadata.name) ?? [];
      const { shouldRun } = eligibility(set, node);
      if (!shouldRun) {
        if (pod) status.numberMisscheduled++;
        continue;
      }
      status.desiredNumberScheduled++;
      if (!pod) continue;
      status.currentNumberScheduled++;
      if (isReady(pod)) status.numberReady++;
      if (isAvailable(pod, set.spec.minReadySeconds ?? 0, world.clock.now())) status.numberAvailable++;
      if (pod.metadata.labels?.[HASH_LABEL] === hash) status.updatedNumberScheduled++;
    }
    const unavailable = status.desiredNumberScheduled - status.numberAvailable;
    const { updatedNumberScheduled, numberAvailable, ...always } = status;
    const shown = { ...always, ...(updatedNumberScheduled ? { updatedNumberScheduled } : {}), ...(numberAvailable ? { numberAvailable } : {}), ...(unavailable ? { numberUnavailable: unavailable } : {}) };
    if (canonical(shown) !== canonical(set.status)) client.updateStatus(daemonSets, { ...set, status: shown });
  }

  return { stop: () => queue.stop() };
};

/** Whether a node should have a Pod, and whether one that is there may stay (a new NoSchedule taint moves nobody). */
function eligibility(set: DaemonSet, node: Node): { shouldRun: boolean; shouldContinue: boolean } {
  const spec = set.spec.template!.spec!;
  const fits = (!spec.nodeName || spec.nodeName === node.metadata.name) && matchesLabels(spec.nodeSelector, node.metadata.labels) && matchesRequired(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms, node);
  if (!fits) return { shouldRun: false, shouldContinue: false };
  const tolerations = [...(spec.tolerations ?? []), ...automatic(set.spec.template!)];
  const untolerated = (node.spec.taints ?? []).filter((taint) => taint.effect !== 'PreferNoSchedule' && !tolerations.some((t) => tolerates(t, taint)));
  return { shouldRun: untolerated.length === 0, shouldContinue: !untolerated.some((taint) => taint.effect === 'NoExecute') };
}

function matchesRequired(terms: readonly NodeSelectorTerm[] | undefined, node: Node): boolean {
  if (!terms) return true;
  return terms.some((term) => (term.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = node.metadata.labels?.[key];
    switch (operator) {
      case 'In': return value !== undefined && values.includes(value);
      case 'NotIn': return value === undefined || !values.includes(value);
      case 'Exists': return value !== undefined;
      case 'DoesNotExist': return value === undefined;
      case 'Gt': return value !== undefined && Number(value) > Number(values[0]);
      default: return value !== undefined && Number(value) < Number(values[0]);
    }
  }) && (term.matchFields ?? []).every(({ operator, values = [] }) => (operator === 'In') === values.includes(node.metadata.name)) && Boolean(term.matchExpressions?.length || term.matchFields?.length));
}

function automatic(template: PodTemplateSpec): readonly Toleration[] {
  return template.spec?.hostNetwork ? [...AUTOMATIC, { key: 'node.kubernetes.io/network-unavailable', operator: 'Exists', effect: 'NoSchedule' }] : AUTOMATIC;
}

function withTolerations(template: PodTemplateSpec): PodTemplateSpec {
  return { ...template, spec: { ...template.spec!, tolerations: [...(template.spec?.tolerations ?? []), ...automatic(template)] } };
}

/** The affinity that ties a Pod to its node; required terms of the template are replaced. */
function pinnedTo(nodeName: string, spec: Pod['spec']): Pod['spec']['affinity'] {
  const term: NodeSelectorTerm = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  return { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } };
}

function targetNode(pod: Pod): string | undefined {
  return pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0];
}

/** Both fields of a DaemonSet's strategy round up. */
function percent(value: number | string, total: number): number {
  return typeof value === 'string' && value.endsWith('%') ? Math.ceil((Number(value.slice(0, -1)) * total) / 100) : Number(value);
}
