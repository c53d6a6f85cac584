/** ResourceQuotas and LimitRanges: what a namespace may use. */
import { mapped, withField } from '../defaulting.ts';
import { duplicate, type FieldError, forbidden, invalid, required } from '../field-error.ts';
import { internalOf } from '../internal-form.ts';
import type { Kind } from '../kind.ts';
import { labelKeyErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities, parseQuantity, roundedUpToMilli } from '../quantity.ts';
import type { LimitRange, ResourceQuota } from '../types.ts';
import { duplicates, IMMUTABLE, invalidEach, nonNegativeQuantity, sameJson } from '../validation/common.ts';
import { mayOvercommit, resourceName, standardName } from '../validation/resources.ts';
import { column, columnsBetween } from './columns.ts';

type List = Readonly<Record<string, string>>;

export const resourceQuota: Kind<ResourceQuota> = {
  group: '', version: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', singular: 'resourcequota', shortNames: ['quota'], namespaced: true,
  hasStatus: true, hasGeneration: false,
  defaults: (object) => withField(object, 'spec', withField(object.spec ?? {}, 'hard', object.spec?.hard && rounded(object.spec.hard))),
  prepare: (object, old) => (old ? object : { ...object, status: {} }),
  validate: ({ spec }, old) => (old && old.spec === spec ? [] : [...quotaErrors('spec.hard', spec.hard ?? {}), ...allScopeErrors(spec), ...(old && !sameJson([...(spec.scopes ?? [])].sort(), [...(old.spec.scopes ?? [])].sort()) ? [invalid('spec.scopes', spec.scopes, IMMUTABLE)] : [])]),
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

/** Legal scopes, on what they can count; how an error is shown is the caller's. */
function scopeErrors(names: readonly string[], hard: List, unknown: (scope: string) => FieldError, wrong: (message: string) => FieldError): FieldError[] {
  return names.flatMap((scope) => {
    const fitting = scoped[scope];
    return fitting ? Object.keys(hard).filter((name) => quotaResources.includes(name) && !fitting.includes(name)).map(() => wrong('unsupported scope applied to resource')) : [unknown(scope)];
  });
}

function conflicts(names: readonly string[]): boolean[] {
  return exclusive.map((pair) => pair.every((scope) => names.includes(scope))).filter(Boolean);
}

const IN_OR_NOT = ['In', 'NotIn'];
const EXISTS_OR_NOT = ['Exists', 'DoesNotExist'];

/** `spec.scopes` and `spec.scopeSelector`; upstream leaves the expression's index out of the paths. */
function allScopeErrors({ scopes, hard = {}, scopeSelector }: ResourceQuota['spec']): FieldError[] {
  const listed = (message: string) => invalid('spec.scopes', scopes, message);
  const errors = [...scopeErrors(scopes ?? [], hard, () => listed('unsupported scope'), listed), ...conflicts(scopes ?? []).map(() => listed('conflicting scopes'))];
  const field = 'spec.scopeSelector.matchExpressions';
  const expressions = scopeSelector?.matchExpressions ?? [];
  for (const { scopeName, operator, values = [] } of expressions) {
    errors.push(...scopeErrors([scopeName], hard, (scope) => invalid(`${field}.scopeName`, scope, 'unsupported scope'), (message) => invalid(field, internalOf('ScopeSelector', scopeSelector!), message)));
    if (operator !== 'Exists' && scoped[scopeName] && !scopeName.endsWith('Class')) errors.push(invalid(`${field}.operator`, operator ?? '', EXISTS_ONLY));
    if (IN_OR_NOT.includes(operator)) errors.push(...(values.length === 0 ? [required(`${field}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector")] : []));
    else if (EXISTS_OR_NOT.includes(operator)) errors.push(...(values.length > 0 ? [invalid(`${field}.values`, values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector")] : []));
    else errors.push(invalid(`${field}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  return [...errors, ...conflicts(expressions.map(({ scopeName }) => scopeName)).map(() => invalid(field, scopes, 'conflicting scopes'))];
}

const EXISTS_ONLY = "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

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
  const isPod = item.type === 'Pod';
  const nameErrors = isPod || item.type === 'Container' ? resourceName : standardName;
  const named = (...lists: (keyof Item)[]) => lists.flatMap((list) => Object.keys(item[list] ?? {}).sort().flatMap((name) => nameErrors(`${field}.${list}[${name}]`, name)));
  const defaults = ['default', 'defaultRequest'] as const;
  const names = [...new Set([item.max, item.min, ...(isPod ? [] : [item.default, item.defaultRequest]), item.maxLimitRequestRatio].flatMap((list) => Object.keys(list ?? {})))].sort();
  return [
    ...limitType(`${field}.type`, item.type ?? ''), ...named('max', 'min'),
    ...(isPod ? defaults.filter((list) => Object.keys(item[list] ?? {}).length > 0).map((list) => forbidden(`${field}.${list}`, "may not be specified when `type` is 'Pod'")) : named(...defaults)),
    ...(item.type === 'PersistentVolumeClaim' && !item.min?.storage && !item.max?.storage ? [required(`${field}.limits`, 'either minimum or maximum storage value is required, but neither was provided')] : []),
    ...named('maxLimitRequestRatio'),
    ...names.flatMap((name) => [...ordered(field, item, name), ...ratioErrors(`${field}.maxLimitRequestRatio[${name}]`, item, name)]),
  ];
}

/** A ratio is at least one, and no more than the bounds leave room for. */
function ratioErrors(field: string, { maxLimitRequestRatio, min, max }: Item, name: string): FieldError[] {
  const ratio = maxLimitRequestRatio?.[name];
  if (ratio === undefined) return [];
  const shown = canonicalQuantity(ratio);
  const errors = compareQuantities(ratio, 1) < 0 ? [invalid(field, shown, `ratio ${shown} is less than 1`)] : [];
  const [low, high] = [min?.[name], max?.[name]];
  if (low === undefined || high === undefined) return errors;
  const room = Number(parseQuantity(high).nano) / Number(parseQuantity(low).nano);
  return Number(parseQuantity(ratio).nano) / 1e9 > room ? [...errors, invalid(field, shown, `ratio ${shown} is greater than max/min = ${room.toFixed(6)}`)] : errors;
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
  if (!mayOvercommit(name) && request !== undefined && limit !== undefined && compareQuantities(request, limit) !== 0) errors.push(invalid(`${field}.defaultRequest[${name}]`, request, `default value ${limit} must equal to defaultRequest value ${request} in ${name}`));
  return errors;
}

