/** PersistentVolumes, claims on them, and StorageClasses. */
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsSubdomainErrors, labelKeyErrors } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../types.ts';
import { immutable, invalidEach, labelSelector, named, nullOr, oneOfOrNone, present, sameJson } from '../validation/common.ts';
import { accessModeErrors, positive, volumeErrors, volumeUpdate } from '../validation/persistent-volume.ts';
import { unifiedDiff } from '../validation/pod-spec-diff.ts';
import { topologyTerms } from '../validation/scheduling.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const accessModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** Short forms in a fixed order, each once: `RWO,ROX`. */
export function shortAccessModes(modes: readonly string[] | undefined): string {
  return Object.entries(accessModes).filter(([mode]) => modes?.includes(mode)).map(([, short]) => short).join(',');
}

/** Whether a claim says anything of its class, be it that it wants none. */
export function namesClass({ metadata, spec }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[CLASS_ANNOTATION] !== undefined || spec.storageClassName !== undefined;
}

/** The class of a claim or volume; an annotation from before the field wins. */
export function storageClassOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '';
}

function phaseOf({ metadata, status }: PersistentVolume | PersistentVolumeClaim): string {
  return metadata.deletionTimestamp ? 'Terminating' : (status.phase ?? '');
}

export const persistentVolumeClaim: Kind<PersistentVolumeClaim> = {
  group: '', version: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', singular: 'persistentvolumeclaim', shortNames: ['pvc'], namespaced: true,
  hasStatus: true, hasGeneration: false,
  defaults: (object) => withField(object, 'spec', withDefaults(object.spec ?? {}, { volumeMode: 'Filesystem' })),
  prepare: (object, old) => (old ? object : { ...object, status: { phase: 'Pending' } }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...claimErrors(object.spec), ...(old ? claimUpdate(object, old) : [])]),
  columns: [
    nameColumn,
    column('Status', phaseOf),
    column('Volume', ({ spec }) => spec.volumeName ?? ''),
    column('Capacity', ({ spec, status }) => (spec.volumeName ? String(status.capacity?.storage ?? '0') : '')),
    column('Access Modes', ({ spec, status }) => (spec.volumeName ? shortAccessModes(status.accessModes) : '')),
    column('StorageClass', (object) => storageClassOf(object)),
    column('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    ageColumn,
    wideColumn('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>'),
  ],
};

function claimErrors({ accessModes: modes, selector, resources, storageClassName, volumeMode, dataSource, dataSourceRef }: PersistentVolumeClaim['spec']): FieldError[] {
  const storage = resources?.requests?.storage;
  return [
    ...(modes?.length ? [] : [required('spec.accessModes', 'at least 1 access mode is required')]), ...labelSelector('spec.selector', selector), ...accessModeErrors('spec.accessModes', modes ?? []),
    ...(storage === undefined ? [required('spec.resources[storage]')] : positive('spec.resources[storage]', String(storage))),
    ...(storageClassName ? invalidEach('spec.storageClassName', storageClassName, dnsSubdomainErrors(storageClassName)) : []),
    ...nullOr('spec.volumeMode', volumeMode, ['Block', 'Filesystem']),
    ...Object.entries({ dataSource, dataSourceRef }).flatMap(([key, source]) => (source ? sourceErrors(`spec.${key}`, source) : [])),
    ...(dataSource && dataSourceRef && !sameJson(dataSource, dataSourceRef) ? [invalid('spec', 'spec.dataSource', 'must match dataSourceRef')] : []),
  ];
}

function sourceErrors(field: string, { apiGroup, kind, name }: { apiGroup?: string; kind: string; name: string }): FieldError[] {
  return [
    ...present(`${field}.name`, name), ...present(`${field}.kind`, kind),
    ...(apiGroup ? invalidEach(`${field}.apiGroup`, apiGroup, dnsSubdomainErrors(apiGroup)) : kind === 'PersistentVolumeClaim' ? [] : [invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]),
  ];
}

const CLAIM_IMMUTABLE = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

/** A claim's spec as the API server prints it in differences: Go's names, in Go's order. */
function internalClaimSpec(spec: PersistentVolumeClaim['spec']): string[] {
  const reference = (source: typeof spec.dataSource) => (source ? { APIGroup: source.apiGroup ?? null, Kind: source.kind, Name: source.name } : null);
  return JSON.stringify({
    AccessModes: spec.accessModes ?? null, Selector: spec.selector ?? null, Resources: { Limits: spec.resources?.limits ?? null, Requests: spec.resources?.requests ?? null },
    VolumeName: spec.volumeName ?? '', StorageClassName: spec.storageClassName ?? null, VolumeMode: spec.volumeMode ?? null,
    DataSource: reference(spec.dataSource), DataSourceRef: reference(spec.dataSourceRef), VolumeAttributesClassName: spec.volumeAttributesClassName ?? null,
  }, undefined, 1).split('\n');
}

