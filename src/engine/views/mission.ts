/** A mission as it is shown. */
import type { LensView } from '../lens/lens-view.ts';
import type { ClusterView } from './cluster.ts';
import type { EditorRequest, PromptView, TabView, Transcript } from './terminal.ts';

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
  /** What asking "why?" about an object costs; missing where it is not offered. */
  whyCost?: number;
  /** Points so far, and the most that the level can give. */
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
  /** The known solution of the fewest commands. */
  bestSolution?: string;
  nextLevel?: { id: string; title: string };
}
