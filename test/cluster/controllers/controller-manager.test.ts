import { expect, test } from 'vitest';
import { clusterRoles, leases, nodes, replicaSets } from '../../../src/cluster/client/resources.ts';
import { isEnabled } from '../../../src/cluster/controllers/controller-host.ts';
import { ALIASES } from '../../../src/cluster/controllers/controllers.ts';
import { replicaSet, Scene } from './scene.ts';

test('only the holder of the lease works; another takes over when it falls silent', async () => {
  const at = new Scene({ controllers: ['replicaset-controller'], manager: { leaderElect: true } });
  const second = at.createManager({ controllers: ['replicaset-controller'], manager: { leaderElect: true, hostname: 'second' } });
  await at.wait(1);
  second.start();
  const holder = () => at.get(leases, 'kube-controller-manager', 'kube-system').spec.holderIdentity!;
  await at.wait(10);
  expect(holder()).toMatch(/^control-plane_[0-9a-f-]{36}$/);
  at.manager.stop();
  at.create(replicaSets, replicaSet('web'));
  await at.wait(10);
  expect(at.pods()).toHaveLength(0);
  await at.wait(12);
  expect(holder()).toMatch(/^second_/);
  expect(at.get(leases, 'kube-controller-manager', 'kube-system').spec.leaseTransitions).toBe(1);
  expect(at.pods()).toHaveLength(3);
});

test('a leader that cannot renew its lease gives up', async () => {
  let code: number | undefined;
  const at = new Scene({ controllers: ['replicaset-controller'], manager: { leaderElect: true, onExit: (given) => { code = given; } } });
  await at.wait(5);
  at.isApiDown = true;
  await at.wait(8);
  expect(code).toBeUndefined();
  await at.wait(6);
  expect(code).toBe(1);
});

test('after an outage of the API server everything goes on', async () => {
  const at = new Scene({ controllers: ['*'] });
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  at.isApiDown = true;
  at.server.stop();
  await at.wait(30);
  at.server.start();
  at.isApiDown = false;
  at.client.patch(replicaSets, 'web', 'default', { spec: { replicas: 5 } });
  await at.wait(40);
  expect(at.pods()).toHaveLength(5);
});

test('a stopped manager does nothing more', async () => {
  const at = new Scene({ controllers: ['*'] });
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  at.manager.stop();
  await at.wait(1);
  const before = at.requests;
  await at.wait(600);
  expect(at.requests).toBe(before);
});

test.each([
  [['*'], true], [['*', '-replicaset-controller'], false], [['*', '-replicaset'], false], [['deployment-controller'], false], [['replicaset'], true], [['-deployment-controller', '*'], true],
])('--controllers=%s', (list, enabled) => {
  expect(isEnabled('replicaset-controller', list, ALIASES)).toBe(enabled);
});

test('nodes get a network for their Pods and a time to live', async () => {
  const at = new Scene({ controllers: ['node-ipam-controller', 'ttl-controller'], nodes: ['a', 'b'], manager: { clusterCidr: '10.244.0.0/23' } });
  await at.wait(1);
  expect(['a', 'b'].map((name) => at.node(name).spec.podCIDR)).toEqual(['10.244.0.0/24', '10.244.1.0/24']);
  expect(at.node('a').metadata.annotations).toEqual({ 'node.alpha.kubernetes.io/ttl': '0' });
  at.addNode('c');
  await at.wait(1);
  expect(at.node('c').spec.podCIDR).toBeUndefined();
  expect(at.eventsOf('c')).toEqual(['CIDRNotAvailable: Node c status is now: CIDRNotAvailable']);
  at.client.delete(nodes, 'a');
  await at.wait(1);
  expect(at.node('c').spec.podCIDR).toBe('10.244.0.0/24');
});

test('a ClusterRole that aggregates takes over rules by label', async () => {
  const at = new Scene({ controllers: ['clusterrole-aggregation-controller'] });
  const rule = { apiGroups: ['example.com'], resources: ['robots'], verbs: ['get'] };
  at.create(clusterRoles, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'all' }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'all' } }] }, rules: [] });
  at.create(clusterRoles, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'robots', labels: { to: 'all' } }, rules: [rule] });
  await at.wait(1);
  expect(at.get(clusterRoles, 'all').rules).toEqual([rule]);
  at.client.delete(clusterRoles, 'robots');
  await at.wait(1);
  expect(at.get(clusterRoles, 'all').rules ?? []).toEqual([]);
});
