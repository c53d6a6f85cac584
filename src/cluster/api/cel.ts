/** CEL as Kubernetes evaluates it in schemas and policies: expressions compiled once, errors as answers. */
import { Environment } from '@marcbachmann/cel-js';

export interface CelAnswer { readonly value?: unknown; readonly error?: string }

type Program = (context: Record<string, unknown>) => unknown;

const programs = new Map<string, Program | string>();

/** The value of an expression over these variables, or why it has none. */
export function evaluateRule(expression: string, variables: Readonly<Record<string, unknown>>): CelAnswer {
  const names = Object.keys(variables);
  const program = compiled(expression, names);
  if (typeof program === 'string') return { error: `rule compile error: compilation failed: ${program}` };
  try {
    return { value: toPlain(program(Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, toCel(value)])))) };
  } catch (error) {
    return { error: `rule evaluation error: ${firstLine(error)}` };
  }
}

/** What the compiler says against an expression; undefined: nothing. */
export function compileProblem(expression: string, names: readonly string[]): string | undefined {
  const program = compiled(expression, names);
  return typeof program === 'string' ? program : undefined;
}

function compiled(expression: string, names: readonly string[]): Program | string {
  const key = `${names.join()}|${expression}`;
  let found = programs.get(key);
  if (found === undefined) programs.set(key, (found = compile(expression, names)));
  return found;
}

function compile(expression: string, names: readonly string[]): Program | string {
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const name of names) environment.registerVariable(name, 'dyn');
  try {
    const program = environment.parse(expression);
    const checked = program.check();
    return checked.valid ? (program as Program) : firstLine(checked.error);
  } catch (error) {
    return firstLine(error);
  }
}

/** CEL's integers are 64 bits wide. */
function toCel(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toCel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toCel(item)]));
}

function toPlain(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
