/** PersistentVolumes, claims on them, and StorageClasses. */
import { withDefaults, withField } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsSubdomainErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities } from '../quantity.ts';
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../types.ts';
import { immutable, invalidEach, nonNegativeQuantity, oneOfOrNone, sameJson } from '../validation/common.ts';
import { unifiedDiff } from '../validation/pod-spec-diff.ts';
import { nodeSelector } from '../validation/scheduling.ts';
import { ageColumn, column, nameColumn, wideColumn } from './columns.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
const accessModes: Readonly<Record<string, string>> = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };
const accessModeNames = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

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

function claimErrors({ accessModes: modes, resources, storageClassName, volumeMode }: PersistentVolumeClaim['spec']): FieldError[] {
  const storage = resources?.requests?.storage;
  return [
    ...accessModeErrors('spec.accessModes', modes),
    ...(storage === undefined ? [required('spec.resources[storage]')] : positive('spec.resources[storage]', String(storage))),
    ...(storageClassName ? invalidEach('spec.storageClassName', storageClassName, dnsSubdomainErrors(storageClassName)) : []),
    ...oneOfOrNone('spec.volumeMode', volumeMode, ['Block', 'Filesystem']),
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

/** Fields of a volume's spec that are no source. */
const volumeFields = ['accessModes', 'capacity', 'claimRef', 'mountOptions', 'nodeAffinity', 'persistentVolumeReclaimPolicy', 'storageClassName', 'volumeAttributesClassName', 'volumeMode'];

function volumeErrors(spec: PersistentVolume['spec']): FieldError[] {
  const sources = Object.keys(spec).filter((key) => !volumeFields.includes(key));
  const errors = accessModeErrors('spec.accessModes', spec.accessModes);
  if (!spec.capacity || Object.keys(spec.capacity).length === 0) errors.push(required('spec.capacity'));
  else if (spec.capacity.storage === undefined) errors.push(notSupported('spec.capacity', spec.capacity, ['storage']));
  else errors.push(...positive('spec.capacity[storage]', String(spec.capacity.storage)));
  errors.push(...oneOfOrNone('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain']));
  if (spec.nodeAffinity?.required) errors.push(...nodeSelector('spec.nodeAffinity.required', spec.nodeAffinity.required));
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  errors.push(...sources.slice(1).map((source) => forbidden(`spec.${source}`, 'may not specify more than 1 volume type')));
  if (spec.hostPath && !spec.hostPath.path) errors.push(required('spec.hostPath.path'));
  if (spec.local && !spec.nodeAffinity) errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  return [...errors, ...oneOfOrNone('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem'])];
}

function volumeUpdate(spec: PersistentVolume['spec'], old: PersistentVolume['spec']): FieldError[] {
  const source = (value: PersistentVolume['spec']) => Object.fromEntries(Object.entries(value).filter(([key]) => !volumeFields.includes(key)));
  return sameJson(source(spec), source(old)) ? immutable('spec.volumeMode', spec.volumeMode, old.volumeMode) : [forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation')];
}

function accessModeErrors(field: string, modes: readonly string[] | undefined): FieldError[] {
  if (!modes?.length) return [required(field, 'at least 1 access mode is required')];
  const errors = modes.filter((mode) => !accessModeNames.includes(mode)).map((mode) => notSupported(field, mode, accessModeNames));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) errors.push(forbidden(field, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

function positive(field: string, quantity: string): FieldError[] {
  if (compareQuantities(quantity, '0') > 0) return [];
  return compareQuantities(quantity, '0') < 0 ? nonNegativeQuantity(field, quantity) : [invalid(field, canonicalQuantity(quantity), 'must be greater than zero')];
}

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
    ...(object.provisioner ? [] : [required('provisioner')]),
    ...oneOfOrNone('reclaimPolicy', object.reclaimPolicy, ['Delete', 'Retain']),
    ...oneOfOrNone('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
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

function classUpdate(object: StorageClass, old: StorageClass): FieldError[] {
  const errors: FieldError[] = [];
  if (!sameJson(object.parameters ?? {}, old.parameters ?? {})) errors.push(forbidden('parameters', 'updates to parameters are forbidden.'));
  if (object.provisioner !== old.provisioner) errors.push(forbidden('provisioner', 'updates to provisioner are forbidden.'));
  if (object.reclaimPolicy !== old.reclaimPolicy) errors.push(forbidden('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  return [...errors, ...immutable('volumeBindingMode', object.volumeBindingMode, old.volumeBindingMode)];
}
