import { expect, test } from 'vitest';
import { persistentVolumeClaims } from '../../src/cluster/client/resources.ts';
import { GATED, Scene, SLEEPER, template } from './scene.ts';

const statefulSet = (name: string, spec: object = {}, podSpec: object = {}) => ({
  apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name }, spec: { serviceName: name, replicas: 3, selector: { matchLabels: { app: name } }, template: template({ app: name }, 'nginx:1', podSpec), ...spec },
});
const images = (at: Scene) => at.see('pods', '.items[*].spec.containers[0].image');
/** The claims that nobody has deleted. */
const kept = async (at: Scene) => at.cluster.admin().list(persistentVolumeClaims).filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name).sort();

async function db(spec: object = {}, podSpec: object = {}): Promise<Scene> {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.apply(statefulSet('db', spec, podSpec));
  await at.wait(10);
  return at;
}

test('4.1 Pods come one by one, each once the one before is ready', async () => {
  const at = await db({}, GATED);
  expect(await at.names('pods')).toEqual(['db-0']);
  await at.open(['db-0']);
  expect(await at.names('pods')).toEqual(['db-0', 'db-1']);
  await at.open(['db-1']);
  expect(await at.names('pods')).toEqual(['db-0', 'db-1', 'db-2']);
});

test('4.1 a Pod must be available for minReadySeconds before the next', async () => {
  const at = await db({ minReadySeconds: 30 });
  expect(await at.names('pods')).toEqual(['db-0']);
  await at.wait(30);
  expect(await at.names('pods')).toEqual(['db-0', 'db-1']);
});

test('4.1 Pods go from the last one on, each once the one behind has gone', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(statefulSet('db', { podManagementPolicy: 'Parallel' }, { ...SLEEPER, terminationGracePeriodSeconds: 10 }));
  await at.wait(15);
  await at.patch('sts db', { spec: { podManagementPolicy: 'OrderedReady' } });
  await at.k('delete sts db --cascade=orphan');
  await at.apply(statefulSet('db', {}, { ...SLEEPER, terminationGracePeriodSeconds: 10 }));
  await at.wait(5);
  await at.k('scale sts db --replicas=0');
  await at.wait(5);
  const leaving = () => at.see('pods', 'range .items[?(@.metadata.deletionTimestamp)]}{.metadata.name} {end');
  expect([await leaving(), await at.names('pods')]).toEqual(['db-2', ['db-0', 'db-1', 'db-2']]);
  await at.wait(10);
  expect([await leaving(), await at.names('pods')]).toEqual(['db-1', ['db-0', 'db-1']]);
  await at.wait(25);
  expect(await at.names('pods')).toEqual([]);
});

test('4.1 nothing moves while a lower Pod is unhealthy', async () => {
  const at = await db({}, GATED);
  await at.open(['db-0']);
  await at.open(['db-1']);
  await at.open(['db-2']);
  await at.open(['db-0'], 'False');
  await at.k('scale sts db --replicas=5');
  await at.wait(10);
  expect(await at.names('pods')).toHaveLength(3);
  await at.k('scale sts db --replicas=1');
  await at.wait(10);
  expect(await at.names('pods')).toHaveLength(3);
  await at.open(['db-0']);
  await at.wait(10);
  expect(await at.names('pods')).toEqual(['db-0']);
});

test('4.1 Parallel waits neither to create nor to delete', async () => {
  const at = await db({ podManagementPolicy: 'Parallel' }, GATED);
  expect(await at.names('pods')).toHaveLength(3);
  await at.k('scale sts db --replicas=0');
  await at.wait(0.1);
  expect((await at.events('db')).filter((event) => event.startsWith('SuccessfulDelete'))).toHaveLength(3);
});

test('4.2 an update goes from the last Pod down, one at a time, each ready before the next', async () => {
  const at = await db({}, GATED);
  for (const name of ['db-0', 'db-1', 'db-2']) await at.open([name]);
  await at.k('set image sts/db main=nginx:2');
  await at.wait(10);
  expect(await images(at)).toBe('nginx:1 nginx:1 nginx:2');
  await at.open(['db-2']);
  await at.wait(10);
  expect(await images(at)).toBe('nginx:1 nginx:2 nginx:2');
  expect(await at.see('sts db', '.status.updatedReplicas} {.status.currentReplicas')).toBe('2 1');
});

