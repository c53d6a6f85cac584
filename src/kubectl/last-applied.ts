/** The annotation in which `apply` keeps what a manifest said. */
import { type ApiObject, isDict, withAt } from './objects.ts';
import { goJson } from './printers/json.ts';

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manifest with itself as an annotation. */
export function withLastApplied(manifest: ApiObject): ApiObject {
  const annotations = Object.fromEntries(Object.entries(manifest.metadata.annotations ?? {}).filter(([key]) => key !== LAST_APPLIED));
  const plain = withAt(manifest, ['metadata', 'annotations'], annotations);
  return withAt(plain, ['metadata', 'annotations', LAST_APPLIED], `${goJson(plain)}\n`);
}

/** What the manifest said that an object was last applied from; {} when that is unknown. */
export function lastApplied(object: ApiObject): Record<string, unknown> {
  const text = object.metadata.annotations?.[LAST_APPLIED];
  try {
    const value: unknown = text ? JSON.parse(text) : {};
    return isDict(value) ? value : {};
  } catch {
    return {}; // a spoilt annotation only means that nothing is known to be deleted
  }
}
