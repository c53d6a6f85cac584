/** The plugins that look at a Pod's volumes. */
import { describe, expect, test } from 'vitest';
import type { KubeObject, Volume } from '../../../src/cluster/api/types.ts';
import { nodeVolumeLimits } from '../../../src/cluster/scheduler/plugins/node-volume-limits.ts';
import { volumeRestrictions } from '../../../src/cluster/scheduler/plugins/volume-restrictions.ts';
import { volumeZone } from '../../../src/cluster/scheduler/plugins/volume-zone.ts';
import { clusterOf, node, pod, verdicts } from './builders.ts';

const ZONE = 'topology.kubernetes.io/zone';
const OLD_ZONE = 'failure-domain.beta.kubernetes.io/zone';

const object = <T extends object>(kind: string, name: string, more: T, namespace?: string): KubeObject & T => ({ apiVersion: 'v1', kind, metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '', ...(namespace ? { namespace } : {}) }, ...more });
const claim = (name: string, spec: object) => object('PersistentVolumeClaim', name, { spec }, 'default');
const volume = (name: string, driver: string, labels: Record<string, string> = {}) => { const made = object('PersistentVolume', name, { spec: { csi: { driver, volumeHandle: name } } }); return { ...made, metadata: { ...made.metadata, labels } }; };
const using = (name: string, claims: string[], on?: string) => pod(name, { ...(on ? { on } : {}), spec: { volumes: claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) } });

describe('NodeVolumeLimits', () => {
  const limit = (name: string, count?: number, driver = 'ebs') => object('CSINode', name, { spec: { drivers: [{ name: driver, nodeID: name, topologyKeys: null, ...(count === undefined ? {} : { allocatable: { count } }) }] } });
  const objects = {
    persistentvolumeclaims: [...'abc'].map((name) => claim(name, { volumeName: `v-${name}` })).concat(claim('new', { storageClassName: 'fast' }), claim('other', { volumeName: 'v-other' }), claim('lost', { volumeName: 'v-lost' })),
    persistentvolumes: [...[...'abc'].map((name) => volume(`v-${name}`, 'ebs')), volume('v-other', 'nfs')],
    storageclasses: [object('StorageClass', 'fast', { provisioner: 'ebs' })],
    csinodes: [limit('two', 2), limit('one', 1), limit('none'), limit('files', 0, 'nfs')],
  };
  const nodes = ['two', 'one', 'none', 'files', 'unknown'].map((name) => node(name));
  const full = 'node(s) exceed max volume count';
  const there = [using('x', ['a'], 'two'), using('y', ['a'], 'one')];

  test.each<[string, string[], Record<string, string>]>([
    ['one more', ['b'], { two: 'ok', one: full, none: 'ok', files: 'ok', unknown: 'ok' }],
    ['two more', ['b', 'c'], { two: full, one: full, none: 'ok', files: 'ok', unknown: 'ok' }],
    ['one that is there', ['a'], { two: 'ok', one: 'ok', none: 'ok', files: 'ok', unknown: 'ok' }],
    ['one that is to be made', ['b', 'new'], { two: full, one: full, none: 'ok', files: 'ok', unknown: 'ok' }],
    ['one of another driver', ['other'], { two: 'ok', one: 'ok', none: 'ok', files: full, unknown: 'ok' }],
    ['one that nobody knows', ['lost'], { two: 'ok', one: 'ok', none: 'ok', files: 'ok', unknown: 'ok' }],
  ])('counts %s', (_, claims, wanted) => expect(verdicts(nodeVolumeLimits, using('p', claims), clusterOf(nodes, there, objects))).toEqual(wanted));

  test('a claim bound to a volume that is not CSI counts for nobody, whatever its class says', () => {
    const local = { ...objects, persistentvolumeclaims: [...objects.persistentvolumeclaims, claim('local', { volumeName: 'v-local', storageClassName: 'fast' })], persistentvolumes: [...objects.persistentvolumes, object('PersistentVolume', 'v-local', { spec: { hostPath: { path: '/data' } } })] };
    expect(verdicts(nodeVolumeLimits, using('p', ['b', 'local']), clusterOf(nodes, there, local))).toMatchObject({ two: 'ok' });
  });

  test('what is still attached counts on its node', () => {
    const volumeattachments = [object('VolumeAttachment', 'left', { spec: { attacher: 'ebs', nodeName: 'one', source: { persistentVolumeName: 'v-c' } } })];
    expect(verdicts(nodeVolumeLimits, using('p', ['b']), clusterOf(nodes, [], { ...objects, volumeattachments }))).toMatchObject({ two: 'ok', one: full });
  });
});

