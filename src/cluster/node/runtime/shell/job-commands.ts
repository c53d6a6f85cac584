/** Background jobs, wait, kill, trap, ps: what a shell knows of processes. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { internal, LAST_JOB } from './rewrite.ts';
import { signalList, signalNamed } from './processes.ts';
import type { Job, Shell } from './shell.ts';
import { failure, passSignals, success } from './time-commands.ts';

const SIGNALLED = 128 + 15;

export function jobCommands(shell: Shell): CustomCommand[] {
  return [
    defineCommand(internal.background, async ([script = ''], { env, cwd }) => {
      env.set(LAST_JOB, String(shell.background(script, env, cwd)));
      return success();
    }),
    defineCommand(internal.wait, async (args, command) => {
      const code = await waitFor(shell, args);
      passSignals(shell, command);
      return failure('', code);
    }),
    defineCommand('trap', async (args) => trap(shell, args)),
    defineCommand('kill', async (args, command) => {
      const result = kill(shell, args);
      if (shell.isKilled) await shell.wait<void>('killed', () => undefined);
      passSignals(shell, command);
      return result;
    }),
    defineCommand('ps', async () => success(processList(shell))),
    defineCommand(internal.replaced, async () => {
      shell.isReplaced = true;
      return success();
    }),
    defineCommand('ulimit', async () => success('unlimited\n')),
  ];
}

async function waitFor(shell: Shell, args: readonly string[]): Promise<number> {
  const pids = args.length > 0 ? args.map(Number) : [...shell.jobs.keys()];
  let code = 0;
  for (const pid of pids) {
    const job = shell.jobs.get(pid);
    if (!job) code = 127;
    else code = await ended(shell, job);
    if (shell.pending.length > 0) return SIGNALLED;
  }
  return args.length > 0 ? code : 0;
}

function ended(shell: Shell, job: Job): Promise<number> {
  if (job.exitCode !== undefined) return Promise.resolve(job.exitCode);
  return shell.waitInterruptibly<number>('wait', SIGNALLED, (wake) => { job.ended.push(() => wake(job.exitCode ?? 0)); });
}

function trap(shell: Shell, args: readonly string[]) {
  if (args.length === 0 || args[0] === '-p') return success([...shell.traps].map(([signal, action]) => `trap -- '${action}' ${signal === 'EXIT' ? signal : `SIG${signal}`}\n`).join(''));
  const [action = '', ...names] = args[0] === '--' ? args.slice(1) : args;
  for (const name of names) {
    const signal = signalNamed(name);
    if (!signal) return failure(`sh: trap: ${name}: invalid signal specification\n`);
    if (action === '-') shell.traps.delete(signal);
    else shell.traps.set(signal, action || ':');
  }
  return success();
}

function kill(shell: Shell, args: readonly string[]) {
  if (args[0] === '-l') return success(args[1] === undefined ? signalList() : `${signalNamed(args[1]) ?? args[1]}\n`);
  const named = args[0] === '-s' || args[0] === '-n' ? args[1] : /^-\w/.test(args[0] ?? '') ? args[0]?.slice(1) : undefined;
  const targets = args.slice(named === undefined ? 0 : named === args[1] ? 2 : 1).filter((arg) => arg !== '--');
  const signal = signalNamed(named ?? 'TERM');
  if (!signal) return failure(`sh: bad signal name '${named}'\n`);
  if (targets.length === 0) return failure('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid\n', 2);
  const lost = targets.filter((target) => !signalProcess(shell, target.startsWith('%') ? [...shell.jobs.keys()][Number(target.slice(1)) - 1] ?? 0 : Number(target), signal));
  return failure(lost.map((pid) => `sh: can't kill pid ${pid}: No such process\n`).join(''), lost.length > 0 ? 1 : 0);
}

/** False when there is no such process; EXIT (signal 0) only asks. */
function signalProcess(shell: Shell, pid: number, signal: string): boolean {
  const job = shell.jobs.get(pid);
  const receiver = job ? job.shell : shell.processes.get(pid);
  if (pid !== 1 && !receiver) return false;
  if (signal === 'EXIT') return job?.exitCode === undefined;
  if (pid === 1) signalMain(shell, signal);
  else if (job?.exitCode === undefined) receiver?.receive(signal);
  return true;
}

/** The kernel keeps SIGKILL from process 1 of its own container, and whatever that does not ask for. */
function signalMain(shell: Shell, signal: string): void {
  if (signal === 'KILL') return;
  if (shell.context.signalMain) shell.context.signalMain(signal);
  else shell.receive(signal);
}

function processList({ context, processes, options }: Shell): string {
  const user = context.runAsUser ? String(context.runAsUser) : 'root';
  const row = (pid: number, command: string) => `${String(pid).padStart(5)} ${user.padEnd(8)}  0:00 ${command}\n`;
  const others = processes.list().map(([pid, { command }]) => row(pid, command));
  const itself = /^ps( |$)/.test(options.command ?? '') ? '' : row(processes.nextPid, 'ps');
  return `PID   USER     TIME  COMMAND\n${row(1, context.argv.join(' '))}${others.join('')}${itself}`;
}
