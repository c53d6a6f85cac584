import { expect, test } from 'vitest';
import { pods as podResource } from '../../src/cluster/client/resources.ts';
import { Scene } from './scene.ts';

const says = (command: string) => ({ containers: [{ name: 'c', image: 'busybox', command: ['sh', '-c', command] }], restartPolicy: 'Never' });
const FOREVER = 'sleep 1000000';
const job = (spec: object = {}, podSpec: object = says(FOREVER), name = 'j') => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { spec: podSpec }, ...spec } });
const cron = (spec: object = {}, podSpec: object = says(FOREVER)) => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: podSpec } } }, ...spec } });
const indexed = { completionMode: 'Indexed' };

async function started(...objects: object[]): Promise<Scene> {
  const at = await Scene.kubeadm({ w1: {} });
  if (objects.length > 0) expect(await at.apply(...objects)).toMatch(/ created$/);
  return at;
}
const conditions = async (at: Scene) => (await at.see('job j', 'range .status.conditions[*]}{.type}={.status}/{.reason}: {.message};{end')).split(';').filter(Boolean);
const types = async (at: Scene) => (await at.see('job j', '.status.conditions[*].type')).split(' ').filter(Boolean);
const status = (at: Scene, ...fields: string[]) => at.see('job j', fields.map((field) => `.status.${field}`).join('}|{'));

test('6.1 as many Pods as parallelism and what is missing allow', async () => {
  const at = await started(job({ completions: 5, parallelism: 3 }, says('sleep 20')));
  await at.wait(10);
  expect(await status(at, 'active', 'ready')).toBe('3|3');
  await at.wait(25);
  expect(await status(at, 'active', 'succeeded')).toBe('2|3');
});

test('6.1 a work queue starts no new Pod once one has succeeded, and is complete when the rest have ended', async () => {
  const at = await started(job({ parallelism: 2 }, says('case $HOSTNAME in *) :;; esac; sleep 10')));
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(2);
  await at.wait(30);
  expect([await at.names('pods'), await status(at, 'succeeded', 'completions'), await types(at)]).toEqual([expect.objectContaining({ length: 2 }), '2|', ['SuccessCriteriaMet', 'Complete']]);
});

test('6.2 6.3 failures wait 10 s, then 20 s; beyond the limit the Job has failed', async () => {
  const at = await started(job({ backoffLimit: 2 }, says('exit 3')));
  const times: number[] = [];
  for (let seconds = 0; seconds < 80; seconds++) {
    await at.wait(1);
    if ((await at.names('pods')).length > times.length) times.push(seconds);
  }
  expect(times).toHaveLength(3);
  expect([times[1]! - times[0]!, times[2]! - times[1]!].map((gap, i) => Math.abs(gap - [10, 20][i]!) <= 4)).toEqual([true, true]);
  expect(await conditions(at)).toEqual(['FailureTarget=True/BackoffLimitExceeded: Job has reached the specified backoff limit', 'Failed=True/BackoffLimitExceeded: Job has reached the specified backoff limit']);
  expect([await status(at, 'failed', 'succeeded', 'completionTime'), await at.k('get job j --no-headers')]).toEqual(['3||', expect.stringMatching(/^j +Failed +0\/1 /)]);
});

test('6.3 with OnFailure it is the restarts that count, and the Pod goes', async () => {
  const at = await started(job({ backoffLimit: 2 }, { ...says('exit 1'), restartPolicy: 'OnFailure' }));
  await at.wait(100);
  expect([await at.names('pods'), (await conditions(at)).at(-1)]).toEqual([[], 'Failed=True/BackoffLimitExceeded: Job has reached the specified backoff limit']);
});

test('6.3 the deadline ends it, and does not run while it is suspended', async () => {
  const at = await started(job({ activeDeadlineSeconds: 30, suspend: true }));
  await at.wait(60);
  expect([await at.names('pods'), await types(at), await status(at, 'startTime')]).toEqual([[], ['Suspended'], '']);
  await at.patch('job j', { spec: { suspend: false } });
  await at.wait(25);
  expect(await status(at, 'active')).toBe('1');
  await at.wait(7);
  expect((await conditions(at)).slice(-1)).toEqual(['FailureTarget=True/DeadlineExceeded: Job was active longer than specified deadline']);
  expect(await status(at, 'active', 'terminating', 'failed')).toBe('|1|1');
  await at.wait(35);
  expect((await conditions(at)).slice(-1)).toEqual(['Failed=True/DeadlineExceeded: Job was active longer than specified deadline']);
  expect(await at.names('pods')).toEqual([]);
});

