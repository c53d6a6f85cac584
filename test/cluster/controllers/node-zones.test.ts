/** Zones that are down, the pace of evictions, and the taints of a node's state. */
import { expect, test } from 'vitest';
import type { Node } from '../../../src/cluster/api/types.ts';
import { USUAL_SETTINGS } from '../../../src/cluster/controllers/controller.ts';
import { healthTaint, isEvicting, taintsFor } from '../../../src/cluster/controllers/node-lifecycle/taints.ts';
import { Zones } from '../../../src/cluster/controllers/node-lifecycle/zones.ts';
import { at, made, NOW } from './builders.ts';

const KEY = 'node.kubernetes.io/';
interface NodePart { ready?: string; zone?: string; region?: string; labels?: object; conditions?: object[]; taints?: object[]; unschedulable?: boolean }

function node(name: string, { ready = 'True', zone, region, labels, conditions = [], taints, unschedulable }: NodePart = {}): Node {
  const places = { ...(zone ? { 'topology.kubernetes.io/zone': zone } : {}), ...(region ? { 'topology.kubernetes.io/region': region } : {}), ...labels };
  return made('Node', name, { taints, unschedulable }, { metadata: { labels: places, uid: name }, status: { conditions: [...(ready ? [{ type: 'Ready', status: ready }] : []), ...conditions] } });
}

/** A zone of so many nodes up and down. */
function zoned(zones: Zones, zone: string, up: number, down: number): Node[] {
  const nodes = Array.from({ length: up + down }, (_, i) => node(`${zone}${i}`, { zone, ready: i < up ? 'True' : 'Unknown' }));
  for (const each of nodes) zones.note(each.metadata.name, each, NOW);
  return nodes;
}

test.each<[string, number, number, string, unknown]>([
  ['normal', 3, 0, 'normal', 10_000], ['two of three down', 1, 2, 'normal', 10_000], ['three of six', 3, 3, 'normal', 10_000], ['three of five', 2, 3, 'partial', 'never'],
  ['eleven of twenty', 9, 11, 'partial', 'never'], ['most of fifty', 20, 30, 'partial', 'never'], ['most of fifty-one', 20, 31, 'partial', 100_000], ['all', 0, 3, 'full', 10_000],
])('a zone: %s', (_, up, down, state, expected) => {
  const zones = new Zones(USUAL_SETTINGS);
  zones.note('else', node('else', { zone: 'x' }), NOW);
  const nodes = zoned(zones, 'z', up, down);
  expect(zones.state).toBe(`:x=normal,:z=${state}`);
  const later = NOW + 1e7;
  const first = zones.mayEvict(nodes.at(-1)!, later);
  const next = zones.mayEvict(nodes[0]!, later);
  expect(first === 'never' ? first : [first, next]).toEqual(expected === 'never' ? expected : ['now', { afterMs: expected }]);
  expect(zones.down).toEqual(nodes.slice(up).map(({ metadata }) => metadata.name));
});

test('a turn comes again after its time; each zone has its own', () => {
  const zones = new Zones(USUAL_SETTINGS);
  const [a] = zoned(zones, 'a', 1, 1);
  const [b] = zoned(zones, 'b', 1, 1);
  expect([zones.mayEvict(a!, NOW), zones.mayEvict(a!, NOW + 9999), zones.mayEvict(b!, NOW), zones.mayEvict(a!, NOW + 10_000), zones.mayEvict(a!, NOW + 10_001)]).toEqual(['now', { afterMs: 1 }, 'now', 'now', { afterMs: 9999 }]);
  expect(zones.mayEvict(node('x', { zone: 'unknown' }), NOW)).toBe('now');
  expect(zones.mayEvict(node('x', { zone: 'a', region: 'r' }), NOW)).toBe('now');
});

test('with every node down nothing is evicted; when one is back, after a whole turn', () => {
  const zones = new Zones(USUAL_SETTINGS);
  const [a] = zoned(zones, 'a', 0, 1);
  const [b] = zoned(zones, 'b', 0, 2);
  expect([zones.isAllDown, zones.state, zones.mayEvict(a!, NOW)]).toEqual([true, ':a=full,:b=full all down', 'never']);
  zones.note('b0', node('b0', { zone: 'b' }), NOW + 5000);
  expect([zones.isAllDown, zones.mayEvict(a!, NOW + 5000), zones.mayEvict(b!, NOW + 14_999), zones.mayEvict(a!, NOW + 15_000)]).toEqual([false, { afterMs: 10_000 }, { afterMs: 1 }, 'now']);
});

