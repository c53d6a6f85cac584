/** The parts of a Job's turn: back-off, indexes, policies, verdicts, workers. */
import { expect, test } from 'vitest';
import type { Job, Pod } from '../../../src/cluster/api/types.ts';
import { finishedMs, recordAfter, remainingMs } from '../../../src/cluster/controllers/job/backoff.ts';
import { failuresBefore, firstPending, formatIndexes, indexOf, parseIndexes } from '../../../src/cluster/controllers/job/indexes.ts';
import { judgeFailure, successMessage } from '../../../src/cluster/controllers/job/policies.ts';
import { currentStatus, withCounts, withPrecursor, withSuspension, withVerdict } from '../../../src/cluster/controllers/job/status.ts';
import { countedFailures, tally } from '../../../src/cluster/controllers/job/tally.ts';
import { completion, deadlineMs, earlyVerdict, isFinished } from '../../../src/cluster/controllers/job/verdict.ts';
import { staffing, workerOf } from '../../../src/cluster/controllers/job/workers.ts';
import { at, made, NOW, pod, type PodPart } from './builders.ts';

const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const job = (spec: object = {}, status: object = {}, metadata: object = {}) => made<Job>('Job', 'sum', { template: { spec: { containers: [{ name: 'c' }], restartPolicy: 'Never' } }, ...spec }, { status, metadata });
const indexed = (spec: object = {}, status: object = {}) => job({ completionMode: 'Indexed', completions: 5, parallelism: 5, ...spec }, status);

/** `name`, or `index:name` with an index; then `R` running, `S` succeeded, `F` failed, `!` leaving, and how often the index failed before. */
function members(text: string, part: PodPart = {}): Pod[] {
  return text.split(' ').filter(Boolean).map((word) => {
    const [, index, name = '', phase, leaving, failures] = /^(?:(\d+):)?([a-z]+)([RSFP])(!?)(\d*)$/.exec(word)!;
    const annotations = index === undefined ? {} : { [INDEX]: index, ...(failures ? { [FAILURES]: failures } : {}) };
    return pod(name, { finalizers: [TRACKING], phase: { R: 'Running', S: 'Succeeded', F: 'Failed', P: 'Pending' }[phase!], leaving: leaving === '!', annotations, ...part });
  });
}
const sums = (given: Job, text: string, settled: string[] = []) => tally(given, members(text), new Set(settled));
const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name).join(' ');
const ended = (seconds: number, rest: object = {}) => pod('p', { status: { containerStatuses: [{ state: { terminated: { finishedAt: at(seconds) } } }], ...rest } });

test.each([[0, 0], [1, 10_000], [2, 20_000], [3, 40_000], [6, 320_000], [7, 600_000], [50, 600_000]])('after %s failures in a row it waits %s ms', (failures, expected) => {
  expect(remainingMs({ failures, lastMs: NOW }, NOW)).toBe(expected);
});

test('the pause runs from the last failure, and ends', () => {
  expect([remainingMs({ failures: 1, lastMs: NOW }, NOW + 4000), remainingMs({ failures: 1, lastMs: NOW }, NOW + 10_001)]).toEqual([6000, 0]);
});

test.each<[string, Parameters<typeof recordAfter>, object]>([
  ['the first', [undefined, [], [ended(-5)]], { failures: 1, lastMs: NOW - 5000 }],
  ['more of them', [{ failures: 2, lastMs: NOW - 9000 }, [], [ended(-5), ended(-7)]], { failures: 4, lastMs: NOW - 5000 }],
  ['nothing new', [{ failures: 2, lastMs: NOW - 9000 }, [], []], { failures: 2, lastMs: NOW - 9000 }],
  ['a success begins anew', [{ failures: 2, lastMs: NOW - 1000 }, [ended(-6)], [ended(-5), ended(-7), ended(-6)]], { failures: 1, lastMs: NOW - 5000 }],
  ['nothing but a success', [{ failures: 2, lastMs: NOW }, [ended(-6)], []], { failures: 0, lastMs: -Infinity }],
])('failures: %s', (_, given, expected) => expect(recordAfter(...given)).toEqual(expected));

