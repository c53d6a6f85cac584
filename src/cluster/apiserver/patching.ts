/** PATCH: which kind of patch a request carries, and the object it makes of the current one. */
import { jsonMergePatch, jsonPatch, PatchError, strategicMergePatch } from '../api/patch.ts';
import type { Kind } from '../api/kind.ts';
import { hasType } from '../api/schema.ts';
import type { KubeObject } from '../api/types.ts';
import { checkShape, type FieldValidation } from './decode.ts';
import { badRequest, failure, unsupportedMediaType } from './errors.ts';

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml', 'application/apply-patch+cbor', 'application/strategic-merge-patch+json'];

export interface PatchRequest { contentType: string; body: unknown; validation: FieldValidation; warn: (text: string) => void }

/** What the patch makes of `current`. Throws StatusError for a patch that cannot be read or applied. */
export function patched(kind: Kind, current: KubeObject, { contentType, body, validation, warn }: PatchRequest): KubeObject {
  const result = apply(kind, current, contentType, body);
  if (typeof result !== 'object' || result === null || Array.isArray(result)) throw badRequest('the patch does not leave an object');
  const checked: unknown = checkShape(kind, { ...result }, validation, warn);
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
    if (error instanceof PatchError) throw failure(422, 'Invalid', error.message);
    throw error;
  }
}

function mustBeObject(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type map[string]interface {}`);
  }
  return body;
}
