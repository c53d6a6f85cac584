/** DaemonSet: one Pod on each eligible node, bound by the scheduler through node affinity; rolled within its limits. */
import { matches, selectorOf } from '../../api/labels.ts';
import type { ControllerRevision, DaemonSet, Node, Pod } from '../../api/types.ts';
import { controllerRevisions, daemonSets, nodes, pods } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { Backoff } from '../backoff.ts';
import { claim, indexByController } from '../claim.ts';
import { type Controller, controllerOf, keyOf, unlessGone } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { isAvailable, isReady, podFromTemplate, untilNextAvailableMs } from '../pods.ts';
import { cleanHistory, ensureRevision, revisionData } from '../revisions.ts';
import { slowStart } from '../slow-start.ts';
import { canonical, templateHash } from '../template-hash.ts';
import { type Eligibility, eligibility, nodeOf, specFor } from './eligibility.ts';
import { HASH_LABEL, type Place, placement, type Plan, rollingUpdate, updateLimits } from './rolling.ts';

const GENERATION_LABEL = 'pod-template-generation';
const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';
const BURST_REPLICAS = 250; // daemon_controller.go: BurstReplicas
const FAILED_BACKOFF = { minMs: 1_000, maxMs: 15 * 60_000 }; // cmd/kube-controller-manager/app/apps.go: failedPodsBackoff

