import { expect, test } from 'vitest';
import { nodes, services } from '../../../src/cluster/client/resources.ts';
import { CloudControllerManager } from '../../../src/cluster/cloud/cloud-controller-manager.ts';
import { Cloud } from '../../../src/cluster/cloud/cloud.ts';
import { type GivenNode, Scene } from '../controllers/scene.ts';

class CloudScene extends Scene {
  /** Addresses and where a connection to port 80 goes. */
  readonly routes = new Map<string, (port: number, from?: string) => unknown>();
  readonly unhealthy = new Set<string>();
  readonly cloud = new Cloud({ announce: (address, route) => void (route ? this.routes.set(address, (port, from = '') => route(port, from)) : this.routes.delete(address)), isHealthy: (address) => !this.unhealthy.has(address), nodeGroups: { clock: this.world.clock, launch: () => undefined, destroy: () => undefined, power: () => undefined } });

  constructor(given?: (string | GivenNode)[], options: { configureCloudRoutes?: boolean } = {}) {
    super({ controllers: ['garbage-collector-controller'], nodes: given });
    const { world, transport, cloud } = this;
    new CloudControllerManager({ world, random: world.random.fork('ccm'), transport, credential: {}, hostname: 'control-plane', cloud, leaderElect: false, ...options }).start();
  }

  service(name: string) { return this.get(services, name); }
  addressOf(name: string) { return this.service(name).status.loadBalancer?.ingress?.[0]?.ip; }
}

function loadBalancer(name: string, spec: object = {}): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { type: 'LoadBalancer', selector: { app: name }, ports: [{ port: 80, nodePort: 30080 }], ...spec } };
}

test('a LoadBalancer gets an address that leads to its nodes', async () => {
  const at = new CloudScene();
  at.create(services, loadBalancer('web'));
  await at.wait(1);
  const address = at.addressOf('web')!;
  expect(address).toBe('203.0.113.10');
  expect(at.service('web').metadata.finalizers).toEqual(['service.kubernetes.io/load-balancer-cleanup']);
  const turns = [1, 2, 3].map(() => at.routes.get(address)!(80));
  expect(turns).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((node) => ({ address: node, port: 30080 })));
  expect(at.eventsOf('web')).toEqual(expect.arrayContaining(['EnsuringLoadBalancer: Ensuring load balancer', 'EnsuredLoadBalancer: Ensured load balancer']));
});

test('without credentials it stays pending, says why, and comes when they are there', async () => {
  const at = new CloudScene();
  at.cloud.hasCredentials = false;
  at.create(services, loadBalancer('web'));
  await at.wait(60);
  expect(at.addressOf('web')).toBeUndefined();
  expect(at.eventsOf('web')).toContain('SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: the request is not authenticated: invalid or missing cloud credentials');
  at.cloud.hasCredentials = true;
  await at.wait(60);
  expect(at.addressOf('web')).toBeDefined();
});

test('a deleted Service waits until the cloud has taken its load balancer back', async () => {
  const at = new CloudScene();
  at.create(services, loadBalancer('web'));
  await at.wait(1);
  at.cloud.outage = 'the cloud is down for maintenance';
  at.client.delete(services, 'web', 'default');
  await at.wait(10);
  expect(at.service('web').metadata.deletionTimestamp).toBeDefined();
  expect(at.eventsOf('web')).toContain('SyncLoadBalancerFailed: Error syncing load balancer: failed to delete load balancer: the cloud is down for maintenance');
  at.cloud.outage = undefined;
  await at.wait(30);
  expect(at.has(services, 'web')).toBe(false);
  expect(at.routes.size).toBe(0);
});

test('a Service that wants none any more loses it and keeps living', async () => {
  const at = new CloudScene();
  at.create(services, loadBalancer('web'));
  await at.wait(1);
  at.client.patch(services, 'web', 'default', { spec: { type: 'ClusterIP', ports: [{ port: 80 }] } });
  await at.wait(1);
  expect(at.service('web').status.loadBalancer?.ingress).toBeUndefined();
  expect(at.service('web').metadata.finalizers).toBeUndefined();
  expect(at.cloud.loadBalancers()).toEqual([]);
});

