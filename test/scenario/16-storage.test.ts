import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

const DISKS = 'https://raw.githubusercontent.com/pretend-cloud/disk-csi-driver/main/deploy/deploy.yaml';
const LOCAL = 'https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.32/deploy/local-path-storage.yaml';
const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });

async function withAddon(url = DISKS, nodes: Parameters<typeof Scene.kubeadm>[0] = { w1: zone('a'), w2: zone('a') }): Promise<Scene> {
  const at = await Scene.kubeadm(nodes);
  await at.k(`apply -f ${url}`);
  await at.wait(40);
  return at;
}

const claim = (name: string, spec: object = {}, storage = '1Gi') => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage } }, ...spec } });
const volume = (name: string, spec: object = {}, storage = '1Gi') => ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name }, spec: { capacity: { storage }, accessModes: ['ReadWriteOnce'], storageClassName: '', hostPath: { path: `/tmp/${name}` }, ...spec } });
const user = (name: string, claimName: string, script = 'sleep 1000000', spec: object = {}) => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', script], volumeMounts: [{ name: 'data', mountPath: '/data' }] }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }], ...spec },
});
const on = (node: string) => ({ nodeSelector: { 'kubernetes.io/hostname': node } });
const writes = 'date >> /data/log; sleep 1000000';

test('16.1 the smallest volume of the right class, modes and size is bound; one that is kept for another is not', async () => {
  const at = await Scene.hollow();
  await at.apply(volume('big', {}, '5Gi'), volume('small'), volume('tiny', {}, '100Mi'), volume('shared', { accessModes: ['ReadWriteMany'] }), volume('other', { storageClassName: 'manual' }), volume('kept', { claimRef: { namespace: 'default', name: 'late' } }));
  await at.wait(1);
  await at.apply(claim('one', { storageClassName: '' }), claim('named', { storageClassName: '', volumeName: 'big' }, '2Gi'), claim('many', { storageClassName: '', accessModes: ['ReadWriteMany'] }));
  await at.wait(20);
  expect([await at.see('pvc one', '.spec.volumeName'), await at.see('pvc named', '.spec.volumeName'), await at.see('pvc many', '.spec.volumeName')]).toEqual(['small', 'big', 'shared']);
  expect(await at.see('pv kept', '.status.phase')).toBe('Available');
  await at.apply(claim('late', { storageClassName: '' }));
  await at.wait(20);
  expect(await at.see('pvc late', '.status.phase} {.spec.volumeName')).toBe('Bound kept');
});

test('16.2 a class that waits provisions where the Pod is; the events tell by whom', async () => {
  const at = await withAddon(DISKS, { w1: zone('a'), w2: zone('b') });
  await at.apply(claim('data'));
  await at.wait(5);
  expect(await at.events('data')).toEqual([expect.stringMatching('^WaitForFirstConsumer: waiting for first consumer to be created before binding')]);
  await at.apply(user('app', 'data', writes, on('w2')));
  await at.wait(15);
  expect((await at.events('data')).map((line) => line.split(':')[0])).toEqual(['WaitForFirstConsumer', 'ExternalProvisioning', 'Provisioning', 'ProvisioningSucceeded']);
  const pv = await at.see('pvc data', '.spec.volumeName');
  expect(await at.see(`pv ${pv}`, '.spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]} {.spec.persistentVolumeReclaimPolicy} {.spec.csi.driver')).toBe('b Delete disk.csi.pretend.cloud');
  expect(await at.events('app')).toContain(`SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "${pv}" `);
  expect(await at.k('get volumeattachments --no-headers')).toMatch(new RegExp(`^csi-[0-9a-f]{64} +disk\\.csi\\.pretend\\.cloud +${pv} +w2 +true`));
  await at.k('delete pod app');
  await at.apply(user('far', 'data', writes, on('w1')));
  await at.wait(5);
  expect(await at.see('pod far', '.status.conditions[?(@.type=="PodScheduled")].message')).toContain("1 node(s) didn't match PersistentVolume's node affinity");
});

