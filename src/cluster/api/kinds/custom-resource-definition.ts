/** CustomResourceDefinitions: kinds that users add. */
import { compileProblem } from '../cel.ts';
import type { Schema } from '../custom/structural.ts';
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dns1035LabelErrors } from '../names.ts';
import type { CustomResourceDefinition } from '../types.ts';
import { immutable, oneOf } from '../validation/common.ts';
import { column, nameColumn } from './columns.ts';

type Spec = CustomResourceDefinition['spec'];

/** Holds the definition until its objects are gone. */
export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

export const customResourceDefinition: Kind<CustomResourceDefinition> = {
  group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions', singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'], categories: ['api-extensions'], namespaced: false, hasStatus: true, etcdPrefix: 'apiextensions.k8s.io/customresourcedefinitions',
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec ?? ({} as Spec))), // validation says what is missing
  prepare: (object, old) => (old ? object : { ...object, metadata: { ...object.metadata, finalizers: [...(object.metadata.finalizers ?? []), CLEANUP_FINALIZER] }, status: {} }),
  validate: ({ metadata, spec }, old) => (old && old.spec === spec ? [] : [
    ...(old || metadata.name === `${spec.names?.plural}.${spec.group}` ? [] : [invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...specErrors(spec),
    ...(old && isEstablished(old) ? [...immutable('spec.scope', spec.scope, old.spec.scope), ...immutable('spec.names.kind', spec.names.kind, old.spec.names.kind)] : []),
    ...(old ? [...immutable('spec.group', spec.group, old.spec.group), ...immutable('spec.names.plural', spec.names.plural, old.spec.names.plural)] : []),
  ]),
  columns: [nameColumn, column('Created At', ({ metadata }) => metadata.creationTimestamp)],
};

const isEstablished = ({ status }: CustomResourceDefinition) => status?.conditions?.some(({ type, status: is }) => type === 'Established' && is === 'True');

function specWithDefaults(given: Spec): Spec {
  const names = given.names ? withDefaults(given.names, { singular: given.names.kind?.toLowerCase(), listKind: given.names.kind && `${given.names.kind}List` }) : given.names;
  return withDefaults(withField(given, 'names', names), { conversion: { strategy: 'None' } });
}

function specErrors(spec: Spec): FieldError[] {
  const { names, versions = [] } = spec;
  return [
    ...(spec.group ? (spec.group.includes('.') ? [] : [invalid('spec.group', spec.group, 'should be a domain with at least one dot')]) : [required('spec.group')]),
    ...(spec.scope ? oneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']) : [required('spec.scope')]),
    ...(names?.plural ? dns1035LabelErrors(names.plural).map((message) => invalid('spec.names.plural', names.plural, message)) : [required('spec.names.plural')]),
    ...(names?.kind ? dns1035LabelErrors(names.kind.toLowerCase()).map((message) => invalid('spec.names.kind', names.kind, `may have mixed case, but should otherwise match: ${message}`)) : [required('spec.names.kind')]),
    ...(versions.length > 0 && versions.filter(({ storage }) => storage).length !== 1 ? [invalid('spec.versions', 'versions', 'must have exactly one version marked as storage version')] : []),
    ...(versions.length === 0 ? [required('spec.versions', 'must have at least one version')] : []),
    ...versions.flatMap(({ name, schema }, index) => [
      ...(name ? dns1035LabelErrors(name).map((message) => invalid(`spec.versions[${index}].name`, name, message)) : [required(`spec.versions[${index}].name`)]),
      ...(schema?.openAPIV3Schema ? schemaErrors(schema.openAPIV3Schema as Schema, `spec.versions[${index}].schema.openAPIV3Schema`, true) : [required(`spec.versions[${index}].schema.openAPIV3Schema`, 'schemas are required')]),
    ]),
  ];
}

/** A structural schema says the type of everything. */
function schemaErrors(schema: Schema, field: string, isRoot = false): FieldError[] {
  const isTyped = Boolean(schema.type) || schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  return [
    ...(isTyped ? [] : [required(`${field}.type`, isRoot ? 'must not be empty at the root' : 'must not be empty for specified object fields')]),
    ...(isRoot && schema.type && schema.type !== 'object' ? [invalid(`${field}.type`, schema.type, 'must be object at the root')] : []),
    ...(schema.type === 'array' && !schema.items ? [required(`${field}.items`, 'must be specified')] : []),
    ...(schema['x-kubernetes-validations'] ?? []).flatMap(({ rule }, index) => {
      const problem = compileProblem(rule, ['self', 'oldSelf']);
      return problem === undefined ? [] : [invalid(`${field}.x-kubernetes-validations[${index}].rule`, rule, `compilation failed: ${problem}`)];
    }),
    ...Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => schemaErrors(inner, `${field}.properties[${name}]`)),
    ...(typeof schema.items === 'object' && schema.items !== null ? schemaErrors(schema.items as Schema, `${field}.items`) : []),
    ...(typeof schema.additionalProperties === 'object' && schema.additionalProperties !== null ? schemaErrors(schema.additionalProperties as Schema, `${field}.additionalProperties`) : []),
  ];
}
