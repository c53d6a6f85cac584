/** PATCH: which kind of patch a request carries, and the object it makes of the current one. */
import { goMap, jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../api/patch.ts';
import type { Kind } from '../api/kind.ts';
import { goTypeName, inGoOrder } from '../api/go-json.ts';
import { isRecord } from '../api/json.ts';
import { hasType } from '../api/schema.ts';
import type { KubeObject, ObjectMeta } from '../api/types.ts';
import { checkShape, type FieldValidation } from './decode.ts';
import { immutable } from '../api/validation/common.ts';
import { badRequest, failure, invalid, StatusError, unsupportedMediaType } from './errors.ts';

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/apply-patch+cbor', 'application/strategic-merge-patch+json'];

export interface PatchRequest { contentType: string; body: unknown; validation: FieldValidation; warn: (text: string) => void }

/** What the patch makes of `current`. Throws StatusError for a patch that cannot be read or applied, and for one that would move the object. */
export function patched(kind: Kind, current: KubeObject, request: PatchRequest): KubeObject {
  const { validation, warn } = request;
  const result = apply(kind, current, request);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw badRequest('the patch does not leave an object');
  const checked: unknown = strictly(request, result, () => checkShape(kind, { ...result }, validation, warn));
  const object = checked as KubeObject; // the schema check above makes it one
  checkPlace(kind, current, object.metadata ?? {});
  const asked = object.metadata?.resourceVersion;
  const claims = asked !== undefined && asked !== current.metadata.resourceVersion;
  // A patch that names no version applies to whatever is current.
  return { ...object, metadata: { ...object.metadata, resourceVersion: claims ? asked : '' } };
}

function checkPlace(kind: Kind, { metadata: { name, namespace, uid } }: KubeObject, wanted: Partial<ObjectMeta>): void {
  if (namespace && wanted.namespace && wanted.namespace !== namespace) throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (!wanted.name) throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (wanted.name !== name) throw badRequest(`the name of the object (${wanted.name}) does not match the name on the URL (${name})`);
  if (wanted.uid && wanted.uid !== uid) throw invalid(kind, name, immutable('metadata.uid', wanted.uid, uid));
}

function apply(kind: Kind, current: KubeObject, { contentType, body, validation, warn }: PatchRequest): unknown {
  const type = contentType.split(';')[0]!.trim();
  try {
    switch (type) {
      case 'application/json-patch+json': return jsonPatch(current, operations(body, validation === 'Ignore' ? () => undefined : warn));
      case 'application/merge-patch+json': return jsonMergePatch(current, mustBeObject(body, 'error decoding patch: '));
      case 'application/strategic-merge-patch+json':
        if (!hasType(kind.type ?? kind.kind)) throw failure(415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml');
        return strategicMergePatch(current, mustBeObject(body), kind.type ?? kind.kind);
      default: throw unsupportedMediaType(type, PATCH_TYPES);
    }
  } catch (error) {
    if (error instanceof PatchError && type === 'application/json-patch+json') throw failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
    // What a strategic merge cannot do has no status of its own.
    if (error instanceof PatchError) throw failure(500, '', error.message);
    throw error;
  }
}

const OPERATION_FIELDS = ['op', 'path', 'from', 'value'];

/** The operations of a JSON patch; fields that none has are warned of. */
function operations(body: unknown, warn: (text: string) => void): readonly unknown[] {
  const mistaken = (value: unknown, type: string) => badRequest(`error decoding patch: json: cannot unmarshal ${goTypeName(value)} into Go value of type ${type}`);
  if (!Array.isArray(body)) throw mistaken(body, '[]handlers.jsonPatchOp');
  for (const [index, operation] of body.entries()) {
    if (!isRecord(operation)) throw mistaken(operation, 'handlers.jsonPatchOp');
    for (const key of Object.keys(operation)) if (!OPERATION_FIELDS.includes(key)) warn(`json patch unknown field "[${index}].${key}"`);
  }
  return body;
}

/** What decoding refuses is the patch's fault, and the refusal shows the strategic patch, or what another kind of patch has made. */
function strictly<T>({ contentType, body }: PatchRequest, result: object, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    const text = error instanceof StatusError ? error.message : '';
    const isStrategic = contentType.startsWith('application/strategic');
    const [, problem] = /cannot be handled as a \w+: (.*)$/s.exec(text) ?? [];
    if (problem === undefined) throw error;
    const shown = isStrategic ? goMap(afterMerge(body)) : JSON.stringify(inGoOrder(result));
    const message = `Invalid value: ${JSON.stringify(shown)}: ${(isStrategic ? conversionProblem(problem) : undefined) ?? problem}`;
    throw failure(422, 'Invalid', ` "" is invalid: patch: ${message}`, { causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }] });
  }
}

/** How Go's converter from unstructured content, through which strategic patches go, puts what JSON's decoder says of a wrong type. */
function conversionProblem(text: string): string | undefined {
  if (text.startsWith('illegal base64')) return `error decoding from json: ${text}`;
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

function mustBeObject(body: unknown, prefix = ''): object {
  if (!isRecord(body)) throw badRequest(`${prefix}json: cannot unmarshal ${goTypeName(body)} into Go value of type map[string]interface {}`);
  return body;
}
