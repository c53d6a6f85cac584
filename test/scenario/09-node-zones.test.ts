import { expect, test } from 'vitest';
import { pod, Scene } from './scene.ts';

const zone = (name: string) => ({ labels: { 'topology.kubernetes.io/zone': name } });
const taints = (at: Scene, node: string) => at.see(`node ${node}`, 'range .spec.taints[*]}{.key}:{.effect} {end');
const leaving = async (at: Scene, name: string) => (await at.see(`pod ${name}`, '.metadata.deletionTimestamp')) !== '';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const forgives = (tolerationSeconds: number, key = UNREACHABLE) => ({ tolerations: [{ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }] });

/** Nodes whose kubelets nobody has started. */
async function paper(at: Scene, zoneName: string, names: readonly string[]): Promise<void> {
  await at.make(...names.map((name) => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, ...zone(zoneName) } })));
}
/** They say, once, how they are. */
async function say(at: Scene, names: readonly string[], status: string): Promise<void> {
  for (const name of names) await at.patch(`node ${name}`, { status: { conditions: [{ type: 'Ready', status, reason: 'Said', message: 'so' }] } }, '--subresource=status --type=strategic');
}
/** The nodes from which Pods are evicted. */
const evicting = async (at: Scene) => (await at.see('nodes', 'range .items[*]}{.metadata.name}:{.spec.taints[?(@.effect=="NoExecute")].key} {end')).split(' ').filter((each) => /:node/.test(each)).map((each) => each.split(':')[0]!);
const many = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);

test('9.7 in a zone one node is given up every ten seconds, zones by themselves', async () => {
  const at = await Scene.hollow({ a1: zone('a'), a2: zone('a'), a3: zone('a'), b1: zone('b'), b2: zone('b') });
  await paper(at, 'a', ['a8', 'a9']);
  await paper(at, 'b', ['b9']);
  await say(at, ['a8', 'a9', 'b9'], 'False');
  await at.wait(4);
  expect([(await evicting(at)).filter((name) => name.startsWith('a')).length, await evicting(at)]).toEqual([1, expect.arrayContaining(['b9'])]);
  await at.wait(10);
  expect(await evicting(at)).toEqual(['a8', 'a9', 'b9']);
});

test('9.7 a zone that is wholly down is emptied at the usual rate while another is well', async () => {
  const at = await Scene.hollow({ b1: zone('b'), b2: zone('b') });
  await paper(at, 'a', ['a1', 'a2', 'a3']);
  await say(at, ['a1', 'a2', 'a3'], 'False');
  await at.wait(5);
  expect(await evicting(at)).toHaveLength(1);
  await at.wait(20);
  expect(await evicting(at)).toEqual(['a1', 'a2', 'a3']);
});

test('9.7 a small zone of which more than half is down loses nobody, until enough are back', async () => {
  const at = await Scene.hollow({ a1: zone('a'), a2: zone('a') });
  await paper(at, 'a', ['a7', 'a8', 'a9']);
  await say(at, ['a7', 'a8'], 'True');
  await at.wait(1);
  await say(at, ['a7', 'a8', 'a9'], 'False');
  await at.wait(1);
  const first = await evicting(at); // the first goes before the third has said so
  await at.wait(120);
  expect(await evicting(at)).toEqual(first);
  await at.k('delete node a8 a9');
  await at.wait(20);
  expect(await evicting(at)).toEqual(['a7']);
});

test('9.7 in a zone of more than fifty nodes a hundred seconds pass between two', async () => {
  const at = await Scene.hollow(Object.fromEntries(many('up', 21).map((name) => [name, zone('a')])));
  const down = many('down', 30);
  await paper(at, 'a', down);
  await say(at, down, 'False');
  await at.wait(110);
  const before = (await evicting(at)).length;
  expect(before).toBeGreaterThanOrEqual(1);
  await at.wait(70);
  expect((await evicting(at)).length - before).toBe(0);
  await at.wait(130);
  expect((await evicting(at)).length - before).toBe(2);
});

