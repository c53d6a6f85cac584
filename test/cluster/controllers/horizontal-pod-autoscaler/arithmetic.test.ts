/** Rates, stabilisation and replica counts at their edges. */
import { expect, test } from 'vitest';
import type { HorizontalPodAutoscaler, Pod } from '../../../../src/cluster/api/types.ts';
import { type Memory, normalized, rememberScale } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/behavior.ts';
import { byAverage, byShare, byUtilization, byValue, type Moment, type PodMetrics } from '../../../../src/cluster/controllers/horizontal-pod-autoscaler/replica-calculator.ts';
import { at, NOW, pod, type PodPart } from '../builders.ts';

type Behavior = HorizontalPodAutoscaler['spec']['behavior'];
const ago = (list: readonly (readonly [seconds: number, count: number])[] = []) => list.map(([seconds, count]) => ({ atMs: NOW - seconds * 1000, replicas: count, change: count }));
interface Past { said?: [number, number][]; ups?: [number, number][]; downs?: [number, number][] }
const memory = ({ said, ups, downs }: Past = {}): Memory => ({ recommendations: ago(said), scaleUps: ago(ups), scaleDowns: ago(downs) });
const policy = (type: string, value: number, periodSeconds = 60) => ({ type, value, periodSeconds });
const up = (policies: object[], rest: object = {}) => ({ scaleUp: { policies, ...rest }, scaleDown: { stabilizationWindowSeconds: 0 } }) as Behavior;
const down = (policies: object[], rest: object = {}) => ({ scaleDown: { policies, stabilizationWindowSeconds: 0, ...rest } }) as Behavior;

