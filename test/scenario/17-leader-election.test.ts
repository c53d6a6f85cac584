import { expect, test } from 'vitest';
import { deployment, pod, Scene } from './scene.ts';

const MANIFESTS = '/etc/kubernetes/manifests';
const lease = (at: Scene, name: string, path: string) => at.see(`lease ${name} -n kube-system`, path);
const stop = async (at: Scene, name: string) => { await at.run(`ssh cp 'mv ${MANIFESTS}/${name}.yaml /root'`); await at.wait(30); };
const start = async (at: Scene, name: string) => { await at.run(`ssh cp 'mv /root/${name}.yaml ${MANIFESTS}'`); await at.wait(40); };

test('17.1 the leaders hold Leases of fifteen seconds that they renew every two', async () => {
  const at = await Scene.kubeadm();
  for (const name of ['kube-controller-manager', 'kube-scheduler', 'cloud-controller-manager']) {
    expect(await lease(at, name, '.spec.holderIdentity')).toMatch(/^cp_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await lease(at, name, '.spec.leaseDurationSeconds} {.spec.leaseTransitions')).toBe('15 0');
    const before = Date.parse(await lease(at, name, '.spec.renewTime'));
    await at.wait(4);
    expect(Date.parse(await lease(at, name, '.spec.renewTime')) - before).toBeGreaterThan(1900);
  }
});

test('17.1 another takes over when the Lease has run out, and the transition is counted', async () => {
  const at = await Scene.kubeadm();
  const holder = await lease(at, 'kube-scheduler', '.spec.holderIdentity');
  await at.run(`ssh cp 'crictl rm -f $(crictl ps -q --name kube-scheduler)'`);
  await at.wait(5);
  expect(await lease(at, 'kube-scheduler', '.spec.holderIdentity')).toBe(holder);
  await at.apply(pod('a'));
  await at.wait(5);
  expect(await at.see('pod a', '.spec.nodeName')).toBe('');
  await at.wait(20);
  expect([await lease(at, 'kube-scheduler', '.spec.holderIdentity') === holder, await lease(at, 'kube-scheduler', '.spec.leaseTransitions'), await at.see('pod a', '.spec.nodeName')]).toEqual([false, '1', 'w1']);
  expect((await at.k('get events -n kube-system')).split('\n').filter((line) => line.includes('LeaderElection')).join('\n')).toMatch(/lease\/kube-scheduler +cp_[-0-9a-f]+ became leader/);
});

test('17.1 a leader that cannot renew for ten seconds exits', async () => {
  const at = await Scene.kubeadm();
  const restarts = (name: string) => at.run(`ssh cp "crictl ps -a --name ${name}"`).then((said) => Number(said.split('\n')[1]?.trim().split(/ {2,}/)[5]));
  const before = await restarts('kube-scheduler');
  await stop(at, 'kube-apiserver');
  await at.wait(10);
  expect(await restarts('kube-scheduler')).toBeGreaterThan(before);
  await start(at, 'kube-apiserver');
  await at.wait(60);
  await at.apply(pod('a'));
  await at.wait(10);
  expect(await at.see('pod a', '.status.phase')).toBe('Running');
});

test('17.2 without a controller manager nothing is made or healed, and what runs runs on', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 2 }));
  await at.wait(15);
  await stop(at, 'kube-controller-manager');
  const [name] = await at.names('pods');
  await at.k(`delete pod ${name}`);
  await at.k('create deploy late --image=nginx');
  await at.wait(20);
  expect([await at.names('rs'), await at.see('pods', '.items[*].status.phase')]).toEqual([[expect.stringMatching('^web-')], 'Running']);
  await start(at, 'kube-controller-manager');
  expect(await at.see('pods', '.items[*].status.phase')).toBe('Running Running Running');
});

test('17.2 without a scheduler new Pods wait, and nobody says why', async () => {
  const at = await Scene.kubeadm();
  await stop(at, 'kube-scheduler');
  await at.apply(pod('a'));
  await at.wait(60);
  expect([await at.see('pod a', '.status.phase'), await at.see('pod a', '.status.conditions'), await at.events('a')]).toEqual(['Pending', '', []]);
  await start(at, 'kube-scheduler');
  expect(await at.see('pod a', '.status.phase')).toBe('Running');
});

test('17.2 without a kubelet containers go on, and the node is unknown', async () => {
  const at = await Scene.kubeadm();
  await at.apply(pod('a'));
  await at.wait(15);
  await at.run("ssh w1 'systemctl stop kubelet'");
  await at.wait(70);
  expect([await at.see('node w1', '.status.conditions[?(@.type=="Ready")].status'), /Running +c /.test(await at.run("ssh w1 'crictl ps'"))]).toEqual(['Unknown', true]);
});

test('17.2 without kube-proxy the old rules stay, and new Services have none', async () => {
  const at = await Scene.kubeadm();
  await at.apply(deployment('web', { replicas: 1 }));
  await at.k('expose deploy web --port=80');
  await at.wait(15);
  await at.patch('ds kube-proxy -n kube-system', { spec: { template: { spec: { nodeSelector: { none: 'such' } } } } });
  await at.wait(40);
  expect(await at.names('pods -n kube-system -l k8s-app=kube-proxy')).toEqual([]);
  await at.k('expose deploy web --port=80 --name=late');
  await at.wait(5);
  const reach = async (name: string) => at.run(`ssh w1 'curl -s -o /dev/null -w "%{http_code}" --max-time 3 http://${await at.see(`svc ${name}`, '.spec.clusterIP')}'`);
  expect([(await reach('web')).slice(0, 3), (await reach('late')).slice(0, 3)]).toEqual(['200', '000']);
});

test('17.2 without etcd writes fail', async () => {
  const at = await Scene.kubeadm();
  await stop(at, 'etcd');
  expect(await at.k('create cm a')).toMatch(/etcdserver: request timed out|context deadline exceeded|connection refused|the server was unable to return a response/);
  await start(at, 'etcd');
  await at.wait(90);
  expect(await at.k('create cm a')).toBe('configmap/a created');
});
