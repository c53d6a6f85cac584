/** A check against the world: does it hold, and if not, what a player would want to know. */
import type { CheckSpec } from '../pack/level.ts';
import { compileCondition } from './condition.ts';
import { type CheckWorld, checkVariables, subjectOf } from './subjects.ts';

export interface CheckResult {
  holds: boolean;
  /** `not yet: …` in one sentence, when it does not hold. */
  note?: string;
}

/** What a check's subject gives, to be compared with later as `before`. */
export function readSubject(check: CheckSpec, world: CheckWorld): Record<string, unknown> {
  return subjectOf(check).read(check, world);
}

/** Evaluates a check. Throws ConditionError when the pack is at fault. `look` overrides the command that shows where it stands. */
export function evaluateCheck(check: CheckSpec, world: CheckWorld, before: Record<string, unknown> | undefined, look?: string): CheckResult {
  const subject = subjectOf(check);
  const condition = compileCondition(check.that ?? subject.usual, checkVariables(check));
  const values = subject.read(check, world);
  const past = before && ('object' in before ? before.object : 'items' in before ? before.items : before);
  const verdict = condition.evaluate({ ...values, before: past ?? null });
  if (verdict.holds) return { holds: true };
  return { holds: false, note: `${subject.unmet?.(values) ?? explain(check, subject.name(check), values, verdict)} Look: ${look ?? subject.look(check)}` };
}

function explain(check: CheckSpec, name: string, values: Record<string, unknown>, verdict: { clause?: string; seen?: string; wanted?: string }): string {
  if (check.get && values.object === null) return `${name} is not there.`;
  if (verdict.wanted !== undefined) return `${name}: ${fieldName(verdict.clause ?? '')} should be ${verdict.wanted}, seen ${verdict.seen}.`;
  const clause = verdict.clause ?? check.that ?? '';
  return hasMacro(clause) ? `${name}: not as wanted.` : `${name}: this is not so: ${clause}.`;
}

/** A condition over many things is no sentence for a player, and may hold the answer. */
function hasMacro(clause: string): boolean {
  return /\b(exists|exists_one|all|filter|map|matches|contains)\(/.test(clause);
}

/** `object.status.readyReplicas == 5` → `readyReplicas`. */
function fieldName(clause: string): string {
  const left = clause.split(/[=!<>]/)[0]!.trim();
  const words = /([A-Za-z]+)[^A-Za-z.]*$/.exec(left.replace(/orValue\(.*$/, '').replace(/[.)\s]+$/, ''));
  return left.startsWith('size(') ? `the number of ${words?.[1] ?? 'items'}` : (words?.[1] ?? left);
}
