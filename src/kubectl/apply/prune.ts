/** apply --prune: deletes what was applied before and is no longer in the manifests. */
import type { Call } from '../command.ts';
import { apiVersionOf, findType, preferred, type ResourceType } from '../discovery.ts';
import { KubectlError } from '../errors.ts';
import type { ApiObject } from '../objects.ts';
import { deleteObject, LAST_APPLIED } from '../requests.ts';
import { listed } from '../resource-builder.ts';

/** The kinds that are pruned unless --prune-allowlist names others. */
const NAMESPACED = ['configmaps', 'endpoints', 'persistentvolumeclaims', 'pods', 'replicationcontrollers', 'secrets', 'services', 'jobs.batch', 'cronjobs.batch', 'ingresses.networking.k8s.io', 'daemonsets.apps', 'deployments.apps', 'replicasets.apps', 'statefulsets.apps'];
const CLUSTER_SCOPED = ['namespaces', 'persistentvolumes'];

/** --prune needs to know how far it may reach. Throws KubectlError. */
export function checkPrune({ flags }: Call): void {
  if (flags.bool('all') && flags.string('selector') !== '') throw new KubectlError('cannot set --all and --selector at the same time');
  if (!flags.bool('prune')) return;
  if (!flags.bool('all') && flags.string('selector') === '') throw new KubectlError('all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector');
}

/** Deletes what has the annotation of apply, is in one of the namespaces seen, and was not applied now. */
export async function prune(call: Call, applied: readonly ApiObject[], print: (object: ApiObject) => void): Promise<void> {
  const seen = new Set(applied.map(({ metadata }) => metadata.uid));
  const namespaces = [...new Set(applied.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined))].sort();
  for (const type of await prunableTypes(call)) {
    for (const namespace of type.namespaced ? namespaces : [undefined]) {
      const infos = await listed(call, { what: 'list', type, namespace, labelSelector: call.flags.string('selector'), fieldSelector: '' });
      for (const { object, name } of infos) {
        if (object.metadata.annotations?.[LAST_APPLIED] === undefined || seen.has(object.metadata.uid)) continue;
        if (call.dryRun() !== 'client') await deleteObject(call, { type, namespace, name }, { propagationPolicy: 'Background', ...(call.dryRun() === 'server' ? { dryRun: ['All'] } : {}) });
        print(object);
      }
    }
  }
}

async function prunableTypes(call: Call): Promise<ResourceType[]> {
  const types = preferred(await (await call.discovery()).types());
  const allowed = call.flags.list('prune-allowlist');
  if (allowed.length === 0) return [...NAMESPACED, ...CLUSTER_SCOPED].flatMap((word) => findType(types, word) ?? []);
  return allowed.map((text) => {
    const [group = '', version = '', kind, ...more] = text.split('/');
    if (kind === undefined || more.length > 0) throw new KubectlError(`invalid GroupVersionKind format: ${text}, please follow <group/version/kind>`);
    const apiVersion = apiVersionOf({ group: group === 'core' ? '' : group, version });
    const type = types.find((known) => apiVersionOf(known) === apiVersion && known.kind === kind);
    if (!type) throw new KubectlError(`no matches for kind "${kind}" in version "${apiVersion}"`);
    return type;
  });
}