test.each<[string, Pod, number]>([
  ['the last container', ended(-9, { containerStatuses: [{ state: { terminated: { finishedAt: at(-9) } } }, { state: { terminated: { finishedAt: at(-4) } } }, { state: { running: {} } }] }), -4],
  ['an init container', ended(-9, { containerStatuses: undefined, initContainerStatuses: [{ state: { terminated: { finishedAt: at(-3) } } }] }), -3],
  ['when it stopped being ready', pod('p', { status: { conditions: [{ type: 'Other', status: 'False', lastTransitionTime: at(-1) }, { type: 'Ready', status: 'False', lastTransitionTime: at(-8) }] }, leaving: true }), -8],
  ['when it was to be gone, less its grace', { ...pod('p', { status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at(-8) }] } }), metadata: { ...pod('p', { leaving: true }).metadata, deletionGracePeriodSeconds: 30 } }, -30],
  ['with no grace', pod('p', { status: { conditions: undefined }, leaving: true }), 0],
  ['when it was made', pod('p', { status: { conditions: [] }, ageS: 77 }), -77],
])('the end of a Pod: %s', (_, given, seconds) => expect(finishedMs(given) - NOW).toBe(seconds * 1000));

test.each([['', ''], ['3', '3'], ['3,1', '1,3'], ['0-1', '0,1'], ['0-2', '0-2'], ['0,1,2,4,6-9', '0-2,4,6-9'], ['8-20', '8,9'], ['10', ''], ['x,2,,-', '0,2'], ['5-3', '']])('the indexes %s below ten are %s', (text, expected) => {
  expect(formatIndexes(parseIndexes(text, 10))).toBe(expected);
});

test('indexes of Pods, and the first that are free', () => {
  expect(['3', '0', '', '-1', 'x', '1.5', undefined].map((index) => indexOf(pod('p', { annotations: index === undefined ? undefined : { [INDEX]: index } })))).toEqual([3, 0, undefined, undefined, undefined, undefined, undefined]);
  expect(['2', 'x', undefined].map((count) => failuresBefore(pod('p', { annotations: count ? { [FAILURES]: count } : undefined })))).toEqual([2, 0, 0]);
  expect([firstPending(2, 5, (i) => i === 1), firstPending(9, 3, () => false), firstPending(0, 3, () => false), firstPending(2, 2, () => true)]).toEqual([[0, 2], [0, 1, 2], [], []]);
});

const exited = (...codes: [string, number | undefined][]) => pod('p', { phase: 'Failed', status: { conditions: [{ type: 'DisruptionTarget', status: 'True' }], containerStatuses: codes.filter(([name]) => name !== 'init').map(([name, exitCode]) => ({ name, state: exitCode === undefined ? {} : { terminated: { exitCode } } })), initContainerStatuses: codes.filter(([name]) => name === 'init').map(([name, exitCode]) => ({ name, state: { terminated: { exitCode } } })) } });
const onExit = (action: string, operator: string, values: number[], containerName?: string) => ({ action, onExitCodes: { operator, values, containerName } });
const onCondition = (type: string, status?: string) => ({ action: 'Ignore', onPodConditions: [{ type: 'Other', status: 'True' }, { type, status }] });
const failedWith = (name: string, code: number, action: string, at_ = 0) => `Container ${name} for pod default/p failed with exit code ${code} matching ${action} rule at index ${at_}`;

