/** Which API servers are alive: each keeps a key with a lease in etcd, and makes the `kubernetes` Service's endpoints of all keys (lease endpoint reconciler). */
import type { World } from '../../../../time/simulation.ts';
import { createClient } from '../../../client/client.ts';
import { endpoints, endpointSlices } from '../../../client/resources.ts';
import { ApiError } from '../../../client/types.ts';
import type { ApiServer } from '../../../apiserver/api-server.ts';
import { EtcdError, type EtcdFace, prefixEnd } from '../../../etcd/face.ts';

const PREFIX = '/registry/masterleases/';
const LEASE_SECONDS = 15; // apiserver: DefaultEndpointReconcilerTTL
const RECONCILE_MS = 10_000; // apiserver: DefaultEndpointReconcilerInterval

/** Keeps this server's address known until closed. */
export function keepMasterLease(world: World, etcd: EtcdFace, server: ApiServer, address: string): { close(): void } {
  const client = createClient({ transport: server.loopback(), userAgent: 'kube-apiserver' });
  const value = Buffer.from(`k8s\0\n${JSON.stringify({ kind: 'Endpoints', apiVersion: 'v1', subsets: [{ addresses: [{ ip: address }] }] })}`);
  const reconcile = () => {
    timer = world.clock.after(RECONCILE_MS, 'master leases', reconcile);
    try {
      etcd.put(PREFIX + address, { bytes: () => value }, { lease: etcd.grantLease(LEASE_SECONDS) });
      publish(etcd.range(PREFIX, { rangeEnd: prefixEnd(PREFIX) }).kvs.map(({ key }) => key.slice(PREFIX.length)).sort());
    } catch (error) {
      if (!(error instanceof EtcdError) && !(error instanceof ApiError)) throw error; // the next round tries again
    }
  };
  const publish = (addresses: string[]) => {
    const slice = client.get(endpointSlices, 'kubernetes', 'default');
    const known = slice?.endpoints?.flatMap((endpoint) => endpoint.addresses).sort().join();
    if (known === undefined || known === addresses.join()) return;
    client.patch(endpointSlices, 'kubernetes', 'default', { endpoints: addresses.map((each) => ({ addresses: [each], conditions: { ready: true } })) });
    const ports = client.get(endpoints, 'kubernetes', 'default')?.subsets?.[0]?.ports;
    client.patch(endpoints, 'kubernetes', 'default', { subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports }] });
  };
  let timer = world.clock.after(0, 'master leases', reconcile);
  return { close: () => timer.cancel() };
}
