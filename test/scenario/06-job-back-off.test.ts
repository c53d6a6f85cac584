/** Section 6: what a work queue keeps up, how the back-off of a Job grows and is forgotten, when a CronJob wakes. */
import { expect, test } from 'vitest';
import { Scene } from './scene.ts';

/** Runs `script`, which may count its runs in /n. */
const counting = (script: string) => ({ restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', script], volumeMounts: [{ name: 'n', mountPath: '/n' }] }], volumes: [{ name: 'n', hostPath: { path: '/srv/n', type: 'DirectoryOrCreate' } }] });
const job = (spec: object, podSpec: object) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j' }, spec: { template: { spec: { nodeName: 'w1', ...podSpec } }, ...spec } });
const status = (at: Scene, ...fields: string[]) => at.see('job j', fields.map((field) => `.status.${field}`).join('}|{'));

async function started(...objects: object[]): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  expect(await at.apply(...objects)).toMatch(/ created$/);
  return at;
}

/** The pauses between the starts of the Job's Pods. */
async function pauses(at: Scene, seconds: number): Promise<number[]> {
  await at.wait(seconds);
  const starts = (await at.see('pods', '.items[*].metadata.creationTimestamp')).split(' ').map((time) => Date.parse(time) / 1000).sort((a, b) => a - b);
  return starts.slice(1).map((start, i) => start - starts[i]!);
}

test('6.1 a work queue replaces what fails until one has succeeded, and then no more', async () => {
  const at = await started(job({ parallelism: 2 }, counting('echo x >> /n/runs; case $(wc -l < /n/runs) in 1) exit 1;; 2) sleep 1000000;; 3) sleep 25;; *) exit 0;; esac')));
  await at.wait(20);
  expect([await status(at, 'active', 'failed'), (await at.names('pods')).length]).toEqual(['2|1', 3]);
  await at.wait(30);
  expect(await status(at, 'active', 'succeeded', 'failed')).toBe('1|1|1');
  const [alive] = (await at.see('pods --field-selector=status.phase=Running', '.items[*].metadata.name')).split(' ');
  await at.k(`delete pod ${alive} --grace-period=1`);
  await at.wait(60);
  expect([await status(at, 'active', 'succeeded', 'completionTime').then((said) => said.slice(0, 3)), (await at.names('pods')).length]).toEqual(['|1|', 2]);
});

test('6.2 the pause doubles up to ten minutes, counted from the end of the last failed Pod', async () => {
  const at = await started(job({ backoffLimit: 20 }, counting('sleep 5; exit 1')));
  expect((await pauses(at, 2700)).map((pause) => Math.round(pause / 10) * 10 - 10)).toEqual([10, 20, 40, 80, 160, 320, 600, 600, 600]);
});

test('6.2 a success forgets the failures before it', async () => {
  const at = await started(job({ completions: 3, backoffLimit: 10 }, counting('echo x >> /n/runs; case $(wc -l < /n/runs) in 1|2|4) exit 1;; *) exit 0;; esac')));
  const [first = 0, second = 0, afterSuccess = 99, third = 0] = await pauses(at, 90);
  expect([first, second, afterSuccess, third].map((pause) => pause >= 20 ? 20 : pause >= 10 ? 10 : 0)).toEqual([10, 20, 0, 10]);
});

test('6.10 what was missed while the controller manager was down is made up for once', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { schedule: '*/5 * * * *', successfulJobsHistoryLimit: 10, jobTemplate: { spec: { template: { spec: counting('true') } } } } };
  await at.wait(300 - (at.nowMs / 1000) % 300 + 60);
  await at.apply(cron);
  await at.wait(5);
  expect(await at.names('jobs')).toEqual([]);
  await at.run("ssh cp 'mv /etc/kubernetes/manifests/kube-controller-manager.yaml /root'");
  await at.wait(1000);
  await at.run("ssh cp 'mv /root/kube-controller-manager.yaml /etc/kubernetes/manifests'");
  await at.wait(60);
  const jobs = await at.names('jobs');
  const minutes = jobs.map((name) => Number(name.slice(2)));
  expect([jobs.length, minutes.every((minute) => minute % 5 === 0), await at.see('cronjob c', '.status.lastScheduleTime')]).toEqual([1, true, new Date(minutes[0]! * 60_000).toISOString().replace('.000', '')]);
});

test('6.10 a start that a deadline has made too late is told as missed', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.apply({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { schedule: '0 * * * *', startingDeadlineSeconds: 30, jobTemplate: { spec: { template: { spec: counting('true') } } } } });
  await at.wait(3600 - (at.nowMs / 1000) % 3600 - 60);
  await at.run("ssh cp 'mv /etc/kubernetes/manifests/kube-controller-manager.yaml /root'");
  await at.wait(300);
  await at.run("ssh cp 'mv /root/kube-controller-manager.yaml /etc/kubernetes/manifests'");
  await at.wait(60);
  expect(await at.names('jobs')).toEqual([]);
});