test.each<[string, object[] | undefined, Pod, string, string | undefined]>([
  ['no policy', undefined, exited(['a', 1]), 'Count', undefined],
  ['In', [onExit('FailJob', 'In', [1, 2])], exited(['a', 2]), 'FailJob', failedWith('a', 2, 'FailJob')],
  ['In, not', [onExit('FailJob', 'In', [1, 2])], exited(['a', 3]), 'Count', undefined],
  ['NotIn', [onExit('FailIndex', 'NotIn', [1])], exited(['a', 3]), 'FailIndex', failedWith('a', 3, 'FailIndex')],
  ['NotIn, not', [onExit('FailIndex', 'NotIn', [1])], exited(['a', 1]), 'Count', undefined],
  ['an end without a mistake never counts', [onExit('FailJob', 'NotIn', [1])], exited(['a', 0]), 'Count', undefined],
  ['one that has not ended does not', [onExit('FailJob', 'NotIn', [1])], exited(['a', undefined]), 'Count', undefined],
  ['of one container', [onExit('FailJob', 'In', [1], 'b')], exited(['a', 1], ['b', 1]), 'FailJob', failedWith('b', 1, 'FailJob')],
  ['of one container, not', [onExit('FailJob', 'In', [1], 'b')], exited(['a', 1], ['b', 2]), 'Count', undefined],
  ['of any, the first', [onExit('FailJob', 'In', [1])], exited(['a', 0], ['b', 1], ['c', 1]), 'FailJob', failedWith('b', 1, 'FailJob')],
  ['an init container', [onExit('FailJob', 'In', [1])], exited(['init', 1]), 'FailJob', failedWith('init', 1, 'FailJob')],
  ['the first rule that matches', [onExit('FailJob', 'In', [9]), onExit('Ignore', 'In', [1]), onExit('FailJob', 'In', [1])], exited(['a', 1]), 'Ignore', failedWith('a', 1, 'Ignore', 1)],
  ['a condition', [onCondition('DisruptionTarget')], exited(), 'Ignore', 'Pod default/p has condition DisruptionTarget matching Ignore rule at index 0'],
  ['a condition of another status', [onCondition('DisruptionTarget', 'False')], exited(), 'Count', undefined],
  ['another condition', [onCondition('Ready')], exited(), 'Count', undefined],
  ['a rule of nothing', [{ action: 'FailJob' }], exited(['a', 1]), 'Count', undefined],
])('podFailurePolicy: %s', (_, rules, given, action, message) => {
  expect(judgeFailure(rules && { rules: rules as never }, given)).toEqual({ action, ...(message ? { message } : {}) });
});

test.each<[string, object[] | undefined, number[], number | undefined]>([
  ['no policy', undefined, [0, 1, 2, 3, 4], undefined],
  ['so many', [{ succeededCount: 2 }], [1, 4], 0],
  ['not so many', [{ succeededCount: 3 }], [1, 4], undefined],
  ['these', [{ succeededIndexes: '0,2-3' }], [0, 2, 3, 4], 0],
  ['not all of these', [{ succeededIndexes: '0,2-3' }], [0, 2, 4], undefined],
  ['so many of these', [{ succeededIndexes: '0,2-3', succeededCount: 2 }], [0, 3], 0],
  ['others', [{ succeededIndexes: '0,2-3', succeededCount: 2 }], [0, 1, 4], undefined],
  ['the second rule', [{ succeededIndexes: '0' }, { succeededCount: 1 }], [1], 1],
])('successPolicy: %s', (_, rules, succeeded, index) => {
  expect(successMessage(indexed(rules && { successPolicy: { rules } }), new Set(succeeded))).toBe(index === undefined ? undefined : `Matched rules at index ${index}`);
});

test.each<[string, Job, string, object]>([
  ['who works and who has ended', job({ completions: 5 }, { succeeded: 1, failed: 2 }), 'aR bP cS dF eR!', { active: 'a b', newlySucceeded: 'c', failedPods: 'd e', over: 'c d e', succeeded: 2, failed: 4, terminating: 1 }],
  ['a Pod on its way out waits under the policy', job({ completions: 5, podReplacementPolicy: 'Failed' }), 'aR! bF!', { active: '', failedPods: 'b', over: 'b', failed: 1, terminating: 1 }],
  ['one that leaves after its success', job({ completions: 5 }), 'aS!', { newlySucceeded: 'a', failedPods: '', succeeded: 1, failed: 0, terminating: 0 }],
  ['counted already', job({ completions: 5 }, { succeeded: 1, uncountedTerminatedPods: { succeeded: ['a'], failed: ['b'] } }), 'aS bF cS', { succeeded: 3, failed: 1 }],
  ['said to have failed, then succeeded', job({ completions: 5 }, { uncountedTerminatedPods: { failed: ['a'], succeeded: ['b'] } }), 'aS bF', { newlySucceeded: '', failedPods: '', succeeded: 1, failed: 1 }],
  ['indexes', indexed({}, { completedIndexes: '0,1', succeeded: 2 }), '2:aS 9:bS 3:cF 9:dF xS', { newlySucceeded: 'a', failedPods: 'c', succeeded: 3, failed: 1, over: 'a b c d x' }],
  ['ignored failures count for nothing', job({ podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'False' }] }] } }), 'aF', { failedPods: 'a', failed: 0, over: 'a' }],
])('a tally: %s', (_, given, text, expected) => {
  const found = sums(given, text);
  const shown = { ...found, active: names(found.active), newlySucceeded: names(found.newlySucceeded), failedPods: names(found.failedPods), over: names(found.over) };
  expect(shown).toMatchObject(expected);
});

