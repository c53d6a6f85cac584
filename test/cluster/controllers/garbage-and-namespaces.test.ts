import { expect, test } from 'vitest';
import type { Namespace } from '../../../src/cluster/api/types.ts';
import { configMaps, deployments, namespaces, pods, replicaSets, secrets, serviceAccounts } from '../../../src/cluster/client/resources.ts';
import { deployment, replicaSet, Scene } from './scene.ts';

const collecting = () => new Scene({ controllers: ['*', '-namespace-controller'] });

function configMap(name: string, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default', ...metadata } };
}

const ownedBy = (owner: { kind: string; apiVersion: string; metadata: { name: string; uid: string } }, more: object = {}) => ({ ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, ...more }] });

test('in the background the owner goes first, then everything below it', async () => {
  const at = collecting();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  at.client.delete(deployments, 'web', 'default', { propagationPolicy: 'Background' });
  expect(at.has(deployments, 'web')).toBe(false);
  await at.wait(5);
  expect([at.names(replicaSets), at.names(pods)]).toEqual([[], []]);
});

test('in the foreground the owner stays until its dependents are gone', async () => {
  const at = collecting();
  at.create(replicaSets, replicaSet('web'));
  await at.wait(5);
  at.stopMs = 10_000;
  at.client.delete(replicaSets, 'web', 'default', { propagationPolicy: 'Foreground' });
  await at.wait(5);
  expect(at.get(replicaSets, 'web').metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(at.pods().every((pod) => pod.metadata.deletionTimestamp)).toBe(true);
  await at.wait(10);
  expect([at.has(replicaSets, 'web'), at.names(pods)]).toEqual([false, []]);
});

test('orphans stay and forget their owner', async () => {
  const at = collecting();
  at.create(deployments, deployment('web'));
  await at.wait(5);
  at.client.delete(deployments, 'web', 'default', { propagationPolicy: 'Orphan' });
  await at.wait(5);
  expect(at.has(deployments, 'web')).toBe(false);
  const [set] = at.client.list(replicaSets, { namespace: 'default' });
  expect(set!.metadata.ownerReferences).toBeUndefined();
  expect(at.pods()).toHaveLength(3);
});

test('an object goes only when all its owners are gone', async () => {
  const at = collecting();
  const [a, b] = [at.create(configMaps, configMap('a')), at.create(configMaps, configMap('b'))];
  at.create(configMaps, configMap('child', { ownerReferences: [...ownedBy(a).ownerReferences, ...ownedBy(b).ownerReferences] }));
  await at.wait(1);
  at.client.delete(configMaps, 'a', 'default');
  await at.wait(1);
  expect(at.get(configMaps, 'child').metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
  at.client.delete(configMaps, 'b', 'default');
  await at.wait(1);
  expect(at.has(configMaps, 'child')).toBe(false);
});

test('an owner that never was, or has another UID, makes garbage', async () => {
  const at = collecting();
  at.create(configMaps, configMap('child', ownedBy({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gone', uid: 'no-such-uid' } })));
  at.create(configMaps, configMap('strange', ownedBy({ apiVersion: 'example.com/v1', kind: 'Robot', metadata: { name: 'x', uid: 'y' } })));
  await at.wait(1);
  expect([at.has(configMaps, 'child'), at.has(configMaps, 'strange')]).toEqual([false, true]);
});

test('an owner in another namespace counts as none, and an event says so', async () => {
  const at = collecting();
  const secret = at.create(secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'far', namespace: 'kube-system' } });
  await at.wait(1);
  at.create(configMaps, configMap('child', ownedBy(secret)));
  await at.wait(1);
  expect(at.has(configMaps, 'child')).toBe(false);
  expect(at.eventsOf('child')[0]).toMatch(/^OwnerRefInvalidNamespace: ownerRef \[.*\] does not exist in namespace "default"$/);
});

const closing = () => {
  const at = new Scene({ controllers: ['*'] });
  at.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} });
  return at;
};
const conditionOf = (at: Scene, type: string) => at.get<Namespace>(namespaces, 'shop').status.conditions?.find((c) => c.type === type);

test('every namespace has a ServiceAccount of its own, made anew when deleted, and the root CA if there is one', async () => {
  const at = new Scene({ controllers: ['*'], manager: { rootCa: 'PEM' } });
  await at.wait(1);
  expect(at.names(serviceAccounts)).toEqual(['default']);
  expect(at.get(configMaps, 'kube-root-ca.crt').data).toEqual({ 'ca.crt': 'PEM' });
  at.client.delete(serviceAccounts, 'default', 'default');
  at.client.patch(configMaps, 'kube-root-ca.crt', 'default', { data: { 'ca.crt': 'tampered' } });
  await at.wait(1);
  expect(at.names(serviceAccounts)).toEqual(['default']);
  expect(at.get(configMaps, 'kube-root-ca.crt').data).toEqual({ 'ca.crt': 'PEM' });
});

test('a namespace is emptied, Pods first, and then gone', async () => {
  const at = closing();
  at.client.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'shop' }, spec: { containers: [{ name: 'main', image: 'nginx' }] } });
  at.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' } });
  await at.wait(3);
  at.stopMs = 3000;
  at.client.delete(namespaces, 'shop');
  await at.wait(7);
  expect(at.get(pods, 'web', 'shop').metadata.deletionTimestamp).toBeDefined();
  expect(at.has(configMaps, 'settings', 'shop')).toBe(true);
  expect(conditionOf(at, 'NamespaceContentRemaining')).toMatchObject({ status: 'True', reason: 'SomeResourcesRemain', message: 'Some resources are remaining: pods. has 1 resource instances' });
  await at.wait(20);
  expect(at.has(namespaces, 'shop')).toBe(false);
  expect(at.has(configMaps, 'settings', 'shop')).toBe(false);
});

test('a finalizer that nobody removes holds the namespace, which says so', async () => {
  const at = closing();
  at.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'stuck', namespace: 'shop', finalizers: ['example.com/hold'] } });
  at.client.delete(namespaces, 'shop');
  await at.wait(60);
  expect(conditionOf(at, 'NamespaceFinalizersRemaining')).toMatchObject({ status: 'True', reason: 'SomeFinalizersRemain', message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances' });
  at.client.patch(configMaps, 'stuck', 'shop', { metadata: { finalizers: null } });
  await at.wait(20);
  expect(at.has(namespaces, 'shop')).toBe(false);
});

test('an API that does not answer keeps the namespace from going', async () => {
  const at = closing();
  at.breakGroup = 'batch/v1';
  at.client.delete(namespaces, 'shop');
  await at.wait(30);
  expect(conditionOf(at, 'NamespaceDeletionDiscoveryFailure')).toMatchObject({ status: 'True', reason: 'DiscoveryFailed' });
  at.breakGroup = undefined;
  await at.wait(30);
  expect(at.has(namespaces, 'shop')).toBe(false);
});
