/** Conditions in CEL, evaluated clause by clause so that a failure can be explained. */
import { Environment } from '@marcbachmann/cel-js';
import { assertBounded, costOf, type Cost, COST_MAX } from './cost.ts';
import { unquoted } from './unquoted.ts';

/** A condition that can never be evaluated: the pack's mistake. */
export class ConditionError extends Error {}

/** What a comparison wants: beyond `==` a value by its operator. */
export interface Wanted { readonly operator: string; readonly value: string | undefined }

/** The result of one evaluation. */
interface Verdict {
  holds: boolean;
  /** The first clause that is false, and what was seen instead. */
  clause?: string;
  /** Undefined: nothing. */
  seen?: string | undefined;
  wanted?: Wanted;
}

export interface Condition { readonly text: string; evaluate(variables: Readonly<Record<string, unknown>>): Verdict }

type Program = (context: Record<string, unknown>) => unknown;

/** Compiles `text` for the given variables. Throws ConditionError. */
export function compileCondition(text: string, variables: readonly string[]): Condition {
  const unbounded = assertBounded(text);
  if (unbounded) throw new ConditionError(`"${text.length > 80 ? `${text.slice(0, 80)}…` : text}": ${unbounded}`);
  const cost = costOf(text);
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false, limits: { maxAstNodes: 1000, maxDepth: 40, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 } });
  for (const name of variables) environment.registerVariable(name, 'dyn');
  const parse = (expression: string): Program => {
    try {
      const program = environment.parse(expression);
      const checked = program.check();
      if (!checked.valid) throw new Error(checked.error?.message ?? 'is not valid');
      return program as Program;
    } catch (error) {
      throw new ConditionError(`"${expression}": ${firstLine(error)}`);
    }
  };
  const clauses = splitConjunction(text).map((clause) => ({ clause, program: parse(clause), parts: comparison(clause, parse) }));
  const decide = (values: Readonly<Record<string, unknown>>): Verdict => {
    const size = { largest: 1 };
    const context = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, toCel(value, size)]));
    refuseEndless(text, cost, size.largest);
    for (const { clause, program, parts } of clauses) {
      const result = run(program, context, text);
      if (result === true) continue;
      if (result !== false && result !== undefined) throw new ConditionError(`"${clause}" gives ${show(result) ?? 'nothing'}, not true or false`);
      const seen = parts && run(parts.left, context, text);
      return { holds: false, clause, ...(parts ? { seen: show(seen), wanted: { operator: parts.operator, value: show(run(parts.right, context, text)) } } : {}) };
    }
    return { holds: true };
  };
  return { text, evaluate: unlessUnchanged(decide) };
}

/** Most samples find the world as the last one did: the verdict is then the same. */
function unlessUnchanged(decide: Condition['evaluate']): Condition['evaluate'] {
  let last: { values: Record<string, unknown>; verdict: Verdict } | undefined;
  return (values) => {
    if (!last || !isSame(last.values, values)) last = { values: noted(values), verdict: decide(values) };
    return last.verdict;
  };
}

/** What may change in place is copied; objects of the API never do. */
function noted(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? [...(value as unknown[])] : value]));
}

/** Whether it is certain that values are as before: the same words and numbers, and the same revisions of objects. */
function isSame(before: unknown, now: unknown): boolean {
  if (typeof now !== 'object' || now === null) return Object.is(before, now);
  if (typeof before !== 'object' || before === null) return false;
  if (isStored(now)) return before === now;
  const keys = Object.keys(now);
  return keys.length === Object.keys(before).length && keys.every((key) => isSame(Reflect.get(before, key), Reflect.get(now, key)));
}

/** An object as the API server keeps it: what is stored is never changed in place. */
function isStored(value: object): boolean {
  return 'metadata' in value && typeof value.metadata === 'object' && value.metadata !== null && 'resourceVersion' in value.metadata;
}

/** A missing field means "not so (yet)", which is what an absent count or status is in Kubernetes. */
function run(program: Program, context: Record<string, unknown>, text: string): unknown {
  try {
    return program(context);
  } catch (error) {
    const message = firstLine(error);
    if (/No such key|no such overload: null|of null|Cannot (read|access)|out of bounds|index/i.test(message)) return undefined;
    throw new ConditionError(`"${text}": ${message}`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}

/** Splits at the `&&` that stand outside of parentheses and strings. */
export function splitConjunction(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (const [i, c] of unquoted(text)) {
    if ('([{'.includes(c)) depth++;
    else if (')]}'.includes(c)) depth--;
    else if (depth === 0 && text.startsWith('||', i)) return [text.trim()];
    else if (depth === 0 && text.startsWith('&&', i)) {
      parts.push(text.slice(start, i).trim());
      start = i + 2;
    }
  }
  return [...parts, text.slice(start).trim()];
}

/** `left OP right` of a clause that is one comparison. */
function comparison(clause: string, parse: (text: string) => Program): { left: Program; operator: string; right: Program } | undefined {
  const match = /^((?:[^=<>!?"'&|]|\.\?)+?)\s*(==|!=|>=|<=|>|<)\s*((?:[^=<>!?&|]|\.\?)+)$/.exec(clause);
  if (!match) return undefined;
  try {
    return { left: parse(match[1]!), operator: match[2]!, right: parse(match[3]!) };
  } catch {
    return undefined;
  }
}

/** As text; undefined for nothing. */
function show(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return value === '' ? undefined : value;
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
}

function refuseEndless(text: string, cost: Cost, largest: number): void {
  if (cost.of(largest) > COST_MAX) throw new ConditionError(`"${text}": looks at ${largest} things ${cost.depth} times over; that takes too long`);
}

/** JSON to CEL: whole numbers are ints. Notes how long the longest list or map is. */
function toCel(value: unknown, size: { largest: number }): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  const entries: unknown[] | [string, unknown][] = Array.isArray(value) ? value : Object.entries(value).filter(([, item]) => item !== undefined);
  size.largest = Math.max(size.largest, entries.length);
  if (Array.isArray(value)) return value.map((item) => toCel(item, size));
  return Object.fromEntries((entries as [string, unknown][]).map(([key, item]) => [key, toCel(item, size)]));
}