test('another pace: who had to wait waits anew, who had not does not', () => {
  const pace = (waits: boolean) => {
    const zones = new Zones(USUAL_SETTINGS);
    const nodes = zoned(zones, 'z', 25, 30);
    zones.note('z0', node('z0', { zone: 'z', ready: 'False' }), NOW); // 31 of 55 are down: still partial
    if (waits) zones.mayEvict(nodes[1]!, NOW + 200_000);
    for (const i of [0, 25, 26, 27]) zones.note(`z${i}`, node(`z${i}`, { zone: 'z' }), NOW + 210_000);
    return zones.mayEvict(nodes[1]!, NOW + 210_000);
  };
  expect([pace(true), pace(false)]).toEqual([{ afterMs: 10_000 }, 'now']);
});

test('no nodes are not all down; one that is gone, moved or left out counts no more', () => {
  const zones = new Zones(USUAL_SETTINGS);
  expect(zones.isAllDown).toBe(false);
  zoned(zones, 'a', 1, 3);
  expect(zones.state).toBe(':a=partial');
  zones.note('a3', undefined, NOW);
  expect([zones.state, zones.down]).toEqual([':a=normal', ['a1', 'a2']]);
  zones.note('a2', node('a2', { zone: 'b', ready: 'False' }), NOW);
  expect([zones.state, zones.down]).toEqual([':a=normal,:b=full', ['a1', 'a2']]);
  zones.note('a1', node('a1', { zone: 'a', ready: 'Unknown', labels: { 'node.kubernetes.io/exclude-disruption': '' } }), NOW);
  expect(zones.down).toEqual(['a2']);
});

const keys = (taints: readonly { key: string; effect: string }[]) => taints.map(({ key, effect }) => `${key.replace(KEY, '')}:${effect}`).join(' ');
const own = (key: string, effect = 'NoSchedule') => ({ key: `${KEY}${key}`, effect, timeAdded: 'before' });

test.each<[string, NodePart, boolean, string]>([
  ['well', {}, true, ''],
  ['not ready', { ready: 'False' }, false, 'not-ready:NoSchedule'],
  ['not ready, evicting', { ready: 'False' }, true, 'not-ready:NoSchedule not-ready:NoExecute'],
  ['silent', { ready: 'Unknown' }, true, 'unreachable:NoSchedule unreachable:NoExecute'],
  ['silent after not ready', { ready: 'Unknown', taints: [own('not-ready'), own('not-ready', 'NoExecute')] }, true, 'unreachable:NoSchedule unreachable:NoExecute'],
  ['ready again', { taints: [own('unreachable'), own('unreachable', 'NoExecute')] }, false, ''],
  ['fresh: it has not reported', { ready: '', taints: [own('not-ready')] }, false, 'not-ready:NoSchedule'],
  ['under pressure', { conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'].map((type) => ({ type, status: 'True' })) }, false, 'memory-pressure:NoSchedule disk-pressure:NoSchedule pid-pressure:NoSchedule network-unavailable:NoSchedule'],
  ['under pressure no more', { conditions: [{ type: 'DiskPressure', status: 'False' }], taints: [own('disk-pressure')] }, false, ''],
  ['cordoned', { unschedulable: true }, false, 'unschedulable:NoSchedule'],
  ['cordoned no more', { taints: [own('unschedulable')] }, false, ''],
  ['taints of others stay', { taints: [own('disk-pressure', 'NoExecute'), { key: 'mine', effect: 'NoSchedule' }, own('unschedulable')] }, false, 'disk-pressure:NoExecute mine:NoSchedule'],
])('the taints of a node: %s', (_, part, evicts, expected) => expect(keys(taintsFor(node('n', part), { evicts, nowMs: NOW }))).toBe(expected));

test('taints that are right are left as they are; new ones bear the time', () => {
  const right = node('n', { ready: 'False', taints: [own('not-ready')] });
  expect(taintsFor(right, { evicts: false, nowMs: NOW })).toBe(right.spec.taints);
  expect(taintsFor(right, { evicts: true, nowMs: NOW })).toEqual([own('not-ready'), { key: `${KEY}not-ready`, effect: 'NoExecute', timeAdded: at(0) }]);
  expect(['True', 'False', 'Unknown', ''].map((ready) => healthTaint(node('n', { ready }))?.replace(KEY, ''))).toEqual([undefined, 'not-ready', 'unreachable', undefined]);
  expect([[own('not-ready')], [own('not-ready', 'NoExecute')], [own('unreachable', 'NoExecute')], [own('x', 'NoExecute')], undefined].map((taints) => isEvicting(node('n', { taints })))).toEqual([false, true, true, false, false]);
});
