/** The schemas as editors want them: with what each field is for, texts in several languages, and `<<name>>` for numbers. */
import { levelSchema, packSchema } from '../schema.ts';
import { LEVEL_DOCS, PACK_DOCS } from './field-docs.ts';

type Schema = Record<string, unknown>;

const TRANSLATABLE = /^(title|briefing|debrief|worlds\[\]\.(title|summary)|(objectives|guards|hints)\[\]\.text|events\[\]\.say|exam\.tasks\[\]\.text)$/;
const LANGUAGES = { type: 'object', minProperties: 1, propertyNames: { pattern: '^[a-z]{2,3}(-[A-Z]{2})?$' }, additionalProperties: { type: 'string', minLength: 1 } };
const MARKED = { type: 'string', pattern: '^<<[a-z][a-zA-Z0-9]*>>$' };

export function editorLevelSchema(): Schema { return forEditors(levelSchema, LEVEL_DOCS, ''); }
export function editorPackSchema(): Schema { return forEditors(packSchema, PACK_DOCS, ''); }

/** One field of a schema with its place, for the reference. */
export interface Field { path: string; type: string; isRequired: boolean; text: string | undefined }

/** All fields in the schema's order. Guards' checks and node groups' machines, which repeat others, are left out. */
export function fieldsOf(schema: Schema, docs: Readonly<Record<string, string>>, path = ''): Field[] {
  const inner = itemsOf(schema);
  if (inner) return fieldsOf(inner, docs, `${path}[]`);
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(propertiesOf(schema)).flatMap(([name, property]): Field[] => {
    const at = path ? `${path}.${name}` : name;
    if (docs[at] === undefined && at.startsWith('cluster.nodeGroups[].')) return [];
    const below = at === 'guards[].check' || at === 'params' || at === 'mistakes' ? [] : fieldsOf(property, docs, at);
    return [{ path: at, type: typeOf(property), isRequired: required.includes(name), text: docs[at] }, ...below];
  });
}

function forEditors(schema: Schema, docs: Readonly<Record<string, string>>, path: string): Schema {
  const described = { ...schema, ...(docs[path] ? { description: docs[path] } : {}) };
  const inner = itemsOf(schema);
  if (inner) return { ...described, items: forEditors(inner, docs, `${path}[]`) };
  if (TRANSLATABLE.test(path)) return { ...(docs[path] ? { description: docs[path] } : {}), anyOf: [schema, LANGUAGES] };
  if (schema.type === 'number' || schema.type === 'integer') return { ...(docs[path] ? { description: docs[path] } : {}), anyOf: [schema, MARKED] };
  if (!('properties' in schema)) return described;
  return { ...described, properties: Object.fromEntries(Object.entries(propertiesOf(schema)).map(([name, property]) => [name, forEditors(property, docs, path ? `${path}.${name}` : name)])) };
}

function propertiesOf(schema: Schema): Record<string, Schema> {
  return (schema.properties ?? {}) as Record<string, Schema>; // JSON Schema's own shape
}

function itemsOf(schema: Schema): Schema | undefined {
  return schema.type === 'array' && typeof schema.items === 'object' && schema.items !== null ? (schema.items as Schema) : undefined;
}

function typeOf(schema: Schema): string {
  if (Array.isArray(schema.enum)) return schema.enum.join(', ');
  if (schema.type === 'array') return `list of ${plural(typeOf(itemsOf(schema) ?? {}))}`;
  if (typeof schema.pattern === 'string' && schema.pattern.includes('ms|s|m|h')) return 'duration';
  if (Array.isArray(schema.type)) return schema.type.join(' or ');
  if (schema.type === 'integer') return 'whole number';
  return typeof schema.type === 'string' ? (schema.type === 'string' ? 'text' : schema.type) : 'text or object';
}

function plural(type: string): string {
  return type === 'text' ? 'texts' : type === 'object' ? 'objects' : type;
}
