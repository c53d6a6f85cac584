/** ConfigMaps and Secrets. */
import { withDefaults } from '../defaulting.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from '../field-error.ts';
import { goJsonProblem } from '../go-json.ts';
import type { Kind } from '../kind.ts';
import { configKeyErrors } from '../names.ts';
import type { ConfigMap, KubeObject, Secret } from '../types.ts';
import { immutable, invalidEach, sameJson } from '../validation/common.ts';
import { column, columnsBetween } from './columns.ts';

const SIZE_MAX_BYTES = 1_048_576; // core.MaxSecretSize, for ConfigMaps too
const IMMUTABLE_OBJECT = 'field is immutable when `immutable` is set';

type Data = Readonly<Record<string, string>>;

export const configMap: Kind<ConfigMap> = {
  group: '', version: 'v1', kind: 'ConfigMap', plural: 'configmaps', singular: 'configmap', shortNames: ['cm'], namespaced: true,
  validate: (object, old) => {
    const { data = {}, binaryData = {} } = object;
    const both = Object.keys(data).sort().filter((key) => Object.hasOwn(binaryData, key));
    return [
      ...keys('data', data),
      ...both.map((key) => invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')),
      ...keys('binaryData', binaryData),
      ...(textBytes(data) + decodedBytes(binaryData) > SIZE_MAX_BYTES ? [tooLong('', SIZE_MAX_BYTES)] : []),
      ...frozen(object, old, ['data', 'binaryData']),
    ];
  },
  columns: columnsBetween<ConfigMap>(column('Data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length)),
};

export const secret: Kind<Secret> = {
  group: '', version: 'v1', kind: 'Secret', plural: 'secrets', singular: 'secret', shortNames: [], namespaced: true,
  fields: { type: ({ type }) => type ?? '' },
  defaults: (object) => withDefaults(withStringData(object), { type: 'Opaque' }),
  validate: (object, old) => [
    ...keys('data', object.data ?? {}),
    ...(decodedBytes(object.data ?? {}) > SIZE_MAX_BYTES ? [tooLong('data', SIZE_MAX_BYTES)] : []),
    ...byType(object),
    ...(old ? immutable('type', object.type, old.type) : []),
    ...frozen(object, old, ['data']),
  ],
  columns: columnsBetween<Secret>(column('Type', ({ type }) => type ?? ''), column('Data', ({ data }) => Object.keys(data ?? {}).length)),
};

/** `stringData` is only for writing: it wins over `data`, and is never stored. */
function withStringData(object: Secret): Secret {
  const { stringData, ...rest } = object;
  if (!stringData) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')] as const);
  return { ...rest, data: { ...object.data, ...Object.fromEntries(encoded) } };
}

function keys(field: string, data: Data): FieldError[] {
  return Object.keys(data).sort().flatMap((key) => invalidEach(`${field}[${key}]`, key, configKeyErrors(key)));
}

function textBytes(data: Data): number {
  return Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0);
}

function decodedBytes(data: Data): number {
  return Object.values(data).reduce((sum, value) => sum + Math.floor((value.replace(/=+$/, '').length * 3) / 4), 0);
}

const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

function byType({ type, data = {}, metadata }: Secret): FieldError[] {
  const needs = (...wanted: string[]) => wanted.filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
  switch (type) {
    case 'kubernetes.io/service-account-token': return metadata.annotations?.[SERVICE_ACCOUNT_NAME] ? [] : [required(`metadata.annotations[${SERVICE_ACCOUNT_NAME}]`)];
    case 'kubernetes.io/dockercfg': return dockerConfig('.dockercfg', data);
    case 'kubernetes.io/dockerconfigjson': return dockerConfig('.dockerconfigjson', data);
    case 'kubernetes.io/basic-auth': return 'username' in data || 'password' in data ? [] : [required('data[username]'), required('data[password]')];
    case 'kubernetes.io/ssh-auth': return data['ssh-privatekey'] ? [] : [required('data[ssh-privatekey]')];
    case 'kubernetes.io/tls': return needs('tls.crt', 'tls.key');
    default: return [];
  }
}

function dockerConfig(key: string, data: Data): FieldError[] {
  const text = data[key];
  if (text === undefined) return [required(`data[${key}]`)];
  const json = Buffer.from(text, 'base64').toString();
  try {
    JSON.parse(json);
    return [];
  } catch {
    return [invalid(`data[${key}]`, '<secret contents redacted>', goJsonProblem(json))];
  }
}

/** What may no longer change once `immutable` is set, that flag included. */
function frozen<T extends KubeObject & { immutable?: boolean }>(object: T, old: T | undefined, fields: readonly (keyof T & string)[]): FieldError[] {
  if (!old?.immutable) return [];
  const errors: FieldError[] = object.immutable ? [] : [forbidden('immutable', IMMUTABLE_OBJECT)];
  return [...errors, ...fields.filter((field) => !sameJson(object[field] ?? {}, old[field] ?? {})).map((field) => forbidden(field, IMMUTABLE_OBJECT))];
}
