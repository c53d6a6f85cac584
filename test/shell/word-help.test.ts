/** F1 on a word: which help it is, and that asking for it leaves no trace in the game. */
import { expect, test } from 'vitest';
import { KubeQuest } from '../../src/engine/game.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { Saves } from '../../src/saves/saves.ts';
import { helpCommands } from '../../src/shell/word-help.ts';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test.each([
  ['kubectl g|et pods', ['kubectl get --help']],
  ['kubectl get po|ds -n shop', ['kubectl explain pods', 'kubectl get --help']],
  ['kubectl scale deployment/we|b --replicas=5', ['kubectl explain deployment', 'kubectl scale --help']],
  ['kubectl scale deployment/web --repl|icas=5', ['kubectl scale --help']],
  ['kubectl explain pod.spec.cont|ainers', ['kubectl explain pod.spec.containers', 'kubectl explain --help']],
  ['kube|ctl', ['kubectl --help']],
  ['kubectl get pods | gr|ep x', ['grep --help']],
  ['k get no|des; ls', ['kubectl explain nodes', 'kubectl get --help']],
  ['|', []],
])('%s', (marked, wanted) => {
  expect(helpCommands(marked.replace(/\|(?! )/, ''), marked.search(/\|(?! )/))).toEqual(wanted);
});

test('the API’s own words come back, and the attempt knows nothing of it', async () => {
  const game = new KubeQuest(async () => loadPack('levels'), new Saves(mkdtempSync(join(tmpdir(), 'kube-quest-'))));
  await game.createPlayer('Ada');
  await game.startLevel('scale-to-five');
  const mission = game.mission()!;
  const before = game.view().mission!;
  const help = (await mission.explainWord('kubectl get deployments', 15))?.text;
  expect(help).toMatch(/KIND: +Deployment[^]*FIELDS:\n +apiVersion\t<string>\n +kind/);
  expect(help).not.toMatch(/<no description>|<empty>/);
  expect((await mission.explainWord('kubectl scale x', 10))?.text).toContain('--replicas');
  expect(await mission.explainWord('nonsense', 3)).toBeUndefined();
  expect(game.view().mission!.transcript).toEqual(before.transcript);
  expect(game.view().mission!.prompt.history).toEqual([]);
  expect(game.view().mission!.elapsedMs).toBe(before.elapsedMs);
});