test('a Pod whose count is settled is not looked at again, nor one without the finalizer', () => {
  expect(sums(job(), 'aS bS', ['a'])).toMatchObject({ succeeded: 1 });
  expect(tally(job(), members('aS', { finalizers: undefined }), new Set()).tracked).toEqual([]);
});

test('with a limit of its own an index is given up beyond it, or waits for its successor', () => {
  const given = indexed({ backoffLimitPerIndex: 1 }, { failedIndexes: '4', completedIndexes: '0' });
  const found = sums(given, '1:aF 2:bF1 3:cF 3:dR 1:eF1 0:fF');
  expect([...found.failedIndexes!].toSorted()).toEqual([1, 2, 4]);
  expect([...found.awaitingSuccessor]).toEqual([]);
  const waiting = sums(given, '1:aF 2:bF 2:cF');
  expect([...waiting.awaitingSuccessor].map(([index, last]) => `${index}:${last.metadata.name}`)).toEqual(['1:a', '2:c']);
  expect(names(waiting.over)).toBe('b');
  expect([sums(indexed(), '1:aF').failedIndexes, sums(indexed(), '1:aF').awaitingSuccessor.size]).toEqual([undefined, 0]);
  const policy = (action: string) => indexed({ backoffLimitPerIndex: 5, podFailurePolicy: { rules: [{ action, onPodConditions: [{ type: 'Ready', status: 'False' }] }] } });
  expect([...sums(policy('FailIndex'), '3:aF').failedIndexes!]).toEqual([3]);
  expect([...sums(policy('Ignore'), '3:aF9').failedIndexes!]).toEqual([]);
});

test('of a failed Job every Pod is a failure that has not succeeded', () => {
  const given = job({ completions: 5 }, { uncountedTerminatedPods: { succeeded: ['c'] } });
  const pods = members('aR bS cR dF');
  const found = tally(given, pods, new Set());
  const counted = (type: 'Complete' | 'Failed' | undefined) => names(countedFailures(given, found, pods, type));
  expect([counted('Failed'), counted('Complete'), counted(undefined)]).toEqual(['a d', 'd', 'd']);
});

const verdictOf = (given: Job, text: string, part: PodPart = {}) => {
  const pods = members(text, part);
  const found = earlyVerdict(given, pods, tally(given, pods, new Set()), NOW);
  return found && `${found.type} ${found.reason}: ${found.message}`;
};
const LIMIT = 'Failed BackoffLimitExceeded: Job has reached the specified backoff limit';
const DEADLINE = 'Failed DeadlineExceeded: Job was active longer than specified deadline';
const restarting = { template: { spec: { containers: [], restartPolicy: 'OnFailure' } } };
const restarted = (main: number, init: number): PodPart => ({ status: { containerStatuses: [{ restartCount: main }], initContainerStatuses: [{ restartCount: init }] } });

