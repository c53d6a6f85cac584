import { expect, test } from 'vitest';
import { controllerRevisions, persistentVolumeClaims, pods, statefulSets } from '../../../src/cluster/client/resources.ts';
import { Scene, template } from './scene.ts';

const scene = () => new Scene({ controllers: ['statefulset-controller', 'garbage-collector-controller'] });

function statefulSet(name: string, spec: object = {}): object {
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name, namespace: 'default' }, spec: { replicas: 3, serviceName: name, selector: { matchLabels: { app: name } }, template: template({ app: name }, 'postgres:16'), ...spec } };
}

const claims = { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] };
const podNames = (at: Scene) => at.names(pods);
const images = (at: Scene) => at.pods().map((pod) => `${pod.metadata.name} ${pod.spec.containers[0]!.image}`).sort();
const setImage = (at: Scene, image: string) => at.client.patch(statefulSets, 'db', 'default', { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } }, { type: 'strategic' });

test('Pods come one after the other, each with its own claim', async () => {
  const at = scene();
  at.startMs = 2000;
  at.create(statefulSets, statefulSet('db', claims));
  await at.wait(1);
  expect(podNames(at)).toEqual(['db-0']);
  await at.wait(2);
  expect(podNames(at)).toEqual(['db-0', 'db-1']);
  await at.wait(10);
  expect(podNames(at)).toEqual(['db-0', 'db-1', 'db-2']);
  expect(at.names(persistentVolumeClaims)).toEqual(['data-db-0', 'data-db-1', 'data-db-2']);
  const pod = at.get(pods, 'db-1');
  expect(pod.spec).toMatchObject({ hostname: 'db-1', subdomain: 'db', volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-1' } }] });
  const [revision] = at.names(controllerRevisions);
  expect(pod.metadata.labels).toEqual({ app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-1', 'apps.kubernetes.io/pod-index': '1', 'controller-revision-hash': revision });
  expect(at.get(statefulSets, 'db').status).toEqual({
    observedGeneration: 1, replicas: 3, readyReplicas: 3, currentReplicas: 3, updatedReplicas: 3, availableReplicas: 3, currentRevision: revision, updateRevision: revision, collisionCount: 0,
  });
  expect(at.eventsOf('db')).toEqual(expect.arrayContaining(['SuccessfulCreate: Create Claim data-db-0 Pod db-0 in StatefulSet db success', 'SuccessfulCreate: Create Pod db-0 in StatefulSet db successful']));
});

test('it shrinks from the top, and its claims stay', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db', claims));
  await at.wait(10);
  at.stopMs = 5000;
  at.client.patch(statefulSets, 'db', 'default', { spec: { replicas: 1 } });
  await at.wait(2);
  expect(podNames(at)).toEqual(['db-0', 'db-1', 'db-2']);
  expect(at.get(pods, 'db-2').metadata.deletionTimestamp).toBeDefined();
  expect(at.get(pods, 'db-1').metadata.deletionTimestamp).toBeUndefined();
  await at.wait(12);
  expect(podNames(at)).toEqual(['db-0']);
  expect(at.names(persistentVolumeClaims)).toHaveLength(3);
});

test('nothing moves while a lower Pod is not healthy', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db'));
  await at.wait(10);
  at.setPod(at.get(pods, 'db-0'), 'running');
  at.client.patch(statefulSets, 'db', 'default', { spec: { replicas: 5 } });
  await at.wait(10);
  expect(podNames(at)).toEqual(['db-0', 'db-1', 'db-2']);
  at.setPod(at.get(pods, 'db-0'), 'ready');
  await at.wait(10);
  expect(podNames(at)).toHaveLength(5);
});

test('Parallel waits for nobody', async () => {
  const at = scene();
  at.fate = () => 'pending';
  at.create(statefulSets, statefulSet('db', { podManagementPolicy: 'Parallel' }));
  await at.wait(1);
  expect(podNames(at)).toEqual(['db-0', 'db-1', 'db-2']);
});

test('an update goes from the top down to the partition, and no Pod below gets it', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db', { updateStrategy: { rollingUpdate: { partition: 2 } } }));
  await at.wait(10);
  setImage(at, 'postgres:17');
  await at.wait(10);
  expect(images(at)).toEqual(['db-0 postgres:16', 'db-1 postgres:16', 'db-2 postgres:17']);
  const { status } = at.get(statefulSets, 'db');
  expect(status).toMatchObject({ currentReplicas: 2, updatedReplicas: 1 });
  expect(status.currentRevision).not.toBe(status.updateRevision);
  at.client.delete(pods, 'db-0', 'default');
  await at.wait(10);
  expect(images(at)[0]).toBe('db-0 postgres:16');
  at.client.patch(statefulSets, 'db', 'default', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  await at.wait(20);
  expect(images(at)).toEqual(['db-0 postgres:17', 'db-1 postgres:17', 'db-2 postgres:17']);
  expect(at.get(statefulSets, 'db').status).toMatchObject({ currentReplicas: 3, updatedReplicas: 3 });
});

test('a broken update stays stuck after the template is put right, until the Pod is deleted by hand', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db'));
  await at.wait(10);
  at.fate = (pod) => (pod.spec.containers[0]!.image === 'postgres:bad' ? 'pending' : 'ready');
  setImage(at, 'postgres:bad');
  await at.wait(10);
  setImage(at, 'postgres:16');
  await at.wait(30);
  expect(images(at)).toEqual(['db-0 postgres:16', 'db-1 postgres:16', 'db-2 postgres:bad']);
  at.client.delete(pods, 'db-2', 'default');
  await at.wait(10);
  expect(images(at)).toEqual(['db-0 postgres:16', 'db-1 postgres:16', 'db-2 postgres:16']);
});

test('on a dead node the Pod stays Terminating and is not replaced', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db'));
  await at.wait(10);
  at.silent.add(at.get(pods, 'db-1').spec.nodeName!);
  at.client.delete(pods, 'db-1', 'default');
  await at.wait(300);
  expect(at.get(pods, 'db-1').metadata.deletionTimestamp).toBeDefined();
  at.client.delete(pods, 'db-1', 'default', { gracePeriodSeconds: 0 });
  at.silent.clear();
  await at.wait(5);
  expect(at.get(pods, 'db-1').metadata.deletionTimestamp).toBeUndefined();
});

test('a failed Pod comes back under its name', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db', { replicas: 1 }));
  await at.wait(5);
  const { uid } = at.get(pods, 'db-0').metadata;
  at.setPod(at.get(pods, 'db-0'), 'Failed');
  await at.wait(5);
  expect(at.get(pods, 'db-0').metadata.uid).not.toBe(uid);
  expect(at.eventsOf('db')).toContain('RecreatingFailedPod: StatefulSet default/db is recreating failed Pod db-0');
});

test('claims go with scaling and with the set when the retention policy says so', async () => {
  const at = scene();
  at.create(statefulSets, statefulSet('db', { ...claims, persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete', whenDeleted: 'Delete' } }));
  await at.wait(10);
  at.client.patch(statefulSets, 'db', 'default', { spec: { replicas: 2 } });
  await at.wait(10);
  expect(at.names(persistentVolumeClaims)).toEqual(['data-db-0', 'data-db-1']);
  at.client.delete(statefulSets, 'db', 'default', { propagationPolicy: 'Background' });
  await at.wait(10);
  expect(at.names(persistentVolumeClaims)).toEqual([]);
  expect(podNames(at)).toEqual([]);
});
