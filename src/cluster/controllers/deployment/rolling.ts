/** The arithmetic of a rolling update: how far up, how far down, how to share a scaling. Pure. */
import { type IntOrString, scaledValue } from '../../api/int-or-string.ts';
import type { Deployment, ReplicaSet } from '../../api/types.ts';

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** Surge rounds up, unavailable down; both zero becomes one unavailable, or nothing could ever move. */
export function resolveFencePosts(maxSurge: IntOrString, maxUnavailable: IntOrString, wanted: number): { maxSurge: number; maxUnavailable: number } {
  const surge = scaledValue(maxSurge, wanted, 'up');
  const unavailable = scaledValue(maxUnavailable, wanted, 'down');
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** Replicas above and below the wanted count that a rollout of this Deployment may use. */
export function fencePosts(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const { strategy } = deployment.spec;
  if (strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const wanted = wantedReplicas(deployment);
  const resolved = resolveFencePosts(strategy?.rollingUpdate?.maxSurge ?? '25%', strategy?.rollingUpdate?.maxUnavailable ?? '25%', wanted);
  return { maxSurge: resolved.maxSurge, maxUnavailable: Math.min(resolved.maxUnavailable, wanted) };
}

/** The new ReplicaSet's size for the next step; `all` includes it. */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(deployment);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  const room = wanted + fencePosts(deployment).maxSurge - sum(all, size);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** New sizes of the old ReplicaSets for the next step down: unhealthy replicas first, then as availability allows. */
export function oldReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet): Map<ReplicaSet, number> {
  const old = all.filter((set) => set !== current);
  const minAvailable = wantedReplicas(deployment) - fencePosts(deployment).maxUnavailable;
  const mayGo = sum(all, size) - minAvailable - (size(current) - available(current));
  if (sum(old, size) === 0 || mayGo <= 0) return new Map();
  const sizes = withoutUnhealthy(old, mayGo);
  for (const [set, left] of shrunk(old, sizes, sum(all, available) - minAvailable)) sizes.set(set, left);
  return sizes;
}

/** Sizes after up to `mayGo` replicas that are not available anyway have gone, from the oldest set on. */
export function withoutUnhealthy(old: readonly ReplicaSet[], mayGo: number): Map<ReplicaSet, number> {
  const sizes = new Map<ReplicaSet, number>();
  let left = mayGo;
  for (const set of [...old].sort(byAge)) {
    const go = Math.min(left, size(set) - available(set));
    if (go <= 0) continue;
    sizes.set(set, size(set) - go);
    left -= go;
  }
  return sizes;
}

/** Sizes after up to `mayGo` more replicas have gone, from the oldest set on; `sizes` are what they are by now. */
export function shrunk(old: readonly ReplicaSet[], sizes: ReadonlyMap<ReplicaSet, number>, mayGo: number): Map<ReplicaSet, number> {
  const next = new Map<ReplicaSet, number>();
  let left = mayGo;
  for (const set of [...old].sort(byAge)) {
    const now = sizes.get(set) ?? size(set);
    const go = Math.min(left, now);
    if (go <= 0) continue;
    next.set(set, now - go);
    left -= go;
  }
  return next;
}

/** Sizes of all active ReplicaSets when a Deployment is scaled in the middle of a rollout: in proportion, what is left over to the largest. */
export function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const wanted = wantedReplicas(deployment);
  const allowed = wanted > 0 ? wanted + fencePosts(deployment).maxSurge : 0;
  const toAdd = allowed - sum(active, size);
  const ordered = [...active].sort((a, b) => size(b) - size(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of ordered) {
    const share = shareOf(deployment, set, toAdd, added);
    sizes.set(set, size(set) + share);
    added += share;
  }
  const [largest] = ordered;
  if (largest) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
  return sizes;
}

function shareOf(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  if (toAdd === added) return 0;
  const share = fraction(deployment, set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

/** How many replicas a set gains or loses to keep its part of the whole. */
export function fraction(deployment: Deployment, set: ReplicaSet): number {
  const wanted = wantedReplicas(deployment);
  if (wanted === 0) return -size(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? 0) || (deployment.status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((size(set) * (wanted + fencePosts(deployment).maxSurge)) / before) - size(set);
}

export const wantedReplicas = (deployment: Deployment): number => deployment.spec.replicas ?? 1;
export const size = (set: ReplicaSet): number => set.spec.replicas ?? 1;
export const available = (set: ReplicaSet): number => set.status.availableReplicas ?? 0;

/** Oldest first. */
export function byAge(a: ReplicaSet, b: ReplicaSet): number {
  const [x, y] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  return x === y ? (a.metadata.name < b.metadata.name ? -1 : 1) : x < y ? -1 : 1;
}

export function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