test.each<[string, Job, string, string | undefined, PodPart?]>([
  ['nothing', job(), 'aR', undefined],
  ['at the limit', job({ backoffLimit: 1 }), 'aF', undefined],
  ['beyond it', job({ backoffLimit: 1 }), 'aF bF', LIMIT],
  ['six by default', job({}, { failed: 6 }), '', undefined],
  ['seven', job({}, { failed: 7 }), '', LIMIT],
  ['none', job({ backoffLimit: 0 }), 'aF', LIMIT],
  ['restarts in place', job({ ...restarting, backoffLimit: 3 }), 'aR', LIMIT, restarted(1, 2)],
  ['fewer restarts', job({ ...restarting, backoffLimit: 3 }), 'aR', undefined, restarted(1, 1)],
  ['of all Pods', job({ ...restarting, backoffLimit: 4 }), 'aR bP', LIMIT, restarted(1, 1)],
  ['of Pods that have ended none', job({ ...restarting, backoffLimit: 1 }), 'aS', undefined, restarted(5, 0)],
  ['none allowed, none there', job({ ...restarting, backoffLimit: 0 }), 'aR', undefined, restarted(0, 0)],
  ['none allowed, one there', job({ ...restarting, backoffLimit: 0 }), 'aR', LIMIT, restarted(1, 0)],
  ['where Pods never restart', job({ backoffLimit: 1 }), 'aR', undefined, restarted(5, 0)],
  ['the deadline, to the second', job({ activeDeadlineSeconds: 60 }, { startTime: at(-60) }), 'aR', DEADLINE],
  ['before it', job({ activeDeadlineSeconds: 60 }, { startTime: at(-59) }), 'aR', undefined],
  ['what was said before', job({}, { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'R', message: 'm' }] }), 'aR', 'Failed R: m'],
  ['that it was a success', job({}, { conditions: [{ type: 'FailureTarget', status: 'False' }, { type: 'SuccessCriteriaMet', status: 'True', reason: 'R', message: 'm' }] }), 'aR', 'Complete R: m'],
  ['said without words', job({}, { conditions: [{ type: 'FailureTarget', status: 'True' }] }), 'aR', 'Failed : '],
  ['a rule that fails the Job, before the limit', job({ backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'Ready', status: 'False' }] }] } }), 'aR bF', 'Failed PodFailurePolicy: Pod default/b has condition Ready matching FailJob rule at index 0'],
  ['not for a Pod that runs', job({ podFailurePolicy: { rules: [{ action: 'FailJob', onPodConditions: [{ type: 'Ready', status: 'False' }] }] } }), 'aR', undefined],
  ['an ignored failure', job({ backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'False' }] }] } }), 'aF', undefined],
  ['too many failed indexes', indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 }), '0:aF 1:bF', 'Failed MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes'],
  ['as many as may', indexed({ backoffLimitPerIndex: 0, maxFailedIndexes: 2 }), '0:aF 1:bF', undefined],
  ['every index is done, one failed', indexed({ backoffLimitPerIndex: 0 }, { completedIndexes: '0-3' }), '4:aF', 'Failed FailedIndexes: Job has failed indexes'],
  ['one is not done', indexed({ backoffLimitPerIndex: 0 }, { completedIndexes: '0-2' }), '4:aF', undefined],
  ['every index is done', indexed({ backoffLimitPerIndex: 0 }, { completedIndexes: '0-4' }), '', undefined],
  ['a success by its policy', indexed({ successPolicy: { rules: [{ succeededCount: 1 }] } }), '3:aS', 'Complete SuccessPolicy: Matched rules at index 0'],
])('the early verdict: %s', (_, given, text, expected, part) => expect(verdictOf(given, text, part)).toBe(expected));

