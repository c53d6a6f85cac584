/** Follows a level's objectives and guards through virtual time: becomes true, stays true, never breaks. */
import { english } from '../language/english.ts';
import type { Words } from '../language/words.ts';
import { evaluateCheck, readSubject } from './checks/evaluate.ts';
import type { CheckWorld } from './checks/subjects.ts';
import { durationMs, type GuardSpec, type Level, type ObjectiveSpec } from './pack/level.ts';

export interface ObjectiveState {
  spec: ObjectiveSpec;
  /** Since when it is true without a break; undefined: not now. */
  sinceMs?: number;
  /** When it was reached. */
  doneMs?: number;
  /** `not yet: …` */
  note?: string;
}

/** What is to become true, and what must never be false. */
export type Goals = Pick<Level, 'objectives' | 'guards' | 'exam'>;

export interface GuardState { spec: GuardSpec; brokenMs?: number; note?: string }

/** The state of a mission's goals. `sample` is called each virtual second and after each command. */
export class GoalTracker {
  readonly objectives: ObjectiveState[];
  readonly guards: GuardState[];
  readonly #world: CheckWorld;
  readonly #words: Words;
  /** In an exam what counts is how things are at the end: what was reached can be lost again. */
  readonly #isExam: boolean;
  readonly #before = new Map<string, Record<string, unknown>>();
  #startMs = 0;

  constructor(level: Goals, world: CheckWorld, words: Words = english) {
    this.#words = words;
    this.#world = world;
    this.#isExam = level.exam !== undefined;
    this.objectives = level.objectives.map((spec) => ({ spec }));
    this.guards = (level.guards ?? []).map((spec) => ({ spec }));
  }

  /** Notes what things are like before anything is broken: `before` in conditions. */
  rememberBefore(): void {
    for (const { spec } of [...this.objectives, ...this.guards]) this.#before.set(spec.id, readSubject(spec.check, this.#world));
  }

  /** The player has arrived: guards with `after` count from here. */
  begin(nowMs: number): void { this.#startMs = nowMs; }

  /** Looks at everything once. Throws ConditionError when the pack is at fault. */
  sample(nowMs: number): void {
    if (this.isWon || this.isLost) return; // what comes after the end does not count
    for (const state of this.objectives) if (state.doneMs === undefined || this.#isExam || state.spec.kept) this.#sampleObjective(state, nowMs);
    for (const state of this.guards) if (state.brokenMs === undefined) this.#sampleGuard(state, nowMs);
  }

  get isWon(): boolean {
    return this.objectives.length > 0 && this.objectives.every((o) => o.doneMs !== undefined) && !this.isLost;
  }

  /** True once a guard without a price has broken. */
  get isLost(): boolean {
    return this.guards.some((g) => g.brokenMs !== undefined && g.spec.cost === undefined);
  }

  reached(): string[] { return this.objectives.filter((o) => o.doneMs !== undefined).map((o) => o.spec.id); }
  broken(): string[] { return this.guards.filter((g) => g.brokenMs !== undefined).map((g) => g.spec.id); }

  #sampleObjective(state: ObjectiveState, nowMs: number): void {
    const { spec } = state;
    const result = evaluateCheck(spec.check, this.#world, this.#before.get(spec.id), { look: spec.look, words: this.#words });
    if (!result.holds) {
      state.sinceMs = state.doneMs = undefined;
      state.note = this.#words.checks.notYet(result.note ?? '');
      return;
    }
    state.note = undefined;
    state.sinceMs ??= nowMs;
    if (nowMs - state.sinceMs >= holdMs(spec)) state.doneMs ??= nowMs;
  }

  #sampleGuard(state: GuardState, nowMs: number): void {
    const { spec } = state;
    if (spec.after && nowMs - this.#startMs < durationMs(spec.after)) return;
    const result = evaluateCheck(spec.check, this.#world, this.#before.get(spec.id), { words: this.#words });
    if (result.holds) return;
    state.brokenMs = nowMs;
    state.note = result.note;
  }
}

/** How long an objective must stay true, in milliseconds. */
export function holdMs(spec: ObjectiveSpec): number {
  return spec.hold ? durationMs(spec.hold) : 0;
}
