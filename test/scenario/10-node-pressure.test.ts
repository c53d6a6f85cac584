/** Section 10: a node that runs low on memory or disk. */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const stress = (name: string, size: string, { resources = {}, ...spec }: { resources?: object } & Record<string, unknown> = {}) =>
  pod(name, { restartPolicy: 'Never', nodeName: 'w1', containers: [{ name: 'c', image: 'polinux/stress', command: ['stress', '--vm', '1', '--vm-bytes', size], resources }], ...spec });
const condition = (at: Scene, type: string, field = 'status') => at.see('node w1', `.status.conditions[?(@.type=="${type}")].${field}`);
const phases = async (at: Scene) => (await at.see('pods', 'range .items[*]}{.metadata.name}={.status.phase}/{.status.reason} {end')).split(' ').filter(Boolean);
const kubeletConfig = (lines: string) => `ssh w1 'printf "${lines}" >> /var/lib/kubelet/config.yaml && systemctl restart kubelet'`;

test('10.15 with less than 100Mi free the Pod furthest above its request is evicted, and says why', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await at.apply(stress('hog', '1600M', { resources: { requests: { memory: '128Mi' } } }), stress('modest', '100M', { resources: { requests: { memory: '120Mi' } } }));
  await at.wait(40);
  expect(await phases(at)).toEqual(['hog=Failed/Evicted', 'modest=Running/']);
  expect(await at.see('pod hog', '.status.message')).toMatch(/^The node was low on resource: memory\. Threshold quantity: 100Mi, available: \d+Ki\. Container c was using 1600Mi, request is 128Mi, has larger consumption of memory\.$/);
  expect(await at.see('pod hog', '.status.conditions[?(@.type=="DisruptionTarget")].reason}: {.status.conditions[?(@.type=="DisruptionTarget")].status')).toBe('TerminationByKubelet: True');
  expect((await at.events('hog')).join('\n')).toMatch(/Evicted: The node was low on resource: memory\. .*\nKilling: Stopping container c/);
  expect(await at.k('get pod hog --no-headers')).toMatch(/0\/1 +Error|0\/1 +Evicted/);
});

test('10.15 the condition outlasts its cause by five minutes, taints the node and keeps BestEffort Pods away', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await at.apply(stress('hog', '1680M'));
  await at.wait(30);
  expect([await condition(at, 'MemoryPressure'), await condition(at, 'MemoryPressure', 'reason'), await condition(at, 'MemoryPressure', 'message')]).toEqual(['True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']);
  expect(await at.see('node w1', '.spec.taints[*].key')).toBe('node.kubernetes.io/memory-pressure');
  expect(await at.events('w1')).toEqual(expect.arrayContaining(['EvictionThresholdMet: Attempting to reclaim memory', 'NodeHasInsufficientMemory: Node w1 status is now: NodeHasInsufficientMemory']));
  await at.apply(pod('late', { nodeName: 'w1' }), pod('burstable', { nodeName: 'w1' }, {}, { cpu: '10m' }));
  await at.wait(10);
  expect(await at.see('pod late', '.status.phase}/{.status.reason}/{.status.message')).toBe('Failed/Evicted/Pod was rejected: The node had condition: [MemoryPressure].');
  expect(await at.see('pod burstable', '.status.phase')).toBe('Running');
  await at.wait(200);
  expect(await condition(at, 'MemoryPressure')).toBe('True');
  await at.wait(130);
  expect([await condition(at, 'MemoryPressure'), await at.see('node w1', '.spec.taints')]).toEqual(['False', '']);
  expect(await at.events('w1')).toContain('NodeHasSufficientMemory: Node w1 status is now: NodeHasSufficientMemory');
});

test('10.15 above their requests the less important go first; static and critical Pods never', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await at.make({ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 });
  await at.apply(stress('important', '800M', { priorityClassName: 'high' }), stress('plain', '300M'), stress('covered', '500M', { resources: { requests: { memory: '510Mi' } } }));
  await at.wait(15);
  await at.run(`ssh w1 'echo ${Buffer.from(JSON.stringify(stress('base', '150M'))).toString('base64')} | base64 -d > /etc/kubernetes/manifests/base.yaml'`);
  await at.wait(30);
  expect(await phases(at)).toEqual(['base-w1=Running/', 'covered=Running/', 'important=Running/', 'plain=Failed/Evicted']);
});

test('10.15 a soft threshold waits for its grace period and gives the Pod time', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await at.run(kubeletConfig('evictionSoft: {memory.available: 500Mi}\\nevictionSoftGracePeriod: {memory.available: 1m}\\nevictionMaxPodGracePeriod: 20\\n'));
  await at.apply(stress('hog', '1300M'));
  await at.wait(45);
  expect([await condition(at, 'MemoryPressure'), await phases(at)]).toEqual(['True', ['hog=Running/']]);
  await at.wait(60);
  expect(await phases(at)).toEqual(['hog=Failed/Evicted']);
  expect(await at.see('pod hog', '.status.message')).toContain('Threshold quantity: 500Mi');
});

