/**
 * The scheduling framework: what a plugin may do for a Pod at each step of a cycle.
 * A step that looks at the Pod as a whole (preFilter, preScore) gives the function for single nodes,
 * or nothing when the plugin has no interest in this Pod and may be skipped.
 */
import type { KubeObject, Pod } from '../api/types.ts';
import type { ApiClient, ResourceRef } from '../client/types.ts';
import type { ObjectLister, SchedulerCache } from './cache.ts';
import type { ClusterEvent } from './cluster-event.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';

/** Best score of a plugin on a node (framework.MaxNodeScore). */
export const SCORE_MAX = 100;

/** Why a node, or every node, will not do. Unresolvable: no eviction could help (UnschedulableAndUnresolvable). */
export interface Rejection { readonly reasons: readonly string[]; readonly unresolvable: boolean }

export const unschedulable = (...reasons: string[]): Rejection => ({ reasons, unresolvable: false });
export const unresolvable = (...reasons: string[]): Rejection => ({ reasons, unresolvable: true });

/** A plugin could not judge at all (framework.Error): the attempt fails, and is made again after the back-off. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
}

/** The error with what was being done in front, if it is a plugin's. */
export function whileDoing(what: string, error: unknown): unknown {
  return error instanceof PluginError ? new PluginError(`${what}${error.message}`) : error;
}

/** How a plugin judges nodes for one Pod. */
export interface NodeFilter {
  /** No other nodes need be looked at. */
  readonly nodeNames?: ReadonlySet<string>;
  /** undefined: the node passes. */
  filter?(node: NodeInfo): Rejection | undefined;
  /** What-if of preemption and nomination: a Pod is counted on a node, or no longer. */
  podAdded?(pod: PodInfo, node: NodeInfo): void;
  podRemoved?(pod: PodInfo, node: NodeInfo): void;
  /** What must be done before the Pod is bound to the node that was chosen; nothing if undefined (Reserve and PreBind). */
  reserve?(node: NodeInfo): Reservation | undefined;
}

export interface ReservationContext {
  readonly client: ApiClient;
  /** Virtual milliseconds. */
  readonly nowMs: number;
  /** The object as written stands for the stored one until the informer has it too. */
  assume<T extends KubeObject>(resource: ResourceRef<T>, written: T): void;
}

/** Something that others have to do for a Pod while it waits for its node. */
export interface Reservation {
  readonly timeoutMs: number;
  /** What the Pod is told when it took too long. */
  readonly timeoutMessage: string;
  /** Asks for it. Throws ApiError or NetworkError. */
  write(context: ReservationContext): void;
  /** Takes it back when the Pod cannot be bound after all (Unreserve). Throws ApiError or NetworkError. */
  undo?(context: ReservationContext): void;
  /** How far it is. */
  state(objects: ObjectLister): 'ready' | 'waiting' | { readonly failed: string };
}

/** How a plugin scores feasible nodes for one Pod. */
export interface NodeScorer {
  /** The final score, if it is the same for all nodes; then nobody is asked. */
  readonly same?: number;
  score(node: NodeInfo): number;
  /** Brings raw scores into 0..100, in place; the nodes are in the order of preScore's. */
  normalize?(scores: number[]): void;
}

export interface Plugin {
  readonly name: string;
  /** A reason why the Pod may not even enter the queue. */
  preEnqueue?(pod: Pod): string | undefined;
  preFilter?(pod: PodInfo, cluster: SchedulerCache): NodeFilter | Rejection | undefined;
  preScore?(pod: PodInfo, cluster: SchedulerCache, feasible: readonly NodeInfo[]): NodeScorer | undefined;
  /** Events after which a Pod that this plugin has rejected may fit; every event unless given. */
  readonly wakesOn?: readonly ClusterEvent['type'][];
  /** Queueing hint: whether the event may let in a Pod that this plugin has rejected. Without it each of `wakesOn` may. */
  mayHelp?(event: ClusterEvent, pod: PodInfo, cluster: SchedulerCache): boolean;
}

export function isRejection(answer: NodeFilter | Rejection): answer is Rejection {
  return 'reasons' in answer;
}

/** Scales raw scores so that the largest is 100; reversed, so that it is 0 (helper.DefaultNormalizeScore). */
export function normalizeByMax(scores: number[], options: { reverse: boolean }): void {
  let max = 0;
  for (const score of scores) if (score > max) max = score;
  for (let i = 0; i < scores.length; i++) {
    const scaled = max === 0 ? 0 : Math.floor((SCORE_MAX * scores[i]!) / max);
    scores[i] = options.reverse ? SCORE_MAX - scaled : scaled;
  }
}
