/** The player's shells as they are shown. */

/** How a piece of text is meant; the user interface's theme says how it looks. */
export type TextStyle = 'plain' | 'dim' | 'strong' | 'accent' | 'good' | 'warning' | 'bad' | 'code' | 'typed';

export interface Span {
  text: string;
  style?: TextStyle;
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

/** What is wrong in a text that is being edited; line and column count from 1. */
export interface TextProblem { line: number; column: number; message: string }

/** What could be typed in a manifest from a column on, ends included: `image: `. */
export interface FieldCompletion { from: number; names: readonly string[] }

/** A file that a command wants edited before it goes on. */
export interface EditorRequest {
  id: number;
  fileName: string;
  text: string;
  style: 'vi' | 'nano';
  isReadOnly?: boolean;
}
