import { expect, test } from 'vitest';
import { deployment, Scene } from './scene.ts';

const LOCAL = 'https://raw.githubusercontent.com/rancher/local-path-provisioner/v0.0.32/deploy/local-path-storage.yaml';
const DISKS = 'https://raw.githubusercontent.com/pretend-cloud/disk-csi-driver/main/deploy/deploy.yaml';
const CONTROL_PLANE = { cpu: '2', labels: { 'node-role.kubernetes.io/control-plane': '' }, taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] };
const claim = (name: string, storageClassName: string) => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage: '1Gi' } } } });
const writer = (name: string, spec: object = {}) => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name },
  spec: { containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', 'echo begun; echo once >> /data/log; echo gone > /gone; sleep 1000000'], volumeMounts: [{ name: 'data', mountPath: '/data' }] }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }], ...spec },
});

test('after a power cut every Pod is back on its node, its container counted and its last end told', async () => {
  const before = await Scene.kubeadm({ w1: {}, w2: {} });
  await before.apply(deployment('web', { replicas: 3 }));
  await before.k('expose deployment web --port 80 --type LoadBalancer');
  await before.wait(20);
  const [uids, nodes, address] = [await before.see('pods', '.items[*].metadata.uid'), await before.see('pods', '.items[*].spec.nodeName'), await before.see('svc web', '.status.loadBalancer.ingress[0].ip')];
  const at = await before.afterPowerCut();
  expect(await at.see('nodes', '.items[*].status.conditions[?(@.type=="Ready")].status')).toBe('True True True');
  expect([await at.see('pods', '.items[*].metadata.uid'), await at.see('pods', '.items[*].spec.nodeName')]).toEqual([uids, nodes]);
  expect(await at.see('pods', '.items[*].status.containerStatuses[0].restartCount')).toBe('1 1 1');
  expect(await at.see('pods', '.items[0].status.containerStatuses[0].lastState.terminated.exitCode')).toBe('255');
  expect(await at.see('deploy web', '.status.readyReplicas')).toBe('3');
  expect(await at.k('logs -n kube-system etcd-cp --previous')).toContain('starting etcd server');
  expect(await at.run(`curl -s -o /dev/null -w '%{http_code}' http://${address}`)).toBe('200');
  await at.k('scale deployment web --replicas=5');
  await at.wait(15);
  const names = await at.names('pods');
  expect(new Set(names).size).toBe(5);
  expect(await at.see('deploy web', '.status.readyReplicas')).toBe('5');
});

test('disks keep what was written, a container\'s own layer does not', async () => {
  const before = await Scene.kubeadm({ w1: { labels: { 'topology.kubernetes.io/zone': 'a' } } });
  for (const url of [LOCAL, DISKS]) await before.k(`apply -f ${url}`);
  await before.wait(40);
  await before.apply(claim('local', 'local-path'), writer('local'), claim('cloud', 'standard'), writer('cloud'));
  await before.wait(30);
  expect(await before.see('pods', '.items[*].status.phase')).toBe('Running Running');
  const at = await before.afterPowerCut(3600);
  await at.wait(60);
  for (const name of ['local', 'cloud']) {
    expect(await at.k(`exec ${name} -- sh -c 'cat /data/log; ls /gone'`)).toBe('once\nonce\n/gone');
    expect(await at.k(`logs ${name} -p`)).toBe('begun');
  }
});

test('what was changed on a node stays changed, and a machine that was off stays off', async () => {
  const before = await Scene.kubeadm({ w1: {}, w2: {} });
  await before.run('ssh w1 "systemctl disable kubelet; echo kept > /etc/kept"');
  await before.run('power w2 off');
  await before.wait(60);
  const at = await before.afterPowerCut();
  await at.wait(60);
  expect(await at.k('get nodes --no-headers')).toMatch(/cp +Ready .*\nw1 +NotReady .*\nw2 +NotReady /);
  expect(await at.run('ssh w1 "cat /etc/kept"')).toBe('kept');
  await at.run('ssh w1 "systemctl enable --now kubelet"');
  await at.wait(30);
  expect(await at.k('get node w1 --no-headers')).toMatch(/w1 +Ready /);
});

test('three members of etcd find each other again, and leases go on', async () => {
  const before = await Scene.kubeadm({ cp2: CONTROL_PLANE, cp3: CONTROL_PLANE, w1: {} });
  await before.k('create configmap kept --from-literal=a=b');
  const at = await before.afterPowerCut();
  expect(await at.see('nodes', '.items[*].status.conditions[?(@.type=="Ready")].status')).toBe('True True True True');
  expect(await at.see('cm kept', '.data.a')).toBe('b');
  const members = await at.run('ssh cp "etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key member list"');
  expect(members.split('\n').filter((line) => line.includes('started'))).toHaveLength(3);
  expect(await at.k('get events --field-selector reason=RegisteredNode')).toContain('node/w1');
  await at.wait(3700);
  expect(await at.k('get events --field-selector reason=RegisteredNode')).toBe('No resources found in default namespace.'); // --event-ttl
});

test('hollow nodes run their Pods again', async () => {
  const before = await Scene.hollow({ w1: {}, w2: {} });
  await before.apply(deployment('web', { replicas: 4 }));
  await before.wait(5);
  const names = await before.names('pods');
  const at = await (await before.afterPowerCut()).afterPowerCut();
  expect(await at.names('pods')).toEqual(names);
  expect(await at.see('deploy web', '.status.readyReplicas')).toBe('4');
  await at.k('delete pod --all');
  await at.wait(40);
  expect(await at.see('deploy web', '.status.readyReplicas')).toBe('4');
});
