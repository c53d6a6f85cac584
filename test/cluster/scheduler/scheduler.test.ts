import { expect, test } from 'vitest';
import { leases, nodes, pods, priorityClasses } from '../../../src/cluster/client/resources.ts';
import { type Plugin, PluginError } from '../../../src/cluster/scheduler/framework.ts';
import { defaultProfile } from '../../../src/cluster/scheduler/profile.ts';
import { SchedulerRecorder } from '../../../src/cluster/scheduler/recorder.ts';
import { Scene } from './scene.ts';

const NOT_HELPFUL = (count: number) => `no new claims to deallocate, preemption: 0/${count} nodes are available: ${count} Preemption is not helpful for scheduling.`;

test('a Pod is bound to a node that has room, and an event says so', () => {
  const scene = new Scene();
  scene.node('small', { allocatable: { cpu: '1' } });
  scene.node('large');
  scene.pod('web', { requests: { cpu: '2' } });
  expect(scene.nodeOf('web')).toBe('large');
  expect(scene.condition('web')?.status).toBe('True');
  const [event] = scene.events('web');
  expect(event).toMatchObject({ type: 'Normal', reason: 'Scheduled', action: 'Binding', message: 'Successfully assigned default/web to large', reportingComponent: 'default-scheduler', reportingInstance: 'default-scheduler-cp' });
  expect(event?.eventTime).toBe('2026-01-05T09:00:00.000000Z');
});

test('a Pod that asks for too much waits and says why', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.node('worker-2', { spec: { taints: [{ key: 'dedicated', effect: 'NoSchedule' }] } });
  scene.pod('big', { requests: { cpu: '5', memory: '1Ti' } });
  const message = `0/2 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 node(s) had untolerated taint(s). ${NOT_HELPFUL(2)}`;
  expect(scene.told('big')).toEqual([`FailedScheduling: ${message}`]);
  expect(scene.condition('big')).toMatchObject({ status: 'False', reason: 'Unschedulable', message, observedGeneration: 1 });
});

test('without nodes there is nothing to schedule on', () => {
  const scene = new Scene();
  scene.pod('web');
  expect(scene.told('web')).toEqual(['FailedScheduling: no nodes available to schedule pods']);
});

test('a new node wakes a Pod that waits, without delay', () => {
  const scene = new Scene();
  scene.node('worker-1', { allocatable: { cpu: '1' } });
  scene.pod('big', { requests: { cpu: '2' } });
  scene.node('worker-2');
  scene.settle();
  expect(scene.nodeOf('big')).toBe('worker-2');
});

test('an event that cannot help wakes nobody', () => {
  const scene = new Scene();
  scene.node('worker-1', { allocatable: { cpu: '1' } });
  scene.pod('big', { requests: { cpu: '2' } });
  scene.node('worker-2', { allocatable: { cpu: '1' } });
  scene.client.patch(nodes, 'worker-1', undefined, { metadata: { labels: { disk: 'ssd' } } });
  scene.settle();
  expect(scene.attempts.get('default/big')?.number).toBe(1);
});

test('a Pod that goes makes room for one that waits', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.pod('first', { requests: { cpu: '3' } });
  scene.pod('second', { requests: { cpu: '3' } });
  expect(scene.told('second')[0]).toMatch(/1 Insufficient cpu\. .*1 No preemption victims found for incoming pod\.$/);
  scene.kill('first');
  expect(scene.nodeOf('second')).toBe('worker-1');
});

test('removing a taint, uncordoning and labelling let waiting Pods in', () => {
  const scene = new Scene();
  scene.node('worker-1', { spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } });
  scene.node('worker-2', { spec: { unschedulable: true } });
  scene.pod('selective', { spec: { nodeSelector: { disk: 'ssd' }, tolerations: [{ operator: 'Exists' }] } });
  scene.pod('web');
  expect(scene.told('web')).toEqual([`FailedScheduling: 0/2 nodes are available: 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ${NOT_HELPFUL(2)}`]);
  scene.client.patch(nodes, 'worker-2', undefined, { spec: { unschedulable: null } });
  scene.settle();
  expect(scene.nodeOf('web')).toBe('worker-2');
  scene.client.patch(nodes, 'worker-1', undefined, { metadata: { labels: { disk: 'ssd' } } });
  scene.settle();
  expect(scene.nodeOf('selective')).toBe('worker-1');
});

test('what fails again the same way becomes a series', async () => {
  const scene = new Scene();
  scene.pod('web');
  for (let i = 0; i < 4; i++) {
    scene.client.patch(pods, 'web', 'default', { metadata: { labels: { try: String(i) } } });
    scene.settle();
  }
  expect(scene.events('web').length).toBe(5); // each attempt saw another version of the Pod
  await scene.advance(310_000);
  await scene.advance(310_000);
  expect(scene.events('web').some(({ series }) => series?.count === 2)).toBe(true);
});

test('after five minutes a Pod is tried again anyway', async () => {
  const scene = new Scene();
  scene.node('worker-1', { allocatable: { cpu: '1' } });
  scene.pod('big', { requests: { cpu: '2' } });
  await scene.advance(299_000);
  expect(scene.attempts.get('default/big')?.number).toBe(1);
  await scene.advance(32_000);
  expect(scene.attempts.get('default/big')?.number).toBe(2);
});

