/** bash inside a container: the manifest's own command, over the container's files, network and virtual time. */
import { Bash, type BashExecResult, type CustomCommand, defineCommand } from 'just-bash/browser';
import type { ProcessContext } from '../process.ts';
import { bashFileSystem } from './bash-file-system.ts';
import { networkCommands } from './network-commands.ts';
import { systemCommands } from './system-commands.ts';

const STDOUT = '/dev/kq-stdout';
const STDERR = '/dev/kq-stderr';
const SHELLS = new Set(['sh', 'bash', 'ash', 'dash']);

/** Scripts in containers loop for days of virtual time. */
export const UNBOUNDED = {
  maxExecutionTimeMs: Infinity, maxCommandCount: Number.MAX_SAFE_INTEGER, maxLoopIterations: Number.MAX_SAFE_INTEGER, maxOutputSize: 64 * 1024 * 1024,
} as const;

export interface ShellOutput { stdout(text: string): void; stderr(text: string): void }

export interface ContainerShell {
  /** Runs a script or command line to its end; output comes while it runs. To be awaited within an activity. */
  run(script: string, options?: { signal?: AbortSignal; stdin?: string }): Promise<number>;
}

/** A shell in a container. Variables and folder last from one `run` to the next. */
export function containerShell(context: ProcessContext, output: ShellOutput, extra: readonly CustomCommand[] = []): ContainerShell {
  let signal: AbortSignal | undefined;
  let state = { env: { ...context.env, HOSTNAME: context.hostname } as Record<string, string>, cwd: context.workingDir };
  const bash = new Bash({
    fs: bashFileSystem(context.files, { [STDOUT]: (text) => output.stdout(text), [STDERR]: (text) => output.stderr(text) }),
    env: state.env, cwd: state.cwd, defenseInDepth: false, executionLimits: { ...UNBOUNDED },
    sleep: (ms) => context.world.sleep(ms, signal),
    customCommands: [...networkCommands(context.network, context.world), ...systemCommands(context), ...extra],
  });
  return {
    async run(script, options = {}) {
      signal = options.signal;
      const result: BashExecResult = await bash.exec(`exec >${STDOUT} 2>${STDERR}\n${script}`, {
        env: state.env, cwd: state.cwd, signal: options.signal, stdin: options.stdin, rawScript: true,
      });
      if (result.stderr && !options.signal?.aborted) output.stderr(result.stderr);
      if (result.stdout) output.stdout(result.stdout);
      state = { env: { ...result.env }, cwd: result.env.PWD ?? state.cwd };
      return result.exitCode;
    },
  };
}

/** argv as a script: `sh -c SCRIPT` is the script, anything else one command. */
export function scriptOf(argv: readonly string[]): string {
  const [program = '', ...args] = argv;
  const name = program.split('/').pop() ?? '';
  if (!SHELLS.has(name)) return argv.map(quote).join(' ');
  const flag = args.findIndex((arg) => /^-[a-z]*c[a-z]*$/.test(arg));
  if (flag < 0) return args.length > 0 ? `. ${args.map(quote).join(' ')}` : '';
  const options = args.slice(0, flag + 1).join('').replaceAll('-', '').replaceAll('c', '');
  const positional = args.slice(flag + 3).map(quote).join(' ');
  const setup = [options.includes('e') ? 'set -e' : '', positional ? `set -- ${positional}` : ''].filter(Boolean).join('\n');
  return `${setup}\n${args[flag + 1] ?? ''}`;
}

/** Whether a program is there to be run: a shell's own, a usual tool, or a file of the image. */
export function isRunnable(context: ProcessContext, program: string): boolean {
  if (program.startsWith('/') && context.files.exists(program)) return true;
  return /^(\/(usr\/)?s?bin\/)?[a-z0-9_.[-]+$/i.test(program) && TOOLS.has(program.split('/').pop()!);
}

const TOOLS = new Set(('sh bash ash dash [ true false echo printf cat ls cp mv rm mkdir rmdir touch ln chmod stat head tail grep egrep fgrep sed awk cut sort uniq tr wc tee xargs find basename dirname '
  + 'env printenv export pwd cd id whoami hostname date sleep seq test expr base64 md5sum sha256sum gzip gunzip tar curl wget nc nslookup getent ping dd yes timeout ps kill du df uname od hexdump rev tac diff jq which stress').split(' '));

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command that only says something. */
export function saying(name: string, say: (args: string[]) => string): CustomCommand {
  return defineCommand(name, async (args) => ({ stdout: say(args), stderr: '', exitCode: 0 }));
}
