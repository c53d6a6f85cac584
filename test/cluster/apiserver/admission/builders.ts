/** A small world for admission plugins, and requests to put before them. */
import type { Kind } from '../../../../src/cluster/api/kind.ts';
import type { KubeObject, Pod, PodSpec } from '../../../../src/cluster/api/types.ts';
import { admissionPlugins, admit } from '../../../../src/cluster/apiserver/admission/chain.ts';
import type { AdmissionReader, AdmissionRequest } from '../../../../src/cluster/apiserver/admission/types.ts';
import type { UserInfo } from '../../../../src/cluster/apiserver/auth/user-info.ts';
import { StatusError } from '../../../../src/cluster/apiserver/errors.ts';
import { Random } from '../../../../src/time/random.ts';

type Fields = Record<string, unknown>;

const admin: UserInfo = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };

/** `kind('pods')`, `kind('deployments.apps')`; cluster-scoped with a leading slash. */
export function kind(text: string): Kind {
  const [plural = '', ...group] = text.replace('/', '').split('.');
  const singular = plural.replace(/sses$/, 'ss').replace(/s$/, '');
  return { group: group.join('.'), version: 'v1', kind: singular[0]!.toUpperCase() + singular.slice(1), plural, singular, shortNames: [], namespaced: !text.startsWith('/') };
}

export function object(resource: string, name: string, fields: Fields = {}, meta: Fields = {}): KubeObject {
  const of = kind(resource);
  const namespace = of.namespaced ? { namespace: 'dev' } : {};
  return { apiVersion: of.group ? `${of.group}/v1` : 'v1', kind: of.kind, metadata: { name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-11-23T17:00:00Z', ...namespace, ...meta }, ...fields };
}

export function pod(name: string, spec: Partial<PodSpec> = {}, meta: Fields = {}): Pod {
  // Cast: object() makes what it is told.
  return object('pods', name, { spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec }, status: {} }, meta) as Pod;
}

export const namespace = (name: string, labels: Fields = {}, phase = 'Active') => ['/namespaces', object('/namespaces', name, { spec: {}, status: { phase } }, { labels })] as const;
export const account = (name: string, fields: Fields = {}) => ['serviceaccounts', object('serviceaccounts', name, fields)] as const;

/** A cluster of (resource, object) pairs; namespace dev with ServiceAccount default unless one is given. */
export function clusterOf(...content: (readonly [string, KubeObject])[]) {
  const objects = new Map<string, KubeObject>();
  const keyOf = (plural: string, group: string, ns: string | undefined, name: string) => [plural, group, ns ?? '', name].join('/');
  for (const [resource, one] of [namespace('dev'), account('default'), ...content]) {
    const of = kind(resource);
    objects.set(keyOf(of.plural, of.group, one.metadata.namespace, one.metadata.name), one);
  }
  const reader: AdmissionReader = {
    random: new Random('admission'),
    get: (plural, group, ns, name) => objects.get(keyOf(plural, group, ns, name)),
    list: (plural, group, ns) => [...objects].filter(([key]) => key.startsWith(`${plural}/${group}/${ns ?? ''}`)).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
    updateStatus: (plural, group, one) => { objects.set(keyOf(plural, group, one.metadata.namespace, one.metadata.name), one); return true; },
  };
  const request = (operation: AdmissionRequest['operation'], resource: string, one: KubeObject, more: Partial<AdmissionRequest> = {}): AdmissionRequest =>
    ({ operation, kind: kind(resource), name: one.metadata.name, namespace: one.metadata.namespace, object: one, user: admin, dryRun: false, ...more });
  const plugins = admissionPlugins({ enable: ['NodeRestriction'] });
  const run = (asked: AdmissionRequest) => admit(asked, reader, plugins);
  return {
    reader,
    create: (resource: string, one: KubeObject, more?: Partial<AdmissionRequest>) => run(request('CREATE', resource, one, more)),
    update: (resource: string, one: KubeObject, oldObject: KubeObject, more?: Partial<AdmissionRequest>) => run(request('UPDATE', resource, one, { oldObject, ...more })),
    remove: (resource: string, one: KubeObject, more?: Partial<AdmissionRequest>) => run(request('DELETE', resource, one, { oldObject: one, ...more })),
    createPod: (one: Pod, more?: Partial<AdmissionRequest>) => run(request('CREATE', 'pods', one, more)).object as Pod,
  };
}

/** The message a call is refused with, or that it was not. */
export function refusal(act: () => unknown): string {
  try {
    act();
    return 'admitted';
  } catch (error) {
    if (error instanceof StatusError) return error.message;
    throw error;
  }
}