test('a binding that fails is tried again after 1 s, then 2 s', async () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.settle();
  scene.isApiDown = true;
  scene.pod('web');
  await scene.advance(900);
  expect(scene.attempts.get('default/web')?.number).toBe(1);
  await scene.advance(200);
  expect(scene.attempts.get('default/web')?.number).toBe(2);
  scene.isApiDown = false;
  await scene.advance(1_800);
  expect(scene.nodeOf('web')).toBeUndefined();
  await scene.advance(200);
  expect(scene.nodeOf('web')).toBe('worker-1');
});

test('of waiting Pods the one with the highest priority goes first', () => {
  const scene = new Scene();
  scene.pod('plain', { requests: { cpu: '3' } });
  scene.pod('vip', { requests: { cpu: '3' }, spec: { priority: 1000 } });
  scene.node('worker-1');
  scene.settle();
  expect([scene.nodeOf('vip'), scene.nodeOf('plain')]).toEqual(['worker-1', undefined]);
});

test('gates keep a Pod out of the queue until the last is gone', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.pod('gated', { spec: { schedulingGates: [{ name: 'example.com/quota' }] } });
  expect(scene.told('gated')).toEqual([]);
  expect(scene.condition('gated')?.reason).toBe('SchedulingGated');
  scene.client.patch(pods, 'gated', 'default', { spec: { schedulingGates: null } });
  scene.settle();
  expect(scene.nodeOf('gated')).toBe('worker-1');
});

test('a Pod of another scheduler is left alone; a profile of that name takes it', () => {
  const scene = new Scene({ profiles: [defaultProfile(), { ...defaultProfile(), schedulerName: 'batch' }] });
  scene.node('worker-1');
  scene.pod('mine', { spec: { schedulerName: 'batch' } });
  scene.pod('foreign', { spec: { schedulerName: 'somebody-else' } });
  expect(scene.nodeOf('foreign')).toBeUndefined();
  expect(scene.events('mine')[0]?.reportingComponent).toBe('batch');
});

test('a more important Pod evicts a lesser one and takes its place', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.pod('filler', { requests: { cpu: '3' } });
  scene.pod('vip', { requests: { cpu: '3' }, spec: { priority: 1000 } });
  const { uid } = scene.get('vip').metadata;
  expect(scene.told('vip')).toEqual(['FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.']);
  expect(scene.get('vip').status.nominatedNodeName).toBe('worker-1');
  expect(scene.told('filler').at(-1)).toBe(`Preempted: Preempted by pod ${uid} on node worker-1`);
  expect(scene.get('filler').status.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'PreemptionByScheduler', message: 'default-scheduler: preempting to accommodate a higher priority pod' });
  expect(scene.get('filler').metadata.deletionTimestamp).toBeDefined();
  scene.kill('filler');
  expect(scene.nodeOf('vip')).toBe('worker-1');
});

test('the place of a preemptor is kept for it', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.pod('filler', { requests: { cpu: '3' } });
  scene.pod('vip', { requests: { cpu: '3' }, spec: { priority: 1000 } });
  scene.pod('late', { requests: { cpu: '1500m' } });
  expect(scene.nodeOf('late')).toBeUndefined();
  scene.kill('filler');
  expect([scene.nodeOf('vip'), scene.nodeOf('late')]).toEqual(['worker-1', undefined]);
});

test('a Pod that never preempts says so', () => {
  const scene = new Scene();
  scene.create(priorityClasses, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'polite' }, value: 1000, preemptionPolicy: 'Never' });
  scene.node('worker-1');
  scene.pod('filler', { requests: { cpu: '3' } });
  scene.pod('vip', { requests: { cpu: '3' }, spec: { priority: 1000, preemptionPolicy: 'Never' } });
  expect(scene.told('vip')).toEqual(['FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.']);
});

test('the last attempt tells of every node who refused it and who scored how much', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.node('worker-2');
  scene.node('tainted', { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } });
  scene.pod('web', { requests: { cpu: '1' } });
  const attempt = scene.attempts.get('default/web');
  expect(attempt).toMatchObject({ number: 1, chosen: scene.nodeOf('web') });
  expect(attempt?.nodes.map(({ node }) => node).toSorted()).toEqual(['tainted', 'worker-1', 'worker-2']);
  expect(attempt?.nodes.find(({ node }) => node === 'tainted')).toEqual({ node: 'tainted', filteredBy: 'TaintToleration', reasons: ['node(s) had untolerated taint(s)'], resolvable: false });
  expect(attempt?.nodes[0]?.scores).toMatchObject({ TaintToleration: 300, NodeResourcesFit: 86 });
});