test('4.2 Pods below the partition keep the old revision, even when they are made again', async () => {
  const at = await db({ updateStrategy: { rollingUpdate: { partition: 2 } } });
  await at.k('set image sts/db main=nginx:2');
  await at.wait(20);
  await at.k('delete pod db-0 db-2');
  await at.wait(20);
  expect(await images(at)).toBe('nginx:1 nginx:1 nginx:2');
  await at.patch('sts db', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  await at.wait(30);
  expect(await images(at)).toBe('nginx:2 nginx:2 nginx:2');
  expect(await at.see('sts db', '.status.currentRevision')).toBe(await at.see('sts db', '.status.updateRevision'));
});

test('4.2 with OnDelete a Pod is updated when somebody deletes it', async () => {
  const at = await db({ updateStrategy: { type: 'OnDelete' } });
  await at.k('set image sts/db main=nginx:2');
  await at.wait(20);
  expect(await images(at)).toBe('nginx:1 nginx:1 nginx:1');
  await at.k('delete pod db-1');
  await at.wait(10);
  expect(await images(at)).toBe('nginx:1 nginx:2 nginx:1');
});

test('4.3 a broken update stays stuck after it was taken back, until the Pod is deleted by hand', async () => {
  const at = await db();
  await at.patch('sts db', { spec: { template: { spec: GATED } } });
  await at.wait(20);
  expect(await at.see('pod db-2', '.status.conditions[?(@.type=="Ready")].status')).toBe('False');
  await at.patch('sts db', { spec: { template: { spec: { readinessGates: null } } } });
  await at.wait(60);
  expect(await at.see('pod db-2', '.spec.readinessGates')).not.toBe('');
  await at.k('delete pod db-2');
  await at.wait(10);
  expect(await at.see('sts db', '.status.readyReplicas')).toBe('3');
});

test('4.4 Pods and claims have fixed names, the Pods labels of their own', async () => {
  const at = await db({ replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] });
  expect(await at.names('pvc')).toContain('data-db-0');
  expect(await at.see('pod db-0', '.metadata.labels.statefulset\\.kubernetes\\.io/pod-name} {.metadata.labels.apps\\.kubernetes\\.io/pod-index} {.spec.hostname} {.spec.subdomain')).toBe('db-0 0 db-0 db');
  expect(await at.see('pod db-0', '.metadata.labels.controller-revision-hash')).toBe(await at.see('sts db', '.status.updateRevision'));
  await at.k('delete sts db');
  await at.wait(10);
  expect([await at.names('pods'), (await at.names('pvc'))[0]]).toEqual([[], 'data-db-0']);
});

test('4.4 a start ordinal moves the names', async () => {
  const at = await db({ replicas: 2, ordinals: { start: 5 } });
  expect(await at.names('pods')).toEqual(['db-5', 'db-6']);
});

test('4.4 claims go with their Pods only where the retention policy says so', async () => {
  const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }];
  const at = await Scene.hollow();
  const set = { podManagementPolicy: 'Parallel', replicas: 2, volumeClaimTemplates: claims };
  await at.apply(statefulSet('a', { ...set, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Retain' } }), statefulSet('b', { ...set, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Retain', whenDeleted: 'Delete' } }));
  await at.wait(10);
  await at.k('scale sts a b --replicas=1');
  await at.wait(10);
  expect(await kept(at)).toEqual(['data-a-0', 'data-b-0', 'data-b-1']);
  await at.k('delete sts a b');
  await at.wait(10);
  expect(await kept(at)).toEqual(['data-a-0']);
});

test('4.5 a finished Pod is deleted and made again under its name', async () => {
  const at = await db({ replicas: 1 });
  const uid = await at.see('pod db-0', '.metadata.uid');
  await at.patch('pod db-0', { status: { phase: 'Failed' } }, '--subresource=status');
  await at.wait(10);
  expect(await at.see('pod db-0', '.metadata.uid')).not.toBe(uid);
  expect(await at.see('pod db-0', '.status.phase')).toBe('Running');
  expect((await at.events('db')).join('\n')).toContain('RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0');
});

test('4.5 on a dead node the Pod stays Terminating and is not replaced until its object has gone', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(statefulSet('db', { replicas: 1 }));
  await at.wait(20);
  const node = await at.see('pod db-0', '.spec.nodeName');
  await at.run(`power ${node} off`);
  await at.wait(420);
  expect([await at.names('pods'), await at.see('pod db-0', '.metadata.deletionTimestamp') === '']).toEqual([['db-0'], false]);
  await at.k('delete pod db-0 --force --grace-period=0');
  await at.wait(20);
  expect([await at.see('pod db-0', '.spec.nodeName') !== node, await at.see('pod db-0', '.status.phase')]).toEqual([true, 'Running']);
});

test('4.2 Parallel or not, an update takes one Pod at a time', async () => {
  const at = await db({ podManagementPolicy: 'Parallel' }, GATED);
  await at.open(['db-0', 'db-1', 'db-2']);
  await at.k('set image sts/db main=nginx:2');
  await at.wait(20);
  expect(await images(at)).toBe('nginx:1 nginx:1 nginx:2');
});

test('4.4 claims stay when a set shrinks, and wait for the Pod that comes back', async () => {
  const at = await db({ replicas: 2, podManagementPolicy: 'Parallel', volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] });
  const uid = await at.see('pvc data-db-1', '.metadata.uid');
  await at.k('scale sts db --replicas=1');
  await at.wait(10);
  expect(await kept(at)).toEqual(['data-db-0', 'data-db-1']);
  await at.k('scale sts db --replicas=2');
  await at.wait(10);
  expect(await at.see('pvc data-db-1', '.metadata.uid')).toBe(uid);
});
