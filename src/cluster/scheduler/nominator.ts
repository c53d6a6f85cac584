/** Pods that have preempted others and wait for their place: it is kept for them against Pods of lower priority. */
import type { PodInfo } from './pod-info.ts';

const NOBODY: readonly PodInfo[] = [];

export class Nominator {
  readonly #pods = new Map<string, { pod: PodInfo; nodeName: string }>();
  readonly #onNode = new Map<string, Map<string, PodInfo>>();

  set(pod: PodInfo, nodeName: string): void {
    this.delete(pod.key);
    this.#pods.set(pod.key, { pod, nodeName });
    const others = this.#onNode.get(nodeName) ?? new Map();
    this.#onNode.set(nodeName, others.set(pod.key, pod));
  }

  delete(key: string): void {
    const known = this.#pods.get(key);
    if (!known) return;
    this.#pods.delete(key);
    this.#onNode.get(known.nodeName)?.delete(key);
    if (this.#onNode.get(known.nodeName)?.size === 0) this.#onNode.delete(known.nodeName);
  }

  nodeOf(key: string): string | undefined { return this.#pods.get(key)?.nodeName; }

  /** Pods nominated to the node that the given one must give way to. */
  podsFor(nodeName: string, pod: PodInfo): readonly PodInfo[] {
    if (this.#onNode.size === 0) return NOBODY;
    const nominated = this.#onNode.get(nodeName);
    return nominated ? [...nominated.values()].filter((other) => other.key !== pod.key && other.priority >= pod.priority) : NOBODY;
  }

  /** Pods nominated to the node that have to give way to the given one. */
  lesserPodsFor(nodeName: string, pod: PodInfo): readonly PodInfo[] {
    return [...this.#onNode.get(nodeName)?.values() ?? []].filter((other) => other.priority < pod.priority);
  }
}
