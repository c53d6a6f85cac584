/** Command-line flags of the control plane's programs: what they know, and how they refuse what they do not. */

import { parseGoDuration } from '../../api/duration.ts';
import { type FeatureGates, featureGates } from '../../api/feature-gates.ts';
import { addressNumber } from '../../network/addresses.ts';

/** A program that stops before it has begun: its last words, for the container's log. */
export class FlagError extends Error {
  constructor(message: string, readonly code = 1) { super(message); }
}

export type FlagKind = 'string' | 'bool' | 'int' | 'list' | 'duration' | 'ip';

/** Known flags of a program. */
export type FlagTable = Readonly<Record<string, FlagKind>>;

/** Values given on a command line; the last one counts. */
export class Flags {
  readonly #values: ReadonlyMap<string, string>;
  constructor(values: ReadonlyMap<string, string>) { this.#values = values; }
  text(name: string): string | undefined { return this.#values.get(name) || undefined; }
  bool(name: string, usual: boolean): boolean { const value = this.#values.get(name); return value === undefined ? usual : TRUE.includes(value); }
  int(name: string, usual: number): number { const value = this.#values.get(name); return value === undefined ? usual : Number(value); }
  /** A number with a fraction, which Go's float flags take. */
  number(name: string, usual: number): number { const value = Number(this.text(name)); return this.has(name) && Number.isFinite(value) ? value : usual; }
  ms(name: string, usual: number): number { return parseGoDuration(this.text(name) ?? '') ?? usual; }
  list(name: string): string[] { return (this.#values.get(name) ?? '').split(',').map((item) => item.trim()).filter(Boolean); }
  has(name: string): boolean { return this.#values.has(name); }
  /** `--feature-gates`. Throws FlagError for what is none. */
  gates(): FeatureGates {
    const pairs = this.list('feature-gates').map((pair) => split(pair.replace(/^kube:/, '')));
    const gates = pairs.map(({ name, inline }) => gateProblem(name, inline)).find((text) => text !== undefined) ?? featureGates(pairs.map(({ name, inline = '' }) => [name, TRUE.includes(inline)]));
    if (typeof gates === 'string') throw new FlagError(gates);
    return gates;
  }
}

const TRUE = ['true', '1', 't', 'T', 'TRUE', 'True'];
const FALSE = ['false', '0', 'f', 'F', 'FALSE', 'False'];

/** Parses argv as pflag does, with Kubernetes' normalizing of `_` to `-`. Throws FlagError with the text that the program prints. */
export function parseFlags(argv: readonly string[], table: FlagTable): Flags {
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('-') || word === '-') throw new FlagError(`Error: unknown command ${JSON.stringify(word)}`);
    const isLong = word.startsWith('--');
    if (!isLong && word[1] !== 'v') throw new FlagError(`Error: unknown shorthand flag: '${word[1]}' in ${word}`);
    const { name, inline } = isLong ? split(word.slice(2)) : { name: 'v', inline: word.slice(2).replace(/^=/, '') || undefined };
    const kind = known(table, name);
    if (!kind) throw new FlagError(`Error: unknown flag: --${name}`);
    const value = inline ?? (kind === 'bool' ? 'true' : argv[++i]);
    if (value === undefined) throw new FlagError(`Error: flag needs an argument: ${isLong ? `--${name}` : "'v' in -v"}`);
    check(name, kind, value);
    values.set(name.replaceAll('_', '-'), value);
  }
  return new Flags(values);
}

/** Parses argv as Go's own flag package does (etcd). Throws FlagError; the program exits with 2. */
export function parseGoFlags(argv: readonly string[], table: FlagTable): Flags {
  const values = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('-')) throw new FlagError(`'${word}' is not a valid flag`, 1);
    const { name, inline } = split(word.replace(/^--?/, ''));
    const kind = known(table, name);
    if (!kind) throw new FlagError(`flag provided but not defined: -${name}`, 2);
    const value = inline ?? (kind === 'bool' ? 'true' : argv[++i]);
    if (value === undefined) throw new FlagError(`flag needs an argument: -${name}`, 2);
    if (problem(kind, value)) throw new FlagError(kind === 'bool' ? `invalid boolean value ${JSON.stringify(value)} for -${name}: parse error` : `invalid value ${JSON.stringify(value)} for flag -${name}: parse error`, 2);
    values.set(name, value);
  }
  return new Flags(values);
}

function split(word: string): { name: string; inline: string | undefined } {
  const at = word.indexOf('=');
  return at < 0 ? { name: word, inline: undefined } : { name: word.slice(0, at), inline: word.slice(at + 1) };
}

function known(table: FlagTable, name: string): FlagKind | undefined {
  const normal = name.replaceAll('_', '-');
  return Object.hasOwn(table, normal) ? table[normal] : undefined;
}

function check(name: string, kind: FlagKind, value: string): void {
  const why = problem(kind, value);
  if (why) throw new FlagError(`Error: invalid argument ${JSON.stringify(value)} for "--${name}" flag: ${why}`);
}

/** What Go says about a value of the wrong kind. */
function problem(kind: FlagKind, value: string): string | undefined {
  const quoted = JSON.stringify(value);
  if (kind === 'bool' && ![...TRUE, ...FALSE].includes(value)) return `strconv.ParseBool: parsing ${quoted}: invalid syntax`;
  if (kind === 'int' && !/^-?\d+$/.test(value)) return `strconv.ParseInt: parsing ${quoted}: invalid syntax`;
  if (kind === 'duration' && !/^(0|-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+)$/.test(value)) return /^-?\d+$/.test(value) ? `time: missing unit in duration ${quoted}` : `time: invalid duration ${quoted}`;
  if (kind === 'ip' && addressNumber(value) === undefined && !value.includes(':')) return `failed to parse IP: ${quoted}`;
  return undefined;
}

function gateProblem(name: string, inline: string | undefined): string | undefined {
  if (inline === undefined) return `missing bool value for ${name}`;
  return [...TRUE, ...FALSE].includes(inline) ? undefined : `invalid value of ${name}=${inline}, err: strconv.ParseBool: parsing ${JSON.stringify(inline)}: invalid syntax`;
}
