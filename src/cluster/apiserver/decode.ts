/** From a request's body to an object of the expected kind, with the complaints of the real decoder. */
import { groupVersion, type Kind } from '../api/kind.ts';
import { decode } from '../api/decode.ts';
import { goTypeName } from '../api/go-json.ts';
import { isRecord } from '../api/json.ts';
import { hasType } from '../api/schema.ts';
import type { KubeObject } from '../api/types.ts';
import { badRequest } from './errors.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** Reads `?fieldValidation=`; the server's default is Warn. */
export function fieldValidationOf(query: URLSearchParams): FieldValidation {
  const asked = query.get('fieldValidation');
  return asked === 'Strict' || asked === 'Ignore' ? asked : 'Warn';
}

/**
 * The body as an object of `kind`. Throws BadRequest for another kind, a wrong type, or (Strict) an unknown field;
 * with Warn unknown fields become warnings. Unknown fields are dropped.
 */
export function decodeObject(kind: Kind, body: unknown, validation: FieldValidation, warn: (text: string) => void): KubeObject {
  if (!isRecord(body)) throw badRequest(`couldn't get version/kind; json parse error: json: cannot unmarshal ${goTypeName(body)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`);
  const wanted = groupVersion(kind);
  const apiVersion = body.apiVersion ?? wanted;
  const name = body.kind ?? kind.kind;
  if (apiVersion !== wanted) throw badRequest(`the API version in the data (${String(apiVersion)}) does not match the expected API version (${wanted})`);
  if (name !== kind.kind) throw badRequest(`${String(name)} in version "${String(apiVersion).split('/').pop()}" cannot be handled as a ${kind.kind}: converting (v1.${String(name)}) to (${goPackage(kind)}.${kind.kind}): unknown conversion`);
  const decoded = checkShape(kind, body, validation, warn);
  const metadata = isRecord(decoded.metadata) ? decoded.metadata : {};
  const object: unknown = { ...decoded, apiVersion: wanted, kind: kind.kind, metadata };
  return object as KubeObject; // the schema check above makes it one
}

/** Checks types and unknown fields of a body or of what came out of a patch, and gives it without unknown fields and in canonical form. */
export function checkShape(kind: Kind, body: Record<string, unknown>, validation: FieldValidation, warn: (text: string) => void): Record<string, unknown> {
  const type = kind.type ?? kind.kind;
  if (!kind.shape && !hasType(type)) return body;
  const { value, unknown, typeErrors } = kind.shape ? { ...kind.shape(body), typeErrors: [] } : decode(type, body);
  const handled = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
  if (typeErrors[0]) throw badRequest(`${handled}: ${typeErrors[0]}`);
  const decoded = isRecord(value) ? value : body;
  if (unknown.length === 0 || validation === 'Ignore') return decoded;
  const texts = unknown.map((path) => `unknown field "${path}"`);
  if (validation === 'Strict') throw badRequest(`${handled}: strict decoding error: ${texts.join(', ')}`);
  for (const text of texts) warn(text);
  return decoded;
}

function goPackage({ group, version }: Kind): string {
  return `${group.split('.')[0] || 'core'}.${version}`.replace(/^core\./, '');
}
