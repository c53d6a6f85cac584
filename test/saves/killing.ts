/** Processes that play, save and are killed at a moment that nobody has chosen. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { common } from '../../.config/bundle-options.mjs';
import { Saves } from '../../src/saves/saves.ts';

const CLI = resolve(import.meta.dirname, '../../dist/cli.js');

/** What was found wrong after the kills; nothing, it is hoped. */
export type Losses = string[];

/** An empty folder of its own. */
export const emptyFolder = (): string => mkdtempSync(join(tmpdir(), 'kube-quest-saves-'));

/** The program that only saves, bundled so that it starts at once. */
export async function bundledSaver(): Promise<string> {
  const outfile = join(emptyFolder(), 'saver.mjs');
  await build({ ...common, entryPoints: [resolve(import.meta.dirname, 'saver.ts')], outfile });
  return outfile;
}

/** Several processes save one player, each a mission of its own; one after the other is killed. All that was told must be there. */
export async function killSavers(saver: string, folder: string, levels: readonly string[]): Promise<Losses> {
  if (new Saves(folder).list().length === 0) new Saves(folder).create('Ada');
  const children = levels.map((level) => ({ level, told: lastLineOf(spawn(process.execPath, [saver, folder, level], { stdio: ['ignore', 'pipe', 'inherit'] })) }));
  for (const { told } of children) {
    await told.first;
    await passing(Math.random() * 60);
    await kill(told.child);
  }
  return lossesIn(folder, Object.fromEntries(children.map(({ level, told }) => [level, Number(told.last())])));
}

/** A real game in a pipe, killed while commands are typed. Whatever was answered more than `graceMs` before must be there. */
export async function killGame(folder: string, level: string, graceMs: number): Promise<Losses> {
  const child = spawn(process.execPath, [CLI, 'play', level, '--plain', '--saves', folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.on('error', () => undefined); // it is killed while it reads
  const answers: number[] = [];
  let said = '';
  let next = 0;
  const begun = new Promise<void>((begin) => child.stdout.on('data', (piece: Buffer) => {
    said += piece.toString();
    for (const answer of said.matchAll(/answer-(\d+)$/gm)) answers[Number(answer[1])] ??= performance.now();
    if (answers.length > 0) begin();
    if (said.length > 4000) said = said.slice(-1000);
  }));
  const typing = setInterval(() => child.stdin.write(`echo answer-${next++}\n`), 20);
  await begun;
  await passing(Math.random() * 3 * graceMs);
  clearInterval(typing);
  await kill(child);
  const killedMs = performance.now();
  return lossesIn(folder, { [level]: answers.filter((atMs) => atMs < killedMs - graceMs).length });
}

function lossesIn(folder: string, wanted: Record<string, number>): Losses {
  const saves = new Saves(folder);
  const [player, another] = saves.list();
  const left = readdirSync(folder).filter((name) => name.endsWith('.tmp'));
  return [
    ...saves.messages, ...(player ? [] : ['there is no save']), ...(another ? ['there are two saves'] : []), ...left.map((name) => `${name} was left`),
    ...Object.entries(wanted).flatMap(([level, inputs]) => (player && (player.open[level]?.inputs.length ?? 0) >= inputs ? [] : [`${level}: ${player?.open[level]?.inputs.length} inputs of ${inputs} are there`])),
  ];
}

function lastLineOf(child: ChildProcess): { child: ChildProcess; first: Promise<void>; last: () => string } {
  let text = '';
  const first = new Promise<void>((begin, fail) => {
    child.stdout!.on('data', (piece: Buffer) => { text = `${text}${piece.toString()}`.slice(-100); if (text.includes('\n')) begin(); });
    child.once('exit', (code) => fail(new Error(`a saver ended with ${code}`)));
  });
  first.catch(() => undefined);
  return { child, first, last: () => text.split('\n').at(-2) ?? '' };
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'close'); // all that it has told has then been read
  child.kill('SIGKILL');
  await gone;
}

const passing = (ms: number): Promise<void> => new Promise((resolved) => { setTimeout(resolved, ms); });
