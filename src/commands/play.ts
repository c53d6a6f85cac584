/** `kube-quest` and `kube-quest play`: the game on the terminal. */
import { resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { KubeQuest } from '../engine/game.ts';
import type { DoorOpener } from '../engine/session-door.ts';
import { type Game, GameProblem } from '../engine/view.ts';
import { replaceFile, SaveError } from '../saves/atomic-file.ts';
import type { Pack } from '../engine/pack/level.ts';
import { languageOf } from '../engine/pack/texts.ts';
import { Saves, savesFolder } from '../saves/saves.ts';
import { languageAsked } from './language.ts';
import { UserProblem } from './problem.ts';
import { startRecording, type Recording } from './record.ts';
import { surroundingsOf } from '../ui/terminal/environment.ts';

export interface PlayOptions {
  /** A level of the course, or a pack. */
  what?: string;
  /** A level of that pack. */
  id?: string;
  saves?: string;
  /** The course. */
  levels: string;
  /** `what` is a pack, whatever it looks like. */
  isPack?: boolean;
  /** Only these levels, all of them open. */
  only?: readonly string[];
  /** The level reloads at each save. */
  watch?: boolean;
  /** Line by line, without a screen. */
  isPlain?: boolean;
  /** Instead of the one that the player has set: a tag such as `de`. */
  language?: string;
  /** A file that keeps what the terminal is sent. */
  record?: string;
}

/** Opens the game; with a level, straight at it. Throws TerminalProblem where there is no terminal and plain mode was not asked for. */
export async function play({ what, id: named, saves: asked, levels: course, isPlain, record, isPack: isAskedPack = false, watch = false, only, language: asTyped }: PlayOptions): Promise<number> {
  const language = languageAsked(asTyped);
  const isPack = what !== undefined && (isAskedPack || named !== undefined || (await import('../engine/pack/sources/source.ts')).looksLikePack(what));
  const [levels, id] = isPack ? [what, named] : [course, what];
  const loading = new Map<string, Promise<Pack>>();
  const load = (language: string) => {
    const known = loading.get(language) ?? import('../engine/pack/load.ts').then(({ loadPack }) => onlyOf(loadPack(levels, { language }), only));
    loading.set(language, known);
    return known;
  };
  const saves = new Saves(savesFolder(asked));
  const { glyphs, palette } = surroundingsOf(process.env, process.platform);
  const game = new KubeQuest(load, saves, {
    standardSettings: { glyphs, ...(palette ? { palette } : {}) },
    openDoor: (world) => doorInto(saves.folder).then((open) => open(world)),
    later: (act, afterMs) => void setTimeout(act, afterMs).unref(), systemLanguage: languageOf(process.env), language, breathe: () => setImmediate(),
  });
  const recording = record === undefined ? undefined : startRecording(record, `kube-quest ${id ?? ''}`.trim());
  const run = isPlain || readsAloud(saves) ? await plain(recording) : await fullScreen(recording);
  const loaded = () => load(game.view().language);
  if (isPack) await loaded(); // what is wrong with it is said before the screen opens
  if (id && !(await loaded()).levels.some((level) => level.id === id)) throw new UserProblem(`there is no level "${id}"; \`kube-quest levels${isPack ? ` ${levels}` : ''}\` lists them`);
  if (id) await choosePlayer(game);
  const stop = watch ? await reloading(game, levels) : undefined;
  await run(game, id).finally(() => { stop?.(); recording?.close(); });
  for (const message of saves.messages) process.stderr.write(`kube-quest: ${message}\n`);
  if (saves.unsaved) throw new SaveError(saves.unsaved);
  return 0;
}

/** The levels of a session: nothing else must be won before them. */
function onlyOf(pack: Pack, only: readonly string[] | undefined): Pack {
  return only ? { ...pack, levels: pack.levels.filter(({ id }) => only.includes(id)).map((level) => ({ ...level, needs: [] })) } : pack;
}

/** Keeps the game at the pack's latest state. */
async function reloading(game: KubeQuest, folder: string): Promise<() => void> {
  const [{ atEachSave }, { loadPack }] = await Promise.all([import('./pack/watch.ts'), import('../engine/pack/load.ts')]);
  return atEachSave(folder, () => void game.reload((language) => loadPack(folder, { language })));
}

let doors: Promise<DoorOpener> | undefined;

/** The way in for the player's own tools; its kubeconfig lies beside the saves. */
function doorInto(folder: string): Promise<DoorOpener> {
  return doors ??= Promise.all([import('../server/mission-door.ts'), import('./outside-command.ts')]).then(([{ missionDoors }, { commandLine }]) => missionDoors({
    commandOf: commandLine, log: () => undefined,
    publish(kubeconfig) {
      const path = resolve(folder, 'outside.kubeconfig');
      try {
        replaceFile(path, kubeconfig, { advice: 'name another place for the saves with --saves DIR' });
      } catch (error) {
        if (error instanceof SaveError) throw new GameProblem(error.message);
        throw error;
      }
      return path;
    },
  }));
}

type Run = (game: Game, level: string | undefined) => Promise<void>;

async function plain(recording: Recording | undefined): Promise<Run> {
  const { runPlain } = await import('../ui/plain/main.ts');
  return (game, level) => runPlain(game, { stdin: process.stdin, write: (text) => { recording?.text(text); process.stdout.write(text); }, level });
}

async function fullScreen(recording: Recording | undefined): Promise<Run> {
  const [{ runGame }, { assertFullScreen }] = await Promise.all([import('../ui/main.tsx'), import('../ui/terminal/environment.ts')]);
  assertFullScreen(process.stdin, process.stdout, process.env);
  return (game, level) => runGame(game, { stdin: process.stdin, stdout: recording?.screen ?? process.stdout, level });
}

/** Whether the only player here has asked for what a screen reader can read. */
function readsAloud(saves: Saves): boolean {
  const [player, another] = saves.list();
  return process.env['INK_SCREEN_READER'] === 'true' || (player !== undefined && !another && player.settings.screenReader);
}

/** The first player there is, or a new one, plays a level that was named. */
async function choosePlayer(game: Game): Promise<void> {
  const [player] = game.view().players;
  if (player) await game.choosePlayer(player.id);
  else await game.createPlayer('player');
}