test('the attempts of a preemptor name its victims, also when it has got its place; a Pod that goes takes them along', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.pod('low', { requests: { cpu: '3' } });
  scene.pod('high', { requests: { cpu: '3' }, spec: { priority: 100 } });
  expect(scene.attempts.get('default/high')).toMatchObject({ preemption: { node: 'worker-1', victims: ['default/low'] }, nodes: [{ node: 'worker-1', filteredBy: 'NodeResourcesFit', reasons: ['Insufficient cpu'], resolvable: true }] });
  scene.kill('low');
  expect(scene.attempts.get('default/high')).toMatchObject({ number: 2, chosen: 'worker-1', preemption: { victims: ['default/low'] } });
  scene.kill('high');
  expect(scene.attempts.get('default/high')).toBeUndefined();
});

test('in a large cluster each search begins where the last one ended', () => {
  const scene = new Scene({ profiles: [{ ...defaultProfile(), percentageOfNodesToScore: 1 }] });
  for (let i = 0; i < 250; i++) scene.node(`n${i}`);
  const seen = (name: string) => new Set(scene.attempts.get(`default/${name}`)?.nodes.map(({ node }) => node));
  for (const name of ['a', 'b', 'c']) scene.pod(name, { requests: { cpu: '100m' } });
  expect([seen('a').size, seen('b').size]).toEqual([100, 100]);
  expect([...seen('a')].filter((each) => seen('b').has(each))).toEqual([]);
  expect([...seen('a')].filter((each) => seen('c').has(each))).toHaveLength(50);
});

test('attempts are counted by how they ended', () => {
  const scene = new Scene();
  scene.pod('early');
  scene.node('worker-1', { allocatable: { cpu: '1' } });
  scene.pod('big', { requests: { cpu: '2' } });
  expect(scene.attempts.results).toEqual({ scheduled: 1, unschedulable: 2, error: 0 });
});

test('a Pod that is bound takes up its room before the API server tells of it', () => {
  const scene = new Scene();
  scene.node('worker-1');
  scene.settle();
  for (const name of ['a', 'b']) scene.create(pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu: '3' } } }] } });
  scene.settle();
  expect(['a', 'b'].filter((name) => scene.nodeOf(name))).toEqual(['a']);
});

test('a series is written at its second event and when it has ended, if there was more', async () => {
  const scene = new Scene();
  scene.pod('web');
  scene.scheduler.stop();
  const recorder = new SchedulerRecorder(scene.world, scene.client, { component: 'test', instance: 'test-1' });
  const say = (times: number) => { for (let i = 0; i < times; i++) recorder.event(scene.get('web'), { type: 'Normal', action: 'Testing', reason: 'Said', note: 'again' }); };
  const said = () => scene.events('web').filter(({ reason }) => reason === 'Said');
  const writes = () => Number(said()[0]?.metadata.resourceVersion);
  say(1);
  expect(said().map(({ series }) => series)).toEqual([undefined]);
  say(1);
  const second = writes();
  expect(said()[0]?.series?.count).toBe(2);
  say(3);
  expect(writes()).toBe(second);
  await scene.advance(361_000);
  await scene.advance(361_000);
  expect(said()[0]?.series?.count).toBe(5);
  say(2); // the old series has ended: a new event
  const third = said().map(({ metadata }) => metadata.resourceVersion);
  expect(said().map(({ series }) => series?.count)).toEqual([5, 2]);
  await scene.advance(800_000);
  expect(said().map(({ metadata }) => metadata.resourceVersion)).toEqual(third);
});

test('a plugin that cannot judge fails the attempt, which is made again', async () => {
  let judges = false;
  const moody: Plugin = { name: 'Moody', preFilter: () => { if (!judges) throw new PluginError('no mood'); return undefined; } };
  const scene = new Scene({ profiles: [{ ...defaultProfile(), plugins: [{ plugin: moody, weight: 0 }] }] });
  scene.node('worker-1');
  scene.pod('web');
  expect(scene.told('web')).toEqual(['FailedScheduling: running PreFilter plugin "Moody": no mood']);
  expect([scene.condition('web')?.reason, scene.attempts.get('default/web')?.message]).toEqual(['SchedulerError', 'running PreFilter plugin "Moody": no mood']);
  judges = true;
  await scene.advance(1000);
  expect(scene.nodeOf('web')).toBe('worker-1');
});

test('a scheduler that loses its lease ends its process', async () => {
  const ends: number[] = [];
  const scene = new Scene({ leaderElect: true, onExit: (code) => ends.push(code) });
  scene.settle();
  scene.isApiDown = true;
  await scene.advance(30_000);
  expect(ends).toEqual([1]);
});

test('two schedulers: only the holder of the lease works, the other takes over 15 s after it has died', async () => {
  const scene = new Scene({ leaderElect: true });
  const other = scene.createScheduler({ leaderElect: true, hostname: 'cp-2' });
  scene.node('worker-1');
  scene.settle();
  const holder = () => scene.client.get(leases, 'kube-scheduler', 'kube-system')?.spec.holderIdentity;
  expect(holder()).toMatch(/^cp_/);
  scene.scheduler.stop();
  scene.pod('web');
  await scene.advance(10_000);
  expect(scene.nodeOf('web')).toBeUndefined();
  await scene.advance(10_000);
  expect(holder()).toMatch(/^cp-2_/);
  expect(scene.nodeOf('web')).toBe('worker-1');
  other.stop();
});