test.each<[string, [current: number, desired: number, min: number, max: number], Behavior, Past, string]>([
  ['within', [3, 4, 1, 10], undefined, {}, '4 ReadyForNewScale DesiredWithinRange False'],
  ['at least four', [1, 9, 1, 10], undefined, {}, '4 ReadyForNewScale ScaleUpLimit True'],
  ['at most twice as many', [4, 9, 1, 10], undefined, {}, '8 ReadyForNewScale ScaleUpLimit True'],
  ['at most the most', [4, 9, 1, 8], undefined, {}, '8 ReadyForNewScale TooManyReplicas True'],
  ['the most itself', [4, 8, 1, 8], undefined, {}, '8 ReadyForNewScale DesiredWithinRange False'],
  ['at least the least', [4, 1, 2, 8], undefined, {}, '2 ReadyForNewScale TooFewReplicas True'],
  ['the least itself', [4, 2, 2, 8], undefined, {}, '2 ReadyForNewScale DesiredWithinRange False'],
  ['what was said lately holds it up', [6, 2, 1, 8], undefined, { said: [[300, 5], [301, 7]] }, '5 ScaleDownStabilized DesiredWithinRange False'],
  ['what was less does not', [6, 4, 1, 8], undefined, { said: [[10, 3]] }, '4 ReadyForNewScale DesiredWithinRange False'],
  ['up by so many Pods', [3, 9, 1, 20], up([policy('Pods', 2)]), {}, '5 ReadyForNewScale ScaleUpLimit True'],
  ['to what they let', [3, 5, 1, 20], up([policy('Pods', 2)]), {}, '5 ReadyForNewScale DesiredWithinRange False'],
  ['up by a share, rounded up', [3, 9, 1, 20], up([policy('Percent', 50)]), {}, '5 ReadyForNewScale ScaleUpLimit True'],
  ['the farther of two', [3, 9, 1, 20], up([policy('Pods', 1), policy('Percent', 100)]), {}, '6 ReadyForNewScale ScaleUpLimit True'],
  ['the nearer of two', [3, 9, 1, 20], up([policy('Pods', 1), policy('Percent', 100)], { selectPolicy: 'Min' }), {}, '4 ReadyForNewScale ScaleUpLimit True'],
  ['not at all', [3, 9, 1, 20], up([policy('Pods', 1)], { selectPolicy: 'Disabled' }), {}, '3 ReadyForNewScale ScaleUpLimit True'],
  ['what came lately counts', [5, 9, 1, 20], up([policy('Pods', 4)]), { ups: [[59, 2], [60, 9]] }, '7 ReadyForNewScale ScaleUpLimit True'],
  ['what went lately, too', [5, 20, 1, 30], up([policy('Pods', 4)]), { downs: [[59, 3]] }, '12 ReadyForNewScale ScaleUpLimit True'],
  ['more came than may', [5, 9, 1, 20], up([policy('Pods', 1)]), { ups: [[10, 4]] }, '5 ReadyForNewScale ScaleUpLimit True'],
  ['the most before the rate', [3, 9, 1, 5], up([policy('Pods', 2)]), {}, '5 ReadyForNewScale TooManyReplicas True'],
  ['down by so many Pods', [9, 2, 1, 20], down([policy('Pods', 3)]), {}, '6 ReadyForNewScale ScaleDownLimit True'],
  ['down to what they let', [9, 6, 1, 20], down([policy('Pods', 3)]), {}, '6 ReadyForNewScale DesiredWithinRange False'],
  ['down by a share, rounded down', [9, 2, 1, 20], down([policy('Percent', 50)]), {}, '4 ReadyForNewScale ScaleDownLimit True'],
  ['down, the farther of two', [9, 2, 1, 20], down([policy('Pods', 1), policy('Pods', 4)]), {}, '5 ReadyForNewScale ScaleDownLimit True'],
  ['down, the nearer of two', [9, 2, 1, 20], down([policy('Pods', 1), policy('Pods', 4)], { selectPolicy: 'Min' }), {}, '8 ReadyForNewScale ScaleDownLimit True'],
  ['down, not at all', [9, 2, 1, 20], down([], { selectPolicy: 'Disabled' }), {}, '9 ReadyForNewScale ScaleDownLimit True'],
  ['more went than may', [9, 2, 1, 20], down([policy('Pods', 1)]), { downs: [[10, 4]] }, '9 ReadyForNewScale ScaleDownLimit True'],
  ['the least before the rate', [9, 2, 6, 20], down([policy('Pods', 3)]), {}, '6 ReadyForNewScale TooFewReplicas True'],
  ['the window of its own, the start left out', [9, 4, 1, 20], down([policy('Pods', 99)], { stabilizationWindowSeconds: 60 }), { said: [[59, 7], [60, 8]] }, '7 ScaleDownStabilized DesiredWithinRange False'],
  ['five minutes by default', [9, 4, 1, 20], down([policy('Pods', 99)], { stabilizationWindowSeconds: undefined }), { said: [[299, 7], [300, 8]] }, '7 ScaleDownStabilized DesiredWithinRange False'],
  ['never above what there is', [5, 4, 1, 20], down([policy('Pods', 99)], { stabilizationWindowSeconds: 60 }), { said: [[10, 9]] }, '5 ScaleDownStabilized DesiredWithinRange False'],
  ['a window upwards', [3, 9, 1, 20], up([policy('Pods', 99)], { stabilizationWindowSeconds: 60 }), { said: [[59, 6], [60, 4]] }, '6 ScaleUpStabilized DesiredWithinRange False'],
  ['never below what there is', [5, 9, 1, 20], up([policy('Pods', 99)], { stabilizationWindowSeconds: 60 }), { said: [[10, 2]] }, '5 ScaleUpStabilized DesiredWithinRange False'],
])('a wish: %s', (_, [current, desired, min, max], behavior, past, expected) => {
  const { replicas, able, limited } = normalized({ current, desired, min, max, nowMs: NOW }, behavior, memory(past));
  expect(`${replicas} ${able.reason} ${limited.reason} ${limited.status}`).toBe(expected);
});