test('10.15 a full disk: images that nobody uses go first, then Pods by what they have written', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const writer = (name: string, megabytes: number) => pod(name, { nodeName: 'w1', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', `dd if=/dev/zero of=/data bs=1M count=${megabytes}; sleep 10000`] }] });
  await at.apply(writer('small', 10), writer('large', 2000), pod('idle', { nodeName: 'w1', restartPolicy: 'Never', containers: [{ name: 'c', image: 'node:22', command: ['true'] }] }));
  await at.wait(30);
  await at.k('delete pod idle');
  await at.wait(130);
  expect(await at.run("ssh w1 'crictl images'")).toContain('docker.io/library/node');
  await at.run("ssh w1 'fallocate -l 28G /var/lib/big'");
  await at.wait(25);
  expect(await at.run("ssh w1 'crictl images'")).not.toContain('docker.io/library/node');
  expect(await phases(at)).toEqual(['large=Failed/Evicted', 'small=Running/']);
  expect(await at.see('pod large', '.status.message')).toMatch(/^The node was low on resource: ephemeral-storage\. Threshold quantity: 6Gi, available: \d+Ki\. Container c was using 20\d{5}Ki, request is 0, has larger consumption of ephemeral-storage\.$/);
  expect([await condition(at, 'DiskPressure'), await condition(at, 'DiskPressure', 'message')]).toEqual(['True', 'kubelet has disk pressure']);
  expect(await at.see('node w1', '.spec.taints[*].key')).toBe('node.kubernetes.io/disk-pressure');
  await at.run("ssh w1 'rm /var/lib/big'");
  await at.wait(330);
  expect([await condition(at, 'DiskPressure'), await at.see('node w1', '.spec.taints')]).toEqual(['False', '']);
  expect(await at.events('w1')).toEqual(expect.arrayContaining(['NodeHasDiskPressure: Node w1 status is now: NodeHasDiskPressure', 'NodeHasNoDiskPressure: Node w1 status is now: NodeHasNoDiskPressure']));
});

test.each([
  ['an emptyDir above its size', { volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Gi' } }] }, '/v/data', {}, 'Usage of EmptyDir volume "v" exceeds the limit "1Gi".'],
  ['a container above its limit', { volumes: [{ name: 'v', emptyDir: {} }] }, '/data', { limits: { 'ephemeral-storage': '1Gi' } }, 'Pod ephemeral local storage usage exceeds the total limit of containers 1Gi.'],
])('10.15 %s is evicted', async (_, spec, path, resources, message) => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply(pod('a', { ...spec, containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', `dd if=/dev/zero of=${path} bs=1M count=1100; sleep 10000`], resources, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] }));
  await at.wait(30);
  expect(await at.see('pod a', '.status.reason}: {.status.message')).toBe(`Evicted: ${message}`);
});

test('10.14 when the memory of the node itself is used up the kernel kills who matters least', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  const guaranteed = { requests: { cpu: '100m', memory: '900Mi' }, limits: { cpu: '100m', memory: '900Mi' } };
  await at.apply(stress('guaranteed', '800M', { resources: guaranteed }), stress('best', '200M'));
  await at.wait(15);
  await at.apply(stress('burst', '1100M', { resources: { requests: { memory: '1000Mi' } } }));
  await at.wait(5);
  const reasons = await at.see('pods', 'range .items[*]}{.metadata.name}={.status.containerStatuses[0].state.terminated.reason}/{.status.containerStatuses[0].state.terminated.exitCode} {end');
  expect(reasons.trim().split(' ')).toEqual(['best=OOMKilled/137', 'burst=OOMKilled/137', 'guaranteed=/']);
  expect((await at.events('w1')).join('\n')).toMatch(/SystemOOM: System OOM encountered, victim process: stress, pid: \d+/);
});

test('10.16 above 85% of the disk images are removed down to 80%', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(kubeletConfig('evictionHard: {memory.available: 100Mi}\\n'));
  await at.apply(pod('a', { nodeName: 'w1', restartPolicy: 'Never', containers: [{ name: 'c', image: 'node:22', command: ['true'] }] }));
  await at.wait(30);
  await at.k('delete pod a');
  await at.run("ssh w1 'fallocate -l 31G /var/lib/big'");
  await at.wait(320);
  expect(await at.run("ssh w1 'crictl images'")).not.toContain('docker.io/library/node');
  expect((await at.events('w1')).join('\n')).toMatch(/ImageGCFailed: Failed to garbage collect required amount of images\. Attempted to free \d+ bytes, but only found \d+ bytes eligible to free\./);
  expect(await condition(at, 'DiskPressure')).toBe('False');
});

test('10.16 a log of more than containerLogMaxSize is put aside', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(kubeletConfig('containerLogMaxSize: 1Ki\\ncontainerLogMaxFiles: 3\\n'));
  await at.apply(pod('chatty', { nodeName: 'w1', containers: [{ name: 'c', image: 'busybox:1.36', command: ['sh', '-c', 'while true; do echo a line of some forty characters or more; sleep 0.5; done'] }] }));
  await at.wait(90);
  const files = (await at.run("ssh w1 'ls /var/log/pods/default_chatty_*/c'")).split('\n');
  expect(files).toEqual(['0.log', expect.stringMatching(/^0\.log\.\d{8}-\d{6}$/), expect.stringMatching(/^0\.log\.\d{8}-\d{6}$/)]);
  expect((await at.k('logs chatty')).split('\n').length).toBeLessThan(30);
});

test('10.16 on a full disk nothing more is written', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  expect(await at.run("ssh w1 'fallocate -l 50G /big'")).toBe('fallocate: fallocate failed: No space left on device');
  await at.run("ssh w1 'fallocate -l 35G /big'");
  expect(await at.run("ssh w1 'df -h /'")).toMatch(/Filesystem +Size +Used Avail Use% Mounted on\n\/dev\/sda1 +40G +\d+G +\d+(\.\d)?[GM] +9\d% +\/$/);
});
