/** StatefulSets and ControllerRevisions. */
import { internalOf } from '../internal-form.ts';
import { mapped, withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsLabelErrors } from '../names.ts';
import type { ControllerRevision, StatefulSet } from '../types.ts';
import { scaledValue } from '../int-or-string.ts';
import { immutable, invalidEach, nonNegative, notMoreThan100Percent, positiveIntOrPercent, sameJson } from '../validation/common.ts';
import { keptRunning, podTemplate, selectedTemplate, workloadSelector } from '../validation/template.ts';
import { ageColumn, column, columnsBetween, nameColumn, templateColumns } from './columns.ts';
import { replicasScale, templateWarnings, withTemplateDefaults } from './workload.ts';

type Spec = StatefulSet['spec'];

export const statefulSet: Kind<StatefulSet> = {
  group: 'apps', version: 'v1', kind: 'StatefulSet', plural: 'statefulsets', singular: 'statefulset', shortNames: ['sts'], categories: ['all'], namespaced: true,
  hasStatus: true, scale: replicasScale, nameRule: 'dnsSubdomain',
  defaults: (object) => withField(object, 'spec', specWithDefaults(object.spec)),
  prepare: (object, old, gates) => {
    const kept = gates.isOn('MaxUnavailableStatefulSet') || old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable !== undefined ? object : withoutMaxUnavailable(object);
    return old ? kept : { ...kept, status: { replicas: 0, availableReplicas: 0 } };
  },
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...spec(object.spec), ...(old ? update(object.spec, old.spec) : [])]),
  warnings: templateWarnings,
  columns: [
    nameColumn,
    column('Ready', (object) => `${object.status.readyReplicas ?? 0}/${object.spec.replicas ?? 0}`),
    ageColumn,
    ...templateColumns<StatefulSet>((object) => object.spec.template),
  ],
};

function specWithDefaults(given: Spec | undefined): Spec {
  // A body without a spec is given one, so that validation can say what is missing.
  let result = withDefaults(withTemplateDefaults(given ?? ({} as Spec)), { replicas: 1, podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10, updateStrategy: {} });
  const strategy = withDefaults(result.updateStrategy ?? {}, { type: 'RollingUpdate' });
  const rollingUpdate = strategy.type === 'RollingUpdate' ? withDefaults(strategy.rollingUpdate ?? {}, { partition: 0 }) : strategy.rollingUpdate;
  result = withField(result, 'updateStrategy', withField(strategy, 'rollingUpdate', rollingUpdate));
  const retention = withDefaults(result.persistentVolumeClaimRetentionPolicy ?? {}, { whenDeleted: 'Retain', whenScaled: 'Retain' });
  result = withField(result, 'persistentVolumeClaimRetentionPolicy', retention);
  return withField(result, 'volumeClaimTemplates', mapped(result.volumeClaimTemplates, (claim) => withDefaults(
    withField(claim, 'spec', withDefaults(claim.spec ?? {}, { volumeMode: 'Filesystem' })), { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: { phase: 'Pending' } })));
}

