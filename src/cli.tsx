#!/usr/bin/env node
/** kube-quest: parses the command line and loads the one command that was asked for. */
import { existsSync, readFileSync } from 'node:fs';
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addCompletion } from './commands/completion/program.ts';
import { addPackCommands } from './commands/pack/program.ts';
import { addSessionCommands } from './commands/session/program.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** Beside the bundle in dist/ or the sources in src/. */
const packageRoot = join(here, '..');

const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

interface ServeFlags { cluster?: string; level?: string; port: string; speed: string; kubeconfig?: string; listen: string; iKnow?: boolean; behind?: string; seed: string; state?: string }
interface CommonOptions { saves?: string; json?: boolean; plain?: boolean; record?: string; language?: string }

async function main(argv: readonly string[]): Promise<number> {
  const program = new Command('kube-quest');
  let exit = 0;
  const does = <A extends unknown[]>(act: (...args: A) => Promise<number>) => async (...args: A) => { exit = await act(...args); };

  program.description('Learn Kubernetes by running one: a simulated cluster, real kubectl, missions, scores.')
    .version(version(), '-V, --version').exitOverride().showHelpAfterError('(kube-quest --help says what there is)')
    .option('--saves <dir>', 'where progress is kept (or KUBE_QUEST_SAVES)').option('--plain', 'line by line: no screen is drawn; works in a pipe and with a screen reader')
    .option('--language <tag>', 'the language of the game, such as en or de, instead of the one in its settings')
    .action(does(async () => play({}, program.opts<CommonOptions>())));

  program.command('play').argument('[what]', 'a level to start with, or a pack: a folder, a .tgz, a built file, an installed package').argument('[id]', 'a level of that pack').description('open the game, at a level or with a pack if one is named').option('--saves <dir>', 'where progress is kept').option('--plain', 'line by line: no screen is drawn; works in a pipe and with a screen reader')
    .option('--record <file>', 'keep what the terminal shows, in asciinema\'s format').option('--language <tag>', 'the language of the game, such as en or de, instead of the one in its settings')
    .action(does(async (what: string | undefined, id: string | undefined, options: CommonOptions) => play({ what, id }, { ...program.opts<CommonOptions>(), ...options })));

  program.command('export').argument('<level>', 'a level that was played').description('write an attempt to a file: the one that is open, else the best').option('--out <file>', 'where to; the standard output unless given').option('--player <name>', 'whose').option('--saves <dir>', 'where progress is kept')
    .action(does(async (level: string, options: { out?: string; player?: string; saves?: string }) => (await import('./commands/attempts.ts')).exportAttempt(level, { ...program.opts<CommonOptions>(), ...options })));

  program.command('replay').argument('<file>', 'an attempt, as export writes it').description('see an attempt again, with pause and speed').option('--pack <pack>', 'the pack it is of, if not the course').option('--plain', 'line by line').option('--json', 'a JSON line an input, and how it ended').option('--language <tag>', 'the language of the game, such as en or de').option('--saves <dir>', 'where progress is kept')
    .action(does(async (file: string, options: CommonOptions & { pack?: string }) => {
      const { plain, ...rest } = { ...program.opts<CommonOptions>(), ...options };
      return (await import('./commands/attempts.ts')).replay(file, { ...rest, isPlain: plain, levels: levelsFolder() });
    }));

  program.command('certificate').description('what a player has won, as text, each attempt played again first').option('--svg <file>', 'write it as a picture, too').option('--check <code>', 'say whether this is its verification code').option('--player <name>', 'whose').option('--saves <dir>', 'where progress is kept')
    .action(does(async (options: { svg?: string; check?: string; player?: string; saves?: string }) => (await import('./commands/certificate.ts')).certificate({ ...program.opts<CommonOptions>(), ...options, levels: levelsFolder() })));

  program.command('levels').argument('[pack]', 'a pack other than the course').description('list the levels, with your stars').option('--json', 'as JSON').option('--saves <dir>', 'where progress is kept')
    .action(does(async (where: string | undefined, options: CommonOptions) => (await import('./commands/levels.ts')).listLevels(where ?? levelsFolder(), { ...program.opts<CommonOptions>(), ...options })));

  program.command('run').argument('[script]', 'a file of commands; standard input unless given').description('run shell commands against a fresh cluster, without a screen')
    .option('--cluster <file>', 'manifests: Nodes become the nodes, the rest is applied').option('--level <id>', 'the scene of a level instead').option('--pack <pack>', 'the pack that the level is of, if not the course').option('--seed <n>', 'what chance depends on', '1').option('--json', 'one JSON line a step, in and out')
    .action(does(async (script: string | undefined, options: { cluster?: string; level?: string; pack?: string; seed: string; json?: boolean }) => (await import('./commands/run.ts')).run(script, { ...options, levels: options.pack ?? levelsFolder() })));

  program.command('serve').description('let your own kubectl in: a cluster behind HTTPS, until Ctrl-C').option('--cluster <file>', 'manifests: Nodes become the nodes, the rest is applied').option('--level <id>', 'the scene of a level instead; its objectives are told here')
    .option('--port <n>', 'port to listen on; 0 picks a free one', '0').option('--speed <x>', 'how much faster than real time the cluster lives', '1').option('--kubeconfig <file>', 'write the kubeconfig here (0600) instead of printing it')
    .option('--listen <address>', 'address to listen on', '127.0.0.1').option('--i-know', 'yes, others may reach it').option('--state <file>', 'keep the cluster here: it is saved now and then and at the end, and comes back at the next start').option('--behind <duration>', 'how far the cluster\'s clock begins behind yours').option('--seed <n>', 'what chance depends on', '1')
    .action(does(async (options: ServeFlags) => (await import('./commands/serve.ts')).serve({ ...options, levels: levelsFolder() })));

  program.command('__man', { hidden: true }).action(does(async () => {
    process.stdout.write((await import('./commands/manual.ts')).manualPage(program, version()));
    return 0;
  }));
  addSessionCommands(program, does, levelsFolder());
  addCompletion(program, does, { course: levelsFolder(), run: [process.execPath, fileURLToPath(import.meta.url)] });
  addPackCommands(program, does, { templates: join(packageRoot, 'templates', 'pack'), version: version(), course: levelsFolder() });

  try {
    await program.parseAsync(argv as string[]);
    return exit;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof InvalidArgumentError) return EXIT_USAGE;
    throw error;
  }
}

