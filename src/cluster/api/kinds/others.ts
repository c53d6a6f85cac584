/** Kinds that are stored and shown, and of which little more is known here: a row each. */
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import { changed, withField } from '../defaulting.ts';
import { type FieldError, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsLabelErrors } from '../names.ts';
import type { KubeObject, PodTemplate, RuntimeClass } from '../types.ts';
import { immutable, named } from '../validation/common.ts';
import { podTemplate as templateErrors } from '../validation/template.ts';
import { column, columnsBetween, templateColumns } from './columns.ts';
import { erase } from './erase.ts';

export const runtimeClass: Kind<RuntimeClass> = {
  group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', plural: 'runtimeclasses', singular: 'runtimeclass', shortNames: [], namespaced: false, etcdPrefix: 'runtimeclasses',
  validate: (object, old) => [...named('handler', object.handler, dnsLabelErrors), ...(old ? immutable('handler', object.handler, old.handler) : [])],
  columns: columnsBetween<RuntimeClass>(column('Handler', ({ handler }) => handler)),
};

export const podTemplate: Kind<PodTemplate> = {
  group: '', version: 'v1', kind: 'PodTemplate', plural: 'podtemplates', singular: 'podtemplate', shortNames: [], namespaced: true, hasGeneration: false,
  defaults: (object) => withField(object, 'template', changed(object.template, templateWithDefaults)),
  validate: ({ template }): FieldError[] => (template ? templateErrors('template', template) : [required('template')]),
  columns: columnsBetween<PodTemplate>(...templateColumns<PodTemplate>(({ template }) => template).map((each) => ({ ...each, priority: 0 as const }))),
};

/** A value inside an object of a kind without a type of its own here; `<unset>` when it is not there. */
function at(path: string): (object: KubeObject) => string {
  return (object) => {
    const value = path.split('.').reduce((inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), object);
    if (value === undefined || value === null || typeof value === 'object') return '<unset>';
    return String(value);
  };
}

function countAt(path: string): (object: KubeObject) => number {
  return (object) => {
    const value = path.split('.').reduce((inner: unknown, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), object);
    return Array.isArray(value) ? value.length : 0;
  };
}

interface Row { group: string; kind: string; plural: string; scope?: 'namespaced'; shortNames?: string[]; categories?: string[]; status?: true; type?: string; columns?: Kind['columns'] }

const rows: readonly Row[] = [
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'FlowSchema', plural: 'flowschemas', status: true },
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'PriorityLevelConfiguration', plural: 'prioritylevelconfigurations', status: true },
  { group: 'networking.k8s.io', kind: 'IPAddress', plural: 'ipaddresses', shortNames: ['ip'], columns: [...columnsBetween(column('ParentRef', parentRef))] },
  { group: 'networking.k8s.io', kind: 'ServiceCIDR', plural: 'servicecidrs', status: true, columns: columnsBetween(column('CIDRs', cidrs)) },
  { group: 'resource.k8s.io', kind: 'DeviceClass', plural: 'deviceclasses', columns: columnsBetween() },
  { group: 'resource.k8s.io', kind: 'ResourceClaim', plural: 'resourceclaims', scope: 'namespaced', status: true, type: 'resource.v1.ResourceClaim', columns: columnsBetween(column('State', claimState)) },
  { group: 'resource.k8s.io', kind: 'ResourceClaimTemplate', plural: 'resourceclaimtemplates', scope: 'namespaced', columns: columnsBetween() },
  { group: 'resource.k8s.io', kind: 'ResourceSlice', plural: 'resourceslices', columns: columnsBetween(column('Node', at('spec.nodeName')), column('Driver', at('spec.driver')), column('Pool', at('spec.pool.name'))) },
  { group: 'storage.k8s.io', kind: 'CSIDriver', plural: 'csidrivers' },
  { group: 'storage.k8s.io', kind: 'CSINode', plural: 'csinodes', columns: columnsBetween(column('Drivers', countAt('spec.drivers'))) },
  { group: 'storage.k8s.io', kind: 'CSIStorageCapacity', plural: 'csistoragecapacities', scope: 'namespaced', columns: columnsBetween(column('StorageClassName', at('storageClassName')), column('Capacity', at('capacity'))) },
  { group: 'storage.k8s.io', kind: 'VolumeAttachment', plural: 'volumeattachments', status: true, columns: columnsBetween(column('Attacher', at('spec.attacher')), column('PV', at('spec.source.persistentVolumeName')), column('Node', at('spec.nodeName')), column('Attached', attached)) },
  { group: 'storage.k8s.io', kind: 'VolumeAttributesClass', plural: 'volumeattributesclasses', shortNames: ['vac'], columns: columnsBetween(column('DriverName', at('driverName'))) },
];

function parentRef(object: KubeObject): string {
  const parts = ['resource', 'namespace', 'name'].map((key) => at(`spec.parentRef.${key}`)(object));
  return parts.filter((part) => part !== '<unset>').join('/');
}

function cidrs({ spec }: KubeObject): string {
  const list: unknown = typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'cidrs') : undefined;
  return Array.isArray(list) ? list.join(',') : '';
}

function claimState(object: KubeObject): string {
  const states = [
    ...(object.metadata.deletionTimestamp ? ['deleted'] : []),
    ...(isObject(object.status) && Reflect.get(object.status, 'allocation') ? ['allocated'] : ['pending']),
    ...(countAt('status.reservedFor')(object) > 0 ? ['reserved'] : []),
  ];
  return states.join(',');
}

function attached({ status }: KubeObject): boolean {
  return isObject(status) && Reflect.get(status, 'attached') === true;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** The rows as kinds. */
export const otherKinds: readonly Kind[] = rows.map(({ group, kind, plural, scope, shortNames = [], categories, status, type, columns }) => erase({
  group, version: 'v1', kind, plural, singular: kind.toLowerCase(), shortNames, categories, namespaced: scope === 'namespaced', etcdPrefix: plural,
  ...(status ? { hasStatus: true } : {}), ...(type ? { type } : {}), ...(columns ? { columns } : {}),
}));
