/**
 * bash inside a container or on a node, in virtual time: scripts sleep, loop for days, have background jobs and traps,
 * and are dropped where they stand when they are killed.
 */
import { Bash, type CustomCommand, getCommandNames } from 'just-bash/browser';
import type { Timer } from '../../../../time/clock.ts';
import { bytesOfText } from '../../byte-text.ts';
import { FileError } from '../../file-system.ts';
import type { Behaviour, Process, ProcessContext } from '../../process.ts';
import { bashFileSystem } from './bash-file-system.ts';
import { jobCommands } from './job-commands.ts';
import { Processes, statusAfter } from './processes.ts';
import { networkCommands } from './network-commands.ts';
import { programCommands } from './program-commands.ts';
import { redirectionCommands } from './redirections.ts';
import { STDERR, STDOUT, virtualTimePlugin } from './rewrite.ts';
import { jqCommand } from './jq-command.ts';
import { listCommand } from './list-command.ts';
import { statCommand } from './stat-command.ts';
import { systemCommands } from './system-commands.ts';
import { tarCommand } from './tar.ts';
import { textCommands } from './text-commands.ts';
import { timeCommands } from './time-commands.ts';

/** Scripts may run for ever: nothing is limited by count or real time. */
const UNBOUNDED = {
  maxExecutionTimeMs: Infinity, maxCommandCount: Number.MAX_SAFE_INTEGER, maxLoopIterations: Number.MAX_SAFE_INTEGER, maxWorkUnits: Number.MAX_SAFE_INTEGER,
  maxOutputSize: Number.MAX_SAFE_INTEGER, maxLiveBytes: Number.MAX_SAFE_INTEGER, maxInputBytes: Number.MAX_SAFE_INTEGER,
} as const;

const BURST = 50; // loop rounds at one instant before a busy loop costs time
const BUSY_MIN_MS = 10;
const BUSY_MAX_MS = 1000;

export interface ShellOutput { stdout(text: string): void; stderr(text: string): void }

export interface ShellOptions {
  /** The image's own programs by name: they run as they would on their own. */
  programs?: Readonly<Record<string, Behaviour>>;
  /** Further commands. */
  commands?: readonly CustomCommand[];
  /** Names of commands that write to one stream, in order, when told that both lead there. */
  merging?: readonly string[];
  /** Input of the script. */
  stdin?: string;
  /** Variables and folder last from one `run` to the next, as at a prompt. */
  keepsState?: boolean;
  /** What `ps` shows of it: it is a process of its own. */
  command?: string;
  /** What `$$` is, when it is another shell's: a subshell's parent's. */
  ownPid?: number;
  /** Background jobs, shared with the shells of the lines before and after: they outlive this one. */
  jobs?: Map<number, Job>;
}

export class Shell {
  readonly context: ProcessContext;
  readonly output: ShellOutput;
  readonly options: ShellOptions;
  /** What `trap` has set, by signal, EXIT included. */
  readonly traps = new Map<string, string>();
  /** Signals that are trapped but not yet handled. */
  readonly pending: string[] = [];
  readonly jobs: Map<number, Job>;
  readonly deadlines: { atMs: number; aborter: AbortController }[] = [];
  readonly startedMs: number;
  readonly processes: Processes;
  /** Its own process id; the container's first process has 1. */
  readonly pid: number;
  /** Told the exit code when a signal has ended the shell. */
  died: ((code: number) => void) | undefined;
  /** Where output and errors went before each substitution or pipe that is being evaluated. */
  readonly redirections: (string | undefined)[][] = [];
  /** When each `time` that is running began. */
  readonly timed: number[] = [];
  /** Files that output is redirected into, and what went wrong while it was written. */
  readonly opened: { path: string; error?: FileError }[] = [];
  /** The program in the foreground that runs in place of the shell: signals are for it. */
  foreground: Process | undefined;
  /** The shell has been replaced by its last command (`exec`, or a single command). */
  isReplaced = false;
  /** Variables and folder after the last `run`, for shells that keep them. */
  keptState: { env: Record<string, string>; cwd: string } | undefined;
  readonly #bash: Bash;
  readonly #timers = new Set<Timer>();
  readonly #interrupts = new Set<() => void>();
  #isKilled = false;
  #innerPid: number | undefined;
  #busy = { atMs: -1, rounds: 0, pauseMs: BUSY_MIN_MS };

