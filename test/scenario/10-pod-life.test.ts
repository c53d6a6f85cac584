/** Section 10: back-off, init containers and sidecars, the end of a Pod. */
import { expect, test } from 'vitest';
import { changes, columns, FOREVER, here, restarts, sh, status } from './one-container.ts';
import { pod, Scene } from './scene.ts';

const gaps = (times: number[]) => times.slice(1).map((time, i) => time - times[i]!);

test('10.1 pending until every container has started, running while one of them restarts', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const running = { name: 'c', image: 'nginx:1.27' };
  await at.apply(pod('half', { nodeName: 'w1', containers: [running, { name: 'd', image: 'nginx:doesnotexist' }] }), pod('loop', { nodeName: 'w1', containers: [running, sh('exit 1', { name: 'd' })] }));
  await at.wait(15);
  expect([await status(at, 'half', 'phase'), await status(at, 'loop', 'phase')]).toEqual(['Pending', 'Running']);
  expect([await columns(at, 'half'), await columns(at, 'loop')]).toEqual([expect.stringMatching(/^1\/2 (ErrImagePull|ImagePullBackOff)$/), '1/2 CrashLoopBackOff']);
});

test('10.3 restarts follow at once, then after 10, 20, 40, 80, 160 and 300 s; ten quiet minutes forgive', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('crash', sh('test -f /tmp/n/calm && sleep 700; sleep 1; exit 1', { volumeMounts: [{ name: 'n', mountPath: '/tmp/n' }] }), { volumes: [{ name: 'n', hostPath: { path: '/srv/n', type: 'DirectoryOrCreate' } }] }));
  await at.wait(4);
  expect(await restarts(at, 'crash')).toBe(1);
  expect(gaps([-8, ...await changes(at, 960, () => restarts(at, 'crash'))].map((time) => time + 1)).slice(1)).toEqual([21, 41, 81, 161, 301, 301].map((wait) => expect.closeTo(wait, -0.5)));
  await at.run("ssh w1 'touch /srv/n/calm'");
  await at.wait(310);
  const before = await restarts(at, 'crash');
  await at.wait(700);
  expect([await restarts(at, 'crash') > before, await status(at, 'crash', 'containerStatuses[0].state.waiting.message')]).toEqual([true, '']);
});

const PAUSES = [10, 20, 40, 80, 160, 300, 300, 300];
test('10.5 pulls are tried again after 10, 20, 40 … 300 s; meanwhile ErrImagePull becomes ImagePullBackOff', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('bad', { name: 'c', image: 'nginx:doesnotexist' }));
  const reasons = new Set<string>();
  const pulls = async () => {
    reasons.add(await status(at, 'bad', 'containerStatuses[0].state.waiting.reason'));
    return at.see('events --field-selector=involvedObject.name=bad,reason=Pulling', '.items[*].count');
  };
  const waits = gaps(await changes(at, 1300, pulls));
  expect(waits.map((wait, i) => wait >= PAUSES[i]! && wait <= PAUSES[i]! + 16)).toEqual(waits.map(() => true));
  expect(waits.length).toBeGreaterThanOrEqual(7);
  expect([...reasons].sort().slice(-2)).toEqual(['ErrImagePull', 'ImagePullBackOff']);
  await at.apply(here('fresh', { name: 'c', image: 'nginx:doesnotexist' }));
  await at.wait(3);
  expect(await at.events('fresh')).toContainEqual(expect.stringContaining('Pulling image "nginx:doesnotexist"'));
});

test('10.7 init containers that fail are tried again with the back-off of containers; with Never the Pod has failed', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const app = sh(FOREVER);
  await at.apply(here('again', app, { initContainers: [sh('exit 1', { name: 'i' }), sh('true', { name: 'j' })] }), here('never', app, { restartPolicy: 'Never', initContainers: [sh('exit 1', { name: 'i' })] }));
  await at.wait(5);
  expect([await columns(at, 'again'), await status(at, 'again', 'phase'), await status(at, 'again', 'initContainerStatuses[0].state.waiting.message')]).toEqual(['0/1 Init:CrashLoopBackOff', 'Pending', expect.stringMatching(/^back-off 10s restarting failed container=i pod=again_default/)]);
  expect([await columns(at, 'never'), await status(at, 'never', 'phase')]).toEqual(['0/1 Init:Error', 'Failed']);
  expect(await status(at, 'again', 'initContainerStatuses[1].state.waiting.reason')).toBe('PodInitializing');
});

