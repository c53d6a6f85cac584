/** The course as a player sees it. */

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
