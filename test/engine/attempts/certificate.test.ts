/** A certificate bears out what was won, and its code changes with anything that is behind it. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { certificate } from '../../../src/commands/certificate.ts';
import { KubeQuest } from '../../../src/engine/game.ts';
import { asSvg, certificateOf } from '../../../src/engine/attempts/certificate.ts';
import { newAttempt } from '../../../src/engine/mission/attempt.ts';
import { loadPack } from '../../../src/engine/pack/load.ts';
import { Saves } from '../../../src/saves/saves.ts';

const pack = loadPack('levels');

test('what was won is proven, printed and checked by its code; an edited score is left out', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kube-quest-'));
  const saves = new Saves(folder);
  const game = new KubeQuest(async () => pack, saves);
  await game.createPlayer('Ada <3');
  await game.startLevel('hello-cluster');
  for (const line of ['kubectl get nodes', 'kubectl get pods -n kube-system', 'answer anchor']) {
    game.mission()!.submit(line);
    for (let i = 0; i < 8; i++) await game.mission()!.tick(1000);
  }
  await game.close();
  let said = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => { said += String(text); return true; });
  const run = (more: { svg?: string; check?: string } = {}) => { said = ''; return certificate({ levels: 'levels', saves: folder, ...more }); };
  try {
    expect(await run({ svg: join(folder, 'c.svg') })).toBe(0);
    expect(said).toMatch(/Ada <3\nhas won 1 of the \d+ levels/);
    const code = /code ((?:[0-9A-F]{4}-){4}[0-9A-F]{4})/.exec(said)![1]!;
    expect(readFileSync(join(folder, 'c.svg'), 'utf8')).toContain(code);
    expect(readFileSync(join(folder, 'c.svg'), 'utf8')).toContain('Ada &#60;3');
    expect([await run({ check: code.toLowerCase() }), await run({ check: code.replace(/.$/, 'Z') })]).toEqual([0, 1]);
    const [profile] = saves.list();
    new Saves(folder).save({ ...profile!, levels: { 'hello-cluster': { ...profile!.levels['hello-cluster']!, bestScore: 5000 } } });
    await expect(run()).rejects.toThrow('has won nothing yet that can be proven');
  } finally {
    spy.mockRestore();
  }
});

test('another name or another input is another code', () => {
  const attempt = newAttempt('hello-cluster', '', 's', 'a');
  const code = (player: string, elapsedMs: number) => certificateOf(player, pack, [{ attempt: { ...attempt, elapsedMs }, stars: 3, score: 900 }]).code;
  expect(new Set([code('Ada', 1), code('Bob', 1), code('Ada', 2)]).size).toBe(3);
  expect(asSvg(certificateOf('Ada', pack, []))).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
});
