/** The APIServices of what the API server serves itself, with the priorities of their groups (controlplane: apiVersionPriorities). */
import type { Kind } from '../../api/kind.ts';
import type { APIService } from '../../api/kinds/api-service.ts';
import type { Draft } from '../../api/types.ts';

export const MANAGED_LABEL = 'kube-aggregator.kubernetes.io/automanaged';

const PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000, apps: 17_800, 'events.k8s.io': 17_750, 'authentication.k8s.io': 17_700, 'authorization.k8s.io': 17_600, autoscaling: 17_500, batch: 17_400, 'certificates.k8s.io': 17_300, 'networking.k8s.io': 17_200,
  policy: 17_100, 'rbac.authorization.k8s.io': 17_000, 'storage.k8s.io': 16_800, 'apiextensions.k8s.io': 16_700, 'admissionregistration.k8s.io': 16_700, 'scheduling.k8s.io': 16_600, 'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300, 'discovery.k8s.io': 16_200, 'flowcontrol.apiserver.k8s.io': 16_100, 'resource.k8s.io': 15_900,
};
const VERSION_PRIORITIES: Readonly<Record<string, number>> = { v1: 1, 'v2.autoscaling': 30, 'v1.flowcontrol.apiserver.k8s.io': 21 };
const OWN_GROUP = 'apiregistration.k8s.io';

/** One for each group version, that of the aggregator itself excepted. */
export function localServices(kinds: readonly Kind[]): Draft<APIService>[] {
  const byName = new Map<string, Draft<APIService>>();
  for (const { group, version, schema } of kinds) {
    const name = `${version}.${group}`;
    if (group !== OWN_GROUP && !byName.has(name)) byName.set(name, draft(name, group, version, schema !== undefined));
  }
  for (const group of ['authentication.k8s.io', 'authorization.k8s.io']) byName.set(`v1.${group}`, draft(`v1.${group}`, group, 'v1', false));
  return [...byName.values()];
}

function draft(name: string, group: string, version: string, isCustom: boolean): Draft<APIService> {
  const spec = isCustom ? { groupPriorityMinimum: 1000, versionPriority: 100 } : { groupPriorityMinimum: PRIORITIES[group] ?? 1000, versionPriority: VERSION_PRIORITIES[name.replace(/\.$/, '')] ?? 15 };
  return { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name, labels: { [MANAGED_LABEL]: isCustom ? 'true' : 'onstart' } }, spec: { ...(group ? { group } : {}), version, ...spec } };
}
