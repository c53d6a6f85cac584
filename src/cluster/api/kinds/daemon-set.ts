/** DaemonSets. */
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { formatLabels, formatLabelSelector } from '../labels.ts';
import type { DaemonSet } from '../types.ts';
import { immutable, labelSelector, nonNegative, notMoreThan100Percent, oneOf, positiveIntOrPercent, sameJson } from '../validation/common.ts';
import { keptRunning, notEmpty, podTemplate, selectedTemplate } from '../validation/template.ts';
import { ageColumn, column, countColumn, nameColumn, templateColumns, wideColumn } from './columns.ts';
import { isZero } from './deployment.ts';
import { templateWarnings, withTemplateDefaults } from './workload.ts';

type Spec = DaemonSet['spec'];

const GENERATION_ANNOTATION = 'deprecated.daemonset.template.generation';

export const daemonSet: Kind<DaemonSet> = {
  group: 'apps', version: 'v1', kind: 'DaemonSet', plural: 'daemonsets', singular: 'daemonset', shortNames: ['ds'], categories: ['all'], namespaced: true,
  hasStatus: true,
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec)),
  prepare: (object, old) => {
    if (old) return withTemplateGeneration(object, templateGeneration(old) + (sameJson(object.spec.template, old.spec.template) ? 0 : 1));
    return withTemplateGeneration({ ...object, status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 } }, 1);
  },
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...spec(object.spec), ...(old ? immutable('spec.selector', object.spec.selector, old.spec.selector) : [])]),
  warnings: templateWarnings,
  columns: [
    nameColumn,
    countColumn('Desired', ({ status }) => status.desiredNumberScheduled),
    countColumn('Current', ({ status }) => status.currentNumberScheduled),
    countColumn('Ready', ({ status }) => status.numberReady),
    countColumn('Up-to-date', ({ status }) => status.updatedNumberScheduled),
    countColumn('Available', ({ status }) => status.numberAvailable),
    column('Node Selector', (object) => formatLabels(object.spec.template.spec?.nodeSelector)),
    ageColumn,
    ...templateColumns<DaemonSet>((object) => object.spec.template),
    wideColumn('Selector', (object) => formatLabelSelector(object.spec.selector)),
  ],
};

function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[GENERATION_ANNOTATION] ?? 0);
}

function withTemplateGeneration(object: DaemonSet, generation: number): DaemonSet {
  const annotations = { ...object.metadata.annotations, [GENERATION_ANNOTATION]: String(generation) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function specWithDefaults(given: Spec | undefined): Spec {
  // A body without a spec is given one, so that validation can say what is missing.
  const result = withDefaults(withTemplateDefaults(given ?? ({} as Spec)), { revisionHistoryLimit: 10, updateStrategy: {} });
  const strategy = withDefaults(result.updateStrategy ?? {}, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return withField(result, 'updateStrategy', strategy);
  const rollingUpdate = withDefaults(strategy.rollingUpdate ?? {}, { maxUnavailable: 1, maxSurge: 0 });
  return withField(result, 'updateStrategy', withField(strategy, 'rollingUpdate', rollingUpdate));
}

function spec({ selector, template, minReadySeconds, revisionHistoryLimit, updateStrategy }: Spec): FieldError[] {
  return [
    ...labelSelector('spec.selector', selector),
    ...selectedTemplate('spec.template', template, selector),
    ...(selector ? notEmpty('spec.selector', selector, 'daemonset') : []),
    ...podTemplate('spec.template', template),
    ...keptRunning('spec.template', template, 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...strategyErrors('spec.updateStrategy', updateStrategy),
    ...nonNegative('spec.revisionHistoryLimit', revisionHistoryLimit),
  ];
}

function strategyErrors(field: string, strategy: Spec['updateStrategy']): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  if (type !== 'RollingUpdate') return oneOf(`${field}.type`, type, ['OnDelete', 'RollingUpdate']);
  if (!rollingUpdate) return [required(`${field}.rollingUpdate`)];
  const { maxUnavailable, maxSurge } = rollingUpdate;
  const errors = [
    ...positiveIntOrPercent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable), ...notMoreThan100Percent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...positiveIntOrPercent(`${field}.rollingUpdate.maxSurge`, maxSurge), ...notMoreThan100Percent(`${field}.rollingUpdate.maxSurge`, maxSurge),
  ];
  if (!isZero(maxUnavailable) && !isZero(maxSurge)) errors.push(invalid(`${field}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  if (isZero(maxUnavailable) && isZero(maxSurge)) errors.push(required(`${field}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}