test('6.4 success comes in two steps too', async () => {
  const at = await started(job({}, says('true')));
  await at.wait(15);
  expect(await conditions(at)).toEqual(['SuccessCriteriaMet=True/CompletionsReached: Reached expected number of succeeded pods', 'Complete=True/CompletionsReached: Reached expected number of succeeded pods']);
  expect(await at.events('j')).toContain('Completed: Job completed');
});

test('6.4 a success policy is met before all have ended; Complete waits until the others have gone', async () => {
  const at = await started(job({ ...indexed, completions: 3, parallelism: 3, successPolicy: { rules: [{ succeededIndexes: '0', succeededCount: 1 }] } }, { ...says(`test $JOB_COMPLETION_INDEX = 0 && sleep 4 || ${FOREVER}`), terminationGracePeriodSeconds: 10 }));
  await at.wait(10);
  expect(await conditions(at)).toEqual(['SuccessCriteriaMet=True/SuccessPolicy: Matched rules at index 0']);
  expect(await status(at, 'terminating')).toBe('2');
  await at.wait(15);
  expect((await conditions(at))[1]).toBe('Complete=True/SuccessPolicy: Matched rules at index 0');
  expect(await status(at, 'succeeded', 'completedIndexes', 'failed')).toBe('1|0|');
});