test('10.7 sidecars start in order, each once the one before has started; they count in READY and stop last, the last one first', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const sidecar = (name: string, ready: string) => sh(`trap 'echo ${name} ends > /h/end-${name}; exit 0' TERM; ${ready} touch /tmp/up; ${FOREVER}`, { name, restartPolicy: 'Always', startupProbe: { exec: { command: ['cat', '/tmp/up'] }, periodSeconds: 1, failureThreshold: 30 }, volumeMounts: [{ name: 'h', mountPath: '/h' }] });
  await at.apply(here('app', sh(`trap 'sleep 4; echo app ends > /h/end-app; exit 0' TERM; ${FOREVER}`, { volumeMounts: [{ name: 'h', mountPath: '/h' }] }), {
    initContainers: [sidecar('one', 'sleep 6;'), sidecar('two', '')], volumes: [{ name: 'h', hostPath: { path: '/srv/h', type: 'DirectoryOrCreate' } }],
  }));
  await at.wait(6);
  expect([await columns(at, 'app'), await status(at, 'app', 'initContainerStatuses[1].state.waiting.reason')]).toEqual(['0/3 Init:0/2', 'PodInitializing']);
  await at.wait(10);
  expect(await columns(at, 'app')).toBe('3/3 Running');
  await at.k('delete pod app');
  const ends = (await at.run("ssh w1 'stat -c \"%Y %n\" /srv/h/end-app /srv/h/end-two /srv/h/end-one'")).split('\n').map((line) => Number(line.split(' ')[0]));
  expect(ends).toHaveLength(3);
  expect(ends[0]! <= ends[1]! && ends[1]! <= ends[2]!).toBe(true);
});

test('10.9 endpoints drop at once while preStop uses up the grace period; two seconds more, then SIGKILL', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(
    here('a', sh(`trap 'touch /h/term' TERM; ${FOREVER}`, { lifecycle: { preStop: { exec: { command: ['sh', '-c', 'touch /h/stop; sleep 60'] } } }, volumeMounts: [{ name: 'h', mountPath: '/h' }] }), { terminationGracePeriodSeconds: 10, volumes: [{ name: 'h', hostPath: { path: '/srv/h', type: 'DirectoryOrCreate' } }] }, { labels: { app: 'a' } }),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { selector: { app: 'a' }, ports: [{ port: 80 }] } },
  );
  await at.wait(5);
  await at.k('delete pod a --wait=false');
  await at.wait(1);
  expect(await at.see('endpointslices -l kubernetes.io/service-name=a', '.items[0].endpoints[0].conditions')).toBe('{"ready":false,"serving":true,"terminating":true}');
  expect(await at.run("ssh w1 'ls /srv/h'")).toBe('stop');
  await at.wait(10.5);
  expect([await at.names('pods'), await at.run("ssh w1 'ls /srv/h'")]).toEqual([['a'], 'stop\nterm']);
  await at.wait(4);
  expect(await at.names('pods')).toEqual([]);
});

test('10.10 exit codes: 137 for want of memory, 126 and 127, 128 when nothing starts', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const once = { restartPolicy: 'Never', terminationGracePeriodSeconds: 2 };
  await at.apply(
    here('not-executable', sh('echo x > /tmp/file; /tmp/file'), once), here('missing', sh('no-such-command'), once), here('nothing', { name: 'c', image: 'busybox:1.36', command: ['no-such-command'] }, once),
    here('oom', { name: 'c', image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', '250M'], resources: { limits: { memory: '100Mi' } } }, once),
  );
  await at.wait(15);
  const end = async (name: string) => (await status(at, name, 'containerStatuses[0].state.terminated.exitCode} {.status.containerStatuses[0].state.terminated.reason'));
  expect([await end('not-executable'), await end('missing'), await end('nothing'), await end('oom')]).toEqual(['126 Error', '127 Error', '128 StartError', '137 OOMKilled']);
});

test('10.10 a stopped container tells by its exit code whether SIGTERM was enough', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const probe = { livenessProbe: { exec: { command: ['false'] }, periodSeconds: 1, failureThreshold: 1 } };
  await at.apply(here('polite', { name: 'c', image: 'nginx:1.27', ...probe }), here('stubborn', sh(FOREVER, probe), { terminationGracePeriodSeconds: 2 }));
  await at.wait(9);
  const last = (name: string) => status(at, name, 'containerStatuses[0].lastState.terminated.exitCode');
  expect([await last('polite'), await last('stubborn')]).toEqual(['0', '137']);
});

