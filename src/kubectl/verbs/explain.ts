/** kubectl explain: the fields of a kind, from the facts on built-in types or a CustomResourceDefinition's schema. */
import { elementOf, type FieldType, schemaOf, typeOfKind } from '../../cluster/api/schema.ts';
import type { Call, Verb } from '../command.ts';
import { apiVersionOf, groupResource, pathOf, type ResourceType } from '../discovery.ts';
import { hasReason, KubectlError, NoResourceMatchError } from '../errors.ts';
import enumerations from '../enumerations.json' with { type: 'json' };
import { at, type Dict, isDict, listAt, textAt } from '../objects.ts';

/** A type or field as explain shows it; the fields are worked out when they are asked for. */
interface Explained {
  /** `string`, `[]Container`, `map[string]Quantity`. */
  typeText: string;
  description: string;
  isRequired: boolean;
  enumeration: readonly string[];
  /** Sorted by name; none for leaves. */
  fields: () => readonly (readonly [name: string, field: Explained])[];
}

const LEAF_TEXT: Readonly<Record<string, string>> = {
  string: 'string', bool: 'boolean', int32: 'integer', int64: 'integer', double: 'number', quantity: 'Quantity', intOrString: 'IntOrString',
  time: 'string', microTime: 'string', bytes: 'string', object: 'Object', any: 'Object',
};

/** The values that a field of a built-in type may have, by `Type.field`. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map(Object.entries(enumerations).flatMap(([values, fields]) => fields.split(' ').map((field) => [field, values.split(', ')] as const)));

/** A list of fields shows no more values than these. */
const SHOWN_VALUES_MAX = 4;

const INDENT = '    ';
const LINE_MAX = 80;

export const explain: Verb = {
  path: 'explain', about: 'Get documentation for a resource',
  examples: [['# Of Pods', 'kubectl explain pods'], ['# One field', 'kubectl explain deployment.spec.strategy'], ['# All that is below it', 'kubectl explain pod.spec.tolerations --recursive']],
  async run(call) {
    const [argument, ...others] = call.args;
    if (argument === undefined) throw new KubectlError('You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n');
    if (others.length > 0) throw new KubectlError('We accept only this format: explain RESOURCE\n');
    const format = call.flags.string('output');
    if (!['plaintext', 'plaintext-openapiv2'].includes(format)) throw new KubectlError(`unrecognized format: ${format}`);
    const { type, path } = await subjectOf(call, argument);
    const { group, kind, version } = type;
    call.out(`${group ? `GROUP:      ${group}\n` : ''}KIND:       ${kind}\nVERSION:    ${version}\n\n`);
    const root = await rootOf(call, type);
    let found = root;
    for (const name of path) found = fieldOf(found, name, path.at(-1));
    call.out(textFor(found, path.at(-1), call.flags.bool('recursive')));
  },
};

/** Whichever name is wrong, kubectl calls the last one so. */
function fieldOf(parent: Explained, name: string, last = name): Explained {
  const found = parent.fields().find(([known]) => known === name)?.[1];
  if (!found) throw new KubectlError(`field "${last}" does not exist`);
  return found;
}

/** `pod.spec.containers` or `deployments.apps.spec`: the resource, and the fields below it. */
async function subjectOf(call: Call, argument: string): Promise<{ type: ResourceType; path: string[] }> {
  const spelled = argument.replace(/\.$/, '');
  const [word = ''] = spelled.split('.');
  const apiVersion = call.flags.string('api-version');
  const discovery = await call.discovery();
  const first = await discovery.find(word);
  if (!first) throw new NoResourceMatchError(word);
  const named = (await discovery.types()).find((type) => type.group !== '' && `${spelled}.`.startsWith(`${groupResource(type)}.`));
  const type = named ?? first;
  const path = spelled.slice(named ? groupResource(named).length : word.length).split('.').filter(Boolean);
  if (!apiVersion || apiVersionOf(type) === apiVersion) return { type, path };
  const served = (await discovery.types()).filter((known) => apiVersionOf(known) === apiVersion);
  const other = served.find((known) => known.plural === type.plural);
  const resource = `${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Resource=${type.plural}`;
  if (!other) throw new KubectlError(served.length > 0 ? `GVR (${resource}) not found in OpenAPI schema` : `couldn't find resource for "${resource}"`);
  return { type: other, path };
}

async function rootOf(call: Call, type: ResourceType): Promise<Explained> {
  const typeName = typeOfKind(apiVersionOf(type), type.kind);
  if (typeName) return { typeText: type.kind, description: '', isRequired: false, enumeration: [], fields: () => fieldsOfType(typeName) };
  return customRoot(call, type);
}

