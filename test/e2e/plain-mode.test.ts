/** The whole course in plain mode: what is typed comes from a pipe, what is told is read. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test, vi } from 'vitest';
import { KubeQuest } from '../../src/engine/game.ts';
import { commandsOf } from '../../src/engine/mission/mission.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { drawnFor } from '../../src/engine/pack/read-level.ts';
import { Saves } from '../../src/saves/saves.ts';
import { runPlain } from '../../src/ui/plain/main.ts';

const pack = loadPack('levels');
vi.setConfig({ testTimeout: 120_000 });

/** Plays these lines, as they come; returns all that was told. */
async function told(lines: Iterable<string> | AsyncIterable<string>, level?: string, saves = mkdtempSync(join(tmpdir(), 'kube-quest-'))): Promise<string> {
  const game = new KubeQuest(async () => pack, new Saves(saves));
  const [player] = game.view().players;
  if (level) await (player ? game.choosePlayer(player.id) : game.createPlayer('Ada'));
  let text = '';
  await runPlain(game, { stdin: Readable.from(withEnds(lines)), write: (more) => { text += more; }, level });
  return text;
}

async function* withEnds(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

/** The seed of the attempt that is open, as soon as the game has kept it. */
async function seedOf(saves: string, id: string): Promise<string> {
  return vi.waitFor(() => {
    const [player] = new Saves(saves).list();
    const attempt = player?.open[id];
    if (!attempt) throw new Error(`${id} is not kept yet`);
    return attempt.seed;
  }, { timeout: 30_000, interval: 100 });
}

const typed = (solution: string) => commandsOf(solution).map((command) => command.replace(/^#\s*wait\s+(\S+)/, ':wait $1'));

test.each(pack.levels.filter(({ template }) => !template).map((level) => [level.id, level] as const))('%s is won line by line', async (id, level) => {
  const text = await told(typed(level.solutions[0]!), id);
  expect(text).toContain(`Won: ${level.title}.`);
  expect(text).toMatch(new RegExp(`Objective ${level.objectives.length} of ${level.objectives.length} is done`));
});

// What is drawn with a seed has answers of its own each time.
test.each(pack.levels.filter(({ template }) => template).map((level) => [level.id, level] as const))('%s, drawn for this player, is won line by line', async (id, level) => {
  const saves = mkdtempSync(join(tmpdir(), 'kube-quest-'));
  async function* lines(): AsyncGenerator<string> {
    yield ':wait 1s';
    yield* typed(drawnFor(level, { seed: await seedOf(saves, id), player: 'Ada' }).solutions[0]!);
    if (level.exam) yield* [':wait 60s', 'answer hand-in'];
  }
  expect(await told(lines(), id, saves)).toContain(`Won: ${level.title}.`);
});

describe('from the first line to the last', () => {
  test('a new player names themselves, picks a level by its number, wins and goes on', async () => {
    const text = await told(['Ada', '1', ':help', 'kubectl get nodes', 'kubectl get pods -n kube-system', 'answer anchor', ':progress', ':next', ':quit']);
    expect(text).toContain('What shall we call you?');
    expect(text).toMatch(/^ {2}1\. Hello, cluster, difficulty 1 of 5, 3 minutes, open$/m);
    expect(text).toContain('Won: Hello, cluster. 3 stars of 3, 1000 of 1000 points.');
    expect(text).toContain('1 day in a row, 1 at most.');
    expect(text).toContain('Mission: The front door');
  });

  test('nothing but words and line ends is written', async () => {
    const text = await told(['Ada', ':levels', '1', ':cluster', ':objectives', 'kubectl get nodes', '\x1b[31mecho red\x1b[0m', ':quit']);
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\u2500-\u257f\u2580-\u25ff]/);
    expect(text).toMatch(/Node anchor \(control-plane\): Ready, CPU requested \d+ percent/);
  });

  test('hints cost what they say, and undo takes a command back', async () => {
    const text = await told([':hint', ':hint yes', 'kubectl scale deployment/web --replicas=5 -n shop', ':undo', 'kubectl get deployment web -n shop', ':objectives', ':quit'], 'scale-to-five');
    expect(text).toContain('The next hint costs');
    expect(text).toContain('Hint 1 of');
    expect(text).toContain('Undone: kubectl scale deployment/web --replicas=5 -n shop');
    expect(text).not.toContain('Won');
  });

  test('a mission that was left is gone on with', async () => {
    const saves = mkdtempSync(join(tmpdir(), 'kube-quest-'));
    await told(['kubectl create namespace mine', ':quit'], 'scale-to-five', saves);
    const text = await told(['kubectl get namespace mine', ':quit'], 'scale-to-five', saves);
    expect(text).toContain('You go on where you left it.');
    expect(text).toMatch(/^mine +Active/m);
  });

  test('kubectl edit is done by lines', async () => {
    const text = await told(['kubectl edit deployment web -n shop', '/replicas:', '1,$s/replicas: 2/replicas: 5/', 'wq', ':wait 1m'], 'scale-to-five');
    expect(text).toContain('deployment.apps/web edited');
    expect(text).toContain('Won: ');
  });

  test('why tells what is in trouble, and for its price the chain of causes', async () => {
    const text = await told([':why', ':why 1', ':quit'], 'crash-loop');
    expect(text).toMatch(/^ {2}1\. \w+ station\/tickets/m);
    expect(text).toMatch(/^ {2}2\. .+\n {5}kubectl /m);
  });

  test('Events with a word, and the traffic with its error budget', async () => {
    const text = await told(['kubectl scale deployment/web --replicas=4 -n shop', ':wait 10s', ':events scalingreplicaset', ':traffic', ':quit'], 'scale-to-five');
    expect(text).toMatch(/^ +0:\d\d deployment shop\/web, ScalingReplicaSet: Scaled up replica set web-\w+ from 2 to 4$/m);
    expect(text).toMatch(/^shoppers to http:\/\/web\.shop: 200 a second, \d+ sent, \d+ failed\. Of the error budget \d+ percent is burnt\.$/m);
  });

  test('a command without end is stopped, and a wrong word is told of', async () => {
    const text = await told([':open 3', ':hint', '99', 'kubectl get pods -A -w', ':quit'], 'scale-to-five');
    expect(text).toContain('Stopped: it ran for 120 seconds.');
  });
});
