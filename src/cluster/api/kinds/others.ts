/** Kinds that are stored and shown, and of which little more is known here: a row each. */
import { templateWithDefaults } from '../pod-spec-defaults.ts';
import { changed, withField } from '../defaulting.ts';
import { type FieldError, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import { dnsLabelErrors, labelErrors } from '../names.ts';
import type { KubeObject, PodTemplate, RuntimeClass } from '../types.ts';
import { immutable, named } from '../validation/common.ts';
import { resourceRequirements } from '../validation/resources.ts';
import { tolerations } from '../validation/scheduling.ts';
import { podTemplate as templateErrors } from '../validation/template.ts';
import { column, columnsBetween, templateColumns } from './columns.ts';
import { erase } from './erase.ts';

export const runtimeClass: Kind<RuntimeClass> = {
  group: 'node.k8s.io', version: 'v1', kind: 'RuntimeClass', plural: 'runtimeclasses', singular: 'runtimeclass', shortNames: [], namespaced: false, etcdPrefix: 'runtimeclasses',
  validate: (object, old) => (old ? immutable('handler', object.handler, old.handler) : [
    ...named('handler', object.handler, dnsLabelErrors), ...(object.overhead ? resourceRequirements('overhead', { limits: object.overhead.podFixed }) : []),
    ...labelErrors('scheduling.nodeSelector', object.scheduling?.nodeSelector ?? {}), ...tolerations('scheduling.tolerations', object.scheduling?.tolerations ?? []),
  ]),
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

interface Row { group: string; kind: string; plural: string; scope?: 'namespaced'; shortNames?: string[]; categories?: string[]; status?: true; type?: string; columns?: Kind['columns'] }

const rows: readonly Row[] = [
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'FlowSchema', plural: 'flowschemas', status: true },
  { group: 'flowcontrol.apiserver.k8s.io', kind: 'PriorityLevelConfiguration', plural: 'prioritylevelconfigurations', status: true },
  { group: 'networking.k8s.io', kind: 'IPAddress', plural: 'ipaddresses', shortNames: ['ip'], columns: [...columnsBetween(column('ParentRef', parentRef))] },
  { group: 'networking.k8s.io', kind: 'ServiceCIDR', plural: 'servicecidrs', status: true, columns: columnsBetween(column('CIDRs', cidrs)) },
  { group: 'storage.k8s.io', kind: 'CSIStorageCapacity', plural: 'csistoragecapacities', scope: 'namespaced', columns: columnsBetween(column('StorageClassName', at('storageClassName')), column('Capacity', at('capacity'))) },
];

function parentRef(object: KubeObject): string {
  const parts = ['resource', 'namespace', 'name'].map((key) => at(`spec.parentRef.${key}`)(object));
  return parts.filter((part) => part !== '<unset>').join('/');
}

function cidrs({ spec }: KubeObject): string {
  const list: unknown = typeof spec === 'object' && spec !== null ? Reflect.get(spec, 'cidrs') : undefined;
  return Array.isArray(list) ? list.join(',') : '';
}

/** The rows as kinds. */
export const otherKinds: readonly Kind[] = rows.map(({ group, kind, plural, scope, shortNames = [], categories, status, type, columns }) => erase({
  group, version: 'v1', kind, plural, singular: kind.toLowerCase(), shortNames, categories, namespaced: scope === 'namespaced', etcdPrefix: plural,
  ...(status ? { hasStatus: true } : {}), ...(type ? { type } : {}), ...(columns ? { columns } : {}),
}));
