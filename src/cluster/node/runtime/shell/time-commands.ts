/** sleep, timeout, date and what rewritten scripts ask of the clock and of chance. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { quote } from './argv.ts';
import { internal, PENDING_TRAP } from './rewrite.ts';
import type { Shell } from './shell.ts';
import { formatDate } from './system-commands.ts';

type CommandContext = Parameters<Parameters<typeof defineCommand>[1]>[1];
export interface Result { stdout: string; stderr: string; exitCode: number }

const UNITS_MS: Readonly<Record<string, number>> = { '': 1000, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const success = (stdout = ''): Result => ({ stdout, stderr: '', exitCode: 0 });
export const failure = (stderr: string, exitCode = 1): Result => ({ stdout: '', stderr, exitCode });

export function timeCommands(shell: Shell): CustomCommand[] {
  const { context } = shell;
  const number = (name: string, value: () => number) => defineCommand(name, async () => success(`${value()}\n`));
  return [
    defineCommand('sleep', (args, command) => sleep(shell, args, command)),
    defineCommand('timeout', (args, command) => timeout(shell, args, command)),
    defineCommand('date', async (args) => success(`${formatDate(dateAsked(args) ?? context.world.clock.now(), args)}\n`)),
    defineCommand(internal.tick, async (_, command) => {
      await shell.round();
      passSignals(shell, command);
      return success();
    }),
    defineCommand(internal.capture, async ([keep], { fileDescriptors }) => {
      shell.redirections.push([1, 2].map((fd) => fileDescriptors?.get(fd)));
      if (!keep) for (const fd of [1, 2]) fileDescriptors?.delete(fd);
      return success();
    }),
    defineCommand(internal.release, async (_, { fileDescriptors, env }) => {
      for (const [i, target] of (shell.redirections.pop() ?? []).entries()) {
        if (target !== undefined) fileDescriptors?.set(i + 1, target);
        else fileDescriptors?.delete(i + 1);
      }
      return failure('', Number(env.get('?') ?? 0));
    }),
    defineCommand(internal.startTime, async () => {
      shell.timed.push(context.world.clock.now());
      return success();
    }),
    defineCommand(internal.stopTime, async ([format], { env }) => {
      shell.write('stderr', timesOf(context.world.clock.now() - (shell.timed.pop() ?? 0), format === '-p'));
      return failure('', Number(env.get('?') ?? 0));
    }),
    defineCommand(internal.answer, async ([code]) => failure('', Number(code ?? 0))),
    number(internal.random, () => context.random.int(32_768)),
    number(internal.seconds, () => Math.floor((context.world.clock.now() - shell.startedMs) / 1000)),
    number(internal.epoch, () => Math.floor(context.world.clock.now() / 1000)),
  ];
}

/** What `time` prints; the processor's share is not known. */
function timesOf(ms: number, isPosix: boolean): string {
  const bash = (each: number) => `${Math.floor(each / 60_000)}m${((each % 60_000) / 1000).toFixed(3)}s`;
  if (isPosix) return `real ${(ms / 1000).toFixed(2)}\nuser 0.00\nsys 0.00\n`;
  return `\nreal\t${bash(ms)}\nuser\t${bash(0)}\nsys\t${bash(0)}\n`;
}

async function sleep(shell: Shell, args: readonly string[], command: CommandContext): Promise<Result> {
  const durations = args.map(durationMs);
  const bad = args[durations.indexOf(undefined)];
  if (args.length === 0 || bad !== undefined) return failure(args.length === 0 ? 'sleep: missing operand\n' : `sleep: invalid time interval '${bad}'\n`);
  shell.context.useCpu(1);
  await shell.pause(durations.reduce<number>((sum, ms) => sum + (ms ?? 0), 0));
  passSignals(shell, command);
  return success();
}

/** Seconds, or with s, m, h, d, or `infinity`. */
function durationMs(text: string): number | undefined {
  if (text === 'infinity' || text === 'inf') return Infinity;
  const [, count, unit = ''] = /^(\d+\.?\d*|\.\d+)([smhd]?)$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNITS_MS[unit] ?? 1000);
}

/** What a trapped signal left behind is run by the script itself, after the command that it came in. */
export function passSignals(shell: Shell, { env }: CommandContext): void {
  const traps = shell.pending.splice(0).map((signal) => shell.traps.get(signal) ?? '');
  if (traps.length > 0) env.set(PENDING_TRAP, [`${PENDING_TRAP}=`, ...traps].join('\n'));
}

async function timeout(shell: Shell, args: readonly string[], { cwd, exec }: CommandContext): Promise<Result> {
  const words = args.filter((arg, i) => !arg.startsWith('-') && !/^-[sk]$/.test(args[i - 1] ?? ''));
  const killed = args.some((arg, i) => /^(-s|--signal=)?(SIG)?(KILL|9)$/i.test(arg) && (arg.startsWith('-') || args[i - 1] === '-s')) ? 137 : undefined;
  const limit = words[0] === undefined ? undefined : durationMs(words[0]);
  if (limit === undefined || words.length < 2 || !exec) return failure('timeout: missing operand\n', 125);
  const aborter = new AbortController();
  const { clock } = shell.context.world;
  const deadline = { atMs: clock.now() + limit, aborter };
  shell.deadlines.push(deadline);
  // For what waits by itself, not by a sleep of this shell's.
  const timer = Number.isFinite(limit) ? clock.after(limit, 'timeout', () => aborter.abort()) : undefined;
  try {
    const result = await exec(args.slice(args.indexOf(words[0]!) + 1).map(quote).join(' '), { cwd, signal: aborter.signal });
    return aborter.signal.aborted ? { ...result, stderr: '', exitCode: killed ?? 124 } : result;
  } catch (error) {
    if (aborter.signal.aborted) return { stdout: printedBefore(error), stderr: '', exitCode: killed ?? 124 };
    throw error;
  } finally {
    timer?.cancel();
    shell.deadlines.splice(shell.deadlines.indexOf(deadline), 1);
  }
}

/** What a script had printed before it was cut short. */
export function printedBefore(error: unknown): string {
  return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
}

/** `-d @SECONDS` and `-d TIMESTAMP`. */
function dateAsked(args: readonly string[]): number | undefined {
  const at = args.findIndex((arg) => arg === '-d' || arg === '--date');
  const text = at < 0 ? undefined : args[at + 1];
  if (text === undefined) return undefined;
  const ms = text.startsWith('@') ? Number(text.slice(1)) * 1000 : Date.parse(text);
  return Number.isFinite(ms) ? ms : undefined;
}
