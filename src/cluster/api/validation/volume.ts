/** Volumes of a Pod. */
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { dnsLabelErrors } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import type { Volume } from '../types.ts';
import { inRange, named, oneOfOrNone, present } from './common.ts';
import { localPath } from './container.ts';
import { fieldRef, resourceFieldRef } from './downward.ts';

/** Volumes: one source each, distinct names. */
export function volumes(field: string, list: readonly Volume[]): FieldError[] {
  const names = new Set<string>();
  return list.flatMap((volume, index) => {
    const place = `${field}[${index}]`;
    const errors = [...source(place, volume), ...named(`${place}.name`, volume.name, dnsLabelErrors)];
    if (names.has(volume.name)) errors.push(duplicate(`${place}.name`, volume.name));
    names.add(volume.name);
    return errors;
  });
}

function source(field: string, volume: Volume): FieldError[] {
  const given = Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined).map(([key]) => key);
  if (given.length === 0) return [required(field, 'must specify a volume type')];
  return [
    ...details(field, volume),
    ...given.slice(1).map((key) => forbidden(`${field}.${key}`, 'may not specify more than 1 volume type')),
  ];
}

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** What is wrong with a source itself, whatever else there is. */
export function details(field: string, volume: Volume): FieldError[] {
  const { hostPath, emptyDir, secret, configMap, persistentVolumeClaim, nfs, projected, downwardAPI, csi, ephemeral } = volume;
  const errors: FieldError[] = [];
  if (hostPath) errors.push(...present(`${field}.hostPath.path`, hostPath.path), ...noBacksteps(`${field}.hostPath.path`, hostPath.path), ...oneOfOrNone(`${field}.hostPath.type`, hostPath.type, hostPathTypes));
  if (emptyDir?.sizeLimit !== undefined && compareQuantities(emptyDir.sizeLimit, 0) < 0) errors.push(forbidden(`${field}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'));
  if (secret) errors.push(...present(`${field}.secret.secretName`, secret.secretName), ...mode(`${field}.secret`, secret), ...items(`${field}.secret`, secret.items));
  if (configMap) errors.push(...present(`${field}.configMap.name`, configMap.name), ...mode(`${field}.configMap`, configMap), ...items(`${field}.configMap`, configMap.items));
  if (persistentVolumeClaim) errors.push(...present(`${field}.persistentVolumeClaim.claimName`, persistentVolumeClaim.claimName));
  if (nfs) errors.push(...present(`${field}.nfs.server`, nfs.server), ...present(`${field}.nfs.path`, nfs.path), ...(nfs.path && !nfs.path.startsWith('/') ? [invalid(`${field}.nfs.path`, nfs.path, 'must be an absolute path')] : []));
  if (projected) errors.push(...mode(`${field}.projected`, projected), ...projections(`${field}.projected`, projected.sources ?? []));
  if (downwardAPI) errors.push(...mode(`${field}.downwardAPI`, downwardAPI), ...downwardFiles(`${field}.downwardAPI`, downwardAPI.items ?? []));
  if (csi) errors.push(...present(`${field}.csi.driver`, csi.driver));
  if (ephemeral) errors.push(...claimTemplate(`${field}.ephemeral.volumeClaimTemplate`, ephemeral.volumeClaimTemplate));
  return errors;
}

function mode(field: string, { defaultMode }: { defaultMode?: number }): FieldError[] {
  return inRange(`${field}.defaultMode`, defaultMode, 0, 0o777).map((error) => ({ ...error, message: `Invalid value: ${defaultMode}: ${FILE_MODE}` }));
}

const FILE_MODE = 'must be a number between 0 and 0777 (octal), both inclusive';

type Projection = NonNullable<NonNullable<NonNullable<Volume['projected']>['sources']>[number]>;

/** Sources of one volume: no two may write the same file. */
function projections(field: string, sources: readonly Projection[]): FieldError[] {
  const paths = new Set<string>();
  const conflict = (path: string, name: string) => (paths.has(path) ? [invalid(field, name, 'conflicting duplicate paths')] : (paths.add(path), []));
  return sources.flatMap(({ secret, configMap, downwardAPI, serviceAccountToken: token }, index) => {
    const place = `${field}.sources[${index}]`;
    const keyed = Object.entries({ secret, configMap }).flatMap(([key, source]) => (source ? [
      ...present(`${place}.${key}.name`, source.name), ...items(`${place}.${key}`, source.items), ...(source.items ?? []).flatMap(({ path }) => (path ? conflict(path, source.name ?? '') : [])),
    ] : []));
    const seconds = token?.expirationSeconds;
    return [
      ...keyed, ...downwardFiles(`${place}.downwardAPI`, downwardAPI?.items ?? []),
      ...(seconds !== undefined && seconds < 600 ? [invalid(`${place}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes')] : []),
      ...(seconds !== undefined && seconds > 2 ** 32 ? [invalid(`${place}.serviceAccountToken.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds')] : []),
      ...(token ? present(`${place}.serviceAccountToken.path`, token.path) : []),
    ];
  });
}

/** Upstream leaves the file's index out of these paths. */
function downwardFiles(field: string, list: NonNullable<NonNullable<Volume['downwardAPI']>['items']>): FieldError[] {
  return list.flatMap(({ path, fieldRef: own, resourceFieldRef: resource, mode: bits }) => [
    ...(path ? localPath(`${field}.path`, path) : [required(`${field}.path`)]),
    ...(own ? fieldRef(`${field}.fieldRef`, own.fieldPath, 'file') : resource ? resourceFieldRef(`${field}.resourceFieldRef`, resource, 'file') : [required(field, 'one of fieldRef and resourceFieldRef is required')]),
    ...(own && resource ? [invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously')] : []),
    ...(bits !== undefined && (bits < 0 || bits > 0o777) ? [invalid(`${field}.mode`, bits, FILE_MODE)] : []),
  ]);
}

function claimTemplate(field: string, template: NonNullable<Volume['ephemeral']>['volumeClaimTemplate']): FieldError[] {
  if (!template) return [required(field)];
  const { accessModes, resources } = template.spec ?? {};
  return [
    ...(accessModes?.length ? [] : [required(`${field}.spec.accessModes`, 'at least 1 access mode is required')]),
    ...(resources?.requests?.storage === undefined ? [required(`${field}.spec.resources[storage]`)] : []),
  ];
}

function noBacksteps(field: string, path: string): FieldError[] {
  return path.split('/').includes('..') ? [invalid(field, path, "must not contain '..'")] : [];
}

function items(field: string, list: readonly { key: string; path: string; mode?: number }[] | undefined): FieldError[] {
  return (list ?? []).flatMap(({ key, path, mode: bits }, index) => [
    ...present(`${field}.items[${index}].key`, key),
    ...(path ? localPath(`${field}.items[${index}].path`, path) : [required(`${field}.items[${index}].path`)]),
    ...(bits !== undefined && (bits < 0 || bits > 0o777) ? [invalid(`${field}.items[${index}].mode`, bits, FILE_MODE)] : []),
  ]);
}