export const daemonSetController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(daemonSets);
  const allNodes = context.informer(nodes);
  const allPods = context.informer(pods);
  const allRevisions = context.informer(controllerRevisions);
  const recorder = context.recorder('daemonset-controller');
  const expectations = new Expectations(world);
  const failures = new Backoff(world.clock, FAILED_BACKOFF);
  const known = new Map<string, { generation: number | undefined; byNode: WeakMap<Node, Eligibility> }>();
  all.indexBy('namespace', (set) => [set.metadata.namespace ?? '']);
  indexByController(allPods);
  indexByController(allRevisions);
  const queue = context.queue('daemonset', reconcile);

  all.onChange((now, old) => {
    if (!now) {
      expectations.forget(keyOf(old!));
      known.delete(old!.metadata.uid);
    }
    queue.add(keyOf((now ?? old)!));
  });
  allNodes.onChange((now, old) => {
    for (const set of all.list()) if (!now || !old || concerns(set, now, old)) queue.add(keyOf(set));
  });
  allPods.onChange((now, old) => {
    expectations.observe(now, old);
    const pod = (now ?? old)!;
    const owner = controllerOf(pod);
    if (owner?.kind === 'DaemonSet') queue.add(`${pod.metadata.namespace}/${owner.name}`);
    else if (now && !owner && !now.metadata.deletionTimestamp) for (const set of all.byIndex('namespace', now.metadata.namespace ?? '')) if (selects(set)(now)) queue.add(keyOf(set));
  });

  function concerns(set: DaemonSet, now: Node, old: Node): boolean {
    const [after, before] = [eligible(set, now), eligible(set, old)];
    return after.shouldRun !== before.shouldRun || after.shouldContinue !== before.shouldContinue;
  }

  /** Worked out once a node and generation, for each change of a Pod asks about all nodes. */
  function eligible(set: DaemonSet, node: Node): Eligibility {
    let kept = known.get(set.metadata.uid);
    if (kept?.generation !== set.metadata.generation || !kept) known.set(set.metadata.uid, (kept = { generation: set.metadata.generation, byNode: new WeakMap() }));
    let found = kept.byNode.get(node);
    if (!found) kept.byNode.set(node, (found = eligibility(set, node)));
    return found;
  }

  function reconcile(key: string): void {
    const set = all.get(key);
    if (!set || set.metadata.deletionTimestamp) return;
    const own = claim({ client, resource: pods, informer: allPods, owner: set, matches: selects(set) });
    const history = claim({ client, resource: controllerRevisions, informer: allRevisions, owner: set, matches: selects(set) });
    const current = ensureRevision(client, set, history, draftRevision(set));
    const hash = current.metadata.labels?.[HASH_LABEL] ?? '';
    const { places, lost } = placesOf(set, own);
    const failure = expectations.areMet(key) ? act(set, places, lost, hash) : undefined;
    if (expectations.areMet(key)) cleanHistory(client, history, ({ metadata }) => metadata.uid === current.metadata.uid || own.some((pod) => pod.metadata.labels?.[HASH_LABEL] === metadata.labels?.[HASH_LABEL]), set.spec.revisionHistoryLimit ?? 10);
    updateStatus(set, places, hash);
    if (failure) throw failure;
  }

  function draftRevision(set: DaemonSet): Parameters<typeof ensureRevision>[3] {
    const hash = templateHash(set.spec.template, set.status.collisionCount ?? 0);
    return { hash, labels: { ...set.spec.template.metadata?.labels, [HASH_LABEL]: hash }, annotations: set.metadata.annotations, data: revisionData(set.spec.template) };
  }

  /** Nodes by name with the set's Pods; and Pods meant for nodes that are gone. */
  function placesOf(set: DaemonSet, own: readonly Pod[]): { places: Place[]; lost: Pod[] } {
    const byNode = new Map<string, Pod[]>();
    for (const pod of own) {
      const node = nodeOf(pod) ?? '';
      const here = byNode.get(node);
      if (here) here.push(pod);
      else byNode.set(node, [pod]);
    }
    const places = allNodes.list().map((node): Place => ({ node: node.metadata.name, eligibility: eligible(set, node), pods: (byNode.get(node.metadata.name) ?? []).sort(byAge) }));
    places.sort((a, b) => (a.node < b.node ? -1 : 1));
    return { places, lost: own.filter((pod) => !pod.spec.nodeName && !pod.metadata.deletionTimestamp && !allNodes.get(nodeOf(pod) ?? '')) };
  }

  function act(set: DaemonSet, places: readonly Place[], lost: readonly Pod[], hash: string): ApiError | undefined {
    const key = keyOf(set);
    const isUp = (pod: Pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, world.clock.now());
    const surges = updateLimits(set, places.length).maxSurge > 0;
    const plan = placement(places, { hash, surges, isUp });
    const failure = carryOut(set, { create: plan.create, remove: [...plan.remove, ...mayEnd(set, plan.ended), ...lost] }, hash);
    if (failure || !expectations.areMet(key) || set.spec.updateStrategy?.type === 'OnDelete') return failure;
    return carryOut(set, rollingUpdate(set, places, hash, isUp), hash);
  }

  function carryOut(set: DaemonSet, { create, remove }: Pick<Plan, 'create' | 'remove'>, hash: string): ApiError | undefined {
    const failure = slowStart(Math.min(create.length, BURST_REPLICAS), (i) => createOne(set, create[i]!, hash));
    for (const pod of remove.slice(0, BURST_REPLICAS)) {
      unlessGone(() => client.delete(pods, pod.metadata.name, pod.metadata.namespace));
      expectations.deleted(keyOf(set), pod);
      recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
    return failure;
  }

  /** Pods that ended are deleted with a growing pause for each node, for a kubelet may refuse them again and again. */
  function mayEnd(set: DaemonSet, ended: Plan['ended']): Pod[] {
    return ended.flatMap(({ node, pod }) => {
      if (pod.status.phase === 'Succeeded') {
        recorder.event(set, 'Normal', 'SucceededDaemonPod', `Found succeeded daemon pod ${keyOf(pod)} on node ${node}, will try to delete it`);
        return [pod];
      }
      const key = `${set.metadata.uid}/${set.status.observedGeneration ?? 0}/${node}`;
      const waitMs = failures.remainingMs(key);
      if (waitMs > 0) {
        queue.addAfter(keyOf(set), waitMs);
        return [];
      }
      failures.next(key);
      recorder.event(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${keyOf(pod)} on node ${node}, will try to kill it`);
      return [pod];
    });
  }

  function createOne(set: DaemonSet, nodeName: string, hash: string): ApiError | undefined {
    const draft = podFromTemplate(set.spec.template, set, { generateName: `${set.metadata.name}-` });
    const labels = { ...draft.metadata.labels, [HASH_LABEL]: hash, [GENERATION_LABEL]: set.metadata.annotations?.[GENERATION_ANNOTATION] ?? '1' };
    try {
      const pod = client.create(pods, { ...draft, metadata: { ...draft.metadata, labels }, spec: specFor(set.spec.template, nodeName) });
      expectations.created(keyOf(set), pod);
      recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
      return error;
    }
  }

  function updateStatus(set: DaemonSet, places: readonly Place[], hash: string): void {
    const nowMs = world.clock.now();
    const minReadySeconds = set.spec.minReadySeconds ?? 0;
    const wanted = places.filter(({ eligibility: { shouldRun } }) => shouldRun);
    const placed = wanted.flatMap(({ pods: [pod] }) => pod ?? []);
    const ready = placed.filter(isReady);
    const counts = {
      updatedNumberScheduled: placed.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash).length,
      numberAvailable: ready.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length,
    };
    const numberUnavailable = wanted.length - counts.numberAvailable;
    const shown = Object.fromEntries(Object.entries({ ...counts, numberUnavailable }).filter(([, value]) => value > 0));
    const status = {
      currentNumberScheduled: placed.length, desiredNumberScheduled: wanted.length, numberReady: ready.length,
      numberMisscheduled: places.filter((place) => !place.eligibility.shouldRun && place.pods.length > 0).length, observedGeneration: set.metadata.generation, ...shown,
    };
    if (canonical(status) !== canonical(set.status)) client.updateStatus(daemonSets, { ...set, status });
    const waitMs = untilNextAvailableMs(ready, minReadySeconds, nowMs);
    if (waitMs !== undefined) queue.addAfter(keyOf(set), waitMs);
  }

  return { stop: () => queue.stop() };
};

function selects({ spec }: DaemonSet): (object: Pod | ControllerRevision) => boolean {
  const selector = selectorOf(spec.selector);
  return (object) => Boolean(selector?.length) && matches(selector!, object.metadata.labels);
}

function byAge(a: Pod, b: Pod): number {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return x === y ? (a.metadata.name < b.metadata.name ? -1 : 1) : x < y ? -1 : 1;
}
