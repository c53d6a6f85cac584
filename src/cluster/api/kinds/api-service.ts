/** APIServices: which server answers for which group and version. */
import { type FieldError, invalid, required } from '../field-error.ts';
import type { Kind } from '../kind.ts';
import type { KubeObject } from '../types.ts';
import { column, columnsBetween } from './columns.ts';
import { withField } from '../defaulting.ts';

export interface APIServiceCondition { type: string; status: string; lastTransitionTime?: string; reason?: string; message?: string }

export interface APIService extends KubeObject {
  spec: {
    group?: string; version?: string; groupPriorityMinimum: number; versionPriority: number; insecureSkipTLSVerify?: boolean; caBundle?: string;
    /** None for what the API server serves itself. */
    service?: { namespace?: string; name?: string; port?: number };
  };
  status: { conditions?: APIServiceCondition[] };
}

export const apiService: Kind<APIService> = {
  group: 'apiregistration.k8s.io', version: 'v1', kind: 'APIService', plural: 'apiservices', singular: 'apiservice', shortNames: [], categories: ['api-extensions'], namespaced: false,
  hasStatus: true, hasGeneration: false, etcdPrefix: 'apiregistration.k8s.io/apiservices', nameRule: 'pathSegment',
  defaults: (object) => (object.spec?.service && object.spec.service.port === undefined ? withField(object, 'spec', { ...object.spec, service: { ...object.spec.service, port: 443 } }) : object),
  prepare: (object, old) => (old ? object : { ...object, status: {} }),
  validate: ({ metadata, spec }) => serviceErrors(metadata.name, spec),
  columns: columnsBetween<APIService>(
    column('Service', ({ spec }) => (spec.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
    column('Available', ({ status }) => availability(status)),
  ),
};

/** `True`, or `False (MissingEndpoints)`. */
function availability(status: APIService['status'] | undefined): string {
  const condition = status?.conditions?.find(({ type }) => type === 'Available');
  if (!condition) return 'Unknown';
  return condition.status === 'True' ? 'True' : `${condition.status} (${condition.reason})`;
}

function serviceErrors(name: string, spec: APIService['spec'] | undefined): FieldError[] {
  if (!spec) return [required('spec')];
  const { group = '', version = '', service, groupPriorityMinimum = 0, versionPriority = 0, insecureSkipTLSVerify, caBundle } = spec;
  const wanted = `${version}.${group}`;
  return [
    ...(name === wanted ? [] : [invalid('metadata.name', name, `must be \`spec.version+"."+spec.group\`: "${wanted}"`)]),
    ...(groupPriorityMinimum > 0 && groupPriorityMinimum <= 20_000 ? [] : [invalid('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000')]),
    ...(versionPriority > 0 && versionPriority <= 1000 ? [] : [invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000')]),
    ...(service && !service.namespace ? [required('spec.service.namespace')] : []),
    ...(service && !service.name ? [required('spec.service.name')] : []),
    ...(!service && caBundle ? [invalid('spec.caBundle', `${Buffer.from(caBundle, 'base64').length} bytes`, 'local APIServices may not have a caBundle')] : []),
    ...(!service && insecureSkipTLSVerify ? [invalid('spec.insecureSkipTLSVerify', true, 'local APIServices may not have insecureSkipTLSVerify')] : []),
    ...(insecureSkipTLSVerify && caBundle ? [invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present')] : []),
  ];
}
