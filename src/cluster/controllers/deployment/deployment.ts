/** Deployment: a ReplicaSet for each template, the newest grown and the others shrunk within the fence posts. */
import type { Deployment, Draft, PodTemplateSpec, ReplicaSet } from '../../api/types.ts';
import { deployments, replicaSets } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { byController, type Controller, controllerOf, controllerReference, keyOf } from '../controller.ts';
import { canonical, templateHash } from '../template-hash.ts';
import { byAge, DESIRED_REPLICAS, fencePosts, MAX_REPLICAS, newReplicas, oldReplicas, proportional, size } from './rolling.ts';
import { availableCondition, type Condition, condition, conditionOf, countsOf, deadlineMs, progressCondition, withCondition } from './status.ts';

const HASH_LABEL = 'pod-template-hash';
const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
/** Annotations of a Deployment that are not copied to its ReplicaSets. */
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, 'deprecated.deployment.rollback.to']);

export const deploymentController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(deployments);
  const sets = context.informer(replicaSets);
  const recorder = context.recorder('deployment-controller');
  sets.indexBy('controller', byController);
  const queue = context.queue('deployment', reconcile);

  all.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  sets.onChange((now, old) => {
    for (const set of [now, old]) {
      const owner = set && controllerOf(set);
      if (owner?.kind === 'Deployment') queue.add(`${set!.metadata.namespace}/${owner.name}`);
    }
  });

  function reconcile(key: string): void {
    const deployment = all.get(key);
    if (!deployment) return;
    const own = [...sets.byIndex('controller', deployment.metadata.uid)].sort(byAge);
    if (deployment.metadata.deletionTimestamp) return updateStatus(deployment, own, findNew(deployment, own));
    if (deployment.spec.paused) return pausedSync(deployment, own);
    const { deployment: current, set, sets: now } = ensureNew(deployment, own);
    if (needsScaling(current, now)) return scaleAll(current, now, set);
    if (current.spec.strategy?.type === 'Recreate') recreate(current, now, set);
    else roll(current, now, set);
  }

  function pausedSync(deployment: Deployment, own: ReplicaSet[]): void {
    const set = findNew(deployment, own);
    const marked = withPausedCondition(deployment);
    if (needsScaling(marked, own)) scaleAll(marked, own, set);
    else updateStatus(marked, own, set);
  }

  function withPausedCondition(deployment: Deployment): Deployment {
    const reason = conditionOf(deployment, 'Progressing')?.reason;
    if (reason === 'DeploymentPaused' || reason === 'ProgressDeadlineExceeded') return deployment;
    return note(deployment, condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', world.clock.now()));
  }

  /** The ReplicaSet of the current template: found, or made; with its revision and annotations in order. */
  function ensureNew(deployment: Deployment, own: ReplicaSet[]): { deployment: Deployment; set: ReplicaSet; sets: ReplicaSet[] } {
    const found = findNew(deployment, own);
    const others = own.filter((set) => set !== found);
    const revision = String(Math.max(0, ...others.map(revisionOf)) + 1);
    const progressing = conditionOf(deployment, 'Progressing');
    if (found) {
      const newest = Math.max(revisionOf(found), Number(revision));
      const set = annotate(found, annotationsFor(deployment, found, String(newest)));
      const resumed = progressing === undefined || progressing.reason === 'DeploymentPaused';
      const marked = resumed ? note(deployment, condition('Progressing', 'True', progressing ? 'DeploymentResumed' : 'FoundNewReplicaSet', progressing ? 'Deployment is resumed' : `Found new replica set "${set.metadata.name}"`, world.clock.now())) : deployment;
      return { deployment: withRevision(marked, String(newest)), set, sets: [...others, set].sort(byAge) };
    }
    const set = createSet(deployment, own, revision);
    const marked = note(deployment, condition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${set.metadata.name}"`, world.clock.now()));
    return { deployment: withRevision(marked, revision), set, sets: [...own, set] };
  }

  function createSet(deployment: Deployment, own: readonly ReplicaSet[], revision: string): ReplicaSet {
    const draft = draftSet(deployment, revision);
    const replicas = newReplicas(deployment, [...own, { ...draft, status: { replicas: 0 } } as ReplicaSet], { ...draft, spec: { ...draft.spec, replicas: 0 }, status: { replicas: 0 } } as ReplicaSet);
    try {
      const set = client.create(replicaSets, { ...draft, spec: { ...draft.spec, replicas } });
      if (replicas > 0) recorder.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`);
      return set;
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'AlreadyExists') return collided(deployment, draft, error);
      if (error instanceof ApiError) recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', `Failed to create new replica set "${draft.metadata.name}": ${error.message}`);
      throw error;
    }
  }

  /** The name is taken: by our own ReplicaSet that the informer has not shown yet, or by another (then the hash changes). */
  function collided(deployment: Deployment, draft: Draft<ReplicaSet>, error: ApiError): ReplicaSet {
    const existing = client.get(replicaSets, draft.metadata.name!, deployment.metadata.namespace);
    if (existing && controllerOf(existing)?.uid === deployment.metadata.uid) return existing;
    client.updateStatus(deployments, { ...deployment, status: { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 } });
    throw error;
  }

  function draftSet(deployment: Deployment, revision: string): Draft<ReplicaSet> {
    const hash = templateHash(deployment.spec.template, deployment.status.collisionCount ?? 0);
    const template = deployment.spec.template!;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
    return {
      apiVersion: 'apps/v1', kind: 'ReplicaSet',
      metadata: {
        name: `${deployment.metadata.name}-${hash}`, namespace: deployment.metadata.namespace, labels,
        annotations: annotationsFor(deployment, undefined, revision), ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: 0, minReadySeconds: deployment.spec.minReadySeconds,
        selector: { ...deployment.spec.selector, matchLabels: { ...deployment.spec.selector.matchLabels, [HASH_LABEL]: hash } },
        template: { ...template, metadata: { ...template.metadata, labels } },
      },
    };
  }

  function roll(deployment: Deployment, own: ReplicaSet[], set: ReplicaSet): void {
    const up = newReplicas(deployment, own, set);
    if (size(set) > (deployment.spec.replicas ?? 1)) return finish(deployment, own, scale(deployment, set, deployment.spec.replicas ?? 1), set);
    if (up !== size(set)) return finish(deployment, own, scale(deployment, set, up), set);
    const down = oldReplicas(deployment, own, set);
    if (down.size > 0) {
      const scaled = own.map((s) => (down.has(s) ? scale(deployment, s, down.get(s)!) : s));
      return updateStatus(deployment, scaled, scaled.find((s) => s.metadata.uid === set.metadata.uid));
    }
    cleanUp(deployment, own, set);
    updateStatus(deployment, own, set);
  }

  function recreate(deployment: Deployment, own: ReplicaSet[], set: ReplicaSet): void {
    const old = own.filter((s) => s !== set);
    const toStop = old.filter((s) => size(s) > 0);
    if (toStop.length > 0) {
      const scaled = own.map((s) => (toStop.includes(s) ? scale(deployment, s, 0) : s));
      return updateStatus(deployment, scaled, set);
    }
    const oldPodsRun = old.some((s) => (s.status.replicas ?? 0) > 0 || ((s.status as { terminatingReplicas?: number }).terminatingReplicas ?? 0) > 0);
    const wanted = deployment.spec.replicas ?? 1;
    if (!oldPodsRun && size(set) !== wanted) return finish(deployment, own, scale(deployment, set, wanted), set);
    cleanUp(deployment, own, set);
    updateStatus(deployment, own, set);
  }

  function finish(deployment: Deployment, own: ReplicaSet[], scaled: ReplicaSet, before: ReplicaSet): void {
    updateStatus(deployment, own.map((s) => (s === before ? scaled : s)), scaled);
  }

  /** Scaling that is no rollout: the one active set follows; several share in proportion. */
  function scaleAll(deployment: Deployment, own: ReplicaSet[], set: ReplicaSet | undefined): void {
    const active = own.filter((s) => size(s) > 0);
    const latest = active.length === 1 ? active[0] : active.length === 0 ? (set ?? own.at(-1)) : undefined;
    const wanted = deployment.spec.replicas ?? 1;
    let sizes: Map<ReplicaSet, number>;
    if (latest) sizes = new Map([[latest, wanted]]);
    else if (set && isSaturated(deployment, set)) sizes = new Map(active.filter((s) => s !== set).map((s) => [s, 0]));
    else sizes = proportional(deployment, active);
    const scaled = own.map((s) => (sizes.has(s) ? scale(deployment, s, sizes.get(s)!) : s));
    updateStatus(deployment, scaled, set && scaled.find((s) => s.metadata.uid === set.metadata.uid));
  }

  function scale(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    const before = size(set);
    const same = before === replicas && set.metadata.annotations?.[DESIRED_REPLICAS] === annotations[DESIRED_REPLICAS] && set.metadata.annotations?.[MAX_REPLICAS] === annotations[MAX_REPLICAS];
    if (same) return set;
    const updated = client.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } });
    if (before !== replicas) {
      recorder.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${replicas > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${replicas}`);
    }
    return updated;
  }

  function annotate(set: ReplicaSet, annotations: Record<string, string>): ReplicaSet {
    if (canonical(annotations) === canonical(set.metadata.annotations ?? {})) return set;
    return client.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations } });
  }

  function withRevision(deployment: Deployment, revision: string): Deployment {
    if (deployment.metadata.annotations?.[REVISION] === revision) return deployment;
    const { status } = deployment;
    const updated = client.update(deployments, { ...deployment, metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: revision } } });
    return { ...updated, status };
  }

  /** Old ReplicaSets beyond the history limit go, oldest revision first, once the rollout is over. */
  function cleanUp(deployment: Deployment, own: readonly ReplicaSet[], set: ReplicaSet): void {
    const counts = countsOf(deployment, own, set);
    if ((counts.updatedReplicas ?? 0) !== (deployment.spec.replicas ?? 1) || (counts.replicas ?? 0) !== (counts.updatedReplicas ?? 0)) return;
    const idle = own.filter((s) => s !== set && size(s) === 0 && (s.status.replicas ?? 0) === 0 && !s.metadata.deletionTimestamp).sort((a, b) => revisionOf(a) - revisionOf(b));
    const surplus = idle.length - (deployment.spec.revisionHistoryLimit ?? 10);
    for (const old of idle.slice(0, Math.max(0, surplus))) client.delete(replicaSets, old.metadata.name, old.metadata.namespace);
  }

  function updateStatus(deployment: Deployment, own: readonly ReplicaSet[], set: ReplicaSet | undefined): void {
    const nowMs = world.clock.now();
    const counts = countsOf(deployment, own, set);
    let conditions: Condition[] = [...(deployment.status.conditions ?? [])];
    const progress = progressCondition(deployment, counts, set, nowMs);
    conditions = withCondition(conditions, availableCondition(deployment, counts, nowMs));
    if (progress) conditions = withCondition(conditions, progress);
    const status = { ...counts, conditions };
    const stored = all.get(keyOf(deployment))?.status;
    if (canonical(status) !== canonical(stored)) client.updateStatus(deployments, { ...deployment, status });
    scheduleDeadline(deployment, conditions, nowMs);
  }

  function scheduleDeadline(deployment: Deployment, conditions: readonly Condition[], nowMs: number): void {
    const progressing = conditions.find((c) => c.type === 'Progressing');
    if (deployment.spec.paused || progressing?.status !== 'True' || progressing.reason === 'NewReplicaSetAvailable') return;
    queue.addAfter(keyOf(deployment), Date.parse(String(progressing.lastUpdateTime)) + deadlineMs(deployment) - nowMs + 1);
  }

  return { stop: () => queue.stop() };
};

