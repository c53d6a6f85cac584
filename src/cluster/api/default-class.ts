/** Which of several classes stands in for none. */
import type { KubeObject } from './types.ts';

/** The default among objects marked by an annotation: the newest, then by name. */
export function newestDefault<T extends KubeObject>(objects: readonly T[], isDefault: (object: T) => boolean): T | undefined {
  return objects.filter(isDefault).reduce<T | undefined>((best, object) => {
    const [a, b] = [object.metadata, best?.metadata];
    if (!b || a.creationTimestamp > b.creationTimestamp) return object;
    return a.creationTimestamp === b.creationTimestamp && a.name < b.name ? object : best;
  }, undefined);
}
