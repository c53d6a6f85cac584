/** `kube-quest` and `kube-quest play`: the game on the terminal. */
import type { Pack } from '../engine/pack/level.ts';
import { Saves, savesFolder } from '../saves/saves.ts';
import { UserProblem } from './problem.ts';

/** Opens the game; with a level, straight at it. Throws TerminalProblem where there is no terminal. */
export async function play({ id, saves: asked, levels }: { id?: string; saves?: string; levels: string }): Promise<number> {
  const [{ runGame }, { assertFullScreen }] = await Promise.all([import('../ui/main.tsx'), import('../ui/terminal/environment.ts')]);
  assertFullScreen(process.stdin, process.stdout, process.env);
  const { KubeQuest } = await import('../engine/game.ts');
  let loading: Promise<Pack> | undefined;
  const course = () => loading ??= import('../engine/pack/load.ts').then(({ loadPack }) => loadPack(levels));
  if (id && !(await course()).levels.some((level) => level.id === id)) throw new UserProblem(`there is no level "${id}"; \`kube-quest levels\` lists them`);
  const saves = new Saves(savesFolder(asked));
  const game = new KubeQuest(course, saves);
  if (id) await choosePlayer(game);
  await runGame(game, { stdin: process.stdin, stdout: process.stdout, level: id });
  for (const message of saves.messages) process.stderr.write(`kube-quest: ${message}\n`);
  return 0;
}

/** The first player there is, or a new one, plays a level that was named. */
async function choosePlayer(game: InstanceType<typeof import('../engine/game.ts').KubeQuest>): Promise<void> {
  const [player] = game.view().players;
  if (player) await game.choosePlayer(player.id);
  else await game.createPlayer('player');
}
