import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

const DISKS = 'https://raw.githubusercontent.com/pretend-cloud/disk-csi-driver/main/deploy/deploy.yaml';
const attributes = (name: string, parameters: object) => ({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', metadata: { name }, driverName: 'disk.csi.pretend.cloud', parameters });

async function bound(): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: { labels: { 'topology.kubernetes.io/zone': 'a' } } });
  await at.k(`apply -f ${DISKS}`);
  await at.wait(40);
  await at.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } } },
    { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'user' }, spec: { containers: [{ name: 'c', image: 'busybox', command: ['sleep', '1000000'] }], volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] } });
  await at.wait(40);
  return at;
}
const parameters = (at: Scene) => at.cluster.cloud.disks.list()[0]!.parameters;
const state = (at: Scene) => at.see('pvc data', '.status.currentVolumeAttributesClassName},{.status.modifyVolumeStatus.status},{.status.conditions[?(@.type=="ModifyingVolume")].status');

test('16.3 a bound claim may name other attributes: its disk is changed while it is in use', async () => {
  const at = await bound();
  await at.make(attributes('silver', { iops: '3000' }), attributes('gold', { iops: '16000', throughput: '1000' }));
  await at.patch('pvc data', { spec: { volumeAttributesClassName: 'silver' } });
  await at.wait(0.5);
  expect(await state(at)).toBe(',InProgress,True');
  await at.wait(5);
  expect([await state(at), parameters(at)]).toEqual(['silver,,', { iops: '3000' }]);
  expect(await at.see('pv', '.items[0].spec.volumeAttributesClassName')).toBe('silver');
  await at.patch('pvc data', { spec: { volumeAttributesClassName: 'gold' } });
  await at.wait(5);
  expect([await state(at), parameters(at)]).toEqual(['gold,,', { iops: '16000', throughput: '1000' }]);
  expect(await at.events('data')).toEqual(expect.arrayContaining(['VolumeModify: external resizer is modifying volume data with vac gold', 'VolumeModifySuccessful: external resizer modified volume data with vac gold successfully']));
  expect(await at.k('get pvc data --no-headers -o wide')).toMatch(/ gold /);
  expect(await at.patch('pvc data', { spec: { volumeAttributesClassName: null } })).toContain('spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden');
});

test('16.3 a class that is not there yet is waited for, one that cannot be is infeasible; one in use stays', async () => {
  const at = await bound();
  await at.patch('pvc data', { spec: { volumeAttributesClassName: 'late' } });
  await at.wait(5);
  expect([await state(at), (await at.events('data')).at(-1)]).toEqual([',Pending,', 'VolumeModifyFailed: VAC late does not exist.']);
  await at.make(attributes('late', { iops: '500' }), attributes('odd', { colour: 'red' }));
  await at.wait(5);
  expect([await state(at), parameters(at)]).toEqual(['late,,', { iops: '500' }]);
  await at.k('delete vac late --wait=false');
  await at.patch('pvc data', { spec: { volumeAttributesClassName: 'odd' } });
  await at.wait(5);
  expect(await state(at)).toBe('late,Infeasible,True');
  expect(await at.events('data')).toContain('VolumeModifyFailed: rpc error: code = InvalidArgument desc = invalid parameter key colour: a disk has type, iops and throughput');
  expect(await at.see('vac late', '.metadata.finalizers[0]')).toBe('kubernetes.io/vac-protection');
  expect(await at.k('delete vac odd --wait=false')).toBe('volumeattributesclass.storage.k8s.io "odd" deleted');
  expect(await at.patch('vac late', { parameters: { iops: '9' } })).toContain('parameters: Forbidden: updates to parameters are forbidden.');
});