test('10.11 what a node has refused has failed, and its controller makes another', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply({ apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'rs' }, spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { nodeName: 'w1', containers: [{ name: 'c', image: 'nginx:1.27', resources: { requests: { cpu: '9' } } }] } } } });
  await at.wait(5);
  const count = (await at.names('pods')).length;
  expect([count > 5, count < 100]).toEqual([true, true]);
  expect(await at.see('pods', '.items[0].status.reason')).toBe('OutOfcpu');
});

test('10.12 a mirror says what it is, and follows its file', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const write = (image: string) => at.run(`ssh w1 'echo "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: c, image: \\"${image}\\"}]}}" > /etc/kubernetes/manifests/web.yaml'`);
  await write('nginx:1.27');
  await at.wait(22);
  const annotation = (key: string) => at.see('pod web-w1', `.metadata.annotations.kubernetes\\.io/${key}`);
  const hash = await annotation('config\\.hash');
  expect([await annotation('config\\.source'), hash, await annotation('config\\.mirror')]).toEqual(['file', expect.stringMatching(/^[0-9a-f]{32}$/), hash]);
  expect(await at.see('pod web-w1', '.metadata.ownerReferences[0].kind}/{.metadata.ownerReferences[0].name')).toBe('Node/w1');
  await at.k('delete pod web-w1');
  await at.wait(3);
  expect([await columns(at, 'web-w1'), await annotation('config\\.hash')]).toEqual(['1/1 Running', hash]);
  await write('nginx:1.26');
  await at.wait(22);
  expect([await status(at, 'web-w1', 'containerStatuses[0].image'), await annotation('config\\.hash') === hash]).toEqual(['docker.io/library/nginx:1.26', false]);
  await at.run("ssh w1 'mv /etc/kubernetes/manifests/web.yaml /root/'");
  await at.wait(22);
  expect(await at.names('pods')).toEqual([]);
});

test('10.14 the class of a Pod counts init containers, cpu and memory; the score stays within 3 and 999', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '8Gi', cpu: '4' } });
  const fixed = { limits: { cpu: '100m', memory: '64Mi' } };
  const sized = (name: string, resources: object, more: object = {}) => here(name, { name: 'c', image: 'nginx:1.27', resources }, more);
  await at.apply(
    sized('fixed', fixed), sized('init', fixed, { initContainers: [sh('true', { name: 'i' })] }), sized('memory-only', { limits: { memory: '64Mi' } }),
    sized('tiny', { requests: { memory: '1Mi' } }), sized('most', { requests: { memory: '7900Mi' } }),
  );
  await at.wait(15);
  expect(await at.see('pods', 'range .items[*]}{.metadata.name}={.status.qosClass} {end')).toBe('fixed=Guaranteed init=Burstable memory-only=Burstable most=Burstable tiny=Burstable');
  const score = (name: string) => at.run(`ssh w1 'crictl inspect $(crictl ps -q --label io.kubernetes.pod.name=${name})' | grep oomScoreAdj`);
  expect([await score('tiny'), await score('memory-only')]).toEqual(['"oomScoreAdj": "999"', '"oomScoreAdj": "993"']);
});