function note(deployment: Deployment, next: Condition): Deployment {
  return { ...deployment, status: { ...deployment.status, conditions: withCondition(deployment.status.conditions ?? [], next) } };
}

/** The ReplicaSet whose template is the Deployment's own, the hash label aside. */
function findNew(deployment: Deployment, own: readonly ReplicaSet[]): ReplicaSet | undefined {
  const wanted = canonical(deployment.spec.template);
  return own.find((set) => canonical(withoutHash(set.spec.template!)) === wanted);
}

function withoutHash(template: PodTemplateSpec): PodTemplateSpec {
  const { [HASH_LABEL]: _hash, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

function needsScaling(deployment: Deployment, own: readonly ReplicaSet[]): boolean {
  return own.some((set) => size(set) > 0 && set.metadata.annotations?.[DESIRED_REPLICAS] !== undefined && Number(set.metadata.annotations[DESIRED_REPLICAS]) !== (deployment.spec.replicas ?? 1));
}

function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = deployment.spec.replicas ?? 1;
  return size(set) === wanted && Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === wanted && (set.status.availableReplicas ?? 0) === wanted;
}

function sizeAnnotations(deployment: Deployment): Record<string, string> {
  const wanted = deployment.spec.replicas ?? 1;
  return { [DESIRED_REPLICAS]: String(wanted), [MAX_REPLICAS]: String(wanted + fencePosts(deployment).maxSurge) };
}

function annotationsFor(deployment: Deployment, set: ReplicaSet | undefined, revision: string): Record<string, string> {
  const own = Object.fromEntries(Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key)));
  const before = set?.metadata.annotations ?? {};
  const old = before[REVISION];
  const history = old && old !== revision ? [before[REVISION_HISTORY], old].filter(Boolean).join(',') : before[REVISION_HISTORY];
  const sizes = set ? { [DESIRED_REPLICAS]: before[DESIRED_REPLICAS]!, [MAX_REPLICAS]: before[MAX_REPLICAS]! } : sizeAnnotations(deployment);
  return { ...own, ...sizes, [REVISION]: revision, ...(history ? { [REVISION_HISTORY]: history } : {}) };
}

function revisionOf(set: ReplicaSet): number {
  return Number(set.metadata.annotations?.[REVISION] ?? 0);
}

