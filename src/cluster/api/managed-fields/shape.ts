/** How a value is divided among its owners: as a whole, by field, by key, by element (structured-merge-diff's schema). */
import { itemsOf, propertyOf, type Schema } from '../custom/structural.ts';
import { isDict } from '../json.ts';
import type { Kind } from '../kind.ts';
import { elementOf, type FieldType, fieldOf } from '../schema.ts';
import type { Json } from '../types.ts';

export type Shape =
  | { readonly is: 'whole' }
  /** A struct or a map; `isMap` where the container itself has an owner too. */
  | { readonly is: 'fields'; readonly isMap: boolean; readonly of: (key: string) => Shape }
  | { readonly is: 'elements'; readonly keys: readonly string[]; readonly of: Shape; readonly isOptional: boolean }
  | { readonly is: 'set' };

const WHOLE: Shape = { is: 'whole' };
const SET: Shape = { is: 'set' };

/** The shape of a kind's objects. */
export function shapeOf(kind: Pick<Kind, 'type' | 'kind' | 'schema'>): Shape {
  if (!kind.schema) return structShape(kind.type ?? kind.kind);
  const own = customShape(kind.schema);
  return { is: 'fields', isMap: false, of: (key) => (key === 'metadata' ? structShape('ObjectMeta') : own.is === 'fields' ? own.of(key) : WHOLE) };
}

const structs = new Map<string, Shape>();

function structShape(typeName: string): Shape {
  let shape = structs.get(typeName);
  if (!shape) structs.set(typeName, (shape = { is: 'fields', isMap: false, of: (key) => { const field = fieldOf(typeName, key); return field ? fieldShape(field) : UNKNOWN; } }));
  return shape;
}

const fields = new WeakMap<FieldType, Shape>();

function fieldShape(field: FieldType): Shape {
  let shape = fields.get(field);
  if (!shape) fields.set(field, (shape = makeShape(field)));
  return shape;
}

function makeShape(field: FieldType): Shape {
  if (field.listType === 'atomic') return WHOLE;
  if (field.isList) return field.listType === 'map' ? { is: 'elements', keys: field.listMapKeys, of: fieldShape(elementOf(field)), isOptional: !field.isRequired } : field.listType === 'set' ? SET : WHOLE;
  if (field.isMap) return { is: 'fields', isMap: true, of: () => fieldShape(elementOf(field)) };
  return field.isLeaf ? WHOLE : structShape(field.type);
}

/** Without a schema maps are divided and lists are not. */
const UNKNOWN: Shape = { is: 'fields', isMap: false, of: () => UNKNOWN };

const customs = new WeakMap<object, Shape>();

function customShape(schema: Schema): Shape {
  let shape = customs.get(schema);
  if (!shape) customs.set(schema, (shape = makeCustomShape(schema)));
  return shape;
}

function makeCustomShape(schema: Schema): Shape {
  if (schema.type === 'array') {
    const listType = schema['x-kubernetes-list-type'];
    if (listType === 'map') return { is: 'elements', keys: schema['x-kubernetes-list-map-keys'] ?? [], of: customShape(itemsOf(schema)), isOptional: true };
    return listType === 'set' ? SET : WHOLE;
  }
  if (Reflect.get(schema, 'x-kubernetes-map-type') === 'atomic' || (schema.type && schema.type !== 'object')) return WHOLE;
  return { is: 'fields', isMap: schema.additionalProperties !== undefined, of: (key) => { const own = propertyOf(schema, key); return own ? customShape(own) : UNKNOWN; } };
}

/** Keys of list elements that have a default: what is left out counts as that. */
const KEY_DEFAULTS: Readonly<Record<string, Json>> = { protocol: 'TCP' };

/** How FieldsV1 names an element: `k:{"name":"web"}`. */
export function elementKey(item: Json, keys: readonly string[]): string {
  const values = [...keys].sort().flatMap((key): [string, Json][] => {
    const value = (isDict(item) ? item[key] : undefined) ?? KEY_DEFAULTS[key];
    return value === undefined ? [] : [[key, value]];
  });
  return `k:${JSON.stringify(Object.fromEntries(values))}`;
}
