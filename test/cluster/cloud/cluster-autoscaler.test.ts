/** cluster-autoscaler and the cloud's node groups on a whole cluster. */
import { expect, test } from 'vitest';
import { configMaps, deployments, events, nodes, pods } from '../../../src/cluster/client/resources.ts';
import { Cluster } from '../../../src/cluster/cluster.ts';
import { nodeGroupsOf, nodesOf } from '../../../src/engine/nodes.ts';
import type { NodeGroupInLevel } from '../../../src/engine/pack/level.ts';

class Elastic {
  readonly cluster: Cluster;
  constructor(groups: NodeGroupInLevel[]) {
    this.cluster = new Cluster({ seed: 11, nodes: nodesOf([{ name: 'control-plane', role: 'control-plane', cpu: 4, memory: '8Gi' }, { name: 'fixed', cpu: 2, memory: '4Gi' }]), addons: ['cluster-autoscaler'], nodeGroups: nodeGroupsOf(groups) });
  }

  static async booted(...groups: NodeGroupInLevel[]): Promise<Elastic> {
    const scene = new Elastic(groups);
    await scene.cluster.boot();
    await scene.wait(30);
    return scene;
  }

  wait(seconds: number): Promise<void> { return this.cluster.world.advance(seconds * 1000); }
  get nodeNames(): string[] { return this.cluster.admin().list(nodes).map(({ metadata }) => metadata.name).sort(); }
  running(app: string): number { return this.cluster.admin().list(pods).filter(({ metadata, status }) => metadata.labels?.app === app && status.phase === 'Running').length; }
  eventsOf(prefix: string): string[] { return this.cluster.admin().list(events).filter(({ involvedObject, source }) => involvedObject.name?.startsWith(prefix) && source?.component === 'cluster-autoscaler').map(({ reason, message }) => `${reason}: ${message}`); }

  deploy(name: string, replicas: number, cpu: string, more: object = {}): void {
    this.cluster.admin().create(deployments, {
      apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'default' },
      spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: { containers: [{ name, image: 'nginx:1.27', resources: { requests: { cpu } } }], ...more } } },
    });
  }

  scale(name: string, replicas: number): void { this.cluster.admin().patch(deployments, name, 'default', { spec: { replicas } }); }
}

test('Pods that fit nowhere bring machines, which leave again when nobody needs them', async () => {
  const at = await Elastic.booted({ name: 'pool', cpu: 4, memory: '8Gi', min: 0, max: 3 });
  at.deploy('web', 5, '1500m');
  await at.wait(30);
  expect(at.eventsOf('web')).toContain('TriggeredScaleUp: pod triggered scale-up: [{pool 0->2 (max: 3)}]');
  expect(at.eventsOf('cluster-autoscaler-status')).toContain('ScaledUpGroup: Scale-up: setting group pool size to 2 instead of 0 (max: 3)');
  await at.wait(90);
  expect([at.nodeNames, at.running('web')]).toEqual([['control-plane', 'fixed', 'pool-1', 'pool-2'], 5]);
  const { spec, metadata } = at.cluster.admin().get(nodes, 'pool-1')!;
  expect([spec.providerID, spec.taints, metadata.labels?.['topology.kubernetes.io/zone']]).toEqual(['pretend://pool-1', undefined, 'region-1a']);
  expect(at.cluster.admin().get(configMaps, 'cluster-autoscaler-status', 'kube-system')!.data!.status).toContain('cloudProviderTarget: 2');
  at.scale('web', 1);
  await at.wait(300);
  expect(at.nodeNames).toHaveLength(4);
  await at.wait(600);
  expect(at.nodeNames).toEqual(['control-plane', 'fixed']);
  expect(at.running('web')).toBe(1);
  expect(at.eventsOf('pool-')).toEqual(expect.arrayContaining(['ScaleDown: marked the node as toBeDeleted/unschedulable', 'ScaleDown: node removed by cluster autoscaler']));
}, 30_000);

test('what no machine of any group could help is told why', async () => {
  const at = await Elastic.booted({ name: 'small', cpu: 2, memory: '4Gi', min: 1, max: 1 }, { name: 'tainted', cpu: 8, memory: '8Gi', min: 0, max: 2, taints: [{ key: 'team', value: 'gpu', effect: 'NoSchedule' }] }, { name: 'mid', cpu: 4, memory: '8Gi', min: 0, max: 2 });
  at.deploy('huge', 1, '6');
  await at.wait(60);
  expect(at.eventsOf('huge')).toEqual([expect.stringMatching(/^NotTriggerScaleUp: pod didn't trigger scale-up: 1 Insufficient cpu, 1 max node group size reached, 1 node\(s\) had untolerated taint/)]);
  expect(at.nodeNames).toEqual(['control-plane', 'fixed', 'small-1']);
});

test('a cloud that refuses puts the group aside for five minutes', async () => {
  const at = await Elastic.booted({ name: 'pool', cpu: 4, memory: '8Gi', min: 0, max: 3 });
  at.cluster.cloud.nodeGroups.instanceQuota = 0;
  at.deploy('web', 1, '3');
  await at.wait(60);
  expect(at.eventsOf('cluster-autoscaler-status')).toContain('FailedToScaleUpGroup: Scale-up failed for group pool: quota exceeded: 0 of 0 instances in use');
  expect(at.eventsOf('web')).toContain("NotTriggerScaleUp: pod didn't trigger scale-up: 1 in backoff after failed scale-up");
  at.cluster.cloud.nodeGroups.instanceQuota = 5;
  await at.wait(420);
  expect(at.running('web')).toBe(1);
});

test('a machine with a Pod that must not move stays', async () => {
  const at = await Elastic.booted({ name: 'pool', cpu: 2, memory: '4Gi', min: 0, max: 2 });
  at.deploy('web', 3, '1500m');
  await at.wait(150);
  expect(at.running('web')).toBe(3);
  const [pod] = at.cluster.admin().list(pods).filter(({ spec }) => spec.nodeName === 'pool-1' && spec.containers[0]!.name === 'web');
  at.cluster.admin().patch(pods, pod!.metadata.name, 'default', { metadata: { annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' }, labels: { app: 'kept' } } });
  at.scale('web', 0);
  await at.wait(1500);
  expect(at.nodeNames).toEqual(['control-plane', 'fixed', 'pool-1']);
}, 30_000);

test('a machine that is destroyed behind the back of the cluster takes its Node with it; one that is switched off keeps it', async () => {
  const at = await Elastic.booted({ name: 'pool', cpu: 2, memory: '4Gi', min: 2, max: 2 });
  const { cloud } = at.cluster;
  cloud.nodeGroups.remove('pretend://pool-1');
  cloud.power('pretend://pool-2', false);
  await at.wait(80);
  expect(at.nodeNames).toEqual(['control-plane', 'fixed', 'pool-2']);
  const taints = () => at.cluster.admin().get(nodes, 'pool-2')!.spec.taints?.map(({ key }) => key) ?? [];
  expect(taints()).toContain('node.cloudprovider.kubernetes.io/shutdown');
  cloud.power('pretend://pool-2', true);
  await at.wait(60);
  expect(taints()).toEqual([]);
});
