/** How far back a watch may begin: what the API server remembers of a kind. */
import { expect, test } from 'vitest';
import { configMaps } from '../../../src/cluster/client/resources.ts';
import { Scene } from '../scheduler/scene.ts';

/** What a watch from a revision is told: how many changes, or the code of a refusal. */
async function told({ transport, world }: Scene, revision: string | undefined): Promise<number> {
  const seen: (number | undefined)[] = [];
  transport.watch({ method: 'GET', path: `/api/v1/configmaps?watch=1&resourceVersion=${revision}` }, { event: ({ object }) => void seen.push('code' in object ? object.code : undefined), closed: () => undefined });
  await world.settle();
  return seen.find((code) => code !== undefined) ?? seen.length;
}

function sceneWithNote() {
  const at = new Scene();
  const first = at.client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'note', namespace: 'default' } });
  const write = (i: number) => at.client.patch(configMaps, 'note', 'default', { data: { line: String(i) } }).metadata.resourceVersion;
  return { at, write, first: first.metadata.resourceVersion };
}

test('of a slow stream of changes the last five hundred stay, and old ones go', async () => {
  const { at, write, first } = sceneWithNote();
  const revisions: (string | undefined)[] = [];
  for (let i = 0; i < 1200; i++) {
    revisions.push(write(i));
    await at.world.advance(1000);
  }
  expect(await told(at, first)).toBe(410);
  expect(await told(at, revisions[150])).toBe(410);
  expect(await told(at, revisions[699])).toBe(500);
});

test('of a flood all of the last 75 seconds stay, up to some thousands', async () => {
  const { at, write, first } = sceneWithNote();
  for (let i = 0; i < 3000; i++) write(i);
  await at.world.advance(70_000);
  write(3000);
  expect(await told(at, first)).toBe(3001);
  await at.world.advance(10_000);
  write(3001);
  expect(await told(at, first)).toBe(410);
  const { metadata: { resourceVersion } } = at.client.get(configMaps, 'note', 'default')!;
  for (let i = 0; i < 6000; i++) write(i);
  expect(await told(at, resourceVersion)).toBe(410);
});
