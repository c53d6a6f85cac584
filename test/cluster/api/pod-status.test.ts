import { describe, expect, test } from 'vitest';
import { podLimits, podRequests } from '../../../src/cluster/api/pod-resources.ts';
import { formatRestarts, summarizePod } from '../../../src/cluster/api/pod-status.ts';
import { qosClassOf } from '../../../src/cluster/api/qos.ts';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from '../../../src/cluster/api/types.ts';

const container = (name: string, extra: Partial<Container> = {}): Container => ({ name, image: 'a', ...extra });
const status = (name: string, state: ContainerStatus['state'], extra: Partial<ContainerStatus> = {}): ContainerStatus =>
  ({ name, state, ready: state?.running !== undefined, restartCount: 0, image: 'a', imageID: '', ...extra });
const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const exited = (exitCode: number, reason?: string) => ({ terminated: { exitCode, ...(reason ? { reason } : {}) } });

function podWith(phase: string, given: Partial<PodStatus>, spec: Partial<PodSpec> = {}, deleted = false): Pod {
  const metadata = { name: 'x', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...(deleted ? { deletionTimestamp: '2026-01-01T00:01:00Z' } : {}) };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [container('a'), container('b')], ...spec }, status: { phase, ...given } };
}

const ready = [{ type: 'Ready', status: 'True' }];
const inits = { initContainers: [container('i'), container('s', { restartPolicy: 'Always' })] };

describe('STATUS', () => {
  test.each<[string, Pod]>([
    ['Pending', podWith('Pending', {})],
    ['SchedulingGated', podWith('Pending', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] })],
    ['Evicted', podWith('Failed', { reason: 'Evicted' })],
    ['ContainerCreating', podWith('Pending', { containerStatuses: [status('a', { waiting: { reason: 'ContainerCreating' } })] })],
    ['CrashLoopBackOff', podWith('Running', { containerStatuses: [status('a', { waiting: { reason: 'CrashLoopBackOff' } }), status('b', exited(1, 'Error'))] })],
    ['ExitCode:3', podWith('Failed', { containerStatuses: [status('a', exited(3))] })],
    ['Running', podWith('Running', { conditions: ready, containerStatuses: [status('a', exited(0, 'Completed')), status('b', running)] })],
    ['NotReady', podWith('Running', { containerStatuses: [status('a', exited(0, 'Completed')), status('b', running)] })],
    ['Init:0/2', podWith('Pending', { initContainerStatuses: [status('i', running)] }, inits)],
    ['Init:1/2', podWith('Pending', { initContainerStatuses: [status('i', exited(0, 'Completed')), status('s', { waiting: { reason: 'PodInitializing' } })] }, inits)],
    ['Init:Error', podWith('Pending', { initContainerStatuses: [status('i', exited(1, 'Error'))] }, inits)],
    ['Init:CrashLoopBackOff', podWith('Pending', { initContainerStatuses: [status('i', { waiting: { reason: 'CrashLoopBackOff' } })] }, inits)],
    ['Terminating', podWith('Running', { containerStatuses: [status('a', running)] }, {}, true)],
    ['Unknown', podWith('Running', { reason: 'NodeLost' }, {}, true)],
  ])('%s', (wanted, pod) => {
    expect(summarizePod(pod).status).toBe(wanted);
  });
});

test('READY counts sidecars, RESTARTS those of containers that stay', () => {
  const initContainerStatuses = [status('i', exited(0, 'Completed'), { restartCount: 7 }), status('s', running, { started: true, restartCount: 1 })];
  const lastState = { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z' } };
  const summary = summarizePod(podWith('Running', { initContainerStatuses, containerStatuses: [status('a', running, { restartCount: 2, lastState }), status('b', exited(1, 'Error'))] }, inits));
  expect([summary.readyContainers, summary.totalContainers, summary.restarts]).toEqual([2, 3, 3]);
  expect(formatRestarts(summary, Date.UTC(2026, 0, 1, 0, 5))).toBe('3 (5m ago)');
});

const asks = (cpu: string, memory?: string) => ({ resources: { requests: { cpu, ...(memory ? { memory } : {}) } } });

test('a Pod asks for its containers and sidecars, or its largest init container', () => {
  const initContainers = [container('s', { restartPolicy: 'Always', ...asks('100m') }), container('i', asks('1'))];
  const spec: PodSpec = { containers: [container('a', asks('200m', '1Gi')), container('b', asks('300m'))], initContainers };
  expect(podRequests(spec)).toEqual({ cpu: '1100m', memory: '1Gi' });
  expect(podRequests({ ...spec, initContainers: initContainers.slice(0, 1), overhead: { cpu: '50m' } })).toEqual({ cpu: '650m', memory: '1Gi' });
  expect(podRequests({ ...spec, resources: { requests: { cpu: '2' } } })).toEqual({ cpu: '2', memory: '1Gi' });
  expect(podLimits(spec)).toEqual({});
});

const bounded = (requests: Record<string, string>, limits: Record<string, string>) => ({ containers: [container('a', { resources: { requests, limits } })] });

test.each<[string, PodSpec]>([
  ['BestEffort', { containers: [container('a')] }],
  ['Burstable', { containers: [container('a', asks('1'))] }],
  ['Burstable', bounded({ cpu: '1' }, { cpu: '1' })],
  ['Guaranteed', bounded({ cpu: '1', memory: '1Gi' }, { cpu: '1000m', memory: '1024Mi' })],
  ['Burstable', { containers: [...bounded({ cpu: '1', memory: '1Gi' }, { cpu: '1', memory: '1Gi' }).containers, container('b')] }],
])('quality of service is %s', (wanted, spec) => {
  expect(qosClassOf(spec)).toBe(wanted);
});
