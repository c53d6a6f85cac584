/** A container whose manifest says what to run: its command, in bash. */
import type { Behaviour, Process, ProcessContext } from '../../process.ts';
import { RuntimeError } from '../runtime-error.ts';
import { scriptOf, SHELLS, startProblem } from './argv.ts';
import { Shell } from './shell.ts';

/** Starts argv; `programs` are the image's own. Throws RuntimeError (a StartError) when there is no such program. */
export function shellProcess(context: ProcessContext, programs: Readonly<Record<string, Behaviour>> = {}): Process {
  const [program = '', ...args] = context.argv;
  const problem = startProblem(program, context.files, COMMANDS(programs));
  if (problem) throw new RuntimeError('Unknown', problem);
  const shell = new Shell(context, { stdout: (text) => context.write(text), stderr: (text) => context.write(text, 'stderr') }, { programs });
  const waitsForInput = context.stdin === true && args.length === 0 && SHELLS.has(program.split('/').pop() ?? '');
  context.world.start(`container ${context.hostname}`, async () => {
    const code = waitsForInput ? await shell.wait<number>('stdin', () => undefined) : await shell.run(scriptOf(context.argv, context.files));
    if (!shell.isKilled) context.exit(code);
  });
  return { terminate: () => shell.signal('TERM'), cleanUp: () => shell.kill() };
}

/** Commands that the simulation adds to bash's own. */
const ADDED = ['curl', 'wget', 'nc', 'nslookup', 'getent', 'ping', 'ps', 'stress', 'stress-ng', 'yes', 'dd', 'id', 'whoami', 'uname', 'nproc', 'chown', 'sh', 'bash', 'ash', 'dash', 'timeout', 'sleep', 'date', 'tail', 'hostname'];

export const COMMANDS = (programs: Readonly<Record<string, unknown>>): ReadonlySet<string> => new Set([...ADDED, ...Object.keys(programs)]);

/** An image's program under its own name, bash for any other command of the manifest. */
export function programOrShell(programs: Readonly<Record<string, Behaviour>>, main?: string): Behaviour {
  return (context) => {
    const name = context.argv[0]?.split('/').pop() ?? main ?? '';
    const own = Object.hasOwn(programs, name) ? programs[name] : undefined;
    return own ? own(context) : shellProcess(context, programs);
  };
}
