import { expect, test } from 'vitest';
import { controllerRevisions, daemonSets, nodes, pods } from '../../../src/cluster/client/resources.ts';
import { Scene, template } from './scene.ts';

const scene = (options: object = {}) => new Scene({ controllers: ['daemonset-controller'], nodes: ['a', 'b', 'c', 'd'], ...options });

function daemonSet(name: string, spec: object = {}, image = 'agent:1'): object {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name, namespace: 'default' }, spec: { selector: { matchLabels: { app: name } }, template: template({ app: name }, image), ...spec } };
}

const nodesOf = (at: Scene) => at.pods().map((pod) => pod.spec.nodeName).sort();
const imagesOf = (at: Scene) => at.pods().filter((pod) => !pod.metadata.deletionTimestamp).map((pod) => pod.spec.containers[0]!.image).sort();
const setImage = (at: Scene, image: string) => at.client.patch(daemonSets, 'agent', 'default', { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } }, { type: 'strategic' });

test('every node gets one Pod, a cordoned one too, a tainted one not', async () => {
  const at = scene();
  at.client.patch(nodes, 'b', undefined, { spec: { unschedulable: true, taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }] } });
  at.client.patch(nodes, 'c', undefined, { spec: { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] } });
  at.create(daemonSets, daemonSet('agent'));
  await at.wait(5);
  expect(nodesOf(at)).toEqual(['a', 'b', 'd']);
  expect(at.get(daemonSets, 'agent').status).toEqual({ currentNumberScheduled: 3, desiredNumberScheduled: 3, numberMisscheduled: 0, numberReady: 3, numberAvailable: 3, updatedNumberScheduled: 3, observedGeneration: 1 });
  const [pod] = at.pods();
  expect(pod!.metadata.labels).toMatchObject({ app: 'agent', 'pod-template-generation': '1', 'controller-revision-hash': expect.any(String) });
  expect(pod!.spec.tolerations).toHaveLength(6);
});

test('a new node gets its Pod; a label that no longer fits takes it away', async () => {
  const at = scene({ nodes: [{ metadata: { name: 'a', labels: { disk: 'ssd' } } }, 'b'] });
  at.create(daemonSets, daemonSet('agent', { template: template({ app: 'agent' }, 'agent:1', { nodeSelector: { disk: 'ssd' } }) }));
  await at.wait(5);
  expect(nodesOf(at)).toEqual(['a']);
  at.addNode({ metadata: { name: 'e', labels: { disk: 'ssd' } } });
  await at.wait(5);
  expect(nodesOf(at)).toEqual(['a', 'e']);
  at.client.patch(nodes, 'a', undefined, { metadata: { labels: { disk: null } } });
  await at.wait(5);
  expect(nodesOf(at)).toEqual(['e']);
});

test('a NoSchedule taint moves nobody, a NoExecute taint does', async () => {
  const at = scene();
  at.create(daemonSets, daemonSet('agent'));
  await at.wait(5);
  at.client.patch(nodes, 'a', undefined, { spec: { taints: [{ key: 'full', effect: 'NoSchedule' }] } });
  at.client.patch(nodes, 'b', undefined, { spec: { taints: [{ key: 'broken', effect: 'NoExecute' }] } });
  await at.wait(5);
  expect(nodesOf(at)).toEqual(['a', 'c', 'd']);
  expect(at.get(daemonSets, 'agent').status).toMatchObject({ desiredNumberScheduled: 2, numberMisscheduled: 1 });
});

test('a new template goes from node to node, one at a time', async () => {
  const at = scene();
  at.create(daemonSets, daemonSet('agent'));
  await at.wait(5);
  setImage(at, 'agent:2');
  let fewest = 4;
  for (let i = 0; i < 40; i++) {
    await at.wait(0.25);
    fewest = Math.min(fewest, at.pods().filter((pod) => !pod.metadata.deletionTimestamp && pod.status.phase === 'Running').length);
  }
  expect(fewest).toBe(3);
  await at.wait(5);
  expect(imagesOf(at)).toEqual(['agent:2', 'agent:2', 'agent:2', 'agent:2']);
  expect(at.client.list(controllerRevisions).map((r) => r.revision).sort()).toEqual([1, 2]);
  setImage(at, 'agent:1');
  await at.wait(20);
  expect(imagesOf(at)).toEqual(['agent:1', 'agent:1', 'agent:1', 'agent:1']);
  expect(at.client.list(controllerRevisions).map((r) => r.revision).sort()).toEqual([2, 3]);
});

test('a template that does not start stops the update at maxUnavailable', async () => {
  const at = scene();
  at.create(daemonSets, daemonSet('agent', { updateStrategy: { rollingUpdate: { maxUnavailable: '50%' } } }));
  await at.wait(5);
  at.fate = (pod) => (pod.spec.containers[0]!.image === 'agent:bad' ? 'pending' : 'ready');
  setImage(at, 'agent:bad');
  await at.wait(60);
  expect(imagesOf(at)).toEqual(['agent:1', 'agent:1', 'agent:bad', 'agent:bad']);
});

test('with a surge the new Pod comes before the old one goes', async () => {
  const at = scene();
  at.create(daemonSets, daemonSet('agent', { updateStrategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 2 } } }));
  await at.wait(5);
  setImage(at, 'agent:2');
  await at.wait(0.5);
  expect(imagesOf(at)).toEqual(['agent:1', 'agent:1', 'agent:1', 'agent:1', 'agent:2', 'agent:2']);
  await at.wait(20);
  expect(imagesOf(at)).toEqual(['agent:2', 'agent:2', 'agent:2', 'agent:2']);
});

test('OnDelete waits for somebody to delete', async () => {
  const at = scene();
  at.create(daemonSets, daemonSet('agent', { updateStrategy: { type: 'OnDelete' } }));
  await at.wait(5);
  setImage(at, 'agent:2');
  await at.wait(20);
  expect(imagesOf(at)).toEqual(['agent:1', 'agent:1', 'agent:1', 'agent:1']);
  at.client.delete(pods, at.pods()[0]!.metadata.name, 'default');
  await at.wait(5);
  expect(imagesOf(at)).toEqual(['agent:1', 'agent:1', 'agent:1', 'agent:2']);
});

test('a failed Pod is replaced, with growing pauses', async () => {
  const at = scene({ nodes: ['a'] });
  at.fate = () => 'Failed';
  at.create(daemonSets, daemonSet('agent'));
  await at.wait(60);
  const deletions = at.eventsOf('agent').filter((text) => text.startsWith('FailedDaemonPod')).length;
  expect(deletions).toBeGreaterThan(3);
  expect(deletions).toBeLessThan(8);
});
