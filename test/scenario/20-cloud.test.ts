import { expect, test } from 'vitest';
import { deployment, Scene } from './scene.ts';

const lb = (name: string, spec: object = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { type: 'LoadBalancer', selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } });
const external = (at: Scene, name: string) => at.see(`svc ${name}`, '.status.loadBalancer.ingress[0].ip');

test('20.4 without a cloud controller manager a load balancer stays pending for ever', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(deployment('web', { replicas: 1 }), lb('web'));
  await at.run("ssh cp 'mv /etc/kubernetes/manifests/cloud-controller-manager.yaml /root/'");
  await at.wait(30);
  await at.apply(lb('late'));
  await at.wait(120);
  expect([await external(at, 'late'), await at.k('get svc late --no-headers'), await at.events('late')]).toEqual(['', expect.stringMatching(/<pending>/), []]);
});

test('20.4 a load balancer gets an address that answers, says so, and holds its Service until the cloud has let it go', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(deployment('web', { replicas: 1 }), lb('web'));
  await at.wait(60);
  const ip = await external(at, 'web');
  expect([ip, await at.see('svc web', '.metadata.finalizers[0]'), await at.events('web')]).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/), 'service.kubernetes.io/load-balancer-cleanup', expect.arrayContaining(['EnsuringLoadBalancer: Ensuring load balancer', 'EnsuredLoadBalancer: Ensured load balancer'])]);
  expect(await at.run(`curl -s -o /dev/null -w '%{http_code}' ${ip}`)).toBe('200');
  at.cluster.cloud.outage = 'the cloud is down for maintenance';
  await at.k('delete svc web --wait=false');
  await at.wait(20);
  expect(await at.see('svc web', '.metadata.deletionTimestamp')).not.toBe('');
  expect((await at.events('web')).join('\n')).toContain('SyncLoadBalancerFailed: Error syncing load balancer: failed to delete load balancer: the cloud is down for maintenance');
  at.cluster.cloud.outage = undefined;
  await at.wait(60);
  expect(await at.k('get svc web')).toContain('NotFound');
});

test('20.4 quota, slowness and missing credentials of the cloud are told, and tried again', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const { cloud } = at.cluster;
  cloud.loadBalancerQuota = 1;
  cloud.provisioningMs = 30_000;
  await at.apply(lb('a'));
  await at.wait(10);
  expect(await external(at, 'a')).toBe('');
  await at.wait(25);
  await at.apply(lb('b'));
  await at.wait(15);
  expect([await external(at, 'a') !== '', (await at.events('b')).join('\n')]).toEqual([true, expect.stringContaining('failed to ensure load balancer: quota exceeded: 1 load balancers in use')]);
  cloud.loadBalancerQuota = 5;
  cloud.hasCredentials = false;
  await at.wait(60);
  expect((await at.events('b')).join('\n')).toContain('the request is not authenticated');
  cloud.hasCredentials = true;
  await at.wait(400);
  expect(await external(at, 'b')).not.toBe('');
});

test('20.4 nodes with the label are left out, and those that the autoscaler is about to remove', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {}, w3: {} });
  await at.apply(lb('web'));
  await at.wait(60);
  await at.k('label node w1 node.kubernetes.io/exclude-from-external-load-balancers=');
  await at.k('taint node w2 ToBeDeletedByClusterAutoscaler=1:NoSchedule');
  await at.wait(120);
  const { nodes } = at.cluster.cloud.loadBalancers()[0]!;
  const takes = async (node: string) => nodes.includes(await at.see(`node ${node}`, '.status.addresses[0].address'));
  expect([await takes('w1'), await takes('w2'), await takes('w3')]).toEqual([false, false, true]);
});

test('20.4 a load balancer lets in whom loadBalancerSourceRanges name', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 1 }));
  await at.k('expose deploy web --port=80 --type=LoadBalancer');
  await at.wait(90);
  const address = await at.see('svc web', '.status.loadBalancer.ingress[0].ip');
  const reach = async () => (await at.run(`curl -s -o /dev/null -w "%{http_code}" --max-time 3 http://${address}`)).slice(0, 3);
  const fromNode = async () => (await at.run(`ssh w1 'curl -s -o /dev/null -w "%{http_code}" --max-time 3 http://${address}'`)).slice(0, 3);
  expect([await reach(), await fromNode()]).toEqual(['200', '200']);
  await at.patch('svc web', { spec: { loadBalancerSourceRanges: ['10.0.0.11/32'] } });
  await at.wait(10);
  expect([await reach(), await fromNode()]).toEqual(['000', '200']);
  expect(await at.events('web')).toContain('LoadBalancerSourceRanges: [] -> [10.0.0.11/32]');
  expect(await at.patch('svc web', { spec: { loadBalancerSourceRanges: ['10.0.0.0'] } })).toContain('spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)');
});
