/** Devices for Pods (resource.k8s.io): what drivers offer, classes of it, and claims on it. */
import { mapped, withDefaults, withField } from '../defaulting.ts';
import { selectorProblem } from '../device-cel.ts';
import type { DeviceClaim, DeviceClass, DeviceDemand, DeviceRequest, DeviceSelector, ResourceClaim, ResourceClaimTemplate, ResourceSlice } from '../device-types.ts';
import { duplicate, type FieldError, invalid, notFound, notSupported, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../names.ts';
import { RESERVED_FOR_MAX } from '../device-claims.ts';
import { distinctNames, duplicates, immutable, named, present } from '../validation/common.ts';
import { column, columnsBetween } from './columns.ts';

const group = 'resource.k8s.io';
const MODES = ['All', 'ExactCount'];
const DEVICES_MAX = 128; // resource/v1: ResourceSliceMaxDevices
const REQUESTS_MAX = 32; // resource/v1: DeviceRequestsMaxSize

export const deviceClass: Kind<DeviceClass> = {
  group, version: 'v1', kind: 'DeviceClass', plural: 'deviceclasses', singular: 'deviceclass', shortNames: [], namespaced: false, etcdPrefix: 'deviceclasses',
  validate: ({ spec }) => selectorErrors('spec.selectors', spec.selectors),
  columns: columnsBetween<DeviceClass>(),
};

export const resourceClaim: Kind<ResourceClaim> = {
  group, version: 'v1', kind: 'ResourceClaim', plural: 'resourceclaims', singular: 'resourceclaim', shortNames: [], namespaced: true, hasStatus: true, hasGeneration: false, type: 'resource.v1.ResourceClaim', etcdPrefix: 'resourceclaims',
  defaults: (object) => withField(object, 'spec', claimDefaults(object.spec)),
  prepare: (object, old) => (old ? object : withField(object, 'status', {})),
  validate: (object, old) => [...(old ? immutable('spec', object.spec, old.spec) : claimErrors('spec.devices', object.spec.devices ?? {})), ...statusErrors(object, old)],
  columns: columnsBetween<ResourceClaim>(column('State', ({ metadata, status }) => [
    ...(metadata.deletionTimestamp ? ['deleted'] : []), status?.allocation ? 'allocated' : 'pending', ...(status?.reservedFor?.length ? ['reserved'] : []),
  ].join(','))),
};

export const resourceClaimTemplate: Kind<ResourceClaimTemplate> = {
  group, version: 'v1', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', singular: 'resourceclaimtemplate', shortNames: [], namespaced: true, hasGeneration: false, etcdPrefix: 'resourceclaimtemplates',
  defaults: (object) => withField(object, 'spec', withField(object.spec, 'spec', claimDefaults(object.spec.spec))),
  validate: ({ spec }, old) => (old ? immutable('spec', spec, old.spec) : claimErrors('spec.spec.devices', spec.spec.devices ?? {})),
  columns: columnsBetween<ResourceClaimTemplate>(),
};

export const resourceSlice: Kind<ResourceSlice> = {
  group, version: 'v1', kind: 'ResourceSlice', plural: 'resourceslices', singular: 'resourceslice', shortNames: [], namespaced: false, etcdPrefix: 'resourceslices',
  fields: { 'spec.nodeName': ({ spec }) => spec.nodeName ?? '', 'spec.driver': ({ spec }) => spec.driver },
  validate: ({ spec }, old) => [
    ...named('spec.driver', spec.driver, dnsSubdomainErrors), ...present('spec.pool.name', spec.pool.name),
    ...(spec.pool.resourceSliceCount > 0 ? [] : [invalid('spec.pool.resourceSliceCount', spec.pool.resourceSliceCount, 'must be greater than zero')]),
    ...(spec.nodeName || spec.allNodes || spec.nodeSelector ? [] : [required('spec', 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required')]),
    ...((spec.devices?.length ?? 0) > DEVICES_MAX ? [tooMany('spec.devices', spec.devices!.length, DEVICES_MAX)] : []),
    ...distinctNames('spec.devices', spec.devices ?? []), ...(spec.devices ?? []).flatMap(({ name }, index) => named(`spec.devices[${index}].name`, name, dnsLabelErrors)),
    ...(old ? [...immutable('spec.driver', spec.driver, old.spec.driver), ...immutable('spec.pool.name', spec.pool.name, old.spec.pool.name), ...immutable('spec.nodeName', spec.nodeName, old.spec.nodeName)] : []),
  ],
  columns: columnsBetween<ResourceSlice>(column('Node', ({ spec }) => spec.nodeName ?? '<unset>'), column('Driver', ({ spec }) => spec.driver), column('Pool', ({ spec }) => spec.pool.name)),
};

function claimDefaults<T extends { devices?: DeviceClaim }>(spec: T): T {
  if (!spec?.devices?.requests) return spec;
  const filled = <D extends DeviceDemand>(demand: D): D => {
    const withMode = demand.allocationMode ? demand : { ...demand, allocationMode: 'ExactCount' };
    return withMode.allocationMode === 'ExactCount' && withMode.count === undefined ? { ...withMode, count: 1 } : withMode;
  };
  const requests = mapped(spec.devices.requests, (request) => {
    const exact = request.exactly ? withField(request, 'exactly', filled(request.exactly)) : request;
    return exact.firstAvailable ? withField(exact, 'firstAvailable', mapped(exact.firstAvailable, filled)) : exact;
  });
  return withField(spec, 'devices', withDefaults(withField(spec.devices, 'requests', requests), {}));
}

function claimErrors(field: string, { requests = [], constraints = [] }: DeviceClaim): FieldError[] {
  const names = new Set(requests.flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]));
  return [
    ...(requests.length > REQUESTS_MAX ? [tooMany(`${field}.requests`, requests.length, REQUESTS_MAX)] : []),
    ...requests.flatMap((request, index) => requestErrors(`${field}.requests[${index}]`, request)), ...distinctNames(`${field}.requests`, requests),
    ...constraints.flatMap(({ requests: of = [], matchAttribute, distinctAttribute }, index) => {
      const place = `${field}.constraints[${index}]`;
      const attribute = matchAttribute ?? distinctAttribute;
      const wrong = attribute === undefined ? [required(`${place}.matchAttribute`)] : attribute.includes('/') ? [] : [invalid(`${place}.matchAttribute`, attribute, 'must include a domain')];
      return [...of.flatMap((name, at) => (names.has(name) ? [] : [invalid(`${place}.requests[${at}]`, name, 'must be the name of a request in the claim or the name of a request and a subrequest separated by \'/\'')])), ...wrong];
    }),
  ];
}

function requestErrors(field: string, { name, exactly, firstAvailable }: DeviceRequest): FieldError[] {
  const errors = named(`${field}.name`, name, dnsLabelErrors);
  if (exactly && firstAvailable?.length) errors.push(invalid(field, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set'));
  if (!exactly && !firstAvailable?.length) errors.push(required(field, 'exactly one of `exactly` or `firstAvailable` is required'));
  if (exactly) errors.push(...demandErrors(`${field}.exactly`, exactly));
  for (const [index, sub] of (firstAvailable ?? []).entries()) errors.push(...named(`${field}.firstAvailable[${index}].name`, sub.name, dnsLabelErrors), ...demandErrors(`${field}.firstAvailable[${index}]`, sub));
  return [...errors, ...distinctNames(`${field}.firstAvailable`, firstAvailable ?? [])];
}

function demandErrors(field: string, { deviceClassName, selectors, allocationMode, count }: DeviceDemand): FieldError[] {
  const errors = [...named(`${field}.deviceClassName`, deviceClassName, dnsSubdomainErrors), ...selectorErrors(`${field}.selectors`, selectors)];
  if (allocationMode === 'All' && count) errors.push(invalid(`${field}.count`, count, `must not be specified when allocationMode is 'All'`));
  else if (allocationMode === 'ExactCount' && (count ?? 1) <= 0) errors.push(invalid(`${field}.count`, count, 'must be greater than zero'));
  else if (!MODES.includes(allocationMode ?? '')) errors.push(notSupported(`${field}.allocationMode`, allocationMode ?? '', MODES));
  return errors;
}

function selectorErrors(field: string, selectors: readonly DeviceSelector[] = []): FieldError[] {
  return selectors.flatMap(({ cel }, index) => {
    if (!cel) return [required(`${field}[${index}].cel`)];
    if (!cel.expression) return [required(`${field}[${index}].cel.expression`)];
    const problem = selectorProblem(cel.expression);
    return problem === undefined ? [] : [invalid(`${field}[${index}].cel.expression`, cel.expression, `compilation failed: ${problem}`)];
  });
}

function statusErrors({ spec, metadata, status }: ResourceClaim, old: ResourceClaim | undefined): FieldError[] {
  const { allocation, reservedFor = [] } = status ?? {};
  const errors: FieldError[] = [];
  if (reservedFor.length > 0 && !allocation) errors.push({ field: 'status.reservedFor', reason: 'FieldValueForbidden', message: 'Forbidden: may not be specified when `allocated` is not set' });
  if (reservedFor.length > RESERVED_FOR_MAX) errors.push(tooMany('status.reservedFor', reservedFor.length, RESERVED_FOR_MAX));
  errors.push(...duplicates(reservedFor, ({ uid }) => uid, ({ uid }, index) => duplicate(`status.reservedFor[${index}].uid`, uid)));
  if (metadata.deletionTimestamp && reservedFor.length > (old?.status?.reservedFor?.length ?? 0)) errors.push({ field: 'status.reservedFor', reason: 'FieldValueForbidden', message: 'Forbidden: new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set' });
  if (allocation && old?.status?.allocation) errors.push(...immutable('status.allocation', allocation, old.status.allocation));
  const names = new Set((spec.devices?.requests ?? []).flatMap(({ name, firstAvailable = [] }) => [name, ...firstAvailable.map((sub) => `${name}/${sub.name}`)]));
  return [...errors, ...(old?.status?.allocation ? [] : (allocation?.devices?.results ?? []).flatMap(({ request }, index) => (names.has(request) ? [] : [notFound(`status.allocation.devices.results[${index}].request`, request)])))];
}

function tooMany(field: string, count: number, max: number): FieldError {
  return { field, reason: 'FieldValueTooMany', message: `Too many: ${count}: must have at most ${max} items` };
}