describe('VolumeZone', () => {
  const nodes = [node('a', { labels: { [ZONE]: 'a' } }), node('b', { labels: { [ZONE]: 'b' } }), node('old', { labels: { [OLD_ZONE]: 'a' } }), node('plain')];
  const elsewhere = 'node(s) had no available volume zone!';
  const all = (verdict: string) => ({ a: verdict, b: verdict, old: verdict, plain: verdict });
  const told = (spec: object, labels: Record<string, string> = {}) => verdicts(volumeZone, using('p', ['c']), clusterOf(nodes, [], {
    persistentvolumeclaims: [claim('c', spec)], persistentvolumes: [volume('v', 'ebs', labels)],
    storageclasses: [object('StorageClass', 'late', { provisioner: 'ebs', volumeBindingMode: 'WaitForFirstConsumer' }), object('StorageClass', 'soon', { provisioner: 'ebs', volumeBindingMode: 'Immediate' }), object('StorageClass', 'unset', { provisioner: 'ebs' })],
  }));

  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['no label', {}, all('ok')],
    ['one zone', { [ZONE]: 'a' }, { a: 'ok', b: elsewhere, old: elsewhere, plain: 'ok' }],
    ['one of two zones', { [ZONE]: 'b__c' }, { a: elsewhere, b: 'ok', old: elsewhere, plain: 'ok' }],
    ['a zone as it was called before', { [OLD_ZONE]: 'a' }, { a: 'ok', b: elsewhere, old: 'ok', plain: 'ok' }],
  ])('a volume with %s', (_, labels, wanted) => expect(told({ volumeName: 'v' }, labels)).toEqual(wanted));

  test.each<[string, object, string]>([
    ['to be made where the Pod goes', { storageClassName: 'late' }, 'ok'], ['to be made by now', { storageClassName: 'soon' }, 'PersistentVolume had no name!'],
    ['of a class that does not say when', { storageClassName: 'unset' }, 'VolumeBindingMode not set for StorageClass "unset"!'], ['of no class', {}, 'PersistentVolumeClaim had no pv name and storageClass name!'],
    ['of a class that is not there', { storageClassName: 'gone' }, 'storageclass.storage.k8s.io "gone" not found!'], ['for a volume that is not there', { volumeName: 'gone' }, 'persistentvolume "gone" not found!'],
  ])('a claim %s', (_, spec, wanted) => expect(told(spec)).toEqual(all(wanted)));

  test('no claim', () => expect(verdicts(volumeZone, using('p', ['gone']), clusterOf(nodes))).toEqual(all('persistentvolumeclaim "gone" not found!')));
});

describe('VolumeRestrictions', () => {
  const gce = (pdName: string, readOnly = false) => ({ gcePersistentDisk: { pdName, readOnly } });
  const ebs = (volumeID: string, readOnly = false) => ({ awsElasticBlockStore: { volumeID, readOnly } });
  const iscsi = (iqn: string, readOnly = false) => ({ iscsi: { iqn, readOnly, targetPortal: 't', lun: 0 } });
  const rbd = (image: string, { monitors = ['m'], pool = 'p', readOnly = false } = {}) => ({ rbd: { image, monitors, pool, readOnly } });
  test.each<[string, object, object, boolean]>([
    ['a GCE disk', gce('d'), gce('d'), true], ['other GCE disks', gce('d'), gce('e'), false], ['a GCE disk that both read', gce('d', true), gce('d', true), false], ['a GCE disk that one writes', gce('d', true), gce('d'), true],
    ['an EBS disk, even to read', ebs('d', true), ebs('d', true), true], ['other EBS disks', ebs('d'), ebs('e'), false], ['iSCSI', iscsi('d'), iscsi('d'), true], ['other iSCSI', iscsi('d'), iscsi('e'), false], ['iSCSI that both read', iscsi('d', true), iscsi('d', true), false],
    ['RBD', rbd('d'), rbd('d', { monitors: ['n', 'm'] }), true], ['RBD of others', rbd('d'), rbd('d', { monitors: ['n'] }), false], ['RBD of another pool', rbd('d'), rbd('d', { pool: 'q' }), false], ['another RBD', rbd('d'), rbd('e'), false],
    ['RBD that both read', rbd('d', { readOnly: true }), rbd('d', { readOnly: true }), false], ['two sorts', gce('d'), ebs('d'), false], ['a folder', gce('d'), { emptyDir: {} }, false],
  ])('%s', (_, first, second, isTaken) => {
    const withDisk = (name: string, disk: object, on?: string) => pod(name, { ...(on ? { on } : {}), spec: { volumes: [{ name: 'd', ...disk } as Volume] } });
    expect(verdicts(volumeRestrictions, withDisk('p', first), clusterOf([node('a'), node('b')], [withDisk('x', second, 'a')]))).toEqual({ a: isTaken ? 'node(s) had no available disk' : 'ok', b: 'ok' });
  });

  test('a claim for one Pod serves one', () => {
    const persistentvolumeclaims = [claim('mine', { accessModes: ['ReadWriteOncePod'] }), claim('shared', { accessModes: ['ReadWriteOnce'] })];
    const told = (name: string) => verdicts(volumeRestrictions, using('p', [name]), clusterOf([node('a')], [using('x', ['mine', 'shared'], 'a')], { persistentvolumeclaims })).a;
    expect(told('mine')).toMatch(/^node\(s\) unavailable due to PersistentVolumeClaim with ReadWriteOncePod/);
    expect(told('shared')).toBe('ok');
    expect(told('gone')).toBe('persistentvolumeclaim "gone" not found!');
  });
});
