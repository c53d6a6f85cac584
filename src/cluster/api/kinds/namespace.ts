/** Namespaces. */
import { withField } from '../defaulting.ts';
import type { Kind } from '../kind.ts';
import type { Namespace } from '../types.ts';
import { column, columnsBetween } from './columns.ts';

const NAME_LABEL = 'kubernetes.io/metadata.name';
const FINALIZER = 'kubernetes';

export const namespace: Kind<Namespace> = {
  group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces', singular: 'namespace', shortNames: ['ns'], namespaced: false,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  hasStatus: true, hasGeneration: false, nameRule: 'dnsLabel',
  subresources: { finalize: { kind: 'Namespace', verbs: ['update'] } },
  fields: { 'status.phase': ({ status }) => status.phase ?? '' },
  defaults: (object) => {
    const { name, labels } = object.metadata;
    return !name || labels?.[NAME_LABEL] === name ? object : withField(object, 'metadata', { ...object.metadata, labels: { ...labels, [NAME_LABEL]: name } });
  },
  prepare: (object, old) => {
    if (old) return { ...object, spec: old.spec };
    const finalizers = object.spec?.finalizers ?? [];
    return { ...object, spec: { finalizers: finalizers.includes(FINALIZER) ? finalizers : [...finalizers, FINALIZER] }, status: { phase: 'Active' } };
  },
  columns: columnsBetween(column('Status', ({ status }) => status.phase ?? '')),
};