function claimUpdate({ spec, status }: PersistentVolumeClaim, { spec: old }: PersistentVolumeClaim): FieldError[] {
  const errors: FieldError[] = [];
  const requested = String(spec.resources?.requests?.storage ?? '0');
  const before = String(old.resources?.requests?.storage ?? '0');
  const bound = status?.phase === 'Bound';
  const binds = !old.volumeName && spec.volumeName;
  // The class may be filled in later, when there was none.
  const allowed = {
    ...spec, volumeName: binds ? old.volumeName : spec.volumeName, resources: bound ? old.resources : spec.resources,
    volumeAttributesClassName: bound ? old.volumeAttributesClassName : spec.volumeAttributesClassName, storageClassName: old.storageClassName === undefined ? undefined : spec.storageClassName,
  };
  if (bound && old.volumeAttributesClassName && !spec.volumeAttributesClassName) errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  if (!sameJson(allowed, old)) errors.push(forbidden('spec', `${CLAIM_IMMUTABLE}\n${unifiedDiff(internalClaimSpec(allowed), internalClaimSpec(old))}`));
  if (compareQuantities(requested, before) < 0 && (bound || status?.phase !== undefined)) {
    const capacity = status?.capacity?.storage;
    if (capacity === undefined || compareQuantities(requested, String(capacity)) < 0) errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return errors;
}

export const persistentVolume: Kind<PersistentVolume> = {
  group: '', version: 'v1', kind: 'PersistentVolume', plural: 'persistentvolumes', singular: 'persistentvolume', shortNames: ['pv'], namespaced: false,
  hasStatus: true, hasGeneration: false,
  defaults: (object) => {
    const spec = withDefaults(object.spec ?? {}, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    return withField(object, 'spec', spec.hostPath ? withField(spec, 'hostPath', withDefaults(spec.hostPath, { type: '' })) : spec);
  },
  prepare: (object, old) => (old ? object : { ...object, status: { phase: 'Pending' } }),
  validate: (object, old) => (old && old.spec === object.spec ? [] : [...volumeErrors(object.spec), ...(old ? volumeUpdate(object.spec, old.spec) : [])]),
  columns: [
    nameColumn,
    column('Capacity', ({ spec }) => String(spec.capacity?.storage ?? '0')),
    column('Access Modes', ({ spec }) => shortAccessModes(spec.accessModes)),
    column('Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''),
    column('Status', phaseOf),
    column('Claim', ({ spec: { claimRef } }) => (claimRef ? `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}` : '')),
    column('StorageClass', (object) => storageClassOf(object)),
    column('VolumeAttributesClass', ({ spec }) => spec.volumeAttributesClassName ?? '<unset>'),
    column('Reason', ({ status }) => status.reason ?? ''),
    ageColumn,
    wideColumn('VolumeMode', ({ spec }) => spec.volumeMode ?? '<unset>'),
  ],
};

const DEFAULT_CLASS_ANNOTATIONS = ['storageclass.kubernetes.io/is-default-class', 'storageclass.beta.kubernetes.io/is-default-class'];

/** True for a class that claims without one get. */
export function isDefaultClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return DEFAULT_CLASS_ANNOTATIONS.some((annotation) => metadata.annotations?.[annotation] === 'true');
}

export const storageClass: Kind<StorageClass> = {
  group: 'storage.k8s.io', version: 'v1', kind: 'StorageClass', plural: 'storageclasses', singular: 'storageclass', shortNames: ['sc'], namespaced: false,
  etcdPrefix: 'storageclasses',
  defaults: (object) => withDefaults(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  validate: (object, old) => [
    ...(old ? [] : [
      ...named('provisioner', object.provisioner, (name) => labelKeyErrors(name.toLowerCase())), ...parameterErrors('parameters', object.parameters ?? {}),
      ...oneOfOrNone('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']),
      ...nullOr('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
      ...topologyTerms('allowedTopologies', object.allowedTopologies ?? []),
    ]),
    ...(old ? classUpdate(object, old) : []),
  ],
  columns: [
    { name: 'Name', format: 'name', cell: (object) => `${object.metadata.name}${isDefaultClass(object) ? ' (default)' : ''}` },
    column('Provisioner', ({ provisioner }) => provisioner),
    column('ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete'),
    column('VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode ?? '<unset>'),
    column('AllowVolumeExpansion', ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
    ageColumn,
  ],
};

const PARAMETERS_MAX = 512; // storage validation: maxProvisionerParameterLen
const PARAMETER_BYTES_MAX = 262_144; // maxProvisionerParameterSize

function parameterErrors(field: string, parameters: Readonly<Record<string, string>>): FieldError[] {
  const entries = Object.entries(parameters);
  if (entries.length > PARAMETERS_MAX) return [tooLong(field, PARAMETERS_MAX)];
  return [...(entries.some(([key]) => key === '') ? [invalid(field, '', 'field can not be empty.')] : []), ...(entries.flat().join('').length > PARAMETER_BYTES_MAX ? [tooLong(field, PARAMETER_BYTES_MAX)] : [])];
}

function classUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameJson(object.parameters ?? {}, old.parameters ?? {})) errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  if (object.provisioner !== old.provisioner) errors.push(forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy) errors.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  return [...errors, ...immutable('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode)];
}