test('a wish is remembered, those that no window reaches are not', () => {
  const said: [number, number][] = [[90, 1], [61, 2], [60, 3], [1, 4]];
  const after = (behavior: Behavior) => {
    const kept = memory({ said: [[301, 0], [300, 9], ...said] });
    normalized({ current: 5, desired: 6, min: 1, max: 9, nowMs: NOW }, behavior, kept);
    return kept.recommendations.map(({ replicas }) => replicas);
  };
  expect([after(undefined), after(up([policy('Pods', 1)], { stabilizationWindowSeconds: 60 })), after(down([], { stabilizationWindowSeconds: 90 }))]).toEqual([[9, 1, 2, 3, 4, 6], [3, 4, 6], [1, 2, 3, 4, 6]]);
});

test('changes of size are remembered as long as the longest policy looks back', () => {
  const after = (behavior: Behavior, current: number, desired: number) => {
    const kept = memory({ ups: [[60, 1], [59, 2]], downs: [[60, 3], [59, 4]] });
    rememberScale(kept, behavior, { current, desired, min: 0, max: 9, nowMs: NOW });
    return [kept.scaleUps, kept.scaleDowns].map((events) => events.map(({ change }) => change).join());
  };
  const both = { ...up([policy('Pods', 1, 15), policy('Pods', 1, 60)]), scaleDown: { policies: [policy('Pods', 1, 61)] } } as Behavior;
  expect([after(undefined, 3, 5), after(both, 3, 5), after(both, 5, 2), after({}, 5, 2)]).toEqual([['1,2', '3,4'], ['2,2', '3,4'], ['1,2', '3,4,3'], ['1,2', '3']]);
});

const ready = (name: string, part: PodPart = {}): Pod => pod(name, { readyS: 600, status: undefined, ...part, spec: { containers: [{ name: 'main', resources: { requests: { cpu: '1' } } }], ...part.spec } });
const started = (each: Pod, seconds = 900): Pod => ({ ...each, status: { ...each.status, startTime: at(-seconds) } });
const used = (values: Record<string, number>): PodMetrics => new Map(Object.entries(values).map(([name, value]) => [name, { value, atMs: NOW, windowMs: 30_000 }]));
const moment = (pods: readonly Pod[], currentReplicas = pods.length): Moment => ({ currentReplicas, tolerances: { scaleUp: 0.1, scaleDown: 0.2 }, pods, nowMs: NOW });
const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => started(ready(name))) as [Pod, Pod, Pod, Pod];
const average = (values: Record<string, number>, pods: Pod[], resource = '', currentReplicas = pods.length) => byAverage(used(values), 100, resource, moment(pods, currentReplicas)).replicas;

test.each<[string, number, number]>([
  ['as it is', 100, 2], ['a little more', 110, 2], ['more', 111, 3], ['a little less', 80, 2], ['less', 79, 2], ['much less', 50, 1], ['much more', 401, 9],
])('an average: %s', (_, each, expected) => expect(average({ a: each, b: each }, [a, b])).toBe(expected));

test.each<[string, Record<string, number>, Pod[], string, number]>([
  ['one without metrics counts as nothing on the way up', { a: 200, b: 200 }, [a, b, c], '', 4],
  ['and as the target on the way down', { a: 10, b: 10 }, [a, b, c, d], '', 3],
  ['which may come to no change', { a: 150, b: 150, c: 150 }, [a, b, c, d], '', 5],
  ['a change that is turned round is none', { a: 120, b: 120 }, [a, b, c], '', 3],
  ['one that leaves is left out', { a: 200, b: 200, c: 900 }, [a, b, started(ready('c', { leaving: true }))], '', 4],
  ['one that has failed as well', { a: 200, b: 200, c: 900 }, [a, b, started(ready('c', { phase: 'Failed' }))], '', 4],
  ['a pending one counts as nothing on the way up', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { phase: 'Pending' }))], '', 6],
  ['and not at all on the way down', { a: 40, b: 40, c: 900 }, [a, b, started(ready('c', { phase: 'Pending' }))], '', 1],
  ['CPU of one that was never ready is not looked at', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { readyS: undefined, status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(-880) }] } }))], 'cpu', 6],
  ['memory is', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { readyS: undefined, status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(-880) }] } }))], 'memory', 15],
  ['of one that ceased to be ready later it is', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { readyS: undefined, status: { conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: at(-800) }] } }))], 'cpu', 15],
  ['of one that has just started, measured before it was ready for a window, not', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { readyS: 29 }), 60)], 'cpu', 6],
  ['measured afterwards it is', { a: 300, b: 300, c: 900 }, [a, b, started(ready('c', { readyS: 30 }), 60)], 'cpu', 15],
  ['of one that has not said when it started, not', { a: 300, b: 300, c: 900 }, [a, b, ready('c')], 'cpu', 6],
])('an average: %s', (_, values, pods, resource, expected) => expect(average(values, pods, resource)).toBe(expected));

