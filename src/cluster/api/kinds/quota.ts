/** ResourceQuotas and LimitRanges: what a namespace may use. */
import { mapped, withField } from '../defaulting.ts';
import { duplicate, type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { labelKeyErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities, parseQuantity, roundedUpToMilli } from '../quantity.ts';
import type { LimitRange, ResourceQuota } from '../types.ts';
import { duplicates, immutable, invalidEach, nonNegativeQuantity } from '../validation/common.ts';
import { column, columnsBetween } from './columns.ts';

type List = Readonly<Record<string, string>>;

export const resourceQuota: Kind<ResourceQuota> = {
  group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', singular: 'resourcequota', shortNames: ['quota'], namespaced: true,
  hasStatus: true, hasGeneration: false,
  defaults: (object) => withField(object, 'spec', withField(object.spec ?? {}, 'hard', object.spec?.hard && rounded(object.spec.hard))),
  prepare: (object, old) => (old ? object : { ...object, status: {} }),
  validate: ({ spec }, old) => (old && old.spec === spec ? [] : [...quotaErrors('spec.hard', spec.hard ?? {}), ...scopeErrors(spec), ...(old ? immutable('spec.scopes', [...(spec.scopes ?? [])].sort(), [...(old.spec.scopes ?? [])].sort()) : [])]),
  columns: columnsBetween<ResourceQuota>(
    column('Request', (object) => usage(object, (name) => !name.includes('limits'))),
    column('Limit', (object) => usage(object, (name) => name.includes('limits'))),
  ),
};

/** `pods: 3/10, requests.cpu: 500m/2`, sorted by name. */
function usage({ status }: ResourceQuota, shown: (name: string) => boolean): string {
  return Object.keys(status.hard ?? {}).filter(shown).sort().map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name]}`).join(', ');
}

const podResources = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
/** What may be counted within a scope. */
const scoped: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ['pods'], NotBestEffort: podResources, Terminating: podResources, NotTerminating: podResources, PriorityClass: podResources, CrossNamespacePodAffinity: podResources,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
};
const exclusive = [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']];

function scopeErrors({ scopes = [], hard = {} }: ResourceQuota['spec']): FieldError[] {
  const wrong = (message: string) => invalid('spec.scopes', scopes, message);
  const each = scopes.flatMap((scope) => {
    const fitting = scoped[scope];
    if (!fitting) return [wrong('unsupported scope')];
    return Object.keys(hard).filter((name) => quotaResources.includes(name) && !fitting.includes(name)).map(() => wrong('unsupported scope applied to resource'));
  });
  return [...each, ...exclusive.filter((pair) => pair.every((scope) => scopes.includes(scope))).map(() => wrong('conflicting scopes'))];
}

const quotaResources = ['cpu', 'memory', 'ephemeral-storage', 'requests.cpu', 'requests.memory', 'requests.storage', 'requests.ephemeral-storage', 'limits.cpu', 'limits.memory', 'limits.ephemeral-storage',
  'pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers'];
const counted = ['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'persistentvolumeclaims', 'configmaps', 'services.nodeports', 'services.loadbalancers'];

function quotaErrors(field: string, hard: List): FieldError[] {
  return Object.entries(hard).sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([name, quantity]) => {
    const place = `${field}[${name}]`;
    const errors = invalidEach(place, name, labelKeyErrors(name));
    const known = name.includes('/') || quotaResources.includes(name) || /^(requests\.)?hugepages-/.test(name) || name.includes('.storageclass.storage.k8s.io/');
    if (errors.length === 0 && !known) errors.push(invalid(place, name, 'must be a standard resource type or fully qualified'), invalid(place, name, 'must be a standard resource for quota'));
    const whole = parseQuantity(quantity).nano % 1_000_000_000n === 0n;
    return [...errors, ...nonNegativeQuantity(place, quantity), ...(counted.includes(name) && !whole ? [invalid(place, canonicalQuantity(quantity), 'must be an integer')] : [])];
  });
}

function rounded(list: List): Record<string, string> {
  const entries = Object.entries(list).map(([name, quantity]) => [name, roundedUpToMilli(quantity)] as const);
  return entries.every(([name, quantity]) => list[name] === quantity) ? list : Object.fromEntries(entries);
}

type Item = LimitRange['spec']['limits'][number];

/** LimitRanges have no printer of their own: the registry shows Name and Created At. */
export const limitRange: Kind<LimitRange> = {
  group: '', version: 'v1', kind: 'LimitRange', plural: 'limitranges', singular: 'limitrange', shortNames: ['limits'], namespaced: true, hasGeneration: false,
  defaults: (object) => withField(object, 'spec', withField(object.spec ?? { limits: [] }, 'limits', mapped(object.spec?.limits ?? [], itemWithDefaults))),
  validate: ({ spec }, old) => (old && old.spec === spec ? [] : [
    ...duplicates(spec.limits, ({ type }) => type, ({ type }, index) => duplicate(`spec.limits[${index}].type`, type)),
    ...spec.limits.flatMap((item, index) => itemErrors(`spec.limits[${index}]`, item)),
  ]),
};

/** For containers: no default limit means the maximum, no default request the default limit, else the minimum. */
function itemWithDefaults(item: Item): Item {
  if (item.type !== 'Container') return item;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  const result = Object.keys(limits).length === 0 ? item : withField(item, 'default', sameList(limits, item.default));
  return Object.keys(requests).length === 0 ? result : withField(result, 'defaultRequest', sameList(requests, item.defaultRequest));
}

function sameList(list: Record<string, string>, old: Record<string, string> | undefined): Record<string, string> {
  return old && Object.keys(old).length === Object.keys(list).length ? old : list;
}

function itemErrors(field: string, item: Item): FieldError[] {
  const errors = limitType(`${field}.type`, item.type ?? '');
  if (item.type === 'Pod') {
    if (Object.keys(item.default ?? {}).length > 0) errors.push({ field: `${field}.default`, reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified when `type` is \'Pod\'' });
    if (Object.keys(item.defaultRequest ?? {}).length > 0) errors.push({ field: `${field}.defaultRequest`, reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified when `type` is \'Pod\'' });
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage) errors.push(required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided'));
  const names = [...new Set([item.max, item.min, item.default, item.defaultRequest].flatMap((list) => Object.keys(list ?? {})))].sort();
  const ratios = Object.entries(item.maxLimitRequestRatio ?? {}).filter(([, ratio]) => compareQuantities(ratio, 1) < 0).map(([name, ratio]) => invalid(`${field}.maxLimitRequestRatio[${name}]`, canonicalQuantity(ratio), `ratio ${canonicalQuantity(ratio)} is less than 1`));
  return [...errors, ...names.flatMap((name) => ordered(field, item, name)), ...ratios];
}

function limitType(field: string, type: string): FieldError[] {
  const malformed = labelKeyErrors(type);
  if (malformed.length > 0) return invalidEach(field, type, malformed);
  return type.includes('/') || ['Container', 'PersistentVolumeClaim', 'Pod'].includes(type) ? [] : [invalid(field, type, 'must be a standard limit type or fully qualified')];
}

/** min ≤ defaultRequest ≤ default ≤ max, as far as they are there. */
function ordered(field: string, item: Item, name: string): FieldError[] {
  const [min, request, limit, max] = [item.min?.[name], item.defaultRequest?.[name], item.default?.[name], item.max?.[name]];
  const errors: FieldError[] = [];
  const check = (low: string | undefined, high: string | undefined, lowName: string, highName: string, at: string) => {
    if (low !== undefined && high !== undefined && compareQuantities(low, high) > 0) {
      const [shown, message] = at === 'default' && lowName === 'min' ? [limit, `min value ${low} is greater than default value ${high}`] : [low, `${lowName} value ${low} is greater than ${highName} value ${high}`];
      errors.push(invalid(`${field}.${at}[${name}]`, shown, message));
    }
  };
  check(min, max, 'min', 'max', 'min');
  check(min, request, 'min', 'default request', 'defaultRequest');
  check(request, max, 'default request', 'max', 'defaultRequest');
  check(request, limit, 'default request', 'default limit', 'defaultRequest');
  check(min, limit, 'min', 'default', 'default');
  check(limit, max, 'default', 'max', 'default');
  return errors;
}

