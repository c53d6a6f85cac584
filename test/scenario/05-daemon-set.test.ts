import { expect, test } from 'vitest';
import { GATED, Scene, template } from './scene.ts';

const daemonSet = (spec: object = {}, podSpec: object = {}) => ({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { selector: { matchLabels: { app: 'agent' } }, template: template({ app: 'agent' }, 'nginx:1', podSpec), ...spec } });
const nodesOf = async (at: Scene) => (await at.see('pods', '.items[*].spec.nodeName')).split(' ').sort().join(' ');

async function agent(nodes: Parameters<typeof Scene.hollow>[0], spec: object = {}, podSpec: object = {}): Promise<Scene> {
  const at = await Scene.hollow(nodes);
  await at.apply(daemonSet(spec, podSpec));
  await at.wait(10);
  return at;
}

test('5.1 each node gets one Pod, bound by the scheduler through a term that names it', async () => {
  const at = await agent({ w1: {}, w2: { labels: { disk: 'ssd' } } });
  expect(await nodesOf(at)).toBe('w1 w2');
  const [name] = await at.names('pods');
  const node = await at.see(`pod ${name}`, '.spec.nodeName');
  expect(await at.see(`pod ${name}`, '.spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms')).toBe(`[{"matchFields":[{"key":"metadata.name","operator":"In","values":["${node}"]}]}]`);
  expect((await at.events(name!)).find((event) => event.startsWith('Scheduled'))).toBe(`Scheduled: Successfully assigned default/${name} to ${node}`);
  await at.patch('ds agent', { spec: { template: { spec: { nodeSelector: { disk: 'ssd' } } } } });
  await at.wait(10);
  expect(await nodesOf(at)).toBe('w2');
  await at.k('label node w1 disk=ssd');
  await at.wait(10);
  expect(await nodesOf(at)).toBe('w1 w2');
});

test('5.1 a node without room is eligible: its Pod waits', async () => {
  const at = await agent({ w1: { cpu: '1' }, w2: {} }, {}, { containers: [{ name: 'main', image: 'x', resources: { requests: { cpu: '2' } } }] });
  expect(await at.see('ds agent', '.status.desiredNumberScheduled} {.status.currentNumberScheduled} {.status.numberReady')).toBe('2 2 1');
  const waiting = await at.k("get pods -o jsonpath='{.items[?(@.status.phase==\"Pending\")].metadata.name}'");
  expect((await at.events(waiting)).at(-1)).toMatch(/^FailedScheduling: 0\/2 nodes are available: 1 Insufficient cpu, 1 node\(s\) didn't satisfy plugin\(s\) \[NodeAffinity\]/);
});

test('5.2 its Pods tolerate what befalls nodes, but not the taint of a control plane', async () => {
  const at = await agent({ w1: {}, cp: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } });
  expect(await nodesOf(at)).toBe('w1');
  const [name] = await at.names('pods');
  const text = (await at.see(`pod ${name}`, 'range .spec.tolerations[*]}{.key}:{.effect}:{.tolerationSeconds} {end')).split(' ');
  expect(text).toEqual(['node.kubernetes.io/not-ready:NoExecute:', 'node.kubernetes.io/unreachable:NoExecute:', 'node.kubernetes.io/disk-pressure:NoSchedule:', 'node.kubernetes.io/memory-pressure:NoSchedule:', 'node.kubernetes.io/pid-pressure:NoSchedule:', 'node.kubernetes.io/unschedulable:NoSchedule:']);
});

test('5.2 Pods in the host network tolerate a missing network, too', async () => {
  const at = await agent({ w1: {} }, {}, { hostNetwork: true });
  expect(await at.see('pods', '.items[0].spec.tolerations[-1:].key')).toBe('node.kubernetes.io/network-unavailable');
});

test('5.2 a cordoned node gets its Pod', async () => {
  const at = await Scene.hollow({ w1: {}, w2: {} });
  await at.k('cordon w2');
  await at.apply(daemonSet());
  await at.wait(10);
  expect(await nodesOf(at)).toBe('w1 w2');
});

test('5.2 a NoExecute taint takes the Pod away, a NoSchedule taint leaves it', async () => {
  const at = await agent({ w1: {}, w2: {}, w3: {} });
  await at.k('taint node w2 a=b:NoExecute');
  await at.k('taint node w3 a=b:NoSchedule');
  await at.wait(10);
  expect([await nodesOf(at), await at.see('ds agent', '.status.desiredNumberScheduled} {.status.numberMisscheduled')]).toEqual(['w1 w3', '1 1']);
});

test('5.3 an update takes one node at a time', async () => {
  const at = await agent({ w1: {}, w2: {}, w3: {} });
  await at.patch('ds agent', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:2' }] } } } });
  await at.wait(10);
  expect(await at.see('ds agent', '.status.updatedNumberScheduled} {.status.numberReady} {.status.numberUnavailable')).toBe('1 2 1');
  const updated = await at.k("get pods -o jsonpath='{.items[?(@.spec.containers[0].image==\"nginx:2\")].metadata.name}'");
  await at.open(updated.split(' '));
  await at.wait(5);
  expect(await at.see('ds agent', '.status.updatedNumberScheduled')).toBe('2');
});

test('5.3 percentages round up', async () => {
  const at = await agent({ w1: {}, w2: {}, w3: {} }, { updateStrategy: { rollingUpdate: { maxUnavailable: '34%' } } });
  await at.patch('ds agent', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:2' }] } } } });
  await at.wait(10);
  expect(await at.see('ds agent', '.status.updatedNumberScheduled')).toBe('2');
});

test('5.3 with a surge the new Pod is ready before the old one goes', async () => {
  const at = await agent({ w1: {} }, { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
  await at.patch('ds agent', { spec: { template: { spec: { ...GATED, containers: [{ name: 'main', image: 'nginx:2' }] } } } });
  await at.wait(10);
  expect(await at.see('ds agent', '.status.numberAvailable} {.status.updatedNumberScheduled')).toBe('1');
  const names = await at.names('pods');
  expect(names).toHaveLength(2);
  await at.open(names);
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(1);
});

test('5.3 OnDelete updates what somebody deletes', async () => {
  const at = await agent({ w1: {}, w2: {} }, { updateStrategy: { type: 'OnDelete' } });
  await at.k('set image ds/agent main=nginx:2');
  await at.wait(10);
  expect(await at.see('ds agent', '.status.updatedNumberScheduled')).toBe('');
  const [name] = await at.names('pods');
  await at.k(`delete pod ${name}`);
  await at.wait(10);
  expect(await at.see('ds agent', '.status.updatedNumberScheduled')).toBe('1');
});

test('5.3 a failed Pod is deleted and made again, ever more slowly', async () => {
  const at = await agent({ w1: {} });
  let born = await at.names('pods');
  const seen: number[] = [];
  for (let i = 0; i < 4; i++) {
    await at.patch(`pod ${born[0]}`, { status: { phase: 'Failed' } }, '--subresource=status');
    const sinceMs = at.nowMs;
    while ((await at.names('pods')).includes(born[0]!)) await at.wait(0.5);
    seen.push((at.nowMs - sinceMs) / 1000);
    await at.wait(1);
    born = await at.names('pods');
  }
  expect((await at.events('agent')).filter((event) => /^FailedDaemonPod: Found failed daemon pod default\/agent-\w+ on node w1, will try to kill it$/.test(event)).length).toBeGreaterThanOrEqual(4);
  expect(seen).toEqual([0, 0, 1, 3]);
});