test('9.7 when the last zone goes down those that were given up are taken back', async () => {
  const at = await Scene.hollow({ a1: zone('a') });
  await paper(at, 'b', ['b1']);
  await say(at, ['b1'], 'False');
  await at.apply(pod('patient', { nodeName: 'b1', ...forgives(30, 'node.kubernetes.io/not-ready') }));
  await at.wait(10);
  expect(await evicting(at)).toEqual(['b1']);
  await at.k('delete node a1');
  await at.wait(10);
  expect([await evicting(at), await taints(at, 'b1')]).toEqual([[], 'node.kubernetes.io/not-ready:NoSchedule']);
  await at.wait(60);
  expect([await leaving(at, 'patient'), await at.events('patient')]).toEqual([false, expect.arrayContaining(['TaintManagerEviction: Cancelling deletion of Pod default/patient'])]);
});

test('9.4 a node that comes back in time keeps its Pods, and says that it has thought better of it', async () => {
  const at = await Scene.kubeadm({ w1: {}, w2: {} });
  await at.apply(pod('a', { nodeName: 'w1' }));
  await at.wait(20);
  await at.run("ssh w1 'systemctl stop kubelet'");
  await at.wait(120);
  expect(await taints(at, 'w1')).toContain(`${UNREACHABLE}:NoExecute`);
  await at.run("ssh w1 'systemctl start kubelet'");
  await at.wait(400);
  expect([await leaving(at, 'a'), await taints(at, 'w1')]).toEqual([false, '']);
  expect(await at.events('a')).toContain('TaintManagerEviction: Cancelling deletion of Pod default/a');
});

test('9.4 of several tolerations of one taint the shortest counts, also one that is added later', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('two', { nodeName: 'w1', tolerations: [{ key: 'mine', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 100 }, { key: 'mine', operator: 'Equal', value: 'x', effect: 'NoExecute', tolerationSeconds: 40 }] }), pod('added', { nodeName: 'w1', ...forgives(1000, 'mine') }));
  await at.wait(3);
  await at.k('taint node w1 mine=x:NoExecute');
  await at.wait(10);
  const { tolerations } = JSON.parse(await at.k('get pod added -o json')).spec;
  await at.patch('pod added', { spec: { tolerations: [...tolerations, ...forgives(20, 'mine').tolerations.map((each) => ({ ...each, operator: 'Equal', value: 'x' }))] } });
  await at.wait(25);
  expect(await at.names('pods')).toEqual(['two']);
  await at.wait(10);
  expect(await at.names('pods')).toEqual([]);
});

test('9.6 out-of-service is for nodes that are down: on one that is well it only evicts', async () => {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.apply(pod('a', { nodeName: 'w1', finalizers: undefined }, { finalizers: ['example.com/hold'] }), pod('tolerates', { nodeName: 'w1', tolerations: [{ operator: 'Exists' }] }));
  await at.wait(3);
  await at.k('taint node w1 node.kubernetes.io/out-of-service=nodeshutdown:NoExecute');
  await at.wait(60);
  expect([await leaving(at, 'a'), await at.see('pod a', '.status.phase'), await leaving(at, 'tolerates')]).toEqual([true, expect.stringMatching('Running|Succeeded'), false]);
});

test('9.9 beyond the threshold finished Pods go, the oldest first', async () => {
  const at = await Scene.kubeadm({});
  await at.run(`ssh cp "sed -i 's/- kube-controller-manager/&\\n    - --terminated-pod-gc-threshold=2/' /etc/kubernetes/manifests/kube-controller-manager.yaml"`);
  await at.wait(60);
  for (const name of ['first', 'second', 'third']) {
    await at.apply(pod(name, { schedulingGates: [{ name: 'example.com/wait' }] }));
    await at.patch(`pod ${name}`, { status: { phase: 'Succeeded' } }, '--subresource=status');
    await at.wait(2);
  }
  await at.wait(25);
  expect(await at.names('pods')).toEqual(['second', 'third']);
});

test('9.2 the grace period of nodes is a flag of the controller manager', async () => {
  const at = await Scene.kubeadm({ w1: {} });
  await at.run(`ssh cp "sed -i 's/- kube-controller-manager/&\\n    - --node-monitor-grace-period=20s/' /etc/kubernetes/manifests/kube-controller-manager.yaml"`);
  await at.wait(60);
  await at.run('power w1 off');
  await at.wait(30);
  expect(await at.see('node w1', '.status.conditions[?(@.type=="Ready")].reason')).toBe('NodeStatusUnknown');
});
