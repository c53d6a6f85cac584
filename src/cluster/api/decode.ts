/** Turns a parsed body into an object of its type as the API server's decoder does: unknown fields, wrong types, omitted zeros. */
import { isDict } from './json.ts';
import { elementOf, type FieldType, type ObjectType, schemaOf } from './schema.ts';
import { canonicalQuantity, QuantityError } from './quantity.ts';
import { fieldsAlwaysThere, goTypeOf, isKeptWhenEmpty, isOmittedWhenZero } from './go-types.ts';
import type { Json } from './types.ts';

/** What the decoder has to say about a value. */
export interface DecodeProblems {
  /** Paths of fields that the type does not have, in the value's order: `spec.template.spec.foo`. */
  unknown: string[];
  /** Wrong types, in Go's words; a decoder reports the first. */
  typeErrors: string[];
  /** Where each of them stands, with indices and keys. */
  typeErrorPaths: (string | number)[][];
}

export interface Decoded extends DecodeProblems { value: Json }

/** Where the decoder is, as a stack that grows and shrinks with it. */
interface Walk extends DecodeProblems {
  /** Types of the structs from the root down to the one being filled. */
  structs: string[];
  /** Its fields' names from the root, and the path with indices and keys. */
  fields: string[];
  path: (string | number)[];
  /** Field of the innermost struct. */
  field: FieldType | undefined;
}

/** Unknown fields and wrong types of a value of this type; none when the type is unknown. */
export function checkFields(typeName: string, value: unknown): DecodeProblems {
  const { unknown, typeErrors, typeErrorPaths } = decode(typeName, value);
  return { unknown, typeErrors, typeErrorPaths };
}

/**
 * The value as the API server would store it: without unknown fields and nulls, quantities canonical, and without
 * what Go leaves out when empty. Values of unknown types (custom resources) come back as they are.
 */
export function decode(typeName: string, value: unknown): Decoded {
  const walk: Walk = { unknown: [], typeErrors: [], typeErrorPaths: [], structs: [], fields: [], path: [], field: undefined };
  // What was parsed from JSON is JSON.
  const result = decodeStruct(typeName, value as Json, walk);
  return { value: result, unknown: walk.unknown, typeErrors: walk.typeErrors, typeErrorPaths: walk.typeErrorPaths };
}

/** Specs that have been found right. Objects are immutable, and most writes bring back the spec that is stored. */
const known = new WeakMap<object, string>();

function decodeStruct(typeName: string, value: Json, walk: Walk): Json {
  const type = schemaOf(typeName);
  if (!type) return value;
  if (!isDict(value)) return mismatch(value, walk);
  if (known.get(value) === typeName) return value;
  const problems = walk.unknown.length + walk.typeErrors.length;
  walk.structs.push(typeName);
  const result = decodeFields(type, value, walk);
  walk.structs.pop();
  const isRight = walk.unknown.length + walk.typeErrors.length === problems;
  if (isRight && walk.fields.length === 1 && walk.fields[0] === 'spec' && isDict(result)) known.set(result, typeName);
  return result;
}

function decodeFields({ name, fields }: ObjectType, value: { [key: string]: Json }, walk: Walk): Json {
  const always = fieldsAlwaysThere(name);
  // What was right already stays the same object, so that stored objects go on sharing their parts; hence no copy before the first change.
  let result: Record<string, Json> | undefined;
  for (const key of Object.keys(value)) {
    const item = value[key] ?? null;
    const field = fields.get(key);
    if (!field) walk.unknown.push(pathOf([...walk.path, key]));
    const decoded = !field ? undefined : item === null ? always[key] : decodeNamed(field, item, walk);
    const kept = field && decoded !== undefined && (decoded === null || !isLeftOut(name, field, decoded)) ? decoded : undefined;
    if (kept === item) continue;
    result ??= { ...value };
    if (kept === undefined) delete result[key];
    else result[key] = kept;
  }
  for (const key in always) if (value[key] === undefined) (result ??= { ...value })[key] = always[key] ?? null;
  return result ?? value;
}

function decodeNamed(field: FieldType, value: Json, walk: Walk): Json {
  const outer = walk.field;
  walk.field = field;
  walk.fields.push(field.name);
  walk.path.push(field.name);
  const decoded = decodeField(field, value, walk);
  walk.path.pop();
  walk.fields.pop();
  walk.field = outer;
  return decoded;
}

