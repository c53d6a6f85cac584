/** Writes Pod statuses to the API server: each once, again while the server does not answer, and the last word of a deleted Pod. */
import type { Timer } from '../../../time/clock.ts';
import type { World } from '../../../time/simulation.ts';
import type { Pod, PodCondition, PodStatus } from '../../api/types.ts';
import { pods } from '../../client/resources.ts';
import { type ApiClient, ApiError } from '../../client/types.ts';
import { isApiFailure } from '../../client/api-failure.ts';

const RETRY_MS = 10_000; // status manager: syncPeriod

/** Where a status goes, and what it replaces there: the Pod itself, or the mirror of a static one. */
export type Target = Pick<Pod, 'metadata' | 'status'>;

export class StatusWriter {
  readonly #world: World;
  readonly #client: ApiClient;
  readonly #targetOf: (pod: Pod) => Target | undefined;
  /** By UID: what the node says, and what the server has been told. */
  readonly #wanted = new Map<string, { pod: Pod; status: PodStatus }>();
  readonly #written = new Map<string, string>();
  /** UIDs of statuses and deletions that are still to be written. */
  readonly #unwritten = new Set<string>();
  readonly #toDelete = new Set<string>();
  #retry: Timer | undefined;
  #isStopped = false;

  /** `targetOf` gives undefined for a static Pod that has no mirror yet. */
  constructor(world: World, client: ApiClient, targetOf: (pod: Pod) => Target | undefined) {
    this.#world = world;
    this.#client = client;
    this.#targetOf = targetOf;
  }

  /** The last status a Pod was given, written or not. */
  statusOf(uid: string): PodStatus | undefined { return this.#wanted.get(uid)?.status; }

  report(pod: Pod, status: PodStatus): void {
    const { uid } = pod.metadata;
    const startTime = this.#wanted.get(uid)?.status.startTime ?? status.startTime;
    this.#wanted.set(uid, { pod, status: { ...status, startTime } });
    this.#unwritten.add(uid);
    this.#write(uid);
  }

  /** Removes the object of a Pod of which nothing is left on the node. */
  delete(pod: Pod): void {
    const { uid } = pod.metadata;
    if (!this.#wanted.has(uid)) this.#wanted.set(uid, { pod, status: pod.status });
    this.#toDelete.add(uid);
    this.#write(uid);
  }

  forget(uid: string): void {
    for (const known of [this.#wanted, this.#written, this.#unwritten, this.#toDelete]) known.delete(uid);
  }

  /** A mirror has appeared or was replaced: what it says is to be written again. */
  rewrite(uid: string): void {
    this.#written.delete(uid);
    if (!this.#wanted.has(uid)) return;
    this.#unwritten.add(uid);
    this.#write(uid);
  }

  stop(): void {
    this.#isStopped = true;
    this.#retry?.cancel();
  }

  #write(uid: string): void {
    const entry = this.#wanted.get(uid);
    if (!entry || this.#isStopped) return;
    try {
      if (this.#unwritten.has(uid)) this.#writeStatus(uid, entry.pod, entry.status);
      if (this.#toDelete.has(uid)) this.#deleteObject(entry.pod);
      this.#unwritten.delete(uid);
      this.#toDelete.delete(uid);
    } catch (error) {
      if (!isApiFailure(error)) throw error;
      if (error instanceof ApiError && error.code === 404) return void this.#unwritten.delete(uid);
      this.#retry ??= this.#world.clock.after(RETRY_MS, 'write statuses', () => this.#retryAll());
    }
  }

  #retryAll(): void {
    this.#retry = undefined;
    for (const uid of new Set([...this.#unwritten, ...this.#toDelete])) {
      this.#write(uid);
      if (this.#retry) return; // still no answer
    }
  }

  #writeStatus(uid: string, pod: Pod, status: PodStatus): void {
    const target = this.#targetOf(pod);
    if (!target) return;
    const { metadata } = target;
    const text = JSON.stringify([metadata.uid, status]);
    if (this.#written.get(uid) === text) return;
    const patch = { metadata: { uid: metadata.uid }, status: statusPatch(target.status, status) };
    this.#client.patch(pods, metadata.name, metadata.namespace, patch, { subresource: 'status', type: 'strategic' });
    this.#written.set(uid, text);
  }

  #deleteObject(pod: Pod): void {
    const { name, namespace, uid } = pod.metadata;
    try {
      this.#client.delete(pods, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error;
    }
  }
}

/** A strategic merge patch: conditions of others stay, fields that are no longer said go. */
function statusPatch(stored: PodStatus, status: PodStatus): Record<string, unknown> {
  const gone = GOES.filter((key) => key in stored && !(key in status));
  const conditions = (status.conditions ?? []).map((condition) => ({ reason: null, message: null, ...keptTransition(condition, stored) }));
  const resized = (stored.conditions ?? []).filter(({ type }) => RESIZE.has(type) && !conditions.some((own) => own.type === type)).map(({ type }) => type);
  const others = (stored.conditions ?? []).filter(({ type }) => !resized.includes(type) && !conditions.some((own) => own.type === type));
  const moved = stored.podIP !== undefined && stored.podIP !== status.podIP && status.podIPs;
  return {
    ...Object.fromEntries(gone.map((key) => [key, null])), ...status, conditions: [...conditions, ...resized.map((type) => ({ $patch: 'delete', type }))], '$setElementOrder/conditions': [...others, ...conditions].map(({ type }) => ({ type })),
    startTime: stored.startTime ?? status.startTime,
    ...(moved ? { podIPs: [{ $patch: 'replace' }, ...moved] } : {}),
  };
}

/** Conditions of the kubelet that go when they are no longer so. */
const RESIZE: ReadonlySet<string> = new Set(['PodResizePending', 'PodResizeInProgress']);
const GOES = ['reason', 'message', 'podIP', 'podIPs'] as const;

/** A condition that says what the stored one says has not changed since. */
function keptTransition(condition: PodCondition, stored: PodStatus): PodCondition {
  const before = stored.conditions?.find(({ type }) => type === condition.type);
  return before && before.status === condition.status ? { ...condition, lastTransitionTime: before.lastTransitionTime } : condition;
}
