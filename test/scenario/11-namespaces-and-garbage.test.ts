import { expect, test } from 'vitest';
import { deployment, pod, Scene, SLEEPER, template } from './scene.ts';

const configMap = (name: string, metadata: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata } });
const HELD = { finalizers: ['example.com/hold'] };
const leaving = async (at: Scene, what: string) => (await at.see(what, '.metadata.deletionTimestamp')) !== '';
const condition = (at: Scene, type: string) => at.see('ns shop', `.status.conditions[?(@.type=="${type}")].status} {.status.conditions[?(@.type=="${type}")].reason} {.status.conditions[?(@.type=="${type}")].message`);

async function shop(...objects: object[]): Promise<Scene> {
  const at = await Scene.hollow();
  await at.k('create ns shop');
  await at.wait(1);
  if (objects.length > 0) await at.apply(...objects);
  await at.wait(3);
  return at;
}

test('11.1 a namespace that is deleted takes nothing new, and goes when it is empty', async () => {
  const at = await shop(pod('a', {}, { namespace: 'shop', ...HELD }), configMap('cm', { namespace: 'shop' }));
  await at.k('delete ns shop --wait=false');
  expect(await at.see('ns shop', '.status.phase} {.metadata.deletionGracePeriodSeconds')).toBe('Terminating');
  await at.wait(5);
  expect(await at.see('ns shop', '.status.phase} {.spec.finalizers[0]')).toBe('Terminating kubernetes');
  expect(await at.k('create cm late -n shop')).toBe('error: failed to create configmap: configmaps "late" is forbidden: unable to create new content in namespace shop because it is being terminated');
  expect(await at.names('cm -n shop')).toContain('cm');
  expect([await condition(at, 'NamespaceContentRemaining'), await condition(at, 'NamespaceFinalizersRemaining')]).toEqual([
    'True SomeResourcesRemain Some resources are remaining: pods. has 1 resource instances', 'True SomeFinalizersRemain Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  ]);
  expect([await condition(at, 'NamespaceDeletionDiscoveryFailure'), await condition(at, 'NamespaceDeletionGroupVersionParsingFailure'), await condition(at, 'NamespaceDeletionContentFailure')]).toEqual([
    'False ResourcesDiscovered All resources successfully discovered', 'False ParsedGroupVersions All legacy kube types successfully parsed', expect.stringMatching('^False ContentDeleted All content successfully deleted, may be waiting on finalization'),
  ]);
  await at.patch('pod a -n shop', { metadata: { finalizers: null } });
  await at.wait(20);
  expect(await at.k('get ns shop')).toBe('Error from server (NotFound): namespaces "shop" not found');
});

test('11.1 the namespaces of the system cannot be deleted', async () => {
  const at = await Scene.hollow();
  for (const name of ['default', 'kube-system', 'kube-public']) expect(await at.k(`delete ns ${name}`)).toBe(`Error from server (Forbidden): namespaces "${name}" is forbidden: this namespace may not be deleted`);
  expect(await at.k('create cm a -n nowhere')).toBe('error: failed to create configmap: namespaces "nowhere" not found');
});

test('11.2 what has finalizers is only marked, and goes when the last one does', async () => {
  const at = await shop(configMap('a', { finalizers: ['example.com/one', 'example.com/two'] }));
  await at.k('delete cm a --wait=false');
  expect(await leaving(at, 'cm a')).toBe(true);
  expect(await at.patch('cm a', { metadata: { finalizers: ['example.com/one', 'example.com/three'] } })).toContain('metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/three"}');
  await at.patch('cm a', { metadata: { finalizers: ['example.com/two'] } });
  expect(await leaving(at, 'cm a')).toBe(true);
  await at.patch('cm a', { metadata: { finalizers: [] } });
  expect(await at.k('get cm a')).toContain('not found');
});

test('11.3 in the background the owner goes first', async () => {
  const at = await shop(deployment('web', { replicas: 2 }));
  await at.k('delete deploy web');
  expect(await at.names('deploy')).toEqual([]);
  await at.wait(10);
  expect([await at.names('rs'), await at.names('pods')]).toEqual([[], []]);
});

test('11.3 in the foreground the dependents go first', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 1, template: template({ app: 'web' }, '', { ...SLEEPER, terminationGracePeriodSeconds: 10 }) }));
  await at.wait(15);
  await at.k('delete deploy web --cascade=foreground --wait=false');
  await at.wait(5);
  expect([await at.see('deploy web', '.metadata.finalizers'), await at.see('rs', '.items[0].metadata.finalizers')]).toEqual(['["foregroundDeletion"]', '["foregroundDeletion"]']);
  await at.wait(15);
  expect([await at.names('deploy'), await at.names('rs'), await at.names('pods')]).toEqual([[], [], []]);
});

