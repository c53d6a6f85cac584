/** Streaks, mastery and drills, from what was played. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KubeQuest } from '../../src/engine/game.ts';
import { loadPack } from '../../src/engine/pack/load.ts';
import { agoInWords, dayOf, practiceOf, type Played } from '../../src/engine/practice.ts';
import type { LevelView } from '../../src/engine/view.ts';
import { Saves } from '../../src/saves/saves.ts';

const NOW_MS = new Date(2026, 5, 10, 12).getTime();
const daysAgo = (days: number) => NOW_MS - days * 86_400_000;
const level = (id: string, teaches: string[], minutes = 3): LevelView => ({ id, title: id, world: 'w', difficulty: 1, minutes, teaches, stars: 0, state: 'open' });
const won = (days: number, wins = 1): Played => ({ wins, attempts: wins, lastWonMs: daysAgo(days), playedMs: 60_000 });
const practice = (levels: LevelView[], records: Record<string, Played>, days: Record<string, number> = {}) => practiceOf({ levels, records: (id) => records[id], days, nowMs: NOW_MS });

test('what was won once is worth a drill after a week, what was won again later', () => {
  const { concepts, drills } = practice([level('a', ['pods']), level('b', ['rbac'])], { a: won(8), b: won(8, 2) });
  expect(concepts.map(({ name, isDue }) => [name, isDue])).toEqual([['pods', true], ['rbac', false]]);
  expect(drills).toEqual([{ levelId: 'a', title: 'a', minutes: 3, concept: 'pods', daysAgo: 8 }]);
  expect(concepts[1]!.mastery).toBeGreaterThan(concepts[0]!.mastery);
});

test('mastery grows with the levels won and never falls below a third of that', () => {
  const levels = [level('a', ['etcd']), level('b', ['etcd'])];
  const mastery = (records: Record<string, Played>) => practice(levels, records).concepts[0]!.mastery;
  expect(mastery({})).toBe(0);
  expect(mastery({ a: won(0) })).toBeCloseTo(0.5);
  expect(mastery({ a: won(0), b: won(0) })).toBeCloseTo(1);
  expect(mastery({ a: won(5000), b: won(5000) })).toBeCloseTo(1 / 3);
});

test('one drill a level, by the shortest that teaches the concept', () => {
  const { drills } = practice([level('long', ['x'], 20), level('short', ['x', 'y'], 2)], { long: won(30), short: won(30) });
  expect(drills.map(({ levelId }) => levelId)).toEqual(['short']);
});

test.each([
  [{ '2026-06-10': 1, '2026-06-09': 2 }, 2, 2], [{ '2026-06-09': 1, '2026-06-08': 1, '2026-06-07': 1 }, 3, 3], [{ '2026-06-07': 1 }, 0, 1],
  [{ '2026-02-27': 1, '2026-02-28': 1, '2026-03-01': 1, '2026-06-10': 1 }, 1, 3], [{}, 0, 0],
])('of the days %j the streak is %i, the longest %i', (days, streak, bestStreak) => {
  expect(practice([], {}, days)).toMatchObject({ streak, bestStreak });
});

test('ago in words', () => {
  expect([0, 1, 5, 21, 90].map(agoInWords)).toEqual(['today', 'yesterday', '5 days ago', '3 weeks ago', '2 months ago']);
});

test('a win is noted with its day and its time, and outlives the game', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-'));
  const open = () => new KubeQuest(async () => loadPack('levels'), new Saves(folder), { now: () => NOW_MS });
  const game = open();
  await game.createPlayer('Ada');
  await game.startLevel('hello-cluster');
  for (const line of ['kubectl get nodes', 'kubectl get pods -n kube-system', 'answer anchor']) {
    game.mission()!.submit(line);
    for (let i = 0; i < 8; i++) await game.mission()!.tick(1000);
  }
  expect(game.view().mission?.debrief?.outcome).toBe('won');
  await game.close();
  const again = open();
  await again.choosePlayer(again.view().players[0]!.id);
  await again.warmUp();
  expect(again.view().practice).toMatchObject({ days: { [dayOf(NOW_MS)]: 1 }, streak: 1, wins: 1, attempts: 1 });
  expect(again.view().practice!.playedMs).toBeGreaterThan(5000);
  expect(again.view().worlds[0]!.levels[1]!.after).toEqual(['hello-cluster']);
});