test.each<[string, object, string, number, boolean]>([
  ['all', { completions: 2 }, 'aS bS', 0, true], ['not all', { completions: 2 }, 'aS', 0, false], ['others still run', { completions: 1 }, 'aS', 3, true],
  ['a queue is done when nobody works', {}, 'aS', 0, true], ['a queue in work', {}, 'aS', 1, false], ['a queue without a success', {}, '', 0, false],
])('completed: %s', (_, spec, text, active, expected) => {
  const done = { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  expect(completion(job(spec), sums(job(spec), text), active)).toEqual(expected ? done : undefined);
});

test('a deadline runs from the start, not while suspended; over is who has the last condition', () => {
  const started = { startTime: at(-10) };
  expect([deadlineMs(job({ activeDeadlineSeconds: 30 }, started)), deadlineMs(job({ activeDeadlineSeconds: 30 })), deadlineMs(job({}, started)), deadlineMs(job({ activeDeadlineSeconds: 30, suspend: true }, started))]).toEqual([NOW + 20_000, undefined, undefined, undefined]);
  expect([['Complete', 'True'], ['Failed', 'True'], ['Failed', 'False'], ['Suspended', 'True'], ['FailureTarget', 'True']].map(([type, status]) => isFinished(job({}, { conditions: [{ type, status }] })))).toEqual([true, true, false, false, false]);
});

test.each<[string, Job, string, string]>([
  ['one by one', job({ completions: 3 }), '', '+'],
  ['as many as may work at once', job({ completions: 9, parallelism: 3 }), 'aR', '+ +'],
  ['no more than are left', job({ completions: 3, parallelism: 3 }, { succeeded: 2 }), '', '+'],
  ['done', job({ completions: 3, parallelism: 3 }, { succeeded: 4 }), '', ''],
  ['too many', job({ completions: 9, parallelism: 1 }), 'aR bP cR', '-b -a'],
  ['a queue', job({ parallelism: 2 }), '', '+ +'],
  ['a queue after a success', job({ parallelism: 2 }), 'aS bR', ''],
  ['a queue after a success, made smaller', job({ parallelism: 1 }), 'aS bR cP', '-c'],
  ['suspended', job({ completions: 3, suspend: true }), 'aR', '-a'],
  ['a Pod on its way out is replaced', job({ completions: 9, parallelism: 2 }), 'aR!', '+ +'],
  ['not where only failed ones are', job({ completions: 9, parallelism: 2, podReplacementPolicy: 'Failed' }), 'aR!', '+'],
  ['all on their way out', job({ completions: 9, parallelism: 1, podReplacementPolicy: 'Failed' }), 'aR!', ''],
  ['free indexes', indexed({ parallelism: 3 }, { completedIndexes: '0' }), '2:aR', '+1 +3'],
  ['failed indexes are not free', indexed({ parallelism: 3, backoffLimitPerIndex: 0 }, { failedIndexes: '1' }), '0:aR', '+2 +3'],
  ['of two with one index one goes', indexed({ parallelism: 1 }), '1:aR 1:bP', '-b'],
  ['of too many the higher loss stays', indexed({ parallelism: 1 }), '1:aR 0:bP', '-b'],
  ['too many, and one without an index', indexed({ parallelism: 1 }), '1:aR xR 0:bP', '-x -b'],
])('staff: %s', (_, given, text, expected) => {
  const { create, remove } = staffing(given, sums(given, text));
  expect([...create.map((index) => `+${index ?? ''}`), ...remove.map(({ metadata }) => `-${metadata.name}`)].join(' ')).toBe(expected);
});

test('no more than 500 come or go at a time', () => {
  expect(staffing(job({ parallelism: 600 }), sums(job(), '')).create).toHaveLength(500);
  const many = Array.from({ length: 510 }, (_, i) => pod(`p${i}`));
  expect(staffing(job({ parallelism: 0 }), tally(job(), many, new Set())).remove).toHaveLength(500);
});

test('a worker with an index: its name, marks and variable', () => {
  const template = { metadata: { finalizers: ['own'], labels: { a: 'b' } }, spec: { containers: [{ name: 'c' }, { name: 'd', env: [{ name: 'X' }] }, { name: 'e', env: [{ name: 'JOB_COMPLETION_INDEX', value: '7' }] }], initContainers: [{ name: 'i' }] } };
  const given = made<Job>('Job', 'j'.repeat(63), { ...indexed({ backoffLimitPerIndex: 3, template }).spec });
  const draft = workerOf(given, sums(given, '3:aF1'), 3);
  expect(draft.metadata).toMatchObject({ generateName: `${'j'.repeat(55)}-3-`, finalizers: ['own', TRACKING], labels: { a: 'b', [INDEX]: '3' }, annotations: { [INDEX]: '3', [FAILURES]: '2' } });
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${INDEX}']` } } };
  expect(draft.spec).toEqual({
    hostname: `${'j'.repeat(63)}-3`, initContainers: [{ name: 'i', env: [variable] }],
    containers: [{ name: 'c', env: [variable] }, { name: 'd', env: [{ name: 'X' }, variable] }, { name: 'e', env: [{ name: 'JOB_COMPLETION_INDEX', value: '7' }] }],
  });
  expect(workerOf(given, sums(given, ''), 2).metadata.annotations).toEqual({ [INDEX]: '2', [FAILURES]: '0' });
  expect(workerOf(indexed(), sums(indexed(), ''), 0).metadata).toMatchObject({ generateName: 'sum-0-', annotations: { [INDEX]: '0' } });
  expect(workerOf(indexed(), sums(indexed(), ''), 0).metadata.annotations).not.toHaveProperty(FAILURES);
  expect(workerOf(job(), sums(job(), ''), undefined)).toMatchObject({ metadata: { generateName: 'sum-', finalizers: [TRACKING] }, spec: { containers: [{ name: 'c' }] } });
  const ignoring = indexed({ backoffLimitPerIndex: 3, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'Ready', status: 'False' }] }] } });
  expect(workerOf(ignoring, sums(ignoring, '3:aF1'), 3).metadata.annotations).toMatchObject({ [FAILURES]: '1' });
});

