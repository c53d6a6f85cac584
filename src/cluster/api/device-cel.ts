/** CEL over one device, as DeviceClasses and requests select devices by it: driver, attributes and capacity by domain. */
import { Environment } from '@marcbachmann/cel-js';
import type { Device, DeviceAttribute } from './device-types.ts';
import { parseQuantity } from './quantity.ts';

class Quantity { constructor(readonly nano: bigint) {} }
class Semver { constructor(readonly parts: readonly bigint[]) {} }

type Program = (context: Record<string, unknown>) => unknown;
const programs = new Map<string, Program | { problem: string }>();

/** Whether the expression holds for the device; an error if it cannot be said. */
export function deviceMatches(expression: string, driver: string, device: Device): boolean | { error: string } {
  const program = compiled(expression);
  if (typeof program !== 'function') return { error: `CEL compile error: compilation failed: ${program.problem}` };
  try {
    const value = program({ device: variablesOf(driver, device) });
    return typeof value === 'boolean' ? value : { error: 'CEL result of type string could not be converted to bool' };
  } catch (error) {
    return { error: `CEL runtime error: ${firstLine(error).replace(/^No such/, 'no such')}` };
  }
}

/** What the compiler says against an expression; undefined: nothing. */
export function selectorProblem(expression: string): string | undefined {
  const program = compiled(expression);
  return typeof program === 'function' ? undefined : program.problem;
}

function compiled(expression: string): Program | { problem: string } {
  let found = programs.get(expression);
  if (!found) programs.set(expression, (found = compile(expression)));
  return found;
}

function compile(expression: string): Program | { problem: string } {
  try {
    // The evaluator knows has() of plain fields only.
    const program = environment().parse(expression.replace(/has\((device\.(?:attributes|capacity)\[[^\]]+\])\.(\w+)\)/g, "('$2' in $1)"));
    const checked = program.check();
    return checked.valid ? (program as Program) : { problem: firstLine(checked.error) };
  } catch (error) {
    return { problem: firstLine(error) };
  }
}

let shared: Environment | undefined;

function environment(): Environment {
  if (shared) return shared;
  const created = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  created.registerVariable('device', 'dyn').registerType('Quantity', Quantity).registerType('Semver', Semver);
  created.registerFunction('quantity(string): Quantity', (text: string) => new Quantity(parseQuantity(text).nano));
  created.registerFunction('semver(string): Semver', (text: string) => semver(text));
  comparisons<Quantity>(created, 'Quantity', (a, b) => sign(a.nano - b.nano));
  comparisons<Semver>(created, 'Semver', (a, b) => a.parts.map((part, i) => sign(part - b.parts[i]!)).find((each) => each !== 0n) ?? 0n);
  for (const [index, name] of ['major', 'minor', 'patch'].entries()) created.registerFunction(`Semver.${name}(): int`, (version: Semver) => version.parts[index] ?? 0n);
  return (shared = created);
}

function comparisons<T>(to: Environment, type: string, compare: (a: T, b: T) => bigint): void {
  to.registerFunction(`${type}.compareTo(${type}): int`, (a: T, b: T) => compare(a, b));
  to.registerFunction(`${type}.isGreaterThan(${type}): bool`, (a: T, b: T) => compare(a, b) > 0n);
  to.registerFunction(`${type}.isLessThan(${type}): bool`, (a: T, b: T) => compare(a, b) < 0n);
}

const sign = (difference: bigint): bigint => (difference > 0n ? 1n : difference < 0n ? -1n : 0n);

function semver(text: string): Semver {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  if (!parts) throw new Error(`Invalid semantic version "${text}"`);
  return new Semver(parts.slice(1).map(BigInt));
}

/** Names without a domain are the driver's own; unknown domains are there, and empty. */
function variablesOf(driver: string, { attributes = {}, capacity = {} }: Device): object {
  return {
    driver, attributes: byDomain(driver, attributes, valueOf),
    capacity: byDomain(driver, capacity, ({ value }) => new Quantity(parseQuantity(value).nano)),
  };
}

function byDomain<T>(driver: string, values: Readonly<Record<string, T>>, convert: (value: T) => unknown): object {
  const domains: Record<string, Record<string, unknown>> = { [driver]: {} };
  for (const [name, value] of Object.entries(values)) {
    const [domain, key] = qualified(driver, name);
    (domains[domain] ??= {})[key] = convert(value);
  }
  return new Proxy(domains, { get: (all, key) => (typeof key === 'string' ? all[key] ?? {} : undefined), getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: {} }), has: () => true });
}

/** `model` of gpu.example.com is `gpu.example.com/model`. */
export function qualified(driver: string, name: string): [domain: string, key: string] {
  const at = name.indexOf('/');
  return at < 0 ? [driver, name] : [name.slice(0, at), name.slice(at + 1)];
}

function valueOf({ string, int, bool, version }: DeviceAttribute): unknown {
  if (string !== undefined) return string;
  if (int !== undefined) return BigInt(int);
  return bool ?? (version === undefined ? undefined : semver(version));
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
