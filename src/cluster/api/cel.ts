/** CEL as Kubernetes evaluates it in schemas and policies: expressions compiled once, errors as answers in cel-go's words. */
import { Environment } from '@marcbachmann/cel-js';
import { registerLibrary } from './cel-library.ts';
import { registerSchemaType } from './cel-types.ts';

export interface CelAnswer { readonly value?: unknown; readonly error?: string }

/** What an expression may name: anything, or an object with these fields. */
export type CelScope = Readonly<Record<string, 'dyn' | Authority | SchemaName | Readonly<Record<string, string>>>>;
/** A type of the schema, for the checker to know its fields. */
type SchemaName = `schema:${string}`;
type Authority = 'Authorizer' | 'ResourceCheck';

/** A compiled expression: the name of its type, and how to evaluate it over `celValue`s. */
export interface CelProgram { readonly type: string; run(context: Readonly<Record<string, unknown>>): CelAnswer }

interface ParsedProgram { (context: Record<string, unknown>): unknown; check(): { valid: boolean; type?: string; error?: unknown } }
type Compiled = CelProgram | { readonly problem: string };

const PROGRAMS_MAX = 2000;
const programs = new Map<string, Compiled>();
const environments = new Map<string, Environment>();

/** The value of an expression over these variables, or why it has none. */
export function evaluateRule(expression: string, variables: Readonly<Record<string, unknown>>): CelAnswer {
  const program = compileCel(expression, dynamic(Object.keys(variables)));
  if ('problem' in program) return { error: `rule compile error: compilation failed: ${program.problem}` };
  const answer = program.run(Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, celValue(value)])));
  return answer.error === undefined ? answer : { error: `rule evaluation error: ${answer.error}` };
}

/** What the compiler says against an expression; undefined: nothing. */
export function compileProblem(expression: string, names: readonly string[]): string | undefined {
  const program = compileCel(expression, dynamic(names));
  return 'problem' in program ? program.problem : undefined;
}

/** An expression made ready to run, or cel-go's complaint with the place. */
export function compileCel(expression: string, scope: CelScope): Compiled {
  const scopeKey = JSON.stringify(scope);
  const key = `${scopeKey}|${expression}`;
  let found = programs.get(key);
  if (found) return found;
  if (programs.size >= PROGRAMS_MAX) programs.clear();
  programs.set(key, (found = compile(expression, environmentFor(scope, scopeKey))));
  return found;
}

/** A JSON value as CEL sees it: whole numbers are 64 bits wide. */
export function celValue(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(celValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).map(([key, item]) => [key, celValue(item)]));
}

/** A CEL value as JSON. */
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(plainValue);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [String(key), plainValue(item)]));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item)]));
}

const dynamic = (names: readonly string[]): CelScope => Object.fromEntries(names.map((name) => [name, 'dyn' as const]));

function environmentFor(scope: CelScope, key: string): Environment {
  let environment = environments.get(key);
  if (environment) return environment;
  environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  registerLibrary(environment);
  const declared = new Map<string, string>();
  for (const [name, type] of Object.entries(scope)) {
    if (typeof type === 'string') environment.registerVariable(name, type.startsWith('schema:') ? registerSchemaType(environment, type.slice('schema:'.length), declared) : type);
    else environment.registerVariable({ name, schema: { ...type } });
  }
  if (environments.size > 200) environments.clear();
  environments.set(key, environment);
  return environment;
}

function compile(expression: string, environment: Environment): Compiled {
  try {
    const program = environment.parse(expression) as unknown as ParsedProgram; // what the library's own type says less exactly
    const { valid, type = 'dyn', error } = program.check();
    if (!valid) return { problem: problemAt(expression, error, environment) };
    return { type, run: (context) => run(program, context) };
  } catch (error) {
    return { problem: problemAt(expression, error, environment) };
  }
}

function run(program: ParsedProgram, context: Readonly<Record<string, unknown>>): CelAnswer {
  try {
    return { value: plainValue(program({ ...context })) };
  } catch (error) {
    const text = firstLine(error);
    return { error: text.startsWith('found no matching overload') ? 'no such overload' : text.replace(/^No such key/, 'no such key') };
  }
}

interface Place { start?: number; args?: readonly unknown[] }

/** `ERROR: <input>:1:5: …`, with the line and a mark below it. */
function problemAt(expression: string, error: unknown, environment: Environment): string {
  const { node, range } = (typeof error === 'object' && error !== null ? error : {}) as { node?: Place; range?: Place };
  const text = firstLine(error);
  const start = Math.min(placeOf(expression, text, node, range?.start ?? node?.start ?? 0), expression.length);
  const before = expression.slice(0, start).split('\n');
  const line = expression.split('\n')[before.length - 1] ?? '';
  const column = before.at(-1)!.length;
  return `ERROR: <input>:${before.length}:${column + 1}: ${inCelGo(text, environment)}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** cel-go points at an operator, at the bracket of a call, at the dot before a field. */
function placeOf(expression: string, text: string, node: Place | undefined, start: number): number {
  const operator = /^no such overload: .* (\S+) /.exec(text)?.[1];
  const right = node?.args?.[1] as Place | undefined;
  if (operator && right?.start) return Math.max(start, expression.lastIndexOf(operator, right.start - 1));
  const call = /^found no matching overload for '(?:.*\.)?(\w+)\(/.exec(text)?.[1];
  if (call) return expression.indexOf('(', expression.indexOf(call, start));
  return text.startsWith('No such key') ? start - 1 : start;
}

const EXPECTED = "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

function inCelGo(text: string, environment: Environment): string {
  const [, unknown] = /^Unknown variable: (.+)$/.exec(text) ?? [];
  if (unknown) return `undeclared reference to '${unknown}' (in container '')`;
  const [, field] = /^No such key: (.+)$/.exec(text) ?? [];
  if (field) return `undefined field '${field}'`;
  const [, receiver, name, args] = /^found no matching overload for '(?:(.+)\.)?(\w+)\((.*)\)'$/.exec(text) ?? [];
  if (name) {
    const isKnown = environment.getDefinitions().functions.some((each) => each.name === name);
    return isKnown ? `found no matching overload for '${name}' applied to '${receiver ? `${receiver}.` : ''}(${args})'` : `undeclared reference to '${name}' (in container '')`;
  }
  const [, left, operator, right] = /^no such overload: (.+) (\S+) (.+)$/.exec(text) ?? [];
  if (operator) return `found no matching overload for '_${operator}_' applied to '(${left}, ${right})'`;
  const [, token] = /^Unexpected token: (.+)$/.exec(text) ?? [];
  if (token) return `Syntax error: mismatched input '${token === 'EOF' ? '<EOF>' : token}' expecting ${EXPECTED}`;
  return /^(Unexpected|Expected|Unterminated|Invalid)/.test(text) ? `Syntax error: ${text[0]!.toLowerCase()}${text.slice(1)}` : text;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
