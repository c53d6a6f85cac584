/** StatefulSet: Pods with names that last, made and removed in order, each with its own claims. */
import { matches, selectorOf } from '../../api/labels.ts';
import type { ControllerRevision, Pod, PodTemplateSpec, StatefulSet } from '../../api/types.ts';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { claim, indexByController } from '../claim.ts';
import { type Controller, controllerOf, keyOf, unlessGone } from '../controller.ts';
import { Expectations } from '../expectations.ts';
import { untilNextAvailableMs } from '../pods.ts';
import { byNumber, cleanHistory, ensureRevision, revisionData } from '../revisions.ts';
import { canonical, templateHash } from '../template-hash.ts';
import { claimKeeper } from './claims.ts';
import { hasIdentity, identityLabels, ordinalOf, podOf, REVISION_LABEL } from './identity.ts';
import { nextSteps, type Step, statusOf, type View } from './plan.ts';

const HASH_LABEL = 'controller.kubernetes.io/hash';
const CLAIM_RETRY_MS = 1000;

export const statefulSetController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(statefulSets);
  const allPods = context.informer(pods);
  const allRevisions = context.informer(controllerRevisions);
  const recorder = context.recorder('statefulset-controller');
  const claims = claimKeeper(client, context.informer(persistentVolumeClaims), recorder);
  const expectations = new Expectations(world);
  all.indexBy('namespace', (set) => [set.metadata.namespace ?? '']);
  indexByController(allPods);
  indexByController(allRevisions);
  const queue = context.queue('statefulset', reconcile);

  all.onChange((now, old) => {
    if (!now) expectations.forget(keyOf(old!));
    queue.add(keyOf((now ?? old)!));
  });
  allPods.onChange((now, old) => {
    expectations.observe(now, old);
    const pod = (now ?? old)!;
    const owner = controllerOf(pod);
    if (owner?.kind === 'StatefulSet') queue.add(`${pod.metadata.namespace}/${owner.name}`);
    else if (now && !owner && !now.metadata.deletionTimestamp) for (const set of all.byIndex('namespace', now.metadata.namespace ?? '')) if (isMember(set)(now)) queue.add(keyOf(set));
  });

  function reconcile(key: string): void {
    const set = all.get(key);
    if (!set) return;
    const own = claim({ client, resource: pods, informer: allPods, owner: set, matches: isMember(set) }).sort((a, b) => ordinalOf(set, a)! - ordinalOf(set, b)!);
    const history = claim({ client, resource: controllerRevisions, informer: allRevisions, owner: set, matches: selects(set) });
    const update = set.metadata.deletionTimestamp ? newest(history) : ensureRevision(client, set, history, draftRevision(set));
    if (!update) return;
    const current = history.find(({ metadata }) => metadata.name === set.status.currentRevision) ?? update;
    const view: View = { set, pods: own, currentRevision: current.metadata.name, updateRevision: update.metadata.name, nowMs: world.clock.now(), updatesMany: context.settings.gates().isOn('MaxUnavailableStatefulSet') };
    let failure: ApiError | undefined;
    if (expectations.areMet(key)) {
      for (const pod of own) keep(set, pod);
      failure = carryOut(view, nextSteps(view), current);
      cleanHistory(client, history, ({ metadata: { name } }) => name === update.metadata.name || name === current.metadata.name || own.some((pod) => pod.metadata.labels?.[REVISION_LABEL] === name), set.spec.revisionHistoryLimit ?? 10);
    }
    updateStatus(view);
    if (failure) throw failure;
  }

  function draftRevision(set: StatefulSet): Parameters<typeof ensureRevision>[3] {
    const data = revisionData(set.spec.template);
    const hash = templateHash(data, set.status.collisionCount ?? 0);
    return { hash, labels: { ...set.spec.template.metadata?.labels, [HASH_LABEL]: hash }, data };
  }

  /** Repairs what makes a Pod this one, and who owns its claims. */
  function keep(set: StatefulSet, pod: Pod): void {
    if (!hasIdentity(set, pod)) unlessGone(() => client.patch(pods, pod.metadata.name, pod.metadata.namespace, { metadata: { labels: identityLabels(set, pod) } }));
    claims.setOwners(set, pod);
  }

  function carryOut(view: View, steps: readonly Step[], current: ControllerRevision): ApiError | undefined {
    for (const step of steps) {
      try {
        if (step.do === 'create') create(view, step.ordinal, step.revision === 'current' ? current : undefined);
        else remove(view.set, step);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        return error;
      }
    }
    return undefined;
  }

  function create({ set, updateRevision }: View, ordinal: number, revision: ControllerRevision | undefined): void {
    if (!claims.ensure(set, ordinal)) return queue.addAfter(keyOf(set), CLAIM_RETRY_MS);
    const versioned = revision ? { ...set, spec: { ...set.spec, template: templateOf(revision) ?? set.spec.template } } : set;
    const name = `${set.metadata.name}-${ordinal}`;
    try {
      expectations.created(keyOf(set), client.create(pods, podOf(versioned, ordinal, revision?.metadata.name ?? updateRevision)));
      recorder.event(set, 'Normal', 'SuccessfulCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
    } catch (error) {
      if (error instanceof ApiError && error.reason !== 'AlreadyExists') recorder.event(set, 'Warning', 'FailedCreate', `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`);
      throw error;
    }
  }

  function remove(set: StatefulSet, { pod, because }: Extract<Step, { do: 'delete' }>): void {
    const { name, namespace } = pod.metadata;
    if (because === 'failed') recorder.event(set, 'Warning', 'RecreatingFailedPod', `StatefulSet ${namespace}/${set.metadata.name} is recreating failed Pod ${name}`);
    if (because === 'succeeded') recorder.event(set, 'Normal', 'RecreatingTerminatedPod', `StatefulSet ${namespace}/${set.metadata.name} is recreating terminated Pod ${name}`);
    unlessGone(() => client.delete(pods, name, namespace));
    expectations.deleted(keyOf(set), pod);
    recorder.event(set, 'Normal', 'SuccessfulDelete', `Delete Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  function updateStatus(view: View): void {
    const status = statusOf(view);
    if (canonical(status) !== canonical(view.set.status)) client.updateStatus(statefulSets, { ...view.set, status });
    const waitMs = untilNextAvailableMs(view.pods, view.set.spec.minReadySeconds ?? 0, view.nowMs);
    if (waitMs !== undefined) queue.addAfter(keyOf(view.set), waitMs);
  }

  return { stop: () => queue.stop() };
};

function newest(history: readonly ControllerRevision[]): ControllerRevision | undefined {
  return [...history].sort(byNumber).at(-1);
}

/** The template that a revision brings back. */
function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  const template = (data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined)?.spec?.template; // as revisionData wrote it
  if (!template) return undefined;
  const { $patch: _patch, ...rest } = template;
  return rest;
}

function selects({ spec }: StatefulSet): (object: Pod | ControllerRevision) => boolean {
  const selector = selectorOf(spec.selector);
  return (object) => Boolean(selector?.length) && matches(selector!, object.metadata.labels);
}

function isMember(set: StatefulSet): (pod: Pod) => boolean {
  const isSelected = selects(set);
  return (pod) => ordinalOf(set, pod) !== undefined && isSelected(pod);
}
