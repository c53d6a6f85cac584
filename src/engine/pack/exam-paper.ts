/** The paper of an exam: its tasks in an order of this sitting's own, numbered, each with its context and what it is worth. */
import { createHash } from 'node:crypto';
import type { ExamSpec, Level, ObjectiveSpec } from './level.ts';

/** The level with the tasks written below its briefing, and the objectives in their order under their numbers. */
export function examPaper(level: Level, seed: string): Level {
  const { exam } = level;
  if (!exam?.tasks) return level;
  const { tasks, ...rest } = exam;
  const order = tasks.toSorted((a, b) => (chance(seed, a.id) < chance(seed, b.id) ? -1 : 1));
  const numberOf = ({ task }: ObjectiveSpec) => (task === undefined ? Infinity : order.findIndex(({ id }) => id === task) + 1);
  const objectives = level.objectives.toSorted((a, b) => (numberOf(a) === numberOf(b) ? 0 : numberOf(a) - numberOf(b)));
  const items = order.map(({ id, context, text }, index) => `${index + 1}. (${context ? `\`${context}\`, ` : ''}${worth(id, level.objectives, exam)} %) ${text}`);
  return {
    ...level, exam: rest, briefing: `${level.briefing.trim()}\n\n${items.join('\n')}`,
    objectives: objectives.map((objective) => (objective.task === undefined ? objective : { ...objective, text: `${numberOf(objective)}: ${objective.text}` })),
  };
}

/** A task's share of the whole in percent: its points in each domain, times the domain's weight. */
function worth(task: string, objectives: readonly ObjectiveSpec[], { domains }: ExamSpec): number {
  const pointsOf = (list: readonly ObjectiveSpec[]) => list.reduce((sum, { points }) => sum + points, 0);
  const shares = Object.entries(domains).map(([domain, weight]) => {
    const own = objectives.filter((objective) => objective.domain === domain);
    return own.length === 0 ? 0 : (weight * pointsOf(own.filter((objective) => objective.task === task))) / pointsOf(own);
  });
  return Math.round(shares.reduce((sum, share) => sum + share, 0));
}

function chance(seed: string, task: string): string {
  return createHash('sha256').update(`${seed}\0${task}`).digest('hex');
}
