/** A container whose manifest says what to run: its command, in bash, in virtual time. */
import type { Process, ProcessContext } from '../process.ts';
import { containerShell, isRunnable, scriptOf } from './container-shell.ts';
import { RuntimeError } from './runtime-error.ts';

/** Starts argv. Throws RuntimeError (a StartError) when there is no such program. */
export function shellProcess(context: ProcessContext): Process {
  const program = context.argv[0] ?? '';
  if (!isRunnable(context, program)) {
    throw new RuntimeError('Unknown', program.startsWith('/') ? `exec: "${program}": stat ${program}: no such file or directory` : `exec: "${program}": executable file not found in $PATH`);
  }
  const aborter = new AbortController();
  const shell = containerShell(context, { stdout: (text) => context.write(text, 'stdout'), stderr: (text) => context.write(text, 'stderr') });
  const { script, onTerminate } = withTrap(scriptOf(context.argv));
  let isOver = false;
  context.world.start(`container ${context.hostname}`, async () => {
    const code = await shell.run(script, { signal: aborter.signal });
    if (!isOver) context.exit(code);
  });
  return {
    terminate() {
      // A shell as process 1 ignores SIGTERM unless it traps it.
      if (onTerminate === undefined) return;
      isOver = true;
      aborter.abort();
      context.world.start(`trap ${context.hostname}`, async () => context.exit(await shell.run(onTerminate)));
    },
    cleanUp() {
      isOver = true;
      aborter.abort();
    },
  };
}

/** Takes `trap 'COMMAND' TERM` out of a script: what remains, and what to do on SIGTERM. */
function withTrap(script: string): { script: string; onTerminate?: string } {
  const trap = /(^|[;\n&]\s*)trap\s+(?:'([^']*)'|"([^"]*)")\s+((?:SIG)?TERM|15)(\s+(?:SIG)?\w+)*\s*(;|&&|\n|$)/.exec(script);
  if (!trap) return { script };
  return { script: script.replace(trap[0], trap[1] ?? ''), onTerminate: trap[2] ?? trap[3] ?? '' };
}