test('16.2 no class, a missing class and the default class; the newest default is given afterwards too', async () => {
  const at = await withAddon();
  await at.apply(claim('none', { storageClassName: '' }), claim('missing', { storageClassName: 'nope' }), claim('nil', { storageClassName: undefined }));
  await at.wait(16);
  expect(await at.events('none')).toContain('FailedBinding: no persistent volumes available for this claim and no storage class is set');
  expect(await at.events('missing')).toContain('ProvisioningFailed: storageclass.storage.k8s.io "nope" not found');
  expect(await at.see('pvc nil', '.spec.storageClassName')).toBe('');
  await at.k('annotate sc standard storageclass.kubernetes.io/is-default-class=true');
  await at.wait(20);
  expect([await at.see('pvc nil', '.spec.storageClassName'), await at.see('pvc none', '.spec.storageClassName')]).toEqual(['standard', '']);
});

test('16.2 an immediate class provisions at once, where allowedTopologies say; a quota is told and waited for', async () => {
  const at = await withAddon(DISKS, { w1: zone('a'), w2: zone('b') });
  await at.apply({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'fast' }, provisioner: 'disk.csi.pretend.cloud', volumeBindingMode: 'Immediate', reclaimPolicy: 'Retain', allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['b'] }] }] }, claim('a', { storageClassName: 'fast' }));
  await at.wait(5);
  expect(await at.see('pvc a', '.status.phase')).toBe('Bound');
  expect(await at.run('cloud disks')).toMatch(/disk-0001 +pvc-\S+ +1GiB +b +-/);
  await at.run('cloud set disk-quota 1');
  await at.apply(claim('b', { storageClassName: 'fast' }));
  await at.wait(10);
  expect(await at.events('b')).toContain('ProvisioningFailed: failed to provision volume with StorageClass "fast": rpc error: code = ResourceExhausted desc = quota exceeded: 1 disks in use');
  await at.run('cloud set disk-quota 9');
  await at.wait(40);
  expect(await at.see('pvc b', '.status.phase')).toBe('Bound');
});

test('16.3 what is retained is released and waits for a hand; what is deleted goes with its disk', async () => {
  const at = await withAddon();
  await at.apply(claim('keep'), claim('drop'), user('a', 'keep', writes), user('b', 'drop', writes));
  await at.wait(15);
  const [kept, dropped] = [await at.see('pvc keep', '.spec.volumeName'), await at.see('pvc drop', '.spec.volumeName')];
  await at.patch(`pv ${kept}`, { spec: { persistentVolumeReclaimPolicy: 'Retain' } });
  await at.k('delete pvc keep drop --wait=false');
  expect(await at.k('get pvc keep --no-headers')).toMatch(/Terminating/);
  await at.k('delete pod a b');
  await at.wait(40);
  expect([await at.see(`pv ${kept}`, '.status.phase'), await at.k(`get pv ${dropped}`), (await at.run('cloud disks')).includes(dropped)]).toEqual(['Released', `Error from server (NotFound): persistentvolumes "${dropped}" not found`, false]);
  await at.apply(claim('again', { volumeName: kept }), user('c', 'again', writes));
  await at.wait(20);
  expect(await at.see('pvc again', '.status.phase')).toBe('Pending');
  await at.patch(`pv ${kept}`, { spec: { claimRef: null } });
  await at.wait(40);
  expect(await at.k('exec c -- cat /data/log')).toMatch(/^.*\n.*$/); // what a wrote, then what c wrote
});

