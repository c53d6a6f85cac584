/** Command-line flags as kubectl reads them: spf13/pflag's rules, values and complaints. */
import { parseGoDuration } from '../cluster/api/duration.ts';
import { KubectlError } from './errors.ts';

type FlagType = 'string' | 'bool' | 'tristate' | 'int' | 'int32' | 'int64' | 'duration' | 'stringSlice' | 'stringArray' | 'stringToString' | 'mapStringString';

/** One flag of a command. */
export interface FlagSpec {
  name: string;
  short?: string;
  type: FlagType;
  /** The value as it would be typed. */
  default: string;
  /** What the flag means when it is given without a value; without it a value must follow. */
  withoutValue?: string;
  isDeprecated?: boolean;
}

const DEPRECATIONS: Readonly<Record<string, string>> = {
  record: '--record will be removed in the future',
  'cpu-percent': "Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).",
};

const LISTS: readonly FlagType[] = ['stringSlice', 'stringArray', 'stringToString'];

/**
 * Reads the notation of surface.json, flags between spaces: `[s/]name[:type][=default][?without value][!]`.
 * No type means bool; `!` marks a deprecated flag.
 */
export function flagSpec(notation: string): FlagSpec {
  const [, short, name = '', type = 'bool', fallback, withoutValue, deprecated] =
    /^(?:(.)\/)?([a-z0-9-]+)(?::([A-Za-z0-9]+))?(?:=([^?]*?))?(?:\?(.+?))?(!)?$/.exec(notation) ?? [];
  const flagType = type as FlagType; // surface.json holds only these; a test reads all of it
  const isBool = flagType === 'bool';
  return {
    name, type: flagType, default: fallback ?? (isBool ? 'false' : ''),
    ...(short ? { short } : {}),
    ...(isBool ? { withoutValue: 'true' } : withoutValue ? { withoutValue } : {}),
    ...(deprecated ? { isDeprecated: true } : {}),
  };
}

/** The values of a command's flags. Asking for a flag that the command does not have is a programming error. */
export class Flags {
  readonly specs: readonly FlagSpec[];
  readonly #byName: ReadonlyMap<string, FlagSpec>;
  readonly #given = new Map<string, string[]>();

  constructor(specs: readonly FlagSpec[]) {
    this.specs = specs;
    this.#byName = new Map(specs.map((spec) => [spec.name, spec]));
  }

  has(name: string): boolean { return this.#byName.has(name); }

  /** True when the flag was given on the command line. */
  changed(name: string): boolean { return this.#given.has(name); }

  string(name: string): string { return this.#given.get(name)?.at(-1) ?? this.#spec(name).default; }

  /** The same; '' also when the command has no such flag. */
  optional(name: string): string { return this.has(name) ? this.string(name) : ''; }

  bool(name: string): boolean {
    return this.has(name) && /^(1|t|true)$/i.test(this.string(name));
  }

  number(name: string): number { return Number(this.string(name)); }

  /** Milliseconds. */
  duration(name: string): number { return parseGoDuration(this.string(name) || '0') ?? 0; }

  /** Values of a repeatable flag, in order; a slice's values are split at commas. */
  list(name: string): string[] {
    const given = this.#given.get(name);
    if (!given) return this.#spec(name).default.replace(/^\[|\]$/g, '').split(',').filter(Boolean);
    return this.#spec(name).type === 'stringArray' ? given : given.flatMap((text) => (text === '' ? [] : splitCsv(text)));
  }

  /** Sets a flag as if it had been typed. Throws KubectlError, worded as pflag, for a value it cannot hold. */
  set(name: string, value: string): void {
    const spec = this.#spec(name);
    const problem = problemWith(spec, value);
    if (problem) throw new KubectlError(`invalid argument "${value}" for "${spec.short ? `-${spec.short}, ` : ''}--${name}" flag: ${problem}`);
    this.#given.set(name, LISTS.includes(spec.type) ? [...(this.#given.get(name) ?? []), value] : [value]);
  }

  #spec(name: string): FlagSpec {
    const spec = this.#byName.get(name);
    if (!spec) throw new Error(`kubectl: no flag --${name} is defined here`);
    return spec;
  }
}

/** What is left once the flags are taken out. */
export interface ParsedArguments {
  args: string[];
  /** How many of `args` came before `--`; undefined when there was none. */
  dash?: number;
  /** Lines for standard error about deprecated flags. */
  notices: string[];
}

/**
 * Takes the flags out of `argv` into `flags`; flags and arguments may be mixed. Throws KubectlError for what pflag
 * rejects. A command that runs another program (`exec`) still needs `--` before that program's own flags.
 */
export function parseFlags(argv: readonly string[], flags: Flags): ParsedArguments {
  const result: ParsedArguments = { args: [], notices: [] };
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      result.dash = result.args.length;
      result.args.push(...rest);
      break;
    }
    if (word.startsWith('--')) parseLong(word, rest, flags, result);
    else if (word.startsWith('-') && word.length > 1) parseShort(word, rest, flags, result);
    else result.args.push(word);
  }
  return result;
}

