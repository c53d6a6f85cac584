/** Section 10: a node that runs out of inodes or process ids. */
import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const kubeletConfig = (at: Scene, lines: string) => at.run(`ssh w1 'printf "${lines}" >> /var/lib/kubelet/config.yaml && systemctl restart kubelet'`);
const script = (name: string, text: string, spec: object = {}) => pod(name, { nodeName: 'w1', restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', text], volumeMounts: [{ name: 'd', mountPath: '/d' }] }], volumes: [{ name: 'd', emptyDir: {} }], ...spec });
const condition = (at: Scene, type: string) => at.see('node w1', `.status.conditions[?(@.type=="${type}")].status} {.status.conditions[?(@.type=="${type}")].reason} {.status.conditions[?(@.type=="${type}")].message`);
const free = async (at: Scene) => Number((await at.run("ssh w1 'df -i'")).split('\n')[1]!.split(/ +/)[3]);

test('10.15 many small files use up the inodes: the Pod that has most of them is evicted', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await at.apply(script('few', 'touch /d/a; sleep 1000000'));
  await at.wait(10);
  await kubeletConfig(at, `evictionHard: {nodefs.inodesFree: \\"${await free(at) - 200}\\"}\\n`);
  await at.wait(20);
  expect(await condition(at, 'DiskPressure')).toMatch(/^False /);
  await at.apply(script('many', 'for i in $(seq 300); do touch /d/f$i; done; sleep 1000000'));
  await at.wait(30);
  expect([await at.see('pod many', '.status.phase}/{.status.reason'), await at.see('pod few', '.status.phase'), await condition(at, 'DiskPressure')]).toEqual(['Failed/Evicted', 'Running', 'True KubeletHasDiskPressure kubelet has disk pressure']);
  expect(await at.see('pod many', '.status.message')).toMatch(/^The node was low on resource: inodes\. Threshold quantity: \d+, available: \d+\.$/);
  expect(await at.events('w1')).toContain('EvictionThresholdMet: Attempting to reclaim inodes');
});

test('10.15 too many processes use up the process ids, which the node is tainted for', async () => {
  const at = await Scene.kubeadm({ w1: { memory: '2Gi' } });
  await kubeletConfig(at, 'evictionHard: {pid.available: \\"16220\\"}\\n');
  await at.wait(20);
  expect(await condition(at, 'PIDPressure')).toBe('False KubeletHasSufficientPID kubelet has sufficient PID available');
  await at.apply(script('calm', 'sleep 1000000'), script('bomb', 'for i in $(seq 40); do sleep 100000 & done; wait'));
  await at.wait(30);
  expect([await at.see('pod bomb', '.status.phase}/{.status.reason'), await at.see('pod calm', '.status.phase'), await condition(at, 'PIDPressure')]).toEqual(['Failed/Evicted', 'Running', 'True KubeletHasInsufficientPID kubelet has insufficient PID available']);
  expect(await at.see('pod bomb', '.status.message')).toMatch(/^The node was low on resource: pids\. Threshold quantity: 16220, available: \d+\.$/);
  expect(await at.see('node w1', '.spec.taints[*].key')).toBe('node.kubernetes.io/pid-pressure');
  expect(await at.events('w1')).toContain('NodeHasInsufficientPID: Node w1 status is now: NodeHasInsufficientPID');
});
