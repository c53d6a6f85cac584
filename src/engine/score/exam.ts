/** Exams: points by domain, weighted as the real exam weights them, and a report of what was wanted and what was found. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { ObjectiveState } from '../objectives.ts';
import type { ExamSpec, Level } from '../pack/level.ts';
import type { Score, ScoreInput } from './score.ts';

const SCORE_MAX = 1000;

interface DomainResult { domain: string; weight: number; reached: number; points: number }

/** Per domain, the points reached of those there are. */
function domainsOf({ objectives }: Pick<Level, 'objectives'>, exam: ExamSpec, reached: readonly string[]): DomainResult[] {
  return Object.entries(exam.domains).map(([domain, weight]) => {
    const own = objectives.filter((objective) => objective.domain === domain);
    const sum = (list: typeof own) => list.reduce((total, { points }) => total + points, 0);
    return { domain, weight, reached: sum(own.filter(({ id }) => reached.includes(id))), points: sum(own) };
  });
}

/** Each domain gives its weight's share of what was reached in it; neither speed nor economy count. */
export function examScore(level: Pick<Level, 'objectives' | 'guards'>, exam: ExamSpec, { reached, broken }: ScoreInput, words: Words): Score {
  const lines = domainsOf(level, exam, reached).map(({ domain, weight, reached: own, points }) => ({ label: `${domain} (${weight} %) ${own}/${points}`, points: Math.round(points === 0 ? 0 : (SCORE_MAX / 100) * weight * (own / points)) }));
  for (const guard of level.guards ?? []) if (broken.includes(guard.id)) lines.push({ label: words.score.broken(guard.text), points: -(guard.cost ?? SCORE_MAX) });
  const total = Math.max(0, Math.min(SCORE_MAX, lines.reduce((sum, { points }) => sum + points, 0)));
  const won = total >= exam.pass * (SCORE_MAX / 100);
  return { total, won, stars: won ? (total >= 900 ? 3 : total >= 800 ? 2 : 1) : 0, lines };
}

/** Markdown: per domain what was wanted, and of what is missing what was found instead. */
export function examReport(level: Level, exam: ExamSpec, objectives: readonly ObjectiveState[], { score: words }: Words = english): string {
  const reached = objectives.filter(({ doneMs }) => doneMs !== undefined).map(({ spec }) => spec.id);
  const domains = domainsOf(level, exam, reached).map(({ domain, weight, reached: own, points }) => {
    const tasks = objectives.filter(({ spec }) => spec.domain === domain).map(({ spec, doneMs, note }) => `- ${doneMs === undefined ? words.missing : words.done} (${spec.points}): ${spec.text}${doneMs === undefined && note ? `. ${note}` : ''}`);
    return `${words.domain(domain, weight, own, points)}\n${tasks.join('\n')}`;
  });
  return `${words.pass(exam.pass)}\n\n${domains.join('\n\n')}\n\n${level.debrief.trim()}`;
}
