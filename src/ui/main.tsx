/** Runs the game in a terminal from its first screen to its last. */
import process from 'node:process';
import { createElement } from 'react';
import type { Game } from '../engine/view.ts';
import { assertFullScreen, prepareForInk, surroundingsOf, type Surroundings } from './terminal/environment.ts';
import { guardTerminal } from './terminal/guard.ts';
import { readKeys, SilentInput, type TerminalInput } from './terminal/keyboard.ts';
import { RowTable } from './terminal/row-table.ts';
import { ScreenWriter, type TerminalOutput } from './terminal/screen-writer.ts';
import { startForethought } from './forethought.ts';
import { startSounding } from './sounds.ts';
import { startTicking } from './ticker.ts';

export interface Streams {
  stdin: TerminalInput;
  stdout: TerminalOutput & { readonly isTTY?: boolean };
  /** Read from the environment when not said. */
  surroundings?: Surroundings;
  /** A level to begin with, instead of the title. */
  level?: string;
  /** Something else to begin with. */
  begin?: () => Promise<void>;
}

/** After the first frame, so that it is not kept waiting. */
const WARM_UP_MS = 20;
const NOT_STOPPED_MS = 50;
/** A key waits for the frame before it: 4 ms, not the 33 of Ink's own pace. */
const MAX_FPS = 250;

/**
 * Plays until the player quits; the game is closed (saved) and the terminal as it was before.
 * Throws TerminalProblem when the streams are no terminal or one that cannot be drawn on.
 */
export async function runGame(game: Game, { stdin, stdout, surroundings, level, begin = level === undefined ? undefined : () => game.startLevel(level, { unlock: true }) }: Streams): Promise<void> {
  assertFullScreen(stdin, stdout, process.env);
  const { depth } = surroundings ?? surroundingsOf(process.env, process.platform);
  const restoreEnvironment = prepareForInk(process.env, depth);
  // Ink and chalk read the environment when they are loaded.
  const [{ render }, { App }, { Store }, { firstState }, { wantsMouse }] = await Promise.all([import('ink'), import('./app.tsx'), import('./store.ts'), import('./state/state.ts'), import('./mouse.ts')]);
  restoreEnvironment();

  const table = new RowTable();
  const writer = new ScreenWriter(stdout, table);
  const canSuspend = process.platform !== 'win32';
  const takeBack = () => {
    stdin.setRawMode?.(true);
    writer.reopen();
  };
  const suspend = () => {
    writer.lend();
    stdin.setRawMode?.(false);
    process.kill(process.pid, 'SIGTSTP');
    setTimeout(takeBack, NOT_STOPPED_MS); // Without a shell above nothing stops us.
  };
  await new Promise<void>((resolve, reject) => {
    const store = new Store(game, firstState(game.view(), { depth, size: writer.size, canSuspend }), { exit: () => end(), suspend, begin });
    const stopReading = readKeys(stdin, (key) => store.dispatch({ type: 'key', key }));
    writer.on('resize', () => store.dispatch({ type: 'resized', size: writer.size }));
    const stopGuarding = guardTerminal({ restore: () => writer.close(), save: () => game.close(), continued: takeBack });
    const follow = () => writer.setMouse(wantsMouse(store.shown));
    const stopFollowing = [store.subscribe(follow), startSounding(store, () => writer.ring()), startForethought(store, (error) => end(error))];
    const stopTicking = startTicking(store, (error) => end(error));
    writer.open();
    follow();
    const ink = render(createElement(App, { store, table }), {
      // Both do what Ink asks of a terminal, and only that: a cast says what the types of Node cannot.
      stdout: writer as unknown as NodeJS.WriteStream, stdin: new SilentInput() as unknown as NodeJS.ReadStream,
      exitOnCtrlC: false, patchConsole: false, maxFps: MAX_FPS, isScreenReaderEnabled: false,
    });
    if (begin) store.dispatch({ type: 'ask', deed: { do: 'begin' } });
    else setTimeout(() => { game.warmUp?.().catch(end); }, WARM_UP_MS);
    ink.waitUntilExit().catch((error: unknown) => end(error)); // A screen that throws.
    const end = (error?: unknown) => {
      stopTicking();
      stopFollowing.forEach((stop) => stop());
      stopReading();
      writer.close();
      ink.unmount();
      stopGuarding();
      game.close().then(() => error === undefined ? resolve() : reject(error), reject);
    };
  });
}