test('nodes come and go behind it', async () => {
  const at = new CloudScene();
  at.create(services, loadBalancer('web'));
  await at.wait(1);
  at.client.patch(nodes, 'worker-1', undefined, { metadata: { labels: { 'node.kubernetes.io/exclude-from-external-load-balancers': '' } } });
  at.report('worker-2', 'False');
  await at.wait(1);
  expect(at.cloud.loadBalancers()[0]!.nodes).toEqual(['10.0.0.3']);
  expect(at.eventsOf('web')).toContain('UpdatedLoadBalancer: Updated load balancer with new hosts');
});

test('the quota of the cloud and its slowness are felt', async () => {
  const at = new CloudScene();
  at.cloud.loadBalancerQuota = 1;
  at.cloud.provisioningMs = 30_000;
  at.create(services, loadBalancer('web'));
  await at.wait(1);
  at.create(services, loadBalancer('api', { ports: [{ port: 81, nodePort: 30081 }] }));
  await at.wait(20);
  expect(at.addressOf('web')).toBeUndefined();
  await at.wait(15);
  expect(at.addressOf('web')).toBeDefined();
  expect(at.eventsOf('api')).toContain('SyncLoadBalancerFailed: Error syncing load balancer: failed to ensure load balancer: quota exceeded: 1 load balancers in use');
});

const machine = { name: 'worker-1', providerID: 'pretend://i-1', type: 'm5.large', region: 'eu', zone: 'eu-a', addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, { type: 'ExternalIP', address: '198.51.100.1' }], state: 'running' as const };
const NEW: GivenNode = { metadata: { name: 'worker-1' }, spec: { taints: [{ key: 'node.cloudprovider.kubernetes.io/uninitialized', value: 'true', effect: 'NoSchedule' }] } };

test('20.1 a new node learns from the cloud who it is', async () => {
  const at = new CloudScene([NEW]);
  at.cloud.setInstance(machine);
  await at.wait(6);
  const { spec, status, metadata } = at.node('worker-1');
  expect(spec).toEqual({ providerID: 'pretend://i-1' });
  expect(status.addresses).toEqual(machine.addresses);
  expect(metadata.labels).toMatchObject({ 'node.kubernetes.io/instance-type': 'm5.large', 'topology.kubernetes.io/zone': 'eu-a', 'topology.kubernetes.io/region': 'eu' });
  expect(at.eventsOf('worker-1')).toEqual(['Synced: Node synced successfully']);
});

test('20.2 a node whose machine is switched off is tainted, and deleted with its machine', async () => {
  const at = new CloudScene([NEW]);
  at.cloud.setInstance(machine);
  await at.wait(6);
  at.report('worker-1', 'False');
  at.cloud.setInstance({ ...machine, state: 'stopped' });
  await at.wait(6);
  expect(at.node('worker-1').spec.taints).toMatchObject([{ key: 'node.cloudprovider.kubernetes.io/shutdown', effect: 'NoSchedule' }]);
  at.cloud.terminate('pretend://i-1');
  await at.wait(6);
  expect(at.has(nodes, 'worker-1')).toBe(false);
  expect(at.eventsOf('worker-1')).toContain('DeletingNode: Deleting node worker-1 because it does not exist in the cloud provider');
});

test('a node that is no machine of the cloud is left alone', async () => {
  const at = new CloudScene(['bare']);
  at.report('bare', 'False');
  await at.wait(60);
  expect(at.has(nodes, 'bare')).toBe(true);
});

test('20.3 each Pod network is led to its node, or the node says that it is not', async () => {
  const at = new CloudScene([{ metadata: { name: 'a' }, spec: { podCIDR: '10.244.0.0/24' } }], { configureCloudRoutes: true });
  await at.wait(1);
  expect([...at.cloud.routes()]).toEqual([['10.244.0.0/24', 'a']]);
  at.cloud.hasCredentials = false;
  at.addNode({ metadata: { name: 'b' }, spec: { podCIDR: '10.244.1.0/24' } });
  await at.wait(1);
  const condition = () => at.node('b').status.conditions!.find((c) => c.type === 'NetworkUnavailable');
  expect(condition()).toMatchObject({ status: 'True', reason: 'NoRouteCreated' });
  at.cloud.hasCredentials = true;
  await at.wait(15);
  expect(condition()).toMatchObject({ status: 'False', reason: 'RouteCreated', message: 'RouteController created a route' });
});
