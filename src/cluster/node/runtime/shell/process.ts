/** A container whose manifest says what to run: its command, in bash. */
import type { Behaviour, Process, ProcessContext } from '../../process.ts';
import { RuntimeError } from '../runtime-error.ts';
import { scriptOf, SHELLS, startProblem } from './argv.ts';
import { openShell } from './open-shell.ts';
import { Shell } from './shell.ts';

const MEMORY_BYTES = 1024 * 1024;

/** Starts argv; `programs` are the image's own. Throws RuntimeError (a StartError) when there is no such program. */
export function shellProcess(context: ProcessContext, programs: Readonly<Record<string, Behaviour>> = {}): Process {
  const [program = '', ...args] = context.argv;
  const problem = startProblem(program, context.files, COMMANDS(programs));
  if (problem) throw new RuntimeError('Unknown', problem);
  if (context.stdin === true && args.length === 0 && SHELLS.has(program.split('/').pop() ?? '')) return interactive(context, programs);
  const shell = new Shell(context, { stdout: (text) => context.write(text), stderr: (text) => context.write(text, 'stderr') }, { programs });
  context.useMemory(MEMORY_BYTES);
  context.world.start(`container ${context.hostname}`, async () => {
    const code = await shell.run(scriptOf(context.argv, context.files));
    if (!shell.isKilled) context.exit(code);
  });
  return { terminate: () => shell.receive('TERM'), receive: (signal) => shell.receive(signal), cleanUp: () => shell.kill() };
}

/** A shell that waits for what is typed by whoever attaches. */
function interactive(context: ProcessContext, programs: Readonly<Record<string, Behaviour>>): Process {
  context.useMemory(MEMORY_BYTES);
  const stream = openShell(context, { stdout: (text) => context.write(text), stderr: (text) => context.write(text, 'stderr'), closed: (code) => context.exit(code ?? 0) }, { programs }, context.tty ?? false);
  return {
    terminate: () => undefined,
    input(text) {
      if (text !== undefined) return stream.send?.(text);
      stream.close();
      context.exit(0);
    },
    cleanUp: () => stream.close(),
  };
}

/** Commands that the simulation adds to bash's own. */
const ADDED = ['curl', 'wget', 'nc', 'nslookup', 'dig', 'host', 'getent', 'ip', 'ping', 'ps', 'stress', 'stress-ng', 'yes', 'dd', 'fallocate', 'id', 'whoami', 'uname', 'nproc', 'chown', 'sh', 'bash', 'ash', 'dash', 'timeout', 'sleep', 'date', 'tail', 'hostname', 'tar', 'nvidia-smi'];

export const COMMANDS = (programs: Readonly<Record<string, unknown>>): ReadonlySet<string> => new Set([...ADDED, ...Object.keys(programs)]);

/** The one program of an image that holds nothing else: any other command is not found (a StartError). */
export function onlyProgram(name: string, behaviour: Behaviour): Behaviour {
  return (context) => {
    const [asked = ''] = context.argv;
    if (asked.split('/').pop() === name) return behaviour(context);
    throw new RuntimeError('Unknown', startProblem(asked, context.files, new Set()) ?? `exec: "${asked}": executable file not found in $PATH`);
  };
}

/** An image's program under its own name, bash for any other command of the manifest. */
export function programOrShell(programs: Readonly<Record<string, Behaviour>>, main?: string): Behaviour {
  return (context) => {
    const name = context.argv[0]?.split('/').pop() ?? main ?? '';
    const own = Object.hasOwn(programs, name) ? programs[name] : undefined;
    return own ? own(context) : shellProcess(context, programs);
  };
}
