/** What a PersistentVolume may say (ValidatePersistentVolumeSpec), and what may change in it. */
import { type FieldError, forbidden, invalid, notSupported, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import { dnsSubdomainErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities } from '../quantity.ts';
import type { PersistentVolume } from '../types.ts';
import { immutable, invalidEach, named, nullOr, oneOfOrNone, present, sameJson } from './common.ts';
import { unifiedDiff } from './pod-spec-diff.ts';
import { nodeSelector } from './scheduling.ts';
import { details } from './volume.ts';

type Spec = PersistentVolume['spec'];

/** Fields of a volume's spec that are no source. */
const volumeFields = ['accessModes', 'capacity', 'claimRef', 'mountOptions', 'nodeAffinity', 'persistentVolumeReclaimPolicy', 'storageClassName', 'volumeAttributesClassName', 'volumeMode'];
const accessModeNames = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** All that is wrong with a volume by itself. */
export function volumeErrors(spec: Spec): FieldError[] {
  const { accessModes = [], capacity = {}, nodeAffinity, storageClassName, volumeAttributesClassName } = spec;
  const sources = Object.keys(spec).filter((key) => !volumeFields.includes(key));
  const errors = [...(accessModes.length === 0 ? [required('spec.accessModes')] : []), ...accessModeErrors('spec.accessModes', accessModes)];
  if (Object.keys(capacity).length === 0) errors.push(required('spec.capacity'));
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) errors.push(notSupported('spec.capacity', capacity, ['storage']));
  for (const [name, amount] of Object.entries(capacity)) errors.push(...positive(`spec.capacity[${name}]`, String(amount), 'must be a valid resource quantity'));
  errors.push(...oneOfOrNone('spec.persistentVolumeReclaimPolicy', spec.persistentVolumeReclaimPolicy, ['Delete', 'Recycle', 'Retain']));
  if (nodeAffinity) errors.push(...(nodeAffinity.required ? nodeSelector('spec.nodeAffinity.required', nodeAffinity.required) : [required('spec.nodeAffinity.required', 'must specify required node constraints')]));
  errors.push(...sourceErrors(spec));
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  errors.push(...sources.slice(1).map((source) => forbidden(`spec.${source}`, 'may not specify more than 1 volume type')));
  if (/^\/+\.?$/.test(spec.hostPath?.path ?? '') && spec.persistentVolumeReclaimPolicy === 'Recycle') errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  if (storageClassName) errors.push(...invalidEach('spec.storageClassName', storageClassName, dnsSubdomainErrors(storageClassName)));
  errors.push(...nullOr('spec.volumeMode', spec.volumeMode, ['Block', 'Filesystem']));
  if (volumeAttributesClassName === undefined) return errors;
  errors.push(...(volumeAttributesClassName ? invalidEach('spec.volumeAttributesClassName', volumeAttributesClassName, dnsSubdomainErrors(volumeAttributesClassName)) : [required('spec.volumeAttributesClassName', 'an empty string is disallowed')]));
  return spec.csi ? errors : [...errors, required('spec.csi', 'has to be specified when using volumeAttributesClassName')];
}

function sourceErrors({ hostPath, nfs, local, csi, nodeAffinity }: Spec): FieldError[] {
  return [
    ...details('spec', { name: '', hostPath, nfs }),
    ...(local ? [...present('spec.local.path', local.path), ...(local.path.split('/').includes('..') ? [invalid('spec.local.path', local.path, "must not contain '..'")] : [])] : []),
    ...(local && !nodeAffinity ? [required('spec.nodeAffinity', 'Local volume requires node affinity')] : []),
    ...(csi ? [...named('spec.csi.driver', csi.driver, dnsSubdomainErrors), ...present('spec.csi.volumeHandle', csi.volumeHandle)] : []),
  ];
}

/** What may not change in a volume that exists: where it is and how it is read; some of the paths are upstream's own. */
export function volumeUpdate(spec: Spec, old: Spec): FieldError[] {
  const source = (value: Spec) => Object.fromEntries(Object.entries(value).filter(([key]) => !volumeFields.includes(key)));
  const lines = (value: Spec) => JSON.stringify(internalOf('PersistentVolumeSource', source(value)), undefined, 1).split('\n');
  const affinity = spec.nodeAffinity && internalOf('VolumeNodeAffinity', spec.nodeAffinity);
  return [
    ...(sameJson(source(spec), source(old)) ? [] : [forbidden('spec.persistentvolumesource', `spec.persistentvolumesource is immutable after creation\n${unifiedDiff(lines(spec), lines(old))}`)]),
    ...immutable('volumeMode', spec.volumeMode, old.volumeMode),
    ...(old.nodeAffinity && !sameJson(spec.nodeAffinity, old.nodeAffinity) ? [invalid('nodeAffinity', affinity, 'field is immutable')] : []),
    ...(old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined ? [forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')] : []),
  ];
}

/** Known modes; the one of a single Pod goes with no other. */
export function accessModeErrors(field: string, modes: readonly string[]): FieldError[] {
  const errors = modes.filter((mode) => !accessModeNames.includes(mode)).map((mode) => notSupported(field, mode, accessModeNames));
  return modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModeNames.includes(mode)) ? [...errors, forbidden(field, 'may not use ReadWriteOncePod with other access modes')] : errors;
}

/** An amount above zero; `below` is said of one below. */
export function positive(field: string, quantity: string, below?: string): FieldError[] {
  const order = compareQuantities(quantity, '0');
  const messages = [...(order < 0 && below ? [below] : []), ...(order > 0 ? [] : ['must be greater than zero'])];
  return invalidEach(field, canonicalQuantity(quantity), messages);
}
