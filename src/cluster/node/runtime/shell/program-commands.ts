/** Programs that run until they are stopped: the image's own, shells within shells, and a few that only wait or work. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import type { Behaviour, ProcessContext } from '../../process.ts';
import { RuntimeError } from '../runtime-error.ts';
import { shellScript, SHELLS } from './argv.ts';
import { saidOf, statusAfter } from './processes.ts';
import { internal, STDERR, STDOUT } from './rewrite.ts';
import type { Shell } from './shell.ts';
import { failure, passSignals, printedBefore, type Result, success } from './time-commands.ts';

type CommandContext = Parameters<Parameters<typeof defineCommand>[1]>[1];

const YES_LINES = 1000;

export function programCommands(shell: Shell): CustomCommand[] {
  const programs = Object.entries(shell.options.programs ?? {});
  return [
    ...programs.map(([name, behaviour]) => defineCommand(name, (args, command) => runProgram(shell, name, behaviour, args, command))),
    ...[...SHELLS].map((name) => defineCommand(name, (args, command) => innerShell(shell, args, command))),
    defineCommand('tail', (args, command) => tail(shell, args, command)),
    defineCommand('stress', (args) => stress(shell, args)),
    defineCommand('stress-ng', (args) => stress(shell, args)),
    defineCommand('yes', async () => {
      shell.context.useCpu(1000);
      return shell.wait<Result>('yes', () => undefined);
    }),
    defineCommand(internal.pipedYes, async ([word = 'y']) => success(`${word}\n`.repeat(YES_LINES))),
  ];
}

/** Runs a behaviour in the foreground until it exits. */
async function runProgram(shell: Shell, name: string, behaviour: Behaviour, args: readonly string[], command: CommandContext) {
  const code = await shell.wait<number>(name, (wake) => {
    let isOver = false;
    const exit = (status: number) => {
      if (isOver) return;
      isOver = true;
      shell.foreground?.cleanUp();
      shell.foreground = undefined;
      wake(status);
    };
    const context: ProcessContext = { ...shell.context, argv: [name, ...args], env: command.exportedEnv ?? shell.context.env, workingDir: command.cwd, write: (text, stream = 'stdout') => shell.write(stream, text), exit };
    try {
      const process = behaviour(context);
      if (isOver) process.cleanUp();
      else shell.foreground = process;
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      shell.write('stderr', `sh: ${name}: not found\n`);
      exit(127);
    }
  });
  passSignals(shell, command);
  return failure('', code);
}

/** A shell within the shell; when it takes the outer one's place its output comes at once, too. */
async function innerShell(shell: Shell, args: string[], { cwd, exec, stdin, exportedEnv }: CommandContext) {
  if (!exec) return failure('');
  const script = args.length === 0 ? String(stdin) : shellScript(args, shell.context.files, cwd);
  const direct = shell.isReplaced ? `exec >${STDOUT} 2>${STDERR}\n` : '';
  const aborter = new AbortController();
  let died: number | undefined;
  const pid = shell.processes.start(['sh', ...args].join(' '), (signal) => {
    died ??= statusAfter(signal);
    if (died !== undefined) aborter.abort();
  });
  try {
    const result = await exec(direct + shell.rewritten(script, pid), { cwd, env: exportedEnv, signal: aborter.signal });
    return died === undefined ? result : { ...result, stderr: saidOf(died), exitCode: died };
  } catch (error) {
    if (died === undefined) throw error;
    return { stdout: printedBefore(error), stderr: saidOf(died), exitCode: died };
  } finally {
    shell.processes.end(pid);
  }
}

/** `tail -f` shows what is appended until it is killed; the rest is the usual tail. */
async function tail(shell: Shell, args: string[], { cwd, fs, origCommand }: CommandContext) {
  const follows = args.some((arg) => /^-[nqs]*[fF]$/.test(arg) || arg === '--follow');
  const rest = args.filter((arg) => !/^(-[fF]|--follow)$/.test(arg)).map((arg) => arg.replace(/^(-[nqs]*)[fF]$/, '$1'));
  const result = origCommand ? await origCommand(rest) : success();
  if (!follows) return result;
  shell.write('stdout', result.stdout);
  const path = rest.findLast((arg) => !arg.startsWith('-') && !/^\d+$/.test(arg));
  if (result.exitCode !== 0 || path === undefined) return failure(result.stderr, result.exitCode || 1);
  const full = fs.resolvePath(cwd, path);
  const { files } = shell.context;
  return shell.wait<Result>('tail -f', () => {
    if (!files.exists(full)) return;
    let length = files.read(full).length;
    files.watch(full, () => {
      const text = files.exists(full) ? files.read(full) : '';
      shell.write('stdout', text.slice(text.length < length ? 0 : length));
      length = text.length;
    });
  });
}

/** Takes memory and processor time as asked, for as long as asked. */
async function stress(shell: Shell, args: readonly string[]) {
  const value = (...names: string[]) => names.map((name) => args[args.indexOf(name) + 1]).find((_, i) => args.includes(names[i]!));
  const [, count, unit = ''] = /^(\d+)([bkmg]?)$/i.exec(value('--vm-bytes') ?? '') ?? [];
  const workers = Number(value('--vm', '-m') ?? 0);
  shell.write('stdout', `stress: info: [1] dispatching hogs: ${value('--cpu', '-c') ?? 0} cpu, 0 io, ${workers} vm, 0 hdd\n`);
  const cpus = Number(value('--cpu', '-c') ?? 0) + workers;
  if (cpus > 0) shell.context.useCpu(cpus * 1000);
  if (workers > 0) shell.context.useMemory(workers * (count === undefined ? 256 * 1024 ** 2 : Number(count) * 1024 ** ' kmg'.indexOf(unit.toLowerCase() || ' ')));
  const seconds = value('--timeout', '-t');
  await shell.pause(seconds === undefined ? Infinity : Number(seconds.replace(/s$/, '')) * 1000);
  shell.context.useMemory(0);
  shell.context.useCpu(0);
  return success(`stress: info: [1] successful run completed in ${seconds}s\n`);
}
