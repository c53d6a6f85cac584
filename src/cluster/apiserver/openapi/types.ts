/** OpenAPI schemas of the API's types, from the facts in schema.json and from CustomResourceDefinitions. */
import { groupVersion, type Kind } from '../../api/kind.ts';
import { elementOf, type FieldType, schemaOf, typedKinds, typeOfKind } from '../../api/schema.ts';

/** A JSON schema or another part of an OpenAPI document. */
export type Part = Readonly<Record<string, unknown>>;

/** Collects the schemas that a document needs; `root` is where its references point to. */
export class Schemas {
  readonly found: Record<string, Part> = {};
  readonly #root: string;

  constructor(root: '#/components/schemas/' | '#/definitions/') {
    this.#root = root;
  }

  /** A reference to a kind's schema. */
  kind(kind: Kind): Part {
    const typeName = typeOfKind(groupVersion(kind), kind.kind) ?? (kind.schema ? undefined : kind.type);
    const name = typeName === undefined ? `${packageOf(kind.group, kind.version)}.${kind.kind}` : nameOf(typeName);
    const identity = { 'x-kubernetes-group-version-kind': [{ group: kind.group, kind: kind.kind, version: kind.version }] };
    return this.#named(name, () => ({ ...(typeName === undefined ? this.#custom(kind) : this.#struct(typeName)), ...identity }));
  }

  /** A reference to the kind's list. */
  list(kind: Kind): Part {
    const own = String(this.kind(kind)['$ref']).slice(this.#root.length);
    return this.#named(`${own}List`, () => ({
      type: 'object', required: ['items'],
      properties: { apiVersion: STRING, items: { type: 'array', items: this.kind(kind) }, kind: STRING, metadata: this.type('ListMeta') },
      'x-kubernetes-group-version-kind': [{ group: kind.group, kind: `${kind.kind}List`, version: kind.version }],
    }));
  }

  /** A reference to a type with fields, or to one of the leaves that have a name. */
  type(typeName: string): Part {
    const leaf = NAMED_LEAVES[typeName];
    if (leaf) return this.#named(leaf.name, () => leaf.schema);
    return this.#named(nameOf(typeName), () => this.#struct(typeName));
  }

  #named(name: string, make: () => Part): Part {
    if (!Object.hasOwn(this.found, name)) {
      this.found[name] = {}; // types may hold themselves
      this.found[name] = make();
    }
    return { $ref: this.#root + name };
  }

  #struct(typeName: string): Part {
    const fields = [...(schemaOf(typeName)?.fields.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    const required = fields.filter((field) => field.isRequired).map(({ name }) => name);
    return { type: 'object', ...(required.length > 0 ? { required } : {}), properties: Object.fromEntries(fields.map((field) => [field.name, { ...this.#field(field), ...extensionsOf(field) }])) };
  }

  #field(field: FieldType): Part {
    if (field.isList) return { type: 'array', items: this.#field(elementOf(field)) };
    if (field.isMap) return { type: 'object', additionalProperties: this.#field(elementOf(field)) };
    return LEAVES[field.type] ?? this.type(field.type);
  }

  #custom({ schema = {} }: Kind): Part {
    const { properties = {}, ...rest }: { properties?: object } = schema;
    return { type: 'object', ...rest, properties: { ...properties, apiVersion: STRING, kind: STRING, metadata: this.type('ObjectMeta') } };
  }
}

const STRING: Part = { type: 'string' };
const LEAVES: Readonly<Record<string, Part>> = {
  string: STRING, bool: { type: 'boolean' }, int32: { type: 'integer', format: 'int32' }, int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' }, bytes: { type: 'string', format: 'byte' }, object: { type: 'object' }, any: {},
};

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const NAMED_LEAVES: Readonly<Record<string, { name: string; schema: Part }>> = {
  quantity: { name: 'io.k8s.apimachinery.pkg.api.resource.Quantity', schema: { oneOf: [{ type: 'string' }, { type: 'number' }] } },
  intOrString: { name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString', schema: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] } },
  time: { name: `${META}.Time`, schema: { type: 'string', format: 'date-time' } },
  microTime: { name: `${META}.MicroTime`, schema: { type: 'string', format: 'date-time' } },
};
const META_TYPES = new Set(['ObjectMeta', 'ListMeta', 'LabelSelector', 'LabelSelectorRequirement', 'FieldSelectorRequirement', 'ManagedFieldsEntry', 'OwnerReference', 'Condition', 'DeleteOptions', 'Preconditions', 'Status', 'StatusDetails', 'StatusCause']);
const PACKAGES: Readonly<Record<string, string>> = { 'apiextensions.k8s.io': 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions', 'apiregistration.k8s.io': 'io.k8s.kube-aggregator.pkg.apis.apiregistration' };

function extensionsOf(field: FieldType): Part {
  const strategy = [field.mergeKey || field.mergesPrimitives ? 'merge' : '', field.retainsKeys ? 'retainKeys' : ''].filter(Boolean).join(',');
  return {
    ...(field.listMapKeys.length > 0 ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
    ...(field.isList && field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
    ...(!field.isList && field.listType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(field.mergeKey ? { 'x-kubernetes-patch-merge-key': field.mergeKey } : {}), ...(strategy ? { 'x-kubernetes-patch-strategy': strategy } : {}),
  };
}

/** `io.k8s.api.apps.v1`; for groups of custom resources their name from the back. */
function packageOf(group: string, version: string): string {
  if (!group) return 'io.k8s.api.core.v1';
  const known = PACKAGES[group] ?? (!group.includes('.') || group.endsWith('.k8s.io') ? `io.k8s.api.${group.split('.')[0]}` : group.split('.').reverse().join('.'));
  return `${known}.${version}`;
}

let homes: ReadonlyMap<string, string> | undefined;

/** A type's full name. The core group has what it uses itself, other groups what is theirs alone. */
function nameOf(typeName: string): string {
  homes ??= findHomes();
  const short = typeName.slice(typeName.lastIndexOf('.') + 1);
  return `${META_TYPES.has(short) ? META : homes.get(typeName) ?? 'io.k8s.api.core.v1'}.${short}`;
}

function findHomes(): Map<string, string> {
  const found = new Map<string, string>();
  const isCore = (kind: string) => kind.startsWith('v1/');
  for (const kind of [...typedKinds].sort((a, b) => Number(isCore(b)) - Number(isCore(a)))) {
    const [name = '', version = '', group = ''] = kind.split('/').reverse();
    claim(typeOfKind(kind.slice(0, -name.length - 1), name)!, packageOf(group, version), found);
  }
  return found;
}

function claim(typeName: string, home: string, found: Map<string, string>): void {
  if (found.has(typeName)) return;
  found.set(typeName, home);
  for (const { type, isLeaf } of schemaOf(typeName)?.fields.values() ?? []) if (!isLeaf) claim(type, home, found);
}
