/** Commands around attempts and training sessions: export, verify, report, session, join, hand-in. */
import { type Command, InvalidArgumentError } from 'commander';

type Does = <A extends unknown[]>(act: (...args: A) => Promise<number>) => (...args: A) => Promise<void>;
export interface SaveFlags { saves?: string; player?: string }
export interface ReportFlags { pack?: string; csv?: boolean; json?: boolean; junit?: boolean; html?: boolean; xapi?: string; lrs?: string; out?: string; title?: string }

/** Adds them. `course` is the folder of the pack that ships with the game. */
export function addSessionCommands(program: Command, does: Does, course: string): void {
  const saves = (command: Command) => command.option('--saves <dir>', 'where progress is kept').option('--player <name>', 'whose; the only one unless given');
  const flagsOf = <T extends SaveFlags>(options: T): T => ({ ...program.opts<SaveFlags>(), ...options });

  const session = program.command('session').description('training sessions for a class');
  saves(session.command('export')).description('write a player\'s best attempts to a file').option('--pack <pack>', 'of another pack than the course').option('--out <file>', 'where to; standard output unless given').option('--name', 'with the player\'s name')
    .action(does(async (options: SaveFlags & { pack?: string; out?: string; name?: boolean }) => (await import('./hand-in.ts')).exportAttempts(options.pack ?? course, flagsOf(options))));
  program.command('verify').argument('<files...>', 'exported or handed-in attempts, or saves').description('play every attempt again and recompute its score').option('--pack <pack>', 'the pack they were played on, if not the course').option('--json', 'as JSON')
    .action(does(async (files: string[], options: { pack?: string; json?: boolean }) => (await import('./verify.ts')).verify(files, options.pack ?? course, options)));
  program.command('report').argument('<files...>', 'handed-in attempts').description('what a class did: a table, or another form').option('--pack <pack>', 'the pack they were played on, if not the course').option('--csv', 'for spreadsheets').option('--json', 'as JSON').option('--junit', 'for CI servers')
    .option('--html', 'one page, with where the class got stuck').option('--out <file>', 'where to; standard output unless given').option('--title <text>', 'of the page').option('--xapi <file>', 'also write xAPI statements').option('--lrs <url>', 'also send them to a learning record store; KUBE_QUEST_LRS_AUTH=user:password says who you are')
    .action(does(async (files: string[], options: ReportFlags) => (await import('./report.ts')).report(files, options.pack ?? course, options)));
  session.command('new').description('write a session that students join').option('--pack <pack>', 'another pack than the course').option('--levels <ids>', 'these levels, with commas between; all unless given').option('--deadline <time>', 'such as 2027-01-31T18:00Z', time).option('--title <text>', 'its title').option('--out <file>', 'where to', 'session.json')
    .action(does(async (options: { pack?: string; levels?: string; deadline?: string; title?: string; out: string }) => (await import('./sessions.ts')).newSession(options.pack ?? course, options)));
  const join = (command: Command) => saves(command.argument('<session>', 'its file or its code')).description('open a training session').option('--pack <pack>', 'where its pack is, if not the course').option('--plain', 'line by line').option('--language <tag>', 'the language of the game, such as en or de').option('--no-play', 'only remember it')
    .action(does(async (what: string, options: SaveFlags & { pack?: string; plain?: boolean; language?: string; play?: boolean }) => (await import('./sessions.ts')).joinSession(what, options.pack ?? course, flagsOf(options))));
  join(session.command('join'));
  join(program.command('join'));
  const handIn = (command: Command) => saves(command).description('bundle your attempts of a session into one file').option('--out <file>', 'where to').option('--name', 'with your name: without this, only your teacher\'s list knows who you are')
    .action(does(async (options: SaveFlags & { out?: string; name?: boolean }) => (await import('./hand-in.ts')).handIn(course, flagsOf(options))));
  handIn(session.command('hand-in'));
  handIn(program.command('hand-in'));
}

function time(text: string): string {
  if (Number.isNaN(Date.parse(text))) throw new InvalidArgumentError('a time such as 2027-01-31T18:00Z is wanted');
  return new Date(text).toISOString();
}
