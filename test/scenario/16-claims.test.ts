/** Section 16: which volume a claim gets, and what of it may change. */
import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

const claim = (name: string, spec: object = {}) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: '', resources: { requests: { storage: '1Gi' } }, ...spec } });
const volume = (name: string, spec: object = {}, labels: object = {}) => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, labels }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: '', hostPath: { path: `/tmp/${name}` }, ...spec } });
const volumeOf = (at: Scene, name: string) => at.see(`pvc ${name}`, '.spec.volumeName');

test('16.1 the mode of the volume, and the labels that a claim asks for, must fit', async () => {
  const at = await Scene.hollow();
  await at.apply(volume('block', { volumeMode: 'Block' }), volume('slow', {}, { speed: 'slow' }), volume('fast', {}, { speed: 'fast' }));
  await at.wait(1);
  await at.apply(claim('raw', { volumeMode: 'Block' }), claim('quick', { selector: { matchLabels: { speed: 'fast' } } }), claim('none', { selector: { matchLabels: { speed: 'other' } } }));
  await at.wait(20);
  expect([await volumeOf(at, 'raw'), await volumeOf(at, 'quick'), await volumeOf(at, 'none'), await at.see('pv slow', '.status.phase')]).toEqual(['block', 'fast', '', 'Available']);
});

test('16.1 ReadWriteOnce is about nodes, not about Pods', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const user = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { containers: [{ name: 'c', image: 'nginx:1.27', volumeMounts: [{ name: 'd', mountPath: '/d' }] }], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } });
  await at.apply(volume('v'), claim('data'), user('a'), user('b'));
  await at.wait(30);
  expect(await at.see('pods', '.items[*].status.phase')).toBe('Running Running');
});

test('16.2 of several default classes the newest is given', async () => {
  const at = await Scene.hollow();
  const storageClass = (name: string) => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, provisioner: 'example.com/none' });
  await at.apply(storageClass('first'));
  await at.wait(2);
  await at.apply(storageClass('a-second'));
  await at.apply(claim('a', { storageClassName: undefined }));
  expect(await at.see('pvc a', '.spec.storageClassName')).toBe('a-second');
});

test('16.3 nothing of a claim may change but its size', async () => {
  const at = await Scene.hollow();
  await at.apply(volume('v'), claim('a'));
  await at.wait(20);
  expect(await at.patch('pvc a', { spec: { accessModes: ['ReadWriteMany'] } })).toContain('spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims');
});
