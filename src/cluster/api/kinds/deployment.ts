/** Deployments. */
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { type IntOrString, percentOf } from '../int-or-string.ts';
import type { Kind } from '../kind.ts';
import { selectorToString } from '../labels.ts';
import type { Deployment } from '../types.ts';
import { immutable, nonNegative, notMoreThan100Percent, oneOf, positiveIntOrPercent } from '../validation/common.ts';
import { keptRunning, podTemplate, selectedTemplate, workloadSelector } from '../validation/template.ts';
import { ageColumn, column, nameColumn, templateColumns, wideColumn } from './columns.ts';
import { replicasScale, templateWarnings, withTemplateDefaults } from './workload.ts';

type Spec = Deployment['spec'];

export const deployment: Kind<Deployment> = {
  group: 'apps', version: 'v1', kind: 'Deployment', plural: 'deployments', singular: 'deployment', shortNames: ['deploy'], categories: ['all'], namespaced: true,
  hasStatus: true, scale: replicasScale,
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec)),
  prepare: (object, old) => (old ? object : { ...object, status: {} }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...spec(object.spec), ...(old ? immutable('spec.selector', object.spec.selector, old.spec.selector) : [])]),
  warnings: templateWarnings,
  columns: [
    nameColumn,
    column('Ready', (object) => `${object.status.readyReplicas ?? 0}/${object.spec.replicas ?? 0}`),
    column('Up-to-date', ({ status }) => status.updatedReplicas ?? 0),
    column('Available', ({ status }) => status.availableReplicas ?? 0),
    ageColumn,
    ...templateColumns<Deployment>((object) => object.spec.template),
    wideColumn('Selector', (object) => selectorToString(object.spec.selector)),
  ],
};

function specWithDefaults(given: Spec | undefined): Spec {
  // A body without a spec is given one, so that validation can say what is missing.
  const result = withDefaults(withTemplateDefaults(given ?? ({} as Spec)), { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
  const strategy = withDefaults(result.strategy ?? {}, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return withField(result, 'strategy', strategy);
  const rollingUpdate = withDefaults(strategy.rollingUpdate ?? {}, { maxUnavailable: '25%', maxSurge: '25%' });
  return withField(result, 'strategy', withField(strategy, 'rollingUpdate', rollingUpdate));
}

function spec(value: Spec): FieldError[] {
  const { replicas, selector, template, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds } = value;
  return [
    ...nonNegative('spec.replicas', replicas),
    ...workloadSelector('spec.selector', selector, 'deployment'),
    ...selectedTemplate('spec.template', template, selector),
    ...podTemplate('spec.template', template),
    ...keptRunning('spec.template', template, 'ReplicaSet'),
    ...strategyErrors('spec.strategy', value.strategy),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', progressDeadlineSeconds),
    ...(progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= minReadySeconds ? [invalid('spec.progressDeadlineSeconds', progressDeadlineSeconds, 'must be greater than minReadySeconds')] : []),
  ];
}

function strategyErrors(field: string, strategy: Spec['strategy']): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  if (type === 'Recreate') return rollingUpdate ? [forbidden(`${field}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")] : [];
  if (type !== 'RollingUpdate') return oneOf(`${field}.type`, type, ['Recreate', 'RollingUpdate']);
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`, 'this should be defaulted and never be nil')];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [...positiveIntOrPercent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable), ...positiveIntOrPercent(`${field}.rollingUpdate.maxSurge`, maxSurge)];
  if (isZero(maxUnavailable) && isZero(maxSurge)) errors.push(invalid(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'));
  return [...errors, ...notMoreThan100Percent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable)];
}

/** True for 0 and 0%. */
export function isZero(value: IntOrString | undefined): boolean {
  return value === 0 || percentOf(value) === 0;
}