test('a share of the requests: of all containers and sidecars, or of one, or of the Pod', () => {
  const requests = (cpu?: string) => ({ resources: { requests: cpu ? { cpu } : undefined } });
  const one = started(ready('a', { spec: { containers: [{ name: 'main', ...requests('1') }, { name: 'log', ...requests('500m') }], initContainers: [{ name: 'side', restartPolicy: 'Always', ...requests('500m') }, { name: 'init' }] } }));
  const of = (pods: Pod[], value: number, container?: string, percent = 50) => byUtilization(used({ a: value, stranger: 9e9 }), { percent, resource: 'cpu', container }, moment(pods));
  expect(of([one], 2000)).toEqual({ replicas: 2, usage: 2000, utilization: 100 });
  expect(of([one], 999)).toEqual({ replicas: 1, usage: 999, utilization: 49 });
  expect(of([one], 1000, 'log')).toEqual({ replicas: 4, usage: 1000, utilization: 200 });
  expect(of([{ ...one, spec: { ...one.spec, resources: { requests: { cpu: '4' } } } }], 4000).utilization).toBe(100);
  expect(() => of([started(ready('a', { spec: { containers: [{ name: 'bare' }] } }))], 1)).toThrow('missing request for cpu in container bare of Pod a');
  expect(() => byUtilization(used({ x: 1 }), { percent: 50, resource: 'cpu' }, moment([one]))).toThrow('no metrics returned matched known pods');
  expect(byUtilization(used({ a: 100, b: 100 }), { percent: 50, resource: 'cpu' }, moment([a, b, c, d])).replicas).toBe(4); // two at 100 % of their requests each
  expect(() => byUtilization(used({ a: 1 }), { percent: 50, resource: 'cpu' }, moment([]))).toThrow('no pods returned by selector while calculating replica count');
  expect(() => byAverage(used({}), 1, '', moment([a]))).toThrow('did not receive metrics for targeted pods (pods might be unready)');
});

test('one value: for the ready Pods, or shared', () => {
  const pods = [a, b, started(ready('c', { readyS: undefined })), started(ready('d', { phase: 'Pending' }))];
  expect([byValue(300, 100, moment(pods)), byValue(110, 100, moment(pods)), byValue(250, 100, moment([], 0))]).toEqual([{ replicas: 6, usage: 300 }, { replicas: 4, usage: 110 }, { replicas: 3, usage: 250 }]);
  expect(() => byValue(300, 100, moment([], 2))).toThrow('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  const share = (usage: number) => byShare(usage, 100, 3, { scaleUp: 0.1, scaleDown: 0.1 });
  expect([share(300), share(330), share(331), share(200), share(301)]).toEqual([{ replicas: 3, usage: 100 }, { replicas: 3, usage: 110 }, { replicas: 4, usage: 111 }, { replicas: 2, usage: 67 }, { replicas: 3, usage: 101 }]);
  expect(byValue(1e15, 1, moment(pods)).replicas).toBe(2_147_483_647);
});
