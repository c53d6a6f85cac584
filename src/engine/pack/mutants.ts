/** Levels with one thing left out of their goals: a near miss must notice, or the thing proves nothing. */
import { splitConjunction } from '../checks/condition.ts';
import type { Goals } from '../objectives.ts';
import type { CheckSpec, Level, ObjectiveSpec } from './level.ts';

export interface Mutant { what: string; goals: Goals }

/** Each objective and guard removed, each clause of their conditions left out, and nothing held for any time. */
export function mutantsOf(level: Level): Mutant[] {
  const { objectives, guards = [] } = level;
  return [
    ...objectives.flatMap((objective, i) => [
      ...(objectives.length > 1 ? [{ what: `without objective ${objective.id}`, goals: { objectives: objectives.toSpliced(i, 1), guards } }] : []),
      ...weakerChecks(objective.check).map(({ what, check }) => ({ what: `objective ${objective.id} ${what}`, goals: { objectives: objectives.with(i, { ...objective, check }), guards } })),
    ]),
    ...(objectives.some(({ hold }) => hold) ? [{ what: 'without any hold', goals: withoutHolds(level) }] : []),
    ...guards.flatMap((guard, i) => [
      { what: `without guard ${guard.id}`, goals: { objectives, guards: guards.toSpliced(i, 1) } },
      ...weakerChecks(guard.check).map(({ what, check }) => ({ what: `guard ${guard.id} ${what}`, goals: { objectives, guards: guards.with(i, { ...guard, check }) } })),
    ]),
  ];
}

/** The goals as they would be if becoming true were enough. */
export function withoutHolds({ objectives, guards }: Level): Goals {
  return { objectives: objectives.map(({ hold: _hold, ...brief }): ObjectiveSpec => brief), guards };
}

function weakerChecks(check: CheckSpec): { what: string; check: CheckSpec }[] {
  const clauses = check.that ? splitConjunction(check.that) : [];
  if (clauses.length < 2) return [];
  return clauses.map((clause, i) => ({ what: `without ${clause}`, check: { ...check, that: clauses.toSpliced(i, 1).join(' && ') } }));
}
