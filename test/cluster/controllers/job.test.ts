import { expect, test } from 'vitest';
import { cronJobs, jobs, pods } from '../../../src/cluster/client/resources.ts';
import { formatIndexes, parseIndexes } from '../../../src/cluster/controllers/job/indexes.ts';
import { Scene, template } from './scene.ts';

const scene = () => new Scene({ controllers: ['job-controller', 'cronjob-controller', 'ttl-after-finished-controller', 'garbage-collector-controller'] });

function job(spec: object = {}): object {
  const { spec: pod } = template({}) as { spec: object };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'default' }, spec: { template: { spec: { ...pod, restartPolicy: 'Never' } }, ...spec } };
}

const status = (at: Scene) => at.get(jobs, 'j').status;
const conditions = (at: Scene) => (status(at).conditions ?? []).map(({ type, status: is, reason }) => `${type}=${is} ${reason}`);

test('a Job is complete when its Pod has succeeded, and the Pod keeps no finalizer', async () => {
  const at = scene();
  at.fate = () => 'Succeeded';
  at.create(jobs, job());
  await at.wait(5);
  expect(conditions(at)).toEqual(['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached']);
  expect(status(at)).toMatchObject({ succeeded: 1, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
  expect(status(at).active).toBeUndefined();
  expect(at.pods()[0]!.metadata.finalizers).toBeUndefined();
  expect(at.eventsOf('j').sort()).toEqual(['Completed: Job completed', expect.stringMatching(/^SuccessfulCreate: Created pod: j-/)]);
});

test('no more Pods run at once than its parallelism allows, nor more in all than it needs', async () => {
  const at = scene();
  at.create(jobs, job({ completions: 3, parallelism: 2 }));
  await at.wait(2);
  expect(at.pods()).toHaveLength(2);
  expect(status(at)).toMatchObject({ active: 2, ready: 2 });
  for (const pod of at.pods()) at.setPod(pod, 'Succeeded');
  await at.wait(2);
  expect(status(at)).toMatchObject({ active: 1, succeeded: 2 });
});

test('after failures it waits 10 s, then 20 s, and gives up beyond its limit', async () => {
  const at = scene();
  at.fate = () => 'Failed';
  at.create(jobs, job({ backoffLimit: 2 }));
  await at.wait(9);
  expect(at.pods()).toHaveLength(1);
  await at.wait(5);
  expect(at.pods()).toHaveLength(2);
  await at.wait(15);
  expect(at.pods()).toHaveLength(2);
  await at.wait(15);
  expect(at.pods()).toHaveLength(3);
  expect(conditions(at)).toEqual(['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
  expect(status(at).failed).toBe(3);
  expect(at.eventsOf('j')).toContain('BackoffLimitExceeded: Job has reached the specified backoff limit');
});

test('Indexed: each index has its Pod, its name, its variable; a failed one is made again', async () => {
  const at = scene();
  at.fate = (pod) => (pod.metadata.labels?.['batch.kubernetes.io/job-completion-index'] === '1' ? 'ready' : 'Succeeded');
  at.create(jobs, job({ completions: 4, parallelism: 4, completionMode: 'Indexed' }));
  await at.wait(5);
  expect(status(at)).toMatchObject({ succeeded: 3, active: 1, completedIndexes: '0,2,3' });
  const pod = at.pods().find(({ metadata }) => metadata.name.startsWith('j-1-'))!;
  expect(pod.spec.hostname).toBe('j-1');
  expect(pod.spec.containers[0]!.env).toEqual([{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } } }]);
  at.setPod(pod, 'Failed');
  await at.wait(20);
  expect(at.pods().filter(({ metadata }) => metadata.name.startsWith('j-1-'))).toHaveLength(2);
});

test('an index that fails too often is given up while the others go on', async () => {
  const at = scene();
  at.fate = (pod) => (pod.metadata.name.startsWith('j-0-') ? 'Failed' : 'ready');
  at.create(jobs, job({ completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 1 }));
  await at.wait(30);
  expect(status(at)).toMatchObject({ failedIndexes: '0', failed: 2, active: 1 });
  for (const pod of at.pods()) if (pod.status.phase === 'Running') at.setPod(pod, 'Succeeded');
  await at.wait(5);
  expect(conditions(at)).toEqual(['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes']);
});

test('a policy fails the Job at once, or does not count what it ignores', async () => {
  const at = scene();
  const rule = (action: string) => ({ podFailurePolicy: { rules: [{ action, onPodConditions: [{ type: 'DisruptionTarget' }] }] }, backoffLimit: 0 });
  at.create(jobs, job(rule('Ignore')));
  await at.wait(2);
  const [pod] = at.pods();
  at.client.patch(pods, pod!.metadata.name, 'default', { status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] } }, { subresource: 'status', type: 'strategic' });
  await at.wait(15);
  expect(status(at).failed).toBeUndefined();
  expect(at.pods()).toHaveLength(2);
  at.client.delete(jobs, 'j', 'default', { propagationPolicy: 'Background' });
  await at.wait(10);
  expect(at.pods()).toEqual([]);
  at.create(jobs, job(rule('FailJob')));
  await at.wait(2);
  const [next] = at.pods();
  at.client.patch(pods, next!.metadata.name, 'default', { status: { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] } }, { subresource: 'status', type: 'strategic' });
  await at.wait(5);
  expect(conditions(at).at(-1)).toBe('Failed=True PodFailurePolicy');
  expect(status(at).conditions!.at(-1)!.message).toMatch(/^Pod default\/j-\w+ has condition DisruptionTarget matching FailJob rule at index 0$/);
});

