/** The resource quota controller: counts again what each quota's namespace uses (resource_quota_controller.go). */
import { addLists, type ResourceList } from '../api/pod-resources.ts';
import { isInScope, usageOf } from '../api/quota-usage.ts';
import type { KubeObject, ResourceQuota } from '../api/types.ts';
import { configMaps, persistentVolumeClaims, pods, replicationControllers, resourceQuotas, secrets, services } from '../client/resources.ts';
import type { Informer, ResourceRef } from '../client/types.ts';
import { type Controller, keyOf } from './controller.ts';
import { canonical } from './template-hash.ts';

const RESYNC_MS = 300_000; // kube-controller-manager: --resource-quota-sync-period

type Ref = ResourceRef<KubeObject>;

export const resourceQuotaController: Controller = (context) => {
  const { client, world } = context;
  const quotas = context.informer(resourceQuotas);
  quotas.indexBy('namespace', (quota) => [quota.metadata.namespace ?? '']);
  const counted = new Map<string, { ref: Ref; informer: Informer<KubeObject> }>();
  const queue = context.queue('resource_quota', reconcile);
  for (const ref of [pods, services, persistentVolumeClaims, configMaps, secrets, replicationControllers, resourceQuotas]) follow(ref);
  quotas.onChange((now, old) => {
    if (!now) return;
    for (const name of Object.keys(now.spec.hard ?? {})) learn(name);
    if (!old || old.spec !== now.spec || canonical(now.status.hard) !== canonical(now.spec.hard)) queue.add(keyOf(now));
  });

  /** What is given back must be counted; what is added, admission has booked already. */
  function follow(ref: Ref): void {
    const key = ref.group ? `${ref.plural}.${ref.group}` : ref.plural;
    if (counted.has(key)) return;
    const informer = context.informer(ref);
    informer.indexBy('namespace', (object) => [object.metadata.namespace ?? '']);
    counted.set(key, { ref, informer });
    informer.onChange((now, old) => {
      const object = (now ?? old)!;
      const here = quotas.byIndex('namespace', object.metadata.namespace ?? '');
      if (here.length === 0) return;
      const isLess = !now || (ref.plural !== 'resourcequotas' && old !== undefined && canonical(usageOf(ref, now)) !== canonical(usageOf(ref, old)));
      if (isLess) for (const quota of quotas.byIndex('namespace', object.metadata.namespace ?? '')) queue.add(keyOf(quota));
    });
  }

  /** `count/deployments.apps` makes Deployments count. */
  function learn(name: string): void {
    const resource = /^count\/(.+)$/.exec(name)?.[1];
    if (resource === undefined || counted.has(resource)) return;
    const found = context.discover().resources.find(({ plural, group, namespaced }) => namespaced && (group ? `${plural}.${group}` : plural) === resource);
    if (found) follow(found);
  }

  function reconcile(key: string): void {
    const quota = quotas.get(key);
    if (!quota) return;
    const hard = quota.spec.hard ?? {};
    const used = usedBy(quota, Object.keys(hard));
    const status = { hard, used };
    if (canonical(status) !== canonical(quota.status)) client.updateStatus(resourceQuotas, { ...quota, status });
    queue.addAfter(key, RESYNC_MS - (world.clock.now() % RESYNC_MS));
  }

  function usedBy(quota: ResourceQuota, names: readonly string[]): ResourceList {
    let sum: ResourceList = Object.fromEntries(names.map((name) => [name, '0']));
    for (const { ref, informer } of counted.values()) {
      for (const object of informer.byIndex('namespace', quota.metadata.namespace ?? '')) {
        if (!isInScope(quota.spec, ref, object)) continue;
        const usage = Object.entries(usageOf(ref, object)).filter(([name]) => names.includes(name));
        if (usage.length > 0) sum = addLists(sum, Object.fromEntries(usage));
      }
    }
    return sum;
  }

  return { stop: () => queue.stop() };
};
