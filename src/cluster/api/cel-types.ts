/** The types of API objects for CEL's checker, as policies are checked against what they match. */
import type { Environment } from '@marcbachmann/cel-js';
import { type FieldType, schemaOf } from './schema.ts';

const LEAVES: Readonly<Record<string, string>> = { string: 'string', bytes: 'string', bool: 'bool', int32: 'int', int64: 'int', double: 'double' };

/** Declares a type of the schema with all that it is made of; gives its name in CEL. What contains itself is looked into only once. */
export function registerSchemaType(environment: Environment, typeName: string, declared = new Map<string, string>()): string {
  const known = declared.get(typeName);
  if (known) return known;
  const type = schemaOf(typeName);
  if (!type) return 'dyn';
  declared.set(typeName, 'dyn');
  const fields = Object.fromEntries([...type.fields.values()].map((field) => [field.name, celType(field, (name) => registerSchemaType(environment, name, declared))]));
  const name = `k8s.${typeName}`;
  environment.registerType(name, { fields });
  declared.set(typeName, name);
  return name;
}

function celType({ type, shape, isLeaf }: FieldType, declare: (name: string) => string): string {
  const inner = isLeaf ? LEAVES[type] ?? 'dyn' : declare(type);
  return [...shape].reverse().reduce((of, container) => (container === 'list' ? `list<${of}>` : `map<string, ${of}>`), inner);
}
