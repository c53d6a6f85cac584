/** Plain mode from its first line to its last: in a pipe, over a slow line, in an editor's terminal, to a screen reader. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Game } from '../../engine/view.ts';
import { PlainOutput } from './output.ts';
import { PlainGame } from './plain-game.ts';

export interface PlainStreams {
  stdin: Readable & { isTTY?: boolean };
  write: (text: string) => void;
  /** A level to begin with. */
  level?: string;
}

const TICK_MS = 250;
const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP'];

/** Plays until the player quits or the input ends; the game is saved and closed. */
export async function runPlain(game: Game, { stdin, write, level }: PlainStreams): Promise<void> {
  const isTerminal = stdin.isTTY === true;
  const plain = new PlainGame(game, new PlainOutput(write), { pace: isTerminal ? 'live' : 'stepped', isTerminal });
  const input = createInterface({ input: stdin, terminal: false });
  const stop = () => { plain.change({ place: 'left' }); input.close(); stdin.destroy(); };
  const interrupt = () => {
    if (plain.interrupt()) return;
    plain.out.say(['', plain.words.plain.leaving]);
    plain.prompt();
  };
  process.on('SIGINT', interrupt);
  for (const signal of SIGNALS) process.on(signal, stop);
  const stopTicking = startTicking(plain);
  const lines = input[Symbol.asyncIterator](); // from now on, so that no line is lost while the scene is set
  await plain.start(level);
  plain.prompt();
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    await plain.take(next.value);
    if (plain.state.place === 'left') break;
    plain.prompt();
  }
  stopTicking();
  if (plain.state.place !== 'left') await plain.end();
  plain.out.endLine();
  stop();
  process.off('SIGINT', interrupt);
  for (const signal of SIGNALS) process.off(signal, stop);
  await game.close();
}

/** Real time for the cluster while the pace is live. */
function startTicking(plain: PlainGame): () => void {
  let isOver = false;
  let lastMs = performance.now();
  const tick = async () => {
    const nowMs = performance.now();
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    if (plain.state.place === 'mission' && plain.state.pace === 'live' && !plain.state.editor) {
      await plain.game.mission()?.tick(passedMs);
      plain.promptAgain();
    }
    if (!isOver) setTimeout(() => void tick(), TICK_MS);
  };
  void tick();
  return () => { isOver = true; };
}
