/** ReplicaSets and their elder, ReplicationControllers. */
import { changed, withDefaults, withField } from '../defaulting.ts';
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { formatLabels, formatLabelSelector, matchesLabels } from '../labels.ts';
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import type { ReplicaSet, ReplicationController } from '../types.ts';
import { immutable, nonNegative } from '../validation/common.ts';
import { keptRunning, podTemplate, selectedTemplate, workloadSelector } from '../validation/template.ts';
import { ageColumn, countColumn, nameColumn, templateColumns, wideColumn } from './columns.ts';
import { replicasScale, templateWarnings, withTemplateDefaults } from './workload.ts';

export const replicaSet: Kind<ReplicaSet> = {
  group: 'apps', version: 'v1', kind: 'ReplicaSet', plural: 'replicasets', singular: 'replicaset', shortNames: ['rs'], categories: ['all'], namespaced: true,
  hasStatus: true, scale: replicasScale,
  fields: { 'status.replicas': ({ status }) => String(status.replicas) },
  // A body without a spec is given one, so that validation can say what is missing.
  defaults: (object) => withField(object, 'spec', withDefaults(withTemplateDefaults(object.spec ?? ({} as typeof object.spec)), { replicas: 1 })),
  prepare: (object, old) => (old ? object : { ...object, status: { replicas: 0 } }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...spec(object.spec), ...(old ? immutable('spec.selector', object.spec.selector, old.spec.selector) : [])]),
  warnings: templateWarnings,
  columns: [
    nameColumn,
    countColumn('Desired', (object) => object.spec.replicas),
    countColumn('Current', ({ status }) => status.replicas),
    countColumn('Ready', ({ status }) => status.readyReplicas),
    ageColumn,
    ...templateColumns<ReplicaSet>((object) => object.spec.template),
    wideColumn('Selector', (object) => formatLabelSelector(object.spec.selector)),
  ],
};

function spec({ replicas, selector, template, minReadySeconds }: ReplicaSet['spec']): FieldError[] {
  return [
    ...nonNegative('spec.replicas', replicas),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...workloadSelector('spec.selector', selector, 'deployment'),
    ...selectedTemplate('spec.template', template, selector),
    ...podTemplate('spec.template', template),
    ...keptRunning('spec.template', template, 'ReplicaSet'),
  ];
}

export const replicationController: Kind<ReplicationController> = {
  group: '', version: 'v1', kind: 'ReplicationController', plural: 'replicationcontrollers', singular: 'replicationcontroller', shortNames: ['rc'], categories: ['all'], namespaced: true,
  hasStatus: true, scale: replicasScale, etcdPrefix: 'controllers',
  fields: { 'status.replicas': ({ status }) => String(status.replicas) },
  defaults: (object) => {
    const template = changed(object.spec?.template, templateWithDefaults);
    const labels = template?.metadata?.labels;
    const complete = withDefaults(withField(object.spec ?? {}, 'template', template), { replicas: 1, selector: labels });
    return withField(withField(object, 'spec', complete), 'metadata', withDefaults(object.metadata, { labels }));
  },
  prepare: (object, old) => (old ? object : { ...object, status: { replicas: 0 } }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : controllerSpec(object.spec)),
  columns: [
    nameColumn,
    countColumn('Desired', (object) => object.spec.replicas),
    countColumn('Current', ({ status }) => status.replicas),
    countColumn('Ready', ({ status }) => status.readyReplicas),
    ageColumn,
    ...templateColumns<ReplicationController>((object) => object.spec.template),
    wideColumn('Selector', (object) => formatLabels(object.spec.selector)),
  ],
};

function controllerSpec({ replicas, selector, template, minReadySeconds }: ReplicationController['spec']): FieldError[] {
  const errors = [...nonNegative('spec.minReadySeconds', minReadySeconds)];
  if (!selector || Object.keys(selector).length === 0) errors.push(required('spec.selector'));
  errors.push(...nonNegative('spec.replicas', replicas));
  if (!template) return [...errors, required('spec.template')];
  const labels = template.metadata?.labels;
  if (!matchesLabels(selector, labels)) errors.push(invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`'));
  return [...errors, ...podTemplate('spec.template', template), ...keptRunning('spec.template', template, 'ReplicationController')];
}
