import { expect, test } from 'vitest';
import type { Container, Pod, PodSpec } from '../../../../src/cluster/api/types.ts';
import { computePodActions } from '../../../../src/cluster/node/kubelet/pod-actions.ts';
import { podPhase } from '../../../../src/cluster/node/kubelet/pod-phase.ts';
import type { ContainerView, PodView, ProbeView } from '../../../../src/cluster/node/kubelet/pod-view.ts';

const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'i', ...more });
const sidecar = (name: string) => container(name, { restartPolicy: 'Always' });
const pod = (spec: PodSpec): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec, status: { phase: 'Pending' } });

const running: Partial<ContainerView> = { state: 'Running' };
const exited = (exitCode: number): Partial<ContainerView> => ({ state: 'Exited', exitCode });

function view(found: Record<string, Partial<ContainerView>>, options: { sandbox?: boolean; probes?: Record<string, ProbeView> } = {}): PodView {
  const whole = (name: string, part: Partial<ContainerView>): ContainerView => ({ id: name, state: 'Running', attempt: 0, image: 'i', imageID: '', specImage: 'i', startedMs: 0, finishedMs: 0, exitCode: 0, reason: '', message: '', isStale: false, ...part });
  return {
    sandbox: options.sandbox === undefined ? { isReady: true, attempt: 0, ip: '10.0.0.1' } : options.sandbox ? { isReady: false, attempt: 0, ip: '' } : undefined,
    containers: new Map(Object.entries(found).map(([name, part]) => [name, whole(name, part)])),
    previous: new Map(), waiting: new Map(), probes: new Map(Object.entries(options.probes ?? {})),
  };
}

function decided(spec: PodSpec, seen: PodView): string {
  const { killPod, createSandbox, start, kill } = computePodActions(pod(spec), seen);
  return [killPod && 'kill pod', createSandbox && 'sandbox', ...kill.map((k) => `kill ${k.container.name}`), ...start.map((s) => `start ${s.container.name}`)].filter(Boolean).join(', ');
}

const two: PodSpec = { containers: [container('a'), container('b')] };
const withInit: PodSpec = { initContainers: [container('i1'), container('i2')], containers: [container('a')] };
const withSidecar: PodSpec = { initContainers: [sidecar('s'), container('i')], containers: [container('a')] };
const never = (spec: PodSpec): PodSpec => ({ ...spec, restartPolicy: 'Never' });
const onFailure = (spec: PodSpec): PodSpec => ({ ...spec, restartPolicy: 'OnFailure' });

test.each<[string, PodSpec, PodView, string]>([
  ['a new Pod', two, view({}, { sandbox: false }), 'sandbox, start a, start b'],
  ['a new Pod with init containers', withInit, view({}, { sandbox: false }), 'sandbox, start i1'],
  ['all runs', two, view({ a: running, b: running }), ''],
  ['one has ended', two, view({ a: running, b: exited(0) }), 'start b'],
  ['one has ended well, OnFailure', onFailure(two), view({ a: running, b: exited(0) }), ''],
  ['one has failed, OnFailure', onFailure(two), view({ a: running, b: exited(1) }), 'start b'],
  ['one has failed, Never', never(two), view({ a: running, b: exited(1) }), ''],
  ['the first init container runs', withInit, view({ i1: running }), ''],
  ['the first init container is done', withInit, view({ i1: exited(0) }), 'start i2'],
  ['an init container failed', withInit, view({ i1: exited(1) }), 'start i1'],
  ['an init container failed, Never', never(withInit), view({ i1: exited(1) }), ''],
  ['all init containers are done', withInit, view({ i1: exited(0), i2: exited(0) }), 'start a'],
  ['a sidecar that has not passed its startup probe', withSidecar, view({ s: running }, { probes: { s: { started: false, ready: false } } }), ''],
  ['a sidecar that has started', withSidecar, view({ s: running }), 'start i'],
  ['a sidecar that died later', withSidecar, view({ s: exited(1), i: exited(0), a: running }), 'start s'],
  ['a failed liveness probe', two, view({ a: running, b: running }, { probes: { b: { started: true, ready: true, failed: 'liveness' } } }), 'kill b'],
  ['another image', { containers: [container('a', { image: 'new' })] }, view({ a: running }), 'kill a'],
  ['a lost sandbox', two, view({ a: { ...running, isStale: true }, b: { ...running, isStale: true } }, { sandbox: true }), 'kill pod, sandbox, start a, start b'],
  ['a lost sandbox after all has ended, Never', never(two), view({ a: { ...exited(0), isStale: true }, b: { ...exited(1), isStale: true } }, { sandbox: true }), 'kill pod'],
  ['an ephemeral container', { ...two, ephemeralContainers: [{ name: 'e', image: 'i' }] }, view({ a: running, b: running }), 'start e'],
])('%s', (_, spec, seen, expected) => {
  expect(decided(spec, seen)).toBe(expected);
});

test.each<[string, PodSpec, Record<string, Partial<ContainerView>>, string]>([
  ['nothing has started', two, {}, 'Pending'],
  ['one has started', two, { a: running }, 'Pending'],
  ['all run', two, { a: running, b: running }, 'Running'],
  ['all crash, Always', two, { a: exited(1), b: exited(1) }, 'Running'],
  ['one still runs, Never', never(two), { a: running, b: exited(1) }, 'Running'],
  ['all ended well, Never', never(two), { a: exited(0), b: exited(0) }, 'Succeeded'],
  ['one failed, Never', never(two), { a: exited(0), b: exited(1) }, 'Failed'],
  ['one failed, OnFailure', onFailure(two), { a: exited(0), b: exited(1) }, 'Running'],
  ['initializing', withInit, { i1: running }, 'Pending'],
  ['an init container failed, Never', never(withInit), { i1: exited(1) }, 'Failed'],
])('%s: the phase', (_, spec, found, phase) => {
  expect(podPhase(pod(spec), view(found), false)).toBe(phase);
});
