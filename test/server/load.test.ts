/** Load, small enough for every run; `npm run bench -- server` is the same in large. */
import { expect, test } from 'vitest';
import { underLoad } from './load.ts';
import { exchange, served } from './scene.ts';

test('ten watches lose nothing of what five clients do, and the memory comes back', async () => {
  const at = await served(1);
  await underLoad(at, { watches: 2, clients: 2, objects: 20 }); // code is compiled, caches are warm
  const { seen, heapBeforeMb, heapAfterMb } = await underLoad(at, { watches: 10, clients: 5, objects: 300 });
  expect(seen).toEqual(Array.from({ length: 10 }, () => ({ added: 300, deleted: 300 })));
  expect(heapAfterMb - heapBeforeMb).toBeLessThan(20);
  const metrics = await exchange(at, '/metrics');
  expect(metrics.text).toMatch(/apiserver_storage_objects\{resource="configmaps"\} \d{1,2}\n/);
  await at.door.close();
}, 180_000);