function parseLong(word: string, rest: string[], flags: Flags, result: ParsedArguments): void {
  const at = word.indexOf('=');
  const name = word.slice(2, at < 0 ? undefined : at);
  if (name === '' || name.startsWith('-')) throw new KubectlError(`bad flag syntax: ${word}`);
  const spec = flags.specs.find((known) => known.name === name);
  if (!spec) throw new KubectlError(`unknown flag: --${name}`);
  const value = at >= 0 ? word.slice(at + 1) : spec.withoutValue ?? rest.shift();
  if (value === undefined) throw new KubectlError(`flag needs an argument: --${name}`);
  assign(spec, value, flags, result);
}

/** `-n x`, `-nx`, `-n=x`, and bundles such as `-it`. */
function parseShort(word: string, rest: string[], flags: Flags, result: ParsedArguments): void {
  for (let letters = word.slice(1); letters !== '';) {
    const letter = letters[0]!;
    const spec = flags.specs.find((known) => known.short === letter);
    if (!spec) throw new KubectlError(`unknown shorthand flag: '${letter}' in -${letters}`);
    const tail = letters.slice(1);
    if (tail.startsWith('=') && letters.length > 2) return assign(spec, tail.slice(1), flags, result);
    if (spec.withoutValue !== undefined) {
      assign(spec, spec.withoutValue, flags, result);
      letters = tail;
      continue;
    }
    const value = tail !== '' ? tail : rest.shift();
    if (value === undefined) throw new KubectlError(`flag needs an argument: '${letter}' in -${letters}`);
    return assign(spec, value, flags, result);
  }
}

function assign(spec: FlagSpec, value: string, flags: Flags, result: ParsedArguments): void {
  flags.set(spec.name, value);
  const why = DEPRECATIONS[spec.name];
  if (spec.isDeprecated && why) result.notices.push(`Flag --${spec.name} has been deprecated, ${why}`);
}

const LONGEST_MS = 2 ** 63 / 1e6; // Go counts nanoseconds in 64 bits
const INTEGER_MAX: Readonly<Partial<Record<FlagType, bigint>>> = { int: 2n ** 63n - 1n, int64: 2n ** 63n - 1n, int32: 2n ** 31n - 1n };

function problemWith({ type }: FlagSpec, value: string): string | undefined {
  const max = INTEGER_MAX[type];
  if (max !== undefined) return integerProblem(value, max);
  if (type === 'bool' && !/^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)) return `strconv.ParseBool: parsing "${value}": invalid syntax`;
  if (type === 'duration' && !(Math.abs(parseGoDuration(value) ?? NaN) <= LONGEST_MS)) return durationProblem(value);
  if (type === 'stringToString' && splitCsv(value).some((pair) => !pair.includes('='))) return `${splitCsv(value).find((pair) => !pair.includes('='))} must be formatted as key=value`;
  if (type === 'mapStringString' && value.split(',').some((pair) => !pair.includes('='))) return 'malformed pair, expect string=string';
  return undefined;
}

function integerProblem(value: string, max: bigint): string | undefined {
  if (!/^[+-]?(0[xX][0-9a-fA-F]+|\d+)$/.test(value)) return `strconv.ParseInt: parsing "${value}": invalid syntax`;
  const amount = BigInt(value.replace(/^[+-]/, ''));
  return amount > max ? `strconv.ParseInt: parsing "${value}": value out of range` : undefined;
}

function durationProblem(value: string): string {
  const number = /^[+-]?[0-9.]+$/.test(value);
  if (number) return `time: missing unit in duration "${value}"`;
  const unit = /^[+-]?[0-9.]+([^0-9.]+)/.exec(value)?.[1];
  return unit && !/^(ns|us|µs|ms|s|m|h)$/.test(unit) ? `time: unknown unit "${unit}" in duration "${value}"` : `time: invalid duration "${value}"`;
}

/** A line of comma-separated values; a field may stand in double quotes. */
export function splitCsv(text: string): string[] {
  const fields: string[] = [];
  let field = '', isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (isQuoted && c === '"' && text[i + 1] === '"') { field += '"'; i++; }
    else if (c === '"' && (isQuoted || field === '')) isQuoted = !isQuoted;
    else if (c === ',' && !isQuoted) { fields.push(field); field = ''; }
    else field += c;
  }
  return [...fields, field];
}
