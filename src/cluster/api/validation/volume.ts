/** Volumes of a Pod. */
import { duplicate, type FieldError, forbidden, required } from '../field-error.ts';
import { dnsLabelErrors } from '../names.ts';
import type { Volume } from '../types.ts';
import { inRange, named, nonNegativeQuantity, oneOfOrNone, present } from './common.ts';
import { localPath } from './container.ts';

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

function details(field: string, volume: Volume): FieldError[] {
  const { hostPath, emptyDir, secret, configMap, persistentVolumeClaim, nfs, projected } = volume;
  const errors: FieldError[] = [];
  if (hostPath) errors.push(...present(`${field}.hostPath.path`, hostPath.path), ...oneOfOrNone(`${field}.hostPath.type`, hostPath.type, hostPathTypes));
  if (emptyDir?.sizeLimit !== undefined) errors.push(...nonNegativeQuantity(`${field}.emptyDir.sizeLimit`, emptyDir.sizeLimit));
  if (secret) errors.push(...present(`${field}.secret.secretName`, secret.secretName), ...mode(`${field}.secret`, secret), ...items(`${field}.secret`, secret.items));
  if (configMap) errors.push(...present(`${field}.configMap.name`, configMap.name), ...mode(`${field}.configMap`, configMap), ...items(`${field}.configMap`, configMap.items));
  if (persistentVolumeClaim) errors.push(...present(`${field}.persistentVolumeClaim.claimName`, persistentVolumeClaim.claimName));
  if (nfs) errors.push(...present(`${field}.nfs.server`, nfs.server), ...present(`${field}.nfs.path`, nfs.path));
  if (projected) errors.push(...mode(`${field}.projected`, projected));
  return errors;
}

function mode(field: string, { defaultMode }: { defaultMode?: number }): FieldError[] {
  return inRange(`${field}.defaultMode`, defaultMode, 0, 0o777).map((error) => ({ ...error, message: `Invalid value: ${defaultMode}: must be a number between 0 and 0777 (octal), both inclusive` }));
}

function items(field: string, list: readonly { key: string; path: string }[] | undefined): FieldError[] {
  return (list ?? []).flatMap(({ key, path }, index) => [
    ...present(`${field}.items[${index}].key`, key),
    ...(path ? localPath(`${field}.items[${index}].path`, path) : [required(`${field}.items[${index}].path`)]),
  ]);
}
