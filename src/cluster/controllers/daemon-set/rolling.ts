/** What a DaemonSet does next: Pods to make and to delete, node by node. Pure (daemon_controller.go: podsShouldBeOnNode; update.go: rollingUpdate). */
import { scaledValue } from '../../api/int-or-string.ts';
import type { DaemonSet, Pod } from '../../api/types.ts';
import type { Eligibility } from './eligibility.ts';

export const HASH_LABEL = 'controller-revision-hash';

/** A node with what the DaemonSet has there, oldest Pod first. */
export interface Place { readonly node: string; readonly eligibility: Eligibility; readonly pods: readonly Pod[] }

export interface Plan {
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
  /** Pods that ended and are removed, by node, for events and back-off. */
  readonly ended: readonly { node: string; pod: Pod }[];
}

/** How many nodes may be without a Pod, or have one more, during an update; both round up, and one of them is at least one. */
export function updateLimits(set: DaemonSet, desired: number): { maxUnavailable: number; maxSurge: number } {
  const { maxUnavailable = 1, maxSurge = 0 } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const unavailable = scaledValue(maxUnavailable, desired, 'up');
  const surge = scaledValue(maxSurge, desired, 'up');
  return { maxUnavailable: unavailable === 0 && surge === 0 ? 1 : unavailable, maxSurge: surge };
}

/** One living Pod on each node that should have one, none where none may stay; what has ended makes room. */
export function placement(places: readonly Place[], { hash, surges, isUp }: { hash: string; surges: boolean; isUp: (pod: Pod) => boolean }): Plan {
  const create: string[] = [];
  const remove: Pod[] = [];
  const ended: { node: string; pod: Pod }[] = [];
  for (const { node, eligibility: { shouldRun, shouldContinue }, pods } of places) {
    if (shouldRun && pods.length === 0) create.push(node);
    const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
    if (!shouldContinue) {
      remove.push(...staying);
      continue;
    }
    const running = staying.filter((pod) => pod.status.phase !== 'Failed' && pod.status.phase !== 'Succeeded');
    ended.push(...staying.filter((pod) => !running.includes(pod)).map((pod) => ({ node, pod })));
    remove.push(...(surges ? beyondSurge(running, hash, isUp) : running.slice(1)));
  }
  return { create, remove, ended };
}

/** With a surge a node may have one old and one new Pod; the old one goes when it is of no use. */
function beyondSurge(running: readonly Pod[], hash: string, isUp: (pod: Pod) => boolean): Pod[] {
  if (running.length <= 1) return [];
  const fresh = running.find((pod) => pod.metadata.labels?.[HASH_LABEL] === hash);
  const old = running.find((pod) => pod.metadata.labels?.[HASH_LABEL] !== hash);
  const keepsOld = old && (!fresh || isUp(old));
  return running.filter((pod) => pod !== fresh && !(keepsOld && pod === old));
}

/** The next step of a rolling update. */
export function rollingUpdate(set: DaemonSet, places: readonly Place[], hash: string, isUp: (pod: Pod) => boolean): Pick<Plan, 'create' | 'remove'> {
  const limits = updateLimits(set, places.filter(({ eligibility }) => eligibility.shouldRun).length);
  const pairs = places.filter(({ pods }) => pods.length > 0).map(({ node, pods }) => pairOn(node, pods, hash));
  return limits.maxSurge === 0 ? withoutSurge(pairs, limits.maxUnavailable, isUp) : withSurge(pairs, limits.maxSurge, isUp);
}

/** Old and new Pod of a node; `isClear` unless there are two of a kind, which placement has to sort out first. */
interface Pair { node: string; old?: Pod; fresh?: Pod; isClear: boolean }

function pairOn(node: string, pods: readonly Pod[], hash: string): Pair {
  const staying = pods.filter((pod) => !pod.metadata.deletionTimestamp);
  const fresh = staying.filter((pod) => pod.metadata.labels?.[HASH_LABEL] === hash);
  const old = staying.filter((pod) => pod.metadata.labels?.[HASH_LABEL] !== hash);
  return { node, old: old[0], fresh: fresh[0], isClear: fresh.length <= 1 && old.length <= 1 };
}

/** Old Pods are deleted; new ones follow when they are gone. Those that are not available anyway cost nothing. */
function withoutSurge(pairs: readonly Pair[], maxUnavailable: number, isUp: (pod: Pod) => boolean): Pick<Plan, 'create' | 'remove'> {
  let unavailable = 0;
  const free: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { old, fresh, isClear } of pairs) {
    if (!isClear || (old === undefined) === (fresh === undefined)) unavailable++;
    else if (fresh) unavailable += isUp(fresh) ? 0 : 1;
    else if (old) (isUp(old) ? candidates : free).push(old);
  }
  return { create: [], remove: [...free, ...candidates.slice(0, Math.max(0, maxUnavailable - unavailable))] };
}

/** New Pods come beside the old ones, which go when the new ones are available. */
function withSurge(pairs: readonly Pair[], maxSurge: number, isUp: (pod: Pod) => boolean): Pick<Plan, 'create' | 'remove'> {
  let surging = 0;
  const free: string[] = [];
  const candidates: string[] = [];
  const remove: Pod[] = [];
  for (const { node, old, fresh, isClear } of pairs) {
    if (!isClear) surging++;
    else if (!old) continue;
    else if (!fresh) (isUp(old) ? candidates : free).push(node);
    else if (isUp(fresh)) remove.push(old);
    else surging++;
  }
  return { create: [...free, ...candidates.slice(0, Math.max(0, maxSurge - surging))], remove };
}
