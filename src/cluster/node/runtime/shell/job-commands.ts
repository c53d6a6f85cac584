/** Background jobs, wait, kill, trap, ps: what a shell knows of processes. */
import { type CustomCommand, defineCommand } from 'just-bash/browser';
import { internal, LAST_JOB } from './rewrite.ts';
import { endJob, type Job, type Shell, type Signal } from './shell.ts';
import { failure, passSignals, success } from './time-commands.ts';

const SIGNALS: Readonly<Record<string, string>> = { 0: 'EXIT', 1: 'HUP', 2: 'INT', 3: 'QUIT', 9: 'KILL', 10: 'USR1', 12: 'USR2', 15: 'TERM' };
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
    const signal = signalName(name);
    if (action === '-') shell.traps.delete(signal);
    else shell.traps.set(signal, action || ':');
  }
  return success();
}

function kill(shell: Shell, args: readonly string[]) {
  const flags = args.filter((arg) => /^-[A-Z0-9]+$/i.test(arg) && arg !== '-s');
  const named = args.includes('-s') ? args[args.indexOf('-s') + 1] : undefined;
  const signal = signalName(flags[0]?.slice(1) ?? named ?? 'TERM');
  const pids = args.filter((arg) => /^%?\d+$/.test(arg)).map((arg) => (arg.startsWith('%') ? [...shell.jobs.keys()][Number(arg.slice(1)) - 1] ?? 0 : Number(arg)));
  if (pids.length === 0) return failure('kill: usage: kill [-s sigspec | -n signum | -sigspec] pid\n', 2);
  for (const pid of pids) {
    const job = shell.jobs.get(pid);
    if (pid === 1) signalMain(shell, signal);
    else if (job && job.exitCode === undefined) endJob(job);
    else if (!job) return failure(`sh: can't kill pid ${pid}: No such process\n`);
  }
  return success();
}

/** The kernel keeps SIGKILL from process 1 of its own container. */
function signalMain(shell: Shell, signal: string): void {
  if (signal === 'KILL') return;
  if (shell.context.signalMain) shell.context.signalMain(signal);
  else if (isSignal(signal)) shell.signal(signal);
}

function signalName(name: string): string {
  return SIGNALS[name] ?? name.toUpperCase().replace(/^SIG/, '');
}

function isSignal(name: string): name is Signal {
  return ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2'].includes(name);
}

function processList({ context, jobs }: Shell): string {
  const main = `    1 ${context.runAsUser ? String(context.runAsUser).padEnd(8) : 'root    '}  0:00 ${context.argv.join(' ')}\n`;
  const background = [...jobs].filter(([, { exitCode }]) => exitCode === undefined).map(([pid]) => `${String(pid).padStart(5)} root      0:00 {sh}\n`);
  return `PID   USER     TIME  COMMAND\n${main}${background.join('')}`;
}
