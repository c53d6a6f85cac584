/** The arithmetic of a rolling update: how far up, how far down, how to share a scaling. Pure. */
import type { Deployment, ReplicaSet } from '../../api/types.ts';

type Percentish = number | string | undefined;

/** Replicas above and below the wanted count that a rollout may use: surge rounds up, unavailable down; both zero becomes one unavailable. */
export function fencePosts(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = resolve(maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable ?? '25%', replicas, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

function resolve(value: Percentish, total: number, round: (n: number) => number): number {
  if (typeof value === 'string' && value.endsWith('%')) return round((Number(value.slice(0, -1)) * total) / 100);
  return Number(value ?? 0);
}

/** The new ReplicaSet's size for the next step up. */
export function newReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet): number {
  const wanted = deployment.spec.replicas ?? 1;
  const now = size(current);
  if (deployment.spec.strategy?.type === 'Recreate') return wanted;
  const limit = wanted + fencePosts(deployment).maxSurge;
  const total = sum(all, size);
  if (total >= limit) return now;
  return now + Math.min(limit - total, wanted - now);
}

/** New sizes of the old ReplicaSets for the next step down: unhealthy ones first, then as availability allows. */
export function oldReplicas(deployment: Deployment, all: readonly ReplicaSet[], current: ReplicaSet): Map<ReplicaSet, number> {
  const sizes = new Map<ReplicaSet, number>();
  const old = all.filter((set) => set !== current && size(set) > 0).sort(byAge);
  if (old.length === 0) return sizes;
  const wanted = deployment.spec.replicas ?? 1;
  const { maxUnavailable } = fencePosts(deployment);
  const minAvailable = wanted - maxUnavailable;
  let budget = sum(all, size) - minAvailable - (size(current) - available(current));
  if (budget <= 0) return sizes;
  const sizeOf = (set: ReplicaSet) => sizes.get(set) ?? size(set);
  for (const set of old) {
    const unhealthy = Math.min(budget, size(set) - available(set));
    if (unhealthy <= 0) continue;
    sizes.set(set, size(set) - unhealthy);
    budget -= unhealthy;
  }
  let healthy = Math.max(0, sum(all, available) - minAvailable);
  for (const set of old) {
    const down = Math.min(healthy, sizeOf(set));
    if (down <= 0) continue;
    sizes.set(set, sizeOf(set) - down);
    healthy -= down;
  }
  return sizes;
}

export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** Sizes of all active ReplicaSets when a Deployment is scaled in the middle of a rollout: in proportion, the rest to the largest. */
export function proportional(deployment: Deployment, active: readonly ReplicaSet[]): Map<ReplicaSet, number> {
  const wanted = deployment.spec.replicas ?? 1;
  const allowed = wanted > 0 ? wanted + fencePosts(deployment).maxSurge : 0;
  const toAdd = allowed - sum(active, size);
  const ordered = [...active].sort((a, b) => size(b) - size(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of ordered) {
    const share = toAdd === 0 ? 0 : fraction(deployment, set, toAdd, added, allowed);
    sizes.set(set, size(set) + share);
    added += share;
  }
  const [largest] = ordered;
  if (largest && toAdd !== 0) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
  return sizes;
}

function fraction(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number, allowed: number): number {
  const wanted = deployment.spec.replicas ?? 1;
  if (wanted === 0) return -size(set);
  const before = Number(set.metadata.annotations?.[MAX_REPLICAS] ?? deployment.status.replicas ?? allowed);
  const exact = before === 0 ? 0 : (size(set) * allowed) / before;
  const share = Math.round(exact) - size(set);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

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
