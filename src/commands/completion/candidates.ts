/** What may stand at the end of a command line, read from the program's own commands, options and arguments. */
import type { Argument, Command, Option } from 'commander';

interface Candidate { text: string; about: string }
export interface Candidates { words: Candidate[]; /** Names of files fit, too. */ isFile: boolean }
/** The levels of a pack; of the course unless one is named. */
type LevelsOf = (pack: string | undefined) => { id: string; title: string }[];

/** Where a command line stands after its whole words. */
interface Place { command: Command; args: string[]; given: Map<string, string>; /** Its value is what comes next. */ pending?: Option; isPastOptions: boolean }

/** By the name of a value in the usage: those that are files, and those that are levels. */
const FILES = new Set(['file', 'files', 'dir', 'pack', 'script', 'session', 'what']);
const LEVELS = new Set(['level', 'levels', 'id', 'ids', 'what']);

/** Candidates for the last of the words after the program's name; none where anything goes. */
export function candidates(program: Command, words: readonly string[], levelsOf: LevelsOf): Candidates {
  const last = words.at(-1) ?? '';
  const place = walk(program, words.slice(0, -1));
  const [flag, value] = splitFlag(last);
  const option = value === undefined || place.isPastOptions ? undefined : optionOf(place.command, flag);
  if (option) {
    const found = valuesOf(option, place, value!, levelsOf);
    return { ...found, words: found.words.map((word) => ({ ...word, text: `${flag}=${word.text}` })) };
  }
  if (place.pending) return valuesOf(place.pending, place, last, levelsOf);
  if (last.startsWith('-') && !place.isPastOptions) return { words: starting(last, optionsOf(place.command).map((each) => ({ text: each.long ?? each.flags, about: each.description }))), isFile: false };
  const commands = place.args.length === 0 ? starting(last, commandsOf(place.command)) : [];
  const argument = argumentAt(place);
  if (!argument) return { words: commands, isFile: false };
  const values = valuesOf(argument, place, last, levelsOf);
  return { words: [...commands, ...values.words], isFile: values.isFile };
}

/** A line a candidate, what it is about after a tab; `:files` at the end asks the shell for files as well. */
export function linesOf({ words, isFile }: Candidates): string {
  return [...words.map(({ text, about }) => `${text}\t${about}`), ...(isFile ? [':files'] : [])].map((line) => `${line}\n`).join('');
}

function walk(program: Command, words: readonly string[]): Place {
  const place: Place = { command: program, args: [], given: new Map(), isPastOptions: false };
  for (const word of words) step(place, word);
  return place;
}

function step(place: Place, word: string): void {
  const { pending } = place;
  if (pending) {
    if (word === '=') return; // bash parts words there
    place.given.set(pending.attributeName(), word);
    delete place.pending;
  } else if (word === '--' && !place.isPastOptions) place.isPastOptions = true;
  else if (word.startsWith('-') && word.length > 1 && !place.isPastOptions) {
    const [flag, value] = splitFlag(word);
    const option = optionOf(place.command, flag);
    if (option && value !== undefined) place.given.set(option.attributeName(), value);
    else if (option?.required) place.pending = option;
  } else {
    const below = place.args.length === 0 ? place.command.commands.find((each) => each.name() === word) : undefined;
    if (below) place.command = below;
    else place.args.push(word);
  }
}

function splitFlag(word: string): [flag: string, value: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

/** A command's options, and those that count for the whole program. */
function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  const above = command.parent ? optionsOf(command.parent).filter((each) => !own.some(({ long }) => long === each.long) && each.long !== '--version') : [];
  return [...own, ...above];
}

const optionOf = (command: Command, flag: string): Option | undefined => optionsOf(command).find(({ long, short }) => long === flag || short === flag);

const commandsOf = (command: Command): Candidate[] => command.createHelp().visibleCommands(command).map((each) => ({ text: each.name(), about: each.description() }));

function argumentAt({ command, args }: Place): Argument | undefined {
  const { registeredArguments } = command;
  return registeredArguments[args.length] ?? registeredArguments.findLast(({ variadic }) => variadic);
}

function valuesOf(of: Option | Argument, place: Place, typed: string, levelsOf: LevelsOf): Candidates {
  const name = 'flags' in of ? /[<[]([\w-]+)/.exec(of.flags)?.[1] ?? '' : of.name();
  if (of.argChoices) return { words: starting(typed, of.argChoices.map((text) => ({ text, about: '' }))), isFile: false };
  return { words: LEVELS.has(name) ? levelWords(place, typed, name === 'ids', levelsOf) : [], isFile: FILES.has(name) };
}

/** The levels of the pack that the line names; several are parted by commas. */
function levelWords({ command, args, given }: Place, typed: string, areSeveral: boolean, levelsOf: LevelsOf): Candidate[] {
  const named = command.registeredArguments.findIndex((argument) => argument.name() === 'pack' || argument.name() === 'what');
  const pack = given.get('pack') ?? (named < 0 ? undefined : args[named]);
  const before = areSeveral ? typed.slice(0, typed.lastIndexOf(',') + 1) : '';
  try {
    return starting(typed, levelsOf(pack).map(({ id, title }) => ({ text: `${before}${id}`, about: title })));
  } catch (error) {
    // A pack that is not there, or not yet: there is nothing to propose, and a message would stand in the middle of the line.
    if (error instanceof Error && error.name === 'PackError') return [];
    throw error;
  }
}

const starting = (typed: string, all: readonly Candidate[]): Candidate[] => all.filter(({ text }) => text.startsWith(typed));
