/** Values against OpenAPI schemas, in the words of kube-openapi's validation. */
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { isDict } from '../json.ts';
import type { Json } from '../types.ts';
import { additionalOf, itemsOf, propertyOf, type Schema } from './structural.ts';

/** All that is wrong with a value; `field` is '' for the whole object. */
export function valueErrors(schema: Schema, value: Json, field: string): FieldError[] {
  if (value === null && schema.nullable) return [];
  const wrongType = typeError(schema, value, field);
  if (wrongType) return [wrongType];
  return [
    ...(typeof value === 'string' ? textErrors(schema, value, field) : []),
    ...(typeof value === 'number' ? numberErrors(schema, value, field) : []),
    ...enumErrors(schema, value, field),
    ...(Array.isArray(value) ? listErrors(schema, value, field) : isDict(value) ? objectErrors(schema, value, field) : []),
    ...junctorErrors(schema, value, field),
  ];
}

const at = (field: string) => field || '<nil>';
const inBody = (field: string, what: string) => `${field ? `${field} ` : ''}in body ${what}`;

function typeError(schema: Schema, value: Json, field: string): FieldError | undefined {
  if (schema['x-kubernetes-int-or-string']) return typeof value === 'string' || Number.isInteger(value) ? undefined : wrongType(at(field), typeName(value), inBody(field, `must be of type integer,string: ${JSON.stringify(typeName(value))}`));
  if (!schema.type) return undefined;
  const name = typeName(value);
  if (name === schema.type || (name === 'integer' && schema.type === 'number')) return undefined;
  return wrongType(at(field), name, inBody(field, `must be of type ${schema.type}: ${JSON.stringify(name)}`));
}

function typeName(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function textErrors({ minLength, maxLength, pattern, format }: Schema, value: string, field: string): FieldError[] {
  const length = [...value].length;
  return [
    ...(maxLength !== undefined && length > maxLength ? [{ field: at(field), reason: 'FieldValueTooLong' as const, message: `Too long: may not be more than ${maxLength} bytes` }] : []),
    ...(minLength !== undefined && length < minLength ? [invalid(at(field), value, inBody(field, `should be at least ${minLength} chars long`))] : []),
    ...(pattern && !matches(pattern, value) ? [invalid(at(field), value, inBody(field, `should match '${pattern}'`))] : []),
    ...(format && FORMATS[format]?.test(value) === false ? [invalid(at(field), value, inBody(field, `must be of type ${format}: ${JSON.stringify(value)}`))] : []),
  ];
}

/** A pattern that JavaScript cannot read refuses nothing: RE2 knows a few forms more. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

const FORMATS: Readonly<Record<string, RegExp>> = {
  'date-time': /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/, date: /^\d{4}-\d\d-\d\d$/, email: /^[^@\s]+@[^@\s]+$/, uuid: /^[\da-f]{8}-?([\da-f]{4}-?){3}[\da-f]{12}$/i,
  ipv4: /^(\d{1,3}\.){3}\d{1,3}$/, ipv6: /^[\da-f:.]*:[\da-f:.]*$/i, cidr: /^[\da-f:.]+\/\d{1,3}$/i, byte: /^[A-Za-z0-9+/]*={0,2}$/, duration: /^-?(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|w))+$/,
};

function numberErrors({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }: Schema, value: number, field: string): FieldError[] {
  const wrong = (what: string) => invalid(at(field), value, inBody(field, what));
  return [
    ...(minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum) ? [wrong(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`)] : []),
    ...(maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum) ? [wrong(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`)] : []),
    ...(multipleOf !== undefined && !Number.isInteger(value / multipleOf) ? [wrong(`should be a multiple of ${multipleOf}`)] : []),
  ];
}

function enumErrors(schema: Schema, value: Json, field: string): FieldError[] {
  const allowed = schema.enum as Json[] | undefined;
  if (!allowed || allowed.some((each) => JSON.stringify(each) === JSON.stringify(value))) return [];
  return [notSupported(at(field), value, allowed.map(String))];
}

function tooMany(field: string, count: number, max: number): FieldError {
  return { field: at(field), reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${max} item${max === 1 ? '' : 's'}` };
}

function listErrors(schema: Schema, value: readonly Json[], field: string): FieldError[] {
  const { minItems, maxItems } = schema;
  return [
    ...(maxItems !== undefined && value.length > maxItems ? [tooMany(field, value.length, maxItems)] : []),
    ...(minItems !== undefined && value.length < minItems ? [invalid(at(field), value.length, inBody(field, `should have at least ${minItems} items`))] : []),
    ...value.flatMap((item, index) => valueErrors(itemsOf(schema), item, `${field}[${index}]`)),
    ...duplicates(schema, value, field),
  ];
}

/** Sets and maps hold each element, or each key, once. */
function duplicates(schema: Schema, value: readonly Json[], field: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (listType !== 'set' && listType !== 'map') return [];
  const keyOf = (item: Json): Json => (listType === 'set' || !isDict(item) ? item : Object.fromEntries(keys.map((key) => [key, item[key] ?? null])));
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const text = JSON.stringify(keyOf(item));
    if (seen.has(text)) return [duplicate(`${field}[${index}]`, keyOf(item))];
    seen.add(text);
    return [];
  });
}

function objectErrors(schema: Schema, value: { [key: string]: Json }, field: string): FieldError[] {
  const inside = (key: string) => (field ? `${field}.${key}` : key);
  const count = Object.keys(value).length;
  return [
    ...(schema.maxProperties !== undefined && count > schema.maxProperties ? [tooMany(field, count, schema.maxProperties)] : []),
    ...(schema.minProperties !== undefined && count < schema.minProperties ? [invalid(at(field), count, inBody(field, `should have at least ${schema.minProperties} properties`))] : []),
    ...(schema.required ?? []).filter((key) => value[key] === undefined).map((key) => required(inside(key))),
    ...Object.entries(value).filter(([, item]) => item !== undefined).flatMap(([key, item]) => {
      const own = propertyOf(schema, key);
      const isAdditional = !schema.properties?.[key] && additionalOf(schema) !== undefined;
      return own ? valueErrors(own, item, isAdditional ? `${field}.${key}` : inside(key)) : [];
    }),
  ];
}

function junctorErrors(schema: Schema, value: Json, field: string): FieldError[] {
  const passes = (other: Schema) => valueErrors(other, value, field).length === 0;
  const wrong = (what: string) => [invalid(at(field), typeName(value) === 'object' ? 'object' : value, `${JSON.stringify(field)} must ${what}`)];
  const { oneOf, anyOf, allOf, not } = schema;
  const matching = oneOf?.filter((other) => passes(other)).length ?? 1;
  return [
    ...(anyOf && !anyOf.some((other) => passes(other)) ? wrong('validate at least one schema (anyOf)') : []),
    ...(matching !== 1 ? wrong(`validate one and only one schema (oneOf). ${matching === 0 ? 'Found none valid' : `Found ${matching} valid alternatives`}`) : []),
    ...(allOf ?? []).flatMap((other) => valueErrors(other, value, field)),
    ...(not && passes(not) ? wrong('not validate the schema (not)') : []),
  ];
}

const wrongType = (...about: Parameters<typeof invalid>): FieldError => ({ ...invalid(...about), reason: 'FieldValueTypeInvalid' });
