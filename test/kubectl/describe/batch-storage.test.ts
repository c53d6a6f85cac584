import { describe as group, expect, test } from 'vitest';
import type { DescribeSource } from '../../../src/kubectl/describe/describer.ts';
import { describe } from '../../../src/kubectl/describe/index.ts';
import { type ApiObject, asObject } from '../../../src/kubectl/objects.ts';

const template = { metadata: {}, spec: { containers: [{ name: 'w', image: 'busybox' }] } };
const source = (pods: readonly ApiObject[] = []): DescribeSource => ({ nowMs: Date.parse('2026-01-05T09:10:00Z'), showEvents: false, list: async (resource) => (resource === 'pods' ? [...pods] : []), get: async () => undefined });
const said = async (object: unknown, pods?: readonly ApiObject[]) => (await describe(asObject(object), source(pods))).split('\n').map((line) => line.trimEnd());

group('describe', () => {
  test('of a Job tells its times and its counts, indexes cut after a range', async () => {
    const spec = { parallelism: 2, completionMode: 'Indexed', backoffLimit: 6, ttlSecondsAfterFinished: 60, activeDeadlineSeconds: 90, selector: { matchLabels: { a: 'b' } }, template };
    const status = { startTime: '2026-01-05T09:00:00Z', completionTime: '2026-01-05T09:03:20Z', ready: 0, failed: 2, completedIndexes: '0-9,11,13-19,21,23,25,27,29,31,33,35,37,39,41-49,51' };
    const lines = await said({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'default' }, spec, status });
    expect(lines).toEqual(expect.arrayContaining([
      'Selector:                    a=b', 'Completions:                 <unset>', 'TTL Seconds After Finished:  60', 'Start Time:                  Mon, 05 Jan 2026 09:00:00 +0000', 'Duration:                    3m20s',
      'Active Deadline Seconds:     90s', 'Pods Statuses:               0 Active (0 Ready) / 0 Succeeded / 2 Failed', 'Completed Indexes:           0-9,11,13-19,21,23,25,27,29,31,33,35,37,39,41-49,...',
    ]));
  });

  test('of a CronJob shows what is not set', async () => {
    const lines = await said({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c', namespace: 'default' }, spec: { schedule: '* * * * *', concurrencyPolicy: 'Forbid', suspend: true, timeZone: 'Etc/UTC', jobTemplate: { spec: { template } } }, status: { active: [{ name: 'c-1' }, { name: 'c-2' }] } });
    expect(lines).toEqual(expect.arrayContaining(['Suspend:                       True', 'Time Zone:                     Etc/UTC', 'Failed Job History Limit:      <unset>', 'Last Schedule Time:  <unset>', 'Active Jobs:         c-1, c-2']));
    expect(lines).toEqual(expect.arrayContaining(['Pod Template:', '   w:']));
  });

  test('of a CSINode and of a class of attributes has forms of its own; drivers and devices have the general one', async () => {
    const lines = async (object: object) => (await said(object)).filter(Boolean);
    const metadata = { name: 'n', creationTimestamp: '2026-01-05T09:00:00Z' };
    expect(await lines({ apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata, spec: { drivers: [{ name: 'd.example.com', nodeID: 'n1', allocatable: { count: 5 }, topologyKeys: ['a', 'b'] }] } })).toEqual([
      'Name:               n', 'Labels:             <none>', 'Annotations:        <none>', 'CreationTimestamp:  Mon, 05 Jan 2026 09:00:00 +0000', 'Spec:', '  Drivers:', '    d.example.com:', '      Node ID:  n1', '      Allocatables:', '        Count:        5', '      Topology Keys:  [a b]',
    ]);
    expect(await lines({ apiVersion: 'storage.k8s.io/v1', kind: 'VolumeAttributesClass', metadata, driverName: 'd.example.com', parameters: { iops: '100', size: '1' } })).toEqual(['Name:         n', 'Annotations:  <none>', 'DriverName:   d.example.com', 'Parameters:   iops=100,size=1']);
    expect(await lines({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata, spec: { seLinuxMount: false, fsGroupPolicy: 'File', volumeLifecycleModes: ['Persistent'] } })).toEqual([
      'Name:         n', 'Namespace:', 'Labels:       <none>', 'Annotations:  <none>', 'API Version:  storage.k8s.io/v1', 'Kind:         CSIDriver', 'Metadata:', '  Creation Timestamp:  2026-01-05T09:00:00Z', 'Spec:', '  Fs Group Policy:  File', '  Se Linux Mount:   false', '  Volume Lifecycle Modes:', '    Persistent',
    ]);
    expect(await lines({ apiVersion: 'resource.k8s.io/v1', kind: 'ResourceClaimTemplate', metadata: { ...metadata, namespace: 'default' }, spec: { spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu' } }] } } } })).toEqual([
      'Name:         n', 'Namespace:    default', 'Labels:       <none>', 'Annotations:  <none>', 'API Version:  resource.k8s.io/v1', 'Kind:         ResourceClaimTemplate', 'Metadata:', '  Creation Timestamp:  2026-01-05T09:00:00Z', 'Spec:', '  Spec:', '    Devices:', '      Requests:', '        Exactly:', '          Device Class Name:  gpu', '        Name:                 r',
    ]);
  });

  test('of a volume shows its node affinity and its source', async () => {
    const spec = { accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage: '5Gi' }, persistentVolumeReclaimPolicy: 'Retain', storageClassName: 'local', local: { path: '/mnt/d' }, nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['a', 'b'] }] }] } } };
    const lines = await said({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'd', finalizers: ['kubernetes.io/pv-protection'], deletionTimestamp: '2026-01-05T09:09:50Z' }, spec, status: { phase: 'Bound' } });
    expect(lines.filter(Boolean)).toEqual([
      'Name:              d', 'Labels:            <none>', 'Annotations:       <none>', 'Finalizers:        [kubernetes.io/pv-protection]', 'StorageClass:      local', 'Status:            Terminating (lasts 10s)', 'Claim:',
      'Reclaim Policy:    Retain', 'Access Modes:      RWO,ROX', 'Capacity:          5Gi', 'Node Affinity:', '  Required Terms:', '    Term 0:        kubernetes.io/hostname in [a, b]', 'Message:',
      'Source:', '    Type:  LocalVolume (a persistent volume backed by local storage on a node)', '    Path:  /mnt/d',
    ]);
  });

  test('of a claim names the Pods that use it, by name or by an ephemeral volume', async () => {
    const pods = [{ claimName: 'data-cache' }, { claimName: 'other' }].map((persistentVolumeClaim, i) => asObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${i}` }, spec: { volumes: [{ name: 'v', persistentVolumeClaim }] } }));
    const owner = asObject({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'data' }, spec: { volumes: [{ name: 'cache', ephemeral: {} }] } });
    const lines = await said({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-cache', namespace: 'default' }, spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' }, status: { phase: 'Pending' } }, [...pods, owner]);
    expect(lines.slice(-6)).toEqual(['Capacity:', 'Access Modes:', 'VolumeMode:    Filesystem', 'Used By:       p0', '               data', '']);
  });

  test('of a StorageClass keeps its annotations in a line', async () => {
    const lines = await said({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 's', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true', a: 'b' } }, provisioner: 'x/y', reclaimPolicy: 'Delete', mountOptions: ['ro'], volumeBindingMode: 'Immediate' });
    expect(lines).toEqual([
      'Name:                  s', 'IsDefaultClass:        Yes', 'Annotations:           a=b,storageclass.kubernetes.io/is-default-class=true', 'Provisioner:           x/y', 'Parameters:            <none>', 'AllowVolumeExpansion:  <unset>',
      'MountOptions:', '  ro', 'ReclaimPolicy:      Delete', 'VolumeBindingMode:  Immediate', '',
    ]);
  });
});