  constructor(context: ProcessContext, output: ShellOutput, options: ShellOptions = {}) {
    this.context = context;
    this.output = output;
    this.options = options;
    this.jobs = options.jobs ?? new Map();
    this.startedMs = context.world.clock.now();
    this.processes = context.processes ?? new Processes();
    this.pid = options.command === undefined ? 1 : this.processes.start(options.command, (signal) => this.receive(signal));
    const sleeping = { sleep: (ms: number) => this.pause(ms), now: () => context.world.clock.now() };
    const commands = [
      ...networkCommands(context.network, sleeping), ...systemCommands(context), ...textCommands(), jqCommand(), listCommand({ files: context.files, nowMs: sleeping.now }), statCommand(context.files), tarCommand(context.files), ...timeCommands(this), ...jobCommands(this), ...redirectionCommands(this), ...programCommands(this), ...(options.commands ?? []),
    ];
    const outlets = { [STDOUT]: (text: string) => this.write('stdout', text), [STDERR]: (text: string) => this.write('stderr', text) };
    this.#bash = new Bash({
      fs: bashFileSystem(context.files, outlets, new Set([...getCommandNames(), ...commands.map(({ name }) => name)]), (path, error) => this.#noteFailure(path, error)),
      env: { ...context.env, HOSTNAME: context.hostname }, cwd: context.workingDir, defenseInDepth: false, executionLimits: UNBOUNDED,
      sleep: sleeping.sleep,
      customCommands: commands, processInfo: { pid: options.ownPid ?? this.pid },
    });
    this.#bash.registerTransformPlugin(virtualTimePlugin(({ isSingleCommand }) => { this.isReplaced ||= isSingleCommand; }, options.merging, () => this.#innerPid));
  }

  get isKilled(): boolean { return this.#isKilled; }

  /** Runs a script to its end and gives its exit code. Output comes while it runs. To be awaited within an activity. */
  async run(script: string, signal?: AbortSignal): Promise<number> {
    const code = await this.#runToEnd(script, signal);
    this.processes.end(this.pid);
    return code;
  }

  async #runToEnd(script: string, signal: AbortSignal | undefined): Promise<number> {
    const result = await this.#exec(script, signal);
    if (!result) return 1;
    if (this.options.keepsState) this.keptState = { env: { ...result.env }, cwd: result.env.PWD ?? this.context.workingDir };
    this.write('stdout', result.stdout);
    this.write('stderr', result.stderr);
    const atExit = this.traps.get('EXIT');
    if (!atExit || this.#isKilled) return result.exitCode;
    this.traps.delete('EXIT');
    await this.#bash.exec(`exec >${STDOUT} 2>${STDERR}\n${atExit}`, { rawScript: true, env: result.env });
    return result.exitCode;
  }

  /** A disk that does not take a redirection's text ends the script: the interpreter knows no such failure. */
  async #exec(script: string, signal: AbortSignal | undefined): Promise<Awaited<ReturnType<Bash['exec']>> | undefined> {
    try {
      return await this.#bash.exec(`exec >${STDOUT} 2>${STDERR}\n${script}`, { rawScript: true, ...(this.options.stdin === undefined ? {} : { stdin: bytesOfText(this.options.stdin).toString('latin1'), stdinKind: 'bytes' as const }), signal, ...this.keptState });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const [, why = ''] = /^E[A-Z]+: (.*), '/.exec(error.message) ?? [];
      this.write('stderr', `sh: can't create ${error.path}: ${why[0]?.toUpperCase()}${why.slice(1)}\n`);
      return undefined;
    }
  }

  /** Whether the failure is that of a redirection, which is told once its command has ended. */
  #noteFailure(written: string, error: FileError): boolean {
    const target = this.opened.find(({ path }) => path === written);
    if (target) target.error = error;
    return target !== undefined;
  }

  /** A script as text that runs in virtual time, for `eval` and, with a process id of its own, `sh -c`. Throws on a syntax error. */
  rewritten(script: string, pid?: number): string {
    const { isReplaced } = this;
    this.#innerPid = pid;
    const { script: text } = this.#bash.transform(script);
    this.#innerPid = undefined;
    this.isReplaced = isReplaced;
    return text;
  }

  /** A signal: a program in the shell's place gets it; a trap runs; else the kernel ends the process, though never the first of a container. */
  receive(signal: string): void {
    if (this.foreground && this.isReplaced && signal !== 'KILL') return tell(this.foreground, signal);
    if (signal !== 'KILL' && this.traps.has(signal)) {
      this.pending.push(signal);
      const interrupts = Array.from(this.#interrupts); // each takes itself out
      for (const interrupt of interrupts) interrupt();
    } else if (this.pid !== 1) this.#die(statusAfter(signal));
  }

  #die(code: number | undefined): void {
    if (code === undefined || this.#isKilled) return;
    this.kill();
    this.died?.(code);
  }

  /** Drops everything where it stands: what sleeps never wakes. */
  kill(): void {
    this.#isKilled = true;
    this.processes.end(this.pid);
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    this.foreground?.cleanUp();
    if (!this.options.jobs) for (const { shell } of this.jobs.values()) shell.receive('KILL');
  }

  write(stream: 'stdout' | 'stderr', text: string): void {
    // What `timeout` cut short says so itself.
    if (text && !this.#isKilled && text !== 'execution aborted\n') this.output[stream](text);
  }

  /** Suspends the script for virtual time, or until a `timeout` around it is over. */
  async pause(ms: number): Promise<void> {
    const { clock } = this.context.world;
    const deadline = this.deadlines.reduce<number>((least, { atMs }) => Math.min(least, atMs), Infinity);
    const untilMs = Math.min(clock.now() + ms, deadline);
    this.#busy = { atMs: -1, rounds: 0, pauseMs: BUSY_MIN_MS };
    await this.wait<void>('sleep', (wake) => {
      if (untilMs === Infinity) return;
      const timer = clock.after(untilMs - clock.now(), 'sleep', () => {
        this.#timers.delete(timer);
        wake();
      });
      this.#timers.add(timer);
    });
    for (const { atMs, aborter } of this.deadlines) if (atMs <= clock.now()) aborter.abort();
  }

  /** Suspends the script until `register`'s `wake` is called; a killed script never goes on. */
  wait<T>(what: string, register: (wake: (value: T) => void) => void): Promise<T> {
    return this.context.world.block<T>(what, (wake) => {
      if (!this.#isKilled) register((value) => { if (!this.#isKilled) wake(value); });
    });
  }

  /** Like `wait`, but a trapped signal ends it with `interrupted`. */
  waitInterruptibly<T>(what: string, interrupted: T, register: (wake: (value: T) => void) => void): Promise<T> {
    if (this.pending.length > 0) return Promise.resolve(interrupted);
    return this.wait<T>(what, (wake) => {
      const interrupt = () => done(interrupted);
      const done = (value: T) => {
        this.#interrupts.delete(interrupt);
        wake(value);
      };
      this.#interrupts.add(interrupt);
      register(done);
    });
  }

  /** One round of a loop. Loops that never sleep use the processor, and virtual time, the more the longer they do. */
  async round(): Promise<void> {
    const nowMs = this.context.world.clock.now();
    const busy = this.#busy;
    if (busy.atMs !== nowMs && busy.rounds < BURST) Object.assign(busy, { atMs: nowMs, rounds: 0 });
    if (++busy.rounds < BURST) return;
    const { pauseMs } = busy;
    this.context.useCpu(1000);
    await this.pause(pauseMs);
    this.#busy = { atMs: -1, rounds: 0, pauseMs: Math.min(pauseMs * 2, BUSY_MAX_MS) };
  }

  /** Starts a script beside this one, with the variables as they are. Gives its process id. */
  background(script: string, env: ReadonlyMap<string, string>, folder: string): number {
    const context: ProcessContext = { ...this.context, env: Object.fromEntries(env), workingDir: folder, processes: this.processes, signalMain: this.context.signalMain ?? ((signal) => this.receive(signal)) };
    const shell = new Shell(context, this.output, { ...this.options, command: script.trim(), ownPid: this.options.ownPid ?? this.pid });
    const job: Job = { shell, ended: [] };
    const aborter = new AbortController();
    this.jobs.set(shell.pid, job);
    this.context.useProcesses?.(1);
    job.ended.push(() => this.context.useProcesses?.(-1));
    const end = (code: number) => {
      job.exitCode ??= code;
      for (const each of job.ended.splice(0)) each();
    };
    shell.died = (code) => {
      end(code);
      aborter.abort();
    };
    this.context.world.start(`background job of ${this.context.hostname}`, async () => end(await shell.run(script, aborter.signal)));
    return shell.pid;
  }
}

/** A background job. */
export interface Job { shell: Shell; exitCode?: number; ended: (() => void)[] }

/** A signal to a program: most end by any that asks them to. */
export function tell(process: Process, signal: string): void {
  if (process.receive) process.receive(signal);
  else if (signal === 'HUP' && process.hangUp) process.hangUp();
  else if (['TERM', 'INT', 'QUIT', 'HUP'].includes(signal)) process.terminate();
}

