/** The map of the cluster and the object in it, drawn without a terminal and played in one. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type ClusterView, type NodeView, type PodView } from '../../src/engine/view.ts';
import { explorerMap, levelFor, nodeId, podId } from '../../src/ui/sights/explorer-map.ts';
import { neighbour, type MapRow } from '../../src/ui/sights/map-row.ts';
import { createTheme } from '../../src/ui/theme.ts';
import { lineWidth } from '../../src/ui/text.ts';
import { inMission, KEYS } from './terminal.ts';

const theme = createTheme('none', DEFAULT_SETTINGS);
const room = { width: 76, height: 20, theme };
const byNode = { grouping: 'nodes', zoom: 'auto' } as const;

const pod = (name: string, change: Partial<PodView> = {}): PodView => ({ name, namespace: 'shop', status: 'Running', health: 'good', ready: { count: 1, of: 1 }, restarts: 0, isDeleting: false, owner: { resource: 'deployment', namespace: 'shop', name: 'web' }, ...change });
const node = (name: string, pods: PodView[] = [], change: Partial<NodeView> = {}): NodeView => ({
  name, roles: [], status: 'Ready', health: 'good', cpu: { used: 1, capacity: 4 }, memory: { used: 2 ** 30, capacity: 2 ** 32 }, slots: { used: pods.length, capacity: 110 }, pods, ...change,
});
const cluster = (nodes: NodeView[], pending: PodView[] = []): ClusterView => ({ controlPlane: [{ name: 'etcd', word: 'running', health: 'good', pod: { resource: 'pod', namespace: 'kube-system', name: 'etcd-cp' } }], nodes, pending });
const text = (rows: readonly MapRow[]) => rows.map(({ line }) => line.map((piece) => piece.text).join(''));
const many = (count: number) => Array.from({ length: count }, (_, index) => pod(`web-${index}`));

test('nodes stand by zone, their Pods by what owns them, each where it can be chosen', () => {
  const rows = explorerMap(cluster([node('w1', [pod('web-1'), pod('web-2', { health: 'bad' })], { zone: 'zone-a' }), node('w2', [], { zone: 'zone-b' })], [pod('big', { health: 'waiting', owner: undefined })]), byNode, room);
  const drawn = text(rows).join('\n');
  expect(drawn).toMatch(/zone-a ─+ 1 node, 2 Pods[\s\S]*● w1[\s\S]*pods .*2\/110[\s\S]*shop\/web ●✗[\s\S]*zone-b[\s\S]*w2[\s\S]*On no node ─+ 1[\s\S]*shop\/big ○/);
  const spots = rows.flatMap((row) => row.spots.map((spot) => [spot.id, text([row])[0]!.slice(spot.left, spot.left + spot.width)]));
  expect(spots).toContainEqual(['pod/shop/web-2', '✗']);
  expect(spots).toContainEqual(['deployment/shop/web', 'shop/web']);
  expect(spots).toContainEqual(['pod/kube-system/etcd-cp', 'etcd']);
});

test('the larger a cluster, the farther one stands: cells, rows, heat; a big group is counted', () => {
  const of = (nodes: number, pods: number) => cluster(Array.from({ length: nodes }, (_, index) => node(`n${index}`, many(pods))));
  expect([of(3, 10), of(40, 30), of(1000, 10)].map((each) => levelFor(each, room))).toEqual(['pods', 'nodes', 'heat']);
  expect(text(explorerMap(of(1, 412), byNode, room)).join('\n')).toContain('shop/web ●412');
  expect(text(explorerMap(of(40, 30), byNode, room)).join('\n')).toMatch(/● n7 .*●30/);
  const heat = explorerMap(of(1000, 10), byNode, room);
  expect(heat.length).toBeLessThan(20);
  expect(heat.flatMap(({ spots }) => spots).filter(({ id }) => id.startsWith('node/'))).toHaveLength(1000);
});

test('no row is wider than the map, whatever is on it', () => {
  const long = node('a-node-with-a-name-that-is-long.example.internal', [...many(70), pod('lonely-'.repeat(12), { owner: undefined })], { taints: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }], gpu: { used: 1, capacity: 8 }, status: 'NotReady,SchedulingDisabled' });
  for (const zoom of ['pods', 'nodes', 'heat'] as const) {
    for (const width of [56, 76, 116]) for (const { line } of explorerMap(cluster([long]), { grouping: 'nodes', zoom }, { ...room, width })) expect([zoom, width, lineWidth(line)]).toEqual([zoom, width, Math.min(width, lineWidth(line))]);
  }
});

test('by workload a Deployment is one row, wherever its Pods are', () => {
  const rows = text(explorerMap(cluster([node('w1', many(2)), node('w2', [pod('web-9', { health: 'busy' })])]), { ...byNode, grouping: 'workloads' }, room));
  expect(rows.join('\n')).toMatch(/shop ─+ 3 Pods\ndeployment\/web +2\/3 ●●◐/);
});

test('keys move to what is nearest below and beside', () => {
  const rows = explorerMap(cluster([node('w1', many(3)), node('w2')]), byNode, room);
  expect(neighbour(rows, podId(pod('web-0')), { columns: 1 })).toBe(podId(pod('web-1')));
  expect(neighbour(rows, podId(pod('web-2')), { rows: 1 })).toBe(nodeId('w2'));
  expect(neighbour(rows, nodeId('w2'), { rows: 1 })).toBe(nodeId('w2'));
  expect(neighbour(rows, 'pod/shop/gone', { rows: 1 })).toBe('pod/kube-system/etcd-cp');
});

describe('in a terminal', () => {
  async function explorer(columns: number, rows: number) {
    const scene = await inMission(columns, rows, [KEYS.alt('v')]);
    await scene.terminal.sees('by node');
    return scene;
  }

  test.each([[60, 20], [80, 24], [120, 40], [200, 60]])('at %ix%i one looks around, reads, and takes the command along', async (columns, rows) => {
    const { game, terminal } = await explorer(columns, rows);
    await terminal.sees('shop/cart-6c9f7d4b8-zk2lp'); // the Pod in trouble is chosen first
    await terminal.type(KEYS.enter);
    await terminal.sees('$ kubectl describe pod cart');
    await terminal.type('2');
    await terminal.sees('Tab:    yaml');
    await terminal.type(KEYS.escape, 'o');
    await terminal.sees('by workload');
    await terminal.type(KEYS.enter, 'c');
    await terminal.sees(/\$ kubectl describe pod cart/);
    expect(terminal.text()).not.toContain('by workload');
    expect(game.asked.filter(({ what }) => what === 'look').at(-1)).toEqual({ what: 'look' });
  });

  test('? lists its keys', async () => {
    const { terminal } = await explorer(100, 40);
    await terminal.type('?');
    await terminal.sees('In the explorer');
    await terminal.sees('Nearer or farther');
  });

  test('a Pod that has just been placed stands out, and costs few bytes', async () => {
    const { game, terminal } = await explorer(120, 40);
    game.paper.setSpeed('paused');
    await terminal.drawn();
    expect(terminal.text()).not.toContain('◆');
    const before = terminal.written.length;
    const { cluster: now } = game.paper.view;
    game.paper.change({ nowMs: 10_000, cluster: { ...now, nodes: now.nodes.map((each) => (each.name === 'worker-2' ? { ...each, pods: [...each.pods, pod('web-new', { placedMs: 9_000 })] } : each)) } });
    await terminal.sees('◆');
    expect(terminal.written.length - before).toBeLessThan(1200);
    game.paper.change({ nowMs: 20_000 });
    await terminal.drawn();
    expect(terminal.text()).not.toContain('◆');
  });
});

test('Services can be chosen, those in trouble stand out', () => {
  const services = [{ namespace: 'shop', name: 'web', type: 'ClusterIP', health: 'good' as const, ready: 2, endpoints: 2 }, { namespace: 'shop', name: 'api', type: 'NodePort', health: 'bad' as const, ready: 0, endpoints: 1 }];
  const rows = explorerMap({ ...cluster([node('w1')]), services }, byNode, room);
  expect(text(rows).join('\n')).toMatch(/Services ─+ 2\n● shop\/web 2\/2 {3}✗ shop\/api 0\/1/);
  expect(rows.flatMap(({ spots }) => spots.map(({ id }) => id))).toContain('service/shop/api');
});
