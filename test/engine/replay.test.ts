/** Attempts seen again: on the screens' own session, out of files, and as recordings. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { attemptText, parseAttempt } from '../../src/engine/attempt-file.ts';
import { KubeQuest } from '../../src/engine/game.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { attemptOf } from '../../src/saves/profile.ts';
import { Saves } from '../../src/saves/saves.ts';

vi.setConfig({ testTimeout: 60_000 });
const pack = await loadPack('levels');

function newGame() {
  const saves = new Saves(mkdtempSync(join(tmpdir(), 'kube-quest-')));
  return { saves, game: new KubeQuest(async () => pack, saves) };
}

const textOf = (game: KubeQuest) => game.view().mission!.transcript.lines.map(({ spans }) => spans.map(({ text }) => text).join(''));

async function played() {
  const { saves, game } = newGame();
  await game.createPlayer('Ada');
  await game.startLevel('hello-cluster');
  const mission = game.mission()!;
  for (const line of ['kubectl get nodes -o wide', 'sleep 3', 'kubectl get pods -A', 'answer anchor']) {
    mission.submit(line);
    for (let tick = 0; tick < 60 && (tick === 0 || game.view().mission!.prompt.state === 'running'); tick += 1) await mission.tick(137);
  }
  const text = textOf(game);
  const debrief = game.view().mission!.debrief;
  await game.close();
  return { attempt: attemptOf(saves.list()[0]!, 'hello-cluster')!, text, debrief };
}

test('a won attempt is kept, leaves as a file, and plays to the same end on the screens', async () => {
  const { attempt, text, debrief } = await played();
  expect(debrief?.outcome).toBe('won');
  const { game } = newGame();
  await game.startReplay(parseAttempt(attemptText(attempt), 'a file'));
  const replay = game.mission()!;
  expect(game.view().mission).toMatchObject({ isReplay: true, elapsedMs: 0 });
  replay.submit('kubectl delete node anchor');
  replay.setSpeed('paused');
  await replay.tick(1000);
  expect(game.view().mission!.elapsedMs).toBe(0);
  replay.setSpeed(10);
  for (let tick = 0; tick < 200 && !game.view().mission!.debrief; tick += 1) await replay.tick(100);
  expect(textOf(game)).toEqual(text);
  expect(game.view().mission!.debrief).toEqual({ ...debrief, nextLevel: undefined });
});

test.each([
  ['{', 'is not JSON'], ['[]', 'is not an attempt'], ['{"version":1}', 'is not a whole attempt'],
  ['{"version":1,"id":"a","level":"b","packDigest":"c","seed":"d","elapsedMs":1,"inputs":[{"atMs":-1,"do":"hint"}]}', 'inputs[0]'],
  ['{"version":1,"id":"a","level":"b","packDigest":"c","seed":"d","elapsedMs":1,"inputs":[{"atMs":1,"do":"hint"},{"atMs":1,"do":"run"}]}', 'inputs[1]'],
])('%s is refused with a reason', (text, reason) => {
  expect(() => parseAttempt(text, 'x.json')).toThrow(reason);
});
