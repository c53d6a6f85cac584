/** The manual page, in man(7)'s language, from the program's own commands. */
import type { Argument, Command, Option } from 'commander';

/** The page of section 1; it names no date, so that a build is the same each time. */
export function manualPage(program: Command, version: string): string {
  const name = program.name();
  const help = program.createHelp();
  return [
    `.TH ${name.toUpperCase()} 1 "" "${name} ${version}" "User Commands"`,
    '.SH NAME', `${escaped(name)} \\- ${escaped(firstSentence(program.description()))}`,
    '.SH SYNOPSIS', `.B ${escaped(name)}`, `${escaped('[options] [command]')}`,
    '.SH DESCRIPTION', escaped(program.description()),
    '.SH OPTIONS', ...help.visibleOptions(program).flatMap(optionOf),
    '.SH COMMANDS', ...help.visibleCommands(program).flatMap((command) => commandOf(command, name)),
    '.SH ENVIRONMENT', ...VARIABLES.flatMap(([variable, about]) => ['.TP', `.B ${variable}`, escaped(about)]),
    '.SH EXIT STATUS', '0 when all went well, 1 when something did not, 2 when the command line was not understood.',
    '.SH SEE ALSO', '.BR kubectl (1)', '',
  ].join('\n');
}

const VARIABLES: readonly (readonly [string, string])[] = [
  ['KUBE_QUEST_SAVES', 'the folder where progress is kept, unless --saves is given'],
  ['KUBE_QUEST_LANG', 'the language of the game and of packs, where they know it; --language and the settings come first'],
  ['KUBE_QUEST_PACKS', 'folders in which packs are looked for, too'],
  ['KUBE_QUEST_LRS_AUTH', 'user:password for the learning record store that report sends to'],
  ['NO_COLOR', 'nothing is coloured when it is set'],
];

/** A command with its arguments and options, and those below it. */
function commandOf(command: Command, above: string): string[] {
  const help = command.createHelp();
  const path = `${above} ${command.name()}`;
  const below = command.commands.length > 0 ? help.visibleCommands(command).filter((each) => each.name() !== 'help') : [];
  return [
    `.SS "${escaped(`${path} ${command.usage()}`)}"`, escaped(sentence(command.description())),
    ...help.visibleArguments(command).flatMap(argumentOf), ...help.visibleOptions(command).filter(({ long }) => long !== '--help').flatMap(optionOf),
    ...below.flatMap((each) => commandOf(each, path)),
  ];
}

const optionOf = (option: Option): string[] => ['.TP', `.B ${escaped(option.flags)}`, escaped(withDefault(option.description, option.defaultValue))];

const argumentOf = (argument: Argument): string[] => ['.TP', `.I ${escaped(argument.name())}`, escaped(withDefault(argument.description, argument.defaultValue))];

function withDefault(about: string, value: unknown): string {
  return typeof value === 'string' ? `${about} (${value} unless given)` : about;
}

const firstSentence = (text: string): string => text.split(/[.:]/)[0]!;

const sentence = (text: string): string => text === '' ? '' : `${text[0]!.toUpperCase()}${text.slice(1)}${/[.)]$/.test(text) ? '' : '.'}`;

/** Text that troff takes as it stands: no line of it is a request, and dashes can be copied. */
function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('"', '\\(dq').replace(/\s+/g, ' ').replace(/^([.'])/, '\\&$1');
}