test('suspended it has no Pods and no start; resumed it begins anew', async () => {
  const at = scene();
  at.create(jobs, job({ parallelism: 2, completions: 2 }));
  await at.wait(3);
  at.client.patch(jobs, 'j', 'default', { spec: { suspend: true } });
  await at.wait(5);
  expect(at.pods()).toEqual([]);
  expect(status(at).startTime).toBeUndefined();
  at.client.patch(jobs, 'j', 'default', { spec: { suspend: false } });
  await at.wait(15);
  expect(conditions(at)).toContain('Suspended=False JobResumed');
  expect(at.eventsOf('j')).toEqual(expect.arrayContaining(['Suspended: Job suspended', 'Resumed: Job resumed']));
});

test('its time is up: the Pods go first, then it has failed', async () => {
  const at = scene();
  at.stopMs = 10_000;
  at.create(jobs, job({ activeDeadlineSeconds: 20 }));
  await at.wait(22);
  expect(conditions(at)).toEqual(['FailureTarget=True DeadlineExceeded']);
  await at.wait(15);
  expect(conditions(at)).toEqual(['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
});

test('a finished Job goes when its time to live is over', async () => {
  const at = scene();
  at.fate = () => 'Succeeded';
  at.create(jobs, job({ ttlSecondsAfterFinished: 30 }));
  await at.wait(20);
  expect(at.names(jobs)).toEqual(['j']);
  await at.wait(20);
  expect(at.names(jobs)).toEqual([]);
  expect(at.pods()).toEqual([]);
});

test('indexes are written as ranges', () => {
  expect(formatIndexes([5, 0, 1, 2, 7, 8])).toBe('0-2,5,7,8');
  expect([...parseIndexes('0-2,5,9', 6)]).toEqual([0, 1, 2, 5]);
});

function cronJob(spec: object = {}): object {
  return { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'tick', namespace: 'default' }, spec: { schedule: '*/1 * * * *', jobTemplate: { spec: (job() as { spec: object }).spec }, ...spec } };
}

test('a CronJob makes a Job each minute, named after it, and keeps three', async () => {
  const at = scene();
  at.fate = () => 'Succeeded';
  at.create(cronJobs, cronJob());
  await at.wait(61);
  const minute = Date.UTC(2026, 0, 5, 9, 1) / 60_000;
  expect(at.names(jobs)).toEqual([`tick-${minute}`]);
  expect(at.get(cronJobs, 'tick').status.lastScheduleTime).toBe('2026-01-05T09:01:00Z');
  await at.wait(320);
  expect(at.names(jobs)).toHaveLength(3);
  expect(at.eventsOf('tick')).toEqual(expect.arrayContaining([`SuccessfulCreate: Created job tick-${minute}`, `SawCompletedJob: Saw completed job: tick-${minute}, condition: Complete`, `SuccessfulDelete: Deleted job tick-${minute}`]));
});

test('Forbid waits for the last run, Replace ends it', async () => {
  const at = scene();
  at.create(cronJobs, cronJob({ concurrencyPolicy: 'Forbid' }));
  await at.wait(130);
  expect(at.names(jobs)).toHaveLength(1);
  expect(at.eventsOf('tick')).toContain('JobAlreadyActive: Not starting job because prior execution is running and concurrency policy is Forbid');
  at.client.patch(cronJobs, 'tick', 'default', { spec: { concurrencyPolicy: 'Replace' } });
  await at.wait(70);
  expect(at.names(jobs)).toHaveLength(1);
  expect(at.get(cronJobs, 'tick').status.active).toHaveLength(1);
});

test('suspended it runs nothing; what was missed runs once afterwards', async () => {
  const at = scene();
  at.create(cronJobs, cronJob({ suspend: true }));
  await at.wait(300);
  expect(at.names(jobs)).toEqual([]);
  at.client.patch(cronJobs, 'tick', 'default', { spec: { suspend: false } });
  await at.wait(2);
  expect(at.names(jobs)).toEqual([`tick-${Date.UTC(2026, 0, 5, 9, 5) / 60_000}`]);
});

test('it keeps the hours of its time zone', async () => {
  const at = scene();
  at.create(cronJobs, cronJob({ schedule: '30 10 * * *', timeZone: 'Europe/Berlin' }));
  await at.wait(31 * 60);
  expect(at.get(cronJobs, 'tick').status.lastScheduleTime).toBe('2026-01-05T09:30:00Z');
});
