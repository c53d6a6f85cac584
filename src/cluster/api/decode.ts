/** Turns a parsed body into an object of its type as the API server's decoder does: unknown fields, wrong types, omitted zeros. */
import { type FieldType, elementOf, schemaOf } from './schema.ts';
import { canonicalQuantity, QuantityError } from './quantity.ts';
import { fieldsAlwaysThere, goTypeOf, isKeptWhenEmpty, isOmittedWhenZero } from './go-types.ts';
import type { Json } from './types.ts';

/** What the decoder has to say about a value. */
export interface DecodeProblems {
  /** Paths of fields that the type does not have, in the value's order: `spec.template.spec.foo`. */
  unknown: string[];
  /** Wrong types, in Go's words; a decoder reports the first. */
  typeErrors: string[];
}

export interface Decoded extends DecodeProblems { value: Json }

interface Walk extends DecodeProblems {
  /** Go's name of the struct being filled, and the path of field names from the root (no indices). */
  struct: string;
  fields: readonly string[];
}

/** Unknown fields and wrong types of a value of this type; none when the type is unknown. */
export function checkFields(typeName: string, value: unknown): DecodeProblems {
  const { unknown, typeErrors } = decode(typeName, value);
  return { unknown, typeErrors };
}

/**
 * The value as the API server would store it: without unknown fields and nulls, quantities canonical, and without
 * what Go leaves out when empty. Values of unknown types (custom resources) come back as they are.
 */
export function decode(typeName: string, value: unknown): Decoded {
  const walk: Walk = { unknown: [], typeErrors: [], struct: shortName(typeName), fields: [] };
  // What was parsed from JSON is JSON.
  const result = decodeStruct(typeName, value as Json, '', walk);
  return { value: result, unknown: walk.unknown, typeErrors: walk.typeErrors };
}

function decodeStruct(typeName: string, value: Json, path: string, walk: Walk): Json {
  const type = schemaOf(typeName);
  if (!type) return value;
  if (!isDict(value)) return mismatch(value, walk, `v1.${shortName(typeName)}`);
  const result: Record<string, Json> = { ...fieldsAlwaysThere(typeName) };
  let changed = Object.keys(result).some((key) => value[key] === undefined);
  for (const [key, item] of Object.entries(value)) {
    const field = type.fields.get(key);
    const place = path ? `${path}.${key}` : key;
    if (!field) walk.unknown.push(place);
    const inside = { ...walk, struct: shortName(typeName), fields: [...walk.fields, key] };
    const decoded = field && item !== null ? decodeField(field, item, place, inside, goTypeOf(typeName, field)) : undefined;
    if (field && decoded !== undefined && !isLeftOut(typeName, field, decoded)) {
      result[key] = decoded;
      changed ||= decoded !== item;
    } else changed ||= !(key in result && item === null);
  }
  // What was right already stays the same object, so that stored objects go on sharing their parts.
  return changed ? result : value;
}

function decodeField(field: FieldType, value: Json, path: string, walk: Walk, goType: string): Json {
  if (field.isList) return decodeList(elementOf(field), value, path, walk, goType);
  if (field.isMap) return decodeMap(elementOf(field), value, path, walk, goType);
  return field.isLeaf ? decodeLeaf(field.type, value, walk, goType) : decodeStruct(field.type, value, path, walk);
}

function decodeList(element: FieldType, value: Json, path: string, walk: Walk, goType: string): Json {
  if (!Array.isArray(value)) return mismatch(value, walk, goType);
  const goElement = goType.replace(/^\[\]/, '');
  const result = value.map((item, index) => decodeElement(element, item, `${path}[${index}]`, walk, goElement));
  return result.every((item, index) => item === value[index]) ? value : result;
}

function decodeMap(element: FieldType, value: Json, path: string, walk: Walk, goType: string): Json {
  if (!isDict(value)) return mismatch(value, walk, goType);
  const goElement = goType === 'v1.ResourceList' ? 'resource.Quantity' : goType.replace(/^map\[[^\]]*\]/, '');
  const entries = Object.entries(value);
  const result = entries.map(([key, item]): [string, Json] => [key, decodeElement(element, item, `${path}.${key}`, walk, goElement)]);
  return result.every(([, item], index) => item === entries[index]?.[1]) ? value : Object.fromEntries(result);
}

