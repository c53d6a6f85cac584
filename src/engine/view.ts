/**
 * What the engine shows and what it can be asked: plain data and ports, no React.
 * Every part of a view is immutable and keeps its identity until it changes, so that a screen can compare by `===`.
 */
import type { Lens, ObjectRef } from './lens/lens-view.ts';
import type { PracticeView } from './practice.ts';
import type { FieldCompletion, TextProblem } from './views/terminal.ts';
import type { SandboxSize, WorldView } from './views/levels.ts';
import type { MissionView, Speed } from './views/mission.ts';
import type { Settings } from './views/settings.ts';

export type * from './views/cluster.ts';
export type * from './views/levels.ts';
export * from './views/mission.ts';
export * from './views/settings.ts';
export type * from './views/terminal.ts';

/** A mistake that the player can mend (a level that will not load, a save that will not write): shown, never thrown on. */
export class GameProblem extends Error { override name = 'GameProblem'; }

/** The game outside any screen. A promise rejects with GameProblem for what the player can mend. */
export interface Game {
  /** Calls `listener` after every change of `view()`; returns the way to stop. */
  subscribe(listener: () => void): () => void;
  /** The same object until something changed. */
  view(): GameView;
  createPlayer(name: string): Promise<void>;
  choosePlayer(id: string): Promise<void>;
  /** Begins a level: resumed where it was left, or from its beginning with `fresh`; `unlock` opens a locked one. */
  startLevel(id: string, options?: { fresh?: boolean; unlock?: boolean }): Promise<void>;
  startSandbox(size: string): Promise<void>;
  /** Builds a level's scene ahead, while the player still looks at it: it begins the sooner. One at a time. */
  prepareLevel?(id: string): Promise<void>;
  /** Loads what a mission needs while the player still reads the title. */
  warmUp?(): Promise<void>;
  changeSettings(change: Partial<Settings>): Promise<void>;
  /** The port of the mission in `view().mission`; undefined when there is none. */
  mission(): MissionActions | undefined;
  /** Saves everything; the last call. */
  close(): Promise<void>;
}

export interface GameView {
  players: readonly PlayerView[];
  /** Undefined until one is chosen or created. */
  player?: PlayerView;
  worlds: readonly WorldView[];
  /** Streaks, mastery and drills of the player; missing while there is none. */
  practice?: PracticeView;
  sandboxes: readonly SandboxSize[];
  settings: Settings;
  /** In which everything is said: a tag such as `de`, or `de-AT`. */
  language: string;
  /** What the system asks for. */
  systemLanguage: string;
  mission?: MissionView;
}

export interface PlayerView {
  id: string;
  name: string;
  /** Sums over all levels. */
  stars: number;
  score: number;
}

/** The words that could stand in the place of `text.slice(from, cursor)`. */
export interface Completion {
  from: number;
  /** Whole replacements, with a trailing space or `/` where the shell would add one. */
  replacements: readonly string[];
}

/** What the player can do in a mission. */
export interface MissionActions {
  /** A line typed at the prompt, or to the command that reads; without its line end. Unless it is done at once, the prompt is 'running' on return. */
  submit(line: string): void;
  /** Ctrl-C: stops the running command. With `typed`, the line that was being typed is given up and stays in the transcript. */
  interrupt(typed?: string): void;
  /** Ctrl-D to the command that reads. */
  endInput(): void;
  complete(text: string, cursor: number): Promise<Completion>;
  /** What the manual or the API's schema says on the word at `cursor`; it is no command of the player's. */
  explainWord(text: string, cursor: number): Promise<{ title: string; text: string } | undefined>;
  setSpeed(speed: Speed): void;
  /** Takes the next hint and its price. */
  takeHint(): void;
  /** Pays for the reasons of an object's trouble; once for each. */
  askWhy(ref: ObjectRef): void;
  /** Pauses, and lets time pass until something in the cluster changes; at most a minute. */
  stepTime(): Promise<void>;
  /** Goes on from an earlier moment: what came after it is given up, hints stay paid. */
  fork(elapsedMs: number): Promise<void>;
  /** Brings the cluster back to before the last command that changed it. */
  undoLastCommand(): Promise<void>;
  /** The level again from its beginning. */
  retry(): Promise<void>;
  /** Lets the player's own tools in, or out again. */
  toggleDoor(): Promise<void>;
  /** Leaves the mission; it is saved and can be resumed. */
  quit(): Promise<void>;
  /** Goes to another shell by its number, from 0; opened when it is not there, up to nine. */
  chooseTab(tab: number): void;
  /** Empties the transcript. */
  clear(): void;
  /** Ends the editor: the text last written, or undefined when nothing was. */
  closeEditor(text: string | undefined): void;
  /** What is wrong with the manifests in a text; undefined when it holds none. Nothing is applied. */
  checkText(text: string): Promise<readonly TextProblem[] | undefined>;
  /** What could be typed at a place of a manifest; row and column count from 0. */
  completeField(lines: readonly string[], row: number, column: number): Promise<FieldCompletion>;
  /** Has `view().lens` follow what the player looks at; nothing is made for a lens that is not asked for. */
  look(lens: Lens | undefined): void;
  /** Lets `realMs` of real time pass, at the chosen speed; resolves when the cluster has caught up. */
  tick(realMs: number): Promise<void>;
}
