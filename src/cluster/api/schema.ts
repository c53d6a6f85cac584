/** The types of all API objects as facts: fields, which are lists or maps, and how patches merge them. */
import schema from './schema.json' with { type: 'json' };

/** What a field holds and how patches treat it. */
export interface FieldType {
  /** The field's name in JSON. */
  readonly name: string;
  /** Element type of lists and maps, the type itself otherwise: a type's name, or a leaf such as `int32`. */
  readonly type: string;
  /** The shape from the outside in: `['list', 'map']` for a list of maps. */
  readonly shape: readonly ('list' | 'map')[];
  readonly isList: boolean;
  readonly isMap: boolean;
  /** True when `type` is no type with fields of its own. */
  readonly isLeaf: boolean;
  readonly isRequired: boolean;
  /** Key by which strategic merge patches match elements. */
  readonly mergeKey?: string;
  /** Strategic merge patches add to this list of primitives. */
  readonly mergesPrimitives: boolean;
  readonly retainsKeys: boolean;
  /** Server-side apply: keys that identify an element, of a list with `listType` map. */
  readonly listMapKeys: readonly string[];
  /** Server-side apply: `map` and `set` are owned by element, `atomic` as a whole; granular structs have none. */
  readonly listType?: 'map' | 'set' | 'atomic';
}

/** A type with fields, sorted by name. */
export interface ObjectType { readonly name: string; readonly fields: ReadonlyMap<string, FieldType> }

const notations: Readonly<Record<string, Readonly<Record<string, string>>>> = schema.types;
const kinds: Readonly<Record<string, string>> = schema.kinds;
const parsed = new Map<string, ObjectType>();

/** Names of all types with fields, sorted. */
export const typeNames: readonly string[] = Object.keys(notations).sort();

/** The leaf types: everything else in `FieldType.type` is one of `typeNames`. */
export const leafTypes = ['string', 'bool', 'int32', 'int64', 'double', 'quantity', 'intOrString', 'time', 'microTime', 'bytes', 'object', 'any'] as const;

/** The type of a kind; undefined for kinds that are not built in. */
export function typeOfKind(groupVersion: string, kind: string): string | undefined {
  return kinds[`${groupVersion}/${kind}`];
}

/** All kinds with a type, as `apps/v1/Deployment`, sorted. */
export const typedKinds: readonly string[] = Object.keys(kinds).sort();

/** True when the type is known; custom resources have none. */
export function hasType(typeName: string): boolean {
  return Object.hasOwn(notations, typeName);
}

/** A type by name; undefined when there is none. */
export function schemaOf(typeName: string): ObjectType | undefined {
  const known = parsed.get(typeName);
  if (known) return known;
  const notation = hasType(typeName) ? notations[typeName] : undefined;
  if (!notation) return undefined;
  const fields = Object.entries(notation).map(([name, text]) => parseField(name, text));
  const type: ObjectType = { name: typeName, fields: new Map(fields.map((field) => [field.name, field])) };
  parsed.set(typeName, type);
  return type;
}

/** One field of a type. */
export function fieldOf(typeName: string, field: string): FieldType | undefined {
  return schemaOf(typeName)?.fields.get(field);
}

/** The field at a path of names, through lists and maps of structs: `spec.containers.image`. */
export function fieldAt(typeName: string, path: readonly string[]): FieldType | undefined {
  const [first, ...rest] = path;
  const field = first === undefined ? undefined : fieldOf(typeName, first);
  return field && rest.length > 0 ? fieldAt(field.type, rest) : field;
}

const elements = new WeakMap<FieldType, FieldType>();

/** The elements of a list or map as a field of their own. */
export function elementOf(field: FieldType): FieldType {
  let element = elements.get(field);
  if (!element) elements.set(field, (element = makeElement(field)));
  return element;
}

function makeElement(field: FieldType): FieldType {
  const shape = field.shape.slice(1);
  return { ...field, shape, isList: shape[0] === 'list', isMap: shape[0] === 'map', mergesPrimitives: false, mergeKey: undefined, listMapKeys: [], listType: undefined };
}

function parseField(key: string, text: string): FieldType {
  const [, containers = '', type = '', marks = ''] = /^((?:\[\]|\{\})*)([^*+#=~]+)(.*)$/.exec(text) ?? [];
  const shape = (containers.match(/\[\]|\{\}/g) ?? []).map((container): 'list' | 'map' => (container === '[]' ? 'list' : 'map'));
  const mark = (sign: string) => new RegExp(`\\${sign}([^*+#=~]+)`).exec(marks)?.[1];
  const listMapKeys = mark('#')?.split(',') ?? [];
  return {
    name: key.replace(/!$/, ''),
    type,
    shape,
    isList: shape[0] === 'list',
    isMap: shape[0] === 'map',
    isLeaf: !hasType(type),
    isRequired: key.endsWith('!'),
    mergeKey: mark('*'),
    mergesPrimitives: mark('+') === 'merge',
    retainsKeys: mark('~') === 'retainKeys',
    listMapKeys,
    listType: listMapKeys.length > 0 ? 'map' : listTypeOf(mark('='), shape[0] === 'list'),
  };
}

/** Lists without a mark are atomic for server-side apply; structs and maps without one are granular. */
function listTypeOf(mark: string | undefined, isList: boolean): FieldType['listType'] {
  if (mark === 'set' || mark === 'atomic') return mark;
  return isList ? 'atomic' : undefined;
}
