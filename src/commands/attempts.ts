/** `kube-quest export` and `kube-quest replay`: attempts out of the saves into files, and files seen again. */
import { writeFileSync } from 'node:fs';
import { attemptText, parseAttempt } from '../engine/attempt-file.ts';
import { KubeQuest } from '../engine/game.ts';
import type { Attempt } from '../engine/mission/attempt.ts';
import { Mission } from '../engine/mission/mission.ts';
import type { Level, Pack } from '../engine/pack/level.ts';
import { loadPack } from '../engine/pack/load.ts';
import { languageOf } from '../engine/pack/texts.ts';
import { Saves, savesFolder } from '../saves/saves.ts';
import { attemptOf } from '../saves/profile.ts';
import { languageAsked } from './language.ts';
import { UserProblem } from './problem.ts';
import { readText } from './read-text.ts';

/** Writes the attempt of a level that is open, else the best one that won, to a file or the standard output. */
export function exportAttempt(level: string, { saves: asked, player, out }: { saves?: string; player?: string; out?: string }): number {
  const profiles = new Saves(savesFolder(asked)).list().filter(({ name }) => player === undefined || name === player);
  if (profiles.length === 0) throw new UserProblem(player === undefined ? 'there are no players yet' : `there is no player named ${player}`);
  const found = profiles.map((profile) => attemptOf(profile, level)).find((attempt) => attempt !== undefined);
  if (!found) throw new UserProblem(`nobody here has played "${level}"; \`kube-quest levels\` lists what there is`);
  if (out === undefined) process.stdout.write(attemptText(found));
  else writeFileSync(out, attemptText(found));
  return 0;
}

export interface ReplayOptions { levels: string; pack?: string; isPlain?: boolean; json?: boolean; saves?: string; language?: string }

/** Shows an attempt: on the screens, line by line, or as JSON. */
export async function replay(file: string, options: ReplayOptions): Promise<number> {
  const attempt = parseAttempt(readText(file), file);
  const language = languageAsked(options.language) ?? languageOf(process.env);
  const pack = loadPack(options.pack ?? options.levels, { language });
  const level = pack.levels.find(({ id }) => id === attempt.level);
  if (!level) throw new UserProblem(`${file} is of a level "${attempt.level}", which this pack has not`);
  if (attempt.packDigest !== pack.digest) process.stderr.write(`kube-quest: ${file} was played on another version of the pack; it may go another way\n`);
  if (options.json || options.isPlain) return options.json ? asJson(level, attempt) : asLines(level, attempt);
  return onScreen(pack, attempt, language, options);
}

async function onScreen(pack: Pack, attempt: Attempt, language: string, { saves: asked }: ReplayOptions): Promise<number> {
  const [{ runGame }, { assertFullScreen }] = await Promise.all([import('../ui/main.tsx'), import('../ui/terminal/environment.ts')]);
  assertFullScreen(process.stdin, process.stdout, process.env);
  const game = new KubeQuest(async () => pack, new Saves(savesFolder(asked)), { language });
  await runGame(game, { stdin: process.stdin, stdout: process.stdout, begin: () => game.startReplay(attempt) });
  return 0;
}

/** Each input with what it printed, then how it ended. */
async function asJson(level: Level, attempt: Attempt): Promise<number> {
  const print = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`);
  let output = '';
  let last: Record<string, unknown> = { atMs: 0, do: 'begin' };
  const tell = () => { print({ ...last, output }); output = ''; };
  const mission = await Mission.replay(level, structuredClone(attempt), {
    write: (_stream, text) => { output += text; },
    taken: (input) => { tell(); last = { ...input }; },
  });
  tell();
  const { total, stars, won, lines } = mission.score();
  print({ level: level.id, seed: attempt.seed, elapsedMs: mission.elapsedMs, won, stars, score: total, steps: lines });
  return 0;
}

async function asLines(level: Level, attempt: Attempt): Promise<number> {
  const mission = await Mission.replay(level, structuredClone(attempt), {
    write: (_stream, text) => void process.stdout.write(text),
    say: (text) => void process.stdout.write(`${text}\n`),
    repeated: (prompt, line) => void process.stdout.write(`${prompt}${line}\n`),
  });
  const { total, stars, won } = mission.score();
  process.stdout.write(`${won ? 'Won' : 'Not won'}: ${level.title}. ${stars} of 3 stars, ${total} points, ${Math.round(mission.elapsedMs / 1000)} seconds.\n`);
  return 0;
}