test('the status of what runs, and of what was suspended or resumed', () => {
  const [a, b] = members('aR bR', { readyS: 5 });
  const running = { ...sums(job(), ''), active: [a!, b!], terminating: 1 };
  expect(currentStatus(job({}, { active: 9, succeeded: 3 }), running, { active: 1, removed: [b!] }, NOW)).toEqual({ active: 1, succeeded: 3, startTime: at(0), ready: 1, terminating: 2, uncountedTerminatedPods: {} });
  const suspended = currentStatus(job({ suspend: true }, { startTime: at(-9), active: 2 }), { ...running, active: [], terminating: 0, failedIndexes: new Set([1, 2]) }, { active: 0, removed: [] }, NOW);
  expect(suspended).toEqual({ ready: 0, terminating: 0, uncountedTerminatedPods: {}, failedIndexes: '1,2' });
  expect(currentStatus(job({}, { startTime: at(-9) }), running, { active: 0, removed: [] }, NOW).startTime).toBe(at(-9));
  const condition = (status: string, word: string) => ({ type: 'Suspended', status, reason: `Job${word}`, message: `Job ${word.toLowerCase()}`, lastProbeTime: at(0), lastTransitionTime: at(0) });
  const other = { type: 'Other', status: 'True' };
  const before = (status: string) => ({ conditions: [other, { type: 'Suspended', status }], startTime: at(-9) }) as unknown as Job['status'];
  expect(withSuspension(job({ suspend: true }), before('False'), NOW)).toEqual({ changed: 'Suspended', status: { conditions: [other, condition('True', 'Suspended')] } });
  expect(withSuspension(job(), before('True'), NOW)).toEqual({ changed: 'Resumed', status: { startTime: at(0), conditions: [other, condition('False', 'Resumed')] } });
  expect(withSuspension(job({ suspend: true }), {}, NOW)).toEqual({ changed: 'Suspended', status: { conditions: [condition('True', 'Suspended')] } });
  for (const [suspend, status] of [[true, before('True')], [false, before('False')], [undefined, {}]] as const) expect(withSuspension(job({ suspend }), status, NOW)).toEqual({ status });
});

test('counters and the last words', () => {
  const done = sums(indexed({}, { completedIndexes: '0-2' }), '');
  expect(withCounts(job({}, { succeeded: 1, failed: 2 }), { uncountedTerminatedPods: { failed: ['x'] } }, sums(job(), ''), { succeeded: ['a', 'b'], failed: ['c'] })).toEqual({ uncountedTerminatedPods: {}, succeeded: 3, failed: 3 });
  expect(withCounts(job(), {}, sums(job(), ''), { succeeded: [], failed: [] })).toEqual({ uncountedTerminatedPods: {} });
  expect(withCounts(indexed(), {}, done, { succeeded: [], failed: [] })).toEqual({ uncountedTerminatedPods: {}, succeeded: 3, completedIndexes: '0-2' });
  const verdict = { reason: 'R', message: 'm' };
  const condition = (type: string) => ({ type, status: 'True', ...verdict, lastProbeTime: at(0), lastTransitionTime: at(0) });
  expect(withPrecursor(job(), {}, { type: 'Failed', ...verdict }, NOW)).toEqual({ conditions: [condition('FailureTarget')] });
  expect(withPrecursor(job({}, { conditions: [condition('SuccessCriteriaMet')] }), { ready: 1 }, { type: 'Complete', ...verdict }, NOW)).toEqual({ ready: 1 });
  expect(withVerdict({ conditions: [condition('FailureTarget') as never] }, { type: 'Failed', ...verdict }, NOW)).toEqual({ conditions: [condition('FailureTarget'), condition('Failed')] });
  expect(withVerdict({}, { type: 'Complete', ...verdict }, NOW)).toEqual({ conditions: [condition('Complete')], completionTime: at(0) });
});
