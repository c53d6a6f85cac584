/** --overrides: JSON put over an object that kubectl has made. */
import { jsonMergePatch, jsonPatch, strategicMergePatch } from '../cluster/api/patch.ts';
import type { Call } from './command.ts';
import { KubectlError } from './errors.ts';
import { type ApiObject, asObject } from './objects.ts';

/** The object with --overrides put over it, as --override-type says. Throws KubectlError. */
export function overridden({ flags }: Call, object: ApiObject, typeName: string): ApiObject {
  const text = flags.string('overrides');
  if (!text) return object;
  const apply = { json: jsonPatch, merge: jsonMergePatch, strategic: (target: unknown, patch: unknown) => strategicMergePatch(target, patch, typeName) }[flags.string('override-type')];
  if (!apply) throw new KubectlError(`invalid override type: ${flags.string('override-type')}`);
  let overrides: unknown;
  try {
    overrides = JSON.parse(text);
  } catch {
    throw new KubectlError(flags.string('override-type') === 'strategic' ? 'invalid JSON document' : 'Invalid JSON Patch');
  }
  return asObject(apply(object, overrides));
}