async function play(words: { what?: string; id?: string }, options: CommonOptions): Promise<number> {
  return (await import('./commands/play.ts')).play({ ...words, saves: options.saves, isPlain: options.plain, record: options.record, language: options.language, levels: levelsFolder() });
}

function levelsFolder(): string {
  return join(packageRoot, 'levels');
}

function version(): string {
  const file = join(packageRoot, 'package.json');
  if (!existsSync(file)) return 'unknown';
  const data: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return typeof data === 'object' && data !== null && 'version' in data ? String(data.version) : 'unknown';
}

/** Mistakes that the person at the keyboard can mend. */
const MENDABLE = new Set(['PackError', 'ManifestError', 'SaveError', 'TerminalProblem', 'GameProblem', 'UserProblem']);

/** What a player can mend is said in one line; anything else is ours, and keeps its stack. */
function report(error: unknown): number {
  if (!(error instanceof Error)) process.stderr.write(`kube-quest: ${String(error)}\n`);
  else process.stderr.write(MENDABLE.has(error.name) ? `kube-quest: ${error.message}\n` : `kube-quest has a bug: ${error.stack ?? error.message}\n`);
  return EXIT_FAILURE;
}

// The next start need not compile again what this one did; Node 20 cannot.
if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function') module.enableCompileCache();
// A reader that goes away (`| head`) ends us quietly.
process.stdout.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'EPIPE') process.exit(0); });
main(process.argv).catch(report).then((code) => process.exit(code));
