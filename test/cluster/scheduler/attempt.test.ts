/** What is kept of attempts: the last of each Pod, and not without a bound. */
import { expect, test } from 'vitest';
import { AttemptLog } from '../../../src/cluster/scheduler/attempt.ts';
import { runCycle } from '../../../src/cluster/scheduler/cycle.ts';
import { Nominator } from '../../../src/cluster/scheduler/nominator.ts';
import { podInfoOf } from '../../../src/cluster/scheduler/pod-info.ts';
import { defaultProfile } from '../../../src/cluster/scheduler/profile.ts';
import { Random } from '../../../src/time/random.ts';
import { clusterOf, node, pod } from './builders.ts';

const NODES = 99;
const TABLE_CELLS = 100_000;
const result = runCycle({ profile: defaultProfile(), pod: podInfoOf(pod('p', { requests: { cpu: '1' } })), cluster: clusterOf(Array.from({ length: NODES }, (_, i) => node(`n${i}`))), nominator: new Nominator(), random: new Random(1), startIndex: 0 });
const summary = (name: string, number = 1, more: object = {}) => ({ pod: name, atMs: 0, number, ...more });

test('the oldest attempts go when there are too many, the newest stays', () => {
  const log = new AttemptLog();
  const large = { ...result, tables: [{ plugin: 'A', scores: Array.from({ length: TABLE_CELLS }, () => 1) }] };
  for (let i = 0; i < 150; i++) log.keep(summary(`p${i}`), large);
  const isKept = (i: number) => log.get(`p${i}`) !== undefined;
  expect([isKept(0), isKept(50), isKept(51), isKept(149)]).toEqual([false, false, true, true]);
  log.keep(summary('p100'), result); // a newer one makes room
  log.keep(summary('q'), large);
  expect([isKept(51), log.get('q')?.nodes.length]).toEqual([true, NODES]);
  log.keep(summary('huge'), { ...result, tables: [{ plugin: 'A', scores: Array.from({ length: 101 * TABLE_CELLS }, () => 1) }] });
  expect([isKept(149), log.get('huge')?.number]).toEqual([false, 1]);
});

test('a later attempt remembers whom an earlier one evicted, and a first one does not', () => {
  const log = new AttemptLog();
  const preemption = { node: 'n1', victims: ['default/x'] };
  log.keep(summary('p', 1, { message: 'no room', preemption }), result);
  log.keep(summary('p', 2), result);
  expect(log.get('p')?.preemption).toEqual(preemption);
  log.keep(summary('p', 1), result); // another Pod of that name
  expect(log.get('p')?.preemption).toBeUndefined();
  log.keep(summary('q', 2), result); // its first attempt is forgotten
  expect(log.get('q')?.preemption).toBeUndefined();
});

test('a binding that failed says so afterwards; an attempt without a result has no nodes', () => {
  const log = new AttemptLog();
  log.failed('p', 'nobody knows it');
  log.keep(summary('p'), result);
  log.failed('p', 'binding rejected');
  log.keep(summary('q', 1, { message: 'running PreFilter plugin' }));
  expect([log.get('p')?.message, log.get('q')?.nodes]).toEqual(['binding rejected', []]);
});
