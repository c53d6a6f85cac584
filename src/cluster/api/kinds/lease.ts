/** Leases and PriorityClasses. */
import { withDefaults } from '../defaulting.ts';
import { type FieldError, forbidden, invalid } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import type { Lease, PriorityClass } from '../types.ts';
import { immutable, nonNegative, oneOf } from '../validation/common.ts';
import { ageColumn, column, columnsBetween, nameColumn } from './columns.ts';

export const lease: Kind<Lease> = {
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', singular: 'lease', shortNames: [], namespaced: true, hasGeneration: false,
  defaults: (object) => withDefaults(object, { spec: {} }),
  validate: ({ spec }) => [
    ...(spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0 ? [invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')] : []),
    ...nonNegative('spec.leaseTransitions', spec.leaseTransitions),
  ],
  columns: columnsBetween<Lease>(column('Holder', ({ spec }) => spec.holderIdentity ?? '')),
};

const USER_PRIORITY_MAX = 1_000_000_000; // scheduling.HighestUserDefinablePriority
const systemClasses: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

export const priorityClass: Kind<PriorityClass> = {
  group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', plural: 'priorityclasses', singular: 'priorityclass', shortNames: ['pc'], namespaced: false, hasGeneration: true,
  defaults: (object) => withDefaults(object, { preemptionPolicy: 'PreemptLowerPriority', value: 0 }),
  validate: (object, old) => [...classErrors(object), ...(old ? classUpdate(object, old) : [])],
  columns: [
    nameColumn,
    { name: 'Value', type: 'integer', cell: ({ value }) => value },
    { name: 'Global-Default', type: 'boolean', cell: ({ globalDefault }) => globalDefault ?? false },
    ageColumn,
    column('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
};

function classErrors({ metadata, value, preemptionPolicy }: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (metadata.name.startsWith('system-')) {
    if (systemClasses[metadata.name] !== value) errors.push(forbidden('metadata.name', "priority class names with 'system-' prefix are reserved for system use only. error: " + (metadata.name in systemClasses ? `value of ${metadata.name} PriorityClass must be ${systemClasses[metadata.name]}` : `${metadata.name} is not a known system priority class`)));
  } else if (value > USER_PRIORITY_MAX) errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`));
  return [...errors, ...oneOf('preemptionPolicy', preemptionPolicy, ['Never', 'PreemptLowerPriority'])];
}

function classUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors = object.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')];
  return [...errors, ...immutable('preemptionPolicy', object.preemptionPolicy, old.preemptionPolicy)];
}
