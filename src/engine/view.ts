/**
 * What the engine shows and what it can be asked: plain data and ports, no React.
 * Every part of a view is immutable and keeps its identity until it changes, so that a screen can compare by `===`.
 */
import type { Taint } from '../cluster/api/types.ts';
import type { Lens, LensView, ObjectRef } from './lens/lens-view.ts';
import type { PracticeView } from './practice.ts';

/** A mistake that the player can mend (a level that will not load, a save that will not write): shown, never thrown on. */
export class GameProblem extends Error { override name = 'GameProblem'; }

/** How a piece of text is meant; the user interface's theme says how it looks. */
export type TextStyle = 'plain' | 'dim' | 'strong' | 'accent' | 'good' | 'warning' | 'bad' | 'code' | 'typed';

export interface Span {
  text: string;
  style?: TextStyle;
}

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

export interface Settings {
  /** 'ascii' for terminals and fonts without box drawing. */
  glyphs: 'unicode' | 'ascii';
  /** What `kubectl edit` opens when the player has not set $EDITOR. */
  editor: 'vi' | 'nano';
  palette: 'dark' | 'light' | 'colour-blind';
  /** 'auto' is what the terminal says it can. */
  colours: 'auto' | '16' | 'none';
  /** Whether anything may move by itself. */
  motion: boolean;
  /** The game line by line, for a screen reader. */
  screenReader: boolean;
  /** Clicks and the wheel, where nothing is typed. */
  mouse: boolean;
  /** A sound when an objective is reached. */
  sound: boolean;
  /** A tag such as `de`; `system` is what the system asks for. */
  language: string;
  /** The keys of the prompt: those of bash, or those of `set -o vi`. */
  lineKeys: 'emacs' | 'vi';
}

export const DEFAULT_SETTINGS: Settings = { language: 'system', glyphs: 'unicode', editor: 'vi', palette: 'dark', colours: 'auto', motion: true, screenReader: false, mouse: true, sound: false, lineKeys: 'emacs' };

export interface WorldView {
  id: string;
  title: string;
  levels: readonly LevelView[];
}

export type LevelState = 'locked' | 'open' | 'started' | 'won';

export interface LevelView {
  id: string;
  title: string;
  world: string;
  difficulty: 1 | 2 | 3 | 4 | 5;
  minutes: number;
  teaches: readonly string[];
  /** 0 to 3. */
  stars: number;
  bestScore?: number;
  state: LevelState;
  /** Titles of the levels that must be won first, when locked. */
  needs?: readonly string[];
  /** Ids of the levels that it builds on. */
  after?: readonly string[];
  /** One line on what it is about. */
  summary?: string;
}

export interface SandboxSize {
  id: string;
  title: string;
  /** Such as "1 control plane, 3 workers". */
  note: string;
}

export const SPEEDS = [1, 2, 10, 100] as const;
export type Speed = 'paused' | (typeof SPEEDS)[number];

export interface MissionView {
  levelId: string;
  title: string;
  world: string;
  isSandbox: boolean;
  /** Markdown. */
  briefing: string;
  objectives: readonly ObjectiveView[];
  guards: readonly GuardView[];
  hints: readonly HintView[];
  /** Points so far, and the most that the level can give. */
  /** What asking "why?" about an object costs; missing where it is not offered. */
  whyCost?: number;
  score: number;
  scoreMax: number;
  /** Virtual milliseconds since the mission began. */
  elapsedMs: number;
  /** The cluster's own clock: virtual milliseconds since 1970. */
  nowMs?: number;
  /** Left earlier and gone on with. */
  isResumed?: boolean;
  /** An attempt that is seen again: what is typed does nothing. */
  isReplay?: boolean;
  /** The time that par allows, in virtual milliseconds. */
  parMs?: number;
  speed: Speed;
  /** Present while the player's own tools may come in. */
  door?: DoorView;
  /** Why they may not; missing where they may. */
  doorRefusal?: string;
  /** Whether there is something to take back. */
  canUndo?: boolean;
  cluster: ClusterView;
  transcript: Transcript;
  prompt: PromptView;
  /** The player's shells, when there are several; `tab` is the one that transcript and prompt are of. */
  tabs?: readonly TabView[];
  tab?: number;
  editor?: EditorRequest;
  /** What the lens that was asked for shows; made only while it is asked for. */
  lens?: LensView;
  /** Present once the mission is over. */
  debrief?: DebriefView;
}

/** The way in for the player's own tools. */
export interface DoorView {
  url: string;
  /** Where its kubeconfig lies. */
  kubeconfig: string;
  /** What has come in so far. */
  requests: number;
}

