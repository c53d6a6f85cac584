/** PATCH: which kind of patch a request carries, and the object it makes of the current one. */
import { goMap, jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../api/patch.ts';
import type { Kind } from '../api/kind.ts';
import { hasType } from '../api/schema.ts';
import type { KubeObject } from '../api/types.ts';
import { checkShape, type FieldValidation } from './decode.ts';
import { badRequest, failure, StatusError, unsupportedMediaType } from './errors.ts';

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/apply-patch+cbor', 'application/strategic-merge-patch+json'];

export interface PatchRequest { contentType: string; body: unknown; validation: FieldValidation; warn: (text: string) => void }

/** What the patch makes of `current`. Throws StatusError for a patch that cannot be read or applied. */
export function patched(kind: Kind, current: KubeObject, { contentType, body, validation, warn }: PatchRequest): KubeObject {
  const result = apply(kind, current, contentType, body);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw badRequest('the patch does not leave an object');
  const checked: unknown = strictly(contentType, body, () => checkShape(kind, { ...result }, validation, warn));
  const object = checked as KubeObject; // the schema check above makes it one
  const asked = object.metadata?.resourceVersion;
  const claims = asked !== undefined && asked !== current.metadata.resourceVersion;
  // A patch that names no version applies to whatever is current.
  return { ...object, metadata: { ...object.metadata, resourceVersion: claims ? asked : '' } };
}

function apply(kind: Kind, current: KubeObject, contentType: string, body: unknown): unknown {
  const type = contentType.split(';')[0]!.trim();
  try {
    switch (type) {
      case 'application/json-patch+json': return jsonPatch(current, body);
      case 'application/merge-patch+json': return jsonMergePatch(current, mustBeObject(body));
      case 'application/strategic-merge-patch+json':
        if (!hasType(kind.type ?? kind.kind)) throw failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
        return strategicMergePatch(current, mustBeObject(body), kind.type ?? kind.kind);
      default: throw unsupportedMediaType(type, PATCH_TYPES);
    }
  } catch (error) {
    if (error instanceof PatchError && type === 'application/json-patch+json') throw failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    if (error instanceof PatchError) throw failure(422, 'Invalid', error.message);
    throw error;
  }
}

/** What strict decoding refuses is the patch's fault, and the refusal shows it. */
function strictly<T>(contentType: string, body: unknown, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const text = error instanceof StatusError ? error.message : '';
    const isStrategic = contentType.startsWith('application/strategic');
    const problem = /: (strict decoding error: .*)$/s.exec(text)?.[1] ?? (isStrategic ? conversionProblem(text) : undefined);
    if (problem === undefined) throw error;
    const shown = isStrategic ? goMap(afterMerge(body)) : JSON.stringify(body);
    const message = `Invalid value: ${JSON.stringify(shown)}: ${problem}`;
    throw failure(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] });
  }
}

/** How Go's converter from unstructured content, through which strategic patches go, puts what JSON's decoder says of a wrong type. */
function conversionProblem(text: string): string | undefined {
  const [, found, type = ''] = /json: cannot unmarshal (\S+).* of type (\S+)$/.exec(text) ?? [];
  if (found === undefined) return undefined;
  const from = { number: 'int64', array: 'slice', object: 'map' }[found] ?? found;
  if (type.startsWith('[]')) return `cannot restore slice from ${from}`;
  if (type.startsWith('map[')) return `cannot restore map from ${from}`;
  if (type.includes('.')) return `cannot restore struct from: ${from}`;
  return found === 'number' && type === 'string' ? 'cannot convert int64 to string' : `unrecognized type: ${type}`;
}

/** A strategic patch as merging leaves it: lists that were merged, and directives, are used up. */
function afterMerge(patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const isUsedUp = (key: string) => key.startsWith('$') || `$setElementOrder/${key}` in patch;
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !isUsedUp(key)).map(([key, value]) => [key, afterMerge(value)]));
}

function mustBeObject(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type map[string]interface {}`);
  }
  return body;
}