function decodeField(field: FieldType, value: Json, walk: Walk): Json {
  if (field.isList) return decodeList(elementOf(field), value, walk);
  if (field.isMap) return decodeMap(elementOf(field), value, walk);
  return field.isLeaf ? decodeLeaf(field.type, value, walk) : decodeStruct(field.type, value, walk);
}

function decodeList(element: FieldType, value: Json, walk: Walk): Json {
  if (!Array.isArray(value)) return mismatch(value, walk);
  let changed = false;
  const result = value.map((item, index) => {
    const decoded = decodeElement(element, item, index, walk);
    changed ||= decoded !== item;
    return decoded;
  });
  return changed ? result : value;
}

function decodeMap(element: FieldType, value: Json, walk: Walk): Json {
  if (!isDict(value)) return mismatch(value, walk);
  let changed = false;
  const result: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    const item = value[key] ?? null;
    const decoded = decodeElement(element, item, key, walk);
    changed ||= decoded !== item;
    result.push([key, decoded]);
  }
  return changed ? Object.fromEntries(result) : value;
}

function decodeElement(element: FieldType, value: Json, step: string | number, walk: Walk): Json {
  if (value === null && element.isLeaf) return zeroOf(element.type);
  walk.path.push(step);
  const decoded = decodeField(element, value, walk);
  walk.path.pop();
  return decoded;
}

function decodeLeaf(type: string, value: Json, walk: Walk): Json {
  switch (type) {
    case 'string': return typeof value === 'string' ? value : mismatch(value, walk);
    case 'bool': return typeof value === 'boolean' ? value : mismatch(value, walk);
    case 'double': return typeof value === 'number' ? value : mismatch(value, walk);
    case 'int32': return decodeInteger(value, 2 ** 31, walk);
    case 'int64': return decodeInteger(value, 2 ** 63, walk);
    case 'quantity': return decodeQuantity(value, walk);
    case 'intOrString': return decodeIntOrString(value, walk);
    case 'time': case 'microTime': return decodeTime(value, walk, type);
    case 'bytes': return decodeBytes(value, walk);
    default: return value;
  }
}

function decodeInteger(value: Json, limit: number, walk: Walk): Json {
  if (typeof value !== 'number') return mismatch(value, walk);
  if (Number.isInteger(value) && value >= -limit && value < limit) return value;
  return mismatch(value, walk, `number ${value}`);
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

function decodeBytes(value: Json, walk: Walk): Json {
  if (typeof value !== 'string') return mismatch(value, walk);
  const text = value.replace(/[\r\n]/g, '');
  const wrong = /[^A-Za-z0-9+/]/.exec(text.replace(/={1,2}$/, ''));
  if (wrong) return complain(walk, `illegal base64 data at input byte ${wrong.index}`, value);
  if (text.length % 4 !== 0) return complain(walk, `illegal base64 data at input byte ${text.length - (text.length % 4)}`, value);
  return text;
}

function mismatch(value: Json, walk: Walk, what = describe(value)): Json {
  const struct = walk.structs.at(-1);
  if (struct === undefined || !walk.field) return complain(walk, `json: cannot unmarshal ${what} into Go value of type v1.${struct ?? 'Object'}`, value);
  const place = `${shortName(struct)}.${walk.fields.join('.')}`;
  return complain(walk, `json: cannot unmarshal ${what} into Go struct field ${place} of type ${goTypeHere(struct, walk)}`, value);
}

/** Go's type of what is being read: the field's own, or that of an element for each index or key on the way. */
function goTypeHere(struct: string, { field, path }: Walk): string {
  if (!field) return struct;
  const depth = path.length - 1 - path.lastIndexOf(field.name);
  let type = goTypeOf(struct, field);
  for (let level = 0; level < depth; level++) type = type === 'v1.ResourceList' ? 'resource.Quantity' : type.replace(/^(\[\]|map\[string\])/, '');
  return type;
}

/** `spec.containers[0].image`. */
function pathOf(steps: readonly (string | number)[]): string {
  return steps.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('').slice(1);
}

function complain(walk: Walk, message: string, value: Json): Json {
  walk.typeErrors.push(message);
  walk.typeErrorPaths.push([...walk.path]);
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
