/** ResourceQuota: what a write would use is set against every quota of its namespace, last of all, and booked. */
import { addLists, listOf, type ResourceList } from '../../../api/pod-resources.ts';
import { compareQuantities, subtractQuantities } from '../../../api/quantity.ts';
import { isInScope, type QuotaScopes, usageOf } from '../../../api/quota-usage.ts';
import type { KubeObject, Pod } from '../../../api/types.ts';
import { type AdmissionPlugin, type AdmissionReader, type AdmissionRequest, concerns, refuse } from '../types.ts';

interface Quota extends KubeObject {
  spec: QuotaScopes & { hard?: Record<string, string> };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** A quota that the write counts against, and by how much. */
interface Charge { quota: Quota; hard: ResourceList; used: ResourceList; delta: ResourceList }

const RETRIES = 3; // the quota's status may change between reading and booking
/** With a quota on one of these, every container must say what it wants. */
const MANDATORY = ['cpu', 'limits.cpu', 'limits.memory', 'memory', 'requests.cpu', 'requests.memory'];

export const resourceQuota: AdmissionPlugin = {
  name: 'ResourceQuota',
  validate(request, cluster) {
    const { kind, namespace, operation, subresource } = request;
    if (operation === 'DELETE' || !kind.namespaced || !namespace || (subresource && subresource !== 'resize')) return;
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      const charges = chargesOf(request, cluster, namespace);
      for (const charge of charges) check(request, charge);
      if (request.dryRun || charges.every((charge) => book(charge, cluster))) return;
    }
    throw refuse(request, 'unable to update quota usage, please retry');
  },
};

function chargesOf(request: AdmissionRequest, cluster: AdmissionReader, namespace: string): Charge[] {
  const quotas = cluster.list('resourcequotas', '', namespace) as readonly Quota[]; // the plural says so
  if (quotas.length === 0) return [];
  const usage = usageOf(request.kind, request.object);
  const delta = request.operation === 'UPDATE' && request.oldObject ? increase(usage, usageOf(request.kind, request.oldObject)) : usage;
  return quotas.flatMap((quota) => {
    if (!isInScope(quota.spec, request.kind, request.object)) return [];
    if (request.operation === 'CREATE' && concerns(request, 'pods')) checkMandatory(request, quota, request.object as Pod);
    const counted = only(delta, (name) => quota.spec.hard?.[name] !== undefined);
    return Object.keys(counted).length === 0 ? [] : [{ quota, hard: listOf(quota.status?.hard), used: listOf(quota.status?.used), delta: counted }];
  });
}

function check(request: AdmissionRequest, { quota, hard, used, delta }: Charge): void {
  const names = Object.keys(delta).sort();
  const unknown = names.filter((name) => hard[name] === undefined || used[name] === undefined);
  if (unknown.length > 0) throw refuse(request, `status unknown for quota: ${quota.metadata.name}, resources: ${unknown.join(',')}`);
  const after = addLists(used, delta);
  const exceeded = names.filter((name) => compareQuantities(after[name] ?? '0', hard[name] ?? '0') > 0);
  if (exceeded.length === 0) return;
  const show = (list: ResourceList) => exceeded.map((name) => `${name}=${list[name] ?? '0'}`).join(',');
  throw refuse(request, `exceeded quota: ${quota.metadata.name}, requested: ${show(delta)}, used: ${show(used)}, limited: ${show(hard)}`);
}

/** Without a way to write, the quota controller alone keeps the books. */
function book({ quota, used, delta }: Charge, cluster: AdmissionReader): boolean {
  if (!cluster.updateStatus) return true;
  return cluster.updateStatus('resourcequotas', '', { ...quota, status: { ...quota.status, used: { ...used, ...only(addLists(used, delta), (name) => delta[name] !== undefined) } } } as KubeObject);
}

function checkMandatory(request: AdmissionRequest, quota: Quota, { spec }: Pod): void {
  const missing = MANDATORY.filter((name) => quota.spec.hard?.[name] !== undefined).flatMap((name) => {
    const side = name.startsWith('limits.') ? 'limits' : 'requests';
    const resource = name.replace(/^(limits|requests)\./, '');
    if (spec.resources?.[side]?.[resource] !== undefined) return [];
    const containers = [...(spec.initContainers ?? []), ...spec.containers].filter((container) => container.resources?.[side]?.[resource] === undefined);
    return containers.length === 0 ? [] : [`${name} for: ${containers.map((container) => container.name).sort().join(',')}`];
  });
  if (missing.length > 0) throw refuse(request, `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`);
}

/** What grew, and by how much. */
function increase(now: ResourceList, before: ResourceList): ResourceList {
  const grown = Object.entries(now).map(([name, quantity]) => [name, subtractQuantities(quantity, before[name] ?? '0')] as const);
  return Object.fromEntries(grown.filter(([, quantity]) => compareQuantities(quantity, '0') > 0));
}

function only(list: ResourceList, condition: (name: string) => boolean): ResourceList {
  return Object.fromEntries(Object.entries(list).filter(([name]) => condition(name)));
}
