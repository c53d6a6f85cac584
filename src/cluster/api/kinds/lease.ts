/** Leases and PriorityClasses. */
import { withDefaults } from '../defaulting.ts';
import { type FieldError, forbidden, invalid } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { labelKeyErrors } from '../names.ts';
import { textOf } from '../device-claims.ts';
import type { Lease, PriorityClass } from '../types.ts';
import { immutable, invalidEach, nonNegative, oneOf } from '../validation/common.ts';
import { ageColumn, column, columnsBetween, nameColumn } from './columns.ts';

export const lease: Kind<Lease> = {
  group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', singular: 'lease', shortNames: [], namespaced: true, hasGeneration: false,
  defaults: (object) => withDefaults(object, { spec: {} }),
  validate: ({ spec }) => [
    ...(spec.leaseDurationSeconds !== undefined && spec.leaseDurationSeconds <= 0 ? [invalid('spec.leaseDurationSeconds', spec.leaseDurationSeconds, 'must be greater than 0')] : []),
    ...nonNegative('spec.leaseTransitions', spec.leaseTransitions),
    ...strategyErrors('spec.strategy', textOf(spec, 'strategy')),
    ...(textOf(spec, 'preferredHolder') && !textOf(spec, 'strategy') ? [forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')] : []),
  ],
  columns: columnsBetween<Lease>(column('Holder', ({ spec }) => spec.holderIdentity ?? '')),
};

/** A strategy of Kubernetes' own or one with a domain; upstream names the field twice. */
function strategyErrors(field: string, strategy: string | undefined): FieldError[] {
  if (strategy === undefined) return [];
  return strategy.includes('/') ? invalidEach(field, strategy, labelKeyErrors(strategy)) : oneOf(`${field}.strategy`, strategy, ['OldestEmulationVersion']);
}

const USER_PRIORITY_MAX = 1_000_000_000; // scheduling.HighestUserDefinablePriority
const systemClasses: Readonly<Record<string, number>> = { 'system-cluster-critical': 2_000_000_000, 'system-node-critical': 2_000_001_000 };

export const priorityClass: Kind<PriorityClass> = {
  group: 'scheduling.k8s.io', version: 'v1', kind: 'PriorityClass', plural: 'priorityclasses', singular: 'priorityclass', shortNames: ['pc'], namespaced: false, hasGeneration: true,
  defaults: (object) => withDefaults(object, { preemptionPolicy: 'PreemptLowerPriority', value: 0 }),
  validate: (object, old) => (old ? classUpdate(object, old) : classErrors(object)),
  columns: [
    nameColumn,
    { name: 'Value', type: 'integer', cell: ({ value }) => value },
    { name: 'Global-Default', type: 'boolean', cell: ({ globalDefault }) => globalDefault ?? false },
    ageColumn,
    column('PreemptionPolicy', ({ preemptionPolicy }) => preemptionPolicy ?? ''),
  ],
};

function classErrors({ metadata: { name }, value, preemptionPolicy, globalDefault }: PriorityClass): FieldError[] {
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const own = systemClasses[name];
    const problem = own === undefined ? `${name} is not a known system priority class` : own !== value ? `value of ${name} PriorityClass must be ${own}` : globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
    if (problem) errors.push(forbidden('metadata.name', `priority class names with 'system-' prefix are reserved for system use only. error: ${problem}`));
  } else if (value > USER_PRIORITY_MAX) errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${USER_PRIORITY_MAX}`));
  return [...errors, ...oneOf('preemptionPolicy', preemptionPolicy, ['PreemptLowerPriority', 'Never'])];
}

function classUpdate(object: PriorityClass, old: PriorityClass): FieldError[] {
  const errors = object.value === old.value ? [] : [forbidden('value', 'may not be changed in an update.')];
  return [...errors, ...immutable('preemptionPolicy', object.preemptionPolicy, old.preemptionPolicy)];
}