function decodeElement(element: FieldType, value: Json, path: string, walk: Walk, goType: string): Json {
  return value === null && element.isLeaf ? zeroOf(element.type) : decodeField(element, value, path, walk, goType);
}

function decodeLeaf(type: string, value: Json, walk: Walk, goType: string): Json {
  switch (type) {
    case 'string': return typeof value === 'string' ? value : mismatch(value, walk, goType);
    case 'bool': return typeof value === 'boolean' ? value : mismatch(value, walk, goType);
    case 'double': return typeof value === 'number' ? value : mismatch(value, walk, goType);
    case 'int32': return decodeInteger(value, 2 ** 31, walk, goType);
    case 'int64': return decodeInteger(value, 2 ** 63, walk, goType);
    case 'quantity': return decodeQuantity(value, walk);
    case 'intOrString': return decodeIntOrString(value, walk);
    case 'time': case 'microTime': return decodeTime(value, walk, type);
    case 'bytes': return decodeBytes(value, walk, goType);
    default: return value;
  }
}

function decodeInteger(value: Json, limit: number, walk: Walk, goType: string): Json {
  if (typeof value !== 'number') return mismatch(value, walk, goType);
  if (Number.isInteger(value) && value >= -limit && value < limit) return value;
  return mismatch(value, walk, goType, `number ${value}`);
}

/** Quantities have a decoder of their own, whose errors name no field. */
function decodeQuantity(value: Json, walk: Walk): Json {
  try {
    return canonicalQuantity(typeof value === 'string' ? value.trim() : typeof value === 'number' ? value : JSON.stringify(value));
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    return complain(walk, error.message, value);
  }
}

function decodeIntOrString(value: Json, walk: Walk): Json {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  return complain(walk, `json: cannot unmarshal ${describe(value)} into Go value of type int32`, value);
}

const TIME = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function decodeTime(value: Json, walk: Walk, type: string): Json {
  if (typeof value !== 'string') return complain(walk, `json: cannot unmarshal ${describe(value)} into Go value of type string`, value);
  const layout = type === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
  if (!TIME.test(value) || Number.isNaN(Date.parse(value))) return complain(walk, `parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`, value);
  if (type === 'microTime' || value.endsWith('Z') && !value.includes('.')) return value;
  return new Date(Math.floor(Date.parse(value) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function decodeBytes(value: Json, walk: Walk, goType: string): Json {
  if (typeof value !== 'string') return mismatch(value, walk, goType);
  const text = value.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ''));
  if (wrong) return complain(walk, `illegal base64 data at input byte ${wrong.index}`, value);
  if (text.length % 4 !== 0) return complain(walk, `illegal base64 data at input byte ${text.length - (text.length % 4)}`, value);
  return text;
}

function mismatch(value: Json, walk: Walk, goType: string, what = describe(value)): Json {
  const place = walk.fields.length > 0 ? `struct field ${walk.struct}.${walk.fields.join('.')}` : 'value';
  return complain(walk, `json: cannot unmarshal ${what} into Go ${place} of type ${goType}`, value);
}

function complain(walk: Walk, message: string, value: Json): Json {
  walk.typeErrors.push(message);
  return value;
}

function describe(value: Json): string {
  if (Array.isArray(value)) return 'array';
  switch (typeof value) {
    case 'boolean': return 'bool';
    case 'object': return 'object';
    default: return typeof value;
  }
}

/** Go's `omitempty`: empty lists, maps and plain zeros are not there once decoded, pointers to them are. */
function isLeftOut(typeName: string, field: FieldType, value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0 && !isKeptWhenEmpty(typeName, field);
  if (isDict(value)) return field.isMap && Object.keys(value).length === 0 && !field.isRequired;
  return !field.isRequired && (value === '' || value === 0 || value === false) && isOmittedWhenZero(typeName, field);
}

function zeroOf(type: string): Json {
  switch (type) {
    case 'bool': return false;
    case 'int32': case 'int64': case 'double': return 0;
    case 'string': case 'bytes': return '';
    case 'quantity': return '0';
    default: return null;
  }
}

/** Go's name of a type: without the group and version that schema.json adds where names clash. */
function shortName(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

function isDict(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
