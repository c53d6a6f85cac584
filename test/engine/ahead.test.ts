/** A level's scene that is built while the player still looks at the level. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { nodes, pods } from '../../src/cluster/client/resources.ts';
import { KubeQuest } from '../../src/engine/game.ts';
import { newAttempt } from '../../src/engine/mission/attempt.ts';
import { Mission } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { Saves } from '../../src/saves/saves.ts';

const pack = loadPack('levels');

function breathing() {
  let breaths = 0;
  const breathe = async () => { breaths++; await setImmediate(); };
  const game = new KubeQuest(async () => pack, new Saves(mkdtempSync(join(tmpdir(), 'kube-quest-'))), { breathe });
  return { game, breathsOf: async (act: () => Promise<void>) => { const before = breaths; await act(); return breaths - before; } };
}

test('begins without building it again, and is a mission like any other', async () => {
  const { game, breathsOf } = breathing();
  await game.createPlayer('Ada');
  expect(await breathsOf(() => game.prepareLevel('hello-cluster'))).toBeGreaterThan(10);
  expect(game.view().mission).toBeUndefined();
  expect(await breathsOf(() => game.startLevel('hello-cluster'))).toBe(0);
  expect(game.view().mission).toMatchObject({ levelId: 'hello-cluster', elapsedMs: 0, isResumed: false });
  game.mission()!.submit('kubectl get nodes');
  await game.mission()!.tick(1000);
  expect(game.view().mission!.objectives[0]!.state).toBe('done');
  await game.close();
});

test('is not taken for another level, for another player, or where a mission was left', async () => {
  const { game, breathsOf } = breathing();
  await game.createPlayer('Ada');
  const ada = game.view().player!.id;
  await game.prepareLevel('hello-cluster');
  expect(await breathsOf(() => game.startLevel('scale-to-five'))).toBeGreaterThan(10);
  await game.mission()!.quit();
  expect(await breathsOf(() => game.prepareLevel('scale-to-five'))).toBe(0); // it is begun already
  await game.prepareLevel('hello-cluster');
  await game.createPlayer('Bob');
  expect(await breathsOf(() => game.startLevel('hello-cluster'))).toBeGreaterThan(10);
  await game.mission()!.quit();
  await game.choosePlayer(ada);
  expect(game.view().worlds[0]!.levels[0]!.state).toBe('open');
});

test('breathing changes nothing in the scene', async () => {
  const level = pack.levels.find(({ id }) => id === 'zero-downtime')!;
  const build = (breathe?: () => Promise<void>) => Mission.start(level, newAttempt(level.id, pack.digest, '7', 'test'), { write: () => undefined, ...(breathe ? { breathe } : {}) });
  const [quick, slow] = [await build(), await build(async () => setImmediate())];
  const seen = ({ cluster }: Mission) => ({ nowMs: cluster.world.clock.now(), pods: cluster.admin().list(pods), nodes: cluster.admin().list(nodes) });
  expect(seen(slow)).toEqual(seen(quick));
});
