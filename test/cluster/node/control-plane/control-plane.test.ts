import { expect, test } from 'vitest';
import { configMaps, nodes, pods } from '../../../../src/cluster/client/resources.ts';
import { ClusterScene, failure } from './scene.ts';

const API_MANIFEST = '/etc/kubernetes/manifests/kube-apiserver.yaml';
const ETCD_MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';

test('a kubeadm cluster boots: every Pod of kube-system runs and is ready', async () => {
  const scene = await ClusterScene.booted();
  const states = scene.pods('', 'kube-system').map(({ metadata, status }) => `${metadata.name.replace(/^(coredns|kindnet|kube-proxy)-.*/, "$1")} ${status.phase} ${status.containerStatuses?.[0]?.ready}`);
  expect(states).toEqual([
    'cloud-controller-manager-control-plane Running true', 'coredns Running true', 'coredns Running true', 'etcd-control-plane Running true', 'kindnet Running true', 'kindnet Running true', 'kindnet Running true', 'kube-apiserver-control-plane Running true',
    'kube-controller-manager-control-plane Running true', 'kube-proxy Running true', 'kube-proxy Running true', 'kube-proxy Running true', 'kube-scheduler-control-plane Running true',
  ]);
});

test.each([
  [API_MANIFEST, 0o600], [ETCD_MANIFEST, 0o600], ['/etc/kubernetes/admin.conf', 0o600], ['/etc/kubernetes/kubelet.conf', 0o600], ['/etc/kubernetes/pki/ca.crt', 0o644], ['/etc/kubernetes/pki/ca.key', 0o600],
  ['/etc/kubernetes/pki/etcd/server.key', 0o600], ['/var/lib/etcd', 0o700], ['/var/lib/kubelet/config.yaml', 0o644], ['/etc/kubernetes/pki/sa.key', 0o600],
])('%s has the mode that kubeadm gives it', (path, mode) => {
  const { files } = new ClusterScene().machine('control-plane').os;
  expect(files.stat(path)).toMatchObject({ mode, uid: 0, gid: 0 });
});

test('10.13 an unknown flag takes the API server down until the manifest is put right', async () => {
  const scene = await ClusterScene.booted();
  scene.edit('control-plane', API_MANIFEST, (text) => text.replace('--authorization-mode=', '--authorization-modus='));
  await scene.wait(60);
  expect(failure(() => scene.cluster.admin().list(pods))).toContain('connect: connection refused');
  const dead = scene.container('control-plane', 'kube-apiserver');
  expect(dead).toMatchObject({ state: 'Exited', exitCode: 1 });
  expect(dead.log).toContain('Error: unknown flag: --authorization-modus');
  expect(dead.attempt).toBeGreaterThan(0);
  scene.edit('control-plane', API_MANIFEST, (text) => text.replace('--authorization-modus=', '--authorization-mode='));
  await scene.wait(60);
  expect(scene.isReady('worker-1')).toBe(true);
});

test.each([
  ['a missing file', ['--client-ca-file=/etc/kubernetes/pki/ca.crt', '--client-ca-file=/etc/kubernetes/pki/missing.crt'], 'open /etc/kubernetes/pki/missing.crt: no such file or directory'],
  ['an unknown authorization mode', ['Node,RBAC', 'Node,RBACS'], 'authorization-mode'],
  ['an unknown admission plugin', ['NodeRestriction', 'NodeRestrictions'], 'enable-admission-plugins plugin \\"NodeRestrictions\\" is unknown'],
  ['a port that is no number', ['--secure-port=6443', '--secure-port=64a'], 'invalid argument "64a" for "--secure-port" flag: strconv.ParseInt: parsing "64a": invalid syntax'],
  ['an etcd that is not there', ['https://127.0.0.1:2379', 'https://127.0.0.1:23790'], '127.0.0.1:23790: connect: connection refused'],
  ['a certificate that etcd does not accept', ['apiserver-etcd-client.crt', 'apiserver.crt'], 'tls'],
])('the API server says what is wrong: %s', async (_, [from, to], said) => {
  const scene = await ClusterScene.booted();
  scene.edit('control-plane', API_MANIFEST, (text) => text.replace(from!, to!));
  await scene.wait(30);
  expect(scene.container('control-plane', 'kube-apiserver').log).toContain(said);
  expect(failure(() => scene.cluster.admin().list(pods))).toContain('connection refused');
});