function fieldsOfType(typeName: string): readonly (readonly [string, Explained])[] {
  const fields = [...(schemaOf(typeName)?.fields.values() ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
  return fields.map((field) => [field.name, builtIn(field, VALUES.get(`${typeName}.${field.name}`))] as const);
}

function builtIn(field: FieldType, enumeration: readonly string[] = []): Explained {
  return { typeText: typeTextOf(field), description: '', isRequired: field.isRequired, enumeration, fields: () => (field.isLeaf ? [] : fieldsOfType(field.type)) };
}

function typeTextOf(field: FieldType): string {
  if (field.isList) return `[]${typeTextOf(elementOf(field))}`;
  if (field.isMap) return `map[string]${typeTextOf(elementOf(field))}`;
  return LEAF_TEXT[field.type] ?? field.type.slice(field.type.lastIndexOf('.') + 1);
}

/** The schema of a custom resource, read from its definition, with the fields that all objects have. */
async function customRoot(call: Call, type: ResourceType): Promise<Explained> {
  const definitions = await (await call.discovery()).resolve('customresourcedefinitions.apiextensions.k8s.io');
  const name = groupResource(type);
  let definition: unknown;
  try {
    definition = (await call.client()).get(pathOf(definitions, undefined, name), { subject: { ...definitions, name } });
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
    throw new KubectlError(`couldn't find resource for "${apiVersionOf(type)}, Kind=${type.kind}"`);
  }
  const served = listAt(definition, 'spec', 'versions').find((version) => textAt(version, 'name') === type.version);
  const schema = at(served, 'schema', 'openAPIV3Schema');
  const own = custom(isDict(schema) ? schema : {}, false);
  const text = (typeText: string): Explained => ({ typeText, description: '', isRequired: false, enumeration: [], fields: () => [] });
  const general: [string, Explained][] = [['apiVersion', text('string')], ['kind', text('string')], ['metadata', { ...text('ObjectMeta'), fields: () => fieldsOfType('ObjectMeta') }]];
  const isGeneral = (field: string) => general.some(([known]) => known === field);
  return { ...own, fields: () => [...general, ...own.fields().filter(([field]) => !isGeneral(field))].sort(([a], [b]) => (a < b ? -1 : 1)) };
}

function custom(schema: Dict, isRequired: boolean): Explained {
  const shown = innermost(schema);
  const properties = isDict(shown.properties) ? shown.properties : {};
  const required = listAt(shown, 'required');
  return {
    typeText: customTypeText(schema), description: textAt(schema, 'description'), isRequired, enumeration: listAt(schema, 'enum').map(String),
    fields: () => Object.keys(properties).sort().map((name) => {
      const property = properties[name];
      return [name, custom(isDict(property) ? property : {}, required.includes(name))] as const;
    }),
  };
}

/** What lists and maps hold in the end. */
function innermost(schema: Dict): Dict {
  const inner = isDict(schema.items) ? schema.items : isDict(schema.additionalProperties) ? schema.additionalProperties : undefined;
  return inner ? innermost(inner) : schema;
}

function customTypeText(schema: Dict): string {
  if (schema.type === 'array') return `[]${isDict(schema.items) ? customTypeText(schema.items) : 'Object'}`;
  if (isDict(schema.additionalProperties)) return `map[string]${customTypeText(schema.additionalProperties)}`;
  if (schema['x-kubernetes-int-or-string'] === true) return 'IntOrString';
  return schema.type === 'object' || typeof schema.type !== 'string' ? 'Object' : schema.type;
}

/** What is printed below the heading: of the kind itself, or of one of its fields. */
function textFor(explained: Explained, fieldName: string | undefined, isRecursive: boolean): string {
  const fields = explained.fields();
  const { typeText, enumeration } = explained;
  const heading = fieldName === undefined ? '' : `FIELD: ${fieldName} <${typeText}>\n${enumeration.length > 0 ? `ENUM:\n${enumeration.map((value) => `${INDENT}${value || '""'}\n`).join('')}` : '\n'}\n`;
  const about = `DESCRIPTION:\n${paragraphs(explained.description || '<empty>', INDENT)}`;
  if (fields.length === 0) return `${heading}${about}${INDENT}\n\n`;
  const list = isRecursive ? tree(fields, 1, [explained.typeText]) : fields.map((field) => fieldText(field)).join('');
  return `${heading}${about}${explained.description ? `${INDENT}\n` : ''}FIELDS:\n${list}\n`;
}

function fieldText([name, field]: readonly [string, Explained]): string {
  return `${fieldLine(name, field, '  ')}${paragraphs(field.description || '<no description>', INDENT)}\n`;
}

function fieldLine(name: string, { typeText, isRequired, enumeration }: Explained, indent: string): string {
  const line = `${indent}${name}\t<${typeText}>${isRequired ? ' -required-' : ''}\n`;
  const shown = [...enumeration.slice(0, SHOWN_VALUES_MAX).map((value) => value || '""'), ...(enumeration.length > SHOWN_VALUES_MAX ? ['....'] : [])];
  return shown.length > 0 ? `${line}${indent}enum: ${shown.join(', ')}\n` : line;
}

/** All fields below, indented; a type within itself is not opened again. */
function tree(fields: readonly (readonly [string, Explained])[], depth: number, above: readonly string[]): string {
  return fields.map(([name, field]) => {
    const isAgain = above.includes(field.typeText) && field.typeText !== 'Object';
    return fieldLine(name, field, '  '.repeat(depth)) + (isAgain ? '' : tree(field.fields(), depth + 1, [...above, field.typeText]));
  }).join('');
}

/** Text in lines of at most 80 columns. */
function paragraphs(text: string, indent: string): string {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = indent;
    for (const word of paragraph.split(' ')) {
      if (line !== indent && line.length + word.length + 1 > LINE_MAX) {
        lines.push(line);
        line = indent;
      }
      line += line === indent ? word : ` ${word}`;
    }
    lines.push(line);
  }
  return lines.map((line) => `${line}\n`).join('');
}
