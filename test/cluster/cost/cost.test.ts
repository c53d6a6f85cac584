/** Cost follows what changes, not what exists: the same deed takes as many operations among a hundred nodes as among ten. */
import { expect, test, vi } from 'vitest';
import { nodes, pods } from '../../../src/cluster/client/resources.ts';
import { Cluster } from '../../../src/cluster/cluster.ts';

const AMOUNTS = { cpu: '32', memory: '128Gi', pods: '110' };
const READY = [{ type: 'Ready', status: 'True' as const, reason: 'KubeletReady' }];

interface Count { requests: number; writes: number; steps: number }

/** A cluster of so many nodes with a Pod and a Service for each; nothing happens in it unless it is told to. */
async function clusterOf(size: number) {
  const count: Count = { requests: 0, writes: 0, steps: 0 };
  const cluster = new Cluster({ seed: 1, nodes: [], hollow: true, onRequest: ({ info, revision, request }) => {
    if (/\/leases\//.test(request.path)) return; // those that elect leaders come by the clock
    count.requests++;
    if (revision !== undefined && info.verb !== 'get') count.writes++;
  } });
  await cluster.boot();
  const soon = cluster.world.soon.bind(cluster.world);
  vi.spyOn(cluster.world, 'soon').mockImplementation((what, step) => { count.steps++; soon(what, step); });
  const admin = cluster.admin();
  for (let i = 0; i < size; i++) {
    admin.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${i}`, labels: { 'kubernetes.io/hostname': `node-${i}` } }, spec: {}, status: { capacity: AMOUNTS, allocatable: AMOUNTS, conditions: READY } });
    ask(cluster, 'POST', '/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: `app-${i}` }, spec: { selector: { app: `app-${i}` }, ports: [{ port: 80 }] } });
    admin.create(pods, podOf(i));
  }
  await cluster.world.advance(10_000);
  return { cluster, admin, /** What a deed sets off within three seconds. */ async costOf(deed: () => void): Promise<Count> {
    Object.assign(count, { requests: 0, writes: 0, steps: 0 });
    deed();
    await cluster.world.advance(3000);
    return { ...count };
  } };
}

const podOf = (i: number) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${i}`, namespace: 'default', labels: { app: `app-${i}` } }, spec: { containers: [{ name: 'c', image: 'nginx:1.27', resources: { requests: { cpu: '100m' } } }] } });

function ask(cluster: Cluster, method: 'POST' | 'PATCH', path: string, body: object): void {
  const { code } = cluster.adminTransport().handle({ method, path, body, ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}) });
  expect(code).toBeLessThan(300);
}

test('one more Pod, a heartbeat, a Service\'s endpoint: no more requests, writes or steps among 100 nodes than among 10', async () => {
  const [small, large] = [await clusterOf(10), await clusterOf(100)];
  const deeds: Record<string, (at: typeof small) => void> = {
    'nothing': () => undefined,
    'one more Pod': ({ admin }) => void admin.create(pods, { ...podOf(1), metadata: { ...podOf(1).metadata, name: 'one-more' } }),
    'a heartbeat': ({ cluster }) => ask(cluster, 'PATCH', '/api/v1/nodes/node-3/status', { status: { conditions: [{ ...READY[0], lastHeartbeatTime: '2030-01-01T00:00:00Z' }] } }),
    'an endpoint': ({ cluster }) => ask(cluster, 'PATCH', '/api/v1/namespaces/default/pods/pod-3/status', { status: { phase: 'Running', podIP: '10.0.0.3', podIPs: [{ ip: '10.0.0.3' }], conditions: [{ type: 'Ready', status: 'True' }] } }),
  };
  for (const [name, deed] of Object.entries(deeds)) {
    const [few, many] = [await small.costOf(() => deed(small)), await large.costOf(() => deed(large))];
    if (name !== 'nothing') expect(few.writes, name).toBeGreaterThan(0);
    expect(many.requests, `${name}: requests`).toBeLessThanOrEqual(few.requests);
    expect(many.writes, `${name}: writes`).toBeLessThanOrEqual(few.writes);
    expect(many.steps, `${name}: steps`).toBeLessThanOrEqual(few.steps + 10); // leaders are elected meanwhile
  }
  expect(large.cluster.attempts.get('default/one-more')?.number).toBe(1);
});
