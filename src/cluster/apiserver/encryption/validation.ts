/** What can be wrong in an EncryptionConfiguration that could be read. */
import { type FieldError, invalid, required } from '../../api/field-error.ts';
import type { EncryptionConfiguration, EncryptionKey, ProviderConfiguration } from './configuration.ts';

const KEY_SIZES = { aescbc: [16, 24, 32], aesgcm: [16, 24, 32], secretbox: [32] };
const UNSTORED = new Set(['apiserveripinfo', 'serviceipallocations', 'servicenodeportallocations']);

/** All that is wrong, in the order of the file. */
export function validateConfiguration({ resources }: EncryptionConfiguration): FieldError[] {
  if (resources.length === 0) return [required('resources', 'at least one resources is required')];
  return resources.flatMap((entry, i) => {
    const names = `resources[${i}].resources`;
    const providers = `resources[${i}].providers`;
    return [
      ...(entry.resources.length === 0 ? [required(names, `at least one ${names} is required`)] : []),
      ...validateOverlap(entry.resources, names),
      ...entry.resources.flatMap((name, j) => validateName(name, `${names}[${j}]`)),
      ...(entry.providers.length === 0 ? [required(providers, `at least one ${providers} is required`)] : []),
      ...entry.providers.flatMap((provider, j) => validateProvider(provider, `${providers}[${j}]`)),
    ];
  });
}

/** Resource and group of `deployments.apps`; the group of `*.` is the core group. */
export function splitGroupResource(text: string): { resource: string; group: string } {
  const dot = text.indexOf('.');
  return dot < 0 ? { resource: text, group: '' } : { resource: text.slice(0, dot), group: text.slice(dot + 1) };
}

function validateOverlap(names: readonly string[], path: string): FieldError[] {
  const parts = names.map(splitGroupResource);
  const hasDuplicate = new Set(names).size < names.length;
  const overlaps = (a: (typeof parts)[number], b: (typeof parts)[number]) =>
    (a.resource === '*' && a.group === '*') || (a.group === b.group && a.resource === '*' && b.resource !== '*');
  const hasOverlap = parts.some((a, i) => parts.some((b, j) => i !== j && overlaps(a, b)));
  return [
    ...(hasDuplicate ? [invalid(path, names, 'the same resource cannot be specified multiple times')] : []),
    ...(hasOverlap ? [invalid(path, names, "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked")] : []),
  ];
}

function validateName(name: string, path: string): FieldError[] {
  const { resource, group } = splitGroupResource(name);
  const why =
    name !== name.toLowerCase() ? 'resource name should not contain capital letters'
    : name === '*' ? "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources"
    : UNSTORED.has(name) ? 'resources which do not have REST API/s cannot be encrypted'
    : group === 'events.k8s.io' ? "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file"
    : group === 'extensions' ? "'extensions' group has been removed and cannot be used for encryption"
    : group === '*' && resource !== '*' ? 'encrypting the same resource across groups is not supported'
    : undefined;
  return why === undefined ? [] : [invalid(path, name, why)];
}

function validateProvider(provider: ProviderConfiguration, path: string): FieldError[] {
  const given = (['kms', 'aesgcm', 'aescbc', 'secretbox', 'identity'] as const).filter((kind) => provider[kind] !== undefined && provider[kind] !== null);
  if (given.length === 0) return [invalid(path, provider, 'provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity')];
  if (given.length > 1) return [invalid(path, given, 'more than one provider specified in a single element, should split into different list elements')];
  const kind = given[0]!;
  if (kind === 'kms') return validateKms(provider.kms ?? {}, `${path}.kms`);
  if (kind === 'identity') return [];
  const keys = provider[kind]?.keys ?? [];
  const keysPath = `${path}.${kind}.keys`;
  if (keys.length === 0) return [required(keysPath, 'at least one keys is required')];
  return keys.flatMap((key, i) => validateKey(key, `${keysPath}[${i}]`, KEY_SIZES[kind]));
}

function validateKey({ name, secret }: Partial<EncryptionKey>, path: string, sizes: readonly number[]): FieldError[] {
  const errors = name ? [] : [required(`${path}.name`, 'name is a mandatory field for a key')];
  if (!secret) return [...errors, required(`${path}.secret`, 'secret is a mandatory field for a key')];
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)) {
    return [...errors, invalid(`${path}.secret`, 'REDACTED', 'secrets must be base64 encoded')];
  }
  const length = Buffer.from(secret, 'base64').length;
  if (sizes.includes(length)) return errors;
  return [...errors, invalid(`${path}.secret`, 'REDACTED', `secret is not of the expected length, got ${length}, expected one of [${sizes.join(' ')}]`)];
}

function validateKms({ name, endpoint, apiVersion }: NonNullable<ProviderConfiguration['kms']>, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${path}.name`, 'name is a mandatory field for a provider'));
  if (!endpoint) errors.push(invalid(`${path}.endpoint`, '', 'endpoint is a mandatory field for a kms'));
  else if (!endpoint.startsWith('unix:')) errors.push(invalid(`${path}.endpoint`, endpoint, `unsupported scheme "${endpoint.split(':')[0]}" for KMS provider, only unix is supported`));
  if (apiVersion !== undefined && apiVersion !== 'v1' && apiVersion !== 'v2') {
    errors.push(invalid(`${path}.apiVersion`, apiVersion, 'unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported'));
  }
  return errors;
}