test('11.3 orphans stay, without their owner', async () => {
  const at = await shop(deployment('web', { replicas: 1 }));
  expect(await at.k('delete deploy web --cascade=orphan')).toBe('deployment.apps "web" deleted from default namespace');
  await at.wait(5);
  expect(await at.see('rs', '.items[*].metadata.ownerReferences')).toBe('');
  expect(await at.see('pods', '.items[*].metadata.ownerReferences[0].kind')).toBe('ReplicaSet');
  await at.apply(deployment('web', { replicas: 1 }));
  await at.wait(5);
  expect([(await at.names('rs')).length, (await at.names('pods')).length]).toEqual([1, 1]);
});

test('11.3 a dependent that does not block lets the owner go', async () => {
  const at = await shop(configMap('owner'));
  const uid = await at.see('cm owner', '.metadata.uid');
  const owned = (name: string, blockOwnerDeletion: boolean) => configMap(name, { ...HELD, ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid, blockOwnerDeletion }] });
  await at.apply(owned('loose', false));
  await at.wait(1);
  await at.k('delete cm owner --cascade=foreground --wait=false');
  await at.wait(5);
  expect([await at.k('get cm owner'), await leaving(at, 'cm loose')]).toEqual([expect.stringContaining('not found'), true]);
});

test('11.4 a dependent goes with its last owner; owners are known by UID and live in the same namespace', async () => {
  const at = await shop(configMap('a'), configMap('b'), configMap('far', { namespace: 'shop' }));
  const owner = async (name: string, namespace = 'default') => ({ apiVersion: 'v1', kind: 'ConfigMap', name, uid: await at.see(`cm ${name} -n ${namespace}`, '.metadata.uid') });
  await at.apply(configMap('both', { ownerReferences: [await owner('a'), await owner('b')] }), configMap('wrong', { ownerReferences: [{ ...await owner('a'), uid: 'other' }] }), configMap('crossed', { ownerReferences: [await owner('far', 'shop')] }));
  await at.wait(2);
  expect(await at.names('cm')).toEqual(['a', 'b', 'both', 'kube-root-ca.crt']);
  expect((await at.events('crossed'))[0]).toMatch(/^OwnerRefInvalidNamespace: ownerRef \[v1\/ConfigMap, namespace: default, name: far, uid: [-0-9a-f]+\] does not exist in namespace "default"$/);
  await at.k('delete cm a');
  await at.wait(2);
  expect(await at.see('cm both', '.metadata.ownerReferences[*].name')).toBe('b');
  await at.k('delete cm b');
  await at.wait(2);
  expect(await at.names('cm')).toEqual(['kube-root-ca.crt']);
});

test('11.4 a cluster-scoped object with an owner in a namespace is never collected', async () => {
  const at = await shop(configMap('a'));
  await at.apply({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv', ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: await at.see('cm a', '.metadata.uid') }] }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } } });
  await at.k('delete cm a');
  await at.wait(5);
  expect(await at.names('pv')).toEqual(['pv']);
});

test('11.6 each namespace gets its account and the root certificate, again if somebody deletes them', async () => {
  const at = await shop();
  expect([await at.names('sa -n shop'), await at.names('cm -n shop')]).toEqual([['default'], ['kube-root-ca.crt']]);
  await at.k('delete sa default -n shop');
  await at.k('delete cm kube-root-ca.crt -n shop');
  await at.wait(2);
  expect([await at.names('sa -n shop'), await at.names('cm -n shop')]).toEqual([['default'], ['kube-root-ca.crt']]);
  await at.patch('cm kube-root-ca.crt -n shop', { data: { 'ca.crt': 'forged' } });
  await at.wait(2);
  expect(await at.see('cm kube-root-ca.crt -n shop', '.data.ca\\.crt')).toContain('BEGIN CERTIFICATE');
});