export type ObjectiveState = 'open' | 'holding' | 'done' | 'failed';

export interface ObjectiveView {
  id: string;
  text: string;
  points: number;
  state: ObjectiveState;
  /** While holding: 0 to 1. */
  progress?: number;
  /** "not yet: …" */
  note?: string;
}

export interface GuardView {
  id: string;
  text: string;
  state: 'kept' | 'broken';
  note?: string;
}

export interface HintView {
  /** Points it takes away. */
  cost: number;
  /** Markdown; present once it was paid for. Hints are taken in order. */
  text?: string;
}

/** What a state means for the player; the word beside it says which state it is. */
export type Health = 'good' | 'busy' | 'waiting' | 'warning' | 'bad' | 'off';

export interface ClusterView {
  controlPlane: readonly ComponentView[];
  nodes: readonly NodeView[];
  /** Pods without a node, oldest first. */
  pending: readonly PodView[];
  /** By namespace and name; missing where nobody looks at them. */
  services?: readonly ServiceView[];
}

export interface ServiceView {
  namespace: string;
  name: string;
  /** `ClusterIP`, `NodePort`, … */
  type: string;
  health: Health;
  /** How many addresses stand behind it, and how many of them are ready. */
  ready: number;
  endpoints: number;
}

export interface ComponentView {
  name: string;
  /** Where it runs as a static Pod. */
  pod?: ObjectRef;
  /** Such as `running`, `stopped`, `crashing`. */
  word: string;
  health: Health;
}

export interface NodeView {
  name: string;
  roles: readonly string[];
  /** As kubectl prints it: `Ready`, `NotReady,SchedulingDisabled`. */
  status: string;
  health: Health;
  taints?: readonly Taint[];
  /** Requested against allocatable: cores, bytes, whole devices. */
  cpu: Usage;
  memory: Usage;
  gpu?: Usage;
  /** Pods that count against the node's allocatable ones. */
  slots?: Usage;
  zone?: string;
  pods: readonly PodView[];
}

export interface Usage {
  used: number;
  capacity: number;
}

export interface PodView {
  name: string;
  namespace: string;
  /** As kubectl prints it: `Running`, `CrashLoopBackOff`, `Init:0/2`. */
  status: string;
  health: Health;
  ready: { count: number; of: number };
  restarts: number;
  isDeleting: boolean;
  /** What it belongs to in the end: its Deployment, not its ReplicaSet. */
  owner?: ObjectRef;
  /** When it was given its node, on the cluster's clock. */
  placedMs?: number;
}

/** The terminal's output: the last lines only. Lines keep their identity; the last may be replaced while it grows. */
export interface Transcript {
  lines: readonly TerminalLine[];
  /** How many lines were dropped in front of the first. */
  dropped: number;
}

export interface TerminalLine {
  spans: readonly Span[];
}

export interface PromptView {
  /**
   * What stands before the cursor: `root@control-plane:~# `, or `> ` while a command is incomplete,
   * or, while one reads, what it wrote on its last, unfinished line (which is then not in the transcript).
   */
  spans: readonly Span[];
  /** 'reading': the running command waits for a line from the player. */
  state: 'ready' | 'running' | 'reading';
  /** `exit` leads out of here, off a node or out of a shell beside the first; elsewhere the way out is out of the mission. */
  canExit?: boolean;
  /** Oldest first. */
  history: readonly string[];
}

/** One of several shells. */
export interface TabView {
  /** Its number, from 0; those of shells that have ended are free again. */
  tab: number;
  /** Where it is: the player's own machine, or a node. */
  machine: string;
  isRunning: boolean;
}

/** A file that a command wants edited before it goes on. */
export interface EditorRequest {
  id: number;
  fileName: string;
  text: string;
  style: 'vi' | 'nano';
  isReadOnly?: boolean;
}

export interface DebriefView {
  outcome: 'won' | 'lost';
  stars: number;
  score: number;
  scoreMax: number;
  /** How the score came about, in order; the amounts sum to `score`. */
  steps: readonly { text: string; points: number }[];
  /** The formula in words; exams have their own. */
  rule?: string;
  /** Markdown. */
  text: string;
  /** Commands of the shortest known solution. */
  bestSolution?: string;
  nextLevel?: { id: string; title: string };
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
  /** Has `view().lens` follow what the player looks at; nothing is made for a lens that is not asked for. */
  look(lens: Lens | undefined): void;
  /** Lets `realMs` of real time pass, at the chosen speed; resolves when the cluster has caught up. */
  tick(realMs: number): Promise<void>;
}
