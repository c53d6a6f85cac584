/** ClusterRoles with an aggregationRule take over the rules of all ClusterRoles with the labels. */
import { aggregatedRules } from '../apiserver/auth/bootstrap-policy.ts';
import { clusterRoles } from '../client/resources.ts';
import type { Controller } from './controller.ts';
import { canonical } from './template-hash.ts';

export const clusterRoleAggregationController: Controller = (context) => {
  const all = context.informer(clusterRoles);
  const queue = context.queue('clusterroleaggregation', (name) => {
    const role = all.get(name);
    if (!role?.aggregationRule) return;
    const rules = aggregatedRules(role, [...all.list()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)));
    if (canonical(rules) !== canonical(role.rules ?? [])) context.client.update(clusterRoles, { ...role, rules });
  });
  all.onChange(() => { for (const role of all.list()) if (role.aggregationRule) queue.add(role.metadata.name); });
  return { stop: () => queue.stop() };
};