test('what is in etcd outlives its process, and so does the API server', async () => {
  const scene = await ClusterScene.booted();
  scene.cluster.admin().create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept', namespace: 'default' }, data: { a: 'b' } });
  const { files } = scene.machine('control-plane').os;
  files.rename(ETCD_MANIFEST, '/root/etcd.yaml');
  await scene.wait(40);
  expect(failure(() => scene.cluster.admin().create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'lost', namespace: 'default' } }))).not.toBe('no failure');
  files.rename('/root/etcd.yaml', ETCD_MANIFEST);
  await scene.wait(120);
  expect(scene.cluster.admin().get(configMaps, 'kept', 'default')?.data).toEqual({ a: 'b' });
});

test('a node without power is found out, and comes back by itself', async () => {
  const scene = await ClusterScene.booted();
  scene.machine('worker-2').os.powerOff();
  await scene.wait(60);
  expect(scene.cluster.admin().get(nodes, 'worker-2')?.status.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
  scene.machine('worker-2').os.powerOn();
  await scene.wait(30);
  expect(scene.isReady('worker-2')).toBe(true);
});

test('the power of the whole control plane may fail: all is there again afterwards', async () => {
  const scene = await ClusterScene.booted();
  await scene.deploy('web');
  scene.machine('control-plane').os.powerOff();
  await scene.wait(120);
  expect(failure(() => scene.cluster.admin().list(pods))).toContain('i/o timeout');
  scene.machine('control-plane').os.powerOn();
  await scene.wait(90);
  expect(scene.pods('web').map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
  await scene.deploy('later');
  expect(scene.pods('later').map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
});

test('a kubelet with a wrong path says so in its journal and is tried again every ten seconds', async () => {
  const scene = await ClusterScene.booted();
  const { systemd, journal } = scene.machine('worker-1').os;
  scene.edit('worker-1', '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf', (text) => text.replace('/var/lib/kubelet/config.yaml', '/var/lib/kubelet/konfig.yaml'));
  systemd.reload();
  systemd.restart('kubelet');
  await scene.wait(65);
  expect(systemd.status('kubelet')).toMatchObject({ sub: 'auto-restart', exitCode: 1, restarts: 6 });
  expect(journal.read({ unit: 'kubelet.service' }).map(({ message }) => message).join('\n')).toContain('open /var/lib/kubelet/konfig.yaml: no such file or directory');
  expect(scene.isReady('worker-1')).toBe(false);
  expect(scene.machine('worker-1').runtime.containers().some(({ state }) => state === 'Running')).toBe(true);
});

test('without a scheduler Pods wait, without a controller manager nothing is healed', async () => {
  const scene = await ClusterScene.booted();
  const { files } = scene.machine('control-plane').os;
  files.rename('/etc/kubernetes/manifests/kube-scheduler.yaml', '/root/kube-scheduler.yaml');
  await scene.wait(30);
  await scene.deploy('web');
  expect(scene.pods('web').map(({ status }) => status.phase)).toEqual(['Pending', 'Pending']);
  files.rename('/root/kube-scheduler.yaml', '/etc/kubernetes/manifests/kube-scheduler.yaml');
  await scene.wait(60);
  expect(scene.pods('web').map(({ status }) => status.phase)).toEqual(['Running', 'Running']);
  files.rename('/etc/kubernetes/manifests/kube-controller-manager.yaml', '/root/kube-controller-manager.yaml');
  await scene.wait(30);
  scene.cluster.admin().delete(pods, scene.pods('web')[0]!.metadata.name, 'default');
  await scene.wait(60);
  expect(scene.pods('web')).toHaveLength(1);
});

test.each(['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager'])('whatever is written into a flag of %s, it says so or lives with it', async (name) => {
  const scene = await ClusterScene.booted();
  const path = `/etc/kubernetes/manifests/${name}.yaml`;
  const good = scene.machine('control-plane').os.files.read(path);
  const flags = [...good.matchAll(/^ {4}- (--[a-z-]+)=(.*)$/gm)].map(([line]) => line);
  expect(flags.length).toBeGreaterThan(3);
  for (const flag of flags) {
    for (const value of ['garbage', '', '/nowhere', 'https://x:99999', '-1']) {
      scene.edit('control-plane', path, () => good.replace(flag, `${flag.split('=')[0]}=${value}`));
      await scene.wait(3);
    }
  }
  scene.edit('control-plane', path, () => good);
  await scene.wait(400);
  expect(scene.isReady('worker-1')).toBe(true);
  expect(scene.container('control-plane', name).state).toBe('Running');
}, 60_000);

test.each([
  ['an executable that is not in the image', ['- kube-scheduler\n', '- kube-schedular\n'], 128, ''],
  ['a kubeconfig that is none', ['--kubeconfig=/etc/kubernetes/scheduler.conf', '--kubeconfig=/etc/hosts'], 1, 'invalid configuration: no configuration has been provided'],
  ['a help text', ['--leader-elect=true', '--help'], 0, 'Usage:'],
])('the scheduler ends at once with %s', async (_, [from, to], exitCode, said) => {
  const scene = await ClusterScene.booted();
  scene.edit('control-plane', '/etc/kubernetes/manifests/kube-scheduler.yaml', (text) => text.replace(from!, to!));
  await scene.wait(15);
  const dead = scene.container('control-plane', 'kube-scheduler');
  expect(dead).toMatchObject({ state: 'Exited', exitCode });
  expect(dead.log).toContain(said);
});

test('the scheduler runs the profiles of its configuration file, and says what is wrong with it', async () => {
  const scene = await ClusterScene.booted();
  const { files } = scene.machine('control-plane').os;
  const configure = async (more: string) => {
    files.write('/etc/kubernetes/sched.yaml', `apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nclientConnection: {kubeconfig: /etc/kubernetes/scheduler.conf}\n${more}`);
    scene.edit('control-plane', '/etc/kubernetes/manifests/kube-scheduler.yaml', (text) => `${text.replace('    - --leader-elect=true', '    - --config=/etc/kubernetes/sched.yaml')
      .replace('    volumeMounts:\n', '    volumeMounts:\n    - mountPath: /etc/kubernetes/sched.yaml\n      name: config\n').replace('  volumes:\n', '  volumes:\n  - hostPath:\n      path: /etc/kubernetes/sched.yaml\n    name: config\n')}\n# ${more.length}`);
    await scene.wait(40);
  };
  await configure('profiles: [{schedulerName: default-scheduler, plugins: {multiPoint: {enabled: [{name: Coffee}]}}}]');
  expect(scene.container('control-plane', 'kube-scheduler').log).toContain('plugin \\"Coffee\\" does not exist');
  files.write('/etc/kubernetes/sched.yaml', files.read('/etc/kubernetes/sched.yaml').replace(/^profiles.*$/m, 'profiles: [{schedulerName: default-scheduler}, {schedulerName: packer}]'));
  await scene.wait(60);
  scene.cluster.admin().create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'packed', namespace: 'default' }, spec: { schedulerName: 'packer', containers: [{ name: 'c', image: 'nginx' }] } });
  await scene.wait(10);
  expect(scene.pods('packed')[0]?.spec.nodeName).toMatch(/^worker/);
  expect(scene.cluster.attempts.get('default/packed')?.nodes.map(({ node }) => node).toSorted()).toEqual(['control-plane', 'worker-1', 'worker-2']);
});