test('10.18 what is optional may be missing, in variables and in volumes', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const from = (optional: boolean) => ({ env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'a', optional } } }] });
  const volume = (optional: boolean) => ({ volumes: [{ name: 'v', secret: { secretName: 's', optional } }] });
  const mounted = sh(FOREVER, { volumeMounts: [{ name: 'v', mountPath: '/v' }] });
  await at.apply(here('env', sh(FOREVER, from(true))), here('env-must', sh(FOREVER, from(false))), here('vol', mounted, volume(true)), here('vol-must', mounted, volume(false)));
  await at.wait(10);
  expect([await columns(at, 'env'), await columns(at, 'env-must'), await columns(at, 'vol'), await columns(at, 'vol-must')]).toEqual(['1/1 Running', '0/1 CreateContainerConfigError', '1/1 Running', '0/1 ContainerCreating']);
  expect(await at.events('vol-must')).toContain('FailedMount: MountVolume.SetUp failed for volume "v" : secret "s" not found');
});

test('10.6 RestartAllContainers: the end of one lets all begin again, init containers first, in the same sandbox', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const main = { name: 'main', image: 'nginx:1.27' };
  const watcher = sh('sleep 8; exit 88', { name: 'watcher', restartPolicy: 'Never', restartPolicyRules: [{ action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [88] } }] });
  await at.apply(pod('a', { nodeName: 'w1', restartPolicy: 'Never', terminationGracePeriodSeconds: 1, initContainers: [sh('true', { name: 'i' })], containers: [main, watcher] }));
  await at.wait(6);
  const counts = () => status(at, 'a', 'initContainerStatuses[0].restartCount} {.status.containerStatuses[0].restartCount} {.status.containerStatuses[1].restartCount} {.status.podIP');
  const [before, ip] = [await counts(), await status(at, 'a', 'podIP')];
  await at.wait(10);
  expect([before, await counts(), await columns(at, 'a')]).toEqual([`0 0 0 ${ip}`, `1 1 1 ${ip}`, '2/2 Running']);
});

test('10.5 a digest is one that the repository has, or is not found', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(here('tag', { name: 'c', image: 'nginx:1.27' }));
  await at.wait(8);
  const digest = (await status(at, 'tag', 'containerStatuses[0].imageID')).split('@')[1]!;
  await at.apply(here('digest', { name: 'c', image: `nginx@${digest}` }, { nodeName: 'w2' }), here('wrong', { name: 'c', image: `nginx@sha256:${'0'.repeat(64)}` }));
  await at.wait(8);
  expect([await columns(at, 'digest'), await columns(at, 'wrong')]).toEqual(['1/1 Running', expect.stringMatching(/^0\/1 (ErrImagePull|ImagePullBackOff)$/)]);
  expect((await at.events('wrong')).join('\n')).toContain(`docker.io/library/nginx@sha256:${'0'.repeat(64)}: not found`);
});

test.each<[string, object, string, string]>([
  ['seccomp', { seccompProfile: { type: 'Localhost', localhostProfile: 'profiles/fine.json' } }, 'failed to create containerd container: cannot load seccomp profile "/var/lib/kubelet/seccomp/profiles/fine.json": open /var/lib/kubelet/seccomp/profiles/fine.json: no such file or directory', 'mkdir -p /var/lib/kubelet/seccomp/profiles; echo {} > /var/lib/kubelet/seccomp/profiles/fine.json'],
  ['AppArmor', { appArmorProfile: { type: 'Localhost', localhostProfile: 'k8s-deny-write' } }, 'failed to get container spec opts: failed to generate apparmor spec opts: apparmor profile not found k8s-deny-write', 'mkdir -p /etc/apparmor.d; echo "profile k8s-deny-write flags=(attach_disconnected) {}" > /etc/apparmor.d/deny'],
])('10.10 the %s profile that the node has not keeps a container from being made', async (_, securityContext, message, remedy) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(here('a', { name: 'c', image: 'nginx:1.27', securityContext }));
  await at.wait(8);
  expect([await columns(at, 'a'), await status(at, 'a', 'containerStatuses[0].state.waiting.message')]).toEqual(['0/1 CreateContainerError', message]);
  await at.run(`ssh w1 '${remedy}'`);
  await at.wait(30);
  expect(await columns(at, 'a')).toBe('1/1 Running');
});
