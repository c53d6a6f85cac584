/** The scheduling queue by itself: who is tried next, and when again. */
import { expect, test } from 'vitest';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { type QueuedPod, SchedulingQueue } from '../../../src/cluster/scheduler/queue.ts';
import { Simulation } from '../../../src/time/simulation.ts';
import { pod } from './builders.ts';

const info = (name: string, priority = 0) => podInfoOf(pod(name, { priority }));

function queue(then: (queued: QueuedPod, queue: SchedulingQueue) => void = () => undefined) {
  const world = new Simulation({ seed: 1, startMs: 0 });
  const tried: [name: string, atS: number, attempt: number][] = [];
  const under: SchedulingQueue = new SchedulingQueue(world, (queued) => {
    tried.push([queued.pod.pod.metadata.name, world.clock.now() / 1000, queued.attempts]);
    then(queued, under);
  });
  return { world, under, tried, names: () => tried.map(([name]) => name), add: (...pods: ReturnType<typeof info>[]) => { for (const each of pods) under.set(each, { retry: false }); } };
}

test('ready Pods go by priority, then by age', () => {
  const { world, names, add } = queue();
  add(info('old'), info('young'), info('vip', 10));
  world.settleSync();
  expect(names()).toEqual(['vip', 'old', 'young']);
});

test('a waiting Pod that gets another priority takes another place; one that only changes keeps its own', () => {
  const { world, under, names, add } = queue();
  add(info('a'), info('b'), info('c'));
  under.set(info('a'), { retry: true });
  under.set(info('c', 5), { retry: false });
  world.settleSync();
  expect(names()).toEqual(['c', 'a', 'b']);
});

test('a Pod that is gone is not tried', () => {
  const { world, under, names, add } = queue();
  add(info('a'), info('b'));
  under.delete('default/a');
  under.delete('default/unknown');
  world.settleSync();
  expect(names()).toEqual(['b']);
});

test('after a failed attempt the back-off doubles from one second to ten', async () => {
  const { world, tried, add } = queue((queued, under) => under.failed(queued));
  add(info('a'));
  await world.advance(40_000);
  expect(tried).toEqual([['a', 0, 1], ['a', 1, 2], ['a', 3, 3], ['a', 7, 4], ['a', 15, 5], ['a', 25, 6], ['a', 35, 7]]);
});

test('a rejected Pod waits for what helps one of its plugins', () => {
  const { world, under, tried, add } = queue((queued, under) => under.rejected(queued, new Set(['NodePorts', 'NodeAffinity'])));
  add(info('a'), info('b'));
  world.settleSync();
  expect([...under.rejectingPlugins].sort()).toEqual(['NodeAffinity', 'NodePorts']);
  under.wake('TaintToleration', () => true);
  under.wake('NodePorts', ({ pod: { metadata } }) => metadata.name === 'b');
  under.activate('default/unknown');
  world.settleSync();
  expect(tried.slice(2)).toEqual([['b', 0, 2]]);
  under.activate('default/a');
  world.settleSync();
  expect(tried.slice(3)).toEqual([['a', 0, 2]]);
});

test('no plugin is kept that has nobody left to wait', () => {
  const { world, under, add } = queue(({ attempts, ...queued }, under) => { if (attempts === 1) under.rejected({ attempts, ...queued }, new Set(['NodePorts'])); });
  add(info('a'));
  world.settleSync();
  under.wake('NodePorts', () => true);
  world.settleSync();
  expect([...under.rejectingPlugins]).toEqual([]);
});

test('whom a change of itself may help is tried again at once, others stay', () => {
  const { world, under, tried, add } = queue((queued, under) => under.rejected(queued, new Set(['NodePorts'])));
  add(info('a'));
  world.settleSync();
  under.set(info('a'), { retry: false });
  world.settleSync();
  expect(tried).toHaveLength(1);
  under.set(info('a'), { retry: true });
  world.settleSync();
  expect(tried).toHaveLength(2);
});

test('who is woken within its back-off comes after all others', () => {
  const { world, under, names, add } = queue((queued, under) => { if (queued.pod.pod.metadata.name === 'vip') under.rejected(queued, new Set(['NodePorts'])); });
  add(info('vip', 10));
  world.settleSync();
  under.wake('NodePorts', () => true);
  add(info('plain'));
  world.settleSync();
  expect(names()).toEqual(['vip', 'plain', 'vip']);
});

test('who waits for five minutes is tried at the next look, each half minute', async () => {
  const { world, tried, add } = queue((queued, under) => under.rejected(queued, new Set(['NodePorts'])));
  await world.advance(10_000);
  add(info('a'));
  await world.advance(299_999);
  expect(tried).toHaveLength(1);
  await world.advance(30_000);
  expect(tried[1]).toEqual(['a', 310, 2]);
});

test('a stopped queue tries nobody any more', async () => {
  const { world, under, tried, add } = queue((queued, under) => under.failed(queued));
  add(info('a'));
  world.settleSync();
  add(info('b'));
  under.stop();
  expect([...under.rejectingPlugins]).toEqual([]);
  await world.advance(20_000);
  expect(tried).toHaveLength(1);
});
