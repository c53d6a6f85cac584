import { expect, test } from 'vitest';
import type { ReplicaSet } from '../../src/cluster/api/types.ts';
import { replicaSets } from '../../src/cluster/client/resources.ts';
import { GATED, pod, replicaSet, Scene, SLEEPER, template } from './scene.ts';

async function web(spec: object = {}, nodes?: Parameters<typeof Scene.hollow>[0]): Promise<Scene> {
  const at = await Scene.hollow(nodes);
  await at.apply(replicaSet('web', spec));
  await at.wait(5);
  return at;
}

const annotateCost = (at: Scene, name: string, cost: number) => at.k(`annotate pod ${name} controller.kubernetes.io/pod-deletion-cost=${cost}`);

/** The Pods that go when the set shrinks by `count`. */
async function victims(at: Scene, count: number): Promise<string[]> {
  const before = await at.names('pods');
  await at.k(`scale rs web --replicas=${before.length - count}`);
  await at.wait(0.01);
  const leaving = await at.k("get events --field-selector reason=SuccessfulDelete -o jsonpath='{.items[*].message}'");
  return before.filter((name) => leaving.includes(name));
}

test('3.1 creation goes in batches of 1, 2, 4 …, and the first batch with a failure ends the round', async () => {
  const at = await Scene.hollow();
  await at.k('create quota q --hard=pods=3');
  await at.patch('quota q', { status: { hard: { pods: '3' }, used: { pods: '0' } } }, '--subresource=status');
  await at.apply(replicaSet('web', { replicas: 20 }));
  await at.wait(0);
  const told = (await at.events('web')).filter((event) => event.startsWith('FailedCreate'));
  expect(told.every((event) => /^FailedCreate: Error creating: pods "web-\w{5}" is forbidden: exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3$/.test(event))).toBe(true);
  expect(await at.names('pods')).toHaveLength(3);
  expect(told.length).toBeLessThan(12);
  expect(await at.see('rs web', '.status.conditions[0].type} {.status.conditions[0].status} {.status.conditions[0].reason')).toBe('ReplicaFailure True FailedCreate');
});

test('3.1 at most 500 Pods are made in a round', async () => {
  const at = await Scene.hollow({ w1: { taints: [{ key: 'closed', effect: 'NoSchedule' }] } });
  let observed = 0;
  at.follow(replicaSets, ([set]: readonly ReplicaSet[]) => { observed ||= set?.status.replicas ?? 0; });
  await at.apply(replicaSet('web', { replicas: 600 }));
  await at.wait(5);
  expect([observed <= 500, await at.see('rs web', '.status.replicas')]).toEqual([true, '600']);
});

test('3.2 an orphan that matches is adopted, a Pod whose labels change is released and replaced', async () => {
  const at = await Scene.hollow();
  await at.apply(pod('orphan', {}, { labels: { app: 'web' } }));
  await at.apply(replicaSet('web', { replicas: 2 }));
  await at.wait(5);
  expect(await at.names('pods -l app=web')).toHaveLength(2);
  expect(await at.see('pod orphan', '.metadata.ownerReferences[0].name')).toBe('web');
  await at.k('label pod orphan app=other --overwrite');
  await at.wait(5);
  expect(await at.see('pod orphan', '.metadata.ownerReferences')).toBe('');
  expect(await at.names('pods')).toHaveLength(3);
});

test('3.2 an orphan too many is deleted at once', async () => {
  const at = await web({ replicas: 1 });
  await at.apply(pod('late', {}, { labels: { app: 'web' } }));
  await at.wait(40);
  expect(await at.names('pods')).toHaveLength(1);
});

test('3.2 a finished Pod is replaced and left lying', async () => {
  const at = await web({ replicas: 1 });
  const [name] = await at.names('pods');
  await at.patch(`pod ${name}`, { status: { phase: 'Failed' } }, '--subresource=status');
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(2);
  expect(await at.see('rs web', '.status.replicas')).toBe('1');
});

test('3.2 a Pod on its way out is replaced before it has gone', async () => {
  const at = await web({ replicas: 1 });
  const [name] = await at.names('pods');
  await at.patch(`pod ${name}`, { metadata: { finalizers: ['example.com/stay'] } });
  await at.k(`delete pod ${name} --wait=false`);
  await at.wait(5);
  expect(await at.names('pods')).toHaveLength(2);
  expect(await at.see('rs web', '.status.replicas')).toBe('1');
});

test('3.3 the first to go have no node, then come the unready, then the cheap', async () => {
  const at = await web({ replicas: 4, template: template({ app: 'web' }, 'nginx', GATED) }, { w1: { pods: '3' } });
  const waiting = (await at.k("get pods -o jsonpath='{.items[?(@.status.phase==\"Pending\")].metadata.name}'")).split(' ');
  expect(waiting).toHaveLength(1);
  expect(await victims(at, 1)).toEqual(waiting);
  const [unready, cheap, dear] = await at.names('pods') as [string, string, string];
  await at.open([cheap, dear]);
  await annotateCost(at, unready, 100);
  await annotateCost(at, cheap, -5);
  expect(await victims(at, 1)).toEqual([unready]);
  expect(await victims(at, 1)).toEqual([cheap]);
});

test('3.3 of equals goes the one with more siblings on its node', async () => {
  const at = await web({ replicas: 3 }, { w1: { pods: '1' }, w2: {} });
  const alone = await at.k("get pods --field-selector spec.nodeName=w1 -o jsonpath='{.items[*].metadata.name}'");
  expect(await victims(at, 1)).not.toContain(alone);
});

test('3.3 of equals goes the one that has been ready for a shorter time', async () => {
  const at = await web({ replicas: 1 });
  await at.wait(100);
  await at.k('scale rs web --replicas=2');
  await at.wait(2);
  const names = await at.names('pods');
  const old = (await at.k("get pods --sort-by=.metadata.creationTimestamp -o jsonpath='{.items[0].metadata.name}'"));
  expect(await victims(at, 1)).toEqual(names.filter((name) => name !== old));
});

test('3.3 of equals goes the one that has been restarted more often', async () => {
  const at = await Scene.kubeadm();
  await at.apply(replicaSet('web', { replicas: 3, template: template({ app: 'web' }, '', { ...SLEEPER, ...GATED }) }));
  await at.wait(20);
  const [, restarted] = await at.names('pods') as [string, string];
  await at.run(`ssh w1 'crictl stop $(crictl ps -q --label io.kubernetes.pod.name=${restarted})'`);
  await at.wait(20);
  expect(await at.see(`pod ${restarted}`, '.status.containerStatuses[0].restartCount} {.status.containerStatuses[0].ready')).toBe('1 true');
  expect(await victims(at, 1)).toEqual([restarted]);
});

test('3.4 available are the Pods that have been ready for minReadySeconds', async () => {
  const at = await web({ replicas: 2, minReadySeconds: 30 });
  expect(await at.see('rs web', '.status.readyReplicas},{.status.availableReplicas')).toBe('2,');
  await at.wait(30);
  expect(await at.see('rs web', '.status.readyReplicas},{.status.availableReplicas')).toBe('2,2');
});

test('3.3 of equals goes the newest', async () => {
  const at = await web({ replicas: 1, template: template({ app: 'web' }, 'nginx', GATED) });
  const [old] = await at.names('pods') as [string];
  await at.wait(300);
  await at.k('scale rs web --replicas=3');
  await at.wait(2);
  const young = (await at.names('pods')).filter((name) => name !== old);
  expect(await victims(at, 2)).toEqual(young);
});