test('16.3 a claim may only grow, if its class allows it; disk, file system and status follow', async () => {
  const at = await withAddon();
  await at.apply(claim('data'), user('app', 'data', writes));
  await at.wait(15);
  expect(await at.patch('pvc data', { spec: { resources: { requests: { storage: '500Mi' } } } })).toContain('spec.resources.requests.storage: Forbidden: field can not be less than status.capacity');
  await at.patch('pvc data', { spec: { resources: { requests: { storage: '3Gi' } } } });
  await at.wait(10);
  expect([await at.see('pvc data', '.status.capacity.storage} {.status.conditions'), await at.see('pv', '.items[0].spec.capacity.storage'), /3GiB/.test(await at.run('cloud disks'))]).toEqual(['3Gi', '3Gi', true]);
  expect((await at.events('data')).map((line) => line.split(':')[0])).toEqual(expect.arrayContaining(['ExternalExpanding', 'Resizing', 'FileSystemResizeRequired']));
  expect(await at.events('app')).toContain(`FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "${await at.see('pvc data', '.spec.volumeName')}" ${await at.see('pod app', '.spec.nodeName')}`);
  await at.patch('sc standard', { allowVolumeExpansion: false });
  expect(await at.patch('pvc data', { spec: { resources: { requests: { storage: '4Gi' } } } })).toContain('only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize');
});

test('16.4 data follows its disk to another node; two nodes cannot have it at once', async () => {
  const at = await withAddon();
  await at.apply(claim('data'), user('a', 'data', writes, on('w1')));
  await at.wait(15);
  await at.apply(user('b', 'data', writes, on('w2')));
  await at.wait(10);
  const pv = await at.see('pvc data', '.spec.volumeName');
  expect(await at.events('b')).toContain(`FailedAttachVolume: Multi-Attach error for volume "${pv}" Volume is already used by pod(s) a`);
  expect(await at.k('get pod b --no-headers')).toMatch(/ContainerCreating/);
  await at.k('delete pod a');
  await at.wait(40);
  expect(await at.k('exec b -- cat /data/log')).toMatch(/^.*\n.*$/);
  expect(await at.run('cloud disks')).toMatch(/w2$/m);
});

test('16.4 the disk of a dead node comes free six minutes after its Pod was given up, or at once when the node is out of service', async () => {
  for (const isTainted of [false, true]) {
    const at = await withAddon();
    await at.apply(claim('data'), user('a', 'data', writes, on('w1')));
    await at.wait(30);
    await at.run('power w1 off');
    await at.wait(60);
    if (isTainted) await at.k('taint node w1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
    else await at.k('delete pod a --force --grace-period=0');
    await at.wait(30);
    await at.apply(user('b', 'data', writes, on('w2')));
    await at.wait(60);
    expect(await at.k('get pod b --no-headers')).toMatch(isTainted ? /Running/ : /ContainerCreating/);
    if (isTainted) continue;
    expect((await at.events('b')).join()).toContain("Volume is already exclusively attached to one node and can't be attached to another");
    await at.wait(300);
    expect(await at.k('get pod b --no-headers')).toMatch(/Running/);
  }
}, 60_000);

test('16.4 what the cloud refuses is told, and tried again; a node without the driver cannot attach', async () => {
  const at = await withAddon();
  await at.run('cloud set disk-attach-failure the volume service is down');
  await at.apply(claim('data'), user('a', 'data', writes, on('w1')));
  await at.wait(15);
  expect(await at.events('a')).toContain(`FailedAttachVolume: AttachVolume.Attach failed for volume "${await at.see('pvc data', '.spec.volumeName')}" : rpc error: code = Internal desc = the volume service is down`);
  await at.run('cloud set disk-attach-failure off');
  await at.wait(30);
  expect(await at.k('get pod a --no-headers')).toMatch(/Running/);
  await at.k('delete ds disk-csi-node -n kube-system');
  await at.k('delete pod a');
  await at.wait(40);
  await at.apply(user('b', 'data', writes, on('w2')));
  await at.wait(10);
  expect((await at.events('b')).join()).toContain('CSINode w2 does not contain driver disk.csi.pretend.cloud');
});

test('16.4 ReadWriteOncePod serves one Pod', async () => {
  const at = await withAddon();
  await at.apply(claim('data', { accessModes: ['ReadWriteOncePod'] }), user('a', 'data'));
  await at.wait(15);
  await at.apply(user('b', 'data'));
  await at.wait(5);
  expect(await at.see('pod b', '.status.conditions[?(@.type=="PodScheduled")].message')).toContain('node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod');
});

test('16.4 a local path is a folder of its node, made and removed by helper Pods', async () => {
  const at = await withAddon(LOCAL);
  await at.apply(claim('data', { storageClassName: 'local-path' }), user('a', 'data', writes));
  await at.wait(25);
  const [node, path] = [await at.see('pod a', '.spec.nodeName'), await at.see('pv', '.items[0].spec.hostPath.path')];
  expect(await at.run(`ssh ${node} ls ${path}`)).toBe('log');
  await at.k('delete pod a');
  await at.apply(user('b', 'data', writes));
  await at.wait(10);
  expect(await at.see('pod b', '.spec.nodeName')).toBe(node);
  await at.k('delete pod b');
  await at.k('delete pvc data');
  await at.wait(25);
  expect([await at.k('get pv'), await at.run(`ssh ${node} ls /opt/local-path-provisioner`)]).toEqual(['No resources found', '']);
});

test('16.2 an ephemeral volume and those of a StatefulSet have claims of their own', async () => {
  const at = await withAddon();
  await at.apply(user('temp', '', writes, { volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec: claim('x').spec } } }] }), {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { ...user('x', 'x', writes).spec, volumes: [] } }, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim('x').spec }] },
  });
  await at.wait(20);
  expect(await at.names('pvc')).toEqual(['data-db-0', 'temp-data']);
  await at.k('delete pod temp db-0');
  await at.wait(50);
  expect(await at.names('pvc')).toEqual(['data-db-0']);
  expect(await at.k('exec db-0 -- cat /data/log')).toMatch(/^.*\n.*$/);
});