function spec(value: Spec): FieldError[] {
  const { podManagementPolicy, updateStrategy, replicas, minReadySeconds, selector, template, serviceName } = value;
  const errors: FieldError[] = [];
  if (!podManagementPolicy) errors.push(required('spec.podManagementPolicy'));
  else if (!['OrderedReady', 'Parallel'].includes(podManagementPolicy)) errors.push(invalid('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'"));
  return [
    ...errors,
    ...strategyErrors('spec.updateStrategy', updateStrategy),
    ...retentionErrors('spec.persistentVolumeClaimRetentionPolicy', value),
    ...nonNegative('spec.replicas', replicas),
    ...nonNegative('spec.minReadySeconds', minReadySeconds),
    ...nonNegative('spec.ordinals.start', value.ordinals?.start),
    ...workloadSelector('spec.selector', selector, 'statefulset'),
    ...selectedTemplate('spec.template', template, selector),
    ...podTemplate('spec.template', withClaimVolumes(value)),
    ...keptRunning('spec.template', template, 'StatefulSet'),
    ...(serviceName ? invalidEach('spec.serviceName', serviceName, dnsLabelErrors(serviceName)) : []),
  ];
}

function strategyErrors(field: string, strategy: Spec['updateStrategy']): FieldError[] {
  const { type, rollingUpdate } = strategy ?? {};
  if (!type) return [required(field)];
  if (type === 'OnDelete') return rollingUpdate ? [invalid(`${field}.rollingUpdate`, internalOf('RollingUpdateStatefulSet', rollingUpdate), "only allowed for updateStrategy 'RollingUpdate'")] : [];
  if (type !== 'RollingUpdate') return [invalid(field, internalOf('StatefulSetUpdateStrategy', strategy ?? {}), "must be 'RollingUpdate' or 'OnDelete'")];
  const maxUnavailable = rollingUpdate?.maxUnavailable;
  return [
    ...nonNegative(`${field}.rollingUpdate.partition`, rollingUpdate?.partition), ...positiveIntOrPercent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable), ...notMoreThan100Percent(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable),
    ...(maxUnavailable !== undefined && scaledValue(maxUnavailable, 100, 'up') === 0 ? [invalid(`${field}.rollingUpdate.maxUnavailable`, maxUnavailable, 'cannot be 0')] : []),
  ];
}

/** The field belongs to the gate MaxUnavailableStatefulSet. */
function withoutMaxUnavailable(object: StatefulSet): StatefulSet {
  const { updateStrategy } = object.spec;
  if (updateStrategy?.rollingUpdate?.maxUnavailable === undefined) return object;
  const { maxUnavailable: _closed, ...rollingUpdate } = updateStrategy.rollingUpdate;
  return { ...object, spec: { ...object.spec, updateStrategy: { ...updateStrategy, rollingUpdate } } };
}

function retentionErrors(field: string, { persistentVolumeClaimRetentionPolicy: policy }: Spec): FieldError[] {
  return (['whenDeleted', 'whenScaled'] as const).flatMap((key) => (policy && !['Delete', 'Retain'].includes(policy[key] ?? '')
    ? [{ field: `${field}.${key}`, reason: 'FieldValueNotSupported' as const, message: `Unsupported value: ${JSON.stringify(policy[key])}: supported values: "Delete", "Retain"` }] : []));
}

/** The template with its volumes to come: mounts may refer to the claims' templates. */
function withClaimVolumes({ template, volumeClaimTemplates = [] }: StatefulSet['spec']): StatefulSet['spec']['template'] {
  const volumes = volumeClaimTemplates.flatMap(({ metadata }) => (metadata?.name ? [{ name: metadata.name, persistentVolumeClaim: { claimName: metadata.name } }] : []));
  if (!template.spec || volumes.length === 0) return template;
  const own = (template.spec.volumes ?? []).filter(({ name }) => !volumes.some((volume) => volume.name === name));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...volumes] } };
}

const mayChange = ['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy', 'minReadySeconds'];

function update(now: Spec, old: Spec): FieldError[] {
  const fixed = (value: Spec) => Object.fromEntries(Object.entries(value).filter(([key]) => !mayChange.includes(key)));
  if (sameJson(fixed(now), fixed(old))) return [];
  return [forbidden('spec', "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden")];
}

export const controllerRevision: Kind<ControllerRevision> = {
  group: 'apps', version: 'v1', kind: 'ControllerRevision', plural: 'controllerrevisions', singular: 'controllerrevision', shortNames: [], namespaced: true,
  validate: (object, old) => [...nonNegative('revision', object.revision), ...(old ? immutable('data', object.data, old.data) : [])],
  columns: columnsBetween<ControllerRevision>(
    column('Controller', controllerOf),
    column('Revision', ({ revision }) => revision),
  ),
};

/** `statefulset.apps/db`: who owns a revision. */
function controllerOf({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return '<none>';
  const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : [''];
  return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`;
}
