/** The score of an attempt: one pure function, shown to the player line by line. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import { durationMs, type Level } from '../pack/level.ts';
import { examScore } from './exam.ts';

export const SCORE_MAX = 1000;
const OBJECTIVES_SHARE = 700;
const SPEED_SHARE = 200;
const ECONOMY_SHARE = 100;
const WHY_COST = 25; // for each object asked about, unless the level says otherwise
const SLOWEST = 3; // at three times par there is nothing left for speed or economy

/** What of an attempt counts. */
export interface ScoreInput {
  /** Ids of the objectives reached. */
  reached: readonly string[];
  /** Ids of the guards that broke. */
  broken: readonly string[];
  /** Indices of the hints taken. */
  hints: readonly number[];
  /** How many objects were asked about with "why?". */
  whys?: number;
  virtualMs: number;
  commands: number;
}

interface ScoreLine { label: string; points: number }

export interface Score { total: number; stars: 0 | 1 | 2 | 3; won: boolean; lines: ScoreLine[] }

/** Par of a level: as given, else half its minutes and what its first solution needs twice over. */
export function parOf(level: Pick<Level, 'par' | 'minutes' | 'solutions'>): { timeMs: number; commands: number } {
  const lines = (level.solutions[0] ?? '').split('\n').filter((line) => line.trim() && !line.trim().startsWith('#')).length;
  return {
    timeMs: level.par?.time ? durationMs(level.par.time) : (level.minutes * 60_000) / 2,
    commands: level.par?.commands ?? Math.max(4, lines * 2),
  };
}

/** 700 for the objectives by their points, 200 for speed and 100 for economy against par, less hints and broken guards. */
export function scoreOf(level: Pick<Level, 'objectives' | 'guards' | 'hints' | 'par' | 'minutes' | 'solutions' | 'why' | 'exam'>, input: ScoreInput, words: Words = english): Score {
  if (level.exam) return examScore(level, level.exam, input, words);
  const { score: said } = words;
  const points = level.objectives.reduce((sum, o) => sum + o.points, 0);
  const reached = level.objectives.filter((o) => input.reached.includes(o.id)).reduce((sum, o) => sum + o.points, 0);
  const fatal = (level.guards ?? []).some((g) => g.cost === undefined && input.broken.includes(g.id));
  const won = reached === points && !fatal;
  const par = parOf(level);
  const lines: ScoreLine[] = [{ label: said.objectives(reached, points), points: Math.round((OBJECTIVES_SHARE * reached) / points) }];
  if (won) {
    lines.push({ label: said.speed(seconds(input.virtualMs), seconds(par.timeMs)), points: bonus(SPEED_SHARE, input.virtualMs, par.timeMs) });
    lines.push({ label: said.economy(input.commands, par.commands), points: bonus(ECONOMY_SHARE, input.commands, par.commands) });
  }
  for (const index of input.hints) lines.push({ label: said.hint(index + 1), points: -(level.hints[index]?.cost ?? 0) });
  const { whys: asked = 0 } = input;
  if (asked > 0) lines.push({ label: said.whys(asked), points: -asked * (whyCost(level) ?? 0) });
  for (const guard of level.guards ?? []) {
    if (input.broken.includes(guard.id)) lines.push({ label: said.broken(guard.text), points: guard.cost === undefined ? -SCORE_MAX : -guard.cost });
  }
  const total = Math.max(0, Math.min(SCORE_MAX, lines.reduce((sum, line) => sum + line.points, 0)));
  return { total, stars: won ? starsOf(total) : 0, won, lines };
}

/** The price of asking why something is in trouble; undefined where that is not offered: in exams, and where the level says so. */
export function whyCost({ why, exam }: Pick<Level, 'why' | 'exam'>): number | undefined {
  return exam || why === false ? undefined : why ?? WHY_COST;
}

/** In words, for the player. */
export const scoreRule = ({ score }: Words): string => score.rule({ max: SCORE_MAX, objectives: OBJECTIVES_SHARE, speed: SPEED_SHARE, economy: ECONOMY_SHARE, slowest: SLOWEST });

function starsOf(total: number): 1 | 2 | 3 {
  if (total >= 900) return 3;
  return total >= 700 ? 2 : 1;
}

function bonus(share: number, value: number, par: number): number {
  const over = Math.max(0, value / par - 1) / (SLOWEST - 1);
  return Math.round(share * Math.max(0, 1 - over));
}

function seconds(ms: number): string {
  const total = Math.round(ms / 1000);
  return total < 60 ? `${total}s` : `${Math.floor(total / 60)}m${String(total % 60).padStart(2, '0')}s`;
}
