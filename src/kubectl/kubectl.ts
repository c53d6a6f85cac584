/** kubectl's front door: finds the verb, reads its flags, runs it, and says what went wrong. */
import { verbs } from './commands.ts';
import { Call, type Verb } from './command.ts';
import type { KubectlEnvironment } from './environment.ts';
import { HelpError, KubectlError, report } from './errors.ts';
import { Flags, parseFlags } from './flags.ts';
import { helpFor, rootHelp } from './help.ts';
import { allFlags, surfaceOf } from './surface.ts';
import { suggestionsFor } from './suggestions.ts';

/** Runs one command line (without the word kubectl) inside a world activity; gives the exit code. */
export async function kubectl(argv: readonly string[], environment: KubectlEnvironment): Promise<number> {
  try {
    return await run(argv, environment);
  } catch (error) {
    // A failure of the program itself is a bug: it is passed on, never dressed up as kubectl's.
    if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) throw error;
    const { text, exitCode } = report(error);
    if (text) environment.stderr(text);
    return exitCode;
  }
}

async function run(argv: readonly string[], environment: KubectlEnvironment): Promise<number> {
  const { verb, rest, unknown } = findVerb(argv);
  const path = verb?.path ?? '';
  const flags = new Flags(allFlags(path));
  const parsed = parsedOrExplained(rest, flags, path);
  if (flags.bool('help') || (!verb && !unknown) || parsed.args[0] === 'help' && !verb) {
    environment.stdout(verb ? helpFor(verb, verbs) : helpAbout(parsed.args.slice(1)));
    return 0;
  }
  if (!verb) throw new KubectlError(`unknown command "${unknown}" for "kubectl"${suggestionsFor(unknown ?? '', verbs.map((v) => v.path).filter((p) => !p.includes(' ')))}`);
  for (const notice of parsed.notices) environment.stderr(`${notice}\n`);
  checkRequired(verb, flags);
  const call = new Call(environment, path, parsed, flags);
  if (!verb.run) return explainGroup(verb, call);
  const exitCode = (await verb.run(call).catch((error: unknown) => {
    if (error instanceof HelpError) call.out(helpFor(verb, verbs));
    throw error;
  })) ?? 0;
  if (flags.bool('warnings-as-errors') && call.hasWarned) throw new KubectlError('1 warning received');
  return exitCode;
}

function parsedOrExplained(argv: readonly string[], flags: Flags, path: string): ReturnType<typeof parseFlags> {
  try {
    return parseFlags(argv, flags);
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    throw new KubectlError(`${error.message}\nSee '${path ? `kubectl ${path}` : 'kubectl'} --help' for usage.`);
  }
}

/** `kubectl help create job`. */
function helpAbout(words: readonly string[]): string {
  const { verb } = findVerb(words);
  return verb ? helpFor(verb, verbs) : rootHelp(verbs);
}

function checkRequired({ required = [] }: Verb, flags: Flags): void {
  const missing = required.filter((name) => !flags.changed(name)).sort();
  if (missing.length > 0) throw new KubectlError(`required flag(s) ${missing.map((name) => `"${name}"`).join(', ')} not set`);
}

/** The groups that explain themselves on standard output, and how they exit. */
const OUTSPOKEN_GROUPS: Readonly<Record<string, number>> = { rollout: 1, certificate: 0 };

/** A command that only groups others: its help, or a complaint about what follows. */
function explainGroup(verb: Verb, call: Call): number {
  const exitCode = OUTSPOKEN_GROUPS[verb.path];
  if (call.args.length > 0 && exitCode !== 0) throw call.usage(`unknown command "${call.args.join(' ')}"`);
  const text = helpFor(verb, verbs);
  if (exitCode === undefined) call.err(text);
  else call.out(text);
  return exitCode ?? 1;
}

/** The verb that a command line names, its other words, and the first word when it is no verb. */
export function findVerb(argv: readonly string[]): { verb?: Verb; rest: string[]; unknown?: string } {
  let verb: Verb | undefined;
  const rest = [...argv];
  for (;;) {
    const index = nextWord(rest, verb?.path ?? '');
    const word = index === undefined ? undefined : rest[index];
    const next = word === undefined ? undefined : subVerb(verb?.path ?? '', word);
    if (!next || index === undefined) return { verb, rest, ...(verb ? {} : { unknown: word === 'help' ? undefined : word }) };
    rest.splice(index, 1);
    verb = next;
  }
}

function subVerb(path: string, word: string): Verb | undefined {
  const depth = path === '' ? 1 : path.split(' ').length + 1;
  return verbs.find((verb) => {
    const words = verb.path.split(' ');
    if (words.length !== depth || words.slice(0, -1).join(' ') !== path) return false;
    return words.at(-1) === word || (surfaceOf(verb.path).aliases ?? []).includes(word);
  });
}

/** The index of the first word that is neither a flag nor a flag's value, before `--`. */
function nextWord(words: readonly string[], path: string): number | undefined {
  const specs = allFlags(path);
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === '--') return undefined;
    if (!word.startsWith('-') || word === '-') return i;
    const spec = word.startsWith('--') ? specs.find((s) => s.name === word.slice(2)) : specs.find((s) => s.short === word[1]);
    const standsAlone = word.includes('=') || (!word.startsWith('--') && word.length > 2) || spec?.withoutValue !== undefined;
    if (!standsAlone) i++;
  }
  return undefined;
}
