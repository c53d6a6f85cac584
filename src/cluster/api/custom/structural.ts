/** Structural schemas of custom resources: dropping what they do not know, filling in what they give (apiextensions-apiserver, pkg/apiserver/schema). */
import type { JSONSchemaProps } from 'kubernetes-types/apiextensions/v1.d.ts';
import { isDict } from '../json.ts';
import type { Json } from '../types.ts';

/** A schema with the extensions that the types of the definition do not name. */
export type Schema = Omit<JSONSchemaProps, 'properties'> & {
  properties?: Record<string, Schema>;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-validations'?: ValidationRule[];
};

/** One of `x-kubernetes-validations`. */
export interface ValidationRule { rule: string; message?: string; messageExpression?: string; reason?: string; fieldPath?: string; optionalOldSelf?: boolean }

/** Fields that every object has, whatever its schema says. */
const ALWAYS = new Set(['apiVersion', 'kind', 'metadata']);

/** The value without what the schema does not name; `unknown` collects the paths of that. */
export function prune(schema: Schema, value: Json, unknown: string[], path = '', isRoot = true): Json {
  if (Array.isArray(value)) return sameOr(value, value.map((item, index) => prune(itemsOf(schema), item, unknown, `${path}[${index}]`, false)));
  if (!isDict(value)) return value;
  const isObject = isRoot || schema['x-kubernetes-embedded-resource'] === true;
  const result: Record<string, Json> = {};
  let changed = false;
  for (const [key, item] of Object.entries(value)) {
    const here = path ? `${path}.${key}` : key;
    const own = propertyOf(schema, key);
    const kept = own ? prune(own, item, unknown, here, false) : item;
    if (!own && !(isObject && ALWAYS.has(key)) && !schema['x-kubernetes-preserve-unknown-fields']) {
      unknown.push(here);
      changed = true;
      continue;
    }
    changed ||= kept !== item;
    result[key] = kept;
  }
  return changed ? result : value;
}

/** The value with the schema's defaults where something is missing. */
export function withSchemaDefaults(schema: Schema, value: Json): Json {
  if (Array.isArray(value)) return sameOr(value, value.map((item) => withSchemaDefaults(itemsOf(schema), item)));
  if (!isDict(value)) return value;
  let result: Record<string, Json> = value;
  for (const [key, own] of Object.entries(schema.properties ?? {})) {
    const before = value[key] === null && !own.nullable ? undefined : value[key];
    const given = before === undefined ? (own.default as Json | undefined) : before;
    if (given === undefined) continue;
    const filled = withSchemaDefaults(own, given);
    if (filled !== value[key]) result = { ...result, [key]: filled };
  }
  const others = additionalOf(schema);
  if (others) for (const [key, item] of Object.entries(value)) {
    const filled = schema.properties?.[key] ? item : withSchemaDefaults(others, item);
    if (filled !== item) result = { ...result, [key]: filled };
  }
  return result;
}

/** The schema of a field, named or additional. */
export function propertyOf(schema: Schema, key: string): Schema | undefined {
  return schema.properties?.[key] ?? additionalOf(schema);
}

export function additionalOf({ additionalProperties }: Schema): Schema | undefined {
  if (additionalProperties === true) return { 'x-kubernetes-preserve-unknown-fields': true };
  return typeof additionalProperties === 'object' && additionalProperties !== null ? additionalProperties as Schema : undefined;
}

/** The schema of a list's elements. */
export function itemsOf({ items }: Schema): Schema {
  return (items as Schema | undefined) ?? {};
}

function sameOr(before: Json[], after: Json[]): Json[] {
  return after.every((item, index) => item === before[index]) ? before : after;
}
