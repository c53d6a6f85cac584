/** How a mission looks on its screen: its goals as they stand, its hints, and what is told at its end. */
import { commandsOf, type Mission } from './mission/mission.ts';
import { holdMs } from './objectives.ts';
import { examReport } from './score/exam.ts';
import { SCORE_MAX, scoreRule } from './score/score.ts';
import type { DebriefView, GuardView, HintView, ObjectiveView } from './view.ts';

const STEPS_OF_HOLD = 20; // how finely a hold is shown: each step is a redraw

export function objectiveViews({ cluster, goals }: Mission): ObjectiveView[] {
  const nowMs = cluster.world.clock.now();
  return goals.objectives.map(({ spec, sinceMs, doneMs, note }) => {
    const base = { id: spec.id, text: spec.text, points: spec.points };
    if (doneMs !== undefined) return { ...base, state: 'done' as const };
    if (sinceMs !== undefined) return { ...base, state: 'holding' as const, progress: Math.min(1, Math.floor(((nowMs - sinceMs) / Math.max(1, holdMs(spec))) * STEPS_OF_HOLD) / STEPS_OF_HOLD) };
    return { ...base, state: goals.isLost ? 'failed' as const : 'open' as const, ...(note ? { note } : {}) };
  });
}

export function guardViews({ goals }: Mission): GuardView[] {
  return goals.guards.map(({ spec, brokenMs, note }) => ({ id: spec.id, text: spec.text, state: brokenMs === undefined ? 'kept' as const : 'broken' as const, ...(brokenMs !== undefined && note ? { note } : {}) }));
}

/** Hints that were taken, with their text; of the others only what they cost. */
export function hintViews({ level, hintsTaken }: Mission): HintView[] {
  return level.hints.map(({ cost, text }, i) => ({ cost, ...(i < hintsTaken ? { text } : {}) }));
}

/** The end of a mission: what counted, and what there is to learn from it. */
export function debriefOf(mission: Mission, nextLevel: DebriefView['nextLevel']): DebriefView {
  const { level, goals, words } = mission;
  const score = mission.score();
  const [solution] = level.solutions.toSorted((a, b) => commandsOf(a).length - commandsOf(b).length); // of equals the one written first
  const broken = goals.guards.filter((g) => g.brokenMs !== undefined).map((g) => words.score.guardBroke(g.spec.text, g.note ?? ''));
  const steps = score.lines.map(({ label, points }) => ({ text: label, points }));
  const sum = steps.reduce((total, step) => total + step.points, 0);
  return {
    outcome: score.won ? 'won' : 'lost', stars: score.stars, score: score.total, scoreMax: SCORE_MAX,
    steps: sum === score.total ? steps : [...steps, { text: words.score.floor, points: score.total - sum }],
    ...(level.exam ? {} : { rule: scoreRule(words) }),
    text: level.exam ? examReport(level, level.exam, goals.objectives, words) : score.won ? level.debrief : [...broken, words.score.tryAgain].join('\n\n'),
    ...(score.won && solution ? { bestSolution: solution.trim() } : {}), ...(score.won ? { nextLevel } : {}),
  };
}