test('6.5 its Pods carry a finalizer until they are counted, and labels old and new', async () => {
  const at = await started(job({}, says('sleep 20')));
  await at.wait(5);
  const [name] = await at.names('pods');
  const uid = await at.see('job j', '.metadata.uid');
  const pod = at.cluster.admin().get(podResource, name!, 'default')!;
  expect(pod.metadata.finalizers).toEqual(['batch.kubernetes.io/job-tracking']);
  expect(pod.metadata.labels).toEqual({ 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': 'j', 'controller-uid': uid, 'job-name': 'j' });
  expect(await at.see('job j', '.spec.selector.matchLabels')).toBe(`{"batch.kubernetes.io/controller-uid":"${uid}"}`);
  await at.wait(25);
  expect(at.cluster.admin().get(podResource, name!, 'default')!.metadata.finalizers).toBeUndefined();
});

test('6.6 Indexed: names, annotation, label, variable and host name tell the index; what is done is shown as ranges', async () => {
  const at = await started(job({ ...indexed, completions: 6, parallelism: 6 }, says('echo $JOB_COMPLETION_INDEX $(hostname); case $JOB_COMPLETION_INDEX in 3|4) sleep 1000000;; esac')));
  await at.wait(10);
  expect((await at.names('pods')).map((name) => name.slice(0, 4))).toEqual(['j-0-', 'j-1-', 'j-2-', 'j-3-', 'j-4-', 'j-5-']);
  expect(await status(at, 'completedIndexes', 'active')).toBe('0-2,5|2');
  const [, , two = ''] = await at.names('pods');
  expect(two).toMatch(/^j-2-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  expect([await at.k(`logs ${two}`), await at.see(`pod ${two}`, '.metadata.annotations.batch\\.kubernetes\\.io/job-completion-index} {.metadata.labels.batch\\.kubernetes\\.io/job-completion-index')]).toEqual(['2 j-2', '2 2']);
});

test('6.6 each index has a limit of its own; too many failed indexes end the Job', async () => {
  const work = says('test $JOB_COMPLETION_INDEX -gt 1');
  const at = await started(job({ ...indexed, completions: 4, parallelism: 4, backoffLimitPerIndex: 1 }, work));
  await at.wait(60);
  expect([await status(at, 'failedIndexes', 'completedIndexes', 'failed'), await conditions(at)]).toEqual(['0,1|2,3|4', ['FailureTarget=True/FailedIndexes: Job has failed indexes', 'Failed=True/FailedIndexes: Job has failed indexes']]);
  await at.k('delete job j');
  await at.apply(job({ ...indexed, completions: 4, parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 1 }, work));
  await at.wait(40);
  expect([await status(at, 'failedIndexes', 'completedIndexes'), (await conditions(at)).at(-1)]).toEqual(['0,1|', 'Failed=True/MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes']);
});

test('6.6 while one index waits out its back-off others go on', async () => {
  const at = await started(job({ ...indexed, completions: 3, parallelism: 2, backoffLimitPerIndex: 5 }, says('case $JOB_COMPLETION_INDEX in 0) exit 1;; 1) sleep 3;; *) sleep 1000000;; esac')));
  await at.wait(9);
  expect((await at.names('pods')).map((name) => name.slice(0, 4))).toEqual(['j-0-', 'j-1-', 'j-2-']);
});

const exits = (action: string, values: number[], operator = 'In') => ({ action, onExitCodes: { operator, values } });
test.each([
  ['FailJob ends the Job', says('exit 42'), { rules: [exits('FailJob', [42])] }, {}, /^Failed=True\/PodFailurePolicy: Container c for pod default\/j-\w+ failed with exit code 42 matching FailJob rule at index 0$/, '1||'],
  ['the first rule that matches wins', says('exit 42'), { rules: [exits('Count', [42]), exits('FailJob', [42])] }, { backoffLimit: 0 }, /^Failed=True\/BackoffLimitExceeded/, '1||'],
  ['FailIndex gives up an index without another try', says('test $JOB_COMPLETION_INDEX = 1 || exit 42'), { rules: [exits('FailIndex', [0], 'NotIn')] }, { ...indexed, completions: 2, parallelism: 2, backoffLimitPerIndex: 3 }, /^Failed=True\/FailedIndexes/, '1|1|0'],
])('6.7 %s', async (_, podSpec, podFailurePolicy, spec, last, counts) => {
  const at = await started(job({ podFailurePolicy, ...spec }, podSpec));
  await at.wait(15);
  expect((await conditions(at)).at(-1)).toMatch(last);
  expect(await status(at, 'failed', 'succeeded', 'failedIndexes')).toBe(counts);
});

test('6.7 Ignore does not count a disruption', async () => {
  const at = await started(job({ backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] } }, { ...says(FOREVER), terminationGracePeriodSeconds: 3 }));
  await at.wait(5);
  const [name] = await at.names('pods');
  await at.k('drain w1 --force --ignore-daemonsets --delete-emptydir-data --timeout=20s --pod-selector=job-name=j');
  await at.k('uncordon w1');
  await at.wait(30);
  const [next] = await at.names('pods');
  expect([next === name, await status(at, 'active', 'failed'), await types(at)]).toEqual([false, '1|', []]);
});

test('6.7 a failure policy needs restartPolicy Never', async () => {
  const at = await Scene.hollow();
  expect(await at.make(job({ podFailurePolicy: { rules: [exits('FailJob', [1])] } }, { ...says('x'), restartPolicy: 'OnFailure' }))).toContain('spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified');
});

test.each([['TerminatingOrFailed', 2], ['Failed', 1]])('1.8 with podReplacementPolicy %s a Pod that is leaving has a successor at once or not: %i', async (podReplacementPolicy, count) => {
  const at = await started(job({ podReplacementPolicy }, { ...says(FOREVER), terminationGracePeriodSeconds: 30 }));
  await at.wait(5);
  await at.k(`delete pod ${(await at.names('pods'))[0]} --wait=false`);
  await at.wait(15);
  expect(await at.names('pods')).toHaveLength(count);
  await at.wait(35);
  expect([await status(at, 'active', 'failed'), await at.names('pods')]).toEqual(['1|1', expect.objectContaining({ length: 1 })]);
});

test('6.8 suspending deletes what runs without counting it, and forgets the start; resuming begins anew', async () => {
  const at = await started(job({ parallelism: 2, completions: 2, backoffLimit: 0 }, { ...says(FOREVER), terminationGracePeriodSeconds: 1 }));
  await at.wait(5);
  await at.patch('job j', { spec: { suspend: true } });
  await at.wait(10);
  expect([await at.names('pods'), await status(at, 'startTime', 'failed', 'active'), await conditions(at), await at.k('get job j --no-headers')]).toEqual([[], '||', ['Suspended=True/JobSuspended: Job suspended'], expect.stringMatching(/^j +Suspended /)]);
  await at.patch('job j', { spec: { suspend: false } });
  await at.wait(5);
  expect([await status(at, 'active', 'failed'), await conditions(at)]).toEqual(['2|', ['Suspended=False/JobResumed: Job resumed']]);
  expect(await at.events('j')).toEqual(expect.arrayContaining(['Suspended: Job suspended', 'Resumed: Job resumed']));
});

test('6.8 a finished Job goes with its Pods after its time to live; at once with 0', async () => {
  const at = await started(job({ ttlSecondsAfterFinished: 30 }, says('true')), job({ ttlSecondsAfterFinished: 0 }, says('true'), 'k'), job({}, says('true'), 'l'));
  await at.wait(15);
  expect(await at.names('jobs')).toEqual(['j', 'l']);
  await at.wait(40);
  expect([await at.names('jobs'), await at.names('pods')]).toEqual([['l'], [expect.stringMatching(/^l-/)]]);
});

test('6.9 deleting a Job takes its Pods along', async () => {
  const at = await started(job({}, { ...says(FOREVER), terminationGracePeriodSeconds: 1 }));
  await at.wait(5);
  expect(await at.k('delete job j')).toBe('job.batch "j" deleted from default namespace');
  await at.wait(10);
  expect(await at.names('pods')).toEqual([]);
});

const minuteOf = (at: Scene) => Math.floor(at.nowMs / 60_000);

test('6.10 a CronJob makes a Job at its time, named after the minute, and keeps three good ones and a bad one', async () => {
  const at = await started(cron({}, says('true')));
  await at.wait(90);
  expect(await at.names('jobs')).toContain(`c-${minuteOf(at) - (at.nowMs % 60_000 < 1000 ? 1 : 0)}`);
  await at.wait(360);
  expect((await at.names('jobs')).length).toBe(3);
  expect(await at.see('cronjob c', '.spec.concurrencyPolicy} {.spec.successfulJobsHistoryLimit} {.spec.failedJobsHistoryLimit')).toBe('Allow 3 1');
});

test.each([['Allow', 3, 3], ['Forbid', 1, 1], ['Replace', 1, 1]])('6.10 with %s Jobs that last longer than a minute are %i', async (concurrencyPolicy, count) => {
  const at = await started(cron({ concurrencyPolicy }, { ...says(FOREVER), terminationGracePeriodSeconds: 1 }));
  const first = minuteOf(at) + 1;
  await at.wait(60 * (first + 2) - at.nowMs / 1000 + 20);
  expect([(await at.names('jobs')).length, (await at.see('cronjob c', '.status.active[*].name')).split(' ').length]).toEqual([count, count]);
  const names = await at.names('jobs');
  expect(names.includes(`c-${first}`)).toBe(concurrencyPolicy !== 'Replace');
  expect((await at.events('c')).some((event) => event.startsWith('JobAlreadyActive'))).toBe(concurrencyPolicy === 'Forbid');
});

test('6.10 after too many missed starts it says so and runs the latest; suspended it runs none', async () => {
  const at = await started(cron({ suspend: true }, says('true')));
  await at.wait(102 * 60);
  expect(await at.names('jobs')).toEqual([]);
  await at.patch('cronjob c', { spec: { suspend: false } });
  await at.wait(3);
  expect(await at.names('jobs')).toHaveLength(1);
  expect(await at.events('c')).toContain('TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew');
});

test('6.10 what is later than its deadline allows is missed', async () => {
  const at = await started(cron({ suspend: true, schedule: '0 * * * *', startingDeadlineSeconds: 100 }, says('true')));
  await at.wait(3600 - (at.nowMs / 1000) % 3600 + 300);
  await at.patch('cronjob c', { spec: { suspend: false } });
  await at.wait(3);
  expect(await at.names('jobs')).toEqual([]);
  await at.wait(3600);
  expect(await at.names('jobs')).toHaveLength(1);
});

test('6.10 it keeps the hours of its time zone, which must exist and stand in no schedule', async () => {
  const at = await Scene.hollow();
  const hour = (zone: string) => Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' }).format(at.nowMs + 3_600_000));
  await at.make(cron({ schedule: `0 ${hour('America/New_York')} * * *`, timeZone: 'America/New_York' }));
  await at.wait(3600 - (at.nowMs / 1000) % 3600 + 5);
  expect(await at.names('jobs')).toHaveLength(1);
  expect(await at.make({ ...cron({ timeZone: 'Mars/Olympus' }), metadata: { name: 'd' } })).toContain('spec.timeZone: Invalid value: "Mars/Olympus": unknown time zone Mars/Olympus');
  expect(await at.make({ ...cron({ schedule: 'TZ=UTC 0 * * * *' }), metadata: { name: 'e' } })).toContain('cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
});
