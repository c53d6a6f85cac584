/** Objects as the explorer shows them: what kubectl says, and no trace left. */
import { expect, test } from 'vitest';
import { objectLens } from '../../../src/engine/lens/object-lens.ts';
import { Scene } from '../../scenario/scene.ts';

test('a tab says what its command says, and nobody can tell that it was looked at', async () => {
  const scene = await Scene.kubeadm();
  await scene.k('create deployment web --image=nginx:1.27');
  await scene.wait(10);
  const ref = { resource: 'deployment', namespace: 'default', name: 'web' };
  const { revision } = scene.cluster.apiServer!.storage;
  for (const tab of ['describe', 'yaml', 'events', 'logs'] as const) {
    const { command, lines } = await objectLens(scene.cluster, { ref, tab });
    expect([tab, lines.join('\n')]).toEqual([tab, await scene.run(command)]);
  }
  const counted = (text: string, verb: string) => text.split('\n').filter((line) => line.startsWith('apiserver_request_total') && line.includes(`verb="${verb}"`) && line.includes('resource="events"')).map((line) => Number(line.split(' ').at(-1)));
  const before = counted(await scene.k('get --raw /metrics'), 'LIST');
  await objectLens(scene.cluster, { ref, tab: 'describe' });
  expect(before).not.toEqual([]);
  expect(counted(await scene.k('get --raw /metrics'), 'LIST')).toEqual(before);
  expect(scene.cluster.apiServer!.storage.revision).toBe(revision);
});

test('the owners of a Pod lead up to what was applied, and down again', async () => {
  const scene = await Scene.kubeadm();
  await scene.k('create deployment web --image=nginx:1.27');
  await scene.wait(10);
  const pod = (await scene.k('get pods -o name')).replace('pod/', '');
  const { chain } = await objectLens(scene.cluster, { ref: { resource: 'pod', namespace: 'default', name: pod }, tab: 'owners' });
  expect(chain?.map(({ ref, depth, note }) => [depth, ref.resource, note])).toEqual([[0, 'deployment', '1/1 ready'], [1, 'replicaset', '1/1 ready'], [2, 'pod', 'Running']]);
  const { chain: below } = await objectLens(scene.cluster, { ref: { resource: 'deployment', namespace: 'default', name: 'web' }, tab: 'owners' });
  expect(below?.map(({ ref }) => ref.resource)).toEqual(['deployment', 'replicaset', 'pod']);
});

test('what is gone is told as kubectl tells it', async () => {
  const scene = await Scene.hollow();
  const { lines } = await objectLens(scene.cluster, { ref: { resource: 'pod', namespace: 'default', name: 'gone' }, tab: 'owners' });
  expect(lines).toEqual(['Error from server (NotFound): pods "gone" not found']);
});
