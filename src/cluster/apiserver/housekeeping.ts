/** What an API server does by the clock: it has etcd compacted, tells by a Lease that it lives, and makes again what it must find. */
import type { Timer } from '../../time/clock.ts';
import type { World } from '../../time/simulation.ts';
import { microTimestamp } from '../api/duration.ts';
import { leases } from '../client/resources.ts';
import { type ApiClient, ApiError } from '../client/types.ts';
import { base32Digest } from '../digest.ts';
import { EtcdError } from '../etcd/face.ts';
import { type OwnAddress, publishNamespaces, publishService } from './bootstrap.ts';

const RENEW_MS = 10_000; // controlplane/apiserver: IdentityLeaseRenewIntervalPeriod
const LEASE_SECONDS = 3600; // …IdentityLeaseDurationSeconds
const COLLECT_MS = 3_600_000; // …IdentityLeaseGCPeriod
const SERVICE_MS = 10_000; // kubernetesservice: the end points' reconcile interval
const NAMESPACES_MS = 60_000; // systemnamespaces: interval
const NAMESPACE = 'kube-system';
const LABELS = { 'apiserver.kubernetes.io/identity': 'kube-apiserver' };

export interface HousekeepingOptions {
  world: World;
  /** The server's own way in. */
  client: ApiClient;
  hostname: string;
  own: OwnAddress;
  /** Of this life of the process. */
  instance: string;
  /** `--etcd-compaction-interval`; 0: never. */
  compactionMs?: number;
  compact(): void;
}

/** Begins at once; until stopped. */
export function keepHouse({ world, client, hostname, own, instance, compactionMs = 300_000, compact }: HousekeepingOptions): { stop(): void } {
  const name = `apiserver-${base32Digest(hostname, 16).toLowerCase()}`;
  const timers = new Map<string, Timer>();
  const every = (ms: number, what: string, act: () => void, firstMs = ms): void => {
    timers.set(what, world.clock.after(firstMs, what, () => {
      try {
        act();
      } catch (error) {
        if (!(error instanceof ApiError) && !(error instanceof EtcdError)) throw error; // etcd is away: tried again the next time
      }
      every(ms, what, act);
    }));
  };

  const renew = () => {
    const holder = { holderIdentity: `${name}_${instance}`, renewTime: microTimestamp(world.clock.now()) };
    if (client.get(leases, name, NAMESPACE)) return void client.patch(leases, name, NAMESPACE, { spec: holder });
    client.create(leases, {
      apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace: NAMESPACE, labels: { ...LABELS, 'kubernetes.io/hostname': hostname } },
      spec: { ...holder, leaseDurationSeconds: LEASE_SECONDS },
    });
  };
  const collect = () => {
    for (const lease of client.list(leases, { namespace: NAMESPACE, labelSelector: 'apiserver.kubernetes.io/identity=kube-apiserver' })) {
      const untilMs = Date.parse(String(lease.spec?.renewTime)) + (lease.spec?.leaseDurationSeconds ?? 0) * 1000;
      if (!(untilMs >= world.clock.now())) client.delete(leases, lease.metadata.name, NAMESPACE);
    }
  };

  if (compactionMs > 0) every(compactionMs, 'etcd compaction', compact);
  every(RENEW_MS, 'apiserver lease', renew, 0);
  every(SERVICE_MS, 'kubernetes Service', () => publishService(client, own));
  every(NAMESPACES_MS, 'system namespaces', () => publishNamespaces(client));
  every(COLLECT_MS, 'apiserver leases', collect);
  return { stop: () => timers.forEach((timer) => timer.cancel()) };
}
