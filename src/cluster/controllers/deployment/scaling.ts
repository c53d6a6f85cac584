/** Scaling: sizing ReplicaSets, and following a change of the Deployment's own count (deployment/sync.go: scale). */
import type { Deployment, ReplicaSet } from '../../api/types.ts';
import { replicaSets } from '../../client/resources.ts';
import type { ApiClient, EventRecorder } from '../../client/types.ts';
import { sizeAnnotations } from './revision.ts';
import { available, byAge, DESIRED_REPLICAS, proportional, size, wantedReplicas } from './rolling.ts';

export function replicaSetScaler(client: ApiClient, recorder: EventRecorder) {
  /** Gives a ReplicaSet its size and notes what the Deployment wanted then. */
  function scale(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
    const before = size(set);
    const noted = Object.entries(sizeAnnotations(deployment)).every(([key, value]) => set.metadata.annotations?.[key] === value);
    if (before === replicas && noted) return set;
    const annotations = { ...set.metadata.annotations, ...sizeAnnotations(deployment) };
    const updated = client.update(replicaSets, { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, replicas } });
    if (before !== replicas) {
      recorder.event(deployment, 'Normal', 'ScalingReplicaSet', `Scaled ${replicas > before ? 'up' : 'down'} replica set ${set.metadata.name} from ${before} to ${replicas}`);
    }
    return updated;
  }

  /** The one active ReplicaSet takes the Deployment's count; several share it in proportion. Gives all as they are then. */
  function followScaling(deployment: Deployment, sets: readonly ReplicaSet[], current: ReplicaSet | undefined): ReplicaSet[] {
    const sizes = scaledSizes(deployment, sets, current);
    return sets.map((set) => (sizes.has(set) ? scale(deployment, set, sizes.get(set)!) : set));
  }

  /** Whether the wanted count has changed since the active ReplicaSets were sized. */
  function isScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
    return sets.some((set) => size(set) > 0 && noted(set) !== undefined && noted(set) !== wantedReplicas(deployment));
  }

  return { scale, followScaling, isScaled };
}

/** New sizes when the Deployment's count has changed; sets that are not in it keep theirs. */
export function scaledSizes(deployment: Deployment, sets: readonly ReplicaSet[], current: ReplicaSet | undefined): Map<ReplicaSet, number> {
  const active = sets.filter((set) => size(set) > 0);
  const only = active.length === 1 ? active[0] : active.length === 0 ? (current ?? [...sets].sort(byAge).at(-1)) : undefined;
  if (only) return new Map([[only, wantedReplicas(deployment)]]);
  if (current && isSaturated(deployment, current)) return new Map(active.filter((set) => set !== current).map((set) => [set, 0]));
  return deployment.spec.strategy?.type === 'Recreate' ? new Map() : proportional(deployment, active);
}

/** As large as it shall ever be, and all of it available. */
function isSaturated(deployment: Deployment, set: ReplicaSet): boolean {
  const wanted = wantedReplicas(deployment);
  return size(set) === wanted && noted(set) === wanted && available(set) === wanted;
}

function noted(set: ReplicaSet): number | undefined {
  const text = set.metadata.annotations?.[DESIRED_REPLICAS];
  return text === undefined ? undefined : Number(text);
}
