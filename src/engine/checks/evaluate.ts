/** A check against the world: does it hold, and if not, what a player would want to know. */
import { english } from '../../language/english.ts';
import type { Words } from '../../language/words.ts';
import type { CheckSpec } from '../pack/level.ts';
import { compileCondition, type Condition, type Wanted } from './condition.ts';
import { type CheckWorld, checkVariables, subjectOf } from './subjects.ts';

export interface CheckResult {
  holds: boolean;
  /** `not yet: …` in one sentence, when it does not hold. */
  note?: string;
}

/** What is compiled goes with its level. */
const conditions = new WeakMap<CheckSpec, Condition>();

/** A check's condition, compiled once. Throws ConditionError. */
export function conditionOf(check: CheckSpec): Condition {
  let found = conditions.get(check);
  if (!found) conditions.set(check, (found = compileCondition(check.that ?? subjectOf(check).usual, checkVariables(check))));
  return found;
}

/** What a check's subject gives, to be compared with later as `before`. */
export function readSubject(check: CheckSpec, world: CheckWorld): Record<string, unknown> {
  return subjectOf(check).read(check, world);
}

/** Evaluates a check. Throws ConditionError when the pack is at fault. `look` overrides the command that shows where it stands. */
export function evaluateCheck(check: CheckSpec, world: CheckWorld, before: Record<string, unknown> | undefined, { look, words = english }: { look?: string | undefined; words?: Words } = {}): CheckResult {
  const subject = subjectOf(check);
  const values = subject.read(check, world);
  const past = before && ('object' in before ? before.object : 'items' in before ? before.items : before);
  const verdict = conditionOf(check).evaluate({ ...values, before: past ?? null });
  if (verdict.holds) return { holds: true };
  return { holds: false, note: words.checks.look(subject.unmet?.(values, words.checks) ?? explain(check, values, verdict, words.checks), look ?? subject.look(check, words.checks)) };
}

function explain(check: CheckSpec, values: Record<string, unknown>, verdict: { clause?: string; seen?: string | undefined; wanted?: Wanted }, words: Words['checks']): string {
  const name = subjectOf(check).name(check, words);
  if (check.get && values.object === null) return words.notThere(name);
  if (verdict.wanted !== undefined) return words.shouldBe(name, fieldName(verdict.clause ?? '', words), wantedText(verdict.wanted, words), verdict.seen ?? words.nothing);
  const clause = verdict.clause ?? check.that ?? '';
  return hasMacro(clause) ? words.notAsWanted(name) : words.notSo(name, clause);
}

function wantedText({ operator, value }: Wanted, words: Words['checks']): string {
  const shown = value ?? words.nothing;
  switch (operator) {
    case '!=': return words.anythingBut(shown);
    case '>=': return words.atLeast(shown);
    case '<=': return words.atMost(shown);
    case '>': return words.moreThan(shown);
    case '<': return words.lessThan(shown);
    default: return shown;
  }
}

/** A condition over many things is no sentence for a player, and may hold the answer. */
function hasMacro(clause: string): boolean {
  return /\b(exists|exists_one|all|filter|map|matches|contains)\(/.test(clause);
}

/** `object.status.readyReplicas == 5` → `readyReplicas`. */
function fieldName(clause: string, { numberOf }: Words['checks']): string {
  const left = clause.split(/[=!<>]/)[0]!.trim();
  const found = /([A-Za-z]+)[^A-Za-z.]*$/.exec(left.replace(/orValue\(.*$/, '').replace(/[.)\s]+$/, ''));
  return left.startsWith('size(') ? numberOf(found?.[1] ?? '') : (found?.[1] ?? left);
}
