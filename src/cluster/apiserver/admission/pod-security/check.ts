/** What one check of the Pod Security Standards is, and the words all checks share. */
import type { Container, ObjectMeta, PodSpec } from '../../../api/types.ts';

/** The part of a Pod or Pod template that is judged. */
export interface Subject {
  metadata: Pick<Partial<ObjectMeta>, 'annotations'>;
  spec: PodSpec;
}

/** Why a Pod is not allowed: `privileged` and `container "c" must not set securityContext.privileged=true`. */
export interface Violation { reason: string; detail: string }

/** Gives the violation, or undefined if there is none. */
export type Check = (subject: Subject) => Violation | undefined;

/** Init containers, containers and ephemeral containers, in that order. */
export function allContainers(spec: PodSpec): Container[] {
  // An ephemeral container has all of a container's fields that are looked at.
  return [...(spec.initContainers ?? []), ...spec.containers, ...((spec.ephemeralContainers ?? []) as Container[])];
}

/** Names of the containers that fulfil a condition. */
export function containersThat(spec: PodSpec, condition: (container: Container) => boolean): string[] {
  return allContainers(spec).filter(condition).map((container) => container.name);
}

/** `"a", "b"`. */
export function quoted(values: readonly string[]): string {
  return values.map((value) => `"${value}"`).join(', ');
}

/** Sorted, each once. */
export function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

/** `container "a"` or `containers "a", "b"`; other nouns likewise. */
export function named(names: readonly string[], noun = 'container'): string {
  return `${plural(names, noun)} ${quoted(names)}`;
}

export function plural(items: readonly unknown[], one: string, many = `${one}s`): string {
  return items.length === 1 ? one : many;
}

/** Who sets something forbidden: `pod and container "c"`; '' for nobody. */
export function setters(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [named(containers)] : [])].join(' and ');
}

export function isWindows(spec: PodSpec): boolean {
  return spec.os?.name === 'windows';
}
