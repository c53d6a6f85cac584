/** Deployment: a ReplicaSet for each template, the newest grown and the others shrunk within the fence posts. */
import { matches, selectorOf } from '../../api/labels.ts';
import type { Deployment, Draft, ReplicaSet } from '../../api/types.ts';
import { deployments, replicaSets } from '../../client/resources.ts';
import { ApiError } from '../../client/types.ts';
import { claim, indexByController } from '../claim.ts';
import { type Controller, controllerOf, keyOf } from '../controller.ts';
import { canonical } from '../template-hash.ts';
import { annotationsOf, draftReplicaSet, findNew, nextRevision, REVISION, revisionOf } from './revision.ts';
import { byAge, newReplicas, oldReplicas, size, sum, wantedReplicas } from './rolling.ts';
import { replicaSetScaler } from './scaling.ts';
import { type Condition, condition, conditionOf, deadlineMs, isComplete, statusOf, terminating, withCondition } from './status.ts';

/** A Deployment in work with its ReplicaSets, oldest first, and the one of its current template. */
interface Rollout { deployment: Deployment; sets: readonly ReplicaSet[]; current: ReplicaSet | undefined }

export const deploymentController: Controller = (context) => {
  const { client, world } = context;
  const all = context.informer(deployments);
  const allSets = context.informer(replicaSets);
  const recorder = context.recorder('deployment-controller');
  const { scale, followScaling, isScaled } = replicaSetScaler(client, recorder);
  all.indexBy('namespace', (deployment) => [deployment.metadata.namespace ?? '']);
  indexByController(allSets);
  const queue = context.queue('deployment', reconcile);

  all.onChange((now, old) => queue.add(keyOf((now ?? old)!)));
  allSets.onChange((now, old) => {
    for (const set of [now, old]) {
      const owner = set && controllerOf(set);
      if (owner?.kind === 'Deployment') queue.add(`${set!.metadata.namespace}/${owner.name}`);
    }
    if (now && !now.metadata.deletionTimestamp && !controllerOf(now)) offerOrphan(now);
  });

  function offerOrphan(set: ReplicaSet): void {
    for (const deployment of all.byIndex('namespace', set.metadata.namespace ?? '')) if (selects(deployment)(set)) queue.add(keyOf(deployment));
  }

  function reconcile(key: string): void {
    const deployment = all.get(key);
    if (!deployment) return;
    const { selector } = deployment.spec;
    if (!selectorOf(selector)?.length) return recorder.event(deployment, 'Warning', 'SelectingAll', 'This deployment is selecting all pods. A non-empty selector is required.');
    const sets = claim({ client, resource: replicaSets, informer: allSets, owner: deployment, matches: selects(deployment) }).sort(byAge);
    const current = findNew(deployment, sets);
    if (deployment.metadata.deletionTimestamp) return writeStatus({ deployment, sets, current });
    const rollout = withRevision({ deployment: withPause(deployment), sets, current });
    if (deployment.spec.paused || isScaled(deployment, sets)) return sync(rollout);
    if (deployment.spec.strategy?.type === 'Recreate') recreate(rollout);
    else roll(rollout);
  }

  /** No rollout: while paused, and first of all when the wanted count has changed. */
  function sync({ deployment, sets, current }: Rollout): void {
    const scaled = followScaling(deployment, sets, current);
    if (deployment.spec.paused) cleanUp({ deployment, sets, current });
    writeStatus({ deployment, sets: scaled, current: same(scaled, current) });
  }

  function roll(found: Rollout): void {
    const rollout = withCurrent(found);
    const { deployment, sets, current } = rollout;
    if (!current) return writeStatus(rollout);
    const wanted = Math.min(newReplicas(deployment, sets, size(current)), wantedReplicas(deployment));
    if (wanted !== size(current)) return writeStatus(resized(rollout, new Map([[current, wanted]])));
    const down = oldReplicas(deployment, sets, current);
    if (down.size > 0) return writeStatus(resized(rollout, down));
    if (isComplete(deployment, deployment.status)) cleanUp(rollout);
    writeStatus(rollout);
  }

  function recreate(rollout: Rollout): void {
    const { sets, current } = rollout;
    const old = sets.filter((set) => set !== current);
    const running = old.filter((set) => size(set) > 0);
    if (running.length > 0) return writeStatus(resized(rollout, new Map(running.map((set) => [set, 0]))));
    if (sum(old, (set) => set.status.replicas + terminating(set)) > 0) return writeStatus(rollout);
    const next = withCurrent(rollout);
    const wanted = wantedReplicas(next.deployment);
    if (next.current && size(next.current) !== wanted) return writeStatus(resized(next, new Map([[next.current, wanted]])));
    if (isComplete(next.deployment, next.deployment.status)) cleanUp(next);
    writeStatus(next);
  }

  function resized({ deployment, sets, current }: Rollout, sizes: ReadonlyMap<ReplicaSet, number>): Rollout {
    const next = sets.map((set) => (sizes.has(set) ? scale(deployment, set, sizes.get(set)!) : set));
    return { deployment, sets: next, current: same(next, current) };
  }

  /** The existing ReplicaSet of the template with its number, annotations and minReadySeconds in order. */
  function withRevision({ deployment, sets, current }: Rollout): Rollout {
    if (!current) return { deployment, sets, current };
    const revision = Math.max(nextRevision(sets.filter((set) => set !== current)), revisionOf(current));
    const annotations = annotationsOf(deployment, current, revision);
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    let updated = current;
    if (canonical(annotations) !== canonical(current.metadata.annotations) || minReadySeconds !== (current.spec.minReadySeconds ?? 0)) {
      updated = client.update(replicaSets, { ...current, metadata: { ...current.metadata, annotations }, spec: { ...current.spec, minReadySeconds } });
    }
    const isNew = deadlineMs(deployment) !== undefined && !conditionOf(deployment, 'Progressing');
    if (!isNew || updated !== current) return { deployment: numbered(deployment, revision), sets: sets.map((set) => (set === current ? updated : set)), current: updated };
    const marked = note(deployment, condition('Progressing', 'True', 'FoundNewReplicaSet', `Found new replica set "${updated.metadata.name}"`, world.clock.now()));
    return { deployment: client.updateStatus(deployments, numbered(marked, revision)), sets: sets.map((set) => (set === current ? updated : set)), current: updated };
  }

  /** Makes the ReplicaSet of the template if there is none. */
  function withCurrent({ deployment, sets, current }: Rollout): Rollout {
    if (current) return { deployment, sets, current };
    const revision = nextRevision(sets);
    const made = create(deployment, sets, draftReplicaSet(deployment, revision));
    if (!made) return { deployment, sets, current };
    const marked = deadlineMs(deployment) === undefined ? deployment
      : note(deployment, condition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${made.metadata.name}"`, world.clock.now()));
    return { deployment: numbered(marked, revision), sets: [...sets, made], current: made };
  }

  function create(deployment: Deployment, sets: readonly ReplicaSet[], draft: Draft<ReplicaSet>): ReplicaSet | undefined {
    const replicas = newReplicas(deployment, sets, 0);
    try {
      const set = client.create(replicaSets, { ...draft, spec: { ...draft.spec, replicas } });
      if (replicas > 0) recorder.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${set.metadata.name} from 0 to ${replicas}`);
      return set;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason === 'AlreadyExists') return collided(deployment, draft, error);
      if (error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return undefined;
      const message = `Failed to create new replica set "${draft.metadata.name}": ${error.message}`;
      recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
      writeStatus({ deployment: note(deployment, condition('Progressing', 'False', 'ReplicaSetCreateError', message, world.clock.now())), sets, current: undefined });
      throw error;
    }
  }

  /** The name is taken: by our own ReplicaSet that the informer has not shown yet, or by a stranger; then another hash is tried. */
  function collided(deployment: Deployment, draft: Draft<ReplicaSet>, error: ApiError): ReplicaSet {
    const existing = client.get(replicaSets, draft.metadata.name!, deployment.metadata.namespace);
    if (existing && controllerOf(existing)?.uid === deployment.metadata.uid && findNew(deployment, [existing])) return existing;
    client.updateStatus(deployments, { ...deployment, status: { ...deployment.status, collisionCount: (deployment.status.collisionCount ?? 0) + 1 } });
    throw error;
  }

  /** Old ReplicaSets beyond the history limit go, the lowest revision first; one that still has replicas stays. */
  function cleanUp({ deployment, sets, current }: Rollout): void {
    const old = sets.filter((set) => set !== current && !set.metadata.deletionTimestamp).sort((a, b) => revisionOf(a) - revisionOf(b));
    const surplus = Math.max(0, old.length - (deployment.spec.revisionHistoryLimit ?? 10));
    for (const set of old.slice(0, surplus)) {
      const isIdle = size(set) === 0 && set.status.replicas === 0 && (set.metadata.generation ?? 0) <= (set.status.observedGeneration ?? 0);
      if (isIdle) client.delete(replicaSets, set.metadata.name, set.metadata.namespace);
    }
  }

  /** Pausing and resuming show in the Progressing condition, so that no deadline runs meanwhile. */
  function withPause(deployment: Deployment): Deployment {
    const reason = conditionOf(deployment, 'Progressing')?.reason;
    if (deadlineMs(deployment) === undefined || reason === 'ProgressDeadlineExceeded') return deployment;
    const nowMs = world.clock.now();
    if (deployment.spec.paused && reason !== 'DeploymentPaused') return note(deployment, condition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs));
    if (!deployment.spec.paused && reason === 'DeploymentPaused') return note(deployment, condition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs));
    return deployment;
  }

  function writeStatus({ deployment, sets, current }: Rollout): void {
    const stored = all.get(keyOf(deployment));
    const status = statusOf(deployment, sets, current, world.clock.now());
    const isSame = stored?.metadata.annotations?.[REVISION] === deployment.metadata.annotations?.[REVISION] && canonical(status) === canonical(stored?.status);
    if (!isSame) client.updateStatus(deployments, { ...deployment, status });
    planDeadline(deployment, status);
  }

  /** Comes again when the deadline has passed, for nothing else may happen until then. */
  function planDeadline(deployment: Deployment, status: Deployment['status']): void {
    const limitMs = deadlineMs(deployment);
    const progressing = status.conditions?.find((c) => c.type === 'Progressing');
    if (limitMs === undefined || deployment.spec.paused || !progressing || isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return;
    const leftMs = Date.parse(String(progressing.lastUpdateTime)) + limitMs - world.clock.now();
    queue.addAfter(keyOf(deployment), Math.max(0, leftMs) + 1000);
  }

  return { stop: () => queue.stop() };
};

function selects({ spec }: Deployment): (set: ReplicaSet) => boolean {
  const selector = selectorOf(spec.selector);
  return (set) => selector !== undefined && matches(selector, set.metadata.labels);
}

function same(sets: readonly ReplicaSet[], one: ReplicaSet | undefined): ReplicaSet | undefined {
  return one && sets.find((set) => set.metadata.uid === one.metadata.uid);
}

function note(deployment: Deployment, next: Condition): Deployment {
  return { ...deployment, status: { ...deployment.status, conditions: withCondition(deployment.status.conditions ?? [], next) } };
}

function numbered(deployment: Deployment, revision: number): Deployment {
  return { ...deployment, metadata: { ...deployment.metadata, annotations: { ...deployment.metadata.annotations, [REVISION]: String(revision) } } };
}
