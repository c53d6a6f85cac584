import { Cluster } from '../../../src/cluster/cluster.ts';
import { deployments } from '../../../src/cluster/client/resources.ts';
import { nodesOf } from '../../../src/engine/nodes.ts';
import { cpu, cpuRow, type Row } from '../row.ts';

/** CPU time until a Deployment of 200 Pods is ready, against booting the same cluster. */
export async function deployment(): Promise<Row[]> {
  const nodes = nodesOf([{ name: 'control-plane', role: 'control-plane', cpu: 8, memory: '16Gi' }, ...Array.from({ length: 4 }, (_, i) => ({ name: `worker-${i + 1}`, cpu: 32, memory: '64Gi' }))]);
  const cluster = new Cluster({ seed: 1, nodes });
  const boot = await cpu(() => cluster.boot());
  const ready = await cpu(async () => {
    const labels = { app: 'web' };
    cluster.admin().create(deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 200, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } } } });
    for (let s = 0; s < 300; s++) {
      await cluster.world.advance(1000);
      if (cluster.admin().get(deployments, 'web', 'default')?.status.readyReplicas === 200) return;
    }
    throw new Error('not ready after 300 s');
  });
  return [cpuRow('a Deployment of 200 Pods until Ready', ready, 'boot of its 5-node cluster', boot)];
}