test('10.18 mounted ConfigMaps follow within a minute or so, variables and subPaths never; read-only and fsGroup hold', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const projected = { projected: { sources: [{ configMap: { name: 'conf' } }, { downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } }] } };
  await at.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { key: 'old' } }, {
    apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { tier: 'web' } }, spec: {
      securityContext: { fsGroup: 2000 },
      containers: [{
        name: 'c', image: 'busybox', command: ['sleep', '1000000'], env: [{ name: 'KEY', valueFrom: { configMapKeyRef: { name: 'conf', key: 'key' } } }],
        volumeMounts: [{ name: 'conf', mountPath: '/conf' }, { name: 'conf', mountPath: '/one/key', subPath: 'key' }, { name: 'empty', mountPath: '/empty' }, { name: 'empty', mountPath: '/ro', readOnly: true }, { name: 'empty', mountPath: '/sub', subPath: 'inner/deep' }, { name: 'all', mountPath: '/all' }],
      }],
      volumes: [{ name: 'conf', configMap: { name: 'conf' } }, { name: 'empty', emptyDir: {} }, { name: 'all', ...projected }],
    },
  });
  await at.wait(10);
  const sh = (script: string) => at.k(`exec p -- sh -c '${script}'`);
  expect(await sh('cat /all/key /all/labels; echo x > /sub/f; cat /ro/inner/deep/f')).toBe('oldtier="web"x');
  const folder = `/var/lib/kubelet/pods/${await at.see('pod p', '.metadata.uid')}/volumes/kubernetes.io~empty-dir/empty`;
  expect(at.cluster.machines.get('w1')!.os.files.stat(folder)).toMatchObject({ gid: 2000, mode: 0o2777 });
  expect(await sh('echo x > /ro/f')).toMatch(/[Rr]ead-only file system/);
  await at.patch('cm conf', { data: { key: 'new' } });
  await at.k('label pod p tier=db --overwrite');
  await at.wait(70);
  expect(await sh('cat /conf/key /one/key; echo $KEY; cat /all/labels')).toBe('newoldold\ntier="db"');
});
