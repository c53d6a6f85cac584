/** A CustomResourceDefinition as the kinds it makes the server serve: one for each served version. */
import { type FieldError, invalid } from '../field-error.ts';
import { withField } from '../defaulting.ts';
import { groupVersion, type Kind } from '../kind.ts';
import type { CustomResourceDefinition, Json, KubeObject } from '../types.ts';
import { printerColumns } from './printer-columns.ts';
import { ruleErrors } from './rules.ts';
import { prune, type Schema, withSchemaDefaults } from './structural.ts';
import { valueErrors } from './value-errors.ts';

type Version = CustomResourceDefinition['spec']['versions'][number];

/** What the definition serves, the version that is stored first. */
export function customKinds(definition: CustomResourceDefinition): Kind[] {
  const served = definition.spec.versions.filter((version) => version.served);
  return served.sort((a, b) => Number(b.storage) - Number(a.storage)).map((version) => kindOf(definition, version));
}

/** What is wrong in such ways keeps CEL rules from being asked (apiextensions: hasBlockingErr). */
const BLOCKING: ReadonlySet<FieldError['reason']> = new Set(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid']);
const NOT_CHECKED = invalid('<nil>', 'null', 'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation');

function kindOf({ spec: { group, names, scope } }: CustomResourceDefinition, version: Version): Kind {
  const schema = (version.schema?.openAPIV3Schema ?? { 'x-kubernetes-preserve-unknown-fields': true }) as Schema;
  const hasRules = JSON.stringify(schema).includes('"x-kubernetes-validations"');
  const { status, scale } = version.subresources ?? {};
  const kind: Kind = {
    group, version: version.name, kind: names.kind, plural: names.plural, singular: names.singular || names.kind.toLowerCase(), shortNames: names.shortNames ?? [], categories: names.categories,
    namespaced: scope === 'Namespaced', etcdPrefix: `${group}/${names.plural}`, type: `${group}/${version.name}/${names.kind}`, hasStatus: status !== undefined, hasGeneration: true,
    ...(scale ? { scale: { specReplicas: scale.specReplicasPath, statusReplicas: scale.statusReplicasPath, selector: scale.labelSelectorPath ?? '' } } : {}),
    schema,
    shape: (body) => {
      const unknown: string[] = [];
      return { value: prune(schema, body as Json, unknown) as Record<string, unknown>, unknown };
    },
    prepare: (object, old) => (old || !status ? object : withField(object, 'status', undefined)),
    defaults: (object) => withSchemaDefaults(schema, object as unknown as Json) as unknown as KubeObject,
    validate: (object, old) => {
      const errors = valueErrors(schema, object as unknown as Json, '');
      if (!hasRules) return errors;
      return [...errors, ...(errors.some(({ reason }) => BLOCKING.has(reason)) ? [NOT_CHECKED] : ruleErrors(schema, object as unknown as Json, old as unknown as Json | undefined, ''))];
    },
    columns: printerColumns(version.additionalPrinterColumns),
    fields: Object.fromEntries((version.selectableFields ?? []).map(({ jsonPath }) => [jsonPath.replace(/^\./, ''), (object: KubeObject) => textAt(object, jsonPath)])),
  };
  const warning = version.deprecationWarning ?? `${groupVersion(kind)} ${names.kind} is deprecated`;
  return version.deprecated ? { ...kind, warnings: () => [warning] } : kind;
}

function textAt(object: KubeObject, path: string): string {
  const value = path.split('.').filter(Boolean).reduce((inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) as unknown : undefined), object);
  return value === undefined || value === null ? '' : String(value);
}
