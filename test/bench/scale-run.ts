/** One scale run, in a process of its own so that its peak memory is its own: `tsx scale.ts NODES PODS`; prints JSON. */
import { Cluster } from '../../src/cluster/cluster.ts';
import { nodes, pods } from '../../src/cluster/client/resources.ts';

const [nodeCount, podCount] = process.argv.slice(2).map(Number) as [number, number];
const ZONES = 3;
const DEADLINE_S = 120; // of virtual time

const cluster = new Cluster({ seed: 1, nodes: [], hollow: true });
await cluster.boot();
const before = process.cpuUsage();
const admin = cluster.admin();
for (let i = 0; i < nodeCount; i++) {
  const name = `node-${i}`;
  const amounts = { cpu: '32', memory: '128Gi', pods: '110' };
  admin.create(nodes, {
    apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': `zone-${i % ZONES}` } }, spec: {},
    status: { capacity: amounts, allocatable: amounts, conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady' }] },
  });
}
for (let i = 0; i < podCount; i++) {
  admin.create(pods, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: `pod-${i}`, namespace: 'default', labels: { app: `app-${i % 50}` } },
    spec: { containers: [{ name: 'c', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '128Mi' } } }] },
  });
}
let bound = 0;
for (let s = 0; s < DEADLINE_S && bound < podCount; s++) {
  await cluster.world.advance(1000);
  bound = admin.list(pods).filter((pod) => pod.spec.nodeName).length;
}
if (bound < podCount) throw new Error(`only ${bound} of ${podCount} Pods were bound`);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ cpuMs: Math.round((user + system) / 1000), peakMb: Math.round(process.resourceUsage().maxRSS / 1024) }));
